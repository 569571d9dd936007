"""One experiment on several backends, a process each: the lockstep table, time per step, sheets side by side."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_core import lockstep
from gan_core.backend import gpu_number
from gan_core.data.spec import data_folder
from gan_core.errors import GanError, UsageError
from gan_core.experiment import Experiment
from gan_core.experiment_files import to_toml
from gan_core.lockstep import Trace
from gan_core.printing import child_environment
from gan_core.run_directory import written_whole
from gan_core.sheets import write_side_by_side

# Where no tolerance is given. GAN training is chaotic, so sameness is judged over the first steps, best in float64.
TOLERANCE = {"float64": (1e-9, 100), "float32": (1e-3, 10)}
# In float32 only losses are judged: Adam's first steps are ±lr for components whose gradient is mere rounding.
JUDGED = {"float64": lockstep.KINDS, "float32": lockstep.KINDS[:1]}
CHAOS_ALLOWANCE = 10.0


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What came out.

    rows: of `lockstep.table`. worst: the largest difference of the judged kinds within the first `within` steps.
    floor_excess: how many times the chaos floor the backends part at most, or None if it was not measured.
    """

    experiment: Experiment
    traces: Mapping[str, Trace]
    rows: list[dict[str, Any]]
    worst: float
    tolerance: float
    within: int
    floor_excess: float | None

    @property
    def agrees(self) -> bool:
        """Whether the backends stayed within the tolerance."""
        return self.worst <= self.tolerance


def compare(
    experiment: Experiment,
    backends: Sequence[str],
    out: Path,
    *,
    device: str = "cpu",
    data_dir: Path | None = None,
    tolerance: float | None = None,
    within: int | None = None,
    chaos_floor: bool = False,
    announce: Callable[[str], object] = str,
) -> Comparison:
    """Run an experiment on each backend in turn and compare the traces; write figures and numbers to `out`.

    tolerance, within: largest difference over so many first steps; by default 1e-9 of everything over 100 in float64,
    1e-3 of the losses over 10 in float32. chaos_floor: run the first backend three times more, each time with one
    weight moved by one unit in its last place.
    """
    if len(set(backends)) < 2:
        raise UsageError(f"backends={','.join(backends)}: expected at least two different ones")
    gpu_number(device)
    data_dir = data_folder(data_dir)
    dtype, steps = experiment.training.dtype, experiment.training.steps
    tolerance = TOLERANCE[dtype][0] if tolerance is None else tolerance
    within = min(steps, TOLERANCE[dtype][1] if within is None else within)
    traces: dict[str, Trace] = {}
    sheets: dict[str, bytes] = {}
    floor: list[Trace] = []
    options = {"device": device, "data_dir": str(data_dir) if data_dir else None, "nudge": None, "sheet": True}
    for name in backends:
        announce(f"{experiment.name} on {name}: {steps} steps in {dtype}")
        traces[name], sheets[name] = _run(experiment, name, options)
    if chaos_floor:
        for number in range(lockstep.NUDGES):
            announce(f"{experiment.name} on {backends[0]} again, one weight moved by one unit in the last place")
            floor.append(_run(experiment, backends[0], options | {"nudge": number, "sheet": False})[0])
    rows = lockstep.table(traces)
    worst = max(max(row[kind] for kind in JUDGED[dtype]) for row in rows if row["step"] <= within)
    result = Comparison(
        experiment=experiment,
        traces=traces,
        rows=rows,
        worst=worst,
        tolerance=tolerance,
        within=within,
        floor_excess=floor_excess(traces, floor) if floor else None,
    )
    _write(out, result, sheets, floor)
    return result


def chaos(reference: Trace, floor: Sequence[Trace]) -> np.ndarray:
    """Return how far the nudged runs part from the run itself: the worst of them so far, [steps]."""
    return np.maximum.accumulate(np.max([lockstep.scalar_differences(reference, one) for one in floor], axis=0))


def floor_excess(traces: Mapping[str, Trace], floor: Sequence[Trace]) -> float:
    """Return the largest ratio of two backends' distance to the chaos floor, over all steps.

    Both are taken as the worst so far. A distance below 1e-13 is rounding, which the nudge of a single weight
    reaches only after some steps, and counts as no excess; past a distance of .1 the runs are apart for good.
    """
    reference, *others = traces
    ground = chaos(traces[reference], floor)
    worst = 0.0
    for name in others:
        distance = np.maximum.accumulate(lockstep.scalar_differences(traces[reference], traces[name]))
        judged = (distance > 1e-13) & (distance < 0.1) & (ground < 0.1)
        if judged.any():
            worst = max(worst, float((distance[judged] / np.maximum(ground[judged], 1e-16)).max()))
    return worst


def _run(experiment: Experiment, backend: str, options: Mapping[str, Any]) -> tuple[Trace, bytes]:
    with tempfile.TemporaryDirectory(prefix="gan-compare-") as name:
        folder = Path(name)
        (folder / "experiment.toml").write_text(to_toml(experiment), encoding="utf-8")
        request = {
            "experiment": str(folder / "experiment.toml"),
            "backend": backend,
            "folder": name,
            "options": dict(options),
        }
        command = [sys.executable, "-m", "gan_core.lockstep", json.dumps(request)]
        done = subprocess.run(  # noqa: S603  (our own interpreter)
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=child_environment(),
            check=False,
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"the process ended with status {done.returncode}"]
            if done.returncode == UsageError.exit_status:
                raise UsageError(lines[-1])
            raise GanError(f"{backend} failed: {lines[-1]}")
        sheet = folder / "sheet.png"
        return lockstep.read(folder), sheet.read_bytes() if sheet.is_file() else b""


def _write(out: Path, result: Comparison, sheets: Mapping[str, bytes], floor: Sequence[Trace]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        titled = {}
        for name, raw in sheets.items():
            titled[name] = out / f"sheet-{name}.png"
            with written_whole(titled[name]) as path:
                path.write_bytes(raw)
        with written_whole(out / "sheets.png") as path:
            write_side_by_side(path, titled)
        with written_whole(out / "lockstep.png") as path:
            draw_lockstep(path, result, floor)
        with written_whole(out / "comparison.json") as path:
            path.write_text(json.dumps(as_json(result), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise GanError(f"{out} cannot be written: {error.strerror}") from None


def as_json(result: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data."""
    return {
        "experiment": result.experiment.name,
        "dtype": result.experiment.training.dtype,
        "steps": result.experiment.training.steps,
        "worst": result.worst,
        "tolerance": result.tolerance,
        "judged": list(JUDGED[result.experiment.training.dtype]),
        "within_steps": result.within,
        "agrees": result.agrees,
        "floor_excess": result.floor_excess,
        "lockstep": result.rows,
        "backends": {
            name: {
                "step_milliseconds": trace.step_milliseconds,
                "first_step_seconds": trace.first_step_seconds,
                "environment": dict(trace.environment),
            }
            for name, trace in result.traces.items()
        },
    }


def draw_lockstep(path: Path, result: Comparison, floor: Sequence[Trace]) -> None:
    """Write a figure of the worst scalar difference over the steps, with the chaos floor where it was measured."""
    from matplotlib.figure import Figure

    reference, *others = result.traces
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    steps = np.arange(1, result.experiment.training.steps + 1)
    smallest = 1e-17
    for name in others:
        distance = np.maximum.accumulate(lockstep.scalar_differences(result.traces[reference], result.traces[name]))
        axes.semilogy(steps, np.maximum(distance, smallest), label=f"{name} against {reference}")
    if floor:
        ground = np.maximum(chaos(result.traces[reference], floor), smallest)
        label = f"chaos floor: {reference}, a weight moved by one unit in the last place"
        axes.semilogy(steps, ground, color="0.4", linestyle="--", label=label)
        axes.semilogy(steps, CHAOS_ALLOWANCE * ground, color="0.7", linestyle=":", label="ten times the floor")
    axes.axhline(result.tolerance, color="tab:red", linewidth=0.8, label=f"tolerance over {result.within} steps")
    axes.set_xlabel("step")
    axes.set_ylabel("largest relative difference of a loss so far")
    axes.set_title(f"{result.experiment.name}, {result.experiment.training.dtype}")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(path, dpi=120)
