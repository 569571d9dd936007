"""Train from Python, and read what a run left: `train(...)` and `Run`."""

import math
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gan_core.backend import gpu_number, load_backend
from gan_core.beginnings import first_state, origin_of
from gan_core.callbacks import Callback, RunFiles
from gan_core.checkpoints import step_of
from gan_core.checks import data_notes, notes
from gan_core.data.dataset import Dataset
from gan_core.data.identity import identity_of
from gan_core.data.spec import data_folder
from gan_core.disk_errors import remedy
from gan_core.errors import GanError, SpecError, StoppedError, TrainingError, UsageError, WriteError
from gan_core.events import Event, RunStopped, State
from gan_core.experiment import Experiment
from gan_core.experiment_files import change_value, read_experiment, read_run_experiment, with_changes
from gan_core.networks import condition_of
from gan_core.presets import PRESETS, parameters_hint, preset
from gan_core.printing import say
from gan_core.progress_lines import Progress, announced, progress_of
from gan_core.run_data import check_same_data, class_number, kept_identity
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
        self.experiment = read_run_experiment(self.path / "experiment.toml")
        self._datasets: dict[str, Dataset] = {}  # by the folder they were looked for in

    def __repr__(self) -> str:
        return f"Run('{self.path}')"

    @property
    def backend(self) -> str:
        """The backend it last ran on."""
        return str(self.directory.environment()["backend"])

    def metrics(self) -> list[dict[str, Any]]:
        """Return the logged lines: step, images, seconds and every phase's scalars."""
        return self.directory.metrics()

    def state(self) -> State:
        """Return the newest state that is whole; a damaged one is passed over with a line on standard error."""
        return self.state_in(self.directory)

    def state_in(self, directory: RunDirectory) -> State:
        """Return the newest state of the run's own directory, or of that within it which has the best."""
        state = directory.newest_state(
            self.experiment, lambda _, error: print_line(f"gan: {error}; the checkpoint before it is used")
        )
        if state is None:
            raise UsageError(f"{directory.path} has no checkpoint yet")
        return state

    def trainer(self, backend: str | None = None, device: str = "cpu", data_dir: str | Path | None = None) -> Trainer:
        """Return a trainer that stands at the newest checkpoint. Raises `UsageError` where the data are others."""
        return self._trainer(backend, device, self.dataset(data_dir))

    def sampler(self, backend: str | None = None, device: str = "cpu", data_dir: str | Path | None = None) -> Trainer:
        """Return a trainer for new samples alone; networks that read no data make the same ones beside any data."""
        inputs = [given for name in self.experiment.sampled for given in self.experiment.plans[name].inputs.values()]
        if any(given.kind == "data" for given in inputs):
            return self.trainer(backend, device, data_dir)
        return self._trainer(backend, device, self._loaded(data_dir))

    def dataset(self, data_dir: str | Path | None = None) -> Dataset:
        """Return the data that the run learned from. Raises `UsageError` if what is found is not that."""
        dataset = self._loaded(data_dir)
        check_same_data(self.directory.environment(), dataset, self.path)
        return dataset

    def _loaded(self, data_dir: str | Path | None) -> Dataset:
        key = str(data_dir or "")
        if key not in self._datasets:
            self._datasets[key] = self.experiment.data.load(data_folder(data_dir))
        return self._datasets[key]

    def _trainer(self, backend: str | None, device: str, dataset: Dataset) -> Trainer:
        state = self.state()
        native = load_backend(backend or self.backend, self.experiment.training.dtype, device)
        trainer = Trainer(self.experiment, native, dataset, initial=state.networks)
        trainer.load(state)
        return trainer

    def sample(self, count: int, label: int | str | None = None, seed: int = 0, **options: Any) -> np.ndarray:
        """Return `count` new samples [count, *shape] in evaluation mode.

        label: the class of all of them, by number or name, for a network with labels (drawn evenly otherwise). seed:
        another seed gives other samples. options: of `sampler`.
        """
        labels = None if label is None else np.full(count, self.checked_label(label))
        return self.sampler(**options).sample(count, f"sample {seed}", labels)

    def evaluate(self, **options: Any) -> "Result":
        """Score new samples against held-out real ones, and write ``evaluation.json``.

        options: of `gan_core.evaluation.evaluate.evaluate` (metrics, features, samples, backend, …). Where it takes
        long, what is being done is said in a line every half a minute, or told to the option `announce`.
        """
        from gan_core.evaluation.evaluate import evaluate

        if "announce" in options:
            return evaluate(self, **options)
        with announced() as announce:
            return evaluate(self, announce=announce, **options)

    def checked_label(self, label: int | str) -> int:
        """Return the number of a class, by its number or name. Raises `UsageError` if the network reads none such."""
        plan = self.experiment.plans[self.experiment.sampled[0]]
        condition = condition_of(plan.inputs)
        classes = plan.inputs[condition].categories if condition else None
        if classes is None:
            raise UsageError(f"label={label}: the network '{plan.name}' of {self.path} reads no labels")
        identity = kept_identity(self.directory.environment())
        return class_number(label, identity.class_names if identity else (), classes)


def print_line(text: str) -> None:
    """Print a line to standard error; see `printing.say`."""
    say(text)


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
    tell: Callable[[str], object] = print_line,
) -> Run:
    """Train a preset, an experiment file or an `Experiment`, and return its run.

    steps, epochs, batch_size, seed, dtype: in place of the experiment's own; changes: ``KEY=VALUE``.
    out: the run directory, which must not exist; by default ``runs/NAME-BACKEND-seedS-0001`` and so on.
    from_run: another run (or its ``best`` folder, or one of its checkpoints), of any framework, whose state the new one
    has at step 0; without an experiment (None) its own is trained on. tell: is told in a line what of it is not taken.
    progress: show how far it is, in a bar on a terminal, else (a notebook, a pipe) in a line every half a minute.
    Nothing is written before everything was checked. Raises `UsageError` or, once running, `TrainingError`, and
    `StoppedError` on Ctrl-C or a notebook's interrupt; the last two bring what there is as ``error.run``.
    """
    from gan_core.evaluation.during_training import EvaluatesDuringTraining, judge_during_training

    gpu_number(device)
    if experiment is None and from_run is None:
        raise UsageError("expected an experiment: a name of `gan list`, a .toml or .json file, or from_run=RUN")
    origin = origin_of(Path(from_run), tell) if from_run is not None else None
    made = load_experiment(
        experiment if experiment is not None else origin.experiment,  # type: ignore[union-attr]  # there is one
        [*changes, *training_changes(steps=steps, batch_size=batch_size, seed=seed, dtype=dtype)],
    )
    folder = data_folder(data_dir)
    dataset = made.data.load(folder)
    tell_notes(data_notes(made, dataset))
    if epochs is not None:
        made = with_changes(made, [f"training.steps={steps_of_epochs(made, len(dataset), epochs)}"])
    judge = judge_during_training(made, dataset, backend, device, folder)
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
        scores = [EvaluatesDuringTraining(judge, trainer, directory)] if judge else []
        if progress:
            print_line(identity_of(dataset).sentence())
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


def load_experiment(source: str | Path | Experiment, changes: Sequence[str] = ()) -> Experiment:
    """Return an experiment from a preset's name or the path of a file or run, with ``KEY=VALUE`` changes, checked.

    A preset's own parameters (``width=0.25``) are among the keys. A word that is no preset's name but a file's, or has
    a file's ending or a folder before it, is a path. What the checks note (`gan_core.checks`) goes to standard error,
    a line each; what they refuse raises `SpecError`.
    """
    made = _opened(source, changes)
    tell_notes(notes(made))
    return made


def tell_notes(found: Sequence[str]) -> None:
    """Print what checks found, a line each, to standard error."""
    for note in found:
        print_line(f"gan: note: {note}")


def _opened(source: str | Path | Experiment, changes: Sequence[str]) -> Experiment:
    if isinstance(source, Experiment):
        return with_changes(source, changes)
    if isinstance(source, Path) or (source not in PRESETS and _is_path(source)):
        return with_changes(read_experiment(Path(source)), changes)
    parameters = PRESETS[source].parameters if source in PRESETS else set()
    own = {key: change for change in changes if (key := change.partition("=")[0]) in parameters}
    made = preset(source, **{key: change_value(change) for key, change in own.items()})
    others = [change for change in changes if change not in own.values()]
    try:
        return with_changes(made, others)
    except SpecError as error:
        raise SpecError(f"{error}{parameters_hint(str(source), others)}") from None


def _is_path(word: str) -> bool:
    return (
        word.lower().endswith((".toml", ".json", ".yaml", ".yml"))
        or not {"/", os.sep}.isdisjoint(word)
        or os.path.exists(word)
    )


def steps_of_epochs(experiment: Experiment, samples: int, epochs: float) -> int:
    """Return the steps in which that many epochs of real batches are taken."""
    from gan_core.updates import Alternation

    horizon = 10_000
    batches_per_step = Alternation(experiment).batches_before(horizon) / horizon
    per_epoch = max(1, samples // experiment.training.batch_size)
    if not 0 < epochs < math.inf:
        raise UsageError(f"epochs={epochs}: expected a number of more than 0")
    if batches_per_step == 0:
        raise UsageError("epochs: no phase of this experiment takes real samples; give steps=N")
    return max(1, round(epochs * per_epoch / batches_per_step))
