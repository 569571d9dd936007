"""Layers in PyTorch's own words, the quickest there are; arrays as the library keeps them (channels last in memory)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F

Weights = dict[str, torch.Tensor]


def differentiated(function: Callable, inputs: list, weights: Weights, slope) -> Callable[[], object]:
    """Return a step: the output, and its gradients at inputs and weights."""
    at = [*inputs, *weights.values()]
    return lambda: torch.autograd.grad(function(*inputs), at, slope)


def array(value, channels_last: bool = True) -> torch.Tensor:
    made = torch.from_numpy(value)
    if made.ndim == 4 and channels_last:
        made = made.contiguous(memory_format=torch.channels_last)
    return made.requires_grad_()


def attention(q, k, v, w):
    q, k, v = (x.flatten(2) for x in (q, k, v))
    return torch.bmm(v, torch.softmax(torch.bmm(q.transpose(1, 2), k), -1).transpose(1, 2))


def fused_attention(q, k, v, w):
    q, k, v = (x.flatten(2).transpose(1, 2)[:, None] for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v, scale=1.0)


def pixel_norm(x, w):
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


def minibatch_deviation(x, w):
    y = x.reshape(4, -1, *x.shape[1:])
    y = (y.var(0, unbiased=False) + 1e-8).sqrt().mean([1, 2, 3], keepdim=True)
    return torch.cat([x, y.repeat(4, 1, *x.shape[2:])], 1)


def padded(x, pixels, mode):
    return F.pad(x, (pixels,) * 4, mode=mode)


FILTERS = (torch.outer(torch.tensor([1.0, 2, 1]), torch.tensor([1.0, 2, 1])) / 16).expand(64, 1, 3, 3).clone()
FILTERS = FILTERS.contiguous(memory_format=torch.channels_last)
BY_HAND: dict[str, Callable] = {
    "conv": lambda x, w: F.conv2d(x, w["weight"], w["bias"], 1, 1),
    "conv kernel 1×7": lambda x, w: F.conv2d(x, w["weight"], w["bias"], 1, (0, 3)),
    "conv dilation 2": lambda x, w: F.conv2d(x, w["weight"], w["bias"], 1, 2, 2),
    "conv groups 4": lambda x, w: F.conv2d(x, w["weight"], w["bias"], 1, 1, 1, 4),
    "conv depthwise": lambda x, w: F.conv2d(x, w["weight"], w["bias"], 1, 1, 1, 64),
    "conv reflect": lambda x, w: F.conv2d(padded(x, 1, "reflect"), w["weight"], w["bias"]),
    "conv replicate": lambda x, w: F.conv2d(padded(x, 1, "replicate"), w["weight"], w["bias"]),
    "conv_transpose": lambda x, w: F.conv_transpose2d(x, w["weight"], w["bias"], 2, 1),
    "conv_transpose groups 4": lambda x, w: F.conv_transpose2d(x, w["weight"], w["bias"], 2, 1, 0, 4),
    "gelu exact": lambda x, _: F.gelu(x),
    "gelu tanh": lambda x, _: F.gelu(x, approximate="tanh"),
    "silu": lambda x, _: F.silu(x),
    "prelu": lambda x, w: F.prelu(x, w["weight"]),
    "softmax": lambda x, _: torch.softmax(x, 1),
    "maxout": lambda x, _: x.unflatten(1, (-1, 2)).amax(2),
    "group_norm 8": lambda x, w: F.group_norm(x, 8, w["weight"], w["bias"]),
    "instance_norm": lambda x, w: F.instance_norm(x, weight=w["weight"], bias=w["bias"]),
    "pixel_norm": pixel_norm,
    "minibatch_deviation": minibatch_deviation,
    "modulate": lambda x, scale, shift, _: x * (1 + scale[:, :, None, None]) + shift[:, :, None, None],
    "attention": attention,
    "attention, fused": fused_attention,
    "attention to pooled": attention,
    "pixel_shuffle": lambda x, _: F.pixel_shuffle(x, 2),
    "pad reflect": lambda x, _: padded(x, 3, "reflect"),
    "pad replicate": lambda x, _: padded(x, 3, "replicate"),
    "resize 2": lambda x, _: F.interpolate(x, scale_factor=2, mode="bilinear"),
    "resize 1.5": lambda x, _: F.interpolate(x, scale_factor=1.5, mode="bilinear"),
    "blur": lambda x, _: F.conv2d(x, FILTERS, None, 1, 1, 1, 64),
    "global_pool": lambda x, _: x.mean([2, 3]),
    "gain": lambda x, w: x * w["weight"],
}
