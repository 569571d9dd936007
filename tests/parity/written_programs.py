"""Runs a written program's step functions on the library's own weights and draws, beside the library's training."""

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.experiments.domain_shapes import domain_shapes
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.initial_values import all_initial_values
from gan_core.lockstep.traces import Trace, differences_of_scalars, state_differences
from gan_core.objectives.conditions import MatchingRows
from gan_core.objectives.draws import FieldValues
from gan_core.operations.random_bits import CallRandom
from gan_core.programs.naming import identifier
from gan_core.programs.parts import program_parts
from gan_core.programs.program import program_of
from gan_core.programs.recorded_phases import recorded_phases
from gan_core.recording.steps import Let, StepFunction, Update
from gan_core.training.trainer import Trainer

STEPS = 10


@dataclass
class Masks:
    """The dropout masks of one update, by the calls of networks as the library numbers them.

    numbers: phase → network → the library's numbers of its calls in an update, in order.
    """

    ops: Any
    to_numpy: Any
    numbers: Mapping[str, Mapping[str, list[int]]]
    phase: str = ""
    key: Any = None
    called: dict[str, int] = field(default_factory=dict)

    def begin(self, phase: str, key: Any) -> None:
        """Start the update of a phase."""
        self.phase, self.key, self.called = phase, key, {}

    def enter(self, network: str) -> None:
        """Note that a network is called."""
        self.called[network] = self.called.get(network, 0) + 1

    def mask(self, network: str, layer: str, shape: tuple[int, ...], rate: float) -> np.ndarray:
        """Return the mask of a layer in the call that was entered last."""
        return self.to_numpy(self._drawn_for(network).keep_mask(layer, shape, rate))

    def uniform(self, network: str, layer: str, purpose: str, count: int) -> np.ndarray:
        """Return the random numbers of a layer for a purpose in that call, [count]."""
        return self.to_numpy(self._drawn_for(network).uniform(layer, purpose, (count,)))

    def _drawn_for(self, network: str) -> CallRandom:
        number = self.numbers[self.phase][network][self.called[network] - 1]
        return CallRandom(ops=self.ops, key=self.ops.constant(self.key), place=f"{network}/{number}")


def imported(text: str, folder: Path, name: str) -> Any:
    """Return a program as a module."""
    path = folder / f"{name.replace('-', '_')}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Difference:
    """The largest relative difference, as `gan compare` measures it, and where it is."""

    value: float
    place: str


def random_dataset(experiment: Experiment, count: int = 256) -> Dataset:
    """Return random samples with all that an experiment reads of its data: labels, fields, a second domain."""
    random, domains = np.random.default_rng(0), domain_shapes(experiment)
    heads = [one for phase in experiment.phases for one in phase.objective.class_heads(experiment.plans) if one.named]
    given = [spec.classes or 0 for plan in experiment.plans.values() for spec in plan.inputs.values()]
    classes = max([2, *given, *(experiment.plans[one.network].outputs[one.head][0] - one.others for one in heads)])
    draws = [draw for phase in experiment.phases for draw in experiment.draws_of(phase).values()]
    if any(isinstance(draw, MatchingRows) for draw in draws):
        return experiment.data.load(None)  # rows that end in categories
    fields = {draw.field: random.uniform(-1, 1, (count, *draw.each)) for draw in draws if isinstance(draw, FieldValues)}
    samples = {name: random.uniform(-1, 1, (count, *shape)) for name, shape in domains.items()}
    labels = random.integers(0, classes, count)
    two = any(draw.domain == "second" for draw in draws)
    second = Dataset(name="b", samples=samples["second"], labels=labels, classes=classes) if two else None
    return Dataset(
        name="a", samples=samples["first"], labels=labels, classes=classes, fields=fields, second_domain=second
    )


def call_numbers(experiment: Experiment) -> dict[str, dict[str, list[int]]]:
    """Return phase → network → the numbers of its calls in an update of a training."""
    found: dict[str, dict[str, list[int]]] = {}
    for one in recorded_phases(experiment, apart=False):
        calls = [value.operands[0] for value in one.values if value.word == "call"]
        found[one.phase.name] = {
            name: [number + 1 for number, called in enumerate(calls) if called == name] for name in experiment.plans
        }
    return found


@dataclass(frozen=True)
class Course:
    """What a training did. rows: the scalars of each step. networks, optimizers: the state at its end."""

    rows: list[dict[str, float]]
    networks: Mapping[str, Mapping[str, np.ndarray]]
    optimizers: Mapping[str, Mapping[str, np.ndarray]]


def largest_difference(experiment: Experiment, backend: Any, dataset: Any, adapter: Any, folder: Path) -> Difference:
    """Return how far a program's losses, weights and statistics part from the library's within `STEPS` steps."""
    parts = program_parts(experiment, ())
    program = imported(program_of(parts, adapter.LANGUAGE).text, folder, experiment.name)
    initial = all_initial_values(experiment)
    trainer = Trainer(experiment, backend, dataset, initial)
    masks = Masks(backend.ops, backend.to_numpy, call_numbers(experiment))
    with adapter.double():
        gan = adapter.made(program)
    for name, plan in experiment.plans.items():
        adapter.load(getattr(gan, identifier(name)), plan, initial[name])
    adapter.install_masks(gan, experiment.plans, masks)
    rows: list[dict[str, float]] = []
    for step in range(STEPS):
        with adapter.double():
            rows.append(_one_step(gan, parts.functions, trainer, masks, adapter, step))
    values = {name: adapter.read(getattr(gan, identifier(name)), plan) for name, plan in experiment.plans.items()}
    own = trained(experiment, backend, dataset, initial)
    return difference_of(experiment, own, Course(rows, values, own.optimizers))


def trained(experiment: Experiment, backend: Any, dataset: Any, initial: Any) -> Course:
    """Return what the library does in as many steps."""
    trainer = Trainer(experiment, backend, dataset, initial)
    rows = [{name: float(backend.to_numpy(value)) for name, value in trainer.run_step().items()} for _ in range(STEPS)]
    state = trainer.state()
    return Course(rows, state.networks, state.optimizers)


def difference_of(experiment: Experiment, one: Course, other: Course) -> Difference:
    """Return how far two courses part: the worst of all scalars, weights and statistics that both have."""
    both = [row.keys() & theirs.keys() for row, theirs in zip(one.rows, other.rows, strict=True)]
    traces = [
        _trace([{name: row[name] for name in names} for row, names in zip(course.rows, both, strict=True)])
        for course in (one, other)
    ]
    found = [
        (float(differences.max()), f"{name} at step {int(differences.argmax()) + 1}")
        for name, differences in differences_of_scalars(*traces).items()
    ]
    averages = {name: average.of for name, average in experiment.averages.items()}
    states = [_arrays(experiment, course.networks, course.optimizers) for course in (one, other)]
    found += state_differences(*states, averages).values()
    return Difference(*max(found))


def _trace(rows: list[dict[str, float]]) -> Trace:
    names = list(dict.fromkeys(name for row in rows for name in row))
    scalars = {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}
    environment = {"dtype": "float64"}
    return Trace(scalars=scalars, states={}, environment=environment, step_milliseconds=0, first_step_seconds=0)


def _arrays(experiment: Experiment, networks: Any, optimizers: Any) -> dict[str, np.ndarray]:
    """Return a state by the names by which it is compared; optimizers: the library's, which tell idle weights."""
    arrays = {}
    for network, plan in experiment.plans.items():
        arrays |= {f"weight:{network}.{name}": np.asarray(networks[network][name]) for name in plan.weights}
        arrays |= {f"running:{network}.{name}": np.asarray(networks[network][name]) for name in plan.buffers}
    for player, slots in optimizers.items():
        arrays |= {f"optimizer:{player}/{name}": np.asarray(value) for name, value in slots.items()}
    return arrays


def _one_step(
    gan: Any, functions: tuple[StepFunction, ...], trainer: Trainer, masks: Masks, adapter: Any, step: int
) -> dict[str, float]:
    """Call the step functions for one step, on the arrays that the library draws for it."""
    updates = [
        (phase, inputs)
        for phases, found in trainer.feeder.inputs_at(step)
        for phase, inputs in zip(phases, found, strict=True)
    ]
    owner = {phase: function for function in functions for phase in function.phases}
    logged: dict[str, float] = {}
    while updates:
        function = owner[updates[0][0].name]
        taken = [updates.pop(0) for _ in function.phases if updates]
        drawn = {(phase.name, name): value for phase, inputs in taken for name, value in inputs.draws.items()}
        keys = {phase.name: inputs.mask_key for phase, inputs in taken}
        given = [adapter.argument(drawn[one.source]) for one in function.parameters]
        masks.begin(function.phases[0], keys[function.phases[0]])
        gan.progress = lambda: None
        if len(function.phases) > 1:
            _follow_phases(gan, function, partial(_begin, masks, keys))
        result = getattr(gan, function.name)(*given)
        labels = {label.replace("/", "_"): label for label in function.logged}
        logged |= {labels[name]: adapter.number(value) for name, value in result.items()}
    return logged


def _follow_phases(gan: Any, function: StepFunction, begin: Callable[[str], None]) -> None:
    """Have the masks be those of the next phase once a phase has made its calls, each of which asks `gan.progress`."""
    order = [phase for phase, count in calls_of(function) for _ in range(count)]
    state = {"call": 0, "phase": function.phases[0]}

    def progress() -> None:
        phase = order[state["call"]]
        if phase != state["phase"]:
            begin(phase)
            state["phase"] = phase
        state["call"] += 1

    gan.progress = progress


def _begin(masks: Masks, keys: Mapping[str, Any], phase: str) -> None:
    masks.begin(phase, keys[phase])


def calls_of(function: StepFunction) -> list[tuple[str, int]]:
    """Return for each phase of a function how many network calls stand before its update, and after the last one."""
    counts, calls = [], 0
    for statement in function.statements:
        if isinstance(statement, Let) and statement.value.word == "call":
            calls += 1
        elif isinstance(statement, Update):
            counts.append((statement.phase, calls))
            calls = 0
    return counts
