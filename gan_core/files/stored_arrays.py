"""Arrays in files of strangers: known by name, type and shape before a byte of them is read.

A reader returns a table of what a file holds, tables within tables, of which the leaves are `Stored`; nothing else of
the file is kept. Reading an array allocates the bytes of that array alone, which the file is known to hold.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gan_core.errors import DamagedError
from gan_core.files.file_parts import FilePart

MOST_AXES = 32
LARGEST_INDEX_BYTES = 16 * 2**20  # of what names the arrays of a file
# what can be read, and what NumPy calls it; bfloat16 is the upper half of a float32
PLAIN = {"float16": "f2", "bfloat16": "u2", "float32": "f4", "float64": "f8"}
Table = Mapping[str, Any]  # name → Stored or Table


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An array in a file.

    kind: the type of its numbers, a key of `PLAIN`; any other word says why it cannot be read ("sparse", "int64").
    read: returns the array, of exactly this shape. Raises `DamagedError` where the file does not hold it.
    """

    kind: str
    shape: tuple[int, ...]
    read: Callable[[], np.ndarray]


def stored(part: FilePart, kind: str, shape: tuple[int, ...], *, order: str = "<", fortran: bool = False) -> Stored:
    """Return the array that lies in a part of a file, unread.

    order: the order of the bytes of a number, "<" or ">". fortran: whether the first axis runs fastest. Raises
    `DamagedError` unless the part has exactly the bytes that such an array needs.
    """
    if kind in PLAIN and part.length != math.prod(shape) * np.dtype(PLAIN[kind]).itemsize:
        raise DamagedError(f"{part.path}: an array of shape {list(shape[:8])} lies in {part.length} bytes")

    def read() -> np.ndarray:
        raw = part.read(0, part.length)
        flat = as_numbers(np.frombuffer(raw, order + PLAIN[kind]), kind)
        return flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)

    return Stored(kind=kind, shape=shape, read=read)


def strided(
    part: FilePart, kind: str, shape: tuple[int, ...], offset: int, strides: tuple[int, ...], order: str
) -> Stored:
    """Return the array that takes its values from a part by strides; offset, strides: in values, not bytes.

    Raises `DamagedError` unless the part holds all of them, close to each other.
    """
    size, count = np.dtype(PLAIN[kind]).itemsize, math.prod(shape)
    reach = 1 + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True)) if count else 0
    inner = part.part(offset * size, reach * size)
    if reach > 4 * count:
        return unreadable("scattered over a larger one", shape)

    def read() -> np.ndarray:
        flat = stored(inner, kind, (reach,), order=order).read()
        steps = tuple(stride * flat.itemsize for stride in strides)
        return np.lib.stride_tricks.as_strided(flat, shape, steps, writeable=False).copy()

    return Stored(kind=kind, shape=shape, read=read)


def as_numbers(values: np.ndarray, kind: str) -> np.ndarray:
    """Return values in the byte order of this machine; bfloat16, whose bits are read as uint16, becomes float32."""
    if kind == "bfloat16":
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values.astype(values.dtype.newbyteorder("="))


def unreadable(kind: str, shape: tuple[int, ...] = ()) -> Stored:
    """Return an array that a file holds but that cannot be read; kind: why, as "sparse"."""

    def read() -> np.ndarray:
        raise DamagedError(f"an array that is {kind} cannot be read")

    return Stored(kind=kind, shape=shape, read=read)


def checked_shape(sizes: Any) -> tuple[int, ...]:
    """Return the shape that a file states as a tuple. Raises `DamagedError` for anything but a list of lengths."""
    fits = isinstance(sizes, tuple | list) and len(sizes) <= MOST_AXES
    if not fits or not all(type(size) is int and 0 <= size < 2**48 for size in sizes):
        raise DamagedError("the file has an array whose shape is none")
    return tuple(sizes)
