"""The MNIST classifier for stacked digits: each colour channel is a picture of its own."""

from dataclasses import dataclass

import numpy as np

from gan_core.errors import UsageError
from gan_core.features.extractor import Features
from gan_core.features.mnist_classifier import MnistClassifier


@dataclass(frozen=True, kw_only=True)
class ChannelwiseClassifier:
    """An `Extractor` of pictures whose every channel is a digit: the features of all channels, side by side.

    The class is the number that the channels' digits make, the first one first, and its probability the product of
    theirs. of: the classifier of one channel. channels: how many there are.
    """

    of: MnistClassifier
    channels: int

    @property
    def name(self) -> str:
        """The classifier's name, with the number of channels."""
        return f"{self.of.name}, {self.channels} channels"

    def __call__(self, samples: np.ndarray) -> Features:
        """Return the features [N, 128 C] and probabilities [N, 10^C] of images [N, C, H, W].

        Raises `UsageError` for images of another number of channels.
        """
        if samples.ndim != 4 or samples.shape[1] != self.channels:
            raise UsageError(f"{self.name}: expected images of so many channels, got {list(samples.shape[1:])}")
        found = [self.of(samples[:, channel : channel + 1]) for channel in range(self.channels)]
        together = np.ones((len(samples), 1))
        for features in found:
            assert features.probabilities is not None  # a classifier's
            together = (together[:, :, None] * features.probabilities[:, None, :]).reshape(len(samples), -1)
        return Features(values=np.hstack([features.values for features in found]), probabilities=together)
