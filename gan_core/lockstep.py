"""Do two runs agree? Traces of one experiment on several backends, and how far they part, step by step.

A trace holds every scalar of every step, the state (weights, running statistics, optimizer state) at some steps, and
the time per step. It is recorded in a process of its own (``python -m gan_core.lockstep``), since two frameworks in one
process can crash each other, and read back as NumPy files.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.events import State
from gan_core.experiment import Experiment
from gan_core.experiment_files import read_experiment
from gan_core.shapes import Plan

NUDGES = 3  # how far chaos carries one unit in the last place depends on the weight: the floor is the worst of these
KINDS = ("losses", "weights", "running statistics", "optimizer state")


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What one backend did. scalars: name → [steps]. states: step → array name → array."""

    scalars: Mapping[str, np.ndarray]
    states: Mapping[int, Mapping[str, np.ndarray]]
    environment: Mapping[str, str]
    step_milliseconds: float
    first_step_seconds: float


def marks(steps: int) -> list[int]:
    """Return the steps at which states are compared: 1, 2, 5, 10, 20, 50 … and the last."""
    usual = {scale * base for scale in (1, 10, 100, 1000, 10_000, 100_000) for base in (1, 2, 5)}
    return sorted({step for step in usual if step < steps} | {steps})


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest absolute difference over the largest absolute value: relative, for an array as a whole.

    Infinite where one has values that are not finite and the other's differ from them.
    """
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return 0.0 if np.array_equal(one, other, equal_nan=True) else float("inf")
    scale = max(np.abs(one).max(initial=0), np.abs(other).max(initial=0))
    return float(np.abs(one - other).max(initial=0) / scale) if scale > 0 else 0.0


def scalar_differences(one: Trace, other: Trace) -> np.ndarray:
    """Return the worst relative difference of any scalar at each step, [steps].

    A loss may pass through 0, so a scalar is compared on the scale of its largest value up to then.
    """
    worst = np.zeros(len(next(iter(one.scalars.values()))))
    for name, values in one.scalars.items():
        others = other.scalars[name]
        scale = np.maximum.accumulate(np.maximum(np.abs(values), np.abs(others)))
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(scale > 0, np.abs(values - others) / scale, 0.0)
        known = np.isfinite(values) | np.isfinite(others)  # a phase that did not run at a step has no scalar there
        worst = np.maximum(worst, np.where(known, np.nan_to_num(relative, nan=np.inf), 0.0))
    return worst


def state_differences(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> dict[str, tuple[float, str]]:
    """Return kind → (worst difference, name of the array where it is)."""
    worst = dict.fromkeys(KINDS[1:], (0.0, ""))
    for name, value in one.items():
        kind = _kind(name)
        worst[kind] = max(worst[kind], (difference(value, other[name]), name))
    return worst


def table(traces: Mapping[str, Trace]) -> list[dict[str, Any]]:
    """Return a row a backend (against the first) and marked step: the worst difference of each kind up to there."""
    reference, *others = traces
    rows = []
    for name in others:
        scalars = np.maximum.accumulate(scalar_differences(traces[reference], traces[name]))
        worst = dict.fromkeys(KINDS, 0.0)
        for step in sorted(traces[reference].states):
            worst["losses"] = float(scalars[step - 1])
            found = state_differences(traces[reference].states[step], traces[name].states[step])
            for kind, (value, _) in found.items():
                worst[kind] = max(worst[kind], value)
            rows.append({"backends": f"{name} against {reference}", "step": step, **worst})
    return rows


def record(experiment: Experiment, backend: str, folder: Path, options: Mapping[str, Any]) -> None:
    """Run an experiment and write its trace to a folder.

    options: device, data_dir (or None), nudge (move one weight by one unit in its last place: which, of `NUDGES`; or
    None), sheet (draw samples).
    """
    from gan_core.backend import load_backend
    from gan_core.trainer import Trainer
    from gan_core.weights import all_initial_values

    dataset = experiment.data.load(Path(options["data_dir"]) if options["data_dir"] else None)
    initial = all_initial_values(experiment)
    if options["nudge"] is not None:
        _nudge(initial, np.dtype(experiment.training.dtype), options["nudge"])
    trainer = Trainer(experiment, load_backend(backend, experiment.training.dtype, options["device"]), dataset, initial)
    wanted, scalars, times = set(marks(experiment.training.steps)), [], []
    for step in range(1, experiment.training.steps + 1):
        start = time.perf_counter()
        scalars.append(trainer.run_step())
        times.append(time.perf_counter() - start)
        if step in wanted:
            np.savez(folder / f"state-{step}.npz", **_flat(trainer.state(), experiment.plans))  # type: ignore[arg-type]
    names = sorted({name for row in scalars for name in row})
    values = {
        name: np.array([float(trainer.backend.to_numpy(row[name])) if name in row else np.nan for row in scalars])
        for name in names
    }
    np.savez(folder / "scalars.npz", **values)  # type: ignore[arg-type]
    if options["sheet"]:
        from gan_core.sheets import write_sheet
        from gan_core.translations import domain_made

        title = f"{experiment.name}, step {experiment.training.steps}"
        shown = domain_made(experiment, dataset, experiment.sampled[0])
        write_sheet(folder / "sheet.png", trainer.sheet(), experiment.sampling.columns, shown, title)
    report = {
        "environment": trainer.backend.describe(),
        "first_step_seconds": times[0],
        "step_milliseconds": 1e3 * float(np.median(times[2:] or times)),
    }
    (folder / "trace.json").write_text(json.dumps(report))


def read(folder: Path) -> Trace:
    """Return the trace in a folder."""
    report = json.loads((folder / "trace.json").read_text())
    with np.load(folder / "scalars.npz") as file:
        scalars = {name: file[name] for name in file.files}
    states = {}
    for path in folder.glob("state-*.npz"):
        with np.load(path) as file:
            states[int(path.stem.removeprefix("state-"))] = {name: file[name] for name in file.files}
    return Trace(scalars=scalars, states=states, **report)


def _flat(state: State, plans: Mapping[str, Plan]) -> dict[str, np.ndarray]:
    flat = {}
    for network, values in state.networks.items():
        for name, value in values.items():
            kind = "running" if name in plans[network].buffers else "weight"
            flat[f"{kind}:{network}.{name}"] = value
    for player, values in state.optimizers.items():
        flat |= {f"optimizer:{player}/{name}": value for name, value in values.items()}
    return flat | {f"running:{name}": value for name, value in state.variables.items()}


def _kind(name: str) -> str:
    return {"weight": KINDS[1], "running": KINDS[2], "optimizer": KINDS[3]}[name.partition(":")[0]]


def _nudge(initial: Mapping[str, Mapping[str, np.ndarray]], dtype: np.dtype, number: int) -> None:
    arrays = [array for values in initial.values() for name, array in values.items() if name.endswith(".weight")]
    flat = arrays[number * len(arrays) // NUDGES].reshape(-1)
    flat[0] = np.nextafter(flat[0].astype(dtype), dtype.type(np.inf))


def _main(request: Mapping[str, Any]) -> None:
    record(
        read_experiment(Path(request["experiment"])), request["backend"], Path(request["folder"]), request["options"]
    )


if __name__ == "__main__":
    from gan_core.child_process import answer_request

    answer_request("gan_core.lockstep", _main, "gan compare")
