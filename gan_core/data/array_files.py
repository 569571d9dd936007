"""The arrays of a stranger's ``.npy`` or ``.npz`` file: what headers say is checked before anything is allocated.

Nothing is unpickled, and of a packed file no more is unpacked than its array's header says and its size bears out.
"""

import io
import math
import os
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from gan_core.data.foreign_files import advice
from gan_core.errors import DataError, GanError

MOST_AXES = 8
MOST_MEMBERS = 1000
LARGEST_UNCHECKED = 256 * 2**20
"""Bytes that a packed file may always unpack to; above that number, `LARGEST_EXPANSION` bounds it."""
LARGEST_EXPANSION = 200
"""Times its packed size; real images and tables stay below 100, files made to fill the memory come to 1,000."""
CHUNK = 2**20
PACKED_BY_NUMPY = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # zipfile unpacks other methods without a bound
LARGEST_HEADER = 2**14  # bytes; NumPy refuses more than 10,000, but only once they are read


@dataclass(frozen=True, kw_only=True)
class StoredArray:
    """An array in a file, of which only the header was read.

    name: the name in an ``.npz`` file; "" in an ``.npy`` file. begin: bytes before the values, in the file or in its
    member. fault: why the array cannot be read, or ""; it does no harm where nothing reads the array.
    """

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    fortran: bool
    begin: int
    fault: str = ""

    @property
    def where(self) -> str:
        """The file, and the array's name in it, for a message."""
        return f"{self.path}: '{shortened(self.name)}'" if self.name else str(self.path)

    @property
    def bytes(self) -> int:
        """How many bytes the values take."""
        return math.prod(self.shape) * self.dtype.itemsize

    def described(self) -> str:
        """Return name, type and shape: ``x_train uint8 [60000, 28, 28]``."""
        form = "(unreadable)" if self.fault else f"{self.dtype} {list(self.shape)}"
        return f"{shortened(self.name)} {form}".strip()

    def read(self) -> np.ndarray:
        """Return the values, in this machine's byte order. Raises `DataError` for a damaged or changed file."""
        if self.fault:
            raise DataError(self.fault)
        check_memory(self.where, self.bytes)
        with _one_line(self.where), _values(self) as file:
            flat = np.empty(math.prod(self.shape), self.dtype)
            _fill(flat.view(np.uint8), file, self.where)
            file.read(1)  # the archive compares its checksum when it comes to the end
        array = flat.reshape(self.shape, order="F" if self.fortran else "C")
        return array.astype(array.dtype.newbyteorder("="), copy=False)


def stored_arrays(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a file by name ("" for that of an ``.npy`` file).

    Raises `DataError` for a damaged file, and for one that is not NumPy's, with the way to convert it.
    """
    with _one_line(str(path)):
        with path.open("rb") as file:
            start = file.read(1024)
            if start.startswith(b"\x93NUMPY"):
                file.seek(0)
                return {"": _header(file, path, "", os.fstat(file.fileno()).st_size)}
        if start.startswith(b"PK"):
            return _members(path)
    raise DataError(advice(path, start))


def check_memory(where: str, needed: int) -> None:
    """Raise `DataError` if `needed` bytes of memory are not free; where: what needs them, for the message."""
    import psutil

    free = psutil.virtual_memory().available
    if needed > free:
        raise DataError(f"{where} needs {needed / 1e9:,.1f} GB of memory, of which {free / 1e9:,.1f} are free")


def check_expansion(where: str, packed: int, unpacked: int) -> None:
    """Raise `DataError` if bytes should unpack to so many more that the file must be meant to fill the memory."""
    if unpacked > LARGEST_UNCHECKED and unpacked > LARGEST_EXPANSION * packed:
        raise DataError(
            f"{where} would unpack {packed:,} bytes to {unpacked:,}, more than {LARGEST_EXPANSION} times as many; if "
            "it is sound, write it without compression (numpy.savez)"
        )


def shortened(text: str, length: int = 60) -> str:
    """Return a text from a file, cut where it is long."""
    return text if len(text) <= length else text[: length - 1] + "…"


@contextmanager
def _one_line(where: str) -> Iterator[None]:
    """Turn whatever the readers of archives and headers raise over a stranger's bytes into a `DataError`."""
    try:
        yield
    except GanError:
        raise
    except Exception as error:  # noqa: BLE001  zipfile, zlib, lzma and NumPy's parser each raise their own
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise DataError(f"{where} cannot be read as NumPy arrays: it is damaged or cut short ({reason})") from None


def _members(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of an archive by name; members that are no ``.npy`` files are passed over."""
    arrays = {}
    size = path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        if not members:
            raise DataError(advice(path, b"PK", [info.filename for info in archive.infolist()[:MOST_MEMBERS]]))
        if len(members) > MOST_MEMBERS:
            raise DataError(f"{path} holds {len(members):,} arrays; expected at most {MOST_MEMBERS:,}")
        for info in members:
            name = info.filename.removesuffix(".npy")
            try:
                arrays[name] = _member(archive, info, path, name, size)
            except DataError as error:
                fault = str(error)
                arrays[name] = StoredArray(
                    path=path, name=name, shape=(), dtype=np.dtype("V1"), fortran=False, begin=0, fault=fault
                )
    return arrays


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, name: str, size: int) -> StoredArray:
    """Return a member's array, its header read; size: bytes of the archive, since the member may state a wrong size."""
    where = f"{path}: '{shortened(name)}'"
    _check_member(where, info)
    with _one_line(where), archive.open(info) as file:
        array = _header(file, path, name, info.file_size)
    check_expansion(where, min(info.compress_size, size), array.bytes)
    return array


def _check_member(where: str, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 1:
        raise DataError(f"{where} cannot be read as NumPy arrays: it is encrypted")
    if info.compress_type not in PACKED_BY_NUMPY:
        raise DataError(
            f"{where} is packed by method {info.compress_type} of zip; expected none, or deflate, as "
            "numpy.savez_compressed writes"
        )


def _header(file: IO[bytes], path: Path, name: str, size: int) -> StoredArray:
    """Return the array of a file or member, its header read; size: bytes of the file or member."""
    where = f"{path}: '{shortened(name)}'" if name else str(path)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    with warnings.catch_warnings(), _one_line(where):
        warnings.simplefilter("ignore")  # of headers that Python 2 wrote
        start = io.BytesIO(file.read(LARGEST_HEADER))
        version = np.lib.format.read_magic(start)
        if version not in readers:
            raise DataError(f"{where} has a header of version {version[0]}.{version[1]}; expected plain numbers")
        shape, fortran, dtype = readers[version](start)
    _check_header(where, shape, dtype)
    array = StoredArray(path=path, name=name, shape=shape, dtype=dtype, fortran=fortran, begin=start.tell())
    if array.bytes > size - array.begin:
        raise DataError(
            f"{where} cannot be read: its header promises {array.bytes:,} bytes, the file holds {size - array.begin:,}"
        )
    return array


def _check_header(where: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    if len(shape) > MOST_AXES:
        raise DataError(f"{where} has {len(shape)} axes; expected at most {MOST_AXES}")
    if any(type(side) is not int or not 0 <= side < 2**62 for side in shape):
        raise DataError(f"{where} cannot be read: its header says the shape {shortened(str(list(shape)))}")
    if dtype.hasobject:
        raise DataError(
            f"{where} cannot be read as NumPy arrays: it holds Python objects, which could run code when they are "
            "read; expected an array of numbers, as numpy.stack makes it of equal parts"
        )
    if dtype.names is not None or dtype.subdtype is not None or dtype.itemsize == 0:
        raise DataError(f"{where} has the type {shortened(str(dtype))}; expected plain numbers")
    if 0 in shape:
        raise DataError(f"{where} is empty: its shape is {list(shape)}")


@contextmanager
def _values(array: StoredArray) -> Iterator[IO[bytes]]:
    """Open the file, or the member of the archive, at the first value."""
    if not array.name:
        with array.path.open("rb") as file:
            file.seek(array.begin)
            yield file
        return
    with zipfile.ZipFile(array.path) as archive, archive.open(f"{array.name}.npy") as member:
        member.read(array.begin)
        yield member


def _fill(values: np.ndarray, file: IO[bytes], where: str) -> None:
    """Fill bytes [count] from a file, a piece at a time."""
    position = 0
    while position < len(values):
        piece = file.read(min(CHUNK, len(values) - position))
        if not piece:
            raise DataError(f"{where} cannot be read: it ends after {position:,} of {len(values):,} bytes")
        values[position : position + len(piece)] = np.frombuffer(piece, np.uint8)
        position += len(piece)
