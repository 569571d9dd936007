"""One process's part of a run, begun anew or gone on with: what it trains, who listens, and how it ends."""

import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gan_core.data.dataset import Dataset
from gan_core.data.identity import identity_of
from gan_core.errors import GanError, StoppedError, TrainingError, WriteError
from gan_core.evaluation.during_training import EvaluatesDuringTraining, scorer_during_training
from gan_core.evaluation.scorer import Scorer
from gan_core.experiments.experiment import Experiment
from gan_core.files.disk_errors import remedy
from gan_core.loggers.logger import LoggedRun
from gan_core.loggers.table import Guarded, MakeCallback, checked_loggers, loggers_of
from gan_core.printing import Tell, say
from gan_core.runs.callbacks import Callback, RunFiles
from gan_core.runs.directory import RunDirectory
from gan_core.runs.progress import Progress, progress_of
from gan_core.runs.progress_lines import PrintInterval
from gan_core.sessions.run import Run
from gan_core.sessions.stopping import told_of_signals
from gan_core.sessions.worker_words import LOST
from gan_core.training.events import Event, RunStopped
from gan_core.training.machine import Machine
from gan_core.training.sharing import Agreement, join
from gan_core.training.state import State
from gan_core.training.trainer import Trainer


def joined(experiment: Experiment, machine: Machine) -> Agreement:
    """Return what a training and its other workers agree by, on the framework, loaded; alone it is a formality.

    Nothing may have run on the framework before. Raises `BackendError` where the other workers cannot be reached.
    """
    backend = machine.load_backend(experiment.training.dtype, experiment.training.products)
    if machine.launched is not None:
        synchronised = experiment.training.synchronised_batch_norm
        join(backend, machine.launched, synchronised_batch_norm=synchronised)
    return Agreement(backend)


class Session:
    """A training that is ready to run. To make one checks all that can be checked, and writes nothing.

    agreement: see `joined`. trainer: stands at `state`, or where the experiment begins if that is None. scorer: of the
    evaluations that the experiment asks for, or None. Raises `UsageError` for what does not fit together.
    """

    def __init__(
        self,
        experiment: Experiment,
        dataset: Dataset,
        machine: Machine,
        agreement: Agreement,
        state: State | None = None,
    ) -> None:
        self.experiment, self.dataset, self.machine, self.agreement = experiment, dataset, machine, agreement
        self.scorer: Scorer | None = None
        self.loggers: Mapping[str, MakeCallback] = {}
        agreement.first_does(self._make_listeners)
        initial = state.networks if state else None
        self.trainer = Trainer(experiment, agreement.backend, dataset, initial=initial)
        if state is not None:
            self.trainer.load(state)

    def _make_listeners(self) -> str:
        self.loggers = checked_loggers(self.experiment.logging.to)
        self.scorer = scorer_during_training(self.experiment, self.dataset, replace(self.machine, launched=None))
        return ""

    def result(self, directory: RunDirectory) -> Run:
        """Return the run of a folder; None, in a worker that follows, where it lies on a disk that this one lacks."""
        if self.follows and not directory.has("experiment.toml"):
            return None  # type: ignore[return-value]
        return Run(directory.path)

    @property
    def follows(self) -> bool:
        """Whether another worker, the first, writes the run's files."""
        return self.trainer.workers.rank > 0

    def run(
        self,
        directory: RunDirectory,
        callbacks: Sequence[Callback],
        *,
        progress: bool,
        printing: PrintInterval | None = None,
        first: Callback | None = None,
        origin: Mapping[str, Any] | None = None,
        tell: Tell = say,
    ) -> None:
        """Train to the last step and write the run's files; the caller holds the directory's lock.

        callbacks: are told each event, after the files, the progress, the evaluations and the loggers. first: is told
        before the evaluations. progress: show how far the training is, on standard error. printing: how often the
        losses are printed, see `train`. origin: what ``environment.json`` says of the run that this one begins from.
        tell: is told in a line of a logger that fails. Raises as `walk` does. A worker that follows the first one
        trains along, and writes and tells nothing.
        """
        self.trainer.reading = printing if progress else None  # on every worker, since all average what is read
        if self.follows:
            _walk(self.trainer, directory, [], [])
            return
        files = RunFiles(directory, self.experiment, self.dataset, shlex.join(sys.argv), origin)
        title = f"{self.experiment.name} on {self.machine.backend}"
        shown = progress_of(self.experiment, title, printing, directory.path) if progress else None
        loggers = loggers_of(self.loggers, LoggedRun(directory=directory, experiment=self.experiment), tell)
        others: list[Callback] = [*loggers, *callbacks]

        def told(event: Event) -> None:
            for other in [*([shown] if shown else []), *others]:
                other(event)

        evaluations = [EvaluatesDuringTraining(self.scorer, self.trainer, directory, told)] if self.scorer else []
        if progress:
            say(identity_of(self.dataset).sentence())
        walk(self.trainer, files, [*([first] if first else []), *evaluations, *others], shown)


def walk(trainer: Trainer, files: RunFiles, callbacks: Sequence[Callback], progress: Progress | None) -> None:
    """Walk through a training's events, and tell each to the files, the progress and every callback, in that order.

    Raises `StoppedError` after a signal, `WriteError` where the disk is full and `TrainingError` where the training
    cannot go on; each says what to do, and has the run as ``error.run`` if it had begun.
    """
    listeners: list[Callback] = [files, *([progress] if progress else []), *callbacks]
    loggers = [callback for callback in callbacks if isinstance(callback, Guarded)]
    closing = [*([progress.close] if progress else []), files.close, *(logger.close for logger in loggers)]
    try:
        _walk(trainer, files.directory, listeners, closing)
    except GanError as error:
        if files.directory.has("experiment.toml"):
            error.run = Run(files.directory.path)
        raise


def _walk(
    trainer: Trainer, directory: RunDirectory, listeners: Sequence[Callback], closing: Sequence[Callable[[], object]]
) -> None:
    """Tell each event to the listeners, call what closes them, and raise as `walk` does.

    A worker that follows has none of either; its directory is the first worker's, perhaps on a disk that it lacks.
    """
    try:
        _told(trainer, directory, listeners, closing)
    except GanError as error:
        # where all end for the same reason each waits for the others, whose files and words are whole then
        if isinstance(error, StoppedError) or getattr(error, "agreed", False):
            trainer.agreement.wait_for_all()
        raise


def _told(
    trainer: Trainer, directory: RunDirectory, listeners: Sequence[Callback], closing: Sequence[Callable[[], object]]
) -> None:
    signals: list[int] = []

    def stop(number: int) -> None:
        signals.append(number)
        trainer.request_stop()

    event: Event | None = None
    try:
        with told_of_signals(stop):
            for event in trainer.events():
                for listener in listeners:
                    listener(event)
    except TrainingError as error:
        raise _in_place(error, directory) from None
    except WriteError as error:
        raise WriteError(f"{error}; the run is stopped. {_after_refused_write(directory, error)}") from None
    except KeyboardInterrupt:  # within a step: a second Ctrl-C, or one that no handler could hear
        where = f"interrupted within step {trainer.step + 1}. {_last_checkpoint(directory)}"
        raise StoppedError(f"{where}: {_go_on(directory)}", signal.SIGINT) from None
    except GanError:
        raise
    except Exception as error:
        raise _lost(trainer, directory, error) from error
    finally:
        for close in closing:
            close()
    _raise_if_stopped(trainer, directory, event, signals)


def _in_place(error: TrainingError, directory: RunDirectory) -> TrainingError:
    """The error with the run's folder."""
    told = TrainingError(f"{error}: {directory.path}")
    told.agreed = error.agreed
    return told


def _raise_if_stopped(trainer: Trainer, directory: RunDirectory, event: Event | None, signals: Sequence[int]) -> None:
    """Raise `StoppedError` after a signal to this worker or to another."""
    if isinstance(event, RunStopped) and (signals or trainer.workers.several):
        number = signals[0] if signals else signal.SIGTERM
        where = f"stopped by {signal.Signals(number).name} after step {event.step}, with a checkpoint"
        raise StoppedError(f"{where}: {_go_on(directory)}", number)


def _lost(trainer: Trainer, directory: RunDirectory, error: Exception) -> Exception:
    """What a failure within a step is, where others take part: that they are gone. Alone it is what it is."""
    if not trainer.workers.several:
        return error
    where = f"within step {trainer.step + 1} {LOST}"  # what the engine says of it is pages long
    return TrainingError(f"{where}. {_last_checkpoint(directory)}: {_go_on(directory)}")


def _after_refused_write(directory: RunDirectory, error: WriteError) -> str:
    checkpoint = _last_checkpoint(directory) if directory.path.is_dir() else "Its checkpoints are where it is now"
    return f"{checkpoint}: {remedy(error.number, directory.path)}, then {_go_on(directory)}"


def _last_checkpoint(directory: RunDirectory) -> str:
    try:
        steps = directory.checkpoints.steps()
    except (GanError, OSError):
        steps = []
    return f"Its last checkpoint is of step {steps[-1]}" if steps else "It has no checkpoint yet"


def _go_on(directory: RunDirectory) -> str:
    return f"go on with  gan resume {directory.path}"
