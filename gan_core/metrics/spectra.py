"""How far the spectra of two sets of sounds lie apart, in decibels."""

from typing import NamedTuple

import numpy as np

from gan_core.data.spectra import AT_ONCE, decibels, power_spectra
from gan_core.errors import UsageError
from gan_core.metrics.checks import check_finite


class SpectrumDistances(NamedTuple):
    """Root mean squares over frequencies: of the mean levels' difference, and of their deviations'."""

    mean: float
    deviation: float


def spectrum_distances(real: np.ndarray, generated: np.ndarray) -> SpectrumDistances:
    """Return how far the log-spectra of sounds [N, C, 1, T] and [M, C, 1, T] lie apart, in decibels.

    Of each frequency the level in decibels (−80 at least) has a mean and a standard deviation over all sounds and all
    times; the distances are the root mean squares of the differences of both over the frequencies. 0 for the same
    spectra, lower is better; another order of time is not seen. Of two channels the mean is heard. Raises `UsageError`
    for no sounds, for two lengths and for NaN.

    >>> loud = np.sin(0.5 * np.arange(1024.0)).reshape(1, 1, 1, -1)
    >>> spectrum_distances(loud, loud)
    SpectrumDistances(mean=0.0, deviation=0.0)
    """
    if real.ndim != 4 or generated.ndim != 4 or real.shape[2:] != generated.shape[2:] or real.shape[2] != 1:
        shapes = f"{list(real.shape)} and {list(generated.shape)}"
        raise UsageError(f"spectrum: sounds of the shapes {shapes}; expected [N, C, 1, T] of one T")
    if not len(real) or not len(generated):
        raise UsageError("spectrum needs at least 1 real and 1 generated sound; raise samples=N")
    (mean, deviation), (other_mean, other_deviation) = _levels("real", real), _levels("generated", generated)
    return SpectrumDistances(_size(mean - other_mean), _size(deviation - other_deviation))


def _levels(which: str, sounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the means and the deviations of the levels of each frequency, [B] each."""
    check_finite("spectrum", f"{which} sound", sounds, "values")
    heard = sounds[:, :, 0].mean(axis=1, dtype=np.float64)
    each = max(1, AT_ONCE // heard.shape[1])
    count, total, squares = 0, np.zeros(1), np.zeros(1)
    for start in range(0, len(heard), each):
        levels = decibels(power_spectra(heard[start : start + each])) + 40  # about 0, so that squares stay small
        count += levels.shape[0] * levels.shape[1]
        total, squares = total + levels.sum(axis=(0, 1)), squares + (levels**2).sum(axis=(0, 1))
    mean = total / count
    return mean, np.sqrt(np.maximum(squares / count - mean**2, 0))


def _size(difference: np.ndarray) -> float:
    return float(np.sqrt((difference**2).mean()))
