"""Which data a run learned from: enough to recognise them, and to say what differs.

The fingerprint is a SHA-256 over the samples as they are stored (data type, shape, bytes), the labels, the names of the
classes, the fields beside the samples, and the second domain. Its cost is one reading of all arrays: about .1 s for
MNIST. A folder's cache keeps the checksum of its pixels, and data that are worked out from their spec give one of the
spec, so that neither is read.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.unreadable import printable
from gan_core.errors import SpecError
from gan_core.specs.spec import Spec, from_builtins, to_builtins

BYTES_AT_ONCE = 2**24
NAMED_CLASSES = 12  # so many are named one by one in a line
SHOWN = 3
_CACHED = "_identity"


class FieldIdentity(Spec, frozen=True, kw_only=True):
    """What a field beside the samples was: shape and type of one row, and the SHA-256 of its bytes."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    sha256: str


class DataIdentity(Spec, frozen=True, kw_only=True):
    """What a data set was when a run read it.

    count, shape, dtype: of the samples, as they are stored. value_range: what bytes 0 and 255 become, or the smallest
    and the largest of values that are no bytes. fingerprint: SHA-256, 64 hexadecimal digits. class_names: () where the
    classes have none. class_counts: how many samples each class has. second_domain: that of unpaired data, or None.
    fields: the arrays beside the samples, by name in order.
    """

    left_out_if_default = ("fields",)

    name: str
    count: int
    shape: tuple[int, ...]
    dtype: str
    value_range: tuple[float, float]
    fingerprint: str
    class_names: tuple[str, ...] = ()
    class_counts: tuple[int, ...] = ()
    second_domain: "DataIdentity | None" = None
    fields: tuple[FieldIdentity, ...] = ()

    def sentence(self) -> str:
        """Return the line that a run begins with."""
        parts = [
            f"data: {self.name}, {self.count:,} of {list(self.shape)}",
            self._values(),
            self._fields(),
            self._classes(),
        ]
        text = ", ".join([*filter(None, parts), f"fingerprint {self.fingerprint[:8]}"])
        return printable(text if self.second_domain is None else f"{text}; second {self.second_domain.sentence()}")

    def plain(self) -> dict[str, Any]:
        """Return the identity as JSON can hold it."""
        table: dict[str, Any] = to_builtins(self)
        return table

    def _values(self) -> str:
        return f"bytes as {_range(self)}" if self.dtype == "uint8" else f"{self.dtype} of {_range(self)}"

    def _fields(self) -> str:
        named = " and ".join(f"{field.name} {list(field.shape)}" for field in self.fields)
        return f"with {named}" if named else ""

    def _classes(self) -> str:
        if not self.class_counts:
            return ""
        number = len(self.class_counts)
        title = f"{number} class{'es' if number > 1 else ''}"
        if self.class_names and number <= NAMED_CLASSES:
            named = zip(self.class_names, self.class_counts, strict=False)
            return f"{title} ({', '.join(f'{name}: {count:,}' for name, count in named)})"
        least, most = min(self.class_counts), max(self.class_counts)
        return f"{title} ({least:,} each)" if least == most else f"{title} ({least:,} to {most:,} each)"


def identity_of(dataset: Dataset) -> DataIdentity:
    """Return the identity of a data set; it is worked out once (see the module for the cost) and kept with the data."""
    known: DataIdentity | None = vars(dataset).get(_CACHED)
    if known is None:
        known = _worked_out(dataset)
        object.__setattr__(dataset, _CACHED, known)  # a copy with changes does not have it
    return known


def _worked_out(dataset: Dataset) -> DataIdentity:
    second = None if dataset.second_domain is None else identity_of(dataset.second_domain)
    counts: tuple[int, ...] = ()
    if dataset.labels is not None:
        counts = tuple(np.bincount(dataset.labels, minlength=dataset.classes or 0).tolist())
    fields = _field_identities(dataset)
    return DataIdentity(
        name=dataset.name,
        count=len(dataset),
        shape=dataset.shape,
        dtype=str(dataset.samples.dtype),
        value_range=_value_range(dataset),
        fingerprint=_fingerprint(dataset, second, fields),
        class_names=dataset.class_names if dataset.labels is not None else (),
        class_counts=counts,
        second_domain=second,
        fields=fields,
    )


def _field_identities(dataset: Dataset) -> tuple[FieldIdentity, ...]:
    return tuple(
        FieldIdentity(name=name, shape=dataset.field_shape(name), dtype=str(values.dtype), sha256=_array_sum(values))
        for name, values in sorted(dataset.fields.items())
    )


def identity_from(plain: Mapping[str, Any]) -> DataIdentity:
    """Return an identity as a run's file holds it. Raises `SpecError` if it is damaged."""
    try:
        return from_builtins(dict(plain), DataIdentity)
    except (TypeError, ValueError) as error:
        raise SpecError(f"data: {error}") from None


def differences(before: DataIdentity, now: DataIdentity) -> list[str]:
    """Return the differences between two identities in words, the most telling first; [] for the same data.

    The names of the data sets do not count.
    """
    if before.fingerprint == now.fingerprint and before.value_range == now.value_range:
        return []
    second = []
    if before.second_domain is not None and now.second_domain is not None:
        second = [f"in its second domain, {text}" for text in differences(before.second_domain, now.second_domain)]
    lines = [*filter(None, _facts(before, now)), *_different_fields(before, now), *second]
    if not lines:
        lines.append("some samples or labels are others")
    if before.fingerprint != now.fingerprint:
        lines.append(f"its fingerprint is {now.fingerprint[:8]}, not {before.fingerprint[:8]}")
    return [printable(line) for line in lines]


def _facts(before: DataIdentity, now: DataIdentity) -> list[str]:
    """Return the differences in words, of all but the fingerprint; "" for each thing that is the same."""
    same_count = before.count == now.count
    return [
        "" if same_count else f"it holds {now.count:,} samples, not {before.count:,}",
        "" if before.shape == now.shape else f"they are {list(now.shape)}, not {list(before.shape)}",
        "" if before.dtype == now.dtype else f"their type is {now.dtype}, not {before.dtype}",
        _different_classes(before, now),
        "" if before.value_range == now.value_range else f"its range is {_range(now)}, not {_range(before)}",
    ]


def _different_classes(before: DataIdentity, now: DataIdentity) -> str:
    if len(before.class_counts) != len(now.class_counts):
        return f"it has {len(now.class_counts)} classes, not {len(before.class_counts)}"
    pairs = enumerate(zip(now.class_names, before.class_names, strict=False))
    renamed = [f"{index} is '{new}', not '{old}'" for index, (new, old) in pairs if new != old]
    if renamed:
        return f"class {', '.join(renamed[:SHOWN])}{', …' if len(renamed) > SHOWN else ''}"
    if before.class_counts != now.class_counts and before.count == now.count:
        return "its classes have other numbers of samples"
    return ""


def _different_fields(before: DataIdentity, now: DataIdentity) -> list[str]:
    """Return in words which fields are missing, new, or hold something else."""
    old, new = ({field.name: field for field in identity.fields} for identity in (before, now))
    lines = [f"it has no field '{name}'" for name in old if name not in new]
    lines += [f"it has a field '{name}', which it had not" for name in new if name not in old]
    for name in (name for name in old if name in new and new[name] != old[name]):
        form, form_before = ((field[name].dtype, list(field[name].shape)) for field in (new, old))
        if form != form_before:
            lines.append(f"its field '{name}' is {form[0]} {form[1]}, not {form_before[0]} {form_before[1]}")
        elif before.count == now.count:
            lines.append(f"its field '{name}' holds other values")
    return lines


def _range(identity: DataIdentity) -> str:
    low, high = (f"{value:g}".replace("-", "−") for value in identity.value_range)
    return f"{low} … {high}"


def _value_range(dataset: Dataset) -> tuple[float, float]:
    if dataset.samples.dtype == np.uint8:
        return dataset.value_range
    return float(dataset.samples.min()), float(dataset.samples.max())


def _fingerprint(dataset: Dataset, second: DataIdentity | None, fields: tuple[FieldIdentity, ...]) -> str:
    labels = None if dataset.labels is None else _array_sum(dataset.labels.astype("<i8"))
    facts: dict[str, Any] = {
        "dtype": dataset.samples.dtype.str,
        "shape": list(dataset.samples.shape),
        "samples": dataset.samples_sha256 or _array_sum(dataset.samples),
        "labels": labels,
        "classes": list(dataset.class_names) if labels else [],
        "second": second.fingerprint if second else None,
    }
    if fields:  # without any, the fingerprint is that of before there were fields
        facts["fields"] = [to_builtins(field) for field in fields]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _array_sum(array: np.ndarray) -> str:
    """Return the SHA-256 of an array's bytes in C order, read part by part: it may be larger than the memory."""
    checksum = hashlib.sha256()
    rows = max(1, BYTES_AT_ONCE // max(1, array[:1].nbytes))
    for start in range(0, len(array), rows):
        checksum.update(np.ascontiguousarray(array[start : start + rows]).data)
    return checksum.hexdigest()
