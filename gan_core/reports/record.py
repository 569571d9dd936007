"""What a run has left, read for its report: whatever is missing or damaged becomes a line, and the rest is shown."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from gan_core.data.identity import DataIdentity
from gan_core.errors import ForeignFileError, UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import read_run_experiment
from gan_core.files.regular_files import kind_of
from gan_core.runs.directory import RunDirectory
from gan_core.runs.known_data import kept_identity
from gan_core.runs.loss_curve import curves_of
from gan_core.runs.montage import sheets_of
from gan_core.runs.records import DoneFile, EvaluationFile
from gan_core.training.timetable import Timetable

T = TypeVar("T")
ROUNDING = 1e-3  # of shares, which add up to 1


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """A run as it lies on the disk. experiment, done, evaluation: None where there is none, or none that can be read.

    environment: of ``environment.json``, {} without. rows, evaluations: of ``metrics.jsonl`` and ``evaluations.jsonl``.
    sheets: step → file. checkpoints: their steps. faults: a line for each file that is missing or damaged.
    """

    directory: RunDirectory
    experiment: Experiment | None
    environment: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Mapping[str, Any]] = ()
    evaluations: Sequence[Mapping[str, Any]] = ()
    evaluation: EvaluationFile | None = None
    done: DoneFile | None = None
    sheets: Mapping[int, Path] = field(default_factory=dict)
    checkpoints: Sequence[int] = ()
    faults: Sequence[str] = ()

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.directory.path

    @property
    def name(self) -> str:
        """The experiment's name, or the folder's where there is none."""
        return self.experiment.name if self.experiment else self.path.resolve().name

    @property
    def backend(self) -> str:
        """The backend that it last ran on, "" where nothing says it."""
        return str(self.environment.get("backend", ""))

    @property
    def steps(self) -> int | None:
        """The last step that the experiment asks for."""
        return self.experiment.training.steps if self.experiment else None

    @cached_property
    def last_step(self) -> int:
        """The last step that anything tells of, 0 for a run without one."""
        told = [self.done.step if self.done else 0, *self.checkpoints, *self.sheets]
        logged = (int(lines[-1]["step"]) for lines in (self.rows, self.evaluations) if lines)
        return max([*told, *logged])

    @property
    def finished(self) -> bool:
        """Whether it reached its last step."""
        return self.done is not None and (self.steps is None or self.done.step >= self.steps)

    @cached_property
    def curves(self) -> dict[str, list[tuple[int, float]]]:
        """Each scalar's points, (step, value)."""
        return curves_of(self.rows)

    @cached_property
    def timetable(self) -> Timetable | None:
        """The epochs of its steps, None where the size of the data is not known, or no epoch ever ends."""
        samples = self.environment.get("samples")
        if self.experiment is None or not samples:
            return None
        made = Timetable(self.experiment, samples)
        return made if made.has_epochs else None

    @property
    def epochs_per_step(self) -> float | None:
        """How many epochs a step is, on average over the run."""
        if self.timetable is None:
            return None
        return self.timetable.epoch(self.timetable.steps) / self.timetable.steps

    @cached_property
    def data(self) -> DataIdentity | None:
        """Which data it learned from."""
        try:
            return kept_identity(dict(self.environment))
        except UsageError:
            return None

    @cached_property
    def shares(self) -> dict[str, list[float]]:
        """The share of each class among "generated" samples, and "real" ones if known, in the newest evaluation.

        {} for a run whose samples were not counted.
        """
        last = next((line for line in reversed(self.evaluations) if line.get("class_shares")), None)
        own = self.evaluation.classes if self.evaluation else {}
        if last is None or (own and self.evaluation is not None and self.evaluation.step >= last["step"]):
            return {name: shares for name, shares in own.items() if _are_shares(shares)}
        found = {"generated": last["class_shares"], "real": own.get("real", [])}
        return {name: shares for name, shares in found.items() if _are_shares(shares)}


def read_record(path: str | Path, *, allow_imports: bool = False) -> RunRecord:
    """Return what a run has left.

    allow_imports: whether the modules that it has kept may run, whoever wrote them. Raises `UsageError` for a folder
    that is no run, and `ForeignFileError` for one with something in it that leads out of it.
    """
    directory = RunDirectory.open(Path(path))
    faults: list[str] = []

    def tried(read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except ForeignFileError:
            raise
        except UsageError as error:
            faults.append(str(error))
            return otherwise

    experiment = tried(lambda: _experiment(directory, allow_imports), None)
    environment: dict[str, Any] = tried(directory.environment, {})
    return RunRecord(
        directory=directory,
        experiment=experiment,
        environment=environment,
        rows=_in_order(tried(directory.metrics, [])),
        evaluations=_in_order(tried(directory.evaluations, [])),
        evaluation=tried(directory.evaluation, None),
        done=tried(lambda: directory.done() if directory.has("done.json") else None, None),
        sheets={step: file for step, file in sheets_of(directory).items() if kind_of(file) == "a file"},
        checkpoints=directory.checkpoints.steps(),
        faults=faults,
    )


def _experiment(directory: RunDirectory, allow_imports: bool) -> Experiment | None:
    return read_run_experiment(directory.path / "experiment.toml", allow_imports)


def _in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines by their step, of a step the last: a run that went back may have logged it twice."""
    return list(dict(sorted({row["step"]: row for row in rows}.items())).values())


def _are_shares(shares: Sequence[float]) -> bool:
    whole = abs(sum(shares) - 1) < ROUNDING if all(map(math.isfinite, shares)) else False
    return len(shares) > 1 and whole and min(shares) >= 0
