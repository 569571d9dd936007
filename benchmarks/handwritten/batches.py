"""The order in which all loops by hand take their images."""

from collections.abc import Iterator

import numpy as np


def shuffled(count: int, batch: int) -> Iterator[np.ndarray]:
    """Yield the places of each batch, epoch after epoch in a new order, without an epoch's incomplete batch."""
    random = np.random.default_rng()
    while True:
        order = random.permutation(count)
        for start in range(0, count - batch + 1, batch):
            yield order[start : start + batch]


def in_order(count: int, batch: int) -> Iterator[np.ndarray]:
    """Yield the places of each batch in the order of the file, wrapping round."""
    start = 0
    while True:
        yield np.arange(start, start + batch) % count
        start += batch
