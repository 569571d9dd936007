"""One process at a time writes a run: a lock of the operating system's, which a process loses when it dies."""

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from gan_core.errors import UsageError
from gan_core.files.regular_files import kind_of, open_file, open_to_write

FILE = ".lock"
HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}  # what systems say where another process has it
HOLDER_LETTERS = 40


@contextlib.contextmanager
def locked(directory: Path, unsigned: bool = False) -> Iterator[Callable[[], None]]:
    """Hold a run directory's lock while the block runs. Raises `UsageError` where it cannot be had.

    Gives a function that writes this process's number into the file, for the message that another process gets; it is
    called already, unless the lock is `unsigned`: for a block that may yet see that nothing of the run is to change.
    The file stays when the lock is let go, since removing it would let two processes hold two files of one name.
    """
    path = directory / FILE
    try:
        file = os.fdopen(open_to_write(path, os.O_RDWR), "r+", encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{directory} cannot be written to: {error.strerror}") from None
    with file:
        _take(file, directory)

        def sign() -> None:
            with contextlib.suppress(OSError):  # a full disk need not stop anybody: the number is only for the message
                file.seek(0)
                file.truncate(0)
                file.write(f"pid {os.getpid()}")
                file.flush()

        if not unsigned:
            sign()
        yield sign


def is_held(directory: Path) -> bool:
    """Whether a process holds a run directory's lock; nothing is written. False where that cannot be told."""
    path = directory / FILE
    if kind_of(path) != "a file":
        return False
    try:
        with os.fdopen(open_file(path, os.O_RDWR), "r+") as file:
            _lock(file)  # which is let go with the file
    except OSError as error:
        return error.errno in HELD and os.access(path, os.W_OK)
    return False


def _take(file: IO[str], directory: Path) -> None:
    try:
        _lock(file)
    except OSError as error:
        if error.errno not in HELD:
            raise UsageError(
                f"{directory} lies on a file system that gives no locks ({error.strerror}), without which two "
                "processes could write one run: keep the run on another, as out=DIR on a local disk"
            ) from None
        file.seek(0)
        holder = file.read(HOLDER_LETTERS).strip()
        raise UsageError(
            f"{directory} is in use by another process{f' ({holder})' if holder else ''}: wait for it, or stop it"
        ) from None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(2**30)  # a byte past the text, which others may then still read
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
