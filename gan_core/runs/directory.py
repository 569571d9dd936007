"""The files of a run: every path and format is decided here, and nothing is ever half-written.

A file appears by a rename after its bytes are on the disk; a checkpoint is a folder that appears whole.
`done.json` is written last, so a run without it was interrupted. Only steps put checkpoints in order, never clocks.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gan_core.errors import DamagedError, UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.files.disk_errors import write_error
from gan_core.files.format_version import FORMAT
from gan_core.files.own_files import append_text, check_kind, check_tree, kind_of, make_folder, open_file
from gan_core.files.whole_files import DAMAGED, UNFINISHED, sweep, written_whole
from gan_core.runs import checkpoints
from gan_core.runs.lock import FILE as LOCK_FILE
from gan_core.runs.records import (
    DoneFile,
    EnvironmentFile,
    checked,
    evaluation_line,
    metrics_line,
    read_lines,
    read_table,
)
from gan_core.training.state import State

MOST_READS = 1000  # of checkpoints, by a reader beside a training that removes them
SURE_READS = 20  # of a folder that seems empty: a listing may miss both the old name and the new one
# of a run that died before it began; one that takes its state from elsewhere has a checkpoint of step 0 by then
BEGINNINGS = {"samples", "checkpoints", "imports", "environment.json", LOCK_FILE, checkpoints.folder_name(0)}


class RunDirectory:
    """One run's folder. Reading a missing or foreign one raises `UsageError`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> "RunDirectory":
        """Make a new folder. Raises `UsageError` if it exists with anything in it, or cannot be made.

        What a process left that died before it wrote the experiment counts as nothing.
        """
        run = cls(path)
        try:
            if path.exists():
                _check_unused(path)
            path.mkdir(parents=True, exist_ok=True)
            run.make_folders()
        except OSError as error:
            raise UsageError(f"cannot make the run directory {path}: {error.strerror}") from None
        return run

    def make_folders(self) -> None:
        """Make what files are written into, for a new run or one that was copied without its empty folders."""
        make_folder(self.path / "samples")
        make_folder(self.path / "checkpoints")

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
        """Return an existing run's folder, in which nothing leads out of it."""
        try:
            if kind_of(path / "experiment.toml") is None:
                raise UsageError(f"{path} is no run directory: it has no experiment.toml")
            check_tree(path)
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from None
        return cls(path)

    @property
    def finished(self) -> bool:
        """Whether the run reached its last step."""
        return self.has("done.json")

    def has(self, name: str) -> bool:
        """Whether a file of the run is there."""
        return kind_of(self.path / name) == "a file"

    def write_text(self, name: str, text: str) -> None:
        """Write a file of the run, whole or not at all. Raises `WriteError`."""
        with written_whole(self.file(name)) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file of the run, whole or not at all, with the version of its format."""
        self.write_text(name, json.dumps({"format": FORMAT} | dict(content), indent=2) + "\n")

    def read_json(self, name: str) -> dict[str, Any]:
        """Return a JSON file of the run. Raises `UsageError` if it is missing, damaged or of a newer version."""
        return read_table(self.path / name)

    def environment(self) -> dict[str, Any]:
        """Return ``environment.json``, which holds what `EnvironmentFile` says and more. Raises as `read_json`."""
        plain = self.read_json("environment.json")
        checked(self.path / "environment.json", plain, EnvironmentFile)
        return plain

    def done(self) -> DoneFile:
        """Return ``done.json``. Raises as `read_json`."""
        return checked(self.path / "done.json", self.read_json("done.json"), DoneFile)

    def append_metrics(self, lines: list[dict[str, Any]]) -> None:
        """Append lines to ``metrics.jsonl`` in one write."""
        append_text(self.path / "metrics.jsonl", _as_lines(lines))

    def metrics(self) -> list[dict[str, Any]]:
        """Return the logged lines; one that was cut short is left out."""
        return read_lines(self.path / "metrics.jsonl", metrics_line)

    def cut_metrics(self, keep: Callable[[int], bool]) -> list[dict[str, Any]]:
        """Rewrite ``metrics.jsonl`` with the lines of the steps to keep, each once; return them."""
        rows = _kept(self.metrics(), keep)
        self.write_text("metrics.jsonl", _as_lines(rows))
        return rows

    def append_evaluation(self, line: Mapping[str, Any]) -> None:
        """Append a line to ``evaluations.jsonl``: the scores of a step of the training."""
        append_text(self.path / "evaluations.jsonl", _as_lines([line]))

    def evaluations(self) -> list[dict[str, Any]]:
        """Return the scores during training; a last line that was cut short is left out."""
        return read_lines(self.path / "evaluations.jsonl", evaluation_line)

    def cut_evaluations(self, keep: Callable[[int], bool]) -> None:
        """Rewrite ``evaluations.jsonl`` with the lines of the steps to keep, each once; a run may have no such file."""
        if self.has("evaluations.jsonl"):
            self.write_text("evaluations.jsonl", _as_lines(_kept(self.evaluations(), keep)))

    def file(self, name: str) -> Path:
        """Return the path of a file of the run, ``NAME`` or ``FOLDER/NAME``, with nothing on the way that leads out."""
        path = self.path / name
        if path.parent != self.path:
            check_kind(path.parent, "a folder")
        check_kind(path, "a file")
        return path

    def folder(self, name: str) -> Path:
        """Return the path of a folder of the run, which is made if it is not there."""
        make_folder(self.path / name)
        return self.path / name

    def best(self) -> "RunDirectory":
        """Return the folder within this one whose only checkpoint is the best by ``evaluation.best_by``."""
        check_kind(self.path / "best", "a folder")
        return RunDirectory(self.path / "best")

    def write_best(self, state: State, keep: Callable[[int], bool] = lambda _: False) -> None:
        """Write the best checkpoint, then remove those it replaces: of later steps, and of earlier ones but for `keep`.

        keep: a step's, that a run which went back would need again.
        """
        best = self.best()
        try:
            make_folder(best.path)
            make_folder(best.path / "checkpoints")
        except OSError as error:
            raise write_error(best.path, error) from None
        best.write_checkpoint(state, keep=len(best.checkpoints()) + 1)
        best.cut_checkpoints(lambda step: step == state.step or (step < state.step and keep(step)))

    def cut_checkpoints(self, keep: Callable[[int], bool]) -> None:
        """Remove the checkpoints of all steps but those to keep. Raises `WriteError`."""
        try:
            for folder in self.checkpoints():
                if not keep(checkpoints.step_of(folder) or 0) and checkpoints.is_ours(folder):
                    checkpoints.remove(folder)
        except OSError as error:
            raise write_error(f"{self.path / 'checkpoints'}: an old checkpoint", error) from None

    def sample_path(self, step: int) -> Path:
        """Where the sheet of a step lies."""
        return self.file(f"samples/step-{step:07d}.png")

    def write_checkpoint(self, state: State, keep: int) -> Path:
        """Write a checkpoint, then remove the oldest ones beyond `keep`; return its folder.

        The metrics up to it are on the disk before it is: a checkpoint without its metrics could not be gone on from.
        Raises `WriteError` if the disk will not have it, `TrainingError` for a state that is not finite.
        """
        check_kind(self.path / "checkpoints", "a folder")
        try:
            self._sync_lines()
            folder = checkpoints.write(self.path / "checkpoints", state)
            self._remember(state.step)
            up_to_it = [path for path in self.checkpoints() if (checkpoints.step_of(path) or 0) <= state.step]
            for old in up_to_it[:-keep]:
                if checkpoints.is_ours(old):
                    checkpoints.remove(old)
        except OSError as error:
            raise write_error(f"the checkpoint of step {state.step}", error) from None
        return folder

    def checkpoints(self) -> list[Path]:
        """Return the checkpoint folders, oldest first. Raises `ForeignFileError` for a name that stands for a link."""
        check_kind(self.path / "checkpoints", "a folder")
        steps = {path: checkpoints.step_of(path) for path in (self.path / "checkpoints").glob("step-*")}
        known = {path: step for path, step in steps.items() if step is not None}
        for path in known:
            check_kind(path, "a folder")
        return sorted(known, key=lambda path: known[path])

    def read_checkpoint(self, folder: Path, experiment: Experiment | None = None) -> State:
        """Return the state in a checkpoint folder; see `checkpoints.read`."""
        return checkpoints.read(folder, experiment)

    def newest_state(self, experiment: Experiment, on_damage: Callable[[Path, DamagedError], object]) -> State | None:
        """Return the newest state that is whole, or None for a run that never had a checkpoint.

        on_damage: is told of each checkpoint that is passed over, once a whole one was found. A checkpoint that a
        training removes while it is read is none of them: there is a newer one. Raises `DamagedError` if all are
        damaged, or gone.
        """
        passed: dict[Path, DamagedError] = {}
        tried: set[tuple[str, int] | None] = {None}
        for attempt in range(MOST_READS):
            folder = next((path for path in reversed(self.checkpoints()) if _identity(path) not in tried), None)
            if folder is None:
                if passed or attempt >= SURE_READS + len(tried):
                    break
                continue
            tried.add(identity := _identity(folder))
            try:
                state = checkpoints.read(folder, experiment)
            except DamagedError as error:
                if identity is not None and _identity(folder) == identity:
                    passed[folder] = error
                continue
            for damaged, found in passed.items():
                on_damage(damaged, found)
            return state
        reason = str(next(iter(passed.values()))) if passed else self._had_checkpoint(experiment)
        if reason is None:
            return None
        raise DamagedError(
            f"{self.path} has no whole checkpoint ({reason}): put a copy of one back into {self.path / 'checkpoints'}"
        )

    def sweep(self) -> None:
        """Remove what a killed process left half-written."""
        sweep(self.path)
        for name in ("samples", "checkpoints", "evaluation", "best", "best/checkpoints"):
            check_kind(self.path / name, "a folder")
            sweep(self.path / name)

    def _had_checkpoint(self, experiment: Experiment) -> str | None:
        """Return what tells that a run without a checkpoint had one once, or None.

        Of a run that died young, nothing does: it began, and may begin again. A training waits for a checkpoint before
        it begins the next, so one that logged a step after the second has written the first.
        """
        set_aside = sorted((self.path / "checkpoints").glob(f"{DAMAGED}*"))
        content = EnvironmentFile(backend="")
        if self.has("environment.json"):
            content = checked(self.path / "environment.json", self.read_json("environment.json"), EnvironmentFile)
        logged = max((row["step"] for row in self.metrics()), default=0)
        signs = {
            f"{set_aside[0].name if set_aside else ''} was set aside": bool(set_aside),
            "it was finished once": self.has("done.json"),
            f"it had one of step {content.first_checkpoint}": content.first_checkpoint is not None,
            "it goes on from another run's": bool(content.imported),
            "its history goes on from one": any(one.first_step > 1 or one.last_step for one in content.history),
            f"metrics.jsonl knows step {logged}": logged > 2 * experiment.checkpoint.every_steps,
        }
        return next((sign for sign, seen in signs.items() if seen), None)

    def _remember(self, step: int) -> None:
        """Write down that a checkpoint took its name, if it is the first."""
        if self.has("environment.json") and "first_checkpoint" not in (content := self.read_json("environment.json")):
            self.write_json("environment.json", content | {"first_checkpoint": step})

    def _sync_lines(self) -> None:
        for name in ("metrics.jsonl", "evaluations.jsonl"):
            if self.has(name):
                with os.fdopen(open_file(self.path / name), "rb") as file:
                    os.fsync(file.fileno())


def _as_lines(rows: list[Mapping[str, Any]] | list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def _kept(rows: list[dict[str, Any]], keep: Callable[[int], bool]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for row in rows:
        if keep(row["step"]) and (not kept or row["step"] > kept[-1]["step"]):
            kept.append(row)
    return kept


def _identity(folder: Path) -> tuple[str, int] | None:
    """What tells a checkpoint from another of the same name, written after it; None if it is gone."""
    try:
        return folder.name, os.lstat(folder).st_ino
    except OSError:
        return None


def _check_unused(path: Path) -> None:
    """Raise `UsageError`, with what to do, if a directory holds a run or anything else."""
    if not path.is_dir():
        raise UsageError(f"{path} exists already and is no directory; name another with out=DIR")
    check_tree(path)
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
    return all(one.name in BEGINNINGS or one.name.startswith(UNFINISHED) for one in found)
