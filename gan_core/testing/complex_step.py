"""Derivatives of NumPy functions: first ones by complex steps, exact to rounding; second ones along directions.

f(x + ih) = f(x) + ih f'(x) + O(h²): with h = 1e-30 nothing is subtracted, so nothing is lost.
"""

from collections.abc import Callable, Mapping

import numpy as np

STEP = 1e-30
REAL_STEP = 2e-3
# central difference of sixth order; its error is REAL_STEP**6 f⁽⁷⁾ / 140
COEFFICIENTS = {-3: -1 / 60, -2: 3 / 20, -1: -3 / 4, 1: 3 / 4, 2: -3 / 20, 3: 1 / 60}

Arrays = Mapping[str, np.ndarray]
Scalar = Callable[[Arrays], complex]


def gradients(function: Scalar, arrays: Arrays) -> dict[str, np.ndarray]:
    """Return the gradient of a real scalar function of named arrays at each of them, component by component."""
    found = {}
    for name, array in arrays.items():
        stepped = array.astype(np.complex128)
        gradient = np.empty(array.shape)
        for place in np.ndindex(array.shape):
            stepped[place] += 1j * STEP
            gradient[place] = np.imag(function({**arrays, name: stepped})) / STEP
            stepped[place] = array[place]
        found[name] = gradient
    return found


def slope(function: Scalar, arrays: Arrays, direction: Arrays) -> float:
    """Return the derivative along one direction."""
    stepped = {name: arrays[name] + 1j * STEP * step for name, step in direction.items()}
    return float(np.imag(function({**arrays, **stepped})) / STEP)


def mixed(function: Scalar, arrays: Arrays, first: Arrays, second: Arrays, real_step: float = REAL_STEP) -> float:
    """Return the second derivative along two directions: a complex step along `second`, real ones along `first`."""
    size = max(float(np.max(np.abs(step))) for step in first.values())
    if size == 0:
        return 0.0
    total = 0.0
    for count, coefficient in COEFFICIENTS.items():
        moved = {name: arrays[name] + count * real_step / size * step for name, step in first.items()}
        total += coefficient * slope(function, {**arrays, **moved}, second)
    return total * size / real_step
