"""Features of sounds: the mean and the deviation over time of their power in bands of the mel scale."""

from dataclasses import dataclass

import numpy as np

from gan_core.data.spectra import AT_ONCE, log_mel_spectra
from gan_core.features.extractor import Features

BANDS = 64


@dataclass(frozen=True, kw_only=True)
class LogMelStatistics:
    """The means [bands] and standard deviations [bands] over time of a sound's log-mel spectrum, in decibels.

    No network is behind them, and the order of time is lost: they tell timbre, level and how much a sound changes, not
    words or melodies. Of two channels the mean is heard. rate: of the sounds, in hertz.
    """

    rate: int
    bands: int = BANDS

    @property
    def name(self) -> str:
        """The name with the bands and the rate, without which the numbers cannot be compared."""
        return f"log-mel of {self.bands} bands at {self.rate} Hz"

    def __call__(self, samples: np.ndarray) -> Features:
        """Return the features of sounds [N, C, 1, T]."""
        sounds = samples.reshape(len(samples), samples.shape[1], -1).mean(axis=1, dtype=np.float64)
        each = max(1, AT_ONCE // sounds.shape[1])
        rows = []
        for start in range(0, len(sounds), each):
            levels = log_mel_spectra(sounds[start : start + each], self.rate, self.bands)
            rows.append(np.hstack([levels.mean(axis=1), levels.std(axis=1)]))
        return Features(values=np.concatenate(rows))
