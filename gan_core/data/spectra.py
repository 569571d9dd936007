"""Spectra of sounds, in NumPy: power by frequency and time, on a linear and on the mel scale, in decibels.

Legend: N sounds, T values in each, F frames, B frequencies or bands.
"""

from functools import lru_cache

import numpy as np

FLOOR = 1e-8  # of a power: −80 dB; what is fainter counts as silence
LARGEST_WINDOW = 512
AT_ONCE = 2**22  # values turned to spectra at once


def window_of(length: int) -> int:
    """Return how many values a window has: a power of two from 8 to 512, of which 16 fit into a sound."""
    return min(LARGEST_WINDOW, 1 << max(3, (max(length, 1) // 16).bit_length() - 1))


def power_spectra(sounds: np.ndarray, window: int | None = None) -> np.ndarray:
    """Return the power of sounds [N, T] by frequency and time, float64 [N, F, B] with B = window / 2 + 1.

    A frame is `window` values under a Hann window, every half window; a sine of amplitude 1 comes to a power of 1 at
    its frequency. Frequency b is b / window of the sample rate. What does not fill the last frame is left out.
    """
    size = window or window_of(sounds.shape[1])
    frames = np.lib.stride_tricks.sliding_window_view(sounds, size, axis=1)[:, :: size // 2]
    shape = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return np.asarray(np.abs(np.fft.rfft(frames * (2 * shape / shape.sum()), axis=2)) ** 2)


def decibels(power: np.ndarray) -> np.ndarray:
    """Return powers in decibels, of which −80 is the least."""
    return np.asarray(10 * np.log10(np.maximum(power, FLOOR)))


@lru_cache(16)
def mel_weights(frequencies: int, rate: int, bands: int) -> np.ndarray:
    """Return triangles [bands, frequencies] that add powers up to as many bands, evenly spread on the mel scale.

    Slaney's mel scale is not taken, but the formula m = 2595 log10(1 + f / 700). A band narrower than a frequency's
    distance to the next takes the nearest one whole.
    """
    top = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, bands + 2) / 2595) - 1)
    of_bins = np.arange(frequencies) * (rate / 2 / (frequencies - 1))
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    weights = np.maximum(0, np.minimum((of_bins - low) / (middle - low), (high - of_bins) / (high - middle)))
    nearest = np.abs(of_bins - middle).argmin(axis=1)
    empty = weights.sum(axis=1) == 0
    weights[empty, nearest[empty]] = 1
    weights.flags.writeable = False
    return np.asarray(weights)


def log_mel_spectra(sounds: np.ndarray, rate: int, bands: int) -> np.ndarray:
    """Return the power of sounds [N, T] in bands of the mel scale, in decibels, float64 [N, F, bands]."""
    power = power_spectra(sounds)
    return decibels(power @ mel_weights(power.shape[2], rate, bands).T)
