"""Random masks drawn on the device, with the same bits everywhere.

Dropout on feature maps needs too many numbers to draw on the host. These come from a keyed integer hash of the
element's index: only multiplications below 2⁶³, shifts and exclusive-ors on int64, so every framework gets the same
bits. The mixing constants are those of a two-round 32-bit finalizer (public domain, from the hash-prospector search),
chosen because both are below 2³¹: a product with a 32-bit number then never overflows an int64.
"""

import math
import zlib
from collections.abc import Sequence

from gan_core.operations.ops import Array, Ops

_MULTIPLIERS = (0x21F0AAAD, 0x735A2D97)
_LOW_32 = 0xFFFFFFFF


def keep_mask(
    ops: Ops, key: Array, place: str, shape: tuple[int, ...], rate: float, offsets: Sequence[int] = (0,)
) -> Array:
    """Return a mask of `shape` in the backend's dtype: 0 with probability `rate`, else 1.

    key: int64 [2], of this update. place: the network, call and layer, so that no two masks of an update agree.
    offsets: for each of as many equal parts of the mask's rows, how many elements further on its elements stand in the
    mask that is drawn; all 0 where that is this mask, and other numbers where this one is a part of a larger one.
    """
    salt = zlib.crc32(place.encode())
    bits = _mix(ops, ops.bitwise_xor(_places(ops, math.prod(shape), offsets), ops.bitwise_xor(key[0], salt)))
    bits = _mix(ops, ops.bitwise_and(bits + key[1], _LOW_32))
    threshold = round(rate * 2**32)
    return ops.reshape(ops.at_least(bits, threshold), shape)


def _places(ops: Ops, count: int, offsets: Sequence[int]) -> Array:
    """Where each of a mask's `count` elements stands in the mask that is drawn, [count]; see `keep_mask`."""
    if not any(offsets):
        return ops.arange(count)
    size = count // len(offsets)
    starts = [part * size + offset for part, offset in enumerate(offsets)]
    return ops.concat([ops.arange(size) + start for start in starts], 0)


def _mix(ops: Ops, bits: Array) -> Array:
    bits = ops.bitwise_xor(bits, ops.shift_right(bits, 16))
    bits = ops.bitwise_and(bits * _MULTIPLIERS[0], _LOW_32)
    bits = ops.bitwise_xor(bits, ops.shift_right(bits, 15))
    bits = ops.bitwise_and(bits * _MULTIPLIERS[1], _LOW_32)
    return ops.bitwise_xor(bits, ops.shift_right(bits, 15))
