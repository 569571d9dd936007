"""Labels of arrays and tables: whole numbers as they stand, or values numbered anew in sorted order."""

from dataclasses import dataclass

import numpy as np

from gan_core.data.array_files import shortened
from gan_core.errors import DataError

MOST_CLASSES = 100_000
RENUMBER = "data.renumber_labels=true"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels of samples.

    numbers: int64 [count] in 0 … classes − 1. names: the names of the classes, where these were numbered anew. remedy:
    the field to set where some class has no sample, in words, or "".
    """

    numbers: np.ndarray
    classes: int
    names: tuple[str, ...] = ()
    remedy: str = ""


def checked_labels(raw: np.ndarray, renumber: bool, where: str) -> Labels:
    """Return the labels that an array holds: [count] or [count, 1], whole numbers (as floats too) or words.

    renumber: whether the distinct values, sorted, become 0, 1, … and the names of the classes. Raises `DataError` for
    what names no classes: another shape, fractions, and (unless renumbered) words and numbers below 0.
    """
    values = _whole_numbers(_flat(raw, where), where)
    if renumber:
        return _renumbered(values, where)
    if values.dtype.kind == "U":
        raise DataError(f"{where}: labels are words, as '{shortened(str(values[0]))}'; {RENUMBER} numbers them")
    low, high = int(values.min()), int(values.max())
    if low < 0:
        raise DataError(f"{where}: labels run from {low} to {high}; expected 0 and up, which {RENUMBER} makes of them")
    if high >= MOST_CLASSES:
        raise DataError(f"{where}: labels run up to {high}; expected fewer than {MOST_CLASSES:,} classes ({RENUMBER})")
    numbers = values.astype(np.int64)
    return Labels(numbers=numbers, classes=high + 1, remedy=_remedy(np.unique(numbers)))


def _flat(raw: np.ndarray, where: str) -> np.ndarray:
    shape = f"{where}: labels are {raw.dtype} {list(raw.shape)}"
    if raw.ndim == 2 and raw.shape[1] == 1:
        raw = raw[:, 0]
    if raw.ndim == 2 and raw.dtype.kind in "biuf" and ((raw == 0) | (raw == 1)).all() and (raw.sum(axis=1) == 1).all():
        raise DataError(f"{shape}, one-hot; expected one number a sample: write labels.argmax(axis=1) to the file")
    if raw.ndim != 1 or raw.dtype.kind not in "biufUS":
        raise DataError(f"{shape}; expected integers [count]")
    return raw


def _whole_numbers(raw: np.ndarray, where: str) -> np.ndarray:
    """Return integers, or words where they are no numbers."""
    if raw.dtype.kind in "US":
        words = np.char.strip(np.char.decode(raw, "utf-8", "replace") if raw.dtype.kind == "S" else raw)
        try:
            numbers = words.astype(np.float64)
        except ValueError:
            return words
        return words if not np.isfinite(numbers).all() else _whole_numbers(numbers, where)
    if raw.dtype.kind in "biu":
        return raw.astype(np.int64) if raw.dtype.kind == "b" else raw
    # above 2**53 a float's neighbours are more than 1 apart
    wrong = np.flatnonzero(~(np.isfinite(raw) & (np.abs(raw) < 2.0**53) & (raw == np.floor(raw))))
    if len(wrong):
        raise DataError(
            f"{where}: labels are {raw.dtype}, and that of sample {wrong[0]} is {raw[wrong[0]]:g}; expected whole "
            "numbers"
        )
    return raw.astype(np.int64)


def _renumbered(values: np.ndarray, where: str) -> Labels:
    present, numbers = np.unique(values, return_inverse=True)
    if len(present) > MOST_CLASSES:
        raise DataError(f"{where}: labels have {len(present):,} distinct values; expected at most {MOST_CLASSES:,}")
    names = tuple(str(value) for value in present.tolist())
    return Labels(numbers=numbers.astype(np.int64), classes=len(names), names=names)


def _remedy(present: np.ndarray) -> str:
    """Return the field to set where some class of 0 … highest has no sample, in words, or ""."""
    return f"{RENUMBER} makes them 0 to {len(present) - 1}" if len(present) <= present[-1] else ""
