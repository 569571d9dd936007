"""The kernel distance (KID): squared maximum mean discrepancy of two sets of features."""

import numpy as np

from gan_core.metrics.checks import check_count, checked_pair
from gan_core.randomness import stream

SUBSET_SIZE = 1000
SUBSETS = 100


def squared_mmd(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the unbiased estimate of MMD² between features [N, D] and [M, D] under k(x, y) = (x·y / D + 1)³.

    Bińkowski et al. 2018 (arXiv:1801.01401, section 4): sums over distinct pairs within each set; its mean over draws
    is 0 for equal distributions, so single values may be negative. Raises `UsageError` below 2 samples of either.
    """
    first, second = checked_pair("kernel", real, generated, 2)
    cross = float(_kernel(first, second).mean())
    return _mean_of_pairs(first) + _mean_of_pairs(second) - 2 * cross


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
    size = min(subset_size, len(first), len(second))
    values = []
    for part in range(subsets):
        generator = stream(seed, "kernel distance", part)
        chosen = generator.choice(len(first), size, replace=False), generator.choice(len(second), size, replace=False)
        values.append(squared_mmd(first[chosen[0]], second[chosen[1]]))
    return float(np.mean(values)), float(np.std(values))


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    values: np.ndarray = first @ second.T
    values /= first.shape[1]
    values += 1
    return np.asarray(values * values * values)  # three times as fast as **3


def _mean_of_pairs(features: np.ndarray) -> float:
    """Mean kernel over ordered pairs of different samples."""
    kernel = _kernel(features, features)
    count = len(features)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))
