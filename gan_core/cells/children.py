"""The processes of cells that run on this machine: one list of them, by which all can be asked to stop.

A process is asked through its standard input, a pipe that nothing is ever written to: its end means that the parent
wants it to stop, or is gone, even if that was killed. So no process outlives the study that it belongs to, and a
training ends its step and saves a checkpoint.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time

PATIENCE = 30.0  # seconds in which a process that was asked to stop may end its step and save a checkpoint


class Children:
    """The processes that a pool has begun and that have not ended yet. It is used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[subprocess.Popen[str]] = []
        self._stopped = False

    def add(self, process: subprocess.Popen[str]) -> None:
        """Take in a process that has begun; one that comes after `stop` is asked to stop at once."""
        with self._lock:
            self._running.append(process)
            if self._stopped:
                _ask_to_stop(process)

    def stop(self, patience: float = PATIENCE) -> None:
        """Ask all to stop, and kill those that have not ended after `patience` seconds."""
        with self._lock:
            self._stopped = True
            running = [process for process in self._running if process.poll() is None]
            for process in running:
                _ask_to_stop(process)
        last = time.monotonic() + patience
        try:
            for process in running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=max(0.0, last - time.monotonic()))
        finally:  # also where somebody presses Ctrl-C again
            for process in running:
                if process.poll() is None:
                    process.kill()


def _ask_to_stop(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def stop_with_parent() -> None:
    """Have this process stop as by SIGTERM as soon as its standard input ends, and leave Ctrl-C to its parent.

    A terminal sends Ctrl-C to the parent too, which then asks; a second signal would end a training within its step.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="waits for the end of its parent", daemon=True).start()
