"""The classifier two-sample test: how well a small network tells generated from real on samples it has not seen."""

import warnings
from dataclasses import dataclass

import numpy as np

from gan_core.metrics.checks import checked_pair
from gan_core.randomness import stream

HIDDEN_UNITS, PASSES = 20, 100  # Lopez-Paz, Oquab 2017, section 5
LEAST_SAMPLES = 20
FAR = 20  # times the usual distance from the median: what lies further counts as lying there


@dataclass(frozen=True, kw_only=True)
class TwoSampleTest:
    """The result of a classifier two-sample test.

    accuracy: share of the held-out samples that are told rightly; .5 when the sets cannot be told apart, 1 when always.
    p_value: how likely an accuracy at least this high is if the distributions are equal. tested: how many samples are
    held out. repeated: samples that equal an earlier one, in both sets together; where there are many, learning them by
    heart is as good as telling the sets apart, and the p-value means nothing.
    """

    accuracy: float
    p_value: float
    tested: int
    repeated: int = 0


def two_sample_test(real: np.ndarray, generated: np.ndarray, seed: int = 0) -> TwoSampleTest:
    """Train a classifier on half of features [N, D] and [M, D] and test it on the other half.

    Lopez-Paz, Oquab 2017 (arXiv:1610.06545, section 3): as many of each set, shuffled and halved; a network of 20 ReLU
    units, 100 passes of Adam, on features standardised by the training half. The p-value is that of so many hits in
    Binomial(tested, ½) (the paper takes the normal approximation). Under equal distributions it is slightly
    conservative, since both sets have as many held-out samples, and it needs samples that were drawn one by one: see
    `TwoSampleTest.repeated`. Before standardising, a feature's values beyond 20 times their usual distance from the
    median are moved there (see `_bounds`), so that one far sample does not flatten all the rest; sets without such
    values are left as they are. Raises `UsageError` below 20 samples of either.
    """
    from scipy.stats import binomtest
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    first, second = checked_pair("two-sample", real, generated, LEAST_SAMPLES)
    count = min(len(first), len(second))
    generator = stream(seed, "two-sample test")
    halves = [
        (features[order[: count // 2]], features[order[count // 2 : count]])
        for features in (first, second)
        for order in [generator.permutation(len(features))]
    ]
    network = MLPClassifier((HIDDEN_UNITS,), max_iter=PASSES, random_state=seed % 2**32)
    classifier = make_pipeline(StandardScaler(), network)
    trained = np.concatenate([train for train, _ in halves])
    low, high = _bounds(trained)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 100 passes are the protocol, converged or not
        classifier.fit(np.clip(trained, low, high), _sides(len(halves[0][0])))
    tested = np.concatenate([test for _, test in halves])
    hits = int((classifier.predict(np.clip(tested, low, high)) == _sides(len(halves[0][1]))).sum())
    p_value = binomtest(hits, len(tested), 0.5, alternative="greater").pvalue
    return TwoSampleTest(
        accuracy=hits / len(tested),
        p_value=float(p_value),
        tested=len(tested),
        repeated=repeated_rows(first) + repeated_rows(second),
    )


def repeated_rows(features: np.ndarray) -> int:
    """Return how many rows of features [N, D] equal an earlier row in every value."""
    return len(features) - len({row.tobytes() for row in features + 0.0})  # −0 is 0


def _bounds(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest value [D] of each feature that is left as it is.

    The usual distance from the median is the one that nine in ten stay within; values on the median are not counted,
    since most values of a rectified feature are 0. Features without any other value are left alone.
    """
    middle = np.median(features, axis=0)
    distances = np.abs(features - middle)
    distances[distances == 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of features that are constant
        usual = np.nanquantile(distances, 0.9, axis=0)
    reach = np.where(np.isfinite(usual), FAR * usual, np.inf)
    return middle - reach, middle + reach


def _sides(count: int) -> np.ndarray:
    return np.repeat([0, 1], count)
