"""The kernel distance (KID): squared maximum mean discrepancy of two sets of features."""

from collections.abc import Iterator

import numpy as np

from gan_core.metrics.checks import check_count, checked_pair
from gan_core.randomness import stream

SUBSET_SIZE = 1000
SUBSETS = 100
ROWS_AT_ONCE = 128  # so that a block of the kernel stays in the processor's cache


def squared_mmd(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the unbiased estimate of MMD² between features [N, D] and [M, D] under k(x, y) = (x·y / D + 1)³.

    Bińkowski et al. 2018 (arXiv:1801.01401, section 4): sums over distinct pairs within each set; its mean over draws
    is 0 for equal distributions, so single values may be negative. Raises `UsageError` below 2 samples of either.

    >>> near, far = np.array([[0.0], [1.0], [0.0], [1.0]]), np.array([[9.0], [10.0], [9.0], [10.0]])
    >>> squared_mmd(near, far) > 1000 * abs(squared_mmd(near, near))
    True
    """
    first, second = checked_pair("kernel", real, generated, 2)
    centre = first.mean(axis=0)
    sides = _about(first, centre), _about(second, centre)
    level = float(centre @ centre) / len(centre) + 1
    cross = _sum(*sides, level, within_one_set=False) / (len(first) * len(second))
    return _mean_of_pairs(sides[0], level) + _mean_of_pairs(sides[1], level) - 2 * cross


def kernel_distance(
    real: np.ndarray, generated: np.ndarray, subsets: int = SUBSETS, subset_size: int = SUBSET_SIZE, seed: int = 0
) -> tuple[float, float]:
    """Return mean and standard deviation of `squared_mmd` over random subsets, drawn without repetition in each.

    The paper's protocol: 100 subsets of 1,000 (or as many as the smaller set has); unbiased, lower is better. The
    error of the mean is somewhat larger than deviation / √subsets, since subsets overlap.
    """
    check_count("kernel", "subsets", subsets)
    check_count("kernel", "subset_size", subset_size, 2)
    first, second = checked_pair("kernel", real, generated, 2)
    values = [
        squared_mmd(first[chosen[0]], second[chosen[1]])
        for chosen in _subsets(len(first), len(second), subsets, subset_size, seed)
    ]
    return float(np.mean(values)), float(np.std(values))


def kernel_influences(
    real: np.ndarray, generated: np.ndarray, subsets: int = SUBSETS, subset_size: int = SUBSET_SIZE, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much each sample moves `kernel_distance` of features [N, D] and [M, D]: [N] and [M], of mean 0.

    For a sample x of the first set it is 2 (mean k(x, x′) − mean k(x, y)) over the other samples of the subsets that
    hold x, less the mean over all x, times how many subsets hold x over how many hold a sample on average. As for
    `frechet_influences`, the variance that they let expect is about twice the true one where the sets are alike.
    """
    first, second = checked_pair("kernel", real, generated, 2)
    sums, counts = [np.zeros(len(one)) for one in (first, second)], [np.zeros(len(one)) for one in (first, second)]
    for chosen in _subsets(len(first), len(second), subsets, subset_size, seed):
        parts = first[chosen[0]], second[chosen[1]]
        centre = parts[0].mean(axis=0)
        sides = _about(parts[0], centre), _about(parts[1], centre)
        level = float(centre @ centre) / len(centre) + 1
        rows, columns = np.zeros(len(parts[0])), np.zeros(len(parts[1]))
        _sum(*sides, level, within_one_set=False, rows=rows, columns=columns)
        for number, (side, across) in enumerate(
            zip(sides, (rows / len(parts[1]), columns / len(parts[0])), strict=True)
        ):
            within = np.zeros(len(across))
            _sum(side, side, level, within_one_set=True, rows=within)
            moved = 2 * (within / (len(within) - 1) - across)
            sums[number][chosen[number]] += moved - moved.mean()
            counts[number][chosen[number]] += 1
    first_moved, second_moved = (total * len(total) / count.sum() for total, count in zip(sums, counts, strict=True))
    return first_moved - first_moved.mean(), second_moved - second_moved.mean()


def _subsets(first: int, second: int, subsets: int, subset_size: int, seed: int) -> Iterator[list[np.ndarray]]:
    """Yield the positions of each subset of both sets; one subset where it holds all there is."""
    size = min(subset_size, first, second)
    for part in range(1 if size == first == second else subsets):
        generator = stream(seed, "kernel distance", part)
        yield [generator.choice(count, size, replace=False) for count in (first, second)]


Side = tuple[np.ndarray, np.ndarray]


def _about(features: np.ndarray, centre: np.ndarray) -> Side:
    """Return features [N, D] as differences u from a centre c, and c·u / D [N]."""
    differences = features - centre
    return differences, differences @ centre / len(centre)


def _sum(
    first: Side,
    second: Side,
    level: float,
    within_one_set: bool,
    rows: np.ndarray | None = None,
    columns: np.ndarray | None = None,
) -> float:
    """Return the sum of k(x, y) − k(x, c) − k(c, y) + k(c, c) over all pairs.

    within_one_set: whether both sides are the same set, whose pairs of a sample with itself are left out. level:
    c·c / D + 1. rows, columns: to which the sums over each sample of either side are added. What depends on one of the
    two samples alone cancels in MMD², but is far larger than it where features are far from 0.
    """
    (u, p), (v, r) = first, second
    q: np.ndarray = u @ v.T
    q /= u.shape[1]
    total = 0.0
    for start in range(0, len(q), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        kernel = _polynomial(q[part], p[part, None], r, level)
        if within_one_set:
            diagonal = np.arange(len(kernel))
            kernel[diagonal, start + diagonal] = 0  # before the sum, whose digits a far sample would swallow
        total += float(kernel.sum())
        if rows is not None:
            rows[part] += kernel.sum(axis=1)
        if columns is not None:
            columns += kernel.sum(axis=0)
    return total


def _polynomial(q: np.ndarray, p: np.ndarray, r: np.ndarray, level: float) -> np.ndarray:
    """Return the terms of `_sum` from q = u·v / D [N, M], p = c·u / D [N, 1] and r = c·v / D [M].

    With t = level + p + r, so that k(x, y) = (t + q)³, it is q (q² + 3qt + 3t²) + 3pr (t + level).
    """
    t = (level + p) + r
    values: np.ndarray = t * 3
    values += q
    values *= q
    values += 3 * (t * t)
    values *= q
    t += level
    t *= 3 * p
    t *= r
    values += t
    return values


def _mean_of_pairs(side: Side, level: float) -> float:
    """Return the mean of the terms of `_sum` over ordered pairs of different samples of a set."""
    count = len(side[0])
    return _sum(side, side, level, within_one_set=True) / (count * (count - 1))
