"""One process at a time writes a run: a lock of the operating system's, which a process loses when it dies."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from gan_core.errors import UsageError

FILE = ".lock"


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold a run directory's lock while the block runs. Raises `UsageError` where another process holds it.

    The file stays when the lock is let go: removing it would let two processes hold two files of one name.
    """
    path = directory / FILE
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{directory} cannot be written to: {error.strerror}") from None
    with file:
        if not _taken(file):
            file.seek(0)
            holder = file.read(40).strip()
            raise UsageError(
                f"{directory} is in use by another process{f' ({holder})' if holder else ''}: wait for it, or stop it"
            )
        with contextlib.suppress(OSError):  # a full disk need not stop anybody: the number is only for the message
            file.truncate(0)
            file.write(f"pid {os.getpid()}")
            file.flush()
        yield


if sys.platform == "win32":
    import msvcrt

    def _taken(file: IO[str]) -> bool:
        file.seek(2**30)  # a byte past the text, which others may then still read
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _taken(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
