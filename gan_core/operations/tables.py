"""Constant arrays that formulas multiply by, made once: they cannot be written, so a device may keep its copy."""

from functools import lru_cache

import numpy as np

from gan_core.operations.workers import ONE_WORKER, Workers


@lru_cache(64)
def zeros(shape: tuple[int, ...]) -> np.ndarray:
    """Return zeros."""
    return fixed(np.zeros(shape))


@lru_cache(64)
def ones(shape: tuple[int, ...]) -> np.ndarray:
    """Return ones."""
    return fixed(np.ones(shape))


@lru_cache(64)
def others(count: int, rank: int = 2, workers: Workers = ONE_WORKER) -> np.ndarray:
    """Return [count, all, 1, …] with `rank` axes: 0 where row and column are the same sample, else 1.

    count: the rows of this worker; the columns are those of all.
    """
    every = workers.of_all(count)
    rows = (1.0 - np.eye(every))[workers.own_places(count)]
    return fixed(rows.reshape((count, every, *[1] * (rank - 2))).copy())


@lru_cache(64)
def earlier(count: int, workers: Workers = ONE_WORKER) -> np.ndarray:
    """Return [count, all]: 1 where the column comes before the row, else 0; rows and columns as in `others`."""
    every = workers.of_all(count)
    return fixed(np.tril(np.ones((every, every)), -1)[workers.own_places(count)].copy())


@lru_cache(64)
def quarters(count: int, workers: Workers = ONE_WORKER) -> np.ndarray:
    """Return ⌊4 i / all⌋ of each of this worker's `count` samples, integers [count]; i is its place in the batch."""
    every = workers.of_all(count)
    return fixed((np.arange(every) * 4 // every)[workers.own_places(count)].copy())


@lru_cache(64)
def reversing(size: int) -> np.ndarray:
    """Return the matrix [size, size] whose product with rows has their values in reverse."""
    return fixed(np.eye(size)[::-1].copy())


def fixed(array: np.ndarray) -> np.ndarray:
    """Return an array that can no longer be written, so that a device keeps its copy of it."""
    array.flags.writeable = False
    return array
