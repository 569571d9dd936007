"""A data set in memory, in the smallest dtype that holds it, turned to floats a batch at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gan_core.errors import DataError
from gan_core.randomness import permutation

CLASSES_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Samples and labels.

    samples: [count, *shape]; uint8 for images (0 … 255), floats otherwise. A memory map will do: uint8 samples are
        only read a batch at a time.
    labels: int64 [count] in 0 … classes − 1, or None.
    value_range: what uint8 0 and 255 become; floats are taken as they are.
    class_names: the names of the classes 0 … classes − 1, or () where they have none.
    centres: [modes, *shape] of data that were drawn from known modes, or None. mode_deviation: the standard deviation
        of each mode in the units of the samples, the mean over axes.
    kind: "image" is shown as a sheet of pictures, "points" [2] as a scatter plot, "table" [features] as histograms,
        "series" [T], [C, T] or [T, F] as lines.
    second_domain: the second half of unpaired data (CycleGAN), perhaps of another size; these samples are the first.
    remedies: for "values" and "labels" that are hardly meant to be as they are, the field to set, in words.
    samples_sha256: the checksum of the samples' bytes, or of all that determines them, where it is known already.
    """

    name: str
    samples: np.ndarray
    labels: np.ndarray | None = None
    classes: int | None = None
    class_names: tuple[str, ...] = ()
    value_range: tuple[float, float] = (-1.0, 1.0)
    kind: str = "image"
    centres: np.ndarray | None = None
    mode_deviation: float | None = None
    second_domain: "Dataset | None" = None
    remedies: Mapping[str, str] = field(default_factory=dict)
    samples_sha256: str | None = None

    def __post_init__(self) -> None:
        """Raise `DataError` for samples or labels that would fail later, or silently spoil a run."""
        if len(self.samples) == 0:
            raise DataError(f"data set '{self.name}' is empty")
        if self.samples.dtype.kind == "f" and not np.isfinite(self.samples).all():
            bad = int(np.flatnonzero(~np.isfinite(self.samples).reshape(len(self.samples), -1).all(axis=1))[0])
            raise DataError(f"data set '{self.name}': sample {bad} holds NaN or infinity; expected finite numbers")
        if self.labels is None:
            return
        if self.class_names and len(self.class_names) != self.classes:
            raise DataError(f"data set '{self.name}': {len(self.class_names)} class names for {self.classes} classes")
        if len(self.labels) != len(self.samples):
            raise DataError(f"data set '{self.name}': {len(self.labels)} labels for {len(self.samples)} samples")
        low, high = int(self.labels.min()), int(self.labels.max())
        if self.classes is None or low < 0 or high >= self.classes:
            raise DataError(
                f"data set '{self.name}': labels run from {low} to {high}; expected 0 to {(self.classes or 0) - 1}"
            )

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return tuple(self.samples.shape[1:])

    @property
    def classes_in_words(self) -> str:
        """How many classes there are, and how some are called, for a message."""
        if not self.class_names:
            return str(self.classes)
        shown = ", ".join(f"'{name}'" for name in self.class_names[:CLASSES_SHOWN])
        if not shown:
            return str(self.classes)
        if self.classes == 1:
            return f"1, called {shown}; if the classes are folders within it, data.path is to name that one"
        return f"{self.classes} ({shown}{', …' if len(self.class_names) > CLASSES_SHOWN else ''})"

    def take(self, indices: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Return the samples at `indices` [n] as floats of `dtype`, [n, *shape]; bytes are mapped to `value_range`."""
        chosen = self.samples[indices]
        floats: np.ndarray
        if chosen.dtype != np.uint8:
            floats = chosen.astype(dtype, copy=False)
            return floats
        low, high = self.value_range
        floats = np.multiply(chosen, dtype.type((high - low) / 255), dtype=dtype)
        floats += dtype.type(low)
        return floats


def batches_in_epoch(samples: int, batch_size: int, last_batch: str) -> int:
    """Return how many batches a pass over so many samples has; last_batch: "drop" or "keep" an incomplete one."""
    return max(1, samples // batch_size if last_batch == "drop" else -(-samples // batch_size))


class Batches:
    """The endless series of batches of real samples; batch i is known without the i − 1 before it."""

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        seed: int,
        order: str,
        dtype: str,
        purpose: str = "batch order",
        last_batch: str = "drop",
    ) -> None:
        """Raise `DataError` if a shuffled epoch holds no whole batch, and would drop the one that it has.

        order: "shuffled" or "sequential". dtype: the precision of batches, which `Dataset.take` is asked for. purpose:
        what the random numbers of the order are for, see `randomness.stream`. last_batch: "drop" or "keep".
        """
        self.dataset, self.batch_size, self.sequential = dataset, batch_size, order == "sequential"
        self.dtype, self.wraps = np.dtype(dtype), order == "sequential" and last_batch == "drop"
        self.per_epoch = batches_in_epoch(len(dataset), batch_size, last_batch)
        if len(dataset) < batch_size and not self.sequential and last_batch == "drop":
            raise DataError(
                f"batch size {batch_size} is larger than the data set '{dataset.name}' of {len(dataset)}; lower it, or "
                "set training.last_batch=keep"
            )
        self.seed, self.purpose = seed, purpose
        self._epoch, self._order = -1, np.arange(len(dataset))

    def size(self, number: int) -> int:
        """Return the number of samples N in batch `number`: the batch size, but for a last batch that is kept."""
        if self.wraps:
            return self.batch_size
        return min(self.batch_size, len(self.dataset) - number % self.per_epoch * self.batch_size)

    def indices(self, number: int) -> np.ndarray:
        """Return the samples' positions in batch `number`, [N]."""
        if self.wraps:
            start = number * self.batch_size
            return np.arange(start, start + self.batch_size) % len(self.dataset)
        epoch, position = divmod(number, self.per_epoch)
        if epoch != self._epoch and not self.sequential:
            self._epoch = epoch
            self._order = permutation(self.seed, self.purpose, epoch, len(self.dataset))
        return self._order[position * self.batch_size : (position + 1) * self.batch_size]

    def samples(self, number: int) -> np.ndarray:
        """Return the samples of batch `number` as floats of the run's dtype, [N, *shape]."""
        return self.dataset.take(self.indices(number), self.dtype)

    def labels(self, number: int) -> np.ndarray:
        """Return the labels of batch `number`, int64 [N]. Raises `DataError` for data without labels."""
        if self.dataset.labels is None:
            raise DataError(f"data set '{self.dataset.name}' has no labels; expected a class for each sample")
        labels: np.ndarray = self.dataset.labels[self.indices(number)]
        return labels
