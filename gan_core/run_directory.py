"""The files of a run: every path and format is decided here, and nothing is ever half-written.

A file appears by a rename after its bytes are on the disk; a checkpoint is a folder that appears whole.
`done.json` is written last, so a run without it was interrupted. Only steps put checkpoints in order, never clocks.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gan_core import checkpoints
from gan_core.errors import DamagedError, UsageError, WriteError
from gan_core.events import State
from gan_core.experiment import Experiment
from gan_core.formats import FORMAT, check_format
from gan_core.run_lock import FILE as LOCK_FILE

LARGEST_JSON_BYTES = 64 * 2**20
BEGINNINGS = {"samples", "checkpoints", "environment.json", LOCK_FILE}  # of a run that died before it began


class RunDirectory:
    """One run's folder. Reading a missing or foreign one raises `UsageError`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> "RunDirectory":
        """Make a new folder. Raises `UsageError` if it exists with anything in it, or cannot be made.

        What a process left that died before it wrote the experiment counts as nothing.
        """
        try:
            if path.exists():
                _check_unused(path)
            (path / "samples").mkdir(parents=True, exist_ok=True)
            (path / "checkpoints").mkdir(exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot make the run directory {path}: {error.strerror}") from None
        return cls(path)

    @classmethod
    def create_next(cls, parent: Path, stem: str) -> "RunDirectory":
        """Make ``parent/stem-0001``, or the next free number."""
        number = 1
        while True:
            path = parent / f"{stem}-{number:04d}"
            try:
                path.mkdir(parents=True)  # at once: two processes that start together get two numbers
            except FileExistsError:
                number += 1
            except OSError as error:
                raise UsageError(f"cannot make the run directory {path}: {error.strerror}") from None
            else:
                return cls.create(path)

    def check_new(self) -> None:
        """Raise `UsageError` if a run has begun here."""
        _check_unused(self.path)

    @classmethod
    def open(cls, path: Path) -> "RunDirectory":
        """Return an existing run's folder."""
        if not (path / "experiment.toml").is_file():
            raise UsageError(f"{path} is no run directory: it has no experiment.toml")
        return cls(path)

    @property
    def finished(self) -> bool:
        """Whether the run reached its last step."""
        return self.has("done.json")

    def has(self, name: str) -> bool:
        """Whether a file of the run is there."""
        return (self.path / name).is_file()

    def write_text(self, name: str, text: str) -> None:
        """Write a file of the run, whole or not at all."""
        with written_whole(self.path / name) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file of the run, whole or not at all, with the version of its format."""
        self.write_text(name, json.dumps({"format": FORMAT} | dict(content), indent=2) + "\n")

    def read_json(self, name: str) -> dict[str, Any]:
        """Return a JSON file of the run. Raises `UsageError` if it is missing, damaged or of a newer version."""
        path = self.path / name
        try:
            if path.stat().st_size > LARGEST_JSON_BYTES:
                raise UsageError(f"{path} is larger than {LARGEST_JSON_BYTES} bytes; that is no file of ours")
            plain = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from None
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path} is damaged: {str(error).splitlines()[0]}") from None
        if not isinstance(plain, dict):
            raise UsageError(f"{path} is damaged: expected a table, got {type(plain).__name__}")
        check_format(path, plain)
        return plain

    def append_metrics(self, lines: list[dict[str, Any]]) -> None:
        """Append lines to ``metrics.jsonl`` in one write."""
        text = "".join(json.dumps(line) + "\n" for line in lines)
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(text)

    def metrics(self) -> list[dict[str, Any]]:
        """Return the logged lines; one that was cut short is left out."""
        return _rows(self.path / "metrics.jsonl")

    def cut_metrics(self, keep: Callable[[int], bool]) -> list[dict[str, Any]]:
        """Rewrite ``metrics.jsonl`` with the lines of the steps to keep, each once; return them."""
        rows: list[dict[str, Any]] = []
        for row in self.metrics():
            if keep(row["step"]) and (not rows or row["step"] > rows[-1]["step"]):
                rows.append(row)
        self.write_text("metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        return rows

    def append_evaluation(self, line: Mapping[str, Any]) -> None:
        """Append a line to ``evaluations.jsonl``: the scores of a step of the training."""
        with (self.path / "evaluations.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def evaluations(self) -> list[dict[str, Any]]:
        """Return the scores during training; a last line that was cut short is left out."""
        return _rows(self.path / "evaluations.jsonl")

    def cut_evaluations(self, last: int) -> None:
        """Take out the scores of steps after `last`, which a resumed run will work out again."""
        if self.has("evaluations.jsonl"):
            kept = [row for row in self.evaluations() if row["step"] <= last]
            self.write_text("evaluations.jsonl", "".join(json.dumps(row) + "\n" for row in kept))

    def best(self) -> "RunDirectory":
        """Return the folder within this one whose only checkpoint is the best by ``evaluation.best_by``."""
        return RunDirectory(self.path / "best")

    def write_best(self, state: State) -> None:
        """Write the best checkpoint, then remove the one it replaces, which a resumed run may have at a later step."""
        best = self.best()
        (best.path / "checkpoints").mkdir(parents=True, exist_ok=True)
        best.write_checkpoint(state, keep=2)
        for old in best.checkpoints():
            if old.name != f"step-{state.step:07d}":
                checkpoints.remove(old)

    def sample_path(self, step: int) -> Path:
        """Where the sheet of a step lies."""
        return self.path / "samples" / f"step-{step:07d}.png"

    def write_checkpoint(self, state: State, keep: int) -> Path:
        """Write a checkpoint, then remove the oldest ones beyond `keep`; return its folder.

        The metrics up to it are on the disk before it is: a checkpoint without its metrics could not be gone on from.
        Raises `WriteError` if the disk will not have it.
        """
        try:
            self._sync_metrics()
            folder = checkpoints.write(self.path / "checkpoints", state)
            for old in self.checkpoints()[:-keep]:
                checkpoints.remove(old)
        except OSError as error:
            raise WriteError(f"the checkpoint of step {state.step} could not be written: {error.strerror}") from None
        return folder

    def checkpoints(self) -> list[Path]:
        """Return the checkpoint folders, oldest first."""
        steps = {path: checkpoints.step_of(path) for path in (self.path / "checkpoints").glob("step-*")}
        known = {path: step for path, step in steps.items() if step is not None and path.is_dir()}
        return sorted(known, key=lambda path: known[path])

    def read_checkpoint(self, folder: Path, experiment: Experiment | None = None) -> State:
        """Return the state in a checkpoint folder; see `checkpoints.read`."""
        return checkpoints.read(folder, experiment)

    def newest_state(self, experiment: Experiment, on_damage: Callable[[Path, DamagedError], object]) -> State | None:
        """Return the newest state that is whole, or None if there is no checkpoint.

        on_damage: is told of each checkpoint that is passed over. Raises `DamagedError` if that is all of them.
        """
        error = None
        for folder in reversed(self.checkpoints()):
            try:
                return checkpoints.read(folder, experiment)
            except DamagedError as found:
                error = error or found
                on_damage(folder, found)
        if error is not None:
            raise DamagedError(f"{self.path} has no whole checkpoint ({error})")
        return None

    def sweep(self) -> None:
        """Remove what a killed process left half-written."""
        for folder in (self.path, self.path / "samples", self.path / "checkpoints"):
            checkpoints.sweep(folder)

    def _sync_metrics(self) -> None:
        path = self.path / "metrics.jsonl"
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; when the block ends it is synced and takes its final name."""
    handle, name = tempfile.mkstemp(prefix=checkpoints.UNFINISHED, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
        checkpoints.sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _rows(path: Path) -> list[dict[str, Any]]:
    """The lines of a JSON Lines file that tell of a step; one that was cut short is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []:
        with contextlib.suppress(ValueError, RecursionError):
            row = json.loads(line)
            if isinstance(row, dict) and isinstance(row.get("step"), int):
                rows.append(row)
    return rows


def _check_unused(path: Path) -> None:
    """Raise `UsageError`, with what to do, if a directory holds a run or anything else."""
    if not path.is_dir():
        raise UsageError(f"{path} exists already and is no directory; name another with out=DIR")
    if (path / "experiment.toml").is_file():
        run = RunDirectory(path)
        folders = run.checkpoints()
        step = checkpoints.step_of(folders[-1]) if folders else 0
        if run.finished:
            raise UsageError(
                f"{path} exists already: a finished run of {step} steps; name another directory with out=DIR, or go on "
                f"with  gan resume {path} --steps STEPS"
            )
        raise UsageError(f"{path} holds an interrupted run at step {step}: go on with  gan resume {path}")
    if not _mere_beginnings(path):
        raise UsageError(f"{path} exists already; name another directory with out=DIR, or remove it")


def _mere_beginnings(path: Path) -> bool:
    """Whether a directory holds nothing, or nothing but what a run makes before it writes its experiment."""
    found = [*path.iterdir(), *(path / "samples").glob("*"), *(path / "checkpoints").glob("*")]
    return all(one.name in BEGINNINGS or one.name.startswith(checkpoints.UNFINISHED) for one in found)
