"""What an extractor is, and the simplest one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Features:
    """values: float64 [N, D]. probabilities: float64 [N, classes], where the extractor knows classes."""

    values: np.ndarray
    probabilities: np.ndarray | None = None

    @property
    def classes(self) -> np.ndarray | None:
        """The likeliest class of each sample [N], or None."""
        return None if self.probabilities is None else np.asarray(self.probabilities.argmax(axis=1))


class Extractor(Protocol):
    """Turns samples [N, *shape], in the data set's value range, into features.

    name: stands beside every number, and tells any two extractors apart.
    """

    @property
    def name(self) -> str:
        """See the class."""

    def __call__(self, samples: np.ndarray) -> Features:
        """The features of samples. Raises `UsageError` where their shape is not one it takes."""


@dataclass(frozen=True, kw_only=True)
class RawCoordinates:
    """The samples' own values as features: right for points; for images only where nothing better is at hand."""

    name: str

    def __call__(self, samples: np.ndarray) -> Features:
        """See `Extractor`."""
        return Features(values=samples.reshape(len(samples), -1).astype(np.float64))
