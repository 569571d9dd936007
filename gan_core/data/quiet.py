"""Silence for C libraries that write to standard error past Python: libtiff says a line for every damaged strip."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_STANDARD_ERROR = 2  # the file descriptor


class _Silence:
    """Standard error thrown away while any thread is inside; the first in turns it away, the last out turns it back."""

    def __init__(self) -> None:
        self.lock, self.inside, self.kept = threading.Lock(), 0, -1

    def __enter__(self) -> None:
        with self.lock:
            self.inside += 1
            if self.inside == 1:
                self.kept = _turned_away()

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0 and self.kept >= 0:
                os.dup2(self.kept, _STANDARD_ERROR)
                os.close(self.kept)
                self.kept = -1


def _turned_away() -> int:
    """Point the descriptor nowhere and return a copy of what it was, or −1 where it is closed."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
        kept = os.dup(_STANDARD_ERROR)
    except (OSError, ValueError):
        return -1
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STANDARD_ERROR)
    os.close(nowhere)
    return kept


_SILENCE = _Silence()


@contextlib.contextmanager
def quiet(needed: bool) -> Iterator[None]:
    """Throw away what is written to standard error within the block, if that is needed.

    It is the whole process's: a line that another thread writes at that moment is lost too.
    """
    if not needed:
        yield
        return
    with _SILENCE:
        yield
