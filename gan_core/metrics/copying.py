"""Whether generated samples are copies of training samples, which no comparison of distributions can see."""

import numpy as np
from scipy.stats import rankdata

from gan_core.metrics.checks import check_count, checked_features, checked_pair
from gan_core.metrics.distances import centred_and_scaled, distance_blocks

SURROUNDINGS = 50  # nearest training samples; Carlini et al. 2023
CLOSEST_SHARE = 0.01  # of held-out samples: those that lie nearest to a training sample


def nearness(
    training: np.ndarray, features: np.ndarray, positions: np.ndarray | None = None, surroundings: int = SURROUNDINGS
) -> np.ndarray:
    """Return how far each of features [N, D] is from its nearest training sample [T, D], in 0 … 1, as [N].

    The distance to the nearest over the mean distance to the 50 nearest, as Carlini et al. 2023 (arXiv:2301.13188)
    judge copies: 0 for a copy, near 1 for a sample between many. Distances alone would call every sample of a dense
    region a copy. positions: where each sample stands in `training`, [N], −1 for a sample that does not; a sample is
    not compared with itself. surroundings: how many nearest samples. Raises `UsageError` below 2 training samples.
    """
    check_count("copies", "surroundings", surroundings, 2)
    references, samples = checked_pair("copies", training, features, 1)
    comparable = len(references) - (positions is not None)
    check_count("copies", "training samples", comparable, 2)
    count, ratios = min(surroundings, comparable), np.empty(len(samples))
    references, samples = centred_and_scaled(references, samples)
    for rows, squared, _ in distance_blocks(samples, references):
        if positions is not None:
            inside = np.flatnonzero(positions[rows] >= 0)
            squared[inside, positions[rows][inside]] = np.inf
        nearest = np.sqrt(np.partition(squared, (0, count - 1), axis=1)[:, :count])
        mean = nearest.mean(axis=1)
        ratios[rows] = np.divide(nearest[:, 0], mean, out=np.zeros_like(mean), where=mean > 0)
    return ratios


def copied_share(held_out: np.ndarray, generated: np.ndarray) -> float:
    """Return the share of generated samples that lie nearer to a training sample than 99 of 100 held-out real ones.

    held_out, generated: `nearness` [N], [M]. About .01 for a generator of new samples, 1 for one that copies.
    """
    first, second = _column("held-out", held_out), _column("generated", generated)
    bar = np.sort(first)[int(CLOSEST_SHARE * len(first))]
    return float((second <= bar).mean())


def copying_rank(held_out: np.ndarray, generated: np.ndarray) -> float:
    """Return how often a generated sample lies nearer to the training samples than a held-out one, ties half.

    Meehan et al. 2020 (arXiv:2004.05675, section 3): the Mann–Whitney statistic over all pairs, here of `nearness`
    [N], [M]: ½ for new samples of the true distribution, 1 where all are copies, less where they are further off.
    """
    first, second = _column("held-out", held_out), _column("generated", generated)
    ranks = rankdata(np.concatenate([first, second]))[: len(first)]
    return float((ranks.sum() - len(first) * (len(first) + 1) / 2) / (len(first) * len(second)))


def rank_influences(held_out: np.ndarray, generated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much each sample moves `copying_rank`, [N] and [M], of mean 0 (DeLong et al. 1988)."""
    first, second = _column("held-out", held_out), _column("generated", generated)
    return _shares_above(first, second), -_shares_above(second, first)


def _shares_above(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the share of others [M] that each value [N] lies above, ties half, less the mean."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return np.asarray((below - below.mean()) / (2 * len(others)))


def _column(which: str, values: np.ndarray) -> np.ndarray:
    return checked_features("copies", which, values.reshape(-1, 1), 1)[:, 0]
