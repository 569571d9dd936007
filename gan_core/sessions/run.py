"""Train from Python, and read what a run left: `train(...)` and `Run`."""

import math
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.contract.devices import gpu_number
from gan_core.contract.loading import load_backend
from gan_core.data.identity import identity_of
from gan_core.data.spec import data_folder
from gan_core.errors import GanError, StoppedError, TrainingError, UsageError, WriteError
from gan_core.evaluation.during_training import EvaluatesDuringTraining, scorer_during_training
from gan_core.evaluation.evaluate import Result, evaluate
from gan_core.experiments.checks import data_notes
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.experiments.imports import modules_of
from gan_core.files.disk_errors import remedy
from gan_core.presets.loading import load_experiment, tell_notes
from gan_core.printing import say
from gan_core.runs.callbacks import Callback, RunFiles
from gan_core.runs.checkpoints import step_of
from gan_core.runs.directory import RunDirectory
from gan_core.runs.lock import locked
from gan_core.runs.opened import OpenedRun
from gan_core.runs.progress_lines import Progress, announced, progress_of
from gan_core.sessions.beginnings import first_state, origin_of
from gan_core.sessions.stopping import told_of_signals
from gan_core.training.events import Event, RunStopped
from gan_core.training.trainer import Trainer


class Run(OpenedRun):
    """One run's directory, read. `sample` loads the newest checkpoint on the run's own backend or another."""

    def sample(self, count: int, label: int | str | None = None, seed: int = 0, **options: Any) -> np.ndarray:
        """Return `count` new samples [count, *shape] in evaluation mode.

        label: the class of all of them, by number or name, for a network with labels (drawn evenly otherwise). seed:
        another seed gives other samples. options: of `sampler`.
        """
        labels = None if label is None else np.full(count, self.checked_label(label))
        return self.sampler(**options).sample(count, f"sample {seed}", labels)

    def evaluate(self, **options: Any) -> Result:
        """Score new samples against held-out real ones, and write ``evaluation.json``.

        options: of `gan_core.evaluation.evaluate.evaluate` (metrics, features, samples, backend, …). Where it takes
        long, what is being done is said in a line every half a minute, or told to the option `announce`.
        """
        if "announce" in options:
            return evaluate(self, **options)
        with announced() as announce:
            return evaluate(self, announce=announce, **options)


def train(
    experiment: str | Path | Experiment | None,
    backend: str,
    *,
    steps: int | None = None,
    epochs: float | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    dtype: str | None = None,
    device: str = "cpu",
    data_dir: str | Path | None = None,
    out: str | Path | None = None,
    changes: Sequence[str] = (),
    from_run: str | Path | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
    tell: Callable[[str], object] = say,
    allow_imports: bool = False,
) -> Run:
    """Train a preset, an experiment file or an `Experiment`, and return its run.

    steps, epochs, batch_size, seed, dtype: in place of the experiment's own; changes: ``KEY=VALUE``.
    out: the run directory, which must not exist; by default ``runs/NAME-BACKEND-seedS-0001`` and so on.
    from_run: another run (or its ``best`` folder, or one of its checkpoints), of any framework, whose state the new one
    has at step 0; without an experiment (None) its own is trained on. tell: is told in a line what of it is not taken.
    progress: show how far it is, in a bar on a terminal, else (a notebook, a pipe) in a line every half a minute.
    allow_imports: whether the modules of another run may run, of `from_run` or of an experiment that is a run; those
    that an experiment file names run in any case.
    Nothing is written before everything was checked. Raises `UsageError` or, once running, `TrainingError`, and
    `StoppedError` on Ctrl-C or a notebook's interrupt; the last two bring what there is as ``error.run``.
    """
    gpu_number(device)
    if experiment is None and from_run is None:
        raise UsageError("expected an experiment: a name of `gan list`, a .toml or .json file, or from_run=RUN")
    origin = origin_of(Path(from_run), tell, allow_imports) if from_run is not None else None
    made = load_experiment(
        experiment if experiment is not None else origin.experiment,  # type: ignore[union-attr]  # there is one
        [*changes, *training_changes(steps=steps, batch_size=batch_size, seed=seed, dtype=dtype)],
        allow_imports=allow_imports or None,
    )
    modules_of(made.imports)  # an experiment from Python may name some that have not run yet
    folder = data_folder(data_dir)
    dataset = made.data.load(folder)
    tell_notes(data_notes(made, dataset))
    if epochs is not None:
        made = with_changes(made, [f"training.steps={steps_of_epochs(made, len(dataset), epochs)}"])
    scorer = scorer_during_training(made, dataset, backend, device, folder)
    begun = first_state(made, origin, tell) if origin else None
    native = load_backend(backend, made.training.dtype, device)
    trainer = Trainer(made, native, dataset, initial=begun.networks if begun else None)
    if begun:
        trainer.load(begun)
    stem = f"{made.name}-{backend}-seed{made.training.seed}"
    directory = RunDirectory.create(Path(out)) if out else RunDirectory.create_next(Path("runs"), stem)
    with locked(directory.path):
        directory.check_new()  # once more: another process may have begun, and died, between
        directory.sweep()
        if begun:  # or a run that dies early would be resumed from initial weights
            directory.write_checkpoint(begun, made.checkpoint.keep)
        files = RunFiles(directory, made, dataset, shlex.join(sys.argv), origin.note if origin else None)
        bar = progress_of(made, f"{made.name} on {backend}") if progress else None
        scores = [EvaluatesDuringTraining(scorer, trainer, directory)] if scorer else []
        if progress:
            say(identity_of(dataset).sentence())
        run_training(trainer, files, [*scores, *callbacks], bar)
    return Run(directory.path)


def training_changes(**settings: int | str | None) -> list[str]:
    """Return the settings of ``training`` that are given, as ``KEY=VALUE`` changes."""
    return [f"training.{key}={value}" for key, value in settings.items() if value is not None]


def run_training(trainer: Trainer, files: RunFiles, callbacks: Sequence[Callback], bar: Progress | None) -> None:
    """Walk through a training's events, telling each to the files, then to every callback.

    Raises `StoppedError` after a signal, `WriteError` where the disk is full, each with what to do and with the run.
    """
    try:
        _walk(trainer, files, callbacks, bar)
    except GanError as error:
        if files.directory.has("experiment.toml"):
            error.run = Run(files.directory.path)
        raise


def _walk(trainer: Trainer, files: RunFiles, callbacks: Sequence[Callback], bar: Progress | None) -> None:
    directory = files.directory
    signals: list[int] = []

    def stop(number: int) -> None:
        signals.append(number)
        trainer.stop_requested = True

    listeners: list[Callback] = [files, *([bar] if bar else []), *callbacks]
    event: Event | None = None
    try:
        with told_of_signals(stop):
            for event in trainer.events():
                for callback in listeners:
                    callback(event)
    except TrainingError as error:
        raise TrainingError(f"{error}: {directory.path}") from None
    except WriteError as error:
        raise WriteError(f"{error}; the run is stopped. {_how_to_go_on(directory, error)}") from None
    except KeyboardInterrupt:  # within a step: a second Ctrl-C, or one that no handler could hear
        where = f"interrupted within step {trainer.step + 1}. {_last_checkpoint(directory)}"
        raise StoppedError(f"{where}: {_go_on(directory)}", signal.SIGINT) from None
    finally:
        if bar:
            bar.close()
        files.close()
    if isinstance(event, RunStopped) and signals:
        name = signal.Signals(signals[0]).name
        where = f"stopped by {name} after step {event.step}, with a checkpoint"
        raise StoppedError(f"{where}: {_go_on(directory)}", signals[0])


def _how_to_go_on(directory: RunDirectory, error: WriteError) -> str:
    there = _last_checkpoint(directory) if directory.path.is_dir() else "Its checkpoints are where it is now"
    return f"{there}: {remedy(error.number, directory.path)}, then {_go_on(directory)}"


def _last_checkpoint(directory: RunDirectory) -> str:
    try:
        folders = directory.checkpoints()
    except (GanError, OSError):
        folders = []
    return f"Its last checkpoint is of step {step_of(folders[-1])}" if folders else "It has no checkpoint yet"


def _go_on(directory: RunDirectory) -> str:
    return f"go on with  gan resume {directory.path}"


def steps_of_epochs(experiment: Experiment, samples: int, epochs: float) -> int:
    """Return the steps in which that many epochs of real batches are taken."""
    from gan_core.training.alternation import Alternation

    horizon = 10_000
    batches_per_step = Alternation(experiment).batches_before(horizon) / horizon
    per_epoch = max(1, samples // experiment.training.batch_size)
    if not 0 < epochs < math.inf:
        raise UsageError(f"epochs={epochs}: expected a number of more than 0")
    if batches_per_step == 0:
        raise UsageError("epochs: no phase of this experiment takes real samples; give steps=N")
    return max(1, round(epochs * per_epoch / batches_per_step))
