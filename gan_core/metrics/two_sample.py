"""The classifier two-sample test: how well a small network tells generated from real on samples it has not seen."""

import warnings
from dataclasses import dataclass

import numpy as np

from gan_core.metrics.checks import checked_pair
from gan_core.randomness import stream

HIDDEN_UNITS, PASSES = 20, 100  # Lopez-Paz, Oquab 2017, section 5
LEAST_SAMPLES = 20


@dataclass(frozen=True, kw_only=True)
class TwoSampleTest:
    """accuracy: on held-out samples; .5 when the sets cannot be told apart, 1 when always.

    p_value: how likely an accuracy at least this high is if the distributions are equal. tested: held-out samples.
    """

    accuracy: float
    p_value: float
    tested: int


def two_sample_test(real: np.ndarray, generated: np.ndarray, seed: int = 0) -> TwoSampleTest:
    """Train a classifier on half of features [N, D] and [M, D] and test it on the other half.

    Lopez-Paz, Oquab 2017 (arXiv:1610.06545, section 3): as many of each set, shuffled and halved; a network of 20 ReLU
    units, 100 passes of Adam, on features standardised by the training half. Under equal distributions the number of
    hits is Binomial(tested, ½), which gives the p-value exactly (the paper takes the normal approximation). Raises
    `UsageError` below 20 samples of either.
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
    network = MLPClassifier((HIDDEN_UNITS,), max_iter=PASSES, random_state=seed)
    classifier = make_pipeline(StandardScaler(), network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 100 passes are the protocol, converged or not
        classifier.fit(np.concatenate([train for train, _ in halves]), _sides(len(halves[0][0])))
    tested = np.concatenate([test for _, test in halves])
    hits = int((classifier.predict(tested) == _sides(len(halves[0][1]))).sum())
    p_value = binomtest(hits, len(tested), 0.5, alternative="greater").pvalue
    return TwoSampleTest(accuracy=hits / len(tested), p_value=float(p_value), tested=len(tested))


def _sides(count: int) -> np.ndarray:
    return np.repeat([0, 1], count)
