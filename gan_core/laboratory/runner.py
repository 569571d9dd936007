"""Runs the laboratory: a process a cell, several side by side, one thread each; finished cells are not run again."""

import json
import math
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.child_processes import why_it_ended
from gan_core.contract.loading import installed_backends
from gan_core.errors import BackendError, GanError, UsageError, nearest
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import to_toml
from gan_core.experiments.imports import write_copies
from gan_core.files.whole_files import written_whole
from gan_core.laboratory.cell import Cell, fingerprint
from gan_core.laboratory.models import Setting, model_experiment
from gan_core.laboratory.protocols import Protocol, protocol_of
from gan_core.laboratory.table import coverage_table, markdown, rows_of
from gan_core.printing import child_environment

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
Progress = Callable[[Cell, int, bool], object]  # of a cell: its step, and whether it has ended


def _silent(cell: Cell, step: int, ended: bool) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """What is to be run: every model × number of modes × backend, for one seed after the other.

    models, modes: the protocol's where none are given; steps, epochs, batch_size: in place of the protocol's. planned:
    each cell's experiment, in the order in which they are run.
    """

    protocol: str = "tutorial"
    models: Sequence[str] = ()
    modes: Sequence[int] = ()
    backends: Sequence[str] = ("torch",)
    seeds: int = 3
    steps: int | None = None
    epochs: float | None = None
    batch_size: int | None = None
    planned: Mapping[Cell, Experiment] = field(init=False)

    def __post_init__(self) -> None:
        """Work out every cell's experiment. Raises `UsageError` for a question that has no answer."""
        protocol = protocol_of(self.protocol)
        _check(self)
        planned = {}
        for seed in range(self.seeds):
            for modes in self.modes or protocol.default_modes:
                setting = self._setting(protocol, modes)
                for model in self.models or protocol.default_models:
                    experiment = model_experiment(model, setting, seed)
                    for backend in self.backends:
                        cell = Cell(protocol=self.protocol, model=model, modes=modes, backend=backend, seed=seed)
                        planned[cell] = experiment
        object.__setattr__(self, "planned", planned)

    def _setting(self, protocol: Protocol, modes: int) -> Setting:
        data, batch_size = protocol.mixture(modes), self.batch_size or protocol.batch_size
        steps = self.steps or protocol.steps
        if self.epochs is not None:
            steps = max(1, round(self.epochs * max(1, data.points // batch_size)))
        return Setting(data=data, steps=steps, batch_size=batch_size, bounded=protocol.bounded)


def run_laboratory(
    laboratory: Laboratory, out: Path, jobs: int = 2, progress: Progress = _silent
) -> list[dict[str, Any]]:
    """Run what is not finished yet in `out`, then write the tables and figures; return the table's rows.

    progress: called from several threads. Raises `GanError` after all cells if some failed; those that finished are
    kept, and so is the table of them.
    """
    if jobs < 1:
        raise UsageError(f"jobs={jobs}: expected 1 or more")
    folder = out / "cells"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"out={out}: cannot be made: {error.strerror}") from None
    radius = protocol_of(laboratory.protocol).radius
    failures = []
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {
            pool.submit(_run, cell, experiment, radius, folder, progress): cell
            for cell, experiment in laboratory.planned.items()
            if finished(cell, experiment, folder) is None
        }
        try:
            for done in as_completed(waiting):
                if (line := done.result()) is not None:
                    failures.append(f"{waiting[done].name}: {line}")
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    rows = write_tables(laboratory, out)
    if failures:
        raise GanError(f"{len(failures)} of {len(laboratory.planned)} cells failed; the first was {failures[0]}")
    return rows


def finished(cell: Cell, experiment: Experiment, folder: Path) -> dict[str, Any] | None:
    """Return a finished cell's result, or None where there is none, or it is another experiment's."""
    try:
        result = json.loads((folder / f"{cell.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return result if isinstance(result, dict) and result.get("fingerprint") == fingerprint(experiment) else None


def write_tables(laboratory: Laboratory, out: Path) -> list[dict[str, Any]]:
    """Write table.md, table.json and overview.png of the finished cells; return the rows."""
    from gan_core.laboratory.figures import draw_overview

    protocol, folder = protocol_of(laboratory.protocol), out / "cells"
    found = {cell: finished(cell, experiment, folder) for cell, experiment in laboratory.planned.items()}
    results = [{**result, "name": cell.name} for cell, result in found.items() if result is not None]
    if not results:
        return []
    rows = rows_of(results, protocol)
    with written_whole(out / "table.md") as path:
        path.write_text(f"{coverage_table(rows, protocol)}\n{markdown(rows, protocol)}", encoding="utf-8")
    with written_whole(out / "table.json") as path:
        path.write_text(json.dumps({"protocol": laboratory.protocol, "rows": rows}, indent=2) + "\n")
    samples = {result["name"]: folder / f"{result['name']}.npy" for result in results}
    points = {name: np.load(path) for name, path in samples.items() if path.is_file()}
    points |= {
        f"real {modes}": protocol.mixture(modes).load(None).samples[:2500] for modes in {r["modes"] for r in rows}
    }
    with written_whole(out / "overview.png") as path:
        draw_overview(path, results, points)
    return rows


def _check(laboratory: Laboratory) -> None:
    if laboratory.seeds < 1:
        raise UsageError(f"seeds={laboratory.seeds}: expected 1 or more")
    for option, value in (("steps", laboratory.steps), ("batch_size", laboratory.batch_size)):
        if value is not None and value < 1:
            raise UsageError(f"{option}={value}: expected 1 or more")
    if laboratory.epochs is not None and not 0 < laboratory.epochs < math.inf:
        raise UsageError(f"epochs={laboratory.epochs:g}: expected more than 0")
    for backend in laboratory.backends:
        if backend not in installed_backends():
            raise BackendError(f"unknown backend '{backend}'{nearest(backend, installed_backends())}")


def _run(cell: Cell, experiment: Experiment, radius: float, folder: Path, progress: Progress) -> str | None:
    """Run a cell in a process of its own; return the last line of its complaint, or None."""
    with tempfile.TemporaryDirectory(prefix="gan-modes-") as name:
        file = Path(name) / "experiment.toml"
        file.write_text(to_toml(experiment), encoding="utf-8")
        write_copies(experiment.imports, file.parent)
        request = {"cell": asdict(cell), "experiment": str(file), "radius": radius, "folder": str(folder.resolve())}
        command = [sys.executable, "-m", "gan_core.laboratory", json.dumps(request)]
        complaint = Path(name) / "stderr"
        with (
            complaint.open("wb") as errors,
            subprocess.Popen(  # noqa: S603  (our own interpreter)
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
                errors="replace",
                env=child_environment(**ONE_THREAD),
            ) as child,
        ):
            progress(cell, 0, False)
            assert child.stdout is not None
            for line in child.stdout:
                if line.startswith("{"):
                    progress(cell, int(json.loads(line)["step"]), False)
            status = child.wait()
        progress(cell, experiment.training.steps, True)
        return None if status == 0 else reason(status, complaint.read_text(encoding="utf-8", errors="replace"))


def reason(status: int, complaint: str) -> str:
    """Return why a process ended with a status other than 0: the signal that killed it, else its own line."""
    if -status == signal.SIGKILL:
        return "killed by SIGKILL, perhaps for want of memory: try fewer at once, as jobs=1"
    return why_it_ended(status, complaint)
