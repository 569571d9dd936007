"""The features of the training samples, and how near held-out and generated samples lie to them."""

from functools import cached_property

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.evaluation.real_sets import RealSet
from gan_core.features.extractor import Extractor
from gan_core.metrics import nearness
from gan_core.randomness import permutation

MOST_SAMPLES = 60_000
MOST_BYTES = 2**29  # of the features that are kept
ROWS_AT_ONCE = 1000


class TrainingCopies:
    """Looks for copies among the training samples: all of them, or as many at random as time and memory allow.

    searched: the positions of those samples, in order. An extractor that takes long states how many it allows as
    ``training_samples``. The features are worked out when they are first needed, and kept.
    """

    def __init__(self, dataset: Dataset, extractor: Extractor, reference: RealSet, held_out: np.ndarray) -> None:
        """Choose the samples to search. reference: the held-out real samples. held_out: their features, [N, D]."""
        self.dataset, self.extractor = dataset, extractor
        self._reference, self._held_out = reference, held_out
        count = min(getattr(extractor, "training_samples", MOST_SAMPLES), max(2, MOST_BYTES // (8 * held_out.shape[1])))
        self.searched = np.sort(permutation(0, "training samples searched for copies", 0, len(dataset))[:count])

    def nearness(self, features: np.ndarray, positions: np.ndarray | None) -> np.ndarray:
        """Return the `nearness` [N] of samples with features [N, D].

        positions: where the samples stand in the training data, [N], or None for samples that are no part of it.
        """
        if positions is None:
            return nearness(self._training, features)
        places = np.full(len(self.dataset), -1)
        places[self.searched] = np.arange(len(self.searched))
        return nearness(self._training, features, places[positions])

    @cached_property
    def held_out(self) -> np.ndarray:
        """The `nearness` [N] of the reference; a sample that is training data is not compared with itself."""
        return self.nearness(self._held_out, self._reference.positions)

    @cached_property
    def _training(self) -> np.ndarray:
        features = np.empty((len(self.searched), self._held_out.shape[1]))
        for start in range(0, len(features), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            features[part] = self.extractor(self.dataset.take(self.searched[part], np.dtype("float64"))).values
        return features
