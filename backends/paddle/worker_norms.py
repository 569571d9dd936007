"""Batch norm over the rows of all workers: by Paddle's kernel, and composed where a gradient is differentiated."""

from dataclasses import dataclass
from typing import Any

import paddle
import paddle.nn.functional as F
from paddle import Tensor
from paddle.autograd import PyLayer

from .kernels import epsilon_scale
from .ops import Operations


def normalised_over_workers(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, epsilon: float, ops: Operations
) -> tuple[Tensor, Tensor, Tensor]:
    """The output [N, C, …], and the mean and the biased variance [C] of the whole batch, as constants."""
    with paddle.no_grad():
        mean, variance = whole_statistics(x, ops)
    y = _ByKernel.apply(x, _Whole(mean, variance, epsilon, ops))
    if weight is not None and bias is not None:  # outside: a gradient at some inputs alone cannot leave others out
        shape = [1, -1, *[1] * (x.ndim - 2)]
        y = y * weight.reshape(shape) + bias.reshape(shape)
    return y, mean, variance


def whole_statistics(x: Tensor, ops: Operations) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of each channel over the rows of all workers, in one exchange (Chan et al. 1983)."""
    rows = x.reshape([x.shape[0], x.shape[1], -1])  # [N, C, K]
    own_mean = rows.mean([0, 2])
    own_variance = (rows - own_mean.reshape([1, -1, 1])).square().mean([0, 2])
    seen = ops.gathered(paddle.stack([own_mean, own_variance]).unsqueeze(0))  # [workers, 2, C]
    means, variances = seen[:, 0], seen[:, 1]
    mean = means.mean(0)
    return mean, variances.mean(0) + (means - mean).square().mean(0)


@dataclass(frozen=True)
class _Whole:
    """What the whole batch came to: no input of the layer, which would be differentiated."""

    mean: Tensor
    variance: Tensor
    epsilon: float
    ops: Operations


class _ByKernel(PyLayer):
    """Two exchanges: the statistics before, and the means of the slopes over the whole batch backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, whole: _Whole) -> Tensor:
        ctx.save_for_backward(x)
        ctx.whole = whole
        s = epsilon_scale(whole.epsilon, x.dtype)
        scaled = x if s == 1.0 else x * s
        return F.batch_norm(scaled, whole.mean * s, whole.variance * s**2, None, None, False, epsilon=whole.epsilon)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (x,), whole = ctx.saved_tensor(), ctx.whole
        mean, variance = whole.mean, whole.variance
        if paddle.is_grad_enabled():  # this gradient will be differentiated itself, and through the statistics
            mean, variance = whole_statistics(x, whole.ops)
        shape, rows = [1, -1, 1], x.reshape([x.shape[0], x.shape[1], -1])
        slopes = slope.reshape(rows.shape)
        inverse = (1 / (variance + paddle.full([], whole.epsilon, x.dtype)).sqrt()).reshape(shape)
        normal = (rows - mean.reshape(shape)) * inverse
        means = whole.ops.averaged([slopes.mean([0, 2]), (slopes * normal).mean([0, 2])])
        inner = slopes - means[0].reshape(shape) - normal * means[1].reshape(shape)
        return (inner * inverse).reshape(x.shape)
