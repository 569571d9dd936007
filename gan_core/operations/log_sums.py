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
