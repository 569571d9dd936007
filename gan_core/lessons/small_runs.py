"""One small run for a lesson: the scalars of each step, samples at some, sheets, time and memory.

It is recorded in a process of its own (``python -m gan_core.lessons``), which runs one framework.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.experiments.experiment import Experiment
from gan_core.experiments.initial_values import all_initial_values
from gan_core.experiments.translations import output_domain
from gan_core.lockstep.traces import Trace, marks, nudge_weight
from gan_core.sheets.sheets import write_sheet
from gan_core.training.machine import Machine
from gan_core.training.trainer import Trainer

MOST_WATCHED = 100  # steps at which samples are kept
KEPT_SAMPLES = 4  # samples that are compared; of 64×64 colours in float64 that is .4 MB a step
SHARES = (0.0, 0.1, 0.2, 0.5, 1.0)  # of all steps: where sheets are drawn
SCALARS, SAMPLES, REPORT, REAL = "scalars.npz", "samples.npz", "run.json", "real.png"


@dataclass(frozen=True, kw_only=True)
class SmallRun:
    """What one run left.

    trace: its scalars, times and environment, without states. samples: [times, …], at the steps of `watched_steps`.
    peak_bytes: the largest memory that its process has held, or None where the system does not tell. sheets: step →
    PNG. real: a sheet of real samples as PNG, or b"".
    """

    trace: Trace
    samples: np.ndarray
    peak_bytes: int | None
    sheets: dict[int, bytes]
    real: bytes


def sheet_steps(steps: int) -> list[int]:
    """Return the steps after which sheets are drawn: 0, some, and the last."""
    return sorted({round(share * steps) for share in SHARES})


def watched_steps(steps: int) -> list[int]:
    """Return the steps after which samples are kept: all of a short run, about `MOST_WATCHED` of a long one."""
    if steps <= MOST_WATCHED:
        return [*range(steps + 1)]
    even = np.linspace(0, steps, MOST_WATCHED + 1).round().astype(int)
    return sorted({0, *map(int, even), *marks(steps)})


def record_run(experiment: Experiment, machine: Machine, folder: Path, *, nudge: int | None, sheets: bool) -> None:
    """Run an experiment and write what it leaves into a folder.

    nudge: which first weight is moved by one unit in its last place, as for the chaos floor; None for none. sheets:
    whether sheets are drawn at all of `sheet_steps`, and one of real samples; else at the last alone.
    """
    dataset = machine.load_data(experiment.data)
    shown = output_domain(experiment, dataset, experiment.sampler_network)
    columns, steps = experiment.sampling.columns, experiment.training.steps
    if sheets:
        count = experiment.sampling.rows * columns
        real = shown.take(np.arange(count) % len(shown), np.dtype(np.float64))
        write_sheet(folder / REAL, real, columns, shown, experiment.name)
    initial = all_initial_values(experiment)
    if nudge is not None:
        nudge_weight(initial, np.dtype(experiment.training.dtype), nudge)
    trainer = Trainer(
        experiment, machine.load_backend(experiment.training.dtype, experiment.training.products), dataset, initial
    )
    drawn, watched = {*(sheet_steps(steps) if sheets else [steps])}, {*watched_steps(steps)}
    scalars, times, kept = [], [], []
    for step in range(steps + 1):
        if step:
            start = time.perf_counter()
            row = trainer.run_step()
            scalars.append({name: float(trainer.backend.to_numpy(value)) for name, value in row.items()})
            times.append(time.perf_counter() - start)
        if step in watched or step in drawn:
            samples = trainer.sampler.sheet()
            if step in watched:
                kept.append(np.array(samples[:KEPT_SAMPLES]))
            if step in drawn:
                write_sheet(folder / f"sheet-{step}.png", samples, columns, shown, f"{experiment.name}, step {step}")
    _write(folder, scalars, kept, times, trainer)


def _write(
    folder: Path, scalars: list[dict[str, float]], kept: list[np.ndarray], times: list[float], trainer: Trainer
) -> None:
    names = sorted({name for row in scalars for name in row})
    values = {name: np.array([row.get(name, np.nan) for row in scalars]) for name in names}
    np.savez(folder / SCALARS, **values)  # type: ignore[arg-type]
    np.savez(folder / SAMPLES, samples=np.stack(kept))
    report = {
        "environment": trainer.backend.describe(),
        "first_step_seconds": times[0],
        "step_milliseconds": 1e3 * float(np.median(times[2:] or times)),
        "peak_bytes": peak_bytes(),
    }
    (folder / REPORT).write_text(json.dumps(report), encoding="utf-8")


def read_run(folder: Path) -> SmallRun:
    """Return the run in a folder."""
    report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    peak = report.pop("peak_bytes")
    with np.load(folder / SCALARS) as file:
        scalars = {name: file[name] for name in file.files}
    with np.load(folder / SAMPLES) as file:
        samples = file["samples"]
    sheets = {int(path.stem.removeprefix("sheet-")): path.read_bytes() for path in folder.glob("sheet-*.png")}
    real = folder / REAL
    return SmallRun(
        trace=Trace(scalars=scalars, states={}, **report),
        samples=samples,
        peak_bytes=peak,
        sheets=dict(sorted(sheets.items())),
        real=real.read_bytes() if real.is_file() else b"",
    )


def peak_bytes() -> int | None:
    """Return the largest memory that this process has held since it was started, in bytes; None where nobody tells."""
    status = Path("/proc/self/status")
    if status.is_file():  # Linux; what `getrusage` says there may be of the process that started this one
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import psutil

    peak = getattr(psutil.Process().memory_info(), "peak_wset", None)  # Windows
    return None if peak is None else int(peak)
