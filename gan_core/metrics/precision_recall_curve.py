"""Precision against recall as a curve: what part of one distribution another could be, at every exchange of the two."""

import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gan_core.metrics.checks import checked_pair
from gan_core.metrics.distances import centred_and_scaled
from gan_core.metrics.intervals import slices_of
from gan_core.randomness import stream

CLUSTERS, ANGLES, REPEATS = 20, 1001, 10  # as in the authors' code
STARTS, BATCH, PASSES = 10, 1024, 100  # of k-means
EDGE = 1e-10  # of the angles: how far the first and the last lie from 0 and π/2
WEIGHT = 8.0  # of recall over precision, and of precision over recall
LEAST_SAMPLES = CLUSTERS


class CurveScores(NamedTuple):
    """The two numbers that stand for a curve: F_1/8, which precision decides, and F_8, which recall decides."""

    precision: float
    recall: float


@dataclass(frozen=True, kw_only=True, eq=False)
class PrecisionRecallCurve:
    """A curve of precision against recall.

    precision, recall: [angles], from no precision and the largest recall to the largest precision and no recall.
    real, generated: the cluster of each sample in each repeat, [repeats, N] and [repeats, M] integers below 20.
    """

    precision: np.ndarray
    recall: np.ndarray
    real: np.ndarray
    generated: np.ndarray

    @property
    def scores(self) -> CurveScores:
        """The largest F_1/8 and F_8 on the curve."""
        return CurveScores(*(float(_f_scores(self.precision, weight).max()) for weight in (1 / WEIGHT, WEIGHT)))


def curve_of_histograms(real: np.ndarray, generated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return precision and recall [angles] of two histograms [clusters], each of sum 1.

    Sajjadi et al. 2018 (arXiv:1806.00035, eq. 5 and 6): at an exchange λ = tan(angle), precision is
    Σ min(λ · real, generated) and recall that over λ, at 1,001 angles from 0 to π/2.

    >>> precision, recall = curve_of_histograms(np.array([0.5, 0.5]), np.array([1.0, 0.0]))  # half of it is never made
    >>> [float(values.max().round(12)) for values in (precision, recall)]
    [1.0, 0.5]
    """
    slopes = _slopes()
    precision = np.minimum(slopes[:, None] * real, generated).sum(axis=1)
    return np.minimum(precision, 1.0), np.minimum(precision / slopes, 1.0)


def precision_recall_curve(real: np.ndarray, generated: np.ndarray, seed: int = 0) -> PrecisionRecallCurve:
    """Return how far features [N, D] and [M, D] cover each other, at each exchange of precision for recall.

    Sajjadi et al. 2018 (arXiv:1806.00035): k-means puts both sets together into 20 clusters, and the curve is that of
    their shares in these, `curve_of_histograms`, the mean of ten clusterings. Two numbers stand for it: F_8, nearly the
    largest recall at which something is left of precision, and F_1/8 the other way round. Shares, higher is better; 1
    where both sets have the same shares, 0 where no cluster holds samples of both. More samples find more in common:
    compare only equal numbers, and with what real samples get. K-means is scikit-learn's by small batches, the best of
    ten starts, of as many of both sets. Raises `UsageError` below 20 samples of either.

    >>> points = np.random.default_rng(0).normal(size=(100, 2))
    >>> same, apart = (precision_recall_curve(points, other).scores for other in (points, points + 100))
    >>> round(same.precision, 12), round(same.recall, 12), tuple(apart)
    (1.0, 1.0, (0.0, 0.0))
    """
    first, second = centred_and_scaled(*checked_pair("precision-recall-curve", real, generated, LEAST_SAMPLES))
    repeats = [_clusters(first, second, number) for number in stream(seed, "clusters").integers(2**32, size=REPEATS)]
    return _mean_curve(*(np.stack(of_set) for of_set in zip(*repeats, strict=True)))


def curve_on_parts(curve: PrecisionRecallCurve, parts: int) -> list[CurveScores]:
    """Return the values of `scores` on parts of all samples, one after another: [] for 0 parts.

    That of a part is K times the score less K − 1 times the score without the part (the grouped jackknife, Quenouille
    1956): the angle at which a score is largest moves with the samples, so that no derivative tells it. The clusters
    stay as they are. Other samples would have others: the values are moved apart until their deviation also holds that
    of the mean over the repeats.
    """
    whole, repeats, values = np.array(curve.scores), len(curve.real), []
    for own, other in zip(*(slices_of(one.shape[1], parts) for one in (curve.real, curve.generated)), strict=True):
        without = _mean_curve(np.delete(curve.real, own, axis=1), np.delete(curve.generated, other, axis=1))
        values.append(parts * whole - (parts - 1) * np.array(without.scores))
    if not values or repeats < 2:
        return [CurveScores(*value) for value in values]
    alone = [_mean_curve(curve.real[one : one + 1], curve.generated[one : one + 1]).scores for one in range(repeats)]
    errors = [np.std(of, axis=0, ddof=1) / np.sqrt(len(of)) for of in (values, alone)]
    ratio = np.divide(np.hypot(*errors), errors[0], out=np.ones(2), where=errors[0] > 0)
    middle = np.mean(values, axis=0)
    return [CurveScores(*(middle + ratio * (value - middle))) for value in values]


def _mean_curve(real: np.ndarray, generated: np.ndarray) -> PrecisionRecallCurve:
    """The mean curve of clusterings [repeats, N] and [repeats, M]."""
    curves = [
        curve_of_histograms(_shares(first), _shares(second)) for first, second in zip(real, generated, strict=True)
    ]
    precision, recall = np.mean(curves, axis=0)
    return PrecisionRecallCurve(precision=precision, recall=recall, real=real, generated=generated)


def _slopes() -> np.ndarray:
    """The exchanges λ [angles]."""
    return np.tan(np.linspace(EDGE, np.pi / 2 - EDGE, ANGLES))


def _f_scores(precision: np.ndarray, weight: float) -> np.ndarray:
    """F of a weight, [angles]: recall is precision / λ."""
    return np.asarray((1 + weight**2) / (1 + weight**2 * _slopes()) * precision)


def _shares(clusters: np.ndarray) -> np.ndarray:
    return np.bincount(clusters, minlength=CLUSTERS) / len(clusters)


def _clusters(first: np.ndarray, second: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The cluster of each sample of two sets [N, D] and [M, D]; as many of both decide where the clusters lie."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    count = min(len(first), len(second))
    means = MiniBatchKMeans(CLUSTERS, n_init=STARTS, batch_size=BATCH, max_iter=PASSES, random_state=int(seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of fewer different samples than clusters
        means.fit(np.concatenate([first[:count], second[:count]]))
    return means.predict(first), means.predict(second)
