"""Augmentations, defined once by the operations of the contract: see `gan_core.specs.augmenting_layers`.

Shifts and turns are products with matrices of zeros and ones, a matrix a sample, so that each value arrives as it was
and gradients go back the same way. Legend: N batch, C channels, H W pixels, K the choices of one draw.
A new one joins with ``@augmented.register``, beside its shape rule.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce, singledispatch
from operator import add

import numpy as np

from gan_core.errors import SpecError
from gan_core.operations.ops import Array, Ops
from gan_core.specs.augmenting_layers import (
    Augmentation,
    PhaseShuffle,
    RandomColour,
    RandomCutout,
    RandomFlip,
    RandomQuarterTurn,
    RandomTranslation,
)
from gan_core.specs.spec import variant_name

Uniform = Callable[[str], Array]  # purpose → numbers [N] from U(0, 1)


@singledispatch
def augmented(layer: Augmentation, ops: Ops, x: Array, uniform: Uniform) -> Array:
    """Return samples [N, C, H, W] as a layer changes all of them in training. uniform: its random numbers."""
    raise _undefined(layer)


def check_augments(layer: Augmentation) -> None:
    """Raise `SpecError` for an augmentation that is not defined."""
    if augmented.dispatch(type(layer)) is augmented.dispatch(object):
        raise _undefined(layer)


def _undefined(layer: Augmentation) -> SpecError:
    return SpecError(
        f"no definition for a layer '{variant_name(type(layer).__name__)}'; register one with augmented.register"
    )


def augment(layer: Augmentation, ops: Ops, x: Array, uniform: Uniform, chance: Array | float) -> Array:
    """Return samples [N, C, H, W] of which a layer changes some. chance: the share that it changes."""
    changed = augmented(layer, ops, x, uniform)
    if isinstance(chance, float) and chance == 1:
        return changed
    chosen = ops.at_least(chance - uniform("chosen") - 2.0**-25, 0.0)  # numbers below the chance: none at 0, all at 1
    own = ops.reshape(chosen, (-1, 1))
    rows = (x.shape[0], -1)
    mixed = ops.reshape(changed, rows) * own + ops.reshape(x, rows) * (1.0 - own)
    return ops.reshape(mixed, tuple(x.shape))


@augmented.register
def _colour(layer: RandomColour, ops: Ops, x: Array, uniform: Uniform) -> Array:
    shape = tuple(x.shape)
    count, channels, height, width = shape

    def between(purpose: str, middle: float, reach: float) -> Array:
        return ops.reshape((uniform(purpose) - 0.5) * (2 * reach) + middle, (-1, 1))  # [N, 1]

    rows = ops.reshape(x, (count, -1))
    rows = rows + between("brightness", 0.0, layer.brightness)
    if channels > 1:
        planes = ops.reshape(rows, (count, channels, height * width))
        grey = ops.sum(planes, (1,)) * (1 / channels)  # [N, HW]
        grey = ops.reshape(grey, (count, 1, height * width))
        factors = ops.reshape(between("saturation", 1.0, layer.saturation), (count, 1, 1))
        rows = ops.reshape((planes - grey) * factors + grey, (count, -1))
    mean = ops.reshape(ops.sum(rows, (1,)) * (1 / (channels * height * width)), (-1, 1))
    rows = (rows - mean) * between("contrast", 1.0, layer.contrast) + mean
    return ops.reshape(rows, shape)


@augmented.register
def _translation(layer: RandomTranslation, ops: Ops, x: Array, uniform: Uniform) -> Array:
    _, _, height, width = x.shape
    down = chosen_of(ops, uniform("down"), _shifts(height, reach(height, layer.share)))
    right = chosen_of(ops, uniform("right"), _shifts(width, reach(width, layer.share)))
    return moved(ops, x, down, right)


@augmented.register
def _cutout(layer: RandomCutout, ops: Ops, x: Array, uniform: Uniform) -> Array:
    count, channels, height, width = x.shape
    rows = chosen_of(ops, uniform("down"), _windows(height, reach(height, layer.share)))  # [N, H]
    columns = chosen_of(ops, uniform("right"), _windows(width, reach(width, layer.share)))
    hole = ops.matmul(ops.reshape(rows, (count, height, 1)), ops.reshape(columns, (count, 1, width)))
    kept = ops.reshape(1.0 - hole, (count, 1, height * width))
    return ops.reshape(ops.reshape(x, (count, channels, height * width)) * kept, (count, channels, height, width))


@augmented.register
def _flip(layer: RandomFlip, ops: Ops, x: Array, uniform: Uniform) -> Array:
    count, channels, height, width = x.shape
    turned = ops.matmul(
        ops.reshape(x, (count, channels * height, width)), chosen_of(ops, uniform("flip"), _mirrors(width, (0, 1)))
    )
    return ops.reshape(turned, (count, channels, height, width))


@augmented.register
def _quarter_turn(layer: RandomQuarterTurn, ops: Ops, x: Array, uniform: Uniform) -> Array:
    """A turn by 90 degrees is a change of axes and a mirror image; one by 180 two mirror images."""
    count, channels, side, _ = x.shape
    turns = uniform("turn")
    rows = chosen_of(ops, turns, _mirrors(side, (0, 1, 1, 0)))
    columns = chosen_of(ops, turns, _mirrors(side, (0, 0, 1, 1)))
    odd = chosen_of(ops, turns, _numbers((0, 1, 0, 1)))  # [N, 1]
    flat = (count, channels * side * side)
    turned = ops.reshape(ops.transpose(x, (0, 1, 3, 2)), flat) * odd + ops.reshape(x, flat) * (1.0 - odd)
    return moved(ops, ops.reshape(turned, tuple(x.shape)), rows, columns)


@augmented.register
def _phase_shuffle(layer: PhaseShuffle, ops: Ops, x: Array, uniform: Uniform) -> Array:
    """A sum of as many slices as there are shifts, of which a sample has one: a matrix would be length × length."""
    count, channels, height, width = x.shape
    most = layer.shift
    before = [x[:, :, :, place : place + 1] for place in range(most, 0, -1)]
    behind = [x[:, :, :, width - 1 - place : width - place] for place in range(1, most + 1)]
    reflected = ops.concat([*before, x, *behind], 3)
    chosen = chosen_of(ops, uniform("shift"), _one_of(2 * most + 1))  # [N, 2 most + 1]

    def share(place: int) -> Array:
        start = 2 * most - place
        part = ops.reshape(reflected[:, :, :, start : start + width], (count, -1))
        return part * chosen[:, place : place + 1]

    return ops.reshape(reduce(add, map(share, range(2 * most + 1))), (count, channels, height, width))


@dataclass(frozen=True)
class Choices:
    """K arrays of one shape: flat [K, …] as rows. edges: [1, K + 1], that part U(0, 1) evenly."""

    flat: np.ndarray
    edges: np.ndarray
    each: tuple[int, ...]

    @classmethod
    def of(cls, arrays: Sequence[np.ndarray]) -> "Choices":
        """Return the choices; they cannot be written, so a device keeps its copy of them."""
        flat = np.array([array.ravel() for array in arrays], np.float64)
        edges = np.linspace(0.0, 1.0, len(arrays) + 1)[None].copy()
        flat.flags.writeable = edges.flags.writeable = False
        return cls(flat, edges, arrays[0].shape)


def chosen_of(ops: Ops, numbers: Array, choices: Choices) -> Array:
    """Return for each sample one of the choices, all as likely: [N, *each]. numbers: from U(0, 1), [N]."""
    count = len(choices.flat)
    above = ops.at_least(ops.reshape(numbers, (-1, 1)) - ops.constant(choices.edges), 0.0)  # [N, K + 1], the last 0
    picked = ops.matmul(above[:, :count] - above[:, 1:], ops.constant(choices.flat))
    return ops.reshape(picked, (numbers.shape[0], *choices.each))


def moved(ops: Ops, x: Array, rows: Array, columns: Array) -> Array:
    """Return samples [N, C, H, W] as rows [N, H, H] takes their rows, and columns [N, W, W] their columns."""
    count, channels, height, width = x.shape
    across = ops.matmul(ops.reshape(x, (count, channels * height, width)), ops.transpose(columns, (0, 2, 1)))
    upright = ops.transpose(ops.reshape(across, (count, channels, height, width)), (0, 2, 1, 3))
    down = ops.matmul(rows, ops.reshape(upright, (count, height, channels * width)))
    return ops.transpose(ops.reshape(down, (count, height, channels, width)), (0, 2, 1, 3))


def reach(side: int, share: float) -> int:
    """Return so many pixels as a share of a side has, rounded as the authors' code rounds."""
    return int(side * share + 0.5)


@lru_cache(64)
def _shifts(side: int, most: int) -> Choices:
    """The matrices [side, side] that move by −most … most pixels, with zeros from beyond."""
    return Choices.of([np.eye(side, k=-shift) for shift in range(-most, most + 1)])


@lru_cache(64)
def _windows(side: int, size: int) -> Choices:
    """Ones [side] in each window of `size` pixels whose middle is in the image, cut at its edges."""
    starts = [middle - size // 2 for middle in range(side + 1 - size % 2)]
    places = np.arange(side)
    return Choices.of([(places >= start) & (places < start + size) for start in starts])


@lru_cache(64)
def _mirrors(side: int, mirrored: tuple[int, ...]) -> Choices:
    """For each choice the matrix [side, side] that leaves an axis as it is, 0, or turns it round, 1."""
    return Choices.of([np.eye(side)[::-1] if turned else np.eye(side) for turned in mirrored])


@lru_cache(64)
def _one_of(count: int) -> Choices:
    """Ones [count] at the choice's own place, and zeros."""
    return Choices.of(list(np.eye(count)))


@lru_cache(64)
def _numbers(numbers: tuple[int, ...]) -> Choices:
    """A number [1] for each choice."""
    return Choices.of([np.array([number]) for number in numbers])
