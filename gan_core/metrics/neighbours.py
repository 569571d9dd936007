"""Precision, recall, density and coverage: whose samples lie within whose nearest neighbours.

Distances are Euclidean, worked out a block of rows at a time, so memory grows with the number of samples, not with
its square. Squared distances come from ‖x‖² + ‖y‖² − 2x·y of centred features, exact to rounding of the norms: what
lies nearer to a radius than that rounding counts as on it.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from gan_core.metrics.checks import checked_pair

BLOCK_ROWS = 1024
PRECISION_NEIGHBOURS = 3  # Kynkäänniemi et al. 2019
DENSITY_NEIGHBOURS = 5  # Naeem et al. 2020
ROUNDING = 16 * np.finfo(np.float64).eps


def precision_recall(
    real: np.ndarray, generated: np.ndarray, neighbours: int = PRECISION_NEIGHBOURS
) -> tuple[float, float]:
    """Return precision and recall of features [N, D] and [M, D].

    Kynkäänniemi et al. 2019 (arXiv:1904.06991, eq. 1–3): a set's manifold is the union of closed balls around its
    samples, each reaching its k-th nearest neighbour in the set (itself not counted). Precision is the share of
    generated samples on the real manifold, recall the share of real ones on the generated manifold. Shares, higher
    is better. Raises `UsageError` below k + 1 samples of either.
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
    N = M, 1 for the very same samples. Raises `UsageError` below k + 1 samples of either.
    """
    scores = neighbour_scores(real, generated, None, neighbours)
    return scores["density"], scores["coverage"]


def neighbour_scores(
    real: np.ndarray,
    generated: np.ndarray,
    precision_neighbours: int | None = PRECISION_NEIGHBOURS,
    density_neighbours: int | None = DENSITY_NEIGHBOURS,
) -> dict[str, float]:
    """Return all four by name from one walk over the distances; None leaves a pair of them out."""
    wanted = [k for k in (precision_neighbours, density_neighbours) if k is not None]
    first, second = checked_pair("nearest neighbours", real, generated, max(wanted) + 1)
    centre = first.mean(axis=0)
    first, second = first - centre, second - centre
    real_radii = _squared_radii(first, wanted)
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
    """Shares of `second` on the manifold of `first`, and of `first` on that of `second`."""
    second_in, first_in = np.zeros(len(second), bool), np.zeros(len(first), bool)
    for rows, squared, rounding in _blocks(first, second):
        np.subtract(squared, rounding, out=squared)
        second_in |= (squared <= first_radii[rows, None]).any(axis=0)
        first_in[rows] = (squared <= second_radii).any(axis=1)
    return float(second_in.mean()), float(first_in.mean())


def _in_balls(first: np.ndarray, second: np.ndarray, radii: np.ndarray, neighbours: int) -> tuple[float, float]:
    """Density of `second` in the open balls around `first`, and the share of balls that hold one."""
    inside, covered = 0, np.zeros(len(first), bool)
    for rows, squared, rounding in _blocks(first, second):
        np.add(squared, rounding, out=squared)
        within = squared < radii[rows, None]
        inside += int(np.count_nonzero(within))
        covered[rows] = within.any(axis=1)
    return inside / (neighbours * len(second)), float(covered.mean())


def _squared_radii(features: np.ndarray, neighbours: Sequence[int]) -> dict[int, np.ndarray]:
    """Squared distance of each sample to its k-th nearest other one, for each k."""
    radii = {k: np.empty(len(features)) for k in neighbours}
    positions = sorted({k - 1 for k in neighbours})
    for rows, squared, _ in _blocks(features, features):
        squared[np.arange(len(squared)), np.arange(rows.start, rows.stop)] = np.inf
        squared.partition(positions, axis=1)
        for k in neighbours:
            radii[k][rows] = squared[:, k - 1]
    return radii


def _blocks(first: np.ndarray, second: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Yield rows of `first`, their squared distances to all of `second` [rows, M], and their rounding [rows, 1]."""
    second_norms = np.einsum("nd,nd->n", second, second)
    largest = second_norms.max()
    for start in range(0, len(first), BLOCK_ROWS):
        rows = slice(start, min(start + BLOCK_ROWS, len(first)))
        block = first[rows]
        norms = np.einsum("nd,nd->n", block, block)[:, None]
        squared = (-2 * block) @ second.T
        squared += norms
        squared += second_norms
        np.maximum(squared, 0.0, out=squared)
        yield rows, squared, ROUNDING * (norms + largest)
