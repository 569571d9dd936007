"""One cell of a sweep: an experiment trained to its last step on one framework, and scored."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gan_core.errors import UsageError
from gan_core.evaluation.scorer import Row, as_plain, make_scorer
from gan_core.evaluation.scores import applicable
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import read_run_experiment, to_toml, with_changes
from gan_core.runs.callbacks import Callback
from gan_core.runs.directory import RunDirectory
from gan_core.runs.history import text_sum
from gan_core.runs.lock import FILE as LOCK_FILE
from gan_core.runs.lock import locked
from gan_core.sessions.resuming import resume
from gan_core.sessions.run import Run
from gan_core.sessions.training import train
from gan_core.training.machine import Machine

USUAL = ("frechet", "neighbours", "classes", "modes")
SCORES = "sweep-scores.json"
LOCK_PATIENCE = 60.0  # seconds in which the process of a sweep that was killed ends its step


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """How runs are scored: metrics by the words of `gan evaluate` (none: the usual), generated samples, extractor.

    checkpoints: which of each run, "last" or "best".
    """

    metrics: Sequence[str]
    samples: int
    features: str
    checkpoints: Sequence[str] = ("last",)

    def fingerprint(self, experiment: Experiment, backend: str) -> list[Any]:
        """Return what a run's scores depend on: a run that has scores of another is scored again."""
        more = [] if tuple(self.checkpoints) == ("last",) else [self.checkpoints]  # as before there were others
        return [text_sum(to_toml(experiment)), backend, self.metrics, self.samples, self.features, *more]


def check_begun(path: Path, experiment: Experiment, backend: str) -> None:
    """Raise `UsageError` where a folder holds a run of another experiment, or on another framework."""
    if not (path / "experiment.toml").is_file():
        return
    before = read_run_experiment(path / "experiment.toml")
    advice = "name another folder with out=DIR, or remove it"
    if with_changes(before, {"training.steps": experiment.training.steps}) != experiment:
        raise UsageError(f"{path} is a run of another experiment than the sweep's; {advice}")
    if before.training.steps > experiment.training.steps:
        raise UsageError(f"{path} is a run of {before.training.steps} steps, more than the sweep's; {advice}")
    if (other := str(RunDirectory(path).environment()["backend"])) != backend:
        raise UsageError(f"{path} is a run on {other}; {advice}")


def kept_scores(path: Path, experiment: Experiment, backend: str, scoring: Scoring) -> list[Mapping[str, Any]] | None:
    """Return the scores of a run that is finished, as plain rows of `gan_core.evaluation.scorer.Row`; else None."""
    try:
        kept = json.loads((path / SCORES).read_text(encoding="utf-8"))
        fitting = json.dumps(kept["fingerprint"]) == json.dumps(scoring.fingerprint(experiment, backend))
        rows: list[Mapping[str, Any]] = kept["rows"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return None
    return rows if fitting and RunDirectory(path).finished else None


def run_cell(
    path: Path, experiment: Experiment, machine: Machine, scoring: Scoring, callbacks: Sequence[Callback] = ()
) -> list[Mapping[str, Any]]:
    """Train the run of a folder to its last step and score it, as far as that is not done; return its scores.

    Raises `UsageError` or, for a training that fails, `TrainingError`; `StoppedError` on a signal.
    """
    check_begun(path, experiment, machine.backend)
    run = trained(path, experiment, machine, callbacks)
    if (kept := kept_scores(path, experiment, machine.backend, scoring)) is not None:
        return kept
    rows = scored(run, scoring, machine)
    run.directory.write_json(SCORES, {"fingerprint": scoring.fingerprint(experiment, machine.backend), "rows": rows})
    return rows


def trained(path: Path, experiment: Experiment, machine: Machine, callbacks: Sequence[Callback]) -> Run:
    """Return the run of an experiment in a folder, at its last step: as it is, gone on with, or trained anew."""
    _wait_until_free(path)
    where: dict[str, Any] = {"device": machine.device, "data_dir": machine.data_dir, "progress": False}
    if not (path / "experiment.toml").is_file():
        return train(experiment, machine.backend, out=path, callbacks=callbacks, **where)
    steps = read_run_experiment(path / "experiment.toml").training.steps
    if RunDirectory(path).finished and steps == experiment.training.steps:
        return Run(path)
    return resume(path, machine.backend, steps=experiment.training.steps, callbacks=callbacks, **where)


def scored(run: Run, scoring: Scoring, machine: Machine) -> list[Mapping[str, Any]]:
    """Return the scores of a run's checkpoints, as plain rows of `gan_core.evaluation.scorer.Row`.

    Those of the best checkpoint are called "best", and the score.
    """
    on = run.machine(None, machine.device, machine.data_dir)
    dataset = run.dataset(on.data_dir)
    scorer = make_scorer(run.experiment, dataset, on, features=scoring.features, count=scoring.samples)
    rows: list[Row] = []
    for checkpoint in scoring.checkpoints:
        sampler = run.sampler_on(on, run.state(checkpoint), with_class_heads=True)
        inputs = scorer.metric_inputs(scorer.draw(sampler, scoring.samples), sampler)
        able = applicable(inputs)
        found = scorer.rows(inputs, scoring.metrics or [name for name in USUAL if name in able])
        rows += [replace(row, metric=f"best {row.metric}") if checkpoint == "best" else row for row in found]
    return as_plain(rows)


def _wait_until_free(path: Path) -> None:
    """Wait for a process that still has the run: one whose sweep was killed ends its step and saves a checkpoint."""
    last = time.monotonic() + LOCK_PATIENCE
    while (path / LOCK_FILE).exists():
        try:
            with locked(path, unsigned=True):
                return
        except UsageError:
            if time.monotonic() > last:
                raise
            time.sleep(0.2)
