"""Euclidean distances between many samples, a block of rows at a time: memory grows with their number, not its square.

Squared distances come from ‖x‖² + ‖y‖² − 2x·y of centred features, which is exact to rounding of the two samples'
norms; `one_by_one` takes them from differences, where that is not enough.
"""

from collections.abc import Iterator

import numpy as np

from gan_core.metrics.checks import scale_to_one

BLOCK_ROWS = 1024
BLOCK_VALUES = 2**24  # of a block's distances: 128 MiB
ROUNDING = 16 * np.finfo(np.float64).eps
VALUES_AT_ONCE = 2**22  # of the pairs that are worked out one by one


def centred_and_scaled(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both sets [N, D], [M, D], less the median of the first, times a power of two.

    A mean would follow one far sample, and cost all the rest their digits. The power brings the largest value to about
    1: that is exact, and no square overflows or is lost.
    """
    centre = np.median(first, axis=0)
    first, second = first - centre, second - centre
    scale = scale_to_one(max(np.abs(first).max(), np.abs(second).max()))
    return first * scale, second * scale


def distance_blocks(first: np.ndarray, second: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Yield rows of `first`, their squared distances to all of `second` and the rounding of these, [rows, M] each."""
    second_norms = np.einsum("nd,nd->n", second, second)
    at_once = max(1, min(BLOCK_ROWS, BLOCK_VALUES // len(second)))
    for start in range(0, len(first), at_once):
        rows = slice(start, min(start + at_once, len(first)))
        block = first[rows]
        norms = np.einsum("nd,nd->n", block, block)[:, None] + second_norms
        squared = (-2 * block) @ second.T
        squared += norms
        np.maximum(squared, 0.0, out=squared)
        norms *= ROUNDING
        yield rows, squared, norms


def one_by_one(first: np.ndarray, second: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the squared distances of the pairs first[rows], second[columns], from their differences."""
    exact, at_once = np.empty(len(rows)), max(1, VALUES_AT_ONCE // first.shape[1])
    for start in range(0, len(rows), at_once):
        part = slice(start, start + at_once)
        difference = first[rows[part]] - second[columns[part]]
        exact[part] = np.einsum("nd,nd->n", difference, difference)
    return exact
