"""Go on with a run where it stopped, on the framework it ran on or another."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from gan_core.contract.launches import launched
from gan_core.errors import DamagedError, UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import LARGEST_FILE_BYTES, read_run_experiment, with_changes
from gan_core.files.disk_errors import write_error
from gan_core.files.text_files import read_text
from gan_core.files.whole_files import DAMAGED, LATER
from gan_core.loggers.table import checked_loggers
from gan_core.presets.loading import logging_changes, training_changes
from gan_core.printing import Tell, say, silent
from gan_core.runs import checkpoints
from gan_core.runs.callbacks import Callback
from gan_core.runs.directory import RunDirectory
from gan_core.runs.history import known_experiments, text_sum
from gan_core.runs.known_data import check_same_data
from gan_core.runs.lock import locked
from gan_core.runs.opened import OpenedRun
from gan_core.runs.progress_lines import PrintInterval
from gan_core.sessions.run import Run
from gan_core.sessions.session import Session, joined
from gan_core.sessions.together import Crew, Shown, resumed_together, to_be_started
from gan_core.training.events import Event, RunStarted
from gan_core.training.machine import Machine
from gan_core.training.sharing import Agreement, checksum
from gan_core.training.state import State
from gan_core.training.timetable import Timetable
from gan_core.training.trainer import Trainer


def resume(
    run: str | Path,
    backend: str | None = None,
    *,
    steps: int | None = None,
    device: str = "cpu",
    deterministic: bool | None = None,
    data_dir: str | Path | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
    print_every: str | int | None = None,
    log_to: str | Sequence[str] | None = None,
    checkpoint: str | int = "last",
    tell: Tell = say,
    allow_imports: bool = False,
    workers: int | None = None,
) -> Run:
    """Go on from a run's newest whole checkpoint, or an earlier one, to its last step, and return the run.

    backend: the framework's name, by default the one it last ran on; then files and weights become those of a run never
    interrupted, bit for bit (`seconds` apart). steps: a new last step. device: ``cpu``, ``gpu`` or ``gpu:N``. data_dir:
    the folder where data are looked for first. deterministic: as for `train`; by default as the run was last trained.
    callbacks: are told every event of the training. progress, print_every, log_to: as for `train`; what is logged anew
    begins with the run's first step. checkpoint: see `OpenedRun.state`; of an earlier one than the last, the later ones
    are set aside, and lines and sheets of later steps are written anew. tell: is told in a line what is not as usual: a
    damaged checkpoint passed over, nothing left to do. allow_imports: whether the modules that the run has kept may
    run, whoever wrote them. workers: as for `train`; it need not be the number that the run began with.
    Raises `UsageError` or, once running, `TrainingError`, and `StoppedError` on a signal.
    """
    printing = PrintInterval.of(print_every)  # before anything is set aside
    directory = RunDirectory.open(Path(run))
    if workers is not None and to_be_started(workers):
        asked = {"steps": steps, "checkpoint": checkpoint, "log_to": log_to}
        opened = OpenedRun(run, allow_imports=allow_imports)
        crew = Crew(
            backend=backend or opened.backend,
            count=workers,
            device=device,
            deterministic=deterministic,
            data_dir=data_dir,
            allow_imports=allow_imports,
        )
        shown = Shown(callbacks=callbacks, progress=progress, print_every=print_every, tell=tell)
        return resumed_together(opened, crew, shown, asked)
    follows = (found := launched()) is not None and found.rank > 0  # the first worker alone writes
    lock = nullcontext(_nothing) if follows else locked(directory.path, unsigned=True)
    tell = silent if follows else tell
    with lock as sign:  # of a run that is refused, nothing changes
        experiment = read_run_experiment(directory.path / "experiment.toml", allow_imports)
        environment = directory.environment()
        check_unchanged(directory, environment)
        same_bits = environment.get("deterministic") == "true" if deterministic is None else deterministic
        machine = Machine.of_worker(
            backend or str(environment["backend"]), device, data_dir, workers, deterministic=same_bits
        )
        experiment = with_changes(experiment, training_changes(steps=steps) | logging_changes(log_to))
        if not follows:
            checked_loggers(experiment.logging.to)  # before a framework takes its time to load
        damaged: list[tuple[Path, DamagedError]] = []
        if checkpoint == "last":
            state = directory.newest_state(experiment, lambda folder, error: damaged.append((folder, error)))
        else:
            state = OpenedRun(run, allow_imports=allow_imports).state(checkpoint)
        if _nothing_left(directory, experiment, state.step if state else 0, steps, checkpoint, tell):
            if not follows:
                directory.sweep()
            if experiment.logging.to and log_to is not None:
                tell(f"to log it as it is:  gan log {directory.path} --to {','.join(experiment.logging.to)}")
            return Run(directory.path)
        sign()
        dataset = machine.load_data(experiment.data)
        check_same_data(environment, dataset, directory.path)
        agreement = joined(experiment, machine)
        state = _agreed(agreement, state, directory, experiment)
        session = Session(experiment, dataset, machine, agreement, state)
        if not follows:
            _tidy(directory, damaged, tell)
        if state is not None and checkpoint != "last" and not follows:
            _go_back(directory, state, tell)
        cuts_back = _CutsBack(session.trainer, directory, tell)
        session.run(directory, callbacks, progress=progress, printing=printing, first=cuts_back, tell=tell)
    return Run(directory.path)


def _nothing() -> None:
    """Sign no lock: a worker that follows holds none."""


def _agreed(agreement: Agreement, state: State | None, directory: RunDirectory, experiment: Experiment) -> State | None:
    """Return the state that the first worker goes on from, on every worker.

    Raises `DamagedError` where a worker reads other numbers of that step, as from a copy of the run.
    """
    mine = f"{state.step} {checksum(state)}" if state else ""
    firsts = agreement.words_of_first(mine)
    if firsts == mine:
        return state
    step, _, total = firsts.partition(" ")
    folder = directory.checkpoints.path / checkpoints.step_name(int(step or 0))
    found = checkpoints.read(folder, experiment) if step else None
    if found is not None and str(checksum(found)) != total:
        raise DamagedError(
            f"{directory.path}: worker {agreement.workers.rank} reads other numbers of step {step} than worker 0; have "
            "all workers see one folder"
        )
    return found


class _CutsBack:
    """A callback that takes the files back to the checkpoint: lines of later steps are cut, to be written again.

    It does so at `RunStarted`, when the experiment is written already: an extended run that dies in between has a line
    too many, which the next process to go on with it cuts, and not one too few.
    """

    def __init__(self, trainer: Trainer, directory: RunDirectory, tell: Tell) -> None:
        self.trainer, self.directory, self.tell = trainer, directory, tell

    def __call__(self, event: Event) -> None:
        """Cut, before the first step."""
        if isinstance(event, RunStarted):
            try:
                (self.directory.path / "done.json").unlink(missing_ok=True)
            except OSError as error:
                raise write_error(self.directory.path / "done.json", error) from None
            self._cut()

    def _cut(self) -> None:
        due, step = logged_steps(self.trainer.timetable, self.trainer.step), self.trainer.step
        rows = self.directory.cut_metrics(due)
        self.trainer.set_seconds(float(rows[-1].get("seconds", 0.0)) if rows else 0.0)
        if missing := sum(due(number) for number in range(1, step + 1)) - len(rows):
            self.tell(
                f"{self.directory.path / 'metrics.jsonl'} lacks {missing} lines up to step {step}; the run goes on"
            )


def check_unchanged(directory: RunDirectory, environment: dict[str, Any]) -> None:
    """Raise `UsageError` if ``experiment.toml`` is not what the run has been following."""
    file = directory.path / "experiment.toml"
    if text_sum(read_text(file, LARGEST_FILE_BYTES)) not in known_experiments(environment):
        raise UsageError(
            f"{file} is not the experiment of this run any more: restore it, or train it as a run of its own with  "
            f"gan train {file}"
        )


def logged_steps(timetable: Timetable, start: int) -> Callable[[int], bool]:
    """Return what tells whether a run that stands at step `start` has a line of metrics of a step."""
    logging = timetable.experiment.logging
    return lambda step: 1 <= step <= start and (step == 1 or timetable.due(logging, step))


def _nothing_left(
    directory: RunDirectory, experiment: Experiment, start: int, steps: int | None, checkpoint: str | int, tell: Tell
) -> bool:
    last = experiment.training.steps
    if start > last:
        raise UsageError(f"steps={last}: {directory.path} stands at step {start} already; expected at least that")
    if directory.finished and start == last:
        tell(f"{directory.path} is finished ({last} steps); steps=STEPS would extend it")
        return True
    if directory.finished and steps is None and checkpoint == "last":
        tell(f"{directory.path} was finished, but its last whole checkpoint is of step {start}: going on from there")
    return False


def _go_back(directory: RunDirectory, state: State, tell: Tell) -> None:
    """Set aside the checkpoints of later steps, now that the run goes on from an earlier one. Raises `WriteError`."""
    later = [path for folder in (directory.checkpoints, directory.best) for path in folder.after(state.step)]
    if state.step not in directory.checkpoints.steps():  # it is the best one's
        directory.write_checkpoint(state, keep="all")
    try:
        for path in later:
            checkpoints.set_aside(path, LATER)
    except OSError as error:
        raise write_error(directory.path, error) from None
    if later:
        aside = f"{len(later)} checkpoints of later steps are set aside as {LATER}step-…"
        tell(f"the run goes on from step {state.step}; {aside}")


def _tidy(directory: RunDirectory, damaged: Sequence[tuple[Path, DamagedError]], tell: Tell) -> None:
    """Sweep up, and set aside what is damaged, now that it is certain that the run goes on. Raises `WriteError`."""
    try:
        directory.sweep()
        directory.make_folders()
        for folder, _ in damaged:
            checkpoints.set_aside(folder, DAMAGED)
    except OSError as error:
        raise write_error(directory.path, error) from None
    for folder, damage in damaged:
        tell(f"{damage}; it is set aside as {DAMAGED}{folder.name}, and the checkpoint before it is used")
