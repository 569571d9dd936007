"""Weights in files of no framework: safetensors and NumPy's ``.npz``, in canonical layout, which is PyTorch's."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np

from gan_core.errors import DamagedError
from gan_core.files.file_parts import Archive, FilePart, in_memory
from gan_core.files.stored_arrays import Stored, Table, checked_shape, stored, unreadable
from gan_core.files.tensor_files import read_header

PLAIN_SUFFIXES = (".safetensors", ".npz")
IGNORED = ("num_batches_tracked",)
LARGEST_NPY_HEADER = 10_000
_SAFETENSORS = {"F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64"}
_NUMPY = {"f2": "float16", "f4": "float32", "f8": "float64"}


def plain_weights(part: FilePart, suffix: str) -> Table:
    """Return the arrays in a file by canonical name, unread. Raises `DamagedError` for another kind of file."""
    arrays = _of_safetensors(part) if suffix == ".safetensors" else _of_npz(part)
    return {_canonical(name): array for name, array in arrays.items()}


def _canonical(name: str) -> str:
    """Return the canonical name of an array; PyTorch has another word for one buffer, ``running_var``."""
    return name.removesuffix("running_var") + "running_variance" if name.endswith(".running_var") else name


def _of_safetensors(part: FilePart) -> dict[str, Stored]:
    header = read_header(part.path)
    start = 8 + int.from_bytes(part.read(0, 8), "little")
    arrays = {}
    for name, tensor in header.items():
        begin, end = tensor.data_offsets
        kind, shape = _SAFETENSORS.get(tensor.dtype), checked_shape(tensor.shape)
        inner = part.part(start + begin, end - begin)
        arrays[name] = stored(inner, kind, shape) if kind else unreadable(f"of type {tensor.dtype}", shape)
    return arrays


def _of_npz(part: FilePart) -> dict[str, Stored]:
    archive = Archive(part)
    names = [name for name in archive.infos if name.endswith(".npy")]
    return {name.removesuffix(".npy"): _npy(archive, name) for name in names}


def _npy(archive: Archive, name: str) -> Stored:
    """Return one array of an ``.npz``, unread. Raises `DamagedError` unless its shape and its size agree."""
    (sizes, fortran, dtype), length = _npy_header(archive, name)
    shape = checked_shape(sizes)
    kind, order = _NUMPY.get(dtype.str[1:]), ">" if dtype.str[0] == ">" else "<"
    if kind is None:
        return unreadable("an array of objects" if dtype.hasobject else f"of type {dtype.str[:20]}", shape)
    info, count = archive.infos[name], dtype.itemsize * int(np.prod(shape, dtype=object))
    if info.file_size != length + count:
        raise DamagedError(f"{archive.path}: '{name[:80]}' has not the size that its shape says")
    if info.compress_type == 0:
        return stored(archive.part(name).part(length, count), kind, shape, order=order, fortran=fortran)

    def read() -> np.ndarray:
        raw = in_memory(archive.read(name, length + count), archive.path).part(length, count)
        return stored(raw, kind, shape, order=order, fortran=fortran).read()

    return Stored(kind=kind, shape=shape, read=read)


def _npy_header(archive: Archive, name: str) -> tuple[tuple[Any, bool, np.dtype], int]:
    file = io.BytesIO(archive.start(name, LARGEST_NPY_HEADER + 16))
    readers: dict[tuple[int, int], Callable[..., Any]] = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    try:
        return readers[np.lib.format.read_magic(file)](file, max_header_size=LARGEST_NPY_HEADER), file.tell()
    except (ValueError, LookupError, TypeError, SyntaxError, RecursionError, MemoryError, OverflowError) as error:
        raise DamagedError(f"{archive.path}: '{name[:80]}' is no NumPy array ({type(error).__name__})") from None
