"""Checkpoints written beside the training: the loop waits for the arrays' values alone, not for the disk."""

import contextlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from gan_core.errors import GanError
from gan_core.runs.directory import Keep, RunDirectory
from gan_core.training.state import State


class CheckpointWriter:
    """Writes one checkpoint at a time in a thread; what goes wrong there is raised by the next call.

    directory: of the run. keep: how many of the newest checkpoints stay, or "all". A state must not change once it is
    handed over, which is why `Trainer.state` copies. The interpreter's end waits for the thread.
    """

    def __init__(self, directory: RunDirectory, keep: Keep) -> None:
        self.directory, self.keep = directory, keep
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[Path] | None = None

    def write(self, state: State) -> None:
        """Begin to write a checkpoint, after the one before it."""
        self.wait()
        self._writing = self._thread.submit(self.directory.write_checkpoint, state, self.keep)

    def check(self) -> None:
        """Raise what went wrong in the thread, if it is done."""
        if self._writing is not None and self._writing.done():
            self.wait()

    def wait(self) -> None:
        """Return when the last checkpoint is on the disk. Raises what went wrong with it."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def close(self) -> None:
        """Wait for the thread and end it, and raise nothing: the error of a failed training is the one to tell."""
        with contextlib.suppress(GanError):
            self.wait()
        self._thread.shutdown()
