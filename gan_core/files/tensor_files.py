"""Arrays by name in safetensors files, read without trust: the header is checked before anything is allocated.

A file's header says what its arrays are; it is compared with the file's size (and by the caller with what it expects)
before any of them is read.
"""

import errno
import hashlib
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from gan_core.errors import DamagedError, UsageError
from gan_core.files.regular_files import open_file, read_file
from gan_core.files.whole_files import write_synced

LARGEST_HEADER_BYTES = 16 * 2**20
MOST_AXES = 32  # of an array; the product of 300,000 sides takes minutes
ITEM_BYTES = {"BOOL": 1, "U8": 1, "I8": 1, "I32": 4, "I64": 8, "F16": 2, "BF16": 2, "F32": 4, "F64": 8}
NOT_THE_FILES_FAULT = {errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE}
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**48)]
_Shape = Annotated[tuple[_Count, ...], msgspec.Meta(max_length=MOST_AXES)]


class TensorHeader(msgspec.Struct, frozen=True):
    """What a file's header says of one array: the type in safetensors' words, the shape, the place of its bytes."""

    dtype: str
    shape: _Shape
    data_offsets: tuple[_Count, _Count]


def write_tensors(path: Path, values: Mapping[str, np.ndarray]) -> str:
    """Write arrays to a file, wait until they are on the disk, and return its SHA-256."""
    from safetensors.numpy import save

    raw = save({name: np.array(value, order="C", copy=None) for name, value in values.items()})
    write_synced(path, raw)
    return hashlib.sha256(raw).hexdigest()


def read_header(path: Path) -> dict[str, TensorHeader]:
    """Return what a file's header says of its arrays, by name. Raises `DamagedError` where the file's size differs."""
    try:
        with os.fdopen(open_file(path), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > min(size - 8, LARGEST_HEADER_BYTES):
                raise DamagedError(f"{path} is cut short or no safetensors file")
            text = file.read(length)
        header = _parsed(text)
    except OSError as error:
        raise unreadable(path, error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedError(f"{path} has no readable header ({str(error).splitlines()[0][:100]})") from None
    _check_offsets(path, header, size - 8 - length)
    return header


def read_tensors(path: Path, sha256: str, header: Mapping[str, TensorHeader]) -> dict[str, np.ndarray]:
    """Return the arrays of a file, by name. Raises `DamagedError` unless it has the checksum and the header.

    header: what `read_header` returned. The arrays come from the very bytes whose checksum is compared, so that a file
    that changes meanwhile cannot slip through; no more bytes are read than the header needs.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        raw = read_file(path, 8 + LARGEST_HEADER_BYTES + _data_bytes(header))
        if raw is None or _parsed(raw[8 : 8 + int.from_bytes(raw[:8], "little")]) != header:
            raise DamagedError(f"{path} was changed while it was read")
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise DamagedError(f"{path} is damaged: its checksum is not the one in state.json")
        return dict(load(raw))
    except OSError as error:
        raise unreadable(path, error) from None
    except (SafetensorError, KeyError, ValueError, RecursionError, msgspec.DecodeError) as error:
        raise DamagedError(f"{path} cannot be read: {str(error).splitlines()[0][:100]}") from None


def unreadable(path: Path, error: OSError) -> UsageError:
    """Return the error to raise for a file that the system will not read.

    It is a `DamagedError` only where the file itself is to blame: to go back to an older checkpoint because a right or
    a free descriptor is missing would throw steps away.
    """
    kind = UsageError if error.errno in NOT_THE_FILES_FAULT else DamagedError
    return kind(f"{path} cannot be read: {error.strerror or error}")


def _data_bytes(header: Mapping[str, TensorHeader]) -> int:
    return max((tensor.data_offsets[1] for tensor in header.values()), default=0)


def _parsed(text: bytes) -> dict[str, TensorHeader]:
    parts = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    return {name: msgspec.json.decode(raw, type=TensorHeader) for name, raw in parts.items() if name != "__metadata__"}


def _check_offsets(path: Path, header: Mapping[str, TensorHeader], size: int) -> None:
    """Raise `DamagedError` unless the arrays lie one after another, as long as their shapes say, and fill the file."""
    position = 0
    for name, tensor in sorted(header.items(), key=lambda item: item[1].data_offsets):
        begin, end = tensor.data_offsets
        if tensor.dtype not in ITEM_BYTES:
            raise DamagedError(f"{path}: '{name[:60]}' has the unknown type '{tensor.dtype[:20]}'")
        if begin != position or end - begin != math.prod(tensor.shape) * ITEM_BYTES[tensor.dtype]:
            raise DamagedError(f"{path}: '{name[:60]}' does not lie where its shape {list(tensor.shape[:8])} says")
        position = end
    if position != size:
        raise DamagedError(f"{path} holds {size} bytes of arrays where its header says {position}")
