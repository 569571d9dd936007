"""The scores of series, of their values between 0 and 1 and not of features."""

import numpy as np

from gan_core import metrics as M
from gan_core.evaluation.metric import MetricInputs, Score, count_of, needed
from gan_core.metrics.intervals import Interval
from gan_core.metrics.series import LEAST_STEPS, discriminative_accuracy


def has_steps(samples: np.ndarray) -> bool:
    """Return whether samples are series of as many steps as the scores need."""
    return samples.ndim == 3 and samples.shape[1] >= LEAST_STEPS


def series_marginals(inputs: MetricInputs) -> list[Score]:
    """How far the distribution of each feature's values is from the real one: the mean over features, and the worst."""
    distances = M.feature_distances(needed(inputs.real_samples), inputs.samples)
    values = {"series marginals": float(distances.mean()), "largest of series marginals": float(distances.max())}
    return [Score(name=name, value=value, better="lower", used=count_of(inputs)) for name, value in values.items()]


def autocorrelation(inputs: MetricInputs) -> list[Score]:
    """How far the correlations of steps with later ones are from the real ones."""
    value = M.autocorrelation_distance(needed(inputs.real_samples), inputs.samples)
    return [Score(name="autocorrelation", value=value, better="lower", used=count_of(inputs))]


def discriminative(inputs: MetricInputs) -> list[Score]:
    """How well a classifier tells generated series from real ones."""
    share, told = discriminative_accuracy(needed(inputs.real_samples), inputs.samples, inputs.seed)
    interval = None
    if inputs.parts:
        low, high = M.interval_of_share(share, told)
        ends = abs(low - 0.5), abs(high - 0.5)
        interval = Interval(0.0 if low <= 0.5 <= high else min(ends), max(ends))
    return [
        Score(
            name="discriminative",
            value=abs(share - 0.5),
            better="lower",
            unit="share",
            used=count_of(inputs),
            interval=interval,
        )
    ]


def predictive(inputs: MetricInputs) -> list[Score]:
    """How well what was learned from generated series tells the next step of real ones."""
    value = M.predictive_score(needed(inputs.real_samples), inputs.samples)
    return [Score(name="predictive", value=value, better="lower", used=count_of(inputs))]
