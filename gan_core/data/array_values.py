"""Values of arrays: mapped from the range they have to the range that networks see, or taken as they are."""

import math
from typing import Literal

import numpy as np

from gan_core.errors import DataError

Range = tuple[float, float]
SourceRange = Range | Literal["per_feature"] | None
BYTES = (0.0, 255.0)
DARK = 64  # bytes that stay below it are nearly black
FAR = 10  # times the value range, for numbers that are no pictures


def mapped(samples: np.ndarray, source: SourceRange, target: Range, where: str) -> np.ndarray:
    """Return samples [count, *shape] with `source` mapped linearly to `target`; bytes of 0 … 255 stay bytes.

    source: None takes floats as they are, and bytes as 0 … 255; "per_feature" is the least and the largest value of
    each feature (one that does not vary comes to the middle). where: the file, for messages. Raises `DataError` for
    integers beyond bytes without a source.
    """
    if source is None:
        if not _is_taken(samples.dtype):
            raise DataError(
                f"{where}: samples are {samples.dtype}; expected uint8 or floats, or say what range to map with "
                f"data.source_range=[{float(samples.min()):g}, {float(samples.max()):g}]"
            )
        return samples
    if source == BYTES and _are_bytes(samples):
        return samples.astype(np.uint8, copy=False)
    dtype = np.dtype(np.float32 if samples.dtype == np.float32 else np.float64)
    values = samples.astype(dtype)
    ends = (values.min(axis=0), values.max(axis=0)) if source == "per_feature" else source
    low, high = np.asarray(ends[0], dtype), np.asarray(ends[1], dtype)
    middle, half = (target[0] + target[1]) / 2, (target[1] - target[0]) / 2
    # from the middle outwards, so that what does not vary comes to the middle, and both ends come out exactly
    share = (values - low + (values - high)) / np.where(high == low, dtype.type(1), high - low)
    return np.asarray(dtype.type(middle) + dtype.type(half) * share)


def outside_note(samples: np.ndarray, source: SourceRange, target: Range, where: str) -> list[str]:
    """Return a line to say if values lie outside the range that they are mapped from, else none.

    samples: the values before mapping. where: the file, for the line.
    """
    if source is None or source == "per_feature":
        return []
    low, high = float(samples.min()), float(samples.max())
    if source[0] <= low and high <= source[1]:
        return []
    return [
        f"{where}: values run from {low:g} to {high:g}, outside data.source_range = {list(source)}, so some come out "
        f"beyond {list(target)}"
    ]


def value_remedy(samples: np.ndarray, source: SourceRange, target: Range, kind: str) -> str:
    """Return the field that maps values which are taken as they are but hardly fit `target`, in words, or ""."""
    low, high = float(samples.min()), float(samples.max())
    if source is not None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    if samples.dtype == np.uint8:
        return f"data.source_range=[0, {high or 1:g}] maps them to {list(target)}" if high < DARK else ""
    return _range_to_map(low, high, target) if kind == "image" else _features_to_map(low, high, target)


def _range_to_map(low: float, high: float, target: Range) -> str:
    """Return the field that maps the range which pixels probably have, where that is not the target; else ""."""
    margin = 0.1 * (target[1] - target[0])
    is_unit = low >= 0 and high <= 1
    if target[0] - margin <= low and high <= target[1] + margin and not (is_unit and target[0] < 0):
        return ""
    guess = "[0, 1]" if is_unit else "[0, 255]" if low >= 0 and high <= 255 else f"[{low:g}, {high:g}]"
    return f"data.source_range={guess} maps them to {list(target)}"


def _features_to_map(low: float, high: float, target: Range) -> str:
    """Return the field that maps numbers that are no pictures, where they are far from the target; else ""."""
    if max(abs(low), abs(high)) <= FAR * max(abs(target[0]), abs(target[1])):
        return ""
    return f"data.source_range=per_feature maps each feature's own range to {list(target)}"


def _is_taken(dtype: np.dtype) -> bool:
    """Return whether values of a type need no range to be mapped from."""
    return dtype.kind == "f" or dtype == np.uint8


def _are_bytes(samples: np.ndarray) -> bool:
    """Return whether all values are whole numbers of 0 … 255."""
    if samples.dtype == np.uint8:
        return True
    if samples.dtype.kind == "b" or samples.min() < 0 or samples.max() > 255:
        return False
    return samples.dtype.kind in "iu" or bool((samples == np.floor(samples)).all())
