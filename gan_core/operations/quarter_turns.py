"""Images turned by quarters, a quarter of the batch by each: what a discriminator is to tell apart."""

from gan_core.operations import tables
from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole import whole

TURNS = 4


@whole
def quarter_turns(ops: Ops, images: Array) -> Array:
    """Return square images [N, C, H, H], of which sample i of a batch of N is turned left by ⌊4 i / N⌋ quarters.

    The places are those in the whole batch, of which a worker may hold a part.
    """
    numbers = tables.quarters(images.shape[0], ops.workers)
    parts, start = [], 0
    for quarter in range(TURNS):
        count = int((numbers == quarter).sum())
        if count:
            parts.append(_turned(ops, images[start : start + count], quarter))
        start += count
    return ops.reshape(ops.concat(parts, 0), tuple(images.shape))


@whole
def quarter_numbers(ops: Ops, images: Array) -> Array:
    """Return by how many quarters `quarter_turns` turns each of images [N, …]: integers [N] in 0 … 3."""
    return ops.constant(tables.quarters(images.shape[0], ops.workers))


def _turned(ops: Ops, images: Array, quarters: int) -> Array:
    if quarters == 1:
        return _transposed(ops, _mirrored(ops, images))
    if quarters == 2:
        return _turned(ops, _turned(ops, images, 1), 1)
    return _mirrored(ops, _transposed(ops, images)) if quarters else images


def _transposed(ops: Ops, images: Array) -> Array:
    return ops.transpose(images, (0, 1, 3, 2))


def _mirrored(ops: Ops, images: Array) -> Array:
    """Images with their columns in reverse: a product with ones on the other diagonal leaves each value as it is."""
    side = images.shape[3]
    columns = ops.matmul(ops.reshape(images, (-1, side)), ops.constant(tables.reversing(side)))
    return ops.reshape(columns, tuple(images.shape))
