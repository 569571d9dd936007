"""Batch norm over the rows of all workers: by PyTorch's kernels, and composed where a gradient is differentiated."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .ops import Operations


def normalised_over_workers(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, epsilon: float, ops: Operations
) -> tuple[Tensor, Tensor, Tensor]:
    """The output [N, C, …], and the mean and the biased variance [C] of the whole batch, as constants."""
    if weight is None or bias is None:
        weight, bias = x.new_ones(x.shape[1]), x.new_zeros(x.shape[1])
    y, mean, variance = _ByKernel.apply(x, weight, bias, epsilon, ops)
    return y, mean, variance


def whole_statistics(x: Tensor, ops: Operations) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of each channel over the rows of all workers, in one exchange (Chan et al. 1983)."""
    rows = x.movedim(1, -1).reshape(-1, x.shape[1])  # a view of images that lie channels last
    own_mean = rows.mean(0)
    own_variance = (rows - own_mean).square().mean(0)  # `var_mean` takes ten times as long
    means, variances = ops.gathered(torch.stack([own_mean, own_variance])[None]).unbind(1)  # [workers, C] each
    mean = means.mean(0)
    return mean, variances.mean(0) + (means - mean).square().mean(0)


def _composed(x: Tensor, weight: Tensor, bias: Tensor, epsilon: float, ops: Operations) -> Tensor:
    mean, variance = whole_statistics(x, ops)
    shape = [1, -1, *[1] * (x.ndim - 2)]
    y = (x - mean.view(shape)) * torch.rsqrt(variance + epsilon).view(shape)
    return y * weight.view(shape) + bias.view(shape)


class _ByKernel(torch.autograd.Function):
    """Two exchanges: the statistics forward, and the sums of the slopes over the whole batch backward."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, epsilon: float, ops: Operations
    ) -> tuple[Tensor, Tensor, Tensor]:
        mean, variance = whole_statistics(x, ops)
        ctx.save_for_backward(x, weight, bias, mean, variance)
        ctx.epsilon, ctx.ops = epsilon, ops
        ctx.mark_non_differentiable(mean, variance)
        return F.batch_norm(x, mean, variance, weight, bias, False, 0.0, epsilon), mean, variance

    @staticmethod
    def backward(ctx: Any, slope: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, bias, mean, variance = ctx.saved_tensors
        if torch.is_grad_enabled():  # this gradient will be differentiated itself
            asked = [tensor.requires_grad for tensor in (x, weight, bias)]
            y = _composed(x, weight, bias, ctx.epsilon, ctx.ops)
            wanted = [tensor for tensor, is_asked in zip((x, weight, bias), asked, strict=True) if is_asked]
            found = iter(torch.autograd.grad(y, wanted, slope, create_graph=True))
            return (*(next(found) if is_asked else None for is_asked in asked), None, None)
        at_x, at_weight, at_bias = torch.ops.aten.native_batch_norm_backward(
            slope, x, weight, mean, variance, None, None, False, ctx.epsilon, [True, True, True]
        )
        count = x.numel() // x.shape[1]
        mean_of_slopes, mean_of_products = ctx.ops.averaged([at_bias / count, at_weight / count])
        inverse, shape = torch.rsqrt(variance + ctx.epsilon), [1, -1, *[1] * (x.ndim - 2)]
        # the kernel took the statistics for constants; what they add at x is −w r (mean of dy + x̂ · mean of dy x̂)
        factor = -weight * inverse * inverse * mean_of_products
        shift = -weight * inverse * mean_of_slopes - factor * mean
        return at_x.add_(shift.view(shape)).addcmul_(x, factor.view(shape)), at_weight, at_bias, None, None
