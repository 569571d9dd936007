"""One experiment on several backends, a process each: the lockstep table, time per step, sheets side by side."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.contract.devices import EXACT
from gan_core.data.identity import differences, identity_from
from gan_core.errors import GanError, UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.files.whole_files import written_whole
from gan_core.lockstep import traces as lockstep
from gan_core.lockstep.array_scales import KINDS, Scales, shown
from gan_core.lockstep.children import check_workers, traced
from gan_core.lockstep.traces import Row, Trace
from gan_core.presets.loading import load_experiment
from gan_core.printing import Tell, say, silent
from gan_core.sheets.sheets import write_side_by_side
from gan_core.training.machine import Machine

# Where no tolerance is given. GAN training is chaotic, so sameness is judged over the first steps, best in float64.
TOLERANCE = {"float64": (1e-9, 100), "float32": (1e-3, 10)}
# In float32 only losses are judged: Adam's first steps are ±lr for components whose gradient is mere rounding.
JUDGED = {"float64": KINDS, "float32": KINDS[:1]}
CHAOS_ALLOWANCE = 10.0


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The worst of one of `array_scales.KINDS`: how far, in which scalar or array, at which step, on which backends.

    judged: whether it counts for the verdict. agrees: whether it is within the tolerance.
    """

    kind: str
    worst: float
    array: str
    step: int
    backends: str
    judged: bool
    agrees: bool


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How far backends part, and whether they agree.

    traces: by backend. rows: those of `traces.table`. kinds: the worst of each kind within the first `within` steps.
    worst: the largest difference of the judged kinds. idle: weights whose gradient has been rounding, and which are
    therefore compared on the scale of their network. floor_excess: how many times the chaos floor the backends part at
    most, or None if it was not measured.
    """

    experiment: Experiment
    traces: Mapping[str, Trace]
    rows: list[Row]
    kinds: list[Kind]
    idle: tuple[str, ...]
    worst: float
    tolerance: float
    within: int
    floor_excess: float | None

    @property
    def agrees(self) -> bool:
        """Whether the backends stayed within the tolerance."""
        return self.worst <= self.tolerance


def compare(
    experiment: str | Path | Experiment,
    backends: Sequence[str],
    out: str | Path,
    *,
    device: str = "cpu",
    data_dir: str | Path | None = None,
    tolerance: float | None = None,
    within: int | None = None,
    chaos_floor: bool = False,
    workers: int = 1,
    tell: Tell = silent,
) -> Comparison:
    """Run an experiment on each backend in turn and compare the traces; write figures and numbers to a folder.

    experiment: a preset's name, the path of a file or run, or an experiment itself. backends: names, of which the first
    is the reference. out: the folder. device: ``cpu``, ``gpu`` or ``gpu:N``, of each backend. data_dir: the folder
    where data are looked for first. tolerance, within: largest difference over so many first steps; by default 1e-9 of
    everything over 100 in float64, 1e-3 of the losses over 10 in float32. chaos_floor: run the first backend three
    times more, each time with one weight moved by one unit in its last place. workers: how many processes of each
    backend share each batch. tell: is told in a line what is being done. Raises `UsageError` for what cannot be
    compared, and `GanError` where a backend fails.
    """
    if len(set(backends)) < 2:
        raise UsageError(f"backends={','.join(backends)}: expected at least two different ones")
    if not isinstance(experiment, Experiment):
        experiment = load_experiment(experiment)
    _check_products(experiment, tolerance)
    check_workers(experiment, workers, device)
    machines = {name: Machine.of(name, device, data_dir) for name in backends}
    dtype, steps = experiment.training.dtype, experiment.training.steps
    tolerance = TOLERANCE[dtype][0] if tolerance is None else tolerance
    within = min(steps, TOLERANCE[dtype][1] if within is None else within)
    if not (within >= 1 and 0 <= tolerance < math.inf):
        raise UsageError(f"within={within}, tolerance={tolerance}: expected a step from 1 on, and a number from 0 on")
    traces: dict[str, Trace] = {}
    sheets: dict[str, bytes] = {}
    floor: list[Trace] = []
    for name, machine in machines.items():
        tell(f"{experiment.name} on {name}: {steps} steps in {dtype}")
        request = {"within": within, "nudge": None, "sheet": True}
        traces[name], sheets[name], notes = traced(experiment, machine, request, workers)
        for note in notes if name == backends[0] else ():  # the others read the same data
            say(note)
        _check_data(traces[backends[0]], traces[name], tell)
    if chaos_floor:
        for number in range(lockstep.NUDGES):
            tell(f"{experiment.name} on {backends[0]} again, one weight moved by one unit in the last place")
            request = {"within": within, "nudge": number, "sheet": False}
            floor.append(traced(experiment, machines[backends[0]], request, workers)[0])
    averages = {name: average.of for name, average in experiment.averages.items()}
    rows = lockstep.table(traces, averages)
    kinds = worst_of_kinds([row for row in rows if row.step == within], tolerance, JUDGED[dtype])
    result = Comparison(
        experiment=experiment,
        traces=traces,
        rows=rows,
        kinds=kinds,
        idle=idle_weights(traces, averages, within),
        worst=max(kind.worst for kind in kinds if kind.judged),
        tolerance=tolerance,
        within=within,
        floor_excess=floor_excess(traces, floor) if floor else None,
    )
    _write(Path(out), result, sheets, floor)
    return result


def _check_products(experiment: Experiment, tolerance: float | None) -> None:
    """Raise `UsageError` where equal numbers are asked for of products that each framework rounds on its own."""
    products = experiment.training.products
    if products != EXACT and tolerance is None:
        raise UsageError(
            f"training.products is {products}, and each framework rounds such sums in an order of its own: compare "
            f"exact products, or say with tolerance=X how far losses may part"
        )


def worst_of_kinds(rows: Sequence[Row], tolerance: float, judged: Sequence[str]) -> list[Kind]:
    """Return the worst of each kind in rows of `traces.table`, a row a pair of backends."""
    kinds = []
    for kind in KINDS:
        row = max(rows, key=lambda row: row.worst[kind].value)
        worst = row.worst[kind]
        kinds.append(
            Kind(
                kind=kind,
                worst=worst.value,
                array=worst.array,
                step=worst.step,
                backends=row.backends,
                judged=kind in judged,
                agrees=worst.value <= tolerance,
            )
        )
    return kinds


def idle_weights(traces: Mapping[str, Trace], averages: Mapping[str, str], step: int) -> tuple[str, ...]:
    """Return the weights that are idle at a step in the first backend and another (see `Scales`)."""
    reference, *others = traces.values()
    found = {
        shown(name) for other in others for name in Scales(reference.states[step], other.states[step], averages).idle
    }
    return tuple(sorted(found))


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


def _check_data(reference: Trace, trace: Trace, tell: Tell) -> None:
    """Say what the first process read; raise `GanError` where another, moments later, read something else."""
    if reference.data is None or trace.data is None:
        return
    first = identity_from(reference.data)
    if trace is reference:
        tell(first.sentence())
    elif found := differences(first, identity_from(trace.data)):
        raise GanError(f"the data changed while they were compared: {'; '.join(found)}; run this again")


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
        "data": next(iter(result.traces.values())).data,
        "dtype": result.experiment.training.dtype,
        "steps": result.experiment.training.steps,
        "worst": result.worst,
        "tolerance": result.tolerance,
        "judged": list(JUDGED[result.experiment.training.dtype]),
        "within_steps": result.within,
        "agrees": result.agrees,
        "kinds": [asdict(kind) for kind in result.kinds],
        "gradient_is_rounding": list(result.idle),
        "floor_excess": result.floor_excess,
        "lockstep": [row.plain() for row in result.rows],
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
