"""Matrices of pairs without the pairs of a thing with itself."""

from gan_core.operations import tables
from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole import whole


@whole
def without_diagonal(ops: Ops, pairs: Array, own_rows: bool) -> Array:
    """Return a matrix of pairs [N, M] with a zero where both are the same.

    own_rows: whether rows are this worker's samples and columns those of all; else both are the same things, N = M.
    """
    count = pairs.shape[0]
    return pairs * ops.constant(tables.others(count, 2, ops.workers) if own_rows else tables.others(count))
