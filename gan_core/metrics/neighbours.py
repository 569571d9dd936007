"""Precision, recall, density and coverage: whose samples lie within whose nearest neighbours.

Where the rounding of `distance_blocks` could decide on which side of a radius a pair lies (ties, copies, samples far
from all others), the pair's distance is worked out again from its difference, so that every answer is that of distances
taken one by one.
"""

from collections.abc import Sequence

import numpy as np

from gan_core.errors import UsageError
from gan_core.metrics.checks import check_count, checked_pair
from gan_core.metrics.distances import centred_and_scaled, distance_blocks, one_by_one

PRECISION_NEIGHBOURS = 3  # Kynkäänniemi et al. 2019
DENSITY_NEIGHBOURS = 5  # Naeem et al. 2020


def precision_recall(
    real: np.ndarray, generated: np.ndarray, neighbours: int = PRECISION_NEIGHBOURS
) -> tuple[float, float]:
    """Return precision and recall of features [N, D] and [M, D].

    Kynkäänniemi et al. 2019 (arXiv:1904.06991, eq. 1–3): a set's manifold is the union of closed balls around its
    samples, each reaching its k-th nearest neighbour in the set (itself not counted). Precision is the share of
    generated samples on the real manifold, recall the share of real ones on the generated manifold. Shares, higher
    is better. A sample far from all others has a ball that reaches them, and may hold much that lies between: that
    is the definition. Raises `UsageError` below k + 1 samples of either.

    >>> real = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> precision_recall(real, np.array([[1.5], [1.6], [9.0], [9.1]]), neighbours=1)  # two of four lie among the real
    (0.5, 0.0)
    """
    scores = neighbour_scores(real, generated, neighbours, None)
    return scores["precision"], scores["recall"]


def density_coverage(
    real: np.ndarray, generated: np.ndarray, neighbours: int = DENSITY_NEIGHBOURS
) -> tuple[float, float]:
    """Return density and coverage of features [N, D] and [M, D].

    Naeem et al. 2020 (arXiv:2002.09797, eq. 5 and 6), open balls around real samples as in the authors' code. Density
    is the number of real balls a generated sample lies in, over k, averaged: 1 for equal distributions and possibly
    more. Coverage is the share of real balls that hold a generated sample: 1 − (½)ᵏ for equal distributions and
    N = M, 1 for the very same samples. Where real samples repeat more than k times their balls are empty, whatever is
    generated. Raises `UsageError` below k + 1 samples of either.
    """
    scores = neighbour_scores(real, generated, None, neighbours)
    return scores["density"], scores["coverage"]


def neighbour_scores(
    real: np.ndarray,
    generated: np.ndarray,
    precision_neighbours: int | None = PRECISION_NEIGHBOURS,
    density_neighbours: int | None = DENSITY_NEIGHBOURS,
) -> dict[str, float]:
    """Return precision, recall, density and coverage by name, of features [N, D] and [M, D], from one walk over pairs.

    precision_neighbours, density_neighbours: the number of neighbours for precision and recall, and for density and
    coverage; None leaves the two out. Raises `UsageError` as the functions of each two do.
    """
    numbers = [k for k in (precision_neighbours, density_neighbours) if k is not None]
    if not numbers:
        raise UsageError("nearest neighbours: expected a number of neighbours for precision, for density, or for both")
    check_count("nearest neighbours", "neighbours", min(numbers))
    first, second = checked_pair("nearest neighbours", real, generated, max(numbers) + 1)
    first, second = centred_and_scaled(first, second)
    real_radii = _squared_radii(first, numbers)
    scores: dict[str, float] = {}
    if precision_neighbours is not None:
        generated_radii = _squared_radii(second, [precision_neighbours])[precision_neighbours]
        precise, recalled = _on_manifolds(first, second, real_radii[precision_neighbours], generated_radii)
        scores |= {"precision": precise, "recall": recalled}
    if density_neighbours is not None:
        dense, covered = _in_balls(first, second, real_radii[density_neighbours], density_neighbours)
        scores |= {"density": dense, "coverage": covered}
    return scores


def _on_manifolds(
    first: np.ndarray, second: np.ndarray, first_radii: np.ndarray, second_radii: np.ndarray
) -> tuple[float, float]:
    """Return the shares of `second` on the manifold of `first`, and of `first` on that of `second`."""
    second_in, first_in = np.zeros(len(second), bool), np.zeros(len(first), bool)
    for rows, squared, rounding in distance_blocks(first, second):
        pairs = first[rows], second, squared, rounding
        second_in |= _within(*pairs, first_radii[rows, None], closed=True).any(axis=0)
        first_in[rows] = _within(*pairs, second_radii[None, :], closed=True).any(axis=1)
    return float(second_in.mean()), float(first_in.mean())


def _in_balls(first: np.ndarray, second: np.ndarray, radii: np.ndarray, neighbours: int) -> tuple[float, float]:
    """Return the density of `second` in the open balls around `first`, and the share of balls that hold one."""
    inside, covered = 0, np.zeros(len(first), bool)
    for rows, squared, rounding in distance_blocks(first, second):
        within = _within(first[rows], second, squared, rounding, radii[rows, None], closed=False)
        inside += int(np.count_nonzero(within))
        covered[rows] = within.any(axis=1)
    return inside / (neighbours * len(second)), float(covered.mean())


def _within(
    first: np.ndarray, second: np.ndarray, squared: np.ndarray, rounding: np.ndarray, radii: np.ndarray, closed: bool
) -> np.ndarray:
    """Return which pairs [N, M] lie within squared radii [N, 1] or [1, M]; closed: whether on the radius, too."""
    inside = np.asarray(squared <= radii if closed else squared < radii)
    rows, columns = np.nonzero(np.abs(squared - radii) <= rounding)
    if len(rows):
        exact = one_by_one(first, second, rows, columns)
        bounds = np.broadcast_to(radii, squared.shape)[rows, columns]
        inside[rows, columns] = exact <= bounds if closed else exact < bounds
    return inside


def _squared_radii(features: np.ndarray, neighbours: Sequence[int]) -> dict[int, np.ndarray]:
    """Return the squared distance [N] of each sample to the k-th nearest of the rest, for each k."""
    radii = {k: np.empty(len(features)) for k in neighbours}
    furthest = max(neighbours)
    for block, squared, rounding in distance_blocks(features, features):
        squared[np.arange(len(squared)), np.arange(block.start, block.stop)] = np.inf
        # the k-th of the upper bounds bounds the k-th distance: what may lie below it is worked out again
        upper = np.partition(squared + rounding, furthest - 1, axis=1)[:, furthest - 1]
        rows, columns = np.nonzero(squared - rounding <= upper[:, None])
        exact = one_by_one(features[block], features, rows, columns)
        order = np.lexsort((exact, rows))
        starts = np.searchsorted(rows, np.arange(len(squared)))
        for k in neighbours:
            radii[k][block] = exact[order[starts + k - 1]]
    return radii
