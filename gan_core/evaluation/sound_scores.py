"""Scores of sounds, of their samples and not of features."""

from gan_core import metrics as M
from gan_core.evaluation.metric import MetricInputs, Score, count_of, needed


def spectrum(inputs: MetricInputs) -> list[Score]:
    """Return how far the levels of frequencies, and their deviations, are from those of real sounds, in decibels."""
    found = M.spectrum_distances(needed(inputs.real_samples), inputs.samples)
    return [
        Score(name="spectrum", value=found.mean, better="lower", unit="dB", used=count_of(inputs)),
        Score(name="spectrum deviation", value=found.deviation, better="lower", unit="dB", used=count_of(inputs)),
    ]
