"""Signals that ask a training to stop: it ends the step it is at, saves a checkpoint, and says how to go on."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Ctrl-C, `kill` and batch systems, a closed terminal (not on Windows)


@contextlib.contextmanager
def told_of_signals(stop: Callable[[int], object]) -> Iterator[None]:
    """Call `stop` with the number of the first such signal while the block runs; a second does what it did before.

    Signals that the process was told to ignore (by nohup, or a shell's background) stay ignored. Only the main thread
    can listen; in another, signals go where they went before.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    former = {number: signal.getsignal(number) for number in numbers}
    heard = {number: before for number, before in former.items() if before not in (signal.SIG_IGN, None)}

    def restore() -> None:
        for number, before in heard.items():
            signal.signal(number, before)

    def handle(number: int, frame: FrameType | None) -> None:
        restore()
        stop(number)

    for number in heard:
        signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
