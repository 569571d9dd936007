"""Arrays and tables of the user's: NumPy's files and text, as images, points, tables or series."""

import dataclasses
import math
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
import numpy as np

from gan_core.data.array_files import StoredArray, shortened, stored_arrays
from gan_core.data.array_labels import Labels, checked_labels
from gan_core.data.array_values import mapped, outside_note, value_remedy
from gan_core.data.dataset import Dataset
from gan_core.data.foreign_files import folder_advice
from gan_core.data.places import find_file
from gan_core.data.spec import Data
from gan_core.data.text_tables import Selection, is_text_table, read_table
from gan_core.data.unreadable import printable
from gan_core.errors import DataError, SpecError, nearest
from gan_core.printing import say
from gan_core.specs.spec import PositiveInt, Variant

Kind = Literal["image", "points", "table", "series"]
PathName = Annotated[str, msgspec.Meta(min_length=1)]


class Arrays(Variant, Data, frozen=True, kw_only=True):
    """Numbers of the user's: an ``.npy`` or ``.npz`` file, or a table as text (``.csv`` and the like).

    What samples are, by their shape and `kind`:
        images [count, C, H, W] with C of 1 or 3, or [count, H, W]; points [count, 2]; tables [count, features];
        series [count, T], [count, C, T] or [count, T, F], with kind = "series" alone (the longer side is time).
    What they become: uint8 0 … 255 is mapped to `value_range`; floats are taken as they are, or mapped from
    `source_range`; other integers need `source_range`.

    path: a relative one is looked for in --data-dir, here, in GAN_DATA_DIR and in the cache, in this order.
    samples, labels: names of arrays in an ``.npz`` file. Without them "samples" and "labels"; else the only array that
        can be meant, which is said in a note. labels of a table: the name of a column, or its number from 0 (−1: the
        last); by default a column called label, labels, class or target; "" takes none.
    fields: names of further arrays in an ``.npz`` file, each with a row a sample: masks, conditions, lengths. They
        become the data set's fields; bytes are mapped to `value_range`, other numbers are taken as they are.
    columns: of a table, by name or number; by default all but the labels'. header: whether the first row of a table
        holds names, where that is not plain. missing: "drop" leaves out samples that lack a value (or hold NaN).
    shape: of one sample as it lies in the file, [1, 28, 28] for 784 columns.
    layout: "channels_last" for images [count, H, W, C] and series [count, T, F] that networks want as [C, T].
    kind: how samples are shown and judged, where their shape leaves it open.
    source_range: the numbers mapped to the ends of `value_range`, as [0, 255]; "per_feature" takes the least and the
        largest value of each feature. value_range: also what white and black are in pictures.
    renumber_labels: the distinct labels in sorted order (numbers, or words) become 0, 1, … and the classes' names.
        Without it labels are 0 … classes − 1 as they stand, and the largest one counts the classes.
    """

    left_out_if_default = ("fields",)
    path: PathName
    value_range: tuple[float, float] = (-1.0, 1.0)
    source_range: tuple[float, float] | Literal["per_feature"] | None = None
    samples: str | None = None
    labels: str | int | None = None
    renumber_labels: bool = False
    columns: tuple[str | int, ...] = ()
    header: bool | None = None
    missing: Literal["refuse", "drop"] = "refuse"
    shape: tuple[PositiveInt, ...] = ()
    layout: Literal["channels_first", "channels_last"] = "channels_first"
    kind: Kind | None = None
    fields: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise `SpecError` for a source range without two ends."""
        ends = self.source_range
        if isinstance(ends, tuple) and not (all(map(math.isfinite, ends)) and ends[0] < ends[1]):
            raise SpecError(f"arrays.source_range: expected two numbers, the lower one first, got {list(ends)}")

    def load(self, data_dir: Path | None) -> Dataset:
        """Return the data set; each guess about the file is said in a line on standard error. Raises `DataError`."""
        path = _regular_file(find_file(self.path, data_dir))
        samples, labels, fields, notes = self._complete(self._read(path), path)
        values = self._shaped(samples, path, notes)
        kind = _kind_of(values, self.kind, path)
        mapped_values = mapped(values, self.source_range, self.value_range, str(path))
        notes += outside_note(values, self.source_range, self.value_range, str(path))
        class_labels = None if labels is None else checked_labels(labels, self.renumber_labels, str(path))
        remedies = {
            "values": value_remedy(values, self.source_range, self.value_range, kind),
            "labels": class_labels.remedy if class_labels else "",
        }
        for note in notes:
            say(printable(f"gan: note: {note}"))
        made = self._dataset(path, mapped_values, class_labels, kind, remedies)
        return dataclasses.replace(made, fields=fields) if fields else made

    def _dataset(
        self, path: Path, samples: np.ndarray, labels: Labels | None, kind: Kind, remedies: Mapping[str, str]
    ) -> Dataset:
        return Dataset(
            name=path.stem,
            samples=np.ascontiguousarray(samples),  # as frameworks' kernels expect them
            labels=labels.numbers if labels else None,
            classes=labels.classes if labels else None,
            class_names=labels.names if labels else (),
            value_range=self.value_range,
            kind=kind,
            remedies={name: remedy for name, remedy in remedies.items() if remedy},
        )

    def _read(self, path: Path) -> "_Contents":
        if is_text_table(path):
            if self.fields:
                raise DataError(f"{path} is a table as text; data.fields are arrays of an .npz file")
            selection = Selection(labels=self.labels, columns=self.columns, header=self.header, missing=self.missing)
            table = read_table(path, selection)
            return _Contents(table.samples, table.labels, {}, list(table.notes))
        stored = stored_arrays(path)
        if self.columns or self.header is not None:
            raise DataError(f"{path} is no text; data.columns and data.header are for tables as text")
        fields = {name: _named(stored, name, "fields", path) for name in self.fields}
        # what is a field is not guessed to be something else
        rest = {
            name: array for name, array in stored.items() if name not in fields or name in (self.samples, "samples")
        }
        label_name = None if self.labels is None else str(self.labels)
        samples, labels, notes = _chosen(rest, self.samples, label_name, path)
        for name, array in {"samples": samples, **fields}.items():
            _check_numbers(array, name)
        arrays = {name: array.read() for name, array in fields.items()}
        return _Contents(samples.read(), labels.read() if labels else None, arrays, notes)

    def _complete(self, contents: "_Contents", path: Path) -> "_Contents":
        """Leave out samples that hold NaN under ``missing = "drop"``, and say so in the notes."""
        samples, labels, fields, notes = contents
        if labels is not None and len(labels) != len(samples):
            raise DataError(f"{path}: {len(labels)} labels for {len(samples)} samples")
        for name, values in fields.items():
            if values.shape[:1] != samples.shape[:1]:
                raise DataError(f"{path}: '{name}' is {list(values.shape)}; expected a row for each sample")
        if self.missing == "refuse" or samples.dtype.kind != "f" or samples.ndim == 0:
            return contents
        whole = ~np.isnan(samples).reshape(len(samples), -1).any(axis=1)
        if whole.all():
            return contents
        if not whole.any():
            raise DataError(f"{path}: every sample holds NaN; nothing is left")
        notes.append(f"{path}: {(~whole).sum():,} of {len(samples):,} samples hold NaN and are left out")
        kept = {name: values[whole] for name, values in fields.items()}
        return _Contents(samples[whole], None if labels is None else labels[whole], kept, notes)

    def _shaped(self, samples: np.ndarray, path: Path, notes: list[str]) -> np.ndarray:
        """Return samples [count, *shape] with channels first."""
        if samples.ndim == 0:
            raise DataError(f"{path}: samples have the shape []; expected [count, ...]")
        if self.shape:
            if math.prod(self.shape) != math.prod(samples.shape[1:]):
                raise DataError(f"{path}: samples {list(samples.shape[1:])} do not fill data.shape {list(self.shape)}")
            samples = samples.reshape(len(samples), *self.shape)
        if samples.ndim == 1:
            samples = samples[:, None]
        if samples.ndim == 3 and self.kind != "series":
            if samples.dtype.kind == "f" and samples.shape[1] != samples.shape[2] and self.kind is None:
                side = f"{samples.shape[1]}×{samples.shape[2]}"
                notes.append(
                    f"{path}: samples are taken for grey images of {side}; data.kind=series, if they are series"
                )
            return samples[:, None]
        if samples.ndim > 2 and self.layout == "channels_last":
            return np.moveaxis(samples, -1, 1)
        return samples


class _Contents(NamedTuple):
    """Samples, labels and fields as a file holds them, and a line for each guess about them."""

    samples: np.ndarray
    labels: np.ndarray | None
    fields: dict[str, np.ndarray]
    notes: list[str]


def _regular_file(path: Path) -> Path:
    """Return a path that can be read to its end. Raises `DataError` for folders, pipes and devices."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DataError(folder_advice(path))
        if not stat.S_ISREG(mode):
            raise DataError(f"{path} is a pipe or a device; expected an .npy, .npz or .csv file")
        with path.open("rb"):
            return path
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})") from None


def _chosen(
    stored: Mapping[str, StoredArray], samples: str | None, labels: str | None, path: Path
) -> tuple[StoredArray, StoredArray | None, list[str]]:
    """Return the arrays that hold samples and labels, by name or as the only ones that can, and the guesses."""
    if "" in stored:
        if samples or labels:
            raise DataError(
                f"{path} holds one array; data.samples and data.labels are for .npz files, which join several:  "
                "numpy.savez('data.npz', samples=…, labels=…)"
            )
        return stored[""], None, []
    if samples is None and "samples" in stored and labels is None:
        return stored["samples"], stored.get("labels"), []
    chosen = _named(stored, samples, "samples", path) if samples else _only_samples(stored, labels, path)
    notes = [] if samples or chosen.name == "samples" else [f"{path}: '{shortened(chosen.name)}' is taken for samples"]
    if labels is not None:
        return chosen, _named(stored, labels, "labels", path) if labels else None, notes
    fitting = [array for array in stored.values() if array is not chosen and _may_label(array, chosen)]
    if len(fitting) != 1:
        return chosen, None, notes
    name = shortened(fitting[0].name)
    return chosen, fitting[0], [*notes, f"{path}: '{name}' is taken for labels; data.labels='' leaves it out"]


def _named(stored: Mapping[str, StoredArray], name: str, field: str, path: Path) -> StoredArray:
    if name not in stored:
        raise DataError(f"{path}: data.{field}: no array '{shortened(name)}'{nearest(name, list(stored)[:20])}")
    return stored[name]


def _only_samples(stored: Mapping[str, StoredArray], labels: str | None, path: Path) -> StoredArray:
    """Return the only array that can hold samples. Raises `DataError` with the fields to set if there are several."""
    if "samples" in stored:
        return stored["samples"]
    candidates = [array for array in stored.values() if array.name != labels and len(array.shape) > 1]
    if len(candidates) == 1:
        return candidates[0]
    if not candidates and (faults := [array.fault for array in stored.values() if array.fault]):
        raise DataError(faults[0])
    shown = ", ".join(array.described() for array in list(stored.values())[:8]) + (", …" if len(stored) > 8 else "")
    first = next(iter(candidates or stored.values()))
    fields = f"data.samples={shortened(first.name)}"
    if fitting := next((array for array in stored.values() if _may_label(array, first)), None):
        fields += f" data.labels={shortened(fitting.name)}"
    raise DataError(f"{path} holds {shown}; expected 'samples' (and perhaps 'labels'), or say which, as {fields}")


def _may_label(array: StoredArray, samples: StoredArray) -> bool:
    """Return whether an array can hold the labels of samples: [count] or [count, 1], integers or words."""
    return array.dtype.kind in "iuUS" and array.shape in ((samples.shape[0],), (samples.shape[0], 1))


def _check_numbers(array: StoredArray, name: str) -> None:
    if array.fault:
        raise DataError(array.fault)
    if array.dtype.kind not in "biuf":
        raise DataError(f"{array.where}: {name} are {array.dtype}; expected uint8 or floats")


def _kind_of(samples: np.ndarray, stated: Kind | None, path: Path) -> Kind:
    """Return how samples [count, *shape] are shown: as `stated`, else by shape. Raises `DataError` for a misfit."""
    shape = list(samples.shape[1:])
    if len(shape) > 3:
        raise DataError(f"{path}: samples have the shape {shape}; expected [C, H, W], [features] or a series")
    kind: Kind = stated or ("image" if len(shape) == 3 else "points" if shape == [2] else "table")
    if kind == "image":
        _check_image(shape, path)
    fitting = {"image": len(shape) == 3, "points": shape == [2], "table": len(shape) == 1, "series": len(shape) < 3}
    if not fitting[kind]:
        raise DataError(f"{path}: samples have the shape {shape}, which data.kind = '{kind}' does not show")
    return kind


def _check_image(shape: list[int], path: Path) -> None:
    if len(shape) != 3 or shape[0] in (1, 3):
        return
    if shape[2] in (1, 3):
        raise DataError(
            f"{path}: samples have the shape {shape}, with channels last; expected [channels, height, width], which "
            "data.layout=channels_last makes of it"
        )
    raise DataError(f"{path}: samples have the shape {shape}; expected images [1 or 3, height, width]")
