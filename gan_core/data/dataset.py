"""A data set in memory, in the smallest dtype that holds it, turned to floats a batch at a time."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gan_core.data.columns import Column
from gan_core.errors import DataError, nearest
from gan_core.operations.workers import Workers
from gan_core.randomness import permutation

CLASSES_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A feature of series. low, high: in its own units, what 0 and 1 stand for in samples."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Samples, their labels, and further arrays that go along with each sample.

    samples: [count, *shape]; uint8 for images (0 … 255), floats otherwise. A memory map will do: uint8 samples are
        only read a batch at a time.
    labels: int64 [count] in 0 … classes − 1, or None.
    value_range: what uint8 0 and 255 become; floats are taken as they are.
    class_names: the names of the classes 0 … classes − 1, or () where they have none.
    centres: [modes, *shape] of data that were drawn from known modes, or None. mode_deviation: the standard deviation
        of each mode in the units of the samples, the mean over axes.
    kind: "image" is shown as a sheet of pictures, "points" [2] as a scatter plot, "table" [features] as histograms,
        "mixed", the encoded rows of a mixed table, as its columns, "series" [T], [C, T] or [T, F] as lines, "sound"
        [C, 1, T] as waves and spectra.
    fields: further arrays by name, each [count, *shape]: the picture that a sample was made of, a mask, attributes, a
        condition. uint8 is mapped to `value_range` as in samples; floats, integers and truth values (as 0 and 1) are
        taken as they are.
    second_domain: the second half of unpaired data (CycleGAN), perhaps of another size; these samples are the first.
    remedies: for "values" and "labels" that are hardly meant to be as they are, the field to set, in words.
    sample_rate: of sounds, in values a second.
    samples_sha256: the checksum of the samples' bytes, or of all that determines them, where it is known already.
    columns: of a mixed table, whose samples are encoded rows (see `gan_core.data.columns`); () for anything else.
    target: the column that a classifier learns to tell, or "".
    features: of series [T, F], by place, what 0 and 1 mean; () where that is not known.
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
    fields: Mapping[str, np.ndarray] = field(default_factory=dict)
    second_domain: "Dataset | None" = None
    remedies: Mapping[str, str] = field(default_factory=dict)
    sample_rate: int | None = None
    samples_sha256: str | None = None
    columns: tuple[Column, ...] = ()
    target: str = ""
    features: tuple[Feature, ...] = ()

    def __post_init__(self) -> None:
        """Raise `DataError` for samples, fields or labels that would fail later, or silently spoil a run."""
        if len(self.samples) == 0:
            raise DataError(f"data set '{self.name}' is empty")
        if (bad := _not_finite(self.samples)) is not None:
            raise DataError(f"data set '{self.name}': sample {bad} holds NaN or infinity; expected finite numbers")
        self._check_fields()
        if self.labels is not None:
            self._check_labels(self.labels)

    def _check_fields(self) -> None:
        for name, values in self.fields.items():
            where = f"data set '{self.name}': the field '{name}'"
            if values.dtype.kind not in "biuf" or values.ndim == 0:
                raise DataError(f"{where} is {values.dtype} {list(values.shape)}; expected numbers [count, ...]")
            if len(values) != len(self.samples):
                raise DataError(f"{where} holds {len(values):,} rows for {len(self.samples):,} samples")
            if (bad := _not_finite(values)) is not None:
                raise DataError(f"{where} of sample {bad} holds NaN or infinity; expected finite numbers")

    def _check_labels(self, labels: np.ndarray) -> None:
        if self.class_names and len(self.class_names) != self.classes:
            raise DataError(f"data set '{self.name}': {len(self.class_names)} class names for {self.classes} classes")
        if len(labels) != len(self.samples):
            raise DataError(f"data set '{self.name}': {len(labels)} labels for {len(self.samples)} samples")
        low, high = int(labels.min()), int(labels.max())
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
        return self._as_floats(self.samples[indices], dtype)

    def shown(self, count: int) -> np.ndarray:
        """Return the positions [count] of samples to show: the first, or evenly spread ones where those share a class.

        Folders of classes come one after the other.
        """
        first = np.arange(count) % len(self)
        if self.labels is None or len(self) <= count or np.ptp(self.labels[first]) > 0:
            return first
        return np.arange(count) * len(self) // count

    def take_field(self, name: str, indices: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Return a field's rows at `indices` [n] as floats of `dtype`, [n, *shape]. Raises `DataError` for no field."""
        return self._as_floats(self._field(name)[indices], dtype)

    def field_shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of one sample's row of a field. Raises `DataError` for a name that is no field."""
        return tuple(self._field(name).shape[1:])

    def part(self, chosen: np.ndarray | slice, **changes: Any) -> "Dataset":
        """Return the samples at some positions, with their labels and fields; the second domain stays whole.

        chosen: positions [n], or a slice, which copies nothing. changes: attributes that the part has otherwise.
        """
        facts: dict[str, Any] = {
            "samples": self.samples[chosen],
            "labels": None if self.labels is None else self.labels[chosen],
            "fields": {name: values[chosen] for name, values in self.fields.items()},
            "samples_sha256": None,  # that of the whole
        }
        return dataclasses.replace(self, **facts | changes)

    def _field(self, name: str) -> np.ndarray:
        if name not in self.fields:
            known = nearest(name, self.fields) if self.fields else "; its samples have no fields beside them"
            raise DataError(f"data set '{self.name}' has no field '{name}'{known}")
        return self.fields[name]

    def _as_floats(self, values: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Return values as floats of `dtype`; bytes are mapped to `value_range`."""
        floats: np.ndarray
        if values.dtype != np.uint8:
            floats = values.astype(dtype, copy=False)
            return floats
        low, high = self.value_range
        floats = np.multiply(values, dtype.type((high - low) / 255), dtype=dtype)
        floats += dtype.type(low)
        return floats


def _not_finite(values: np.ndarray) -> int | None:
    """Return the position of the first row that holds NaN or infinity, or None where all are finite."""
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return None
    return int(np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))[0])


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
        self._of_workers: dict[Workers, Batches] = {}

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

    def of_worker(self, workers: Workers) -> "Batches":
        """Return the same series with a worker's own rows of each batch, of which alone the data are read."""
        if not workers.several:
            return self
        if workers not in self._of_workers:
            self._of_workers[workers] = _OwnRows(self, workers)
        return self._of_workers[workers]

    def samples(self, number: int) -> np.ndarray:
        """Return the samples of batch `number` as floats of the run's dtype, [N, *shape]."""
        return self.dataset.take(self.indices(number), self.dtype)

    def field(self, name: str, number: int) -> np.ndarray:
        """Return a field of the samples of batch `number` as floats of the run's dtype, [N, *shape].

        Raises `DataError` for a name that is no field.
        """
        return self.dataset.take_field(name, self.indices(number), self.dtype)

    def labels(self, number: int) -> np.ndarray:
        """Return the labels of batch `number`, int64 [N]. Raises `DataError` for data without labels."""
        if self.dataset.labels is None:
            raise DataError(f"data set '{self.dataset.name}' has no labels; expected a class for each sample")
        labels: np.ndarray = self.dataset.labels[self.indices(number)]
        return labels


class _OwnRows(Batches):
    """A worker's rows of each batch of a series."""

    def __init__(self, whole: Batches, workers: Workers) -> None:
        self.whole, self.workers, self.dataset, self.dtype = whole, workers, whole.dataset, whole.dtype

    def size(self, number: int) -> int:
        """Return the number of this worker's samples in batch `number`."""
        return self.whole.size(number) // self.workers.count

    def indices(self, number: int) -> np.ndarray:
        """Return the positions of this worker's samples in batch `number`."""
        return self.workers.own(self.whole.indices(number))
