"""Batch norm over the rows of all workers, composed: TensorFlow's kernels take the statistics for constants."""

import tensorflow as tf
from tensorflow import Tensor

from .kernels import normalised
from .ops import Operations


def normalised_over_workers(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, epsilon: float, ops: Operations
) -> tuple[Tensor, Tensor, Tensor]:
    """The output [N, …, C], and the mean and the biased variance [C] of the whole batch."""
    mean, variance = whole_statistics(x, ops)
    return normalised(x, mean, variance, weight, bias, epsilon), mean, variance


def whole_statistics(x: Tensor, ops: Operations) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of each channel over the rows of all workers, in one exchange (Chan et al. 1983)."""
    axes = list(range(len(x.shape) - 1))
    own_mean = tf.reduce_mean(x, axes)
    own_variance = tf.reduce_mean(tf.square(x - own_mean), axes)
    seen = ops.gathered(tf.stack([own_mean, own_variance])[None])  # [workers, 2, C]
    means, variances = seen[:, 0], seen[:, 1]
    mean = tf.reduce_mean(means, 0)
    return mean, tf.reduce_mean(variances, 0) + tf.reduce_mean(tf.square(means - mean), 0)
