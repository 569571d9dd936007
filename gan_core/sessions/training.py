"""Train a new run: `train(...)`."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from gan_core.contract.devices import gpu_number
from gan_core.data.dataset import Dataset
from gan_core.data.places import data_folder
from gan_core.errors import UsageError
from gan_core.experiments.checks import data_notes
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.experiments.imports import modules_of
from gan_core.loggers.table import checked_loggers
from gan_core.presets.loading import (
    Changes,
    load_experiment,
    logging_changes,
    read_changes,
    tell_notes,
    training_changes,
)
from gan_core.printing import Tell, say
from gan_core.runs.callbacks import Callback
from gan_core.runs.directory import RunDirectory
from gan_core.runs.lock import locked
from gan_core.runs.progress_lines import PrintInterval
from gan_core.sessions.beginnings import Origin, first_state, origin_of
from gan_core.sessions.run import Run
from gan_core.sessions.session import Session, joined
from gan_core.sessions.together import Crew, Shown, to_be_started, trained_together
from gan_core.training.machine import Machine
from gan_core.training.timetable import Timetable


def train(
    experiment: str | Path | Experiment | None,
    backend: str | None = None,
    *,
    steps: int | None = None,
    epochs: float | None = None,
    batch_size: int | None = None,
    seed: int | None = None,
    dtype: str | None = None,
    device: str = "cpu",
    deterministic: bool = False,
    data_dir: str | Path | None = None,
    out: str | Path | None = None,
    changes: Changes | None = None,
    from_run: str | Path | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
    print_every: str | int | None = None,
    log_to: str | Sequence[str] | None = None,
    tell: Tell = say,
    allow_imports: bool = False,
    workers: int | None = None,
) -> Run:
    """Train a preset, an experiment file or an `Experiment`, and return its run.

    backend: the framework's name; by default the one that `from_run` last ran on.
    steps, epochs, batch_size, seed, dtype: in place of the experiment's own. changes: dotted key → value, as
    ``{"training.steps": 500}``; a sequence of ``KEY=VALUE`` words, as `gan train --set` takes them, is read as such a
    table.
    device: ``cpu``, ``gpu`` or ``gpu:N``. data_dir: the folder where data are looked for first.
    deterministic: whether a GPU computes the same bits each time, with slower kernels where need be; a CPU always does.
    out: the run directory, which must not exist; by default ``runs/NAME-BACKEND-seedS-0001`` and so on.
    from_run: another run (or its ``best`` folder, or one of its checkpoints), of any framework, whose state the new one
    has at step 0; without an experiment (None) it is trained on the other run's. tell: is told in a line what of that
    state is not taken over.
    callbacks: are told every event of the training; what one raises ends it. progress: show how far it is: in a bar on
    a terminal, in one output with curves and the newest sheet in a notebook, elsewhere (a pipe) in a line with the
    losses at each logged step. print_every: how often such a line is printed instead, wherever it runs: 50 for every 50
    steps, "5epochs" for every 5 epochs.
    log_to: where else scalars, scores and sheets go, as ``["tensorboard", "csv"]``, in place of the experiment's own
    ``logging.to``.
    allow_imports: whether the modules of another run may run, of `from_run` or of an experiment that is a run; those
    that an experiment file names run in any case.
    workers: how many processes share each batch, started by the framework's own launcher, each with a device of its
    own; the numbers are those of one. A process that such a launcher started itself joins the others without it; of
    them the first writes the files, and the others return None where they do not see them.
    Nothing is written before everything was checked. Raises `UsageError` or, once running, `TrainingError`, and
    `StoppedError` on Ctrl-C or a notebook's interrupt; the last two bring what there is as ``error.run``.
    """
    origin = origin_of(Path(from_run), tell, allow_imports) if from_run is not None else None
    if experiment is None:
        if origin is None:
            raise UsageError("expected an experiment: a name of `gan list`, a .toml or .json file, or from_run=RUN")
        experiment = origin.experiment
    name = backend or (origin.backend if origin else None)
    if name is None:
        raise UsageError("expected a framework: backend=NAME, or from_run=RUN, whose framework is then used")
    printing = PrintInterval.of(print_every)  # before anything else takes its time
    gpu_number(device)
    data_folder(data_dir)
    settings = training_changes(steps=steps, batch_size=batch_size, seed=seed, dtype=dtype) | logging_changes(log_to)
    made = load_experiment(experiment, read_changes(changes) | settings, allow_imports=allow_imports or None)
    modules_of(made.imports)  # an experiment from Python may name some that have not run yet
    checked_loggers(made.logging.to)  # before a framework takes its time to load
    starts = workers is not None and to_be_started(workers)
    machine = None if starts else Machine.of_worker(name, device, data_dir, workers, deterministic=deterministic)
    dataset = made.data.load(data_folder(data_dir))
    tell_notes(data_notes(made, dataset))
    if epochs is not None:
        made = with_changes(made, {"training.steps": Timetable(made, len(dataset)).steps_of_epochs(epochs)})
    if machine is None:
        crew = Crew(
            backend=name,
            count=workers or 1,
            device=device,
            deterministic=deterministic,
            data_dir=data_dir,
            allow_imports=allow_imports,
        )
        shown = Shown(callbacks=callbacks, progress=progress, print_every=print_every, tell=tell)
        return trained_together(made, crew, shown, samples=len(dataset), out=out, from_run=from_run)
    return train_made(
        made,
        dataset,
        machine,
        out=out,
        origin=origin,
        callbacks=callbacks,
        progress=progress,
        printing=printing,
        tell=tell,
    )


def train_made(
    made: Experiment,
    dataset: Dataset,
    machine: Machine,
    *,
    out: str | Path | None,
    origin: Origin | None,
    callbacks: Sequence[Callback],
    progress: bool,
    printing: PrintInterval | None,
    tell: Tell,
) -> Run:
    """Train an experiment as it is, on its data; the other arguments, and what it raises, are those of `train`."""
    begun = first_state(made, origin, tell) if origin else None
    session = Session(made, dataset, machine, joined(made, machine), begun)
    stem = f"{made.name}-{machine.backend}-seed{made.training.seed}"
    with ExitStack() as held:

        def begin() -> str:
            directory = RunDirectory.create(Path(out)) if out else RunDirectory.create_next(Path("runs"), stem)
            held.enter_context(locked(directory.path))
            directory.check_new()  # once more: another process may have begun, and died, between
            directory.sweep()
            if begun:  # or a run that dies early would be resumed from initial weights
                directory.write_checkpoint(begun, made.checkpoint.keep)
            return str(directory.path)

        directory = RunDirectory(Path(session.agreement.first_does(begin)))
        note = origin.note if origin else None
        session.run(directory, callbacks, progress=progress, printing=printing, origin=note, tell=tell)
    return session.result(directory)
