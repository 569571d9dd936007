"""The files of a run: every path and format is decided here, and nothing is ever half-written.

A file appears by a rename after its bytes are on the disk; a checkpoint is a folder that appears whole.
`done.json` is written last, so a run without it was interrupted.
"""

import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from gan_core.errors import UsageError, WriteError
from gan_core.experiments.experiment import Experiment
from gan_core.files.disk_errors import write_error
from gan_core.files.format_version import FORMAT
from gan_core.files.regular_files import append_text, check_kind, check_tree, kind_of, make_folder, open_file
from gan_core.files.whole_files import sweep, written_whole
from gan_core.runs.checkpoint_folder import CheckpointFolder, OnDamage
from gan_core.runs.checkpoints import step_name
from gan_core.runs.records import (
    DoneFile,
    EnvironmentFile,
    EvaluationFile,
    as_lines,
    checked,
    each_once,
    evaluation_line,
    metrics_line,
    read_lines,
    read_table,
)
from gan_core.runs.unused_folder import check_unused
from gan_core.training.state import State
from gan_core.training.timetable import Timetable

Keep = int | Literal["all"]  # checkpoints: the newest so many, or all


class RunDirectory:
    """One run's folder. checkpoints: the newest ones. Reading a missing or foreign file raises `UsageError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = CheckpointFolder(path / "checkpoints")

    @classmethod
    def create(cls, path: Path) -> "RunDirectory":
        """Make a new folder. Raises `UsageError` if it exists with anything in it, or cannot be made.

        What a process left that died before it wrote the experiment counts as nothing.
        """
        run = cls(path)
        try:
            if path.exists():
                check_unused(path)
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
        check_unused(self.path)

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

    def evaluation(self) -> EvaluationFile | None:
        """Return ``evaluation.json``, or None for a run that was not evaluated. Raises as `read_json`."""
        if not self.has("evaluation.json"):
            return None
        return checked(self.path / "evaluation.json", self.read_json("evaluation.json"), EvaluationFile)

    def append_metrics(self, lines: list[dict[str, Any]]) -> None:
        """Append lines to ``metrics.jsonl`` in one write."""
        append_text(self.path / "metrics.jsonl", as_lines(lines))

    def metrics(self) -> list[dict[str, Any]]:
        """Return the logged lines; one that was cut short is left out."""
        return read_lines(self.path / "metrics.jsonl", metrics_line)

    def cut_metrics(self, keep: Callable[[int], bool]) -> list[dict[str, Any]]:
        """Rewrite ``metrics.jsonl`` with the lines of the steps to keep, each once; return them."""
        rows = each_once(self.metrics(), keep)
        self.write_text("metrics.jsonl", as_lines(rows))
        return rows

    def append_evaluation(self, line: Mapping[str, Any]) -> None:
        """Append a line to ``evaluations.jsonl``: the scores of a step of the training."""
        append_text(self.path / "evaluations.jsonl", as_lines([line]))

    def evaluations(self) -> list[dict[str, Any]]:
        """Return the scores during training; a last line that was cut short is left out."""
        return read_lines(self.path / "evaluations.jsonl", evaluation_line)

    def cut_evaluations(self, keep: Callable[[int], bool]) -> None:
        """Rewrite ``evaluations.jsonl`` with the lines of the steps to keep, each once; a run may have no such file."""
        if self.has("evaluations.jsonl"):
            self.write_text("evaluations.jsonl", as_lines(each_once(self.evaluations(), keep)))

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

    @property
    def best(self) -> CheckpointFolder:
        """The folder of the best checkpoint by ``evaluation.best_by``, and for a time of earlier bests.

        Raises `ForeignFileError` for a name that leads out of the run.
        """
        check_kind(self.path / "best", "a folder")
        return CheckpointFolder(self.path / "best" / "checkpoints")

    def write_best(self, state: State, keep: Callable[[int], bool] = lambda _: False) -> None:
        """Write the best checkpoint, then remove those it replaces: of later steps, and of earlier ones but for `keep`.

        keep: whether a run that went back would need the best checkpoint of a step again. Raises `WriteError`.
        """
        best = self.best
        try:
            make_folder(best.path.parent)
            make_folder(best.path)
        except OSError as error:
            raise write_error(best.path.parent, error) from None
        try:
            best.write(state)
        except OSError as error:
            raise _unwritten(state.step, error) from None
        best.keep_only(lambda step: step == state.step or (step < state.step and keep(step)))

    def sample_path(self, step: int) -> Path:
        """Return the path of the sheet of a step."""
        return self.file(f"samples/{step_name(step)}.png")

    def write_checkpoint(self, state: State, keep: Keep) -> Path:
        """Write a checkpoint, then remove the oldest ones beyond `keep` (none for "all"); return its folder.

        The metrics up to it are on the disk before it is: a checkpoint without its metrics could not be gone on from.
        Raises `WriteError` if the disk will not have it, `TrainingError` for a state that is not finite.
        """
        check_kind(self.checkpoints.path, "a folder")
        try:
            self._sync_lines()
            folder = self.checkpoints.write(state)
            self._remember(state.step)
            if keep != "all":
                self.checkpoints.prune(keep, up_to=state.step)
        except OSError as error:
            raise _unwritten(state.step, error) from None
        return folder

    def newest_state(self, experiment: Experiment, on_damage: OnDamage) -> State | None:
        """Return the newest state that is whole, or None for a run that never had a checkpoint.

        on_damage, and errors: see `CheckpointFolder.newest`.
        """
        return self.checkpoints.newest(experiment, on_damage, lambda: self._had_checkpoint(experiment))

    def sweep(self) -> None:
        """Remove what a killed process left half-written."""
        sweep(self.path)
        for name in ("samples", "evaluation", "best"):
            check_kind(self.path / name, "a folder")
            sweep(self.path / name)
        self.checkpoints.sweep()
        self.best.sweep()

    def _had_checkpoint(self, experiment: Experiment) -> str | None:
        """Return what tells that a run without a checkpoint had one once, or None.

        Of a run that died young, nothing does: it began, and may begin again. A training waits for a checkpoint before
        it begins the next, so one that logged a step after the second has written the first.
        """
        content = EnvironmentFile(backend="")
        if self.has("environment.json"):
            content = checked(self.path / "environment.json", self.read_json("environment.json"), EnvironmentFile)
        logged = max((row["step"] for row in self.metrics()), default=0)
        signs = {
            "it was finished once": self.has("done.json"),
            f"it had one of step {content.first_checkpoint}": content.first_checkpoint is not None,
            "it goes on from another run's": bool(content.imported),
            "its history goes on from one": any(one.first_step > 1 or one.last_step for one in content.history),
            f"metrics.jsonl knows step {logged}": logged > _second_checkpoint(experiment, content.samples),
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


def _second_checkpoint(experiment: Experiment, samples: int | None) -> float:
    """The step of a training's second checkpoint; samples: how many the data have, if that is known."""
    interval = experiment.checkpoint
    if interval.every_steps is not None:
        return 2 * interval.every_steps
    if interval.every_epochs is None or samples is None:
        return math.inf
    return Timetable(experiment, samples).step_of_epoch(2 * interval.every_epochs)


def _unwritten(step: int, error: OSError) -> WriteError:
    return write_error(f"the checkpoint of step {step}", error)
