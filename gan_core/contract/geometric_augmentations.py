"""Augmentations that read images between their pixels, defined once: see `augmentations`, whose legend holds here too.

A place between two pixels is a row of weights that falls off linearly from it, 1 at the place itself and 0 a pixel off,
so that a line of an image is read by a product with a matrix, and gradients of any order go back the same way.
"""

import math
from functools import lru_cache

import numpy as np

from gan_core.contract.augmentations import Uniform, augmented, moved
from gan_core.operations.ops import Array, Ops
from gan_core.operations.tables import fixed
from gan_core.specs.augmenting_layers import RandomRotation, RandomZoom

_TERMS = 9  # of the series of sine and cosine: at 45° the next is below 1e-17


@augmented.register
def _rotation(layer: RandomRotation, ops: Ops, x: Array, uniform: Uniform) -> Array:
    """A turn by an angle is three shears: of rows by −tan of its half, of columns by its sine, of rows again."""
    sine, cosine = _sine_and_cosine(ops, (uniform("angle") - 0.5) * (2 * math.radians(layer.degrees)))
    slopes = -sine / (cosine + 1.0)
    once = _sheared(ops, x, slopes)
    twice = ops.transpose(_sheared(ops, ops.transpose(once, (0, 1, 3, 2)), sine), (0, 1, 3, 2))
    return _sheared(ops, twice, slopes)


@augmented.register
def _zoom(layer: RandomZoom, ops: Ops, x: Array, uniform: Uniform) -> Array:
    _, _, height, width = x.shape
    logarithms = _normal(ops, uniform) * (layer.deviation * math.log(2))
    smaller = ops.exp(-logarithms)  # from one place that is read to the next, in pixels
    columns = _zoomed(ops, width, smaller)
    rows = _zoomed(ops, height, ops.exp(logarithms) if layer.stretch else smaller)
    return moved(ops, x, rows, columns)


def _sheared(ops: Ops, x: Array, slopes: Array) -> Array:
    """Return samples whose rows are read further on by so many pixels for each row below the middle. slopes: [N]."""
    count, channels, height, width = x.shape
    further = ops.reshape(slopes, (-1, 1)) * ops.constant(_from_middle(height))  # [N, H]
    places = ops.reshape(further, (-1, 1)) + ops.constant(_places(width))  # [N H, W]
    lines = ops.reshape(ops.transpose(x, (0, 2, 3, 1)), (count * height, width, channels))
    read = ops.matmul(_reading(ops, places, width), lines)  # [N H, W, C]
    return ops.transpose(ops.reshape(read, (count, height, width, channels)), (0, 3, 1, 2))


def _zoomed(ops: Ops, side: int, steps: Array) -> Array:
    """Return the matrices [N, side, side] that read an axis about its middle. steps: from place to place, [N]."""
    places = ops.reshape(steps, (-1, 1)) * ops.constant(_from_middle(side)) + (side - 1) / 2
    return _reading(ops, places, side)


def _reading(ops: Ops, places: Array, side: int) -> Array:
    """Return the matrices [A, B, side] that read lines at places [A, B], reflected at their first and last value."""
    last = side - 1
    inside = last - ops.abs(last - ops.abs(places))
    apart = ops.reshape(inside, (-1, 1)) - ops.constant(_places(side))  # [A B, side]
    return ops.reshape(ops.relu(1.0 - ops.abs(apart)), (*places.shape, side))


def _normal(ops: Ops, uniform: Uniform) -> Array:
    """Return numbers [N] from N(0, 1), of two from U(0, 1) each (Box, Muller 1958)."""
    size = ops.sqrt(ops.log(1.0 - uniform("size")) * -2.0)
    _, cosine = _sine_and_cosine(ops, (uniform("way") - 0.5) * (math.pi / 2))  # of a quarter of the angle less π
    half = 2.0 * cosine * cosine - 1.0
    return size * (1.0 - 2.0 * half * half)


def _sine_and_cosine(ops: Ops, angles: Array) -> tuple[Array, Array]:
    """Return both of angles from −π/4 to π/4, by their series, which every framework adds up in the same order."""
    squares = angles * angles
    sine = cosine = squares * 0.0 + 1.0
    for term in range(_TERMS, 0, -1):
        sine = 1.0 - squares * sine * (1 / (2 * term * (2 * term + 1)))
        cosine = 1.0 - squares * cosine * (1 / (2 * term * (2 * term - 1)))
    return angles * sine, cosine


@lru_cache(64)
def _places(side: int) -> np.ndarray:
    """The places [1, side] of an axis, in pixels."""
    return fixed(np.arange(float(side))[None])


@lru_cache(64)
def _from_middle(side: int) -> np.ndarray:
    """How far each place of an axis is from its middle, [1, side], in pixels."""
    return fixed(np.arange(float(side))[None] - (side - 1) / 2)
