"""What an extractor is, and the simplest one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Features:
    """The features of N samples.

    values: float64 [N, D]. probabilities: float64 [N, classes], or None for an extractor that knows no classes.
    """

    values: np.ndarray
    probabilities: np.ndarray | None = None

    def some(self, rows: slice) -> "Features":
        """Return the features of some of the samples."""
        probabilities = None if self.probabilities is None else self.probabilities[rows]
        return Features(values=self.values[rows], probabilities=probabilities)

    @property
    def classes(self) -> np.ndarray | None:
        """The likeliest class of each sample, [N], or None."""
        return None if self.probabilities is None else np.asarray(self.probabilities.argmax(axis=1))


class Extractor(Protocol):
    """A function from samples [N, *shape], in the data set's value range, to features."""

    @property
    def name(self) -> str:
        """The name that stands beside every number; no two extractors share one."""

    def __call__(self, samples: np.ndarray) -> Features:
        """Return the features of samples. Raises `UsageError` for samples of a shape that the extractor cannot take."""


@dataclass(frozen=True, kw_only=True)
class RawCoordinates:
    """The values of the samples as features: right for points; for images only where nothing better is at hand."""

    name: str

    def __call__(self, samples: np.ndarray) -> Features:
        """Return the samples [N, *shape] as rows [N, D]."""
        return Features(values=samples.reshape(len(samples), -1).astype(np.float64))
