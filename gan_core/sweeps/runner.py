"""`sweep`: train every variant from every seed, score what came of it, and put tables and figures beside the runs."""

import json
import signal
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gan_core.cells.cell import Cell, Outcome, files_of
from gan_core.cells.pools import Placement, run_cells
from gan_core.cells.progress import CellBars
from gan_core.child_processes import error_of, why_it_ended
from gan_core.errors import StoppedError, TrainingError, UsageError
from gan_core.files.disk_errors import write_error
from gan_core.files.whole_files import written_whole
from gan_core.printing import Tell, silent
from gan_core.sessions.run import Run
from gan_core.sweeps.cell import Scoring, check_begun, kept_scores
from gan_core.sweeps.figures import write_loss_figure, write_sample_figure
from gan_core.sweeps.file import SweepFile, read_sweep
from gan_core.sweeps.page import page
from gan_core.sweeps.plan import SweepPlan, planned
from gan_core.sweeps.table import Swept, check_best, ordered, parted, rows_of
from gan_core.training.machine import Machine

TABLE, PAGE = "sweep.json", "sweep.html"
Key = tuple[str, int]  # variant, seed


@dataclass(frozen=True, kw_only=True)
class SweepResult:
    """What came of a sweep.

    path: the folder of its runs. rows: one a variant of each comparison, see `rows_of`. parted: comparison → variant →
    the scores in which it parts from the first, see there. failures: run → why its training ended. files: the table,
    the page, the figures.
    """

    path: Path
    rows: list[dict[str, Any]]
    parted: dict[str, dict[str, list[str]]]
    failures: dict[str, str]
    files: list[Path]

    def plain(self) -> dict[str, Any]:
        """Return the content of ``sweep.json``."""
        return {"rows": self.rows, "parted": self.parted, "failures": self.failures}


def sweep(
    source: str | Path | SweepFile,
    backend: str | Sequence[str] | None = None,
    *,
    seeds: Sequence[int] | None = None,
    steps: int | None = None,
    best: str | None = None,
    out: str | Path | None = None,
    device: str = "cpu",
    data_dir: str | Path | None = None,
    engine: str | Executor = "local",
    jobs: int | None = None,
    address: str | None = None,
    cpus: float = 1,
    gpus: float = 0,
    progress: bool = True,
    tell: Tell = silent,
) -> SweepResult:
    """Train the variants of a sweep, each in a process of its own, score them, and write tables, figures and a page.

    source: a TOML file (`SweepFile` says what is in it), or a `SweepFile`. backend: the framework of all runs, or
    several, in place of the file's. seeds, steps, best: in place of the file's. out: the folder of the runs
    ``VARIANT-seedN``, by default ``sweeps/NAME-BACKEND``, or ``sweeps/NAME`` for several backends. What is finished
    there is not run again, what was interrupted goes on, and more steps extend it. device: ``cpu``, ``gpu`` or
    ``gpu:N``. data_dir: the folder where data are looked for first. engine, jobs, address, cpus, gpus: where runs are
    trained, how many side by side, and what each takes of a machine: see `cells.pools.Placement`. progress: show
    how far each training is. tell: is told which runs are worked at. A training that fails (NaN) is told of in the
    result, and the others go on. Raises `UsageError` for a folder whose runs are of other experiments, and
    `StoppedError` on Ctrl-C, when every run has ended its step and saved a checkpoint.
    """
    placement = Placement(engine=engine, jobs=jobs, address=address, cpus=cpus, gpus=gpus, device=device)
    file = source if isinstance(source, SweepFile) else read_sweep(Path(source))
    folder = Path() if isinstance(source, SweepFile) else Path(source).parent
    backends = (backend,) if isinstance(backend, str) else tuple(backend or ())
    plan = planned(file, folder, backends=backends, seeds=seeds, steps=steps, best=best)
    name = "sweep" if isinstance(source, SweepFile) else Path(source).stem
    frameworks = list(dict.fromkeys(plan.backends.values()))
    place = Path(out) if out else Path("sweeps") / "-".join([name, *(frameworks if len(frameworks) == 1 else ())])
    study = _Study(plan, place, {one: Machine.of(one, device, data_dir) for one in frameworks}, tell)
    study.check_begun()  # all of them before the first is trained
    try:
        study.run(placement, progress)
    except KeyboardInterrupt:
        raise StoppedError(
            f"the sweep was stopped; the same command goes on with {place}, run by run where it stopped", signal.SIGINT
        ) from None
    return _written(plan, place, study.done, study.failures, tell)


def run_name(variant: str, seed: int) -> str:
    """Return the name of a run's folder."""
    return f"{variant}-seed{seed}"


class _Study:
    """A sweep while it runs. done: what is finished, by variant and seed. failures: run → why its training ended."""

    def __init__(self, plan: SweepPlan, place: Path, machines: Mapping[str, Machine], tell: Tell) -> None:
        self.plan, self.place, self.machines, self.tell = plan, place, machines, tell
        self.scoring = Scoring(
            metrics=plan.metrics, samples=plan.samples, features=plan.features, checkpoints=plan.checkpoints
        )
        self.keys = {run_name(*key): key for key in plan.experiments}
        self.done: dict[Key, Swept] = {}
        self.failures: dict[str, str] = {}

    def check_begun(self) -> None:
        """Raise `UsageError` where a folder holds a run of something else; take in what is finished."""
        for name, key in self.keys.items():
            check_begun(self.place / name, self.plan.experiments[key], self.plan.backends[key[0]])
        for key in self.keys.values():
            self._take_in(key)

    def run(self, placement: Placement, progress: bool) -> None:
        """Run what is not finished. Raises `UsageError` for wrong use that one of the processes found."""
        try:
            self.place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"out={self.place}: cannot be made: {error.strerror}") from None
        cells = [self._cell(name, key) for name, key in self.keys.items() if key not in self.done]
        if cells:
            self.tell(f"{len(cells)} of {len(self.keys)} runs to train in {self.place}")
        steps = {name: self.plan.experiments[key].training.steps for name, key in self.keys.items()}
        bars = CellBars(steps, len(self.done), "runs") if progress and cells else None
        with bars or nullcontext():

            def heard(name: str, line: str) -> None:
                if bars is not None and line.startswith("{"):
                    bars.show(name, int(json.loads(line)["step"]), False, None)

            def ended(cell: Cell, outcome: Outcome) -> None:
                self._ended(cell, outcome)
                if bars is not None:
                    bars.show(cell.name, steps[cell.name], True, None)

            run_cells(cells, self.place, placement, ended, heard)

    def _cell(self, name: str, key: Key) -> Cell:
        machine = self.machines[self.plan.backends[key[0]]]
        data_dir = str(machine.data_dir.resolve()) if machine.data_dir else None
        where = {"backend": machine.backend, "device": machine.device, "data_dir": data_dir}
        return Cell(
            name=name,
            module="gan_core.sweeps",
            backend=machine.backend,
            request={**where, "scoring": asdict(self.scoring)},
            files=files_of(self.plan.experiments[key]),
            folder=(self.place / name).resolve(),
            own_folder=True,
        )

    def _ended(self, cell: Cell, outcome: Outcome) -> None:
        """Take in what a process left; a failure of the training is kept, wrong use is raised."""
        if outcome.status == UsageError.exit_status:
            raise error_of(cell.name, outcome.status, outcome.complaint)
        if outcome.status != 0:
            self.failures[cell.name] = why_it_ended(outcome.status, outcome.complaint)
        elif not self._take_in(self.keys[cell.name]):
            self.failures[cell.name] = "its process ended well and left no scores"

    def _take_in(self, key: Key) -> bool:
        experiment, backend = self.plan.experiments[key], self.plan.backends[key[0]]
        path = self.place / run_name(*key)
        rows = kept_scores(path, experiment, backend, self.scoring)
        if rows is not None:
            check_best(self.plan.best, rows)
            self.done[key] = Swept(run=Run(path), scores=rows)
        return rows is not None


def _written(
    plan: SweepPlan, place: Path, done: Mapping[Key, Swept], failures: dict[str, str], tell: Tell
) -> SweepResult:
    """The result, with tables and figures written."""
    done = {key: done[key] for key in plan.experiments if key in done}
    names = [run_name(*key) for key in plan.experiments]
    failures = {name: failures[name] for name in names if name in failures}
    if not done:
        first = next(iter(failures.items()))
        raise TrainingError(f"no training of the sweep reached its end; the first, {first[0]}: {first[1]}")
    tell("tables and figures")
    rows = ordered(rows_of(plan, done), plan.best)
    files = [place / TABLE, place / PAGE, place / "losses.png"]
    with written_whole(files[2]) as path:
        write_loss_figure(path, plan, done)
    with written_whole(place / "samples.png") as path:
        drawn = write_sample_figure(path, plan, done)
        path.touch()
    if drawn:
        files.append(place / "samples.png")
    else:
        (place / "samples.png").unlink(missing_ok=True)
    result = SweepResult(path=place, rows=rows, parted=parted(plan, done), failures=failures, files=files)
    _write_text(files[0], json.dumps(result.plain(), indent=2) + "\n")
    _write_text(files[1], page(place.name, plan, done, rows, result.parted, failures))
    return result


def _write_text(path: Path, text: str) -> None:
    try:
        with written_whole(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise write_error(path, error) from None
