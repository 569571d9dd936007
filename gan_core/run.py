"""Train from Python, and read what a run left: `train(...)` and `Run`."""

import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gan_core.backend import load_backend
from gan_core.callbacks import Callback, ProgressBar, RunFiles
from gan_core.checkpoints import step_of
from gan_core.errors import StoppedError, TrainingError, UsageError, WriteError
from gan_core.events import Event, RunStopped, State
from gan_core.experiment import Experiment
from gan_core.experiment_files import change_value, read_experiment, with_changes
from gan_core.presets import PRESETS, check_key, preset
from gan_core.run_directory import RunDirectory
from gan_core.run_lock import locked
from gan_core.stopping import told_of_signals
from gan_core.trainer import Trainer

if TYPE_CHECKING:
    from gan_core.evaluation.evaluate import Result


class Run:
    """One run's directory, read. `sample` loads the newest checkpoint on the run's own backend or another."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = RunDirectory.open(Path(directory))
        self.path = self.directory.path
        self.experiment = read_experiment(self.path / "experiment.toml")

    def __repr__(self) -> str:
        return f"Run('{self.path}')"

    @property
    def backend(self) -> str:
        """The backend it last ran on."""
        return str(self.directory.read_json("environment.json")["backend"])

    def metrics(self) -> list[dict[str, Any]]:
        """Return the logged lines: step, images, seconds and every phase's scalars."""
        return self.directory.metrics()

    def state(self) -> State:
        """Return the newest state that is whole; a damaged one is passed over with a line on standard error."""
        state = self.directory.newest_state(
            self.experiment, lambda _, error: print_line(f"gan: {error}; the checkpoint before it is used")
        )
        if state is None:
            raise UsageError(f"{self.path} has no checkpoint yet")
        return state

    def trainer(self, backend: str | None = None, device: str = "cpu", data_dir: str | Path | None = None) -> Trainer:
        """Return a trainer that stands at the newest checkpoint."""
        state = self.state()
        native = load_backend(backend or self.backend, self.experiment.training.dtype, device)
        dataset = self.experiment.data.load(Path(data_dir) if data_dir else None)
        trainer = Trainer(self.experiment, native, dataset, initial=state.networks)
        trainer.load(state)
        return trainer

    def sample(self, count: int, label: int | None = None, seed: int = 0, **options: Any) -> np.ndarray:
        """Return `count` new samples [count, *shape] in evaluation mode.

        label: the class of all of them, for a network with labels (drawn evenly otherwise). seed: another seed gives
        other samples. options: of `trainer`.
        """
        labels = None if label is None else np.full(count, self.checked_label(label))
        return self.trainer(**options).sample(count, f"sample {seed}", labels)

    def evaluate(self, **options: Any) -> "Result":
        """Score new samples against held-out real ones, and write ``evaluation.json``.

        options: of `gan_core.evaluation.evaluate.evaluate` (metrics, features, samples, backend, …).
        """
        from gan_core.evaluation.evaluate import evaluate

        return evaluate(self, **options)

    def checked_label(self, label: int) -> int:
        """Return a label. Raises `UsageError` if the network reads none, or not that one."""
        plan = self.experiment.plans[self.experiment.sampled[0]]
        classes = next((given.classes for given in plan.inputs.values() if given.kind == "label"), None)
        if classes is None:
            raise UsageError(f"--label: the network '{plan.name}' of {self.path} reads no labels")
        if not 0 <= label < classes:
            raise UsageError(f"--label {label}: expected 0 to {classes - 1}")
        return label


def train(
    experiment: str | Path | Experiment,
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
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
) -> Run:
    """Train a preset, an experiment file or an `Experiment`, and return its run.

    steps, epochs, batch_size, seed, dtype: in place of the experiment's own; changes: ``KEY=VALUE``, as --set.
    out: the run directory, which must not exist; by default ``runs/NAME-BACKEND-seedS-0001`` and so on.
    Nothing is written before everything was checked. Raises `UsageError` or, once running, `TrainingError`.
    """
    from gan_core.evaluation.during_training import EvaluatesDuringTraining, judge_during_training

    made = load_experiment(
        experiment, [*changes, *training_changes(steps=steps, batch_size=batch_size, seed=seed, dtype=dtype)]
    )
    dataset = made.data.load(Path(data_dir) if data_dir else None)
    if epochs is not None:
        made = with_changes(made, [f"training.steps={steps_of_epochs(made, len(dataset), epochs)}"])
    judge = judge_during_training(made, dataset, backend, device, Path(data_dir) if data_dir else None)
    native = load_backend(backend, made.training.dtype, device)
    trainer = Trainer(made, native, dataset)
    stem = f"{made.name}-{backend}-seed{made.training.seed}"
    directory = RunDirectory.create(Path(out)) if out else RunDirectory.create_next(Path("runs"), stem)
    with locked(directory.path):
        directory.check_new()  # once more: another process may have begun, and died, between
        files = RunFiles(directory, made, dataset, shlex.join(sys.argv))
        bar = ProgressBar(made, f"{made.name} on {backend}") if progress else None
        scores = [EvaluatesDuringTraining(judge, trainer, directory)] if judge else []
        run_training(trainer, files, [*scores, *callbacks], bar)
    return Run(directory.path)


def training_changes(**settings: int | str | None) -> list[str]:
    """Return the settings of ``training`` that are given, as ``KEY=VALUE`` changes."""
    return [f"training.{key}={value}" for key, value in settings.items() if value is not None]


def run_training(trainer: Trainer, files: RunFiles, callbacks: Sequence[Callback], bar: ProgressBar | None) -> None:
    """Walk through a training's events, telling each to the files, then to every callback.

    Raises `StoppedError` after a signal, `WriteError` where the disk is full, each with what to do.
    """
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
        raise WriteError(f"{error}; the run is stopped. {_how_to_go_on(directory)}") from None
    finally:
        if bar:
            bar.close()
        files.close()
    if isinstance(event, RunStopped) and signals:
        name = signal.Signals(signals[0]).name
        raise StoppedError(
            f"stopped by {name} after step {event.step}, with a checkpoint: go on with  gan resume {directory.path}",
            signals[0],
        )


def print_line(text: str) -> None:
    """Print a line to standard error."""
    print(text, file=sys.stderr)


def _how_to_go_on(directory: RunDirectory) -> str:
    folders = directory.checkpoints()
    there = f"Its last checkpoint is of step {step_of(folders[-1])}" if folders else "It has no checkpoint yet"
    return f"{there}: make room, then go on with  gan resume {directory.path}"


def load_experiment(source: str | Path | Experiment, changes: Sequence[str] = ()) -> Experiment:
    """Return an experiment from a preset's name or a file's path, with ``KEY=VALUE`` changes.

    A preset's own parameters (``width=0.25``) are among the keys.
    """
    if isinstance(source, Experiment):
        return with_changes(source, changes)
    if isinstance(source, Path) or source.endswith((".toml", ".json")):
        return with_changes(read_experiment(Path(source)), changes)
    parameters = PRESETS[source].parameters if source in PRESETS else set()
    own = {key: change for change in changes if (key := change.partition("=")[0]) in parameters}
    made = preset(source, **{key: change_value(change) for key, change in own.items()})
    others = [change for change in changes if change not in own.values()]
    for change in others:
        check_key(source, change.partition("=")[0])
    return with_changes(made, others)


def steps_of_epochs(experiment: Experiment, samples: int, epochs: float) -> int:
    """Return the steps in which that many epochs of real batches are taken."""
    from gan_core.updates import Alternation

    horizon = 10_000
    batches_per_step = Alternation(experiment).batches_before(horizon) / horizon
    per_epoch = max(1, samples // experiment.training.batch_size)
    if epochs <= 0:
        raise UsageError(f"--epochs {epochs}: expected more than 0")
    if batches_per_step == 0:
        raise UsageError("--epochs: no phase of this experiment takes real samples; give --steps")
    return max(1, round(epochs * per_epoch / batches_per_step))
