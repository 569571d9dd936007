"""A logger: what is told of a training, a step at a time, from its beginning even where the run goes on.

The files of a run are the truth. A logger is told of every step that they hold before it is told of new ones, so that
what it shows is that of a run never interrupted, and one that was lost, or never asked for, can be made at any time.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.runs.directory import RunDirectory
from gan_core.runs.montage import sheets_of
from gan_core.runs.records import EvaluationLine, is_number, is_scalar
from gan_core.training.events import Evaluated, Event, RunEnded, RunStarted, SamplesDrawn, ScalarsLogged, StepEnded


@dataclass(frozen=True, kw_only=True)
class LoggedStep:
    """What there is to tell of a step.

    seconds: of training so far, without callbacks; images: real samples that so many batches hold; both None where no
    line of metrics is due.
    scalars: the last known value of each scalar, as ``phase/name``. of_step: phase → the step that its scalars are of,
    where that is an earlier one.
    scores: of an evaluation, by name. sheet: the picture of a sheet of samples, or None.
    """

    step: int
    seconds: float | None = None
    images: int | None = None
    scalars: Mapping[str, float] = field(default_factory=dict)
    of_step: Mapping[str, int] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    sheet: Path | None = None

    @property
    def new_scalars(self) -> dict[str, tuple[int, float]]:
        """Each scalar with the step that it is of."""
        steps = {name: self.of_step.get(name.partition("/")[0], self.step) for name in self.scalars}
        return {name: (steps[name], value) for name, value in self.scalars.items()}


@dataclass(frozen=True, kw_only=True)
class LoggedRun:
    """The run that a logger is told of. experiment: as it is trained now."""

    directory: RunDirectory
    experiment: Experiment

    @property
    def path(self) -> Path:
        """The run's folder, in which a logger's own files belong."""
        return self.directory.path

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return self.path.resolve().name

    @property
    def facts(self) -> dict[str, Any]:
        """What ``environment.json`` says: backend, device, versions. {} where it cannot be read."""
        return self.directory.environment() if self.directory.has("environment.json") else {}

    def steps(self, last: int) -> Iterator[LoggedStep]:
        """Yield what the run's files hold, step by step, up to the step `last`."""
        found: dict[int, LoggedStep] = {}
        for row in self.directory.metrics():
            scalars = {name: float(value) for name, value in row.items() if is_scalar(name)}
            more: dict[str, Any] = {key: row.get(key) for key in ("seconds", "images")}
            found[row["step"]] = LoggedStep(step=row["step"], scalars=scalars, of_step=row.get("of_step", {}), **more)
        for row in self.directory.evaluations():
            known = found.get(row["step"]) or LoggedStep(step=row["step"])
            found[row["step"]] = replace(known, scores=scores_of(row))
        for step, sheet in sheets_of(self.directory).items():
            found[step] = replace(found.get(step) or LoggedStep(step=step), sheet=sheet)
        yield from (found[step] for step in sorted(found) if step <= last)


class Logger:
    """Base of loggers, and a callback: made for a run, then told its steps. A method that is not needed is left out.

    Made with the run alone; nothing may be written before `begin`. Steps come in order, those that the run's files hold
    first: all up to where it goes on.
    """

    def __init__(self, run: LoggedRun) -> None:
        self.run = run
        self._told = -1  # the last step of the files that was told
        self._step: LoggedStep | None = None  # what is known of the step that is being made

    def begin(self) -> None:
        """Start anew: forget what was logged of the run before, and take note of its experiment."""

    def log(self, step: LoggedStep) -> None:
        """Take in a step."""

    def caught_up(self) -> None:
        """Show what the run's files held, all of which has been told now."""

    def end(self) -> None:
        """Take note that the run has reached its last step."""

    def close(self) -> None:
        """Let go of files, however the training ended."""

    def __call__(self, event: Event) -> None:
        """Turn an event into calls of the methods."""
        match event:
            case RunStarted():
                self.catch_up(event.first_step)
            case ScalarsLogged():
                told = {"seconds": round(event.seconds, 4), "images": event.images}  # as in the run's own line
                self._note(event.step, scalars=event.scalars, of_step=event.of_step, **told)
            case SamplesDrawn():
                self._note(event.step, sheet=self.run.directory.sample_path(event.step))
            case Evaluated():
                self._note(event.step, scores=event.scores)
            case StepEnded() | RunEnded():
                self._tell()
                if isinstance(event, RunEnded):
                    self.end()

    def catch_up(self, last: int) -> None:
        """Begin, and be told of every step up to `last` that the run's files hold."""
        self.begin()
        for step in self.run.steps(last):
            self.log(step)
        self.caught_up()
        self._told = last

    def _note(self, step: int, **news: Any) -> None:
        if step > self._told:
            self._step = replace(self._step or LoggedStep(step=step), **news)

    def _tell(self) -> None:
        step, self._step = self._step, None
        if step is not None:
            self.log(step)


class Clock:
    """When steps happened, in seconds since 1970: those of a run that goes on lie before now, as they took their time.

    seconds: of training at the end of what the run's files hold.
    """

    def __init__(self, seconds: float) -> None:
        self._start, self._last = time.time() - seconds, time.time() - seconds

    def of(self, step: LoggedStep) -> float:
        """Return the moment of a step; of one without a line of metrics, that of the step before."""
        if step.seconds is not None:
            self._last = self._start + step.seconds
        return self._last


def scores_of(row: Mapping[str, Any]) -> dict[str, float]:
    """Return the scores in a line of ``evaluations.jsonl``."""
    facts = EvaluationLine.__struct_fields__
    return {name: float(value) for name, value in row.items() if name not in facts and is_number(value)}
