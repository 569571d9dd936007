"""Constant arrays that formulas multiply by, made once: they cannot be written, so a device may keep its copy."""

from functools import lru_cache

import numpy as np


@lru_cache(64)
def zeros(shape: tuple[int, ...]) -> np.ndarray:
    """Return zeros."""
    return _fixed(np.zeros(shape))


@lru_cache(64)
def ones(shape: tuple[int, ...]) -> np.ndarray:
    """Return ones."""
    return _fixed(np.ones(shape))


@lru_cache(64)
def others(count: int, rank: int = 2) -> np.ndarray:
    """Return [count, count, 1, …] with `rank` axes: 0 where row and column are the same, else 1."""
    return _fixed((1.0 - np.eye(count)).reshape((count, count, *[1] * (rank - 2))).copy())


@lru_cache(64)
def earlier(count: int) -> np.ndarray:
    """Return [count, count]: 1 where the column comes before the row, else 0."""
    return _fixed(np.tril(np.ones((count, count)), -1))


def _fixed(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
