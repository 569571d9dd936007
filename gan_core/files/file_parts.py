"""Files of strangers: regular files only, read by place and length, and never further than there are bytes."""

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gan_core.errors import DamagedError, UsageError

LARGEST_DIRECTORY_BYTES = 4 * 2**20  # the list of an archive's members
CHUNK_BYTES = 2**20


class FilePart:
    """Consecutive bytes of an open file, `length` of them from `start` on; path: the file's, for messages."""

    def __init__(self, file: IO[bytes], path: Path, start: int, length: int) -> None:
        self.file, self.path, self.start, self.length = file, path, start, length

    def read(self, start: int, count: int) -> bytes:
        """Return `count` bytes of this part, from its byte `start` on.

        Raises `DamagedError`, before anything is allocated, if there are fewer.
        """
        if start < 0 or count < 0 or start + count > self.length:
            raise DamagedError(f"{self.path} is cut short or damaged: it promises more bytes than it has")
        try:
            self.file.seek(self.start + start)
            raw = self.file.read(count)
        except OSError as error:
            raise DamagedError(f"{self.path} cannot be read: {error.strerror}") from None
        if len(raw) != count:
            raise DamagedError(f"{self.path} was cut short while it was read")
        return raw

    def part(self, start: int, count: int) -> "FilePart":
        """Return `count` bytes of this part, from its byte `start` on, unread. Raises `DamagedError` for fewer."""
        if start < 0 or count < 0 or start + count > self.length:
            raise DamagedError(f"{self.path} is cut short or damaged: it promises more bytes than it has")
        return FilePart(self.file, self.path, self.start + start, count)

    def all(self, most_bytes: int) -> bytes:
        """Return all bytes. Raises `DamagedError` if there are more than `most_bytes`."""
        if self.length > most_bytes:
            raise DamagedError(f"{self.path}: {self.length} bytes where at most {most_bytes} are expected")
        return self.read(0, self.length)


def in_memory(raw: bytes, path: Path) -> FilePart:
    """Return bytes that are in memory as a part of a file; path: for messages."""
    return FilePart(io.BytesIO(raw), path, 0, len(raw))


@contextmanager
def opened_part(path: Path) -> Iterator[FilePart]:
    """Open a file for the block, as a part that is all of it.

    Raises `UsageError` unless it is a regular file (no folder, pipe or device), `DamagedError` if it is empty.
    """
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            raise DamagedError(f"{path} is empty")
        yield FilePart(file, path, 0, size)


def _opened(path: Path) -> IO[bytes]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # asked first: to open a pipe is to wait for its other end
            raise UsageError(f"{path} is no regular file; expected a file of weights")
        return path.open("rb")
    except FileNotFoundError:
        raise UsageError(f"no file {path}") from None
    except OSError as error:
        raise UsageError(f"{str(path)[:200]} cannot be read: {error.strerror}") from None
    except ValueError as error:  # a path with a zero byte
        raise UsageError(f"{str(path)[:200]} cannot be read: {error}") from None


class Archive:
    """A zip archive: its list of members is read at once, their content when it is asked for."""

    def __init__(self, part: FilePart) -> None:
        file = _Bounded(part)
        try:
            self.zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError, struct.error) as error:
            raise DamagedError(f"{part.path} is no whole zip archive ({str(error)[:100]})") from None
        self.whole, self.path = part, part.path
        self.infos = {info.filename: info for info in self.zip.infolist()}
        if len(self.infos) != len(self.zip.infolist()):
            raise DamagedError(f"{part.path} has two members of one name")

    def read(self, name: str, most_bytes: int) -> bytes:
        """Return a whole member. Raises `DamagedError` if it is missing, encrypted, damaged or above `most_bytes`."""
        info = self._info(name)
        if info.file_size > most_bytes:
            raise DamagedError(f"{self.path}: '{name[:80]}' has {info.file_size} bytes; expected at most {most_bytes}")
        raw = self.start(name, most_bytes + 1)
        if len(raw) != info.file_size:
            raise DamagedError(f"{self.path}: '{name[:80]}' has not the size that the archive says")
        return raw

    def start(self, name: str, count: int) -> bytes:
        """Return the first bytes of a member, at most `count`."""
        info, parts = self._info(name), []
        try:
            with self.zip.open(info) as member:
                while count > 0 and (raw := member.read(min(count, CHUNK_BYTES))):
                    parts.append(raw)
                    count -= len(raw)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, struct.error) as error:
            raise DamagedError(f"{self.path}: '{name[:80]}' cannot be read ({str(error)[:100]})") from None
        return b"".join(parts)

    def part(self, name: str) -> FilePart:
        """Return a member that lies uncompressed in the archive, unread but with its checksum compared.

        Raises `DamagedError` if it is damaged, and if it is compressed, which members of files of weights never are.
        """
        info = self._info(name)
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise DamagedError(f"{self.path}: '{name[:80]}' is compressed, which no member of a file of weights is")
        head = self.whole.read(info.header_offset, 30)
        start = info.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        part, checksum = self.whole.part(start, info.file_size), 0
        for place in range(0, part.length, CHUNK_BYTES):
            checksum = zlib.crc32(part.read(place, min(CHUNK_BYTES, part.length - place)), checksum)
        if checksum != info.CRC:
            raise DamagedError(f"{self.path}: '{name[:80]}' is damaged (its checksum is another)")
        return part

    def _info(self, name: str) -> zipfile.ZipInfo:
        if name not in self.infos:
            raise DamagedError(f"{self.path} has no member '{name[:80]}'")
        if self.infos[name].flag_bits & 1:
            raise DamagedError(f"{self.path}: '{name[:80]}' is encrypted; decrypt the file first")
        return self.infos[name]


class _Bounded(io.RawIOBase):
    """A part as a file for `zipfile`, which reads the list of members in one piece: that piece is bounded."""

    def __init__(self, part: FilePart) -> None:
        super().__init__()
        self.part, self.position = part, 0

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        left = max(0, self.part.length - self.position)
        count = left if size is None or size < 0 else min(size, left)
        if count > LARGEST_DIRECTORY_BYTES:
            raise OSError(f"a list of members of {count} bytes")
        raw = self.part.read(self.position, count)
        self.position += count
        return raw

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.part.length}[whence]
        if base + offset < 0:
            raise OSError("a place before the first byte")
        self.position = base + offset
        return self.position

    def tell(self) -> int:
        return self.position
