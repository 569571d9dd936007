"""Do two runs agree? Traces of one experiment on several backends, and how far they part, step by step.

A trace holds every scalar of every step, the state (weights, running statistics, optimizer state) at some steps, and
the time per step. It is recorded in a process of its own (``python -m gan_core.lockstep``), since two frameworks in one
process can crash each other, and read back as NumPy files.
"""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from gan_core.data.identity import identity_of
from gan_core.experiments.checks import data_notes
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.initial_values import all_initial_values
from gan_core.experiments.translations import output_domain
from gan_core.lockstep import array_scales
from gan_core.lockstep.array_scales import SHARE, Scales, kind_of, shown
from gan_core.objectives.judgements import is_probability
from gan_core.operations.ops import Array
from gan_core.plans.plans import Plan
from gan_core.printing import say
from gan_core.sessions.session import joined
from gan_core.sheets.sheets import write_sheet
from gan_core.training.machine import Machine
from gan_core.training.state import State
from gan_core.training.trainer import Trainer

KINDS, difference = array_scales.KINDS, array_scales.difference
TOLD_EVERY = 0.25  # seconds
NUDGES = 3  # how far chaos carries one unit in the last place depends on the weight: the floor is the worst of these


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What one backend did.

    scalars: name → [steps]. states: step → name → array, named as in `array_scales`. environment: versions and device,
    as the backend describes itself. data: a `DataIdentity` as plain data, None in a trace of before there were any.
    """

    scalars: Mapping[str, np.ndarray]
    states: Mapping[int, Mapping[str, np.ndarray]]
    environment: Mapping[str, str]
    step_milliseconds: float
    first_step_seconds: float
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far two backends differ: in which scalar or array ("" where all are equal), and at which step."""

    value: float
    array: str
    step: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """Two backends after some steps. backends: their names. worst: kind, of `KINDS` → the worst difference so far."""

    backends: str
    step: int
    worst: Mapping[str, Difference]

    def plain(self) -> dict[str, Any]:
        """Return the row as ``comparison.json`` has it."""
        return {
            "backends": self.backends,
            "step": self.step,
            **{kind: one.value for kind, one in self.worst.items()},
            "arrays": {kind: one.array for kind, one in self.worst.items()},
            "steps": {kind: one.step for kind, one in self.worst.items()},
        }


def marks(steps: int) -> list[int]:
    """Return the steps at which states are compared: 1, 2, 5, 10, 20, 50 … and the last."""
    usual = {scale * base for scale in (1, 10, 100, 1000, 10_000, 100_000) for base in (1, 2, 5)}
    return sorted({step for step in usual if step < steps} | {steps})


def scalar_differences(one: Trace, other: Trace) -> np.ndarray:
    """Return the worst relative difference of any scalar at each step, [steps]."""
    return np.asarray(np.max(list(differences_of_scalars(one, other).values()), axis=0))


def differences_of_scalars(one: Trace, other: Trace) -> dict[str, np.ndarray]:
    """Return the relative difference of each scalar at each step, name → [steps].

    A loss may pass through 0, so a scalar is compared on the scale of its largest value up to then, and on no less than
    `SHARE` of the largest of its phase: one that would be 0 is rounding of the others. A mean of D is compared on the
    scale of 1, that of probabilities: of 1e-8 no digit but the size is known, since D = eˡ there and l comes with an
    error of its own.
    """
    so_far = {
        name: np.maximum.accumulate(np.nan_to_num(np.maximum(np.abs(values), np.abs(other.scalars[name]))))
        for name, values in one.scalars.items()
    }
    share = SHARE[one.environment.get("dtype", "float64")]
    found = {}
    for name, values in one.scalars.items():
        phase = [so_far[near] for near in so_far if near.partition("/")[0] == name.partition("/")[0]]
        scale = np.maximum(so_far[name], 1.0 if is_probability(name) else share * np.max(phase, axis=0))
        others = other.scalars[name]
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(scale > 0, np.abs(values - others) / scale, 0.0)
        known = np.isfinite(values) | np.isfinite(others)  # a phase that did not run at a step has no scalar there
        found[name] = np.where(known, np.nan_to_num(relative, nan=np.inf), 0.0)
    return found


def state_differences(
    one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray], averages: Mapping[str, str] = MappingProxyType({})
) -> dict[str, tuple[float, str]]:
    """Return kind → (worst difference, name of the array where it is).

    averages: name of an average → name of the network that it is an average of.
    """
    scales, worst = Scales(one, other, averages), dict.fromkeys(KINDS[1:], (0.0, ""))
    for name in one:
        found = (scales.difference(name), shown(name))
        worst[kind_of(name)] = max(worst[kind_of(name)], found)
    return worst


def table(traces: Mapping[str, Trace], averages: Mapping[str, str] = MappingProxyType({})) -> list[Row]:
    """Return a row a backend (against the first) and marked step: the worst difference of each kind up to there."""
    reference, *others = traces
    rows = []
    for name in others:
        scalars = differences_of_scalars(traces[reference], traces[name])
        worst = dict.fromkeys(KINDS, Difference(value=0.0, array="", step=0))
        before = 0
        for step in sorted(traces[reference].states):
            for scalar, values in scalars.items():
                if len(part := values[before:step]) and part.max() > worst["losses"].value:
                    at = before + int(part.argmax()) + 1
                    worst["losses"] = Difference(value=float(part.max()), array=scalar, step=at)
            states = state_differences(traces[reference].states[step], traces[name].states[step], averages)
            for kind, (value, array) in states.items():
                now = Difference(value=value, array=array, step=step)
                worst[kind] = max(worst[kind], now, key=lambda one: one.value)
            rows.append(Row(backends=f"{name} against {reference}", step=step, worst=dict(worst)))
            before = step
    return rows


def record(
    experiment: Experiment, machine: Machine, folder: Path, *, within: int, nudge: int | None, sheet: bool
) -> None:
    """Run an experiment and write its trace to a folder.

    within: the state of that step is kept too. nudge: which weight, of `NUDGES`, is moved by one unit in its last place
    before the first step; None for none. sheet: whether samples are drawn.
    """
    dataset = machine.load_data(experiment.data)
    writes = machine.launched is None or machine.launched.rank == 0  # of several workers the first
    for note in data_notes(experiment, dataset) if writes else ():
        say(f"gan: note: {note}")
    initial = all_initial_values(experiment)
    if nudge is not None:
        nudge_weight(initial, np.dtype(experiment.training.dtype), nudge)
    trainer = Trainer(experiment, joined(experiment, machine).backend, dataset, initial)
    marked, scalars, times, told = {*marks(experiment.training.steps), within}, [], [], time.perf_counter()
    for step in range(1, experiment.training.steps + 1):
        start = time.perf_counter()
        scalars.append(_waited_for(trainer.run_step(), trainer))
        times.append(time.perf_counter() - start)
        if time.perf_counter() - told > TOLD_EVERY and writes:
            told = time.perf_counter()
            sys.stdout.write(f"{step}\n")  # heard by the process that compares
            sys.stdout.flush()
        if step in marked and writes:
            np.savez(folder / f"state-{step}.npz", **_flat(trainer.state(), experiment.plans))  # type: ignore[arg-type]
    if not writes:
        return
    names = sorted({name for row in scalars for name in row})
    values = {name: np.array([row.get(name, np.nan) for row in scalars]) for name in names}
    np.savez(folder / "scalars.npz", **values)  # type: ignore[arg-type]
    if sheet:
        title = f"{experiment.name}, step {experiment.training.steps}"
        shown = output_domain(experiment, dataset, experiment.sampler_network)
        write_sheet(folder / "sheet.png", trainer.sampler.sheet(), experiment.sampling.columns, shown, title)
    report = {
        "environment": trainer.backend.describe(),
        "data": identity_of(dataset).plain(),
        "first_step_seconds": times[0],
        "step_milliseconds": 1e3 * float(np.median(times[2:] or times)),
    }
    (folder / "trace.json").write_text(json.dumps(report))


def _waited_for(scalars: Mapping[str, Array], trainer: Trainer) -> dict[str, float]:
    """A step's scalars on the host. A GPU does what it is told in order, so that it has done the whole step then.

    Without the wait a step's time would be the time that it takes to tell the GPU of it.
    """
    return dict(zip(scalars, trainer.agreement.floats(list(scalars.values())), strict=True))


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


def nudge_weight(initial: Mapping[str, Mapping[str, np.ndarray]], dtype: np.dtype, number: int) -> None:
    """Move one first weight by one unit in its last place. number: which, below `NUDGES`."""
    arrays = [array for values in initial.values() for name, array in values.items() if name.endswith(".weight")]
    flat = arrays[number * len(arrays) // NUDGES].reshape(-1)
    flat[0] = np.nextafter(flat[0].astype(dtype), dtype.type(np.inf))
