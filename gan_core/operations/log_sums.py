"""Logarithms of sums of exponentials, which no framework's own function gives to the last bit of another's."""

from collections.abc import Sequence

from gan_core.operations.ops import Array, Ops


def log_sum_exp(ops: Ops, columns: Sequence[Array]) -> Array:
    """Return log Σ exp(column), [N, 1], over one or more columns [N, 1].

    Two terms are joined at a time: log(eᵃ + eᵇ) = a + softplus(b − a), which never overflows.
    """
    total = columns[0]
    for column in columns[1:]:
        total = total + ops.softplus(column - total)
    return total


def log_total(ops: Ops, x: Array) -> Array:
    """Return log Σ exp(x) over all values of x [N, 1], a scalar, for values of any size.

    The largest value lies at most log N above the mean of x weighted by its own softmax. That mean is taken out as a
    constant, so that no exponential exceeds N, and put back.
    """
    row = ops.reshape(x, (1, x.shape[0]))
    level = ops.detached(lambda: ops.sum(ops.softmax(row) * row, (0, 1)))
    return ops.log(ops.sum(ops.exp(row - level), (0, 1))) + level
