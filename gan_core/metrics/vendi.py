"""The Vendi score: how many samples there are in effect, counting alike ones as one."""

import numpy as np
from scipy import linalg

from gan_core.errors import UsageError
from gan_core.metrics.checks import checked_features


def vendi_score(features: np.ndarray) -> float:
    """Return the effective number of different samples among features [N, D].

    Friedman, Dieng 2023 (arXiv:2210.02410): exp of the entropy −Σ λ log λ of the eigenvalues of K / N, K being the
    cosines between all samples. 1 where all are alike, at most N and, with cosines, at most D. More samples find more:
    compare only equal numbers, and with that of real samples. The eigenvalues are those of the features' second
    moments, so that N may be large. Raises `UsageError` below 2 samples, and for one whose features are all 0.

    >>> round(vendi_score(np.eye(4)), 12), round(vendi_score(np.ones((4, 3))), 12)
    (4.0, 1.0)
    """
    values, _ = _spectrum(_directions(features))
    return float(np.exp(-(values * np.log(values)).sum()))


def vendi_influences(features: np.ndarray) -> np.ndarray:
    """Return by how much each sample moves `vendi_score` of features [N, D]: [N], of mean 0.

    For a direction x it is the score times −x · log(S) x less the entropy, S being the second moments.
    """
    rows = _directions(features)
    values, vectors = _spectrum(rows)
    surprise = -np.square(rows @ vectors) @ np.log(values)
    return np.asarray(np.exp(surprise.mean()) * (surprise - surprise.mean()))


def _directions(features: np.ndarray) -> np.ndarray:
    """Return features [N, D] of length 1."""
    rows = checked_features("vendi", "generated", features, 2)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not lengths.all():
        raise UsageError(f"vendi: generated sample {int(lengths.argmin())} has features that are all 0: no direction")
    return np.asarray(rows / lengths)


def _spectrum(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues of the second moments of rows [N, D] above rounding, of sum 1, and vectors [D, R]."""
    values, vectors = linalg.eigh(rows.T @ rows / len(rows), check_finite=False)
    held = values > len(values) * np.finfo(np.float64).eps * values[-1]
    return values[held] / values[held].sum(), vectors[:, held]
