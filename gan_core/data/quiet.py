"""Silence for C libraries that write to standard error past Python: libtiff says a line for every damaged strip."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_STANDARD_ERROR = 2  # the file descriptor


class _Silence:
    """Throws standard error away while any thread is inside: the first in diverts it, the last out restores it."""

    def __init__(self) -> None:
        self.lock, self.inside, self.original = threading.Lock(), 0, -1

    def __enter__(self) -> None:
        with self.lock:
            self.inside += 1
            if self.inside == 1:
                self.original = _diverted()

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0 and self.original >= 0:
                os.dup2(self.original, _STANDARD_ERROR)
                os.close(self.original)
                self.original = -1


def _diverted() -> int:
    """Point standard error nowhere and return a descriptor of what it was, or −1 where it is closed."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
        original = os.dup(_STANDARD_ERROR)
    except (OSError, ValueError):
        return -1
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STANDARD_ERROR)
    os.close(nowhere)
    return original


_SILENCE = _Silence()


@contextlib.contextmanager
def quiet(needed: bool) -> Iterator[None]:
    """Throw away what is written to standard error while the block runs, if that is needed.

    Standard error belongs to the whole process: a line that another thread writes at that moment is lost too.
    """
    if not needed:
        yield
        return
    with _SILENCE:
        yield
