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
    if ops.differentiates_again:
        return _composed(x, weight, bias, epsilon, ops)
    with paddle.no_grad():
        mean, variance = _of_all(*_own_statistics(x), ops)
    y = _ByKernel.apply(x, _Whole(mean, variance, epsilon, ops))
    if weight is not None and bias is not None:  # outside: a gradient at some inputs alone cannot leave others out
        y = _scaled(y, weight, bias)
    return y, mean, variance


def _composed(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, epsilon: float, ops: Operations
) -> tuple[Tensor, Tensor, Tensor]:
    """The same of operations, statistics included ("batch norm's second derivative, paddle").

    Channels go last, where sums over the other axes are quick.
    """
    turned = x.transpose([0, *range(2, x.ndim), 1])
    rows = turned.reshape([-1, x.shape[1]])
    own_mean = rows.mean(0)
    mean, variance = _of_all(own_mean, (rows - own_mean).square().mean(0), ops)
    scale = 1 / (variance + paddle.full([], epsilon, variance.dtype)).sqrt()
    y = (rows - mean) * (scale if weight is None else scale * weight)
    y = (y if bias is None else y + bias).reshape(turned.shape)
    return y.transpose([0, x.ndim - 1, *range(1, x.ndim - 1)]), mean.detach(), variance.detach()


def _own_statistics(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of each channel over this worker's rows, which the kernel leaves in its arguments."""
    mean, variance = paddle.zeros([x.shape[1]], x.dtype), paddle.ones([x.shape[1]], x.dtype)
    F.batch_norm(x, mean, variance, None, None, True, 0.0)
    return mean, variance


def _scaled(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Each channel times a scale plus a shift, by the kernel: broadcasting over a middle axis takes far longer."""
    channels = [x.shape[1]]
    zeros, ones = paddle.zeros(channels, x.dtype), paddle.ones(channels, x.dtype)
    return F.batch_norm(x, zeros, ones, scale, shift, False, epsilon=0.0)


def whole_statistics(x: Tensor, ops: Operations) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of each channel over the rows of all workers, composed, in one exchange."""
    rows = x.reshape([x.shape[0], x.shape[1], -1])  # [N, C, K]
    own_mean = rows.mean([0, 2])
    own_variance = (rows - own_mean.reshape([1, -1, 1])).square().mean([0, 2])
    return _of_all(own_mean, own_variance, ops)


def _of_all(own_mean: Tensor, own_variance: Tensor, ops: Operations) -> tuple[Tensor, Tensor]:
    """The statistics of all workers' rows from those of each (Chan et al. 1983)."""
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
        return _normal(x, whole)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (x,), whole = ctx.saved_tensor(), ctx.whole
        if paddle.is_grad_enabled():  # this gradient will be differentiated itself, and through the statistics
            return _slope_composed(x, slope, whole)
        inverse, normal = _inverse(whole.variance, whole), _normal(x, whole)
        own = [_mean(slope), _mean(slope * normal)]
        means = whole.ops.averaged(own)
        zeros = paddle.zeros_like(inverse)
        return _scaled(slope, inverse, -means[0] * inverse) - _scaled(normal, means[1] * inverse, zeros)


def _normal(x: Tensor, whole: _Whole) -> Tensor:
    """Mean 0 and variance 1 over the whole batch; Paddle's kernel holds epsilon as float32, see `epsilon_scale`."""
    s = epsilon_scale(whole.epsilon, x.dtype)
    scaled = x if s == 1.0 else x * s
    return F.batch_norm(scaled, whole.mean * s, whole.variance * s**2, None, None, False, epsilon=whole.epsilon)


def _inverse(variance: Tensor, whole: _Whole) -> Tensor:
    return 1 / (variance + paddle.full([], whole.epsilon, variance.dtype)).sqrt()


def _mean(x: Tensor) -> Tensor:
    """Of each channel; the last axis first, which lies together."""
    return x.reshape([x.shape[0], x.shape[1], -1]).mean(-1).mean(0)


def _slope_composed(x: Tensor, slope: Tensor, whole: _Whole) -> Tensor:
    mean, variance = whole_statistics(x, whole.ops)
    shape, rows = [1, -1, 1], x.reshape([x.shape[0], x.shape[1], -1])
    slopes, inverse = slope.reshape(rows.shape), _inverse(variance, whole).reshape(shape)
    normal = (rows - mean.reshape(shape)) * inverse
    means = whole.ops.averaged([slopes.mean([0, 2]), (slopes * normal).mean([0, 2])])
    inner = slopes - means[0].reshape(shape) - normal * means[1].reshape(shape)
    return (inner * inverse).reshape(x.shape)
