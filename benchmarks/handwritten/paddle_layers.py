"""Layers in Paddle's own words, the quickest there are."""

from collections.abc import Callable

import numpy as np
import paddle
import paddle.nn.functional as F

Weights = dict[str, paddle.Tensor]


def differentiated(function: Callable, inputs: list, weights: Weights, slope) -> Callable[[], object]:
    """Return a step: the output, and its gradients at inputs and weights."""
    at = [*inputs, *weights.values()]
    return lambda: paddle.grad(function(*inputs), at, slope)


def array(value) -> paddle.Tensor:
    return paddle.to_tensor(value, stop_gradient=False)


def attention(q, k, v, w):
    q, k, v = (x.flatten(2) for x in (q, k, v))
    return paddle.bmm(v, F.softmax(paddle.bmm(q.transpose([0, 2, 1]), k), -1).transpose([0, 2, 1]))


def fused_attention(q, k, v, w):
    q, k, v = (x.flatten(2).transpose([0, 2, 1]).unsqueeze(2) for x in (q, k, v))
    return F.scaled_dot_product_attention(q * q.shape[-1] ** 0.5, k, v)


def pixel_norm(x, w):
    return x * paddle.rsqrt((x * x).mean(1, keepdim=True) + 1e-8)


def minibatch_deviation(x, w):
    y = x.reshape([4, -1, *x.shape[1:]])
    y = (y.var(0, unbiased=False) + 1e-8).sqrt().mean([1, 2, 3], keepdim=True)
    return paddle.concat([x, y.tile([4, 1, *x.shape[2:]])], 1)


def convolved(x, w, *sizes):
    """The bias added by hand, which is ten times as fast as the kernel's own."""
    y = F.conv2d(x, w["weight"], None, *sizes)
    return (y.reshape([*y.shape[:2], -1]) + w["bias"].reshape([-1, 1])).reshape(y.shape)


def transposed(x, w, *sizes):
    y = F.conv2d_transpose(x, w["weight"], None, *sizes)
    return (y.reshape([*y.shape[:2], -1]) + w["bias"].reshape([-1, 1])).reshape(y.shape)


def padded(x, pixels, mode):
    return F.pad(x, [pixels] * 4, mode=mode)


FILTERS = paddle.to_tensor(np.tile(np.outer([1, 2, 1], [1, 2, 1]) / 16, (64, 1, 1, 1)).astype(np.float32))
BY_HAND: dict[str, Callable] = {
    "conv": lambda x, w: convolved(x, w, 1, 1),
    "conv kernel 1×7": lambda x, w: convolved(x, w, 1, [0, 3]),
    "conv dilation 2": lambda x, w: convolved(x, w, 1, 2, 2),
    "conv groups 4": lambda x, w: convolved(x, w, 1, 1, 1, 4),
    "conv depthwise": lambda x, w: convolved(x, w, 1, 1, 1, 64),
    "conv reflect": lambda x, w: convolved(padded(x, 1, "reflect"), w),
    "conv replicate": lambda x, w: convolved(padded(x, 1, "replicate"), w),
    "conv_transpose": lambda x, w: transposed(x, w, 2, 1),
    "conv_transpose groups 4": lambda x, w: transposed(x, w, 2, 1, 0, 1, 4),
    "gelu exact": lambda x, _: F.gelu(x),
    "gelu tanh": lambda x, _: F.gelu(x, True),
    "silu": lambda x, _: F.silu(x),
    "prelu": lambda x, w: F.prelu(x, w["weight"]),
    "softmax": lambda x, _: F.softmax(x, 1),
    "maxout": lambda x, _: F.maxout(x, 2),
    "group_norm 8": lambda x, w: F.group_norm(x, 8, 1e-5, w["weight"], w["bias"]),
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
