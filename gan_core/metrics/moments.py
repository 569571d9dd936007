"""Mean and covariance of more features than memory holds: added batch by batch, merged across parts."""

import numpy as np

from gan_core.errors import UsageError
from gan_core.metrics.checks import checked_features


class Moments:
    """Count, mean [D] and scatter [D, D] of all features added so far, in float64.

    Chan, Golub, LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances": each batch
    is centred on the batch's mean first, so nothing cancels when the mean is large against the spread.
    """

    def __init__(self, dimensions: int) -> None:
        self.count = 0
        self.mean = np.zeros(dimensions)
        self.scatter = np.zeros((dimensions, dimensions))

    def add(self, features: np.ndarray) -> None:
        """Add a batch of features [N, D]. Raises `UsageError` for another D."""
        batch = checked_features("moments", "given", features, 1)
        mean = batch.mean(axis=0)
        batch = batch - mean
        self._join(len(batch), mean, batch.T @ batch)

    def merge(self, part: "Moments") -> None:
        """Add all features that were added to another. Raises `UsageError` for another D."""
        if part.count:
            self._join(part.count, part.mean, part.scatter)

    def covariance(self) -> np.ndarray:
        """Return the unbiased covariance [D, D] (divided by count − 1). Raises `UsageError` below 2 features."""
        if self.count < 2:
            raise UsageError(f"a covariance needs at least 2 samples, got {self.count}")
        return self.scatter / (self.count - 1)

    def _join(self, count: int, mean: np.ndarray, scatter: np.ndarray) -> None:
        if mean.shape != self.mean.shape:
            raise UsageError(f"moments of {len(self.mean)} features cannot take in {len(mean)} features")
        total = self.count + count
        difference = mean - self.mean
        self.scatter += scatter
        self.scatter += np.outer(difference, difference * (self.count * count / total))
        self.mean = self.mean + difference * (count / total)
        self.count = total
