"""The inception score: confident and varied class probabilities."""

from itertools import pairwise

import numpy as np

from gan_core.errors import UsageError
from gan_core.metrics.checks import check_count, checked_features

SUM_TOLERANCE = 1e-3  # float32 softmax over 1,000 classes sums to 1 within 1e-4


def inception_score(probabilities: np.ndarray, splits: int = 10) -> tuple[float, float]:
    """Return mean and standard deviation over `splits` parts of exp(mean KL(p(y|x) ‖ p(y))).

    Salimans et al. 2016 (arXiv:1606.03498, section 4); natural logarithms, p(y) is the mean over the part.
    probabilities [N, classes], parts taken in order and cut at i·N // splits, as in the paper's code. Between 1 (all
    alike, or undecided) and the number of classes; higher is better. It sees no real samples: a generator of one
    perfect image a class scores best. Raises `UsageError` for fewer samples than splits, and for rows that are no
    distributions.

    >>> score, deviation = inception_score(np.eye(4), splits=1)  # sure of each sample, and all four classes are there
    >>> round(score, 12), deviation
    (4.0, 0.0)
    """
    scores = [float(np.exp(of_split.mean())) for of_split in _divergences(probabilities, splits)]
    return float(np.mean(scores)), float(np.std(scores))


def inception_influences(probabilities: np.ndarray, splits: int = 10) -> np.ndarray:
    """Return by how much each sample moves `inception_score` of probabilities [N, classes]: [N], of mean 0.

    With the score s it is s (KL(p(y|x) ‖ p(y)) − mean KL), p(y) being that of the split of x: what x adds to p(y) moves
    nothing in first order.
    """
    divergences = _divergences(probabilities, splits)
    score, of_samples = np.mean([np.exp(one.mean()) for one in divergences]), np.concatenate(divergences)
    return np.asarray(score * (of_samples - of_samples.mean()))


def _divergences(probabilities: np.ndarray, splits: int) -> list[np.ndarray]:
    """Return KL(p(y|x) ‖ p(y)) of the samples of each split."""
    check_count("inception", "splits", splits)
    rows = checked_features("inception", "generated", probabilities, splits)
    if (rows < 0).any() or np.abs(rows.sum(axis=1) - 1).max() > SUM_TOLERANCE:
        raise UsageError("inception: expected class probabilities, rows that are at least 0 and sum to 1")
    cuts = [part * len(rows) // splits for part in range(splits + 1)]
    return [_divergence(rows[start:end]) for start, end in pairwise(cuts)]


def _divergence(rows: np.ndarray) -> np.ndarray:
    marginal = np.broadcast_to(rows.mean(axis=0), rows.shape)
    terms = np.zeros_like(rows)
    held = rows > 0  # 0 log 0 is 0
    terms[held] = rows[held] * (np.log(rows[held]) - np.log(marginal[held]))
    return np.asarray(terms.sum(axis=1))
