"""Random masks drawn on the device, with the same bits everywhere.

Dropout on feature maps needs too many numbers to draw on the host. These come from a keyed integer hash of the
element's index: only multiplications below 2⁶³, shifts and exclusive-ors on int64, so every framework gets the same
bits. The mixing constants are those of a two-round 32-bit finalizer (public domain, from the hash-prospector search),
chosen because both are below 2³¹: a product with a 32-bit number then never overflows an int64.
"""

import math
import zlib
from collections.abc import Sequence

import numpy as np

from gan_core.operations.ops import Array, Ops

_MULTIPLIERS = (0x21F0AAAD, 0x735A2D97)
_LOW_32 = 0xFFFFFFFF


def keep_mask(
    ops: Ops, key: Array, place: str, shape: tuple[int, ...], rate: float, offsets: Sequence[int] = (0,)
) -> Array:
    """Return a mask of `shape` in the backend's dtype: 0 with probability `rate`, else 1.

    key: int64 [2], of this update. place: the network, call and layer, so that no two masks of an update agree.
    offsets: for each equal part of the mask's rows, by how many values they stand further back in the whole mask, of
    which they are a worker's share.
    """
    salt = zlib.crc32(place.encode())
    values = np.arange(math.prod(shape), dtype=np.int64).reshape(len(offsets), -1)
    index = ops.constant((values + np.array(offsets, np.int64)[:, None]).reshape(-1))
    bits = _mix(ops, ops.bitwise_xor(index, ops.bitwise_xor(key[0], ops.constant(np.asarray(salt, np.int64)))))
    bits = _mix(ops, ops.bitwise_and(bits + key[1], ops.constant(np.asarray(_LOW_32, np.int64))))
    threshold = round(rate * 2**32)
    return ops.reshape(ops.at_least(bits, threshold), shape)


def _mix(ops: Ops, bits: Array) -> Array:
    low = ops.constant(np.asarray(_LOW_32, np.int64))
    bits = ops.bitwise_xor(bits, ops.shift_right(bits, 16))
    bits = ops.bitwise_and(bits * _MULTIPLIERS[0], low)
    bits = ops.bitwise_xor(bits, ops.shift_right(bits, 15))
    bits = ops.bitwise_and(bits * _MULTIPLIERS[1], low)
    return ops.bitwise_xor(bits, ops.shift_right(bits, 15))
