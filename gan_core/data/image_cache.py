"""Images decoded once: a memory-mapped array in the user's cache folder, which later runs only map.

Two files for each folder and target: ``NAME-WHERE-WHAT.npy``, uint8 [count, C, H, W], and beside it a ``.json`` with
the images that could not be read, the checksum of the pixels, and the size and time of the ``.npy``, by which damage is
noticed. WHERE stands for the folder and the target, WHAT for the listing: names, sizes and times of modification. A
file that was replaced by one with the same size *and* time goes unnoticed, as with rsync. A ``.txt`` beside the two
lists what was passed over.
"""

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from gan_core.data.decoding import Target, attempt, decoding
from gan_core.data.places import cache_folder
from gan_core.data.unreadable import printable
from gan_core.errors import DataError
from gan_core.live_lines import counted

FORMAT = 2
"""Part of every name; counted up when the same files would be decoded to other pixels."""
FOLDER = "decoded-images"  # not "images": a path that a user gives is looked for in the cache, too
BYTES_AT_ONCE = 2**26


class ListedFile(NamedTuple):
    """A file in a folder.

    name: the path relative to the folder, with slashes. size: bytes, −1 for what is no regular file. modified_ns: the
    time of modification, in nanoseconds.
    """

    name: str
    size: int
    modified_ns: int


class DecodedImages(NamedTuple):
    """The images of a folder.

    pixels: uint8 [count, C, H, W], mapped read-only. unreadable: file name → why it is left out. pixels_sha256: the
    checksum of the bytes of `pixels`, in order. brightest: the largest value. list_path: where the list of the files
    that are left out may be written.
    """

    pixels: np.ndarray
    unreadable: dict[str, str]
    pixels_sha256: str
    brightest: int
    list_path: Path


class _Written(NamedTuple):
    """What is known of the pixels once they are in the cache's file; see `DecodedImages`."""

    unreadable: dict[str, str]
    pixels_sha256: str
    brightest: int


def decoded_images(folder: Path, files: Sequence[ListedFile], target: Target) -> DecodedImages:
    """Return the images of `files`, in their order, less those that cannot be read; from the cache if it has them.

    Raises `DataError` if none can be read, or if the cache folder cannot be written.
    """
    path = _cache_path(folder, files, target)
    cached = _mapped(path, files, target)
    # What could not be read is tried again: it may have been a matter of permissions, or of an older Pillow.
    if cached and not any(_readable(folder / name, target) for name in cached.unreadable):
        return cached
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, folder, files, target)
    except OSError as error:
        raise DataError(
            f"{folder}: the decoded images cannot be written to {path.parent} ({error.strerror or error}); "
            "make room there, or let XDG_CACHE_HOME name another folder"
        ) from None
    written = _mapped(path, files, target)
    if written is None:
        raise DataError(f"{path} was changed by something else while it was written; run this again")
    return written


def _cache_path(folder: Path, files: Sequence[ListedFile], target: Target) -> Path:
    # The folder itself is part of the name: two folders may well hold 000.bmp … of equal sizes from one archive.
    where = f"{FORMAT}\0{folder.resolve()}\0{target}"
    what = "\n".join(f"{file.name}\0{file.size}\0{file.modified_ns}" for file in files)
    readable = re.sub(r"[^A-Za-z0-9_]+", "_", folder.resolve().name)[:40]
    return cache_folder() / FOLDER / f"{readable}-{_digest(where)}-{_digest(what)}.npy"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()


def _mapped(path: Path, files: Sequence[ListedFile], target: Target) -> DecodedImages | None:
    """Return the images in the cache, or None if there are none, or a file is not as it was written."""
    try:
        note = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        known = _Written(dict(note["unreadable"]), str(note["pixels_sha256"]), int(note["brightest"]))
        pixels = np.load(path, mmap_mode="r", allow_pickle=False)
        untouched = note["array"] == _stamp(path.stat())
    except (OSError, ValueError, KeyError, TypeError, EOFError, RecursionError):
        return None
    if not untouched or pixels.dtype != np.uint8 or pixels.shape != (len(files) - len(known.unreadable), *target.shape):
        return None
    return DecodedImages(pixels, *known, list_path=path.with_suffix(".txt"))


def _stamp(status: os.stat_result) -> list[int]:
    """Return size and time of a file, by which it is known to be as it was written; a new name changes neither."""
    return [status.st_size, status.st_mtime_ns]


def _readable(path: Path, target: Target) -> bool:
    with decoding():
        return not isinstance(attempt(path, target), str)


def _write(path: Path, folder: Path, files: Sequence[ListedFile], target: Target) -> None:
    """Decode all files into `path`, which appears whole or not at all; it counts once its ``.json`` is there too."""
    with _whole(path) as file:
        written = _write_array(file, folder, files, target)
    facts = {"folder": str(folder), "target": str(target), "files": len(files)}
    try:
        note = facts | written._asdict() | {"array": _stamp(path.stat())}
        with _whole(path.with_suffix(".json")) as beside:
            beside.write(json.dumps(note, indent=1).encode())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    # One listing of a folder replaces the one before, or every added image would leave gigabytes behind.
    for old in path.parent.glob(f"{path.stem.rpartition('-')[0]}-*"):
        if old.stem != path.stem and old.suffix in (".npy", ".json", ".txt"):
            with contextlib.suppress(OSError):  # Windows refuses while another process maps it
                old.unlink()


def _write_array(file: BinaryIO, folder: Path, files: Sequence[ListedFile], target: Target) -> _Written:
    """Write an ``.npy`` file image by image.

    Not through a map of the new file: where a disk is full, that ends the process in place of raising `OSError`.
    """
    unreadable: dict[str, str] = {}
    checksum, brightest = hashlib.sha256(), 0
    _write_header(file, (len(files), *target.shape))
    start = file.tell()
    # closed at once when writing fails, so that the progress bar is gone before the error is shown
    with contextlib.closing(_outcomes(folder, files, target)) as outcomes:
        for listed, outcome in zip(files, outcomes, strict=True):
            if isinstance(outcome, str):
                unreadable[listed.name] = outcome
            else:
                content = outcome.tobytes()
                file.write(content)
                checksum.update(content)
                brightest = max(brightest, int(outcome.max()))
    if len(unreadable) == len(files):
        name, reason = next(iter(unreadable.items()))
        raise DataError(f"{folder}: none of its {len(files):,} images can be read; the first: {one_line(name, reason)}")
    file.seek(0)
    _write_header(file, (len(files) - len(unreadable), *target.shape))
    assert file.tell() == start, "NumPy leaves room in the header for another count"
    return _Written(unreadable, checksum.hexdigest(), brightest)


def _write_header(file: BinaryIO, shape: tuple[int, ...]) -> None:
    header: dict[str, Any] = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)


def _outcomes(folder: Path, files: Sequence[ListedFile], target: Target) -> Generator[np.ndarray | str]:
    """Yield the pixels of every file, or the reason why it has none; threads help, since decoders release the lock."""
    workers = _cores()
    # a part at a time, so that decoded images cannot pile up before the disk
    part = max(2 * workers, min(1024, BYTES_AT_ONCE // int(np.prod(target.shape))))
    done = partial(attempt, target=target)
    name = f"decoding {printable(folder.name)}"
    with decoding(), counted(name, len(files), "images") as show, ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(files), part):
            outcomes = pool.map(done, [folder / file.name for file in files[start : start + part]])
            for number, outcome in enumerate(outcomes, start + 1):
                show(number)
                yield outcome


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """Give the block a temporary file, which takes the name `path` once it is written and on the disk."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}-", suffix=".partial")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a power cut may leave the name with nothing behind it
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def one_line(name: str, reason: str) -> str:
    """Return "name (reason)"; a file's name may hold line breaks, or bytes that are no text."""
    return f"{printable(name)} ({reason})"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
