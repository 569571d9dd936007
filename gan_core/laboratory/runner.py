"""The laboratory, run: each trial a cell of its own, several side by side; finished ones are not run again."""

import json
import math
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.cells.cell import Cell, Outcome, files_of
from gan_core.cells.pools import Placement, run_cells
from gan_core.child_processes import why_it_ended
from gan_core.contract.devices import gpu_number
from gan_core.contract.loading import installed_backends
from gan_core.data.dataset import batches_in_epoch
from gan_core.errors import BackendError, GanError, UsageError, nearest
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.files.whole_files import written_whole
from gan_core.laboratory.figures import draw_densities, draw_overview
from gan_core.laboratory.model_parts import Setting
from gan_core.laboratory.models import model_experiment
from gan_core.laboratory.protocols import Protocol, protocol_of
from gan_core.laboratory.table import coverage_table, markdown, rows_of
from gan_core.laboratory.trial import FOLDER, Line, Trial, fingerprint
from gan_core.training.alternation import Alternation

Progress = Callable[[Trial, int, bool, Line | None], object]
"""What listens to trials: it is told the step, whether the trial has ended, and a line of losses where there is one."""
REFUSED_CHANGES = {
    "training.seed": "every trial has its own seed; ask for more by seeds=N",
    "data.modes": "ask for numbers of modes by modes=4,8",
    "name": "a trial is named after its model",
}


def _silent(trial: Trial, step: int, ended: bool, line: Line | None) -> None:
    """Do nothing: nobody listens."""


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """What is to be run: every model × number of modes × backend, for one seed after another.

    models, modes: the protocol's defaults where empty. seeds: how many, from 0. steps, epochs, batch_size: in place of
    the protocol's; None leaves them. changes: dotted key → value, made to the experiment of every model, as
    ``{"phases.discriminator.repeats": 5}``. device: ``cpu``, ``gpu`` or ``gpu:N``, where all of them run. planned: the
    experiment of each trial, in the order in which they are run.
    """

    protocol: str = "tutorial"
    models: Sequence[str] = ()
    modes: Sequence[int] = ()
    backends: Sequence[str] = ("torch",)
    seeds: int = 3
    steps: int | None = None
    epochs: float | None = None
    batch_size: int | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    planned: Mapping[Trial, Experiment] = field(init=False)

    def __post_init__(self) -> None:
        """Work out the experiment of every trial. Raises `UsageError` for what the protocol does not have."""
        protocol = protocol_of(self.protocol)
        _check(self)
        planned = {}
        for seed in range(self.seeds):
            for modes in self.modes or protocol.default_modes:
                setting = self._setting(protocol, modes)
                for model in self.models or protocol.default_models:
                    experiment = self._changed(model_experiment(model, setting, seed))
                    for backend in self.backends:
                        trial = Trial(protocol=self.protocol, model=model, modes=modes, backend=backend, seed=seed)
                        planned[trial] = experiment
        object.__setattr__(self, "planned", planned)

    def _setting(self, protocol: Protocol, modes: int) -> Setting:
        data, batch_size = protocol.mixture(modes), self.batch_size or protocol.batch_size
        steps = self.steps or protocol.steps
        if self.epochs is not None:
            last_batch = "keep" if protocol.tutorial_loop else "drop"
            steps = max(1, round(self.epochs * batches_in_epoch(data.points, batch_size, last_batch)))
        return Setting(
            data=data,
            steps=steps,
            batch_size=batch_size,
            bounded=protocol.bounded,
            tutorial_loop=protocol.tutorial_loop,
        )

    def _changed(self, experiment: Experiment) -> Experiment:
        """The experiment of a model with the changes. Raises `UsageError` for a key that it does not have."""
        if not self.changes:
            return experiment
        try:
            changed = with_changes(experiment, self.changes)
            Alternation(changed)  # refuses phases that do not go together
            return changed
        except UsageError as error:
            raise type(error)(f"model '{experiment.name}': {error}") from None


def run_laboratory(
    laboratory: Laboratory,
    out: Path,
    jobs: int | None = None,
    progress: Progress = _silent,
    *,
    engine: str | Executor = "local",
    address: str | None = None,
    cpus: float = 1,
    gpus: float = 0,
) -> list[dict[str, Any]]:
    """Run the trials that are not finished in `out` yet, write the tables and figures, and return the table's rows.

    jobs: how many trials run side by side, by default 2. progress: called from several threads. engine, address, cpus,
    gpus: where trials run and what each takes of a machine, see `cells.pools.Placement`. Raises `GanError` after
    all trials if some failed; those that finished are kept, and so is the table of them. Raises `UsageError` for a
    folder that cannot be made.
    """
    placement = Placement(engine=engine, jobs=jobs, address=address, cpus=cpus, gpus=gpus, device=laboratory.device)
    folder = out / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"out={out}: cannot be made: {error.strerror}") from None
    failures = []
    trials = {trial.name: trial for trial in laboratory.planned}
    cells = [
        _cell(trial, experiment, folder, laboratory.device)
        for trial, experiment in laboratory.planned.items()
        if finished(trial, experiment, folder) is None
    ]

    def heard(name: str, line: str) -> None:
        if line.startswith("{"):
            told = json.loads(line)
            progress(trials[name], int(told["step"]), False, told["line"])

    def ended(cell: Cell, outcome: Outcome) -> None:
        trial = trials[cell.name]
        progress(trial, laboratory.planned[trial].training.steps, True, None)
        if outcome.status != 0:
            failures.append(f"{cell.name}: {reason(outcome.status, outcome.complaint)}")

    run_cells(cells, out, placement, ended, heard)
    rows = write_tables(laboratory, out)
    if failures:
        raise GanError(f"{len(failures)} of {len(laboratory.planned)} trials failed; the first was {failures[0]}")
    return rows


def finished(trial: Trial, experiment: Experiment, folder: Path) -> dict[str, Any] | None:
    """Return the result of a finished trial, with the stem of its files as ``name``.

    None if there is none, or only one of another experiment, or that was judged otherwise.
    """
    protocol = protocol_of(trial.protocol)
    wanted = {"fingerprint": fingerprint(experiment), "samples": protocol.judging.samples}
    for name in filter(None, (trial.protocol, protocol.formerly)):
        stem = replace(trial, protocol=name).name
        try:
            result = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(result, dict) and {key: result.get(key) for key in wanted} == wanted:
            return result | {"name": stem}
    return None


def write_tables(laboratory: Laboratory, out: Path) -> list[dict[str, Any]]:
    """Write tables and figures of the finished trials, and return the table's rows.

    They are table.md, table.json, overview.png and, for each number of modes, densities-MODES.png.
    """
    protocol, folder = protocol_of(laboratory.protocol), out / FOLDER
    results = [
        result
        for trial, experiment in laboratory.planned.items()
        if (result := finished(trial, experiment, folder)) is not None
    ]
    if not results:
        return []
    rows = rows_of(results, protocol)
    with written_whole(out / "table.md") as path:
        changed = "".join(f"\nChanged: {key} = {value}.\n" for key, value in laboratory.changes.items())
        path.write_text(f"{coverage_table(rows, protocol)}\n{markdown(rows, protocol)}{changed}", encoding="utf-8")
    with written_whole(out / "table.json") as path:
        changes = {key: str(value) for key, value in laboratory.changes.items()}
        plain = {"protocol": laboratory.protocol, "changes": changes, "rows": rows}
        path.write_text(json.dumps(plain, indent=2) + "\n")
    samples = {result["name"]: folder / f"{result['name']}.npy" for result in results}
    points = {name: np.load(path) for name, path in samples.items() if path.is_file()}
    datasets = {modes: protocol.mixture(modes).load(None) for modes in sorted({row["modes"] for row in rows})}
    points |= {f"real {modes}": dataset.samples[:2500] for modes, dataset in datasets.items()}
    with written_whole(out / "overview.png") as path:
        draw_overview(path, results, points)
    for modes, dataset in datasets.items():
        with written_whole(out / f"densities-{modes}.png") as path:
            draw_densities(path, modes, results, points, dataset, protocol.judging.reach)
    return rows


def _check(laboratory: Laboratory) -> None:
    if laboratory.seeds < 1:
        raise UsageError(f"seeds={laboratory.seeds}: expected 1 or more")
    gpu_number(laboratory.device)
    for option, value in (("steps", laboratory.steps), ("batch_size", laboratory.batch_size)):
        if value is not None and value < 1:
            raise UsageError(f"{option}={value}: expected 1 or more")
    if laboratory.epochs is not None and not 0 < laboratory.epochs < math.inf:
        raise UsageError(f"epochs={laboratory.epochs:g}: expected more than 0")
    for key, reason_against in REFUSED_CHANGES.items():
        if key in laboratory.changes:
            raise UsageError(f"changes={key}: {reason_against}")
    for backend in laboratory.backends:
        if backend not in installed_backends():
            raise BackendError(f"unknown backend '{backend}'{nearest(backend, installed_backends())}")


def _cell(trial: Trial, experiment: Experiment, folder: Path, device: str) -> Cell:
    """A trial as what a process of its own is to do."""
    return Cell(
        name=trial.name,
        module="gan_core.laboratory",
        backend=trial.backend,
        request={"trial": asdict(trial), "judging": asdict(protocol_of(trial.protocol).judging), "device": device},
        files=files_of(experiment),
        folder=folder.resolve(),
        own_folder=False,
    )


def reason(status: int, complaint: str) -> str:
    """Return why a process ended with a status other than 0: the signal that killed it, else its last line.

    complaint: all that the process wrote to standard error.
    """
    if -status == signal.SIGKILL:
        return "killed by SIGKILL, perhaps for want of memory: try fewer at once, as jobs=1"
    return why_it_ended(status, complaint)
