"""Random numbers drawn on the device, with the same bits everywhere.

Dropout on feature maps needs too many numbers to draw on the host. These come from a keyed integer hash of the
element's index: only multiplications below 2⁶³, shifts and exclusive-ors on int64, so every framework gets the same
bits. The mixing constants are those of a two-round 32-bit finalizer (public domain, from the hash-prospector search),
chosen because both are below 2³¹: a product with a 32-bit number then never overflows an int64.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from gan_core.errors import SpecError
from gan_core.operations.ops import Array, Ops

_MULTIPLIERS = (0x21F0AAAD, 0x735A2D97)
_LOW_32 = 0xFFFFFFFF
_EXACT_BITS = 24  # of a uniform number: what float32 holds exactly


@dataclass(frozen=True, kw_only=True)
class CallRandom:
    """The random numbers of one call of a network, of which each layer takes its own.

    ops: the operations of the framework. key: int64 [2], of this update. place: the network and the number of the call,
    so that no two calls of an update agree. batches: how many batches stand one after the other in what the network
    reads. rows: the samples of a batch that are this worker's, where several share one; else 0.
    """

    ops: Ops
    key: Array
    place: str
    batches: int = 1
    rows: int = 0

    def keep_mask(self, layer: str, shape: tuple[int, ...], rate: float) -> Array:
        """Return the mask of a dropout layer, see `keep_mask`; shape: [N, …]."""
        return keep_mask(self.ops, self.key, f"{self.place}/{layer}", shape, rate, self._offsets(shape))

    def uniform(self, layer: str, purpose: str, shape: tuple[int, ...]) -> Array:
        """Return numbers of `shape` [N, …] from U(0, 1), multiples of 2⁻²⁴, for one purpose of a layer."""
        return uniform(self.ops, self.key, f"{self.place}/{layer}/{purpose}", shape, self._offsets(shape))

    def _offsets(self, shape: tuple[int, ...]) -> Sequence[int]:
        """How many elements further on each batch's own stand in the batch that the workers share."""
        if self.rows and shape[0] > self.rows * self.batches:
            network = self.place.partition("/")[0]
            raise SpecError(
                f"network '{network}' was called with {shape[0]} samples of a batch of {self.rows}: say by "
                "batches=N how many batches stand one after the other, for the workers that share them"
            )
        return self.ops.workers.offsets(math.prod(shape) // self.batches, self.batches)


def keep_mask(
    ops: Ops, key: Array, place: str, shape: tuple[int, ...], rate: float, offsets: Sequence[int] = (0,)
) -> Array:
    """Return a mask of `shape` in the backend's dtype: 0 with probability `rate`, else 1.

    key: int64 [2], of this update. place: the network, call and layer, so that no two masks of an update agree.
    offsets: for each of as many equal parts of the mask's rows, how many elements further on its elements stand in the
    mask that is drawn; all 0 where that is this mask, and other numbers where this one is a part of a larger one.
    """
    bits = random_bits(ops, key, place, math.prod(shape), offsets)
    return ops.reshape(ops.at_least(bits, round(rate * 2**32)), shape)


def uniform(ops: Ops, key: Array, place: str, shape: tuple[int, ...], offsets: Sequence[int] = (0,)) -> Array:
    """Return numbers of `shape` from U(0, 1), multiples of 2⁻²⁴: the same in float32 and float64.

    The arguments are those of `keep_mask`.
    """
    bits = ops.shift_right(random_bits(ops, key, place, math.prod(shape), offsets), 32 - _EXACT_BITS)
    return ops.reshape(ops.real(bits) * 2.0**-_EXACT_BITS, shape)


def random_bits(ops: Ops, key: Array, place: str, count: int, offsets: Sequence[int]) -> Array:
    """Return `count` numbers of 32 random bits each, int64 [count]; the arguments are those of `keep_mask`."""
    salt = zlib.crc32(place.encode())
    bits = _mix(ops, ops.bitwise_xor(_places(ops, count, offsets), ops.bitwise_xor(key[0], salt)))
    return _mix(ops, ops.bitwise_and(bits + key[1], _LOW_32))


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
