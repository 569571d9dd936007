"""What concerns the whole batch, of which a worker holds a part: its mean, and a worker's rows of it."""

from gan_core.operations.ops import Array, Ops


def batch_mean(ops: Ops, values: Array) -> Array:
    """Return the mean over the values of all workers, a scalar.

    For a formula that is no mean over samples of what it holds, as the distance of a sample from the batch's mean.
    """
    return ops.averaged([ops.mean(values)])[0]


def mean_over_batch(ops: Ops, values: Array) -> Array:
    """Return the mean over the batch of each value, flat, [values]; values: [N, …]."""
    mean = ops.sum(ops.reshape(values, (values.shape[0], -1)), (0,)) * (1 / values.shape[0])
    return ops.averaged([mean])[0]


def own_rows(ops: Ops, rows: Array, count: int) -> Array:
    """Return this worker's `count` rows out of the first ones of the whole batch.

    For what is drawn for the whole batch (`Draw.whole_batch`) and used for a part of it: a number a pack, or a
    generator's share.
    """
    return rows[ops.workers.own_places(count)]
