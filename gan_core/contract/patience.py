"""A line for those who wait: what takes long is said while it does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gan_core.printing import say

PATIENCE = 10.0  # seconds


@contextmanager
def told_if_slow(text: str) -> Iterator[None]:
    """Tell a line on standard error if what runs within takes more than `PATIENCE` seconds; else nothing."""
    waiting = threading.Timer(PATIENCE, lambda: say(f"gan: {text}"))
    waiting.daemon = True
    waiting.start()
    try:
        yield
    finally:
        waiting.cancel()
