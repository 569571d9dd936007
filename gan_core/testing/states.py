"""States: update rules against their definition, what optimizers and variables keep, and files of weights."""

import ast
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from gan_core.contract.backend import Backend
from gan_core.errors import BackendError
from gan_core.files.file_parts import opened_part
from gan_core.operations.ops import Array
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.optimizers import Adam, Optimizer, RmsProp, Sgd
from gan_core.testing.cases import Case, MismatchError, expect_close, expect_equal
from gan_core.testing.numpy_ops import NUMPY
from gan_core.testing.subjects import of_layers

Arrays = dict[str, np.ndarray]
UPDATES = 6
# layouts differ between frameworks for each of these, so a state that is not turned cannot pass
PLAN = plan_network(
    "net",
    of_layers(
        L.Conv(channels=3, kernel=2, padding=1),
        L.BatchNorm(),
        L.ConvTranspose(channels=2, kernel=3),
        L.LeakyReLU(),
        L.Flatten(),
        L.Dense(units=2),
        shape=(2, 3, 4),
    ),
)
RULES: dict[str, Optimizer] = {
    "sgd": Sgd(learning_rate=0.1),
    "sgd with momentum": Sgd(learning_rate=0.03, momentum=0.9),
    "rmsprop": RmsProp(learning_rate=1e-3, epsilon=1e-3),
    "adam": Adam(learning_rate=1e-3, beta1=0.5),
    "adam without a second moment": Adam(learning_rate=1e-3, beta2=0.0),
}


def start() -> Arrays:
    """The first weights and buffers of the network that is moved."""
    generator = np.random.default_rng(0)
    shapes = {name: weight.shape for name, weight in PLAN.weights.items()}
    shapes |= {name: buffer.shape for name, buffer in PLAN.buffers.items()}
    return {name: generator.uniform(0.5, 2.0, shape) for name, shape in shapes.items()}


def gradients(update: int) -> Arrays:
    """Gradients of very different sizes, some of them 0."""
    generator = np.random.default_rng(100 + update)
    found = {}
    for name, weight in PLAN.weights.items():
        found[name] = generator.normal(0, 1, weight.shape) * 10 ** generator.uniform(-4, 0.5, weight.shape)
        found[name].ravel()[::7] = 0.0
    return found


class Mover:
    """A network, its optimizer, and the compiled update of both by gradients in canonical layout.

    Gradients cross the border as the weights of a second network.
    """

    def __init__(self, backend: Backend, rule: Optimizer) -> None:
        self.rule = rule
        self.network, self.carrier = backend.build_network(PLAN, start()), backend.build_network(PLAN, start())
        self.optimizer = backend.build_optimizer(rule, [self.network])

        def update(given: Mapping[str, Any]) -> dict[str, Array]:
            slopes = [weight * 1.0 for weight in self.carrier.weights().values()]
            self.optimizer.apply(slopes, {name.removeprefix("settings."): value for name, value in given.items()})
            return {"size": backend.ops.mean(slopes[0])}

        self.run = backend.compile(update, [PLAN])

    def update(self, number: int) -> None:
        self.carrier.load(start() | gradients(number))
        self.run({f"settings.{name}": value for name, value in self.rule.settings(number).items()})


def defined(rule: Optimizer) -> tuple[Arrays, Arrays]:
    """Weights and state after `UPDATES` updates, by the definition on NumPy."""
    weights = {name: start()[name] for name in PLAN.weights}
    slots: dict[str, Any] = {name: dict.fromkeys(rule.slots, np.zeros(w.shape)) for name, w in PLAN.weights.items()}
    for number in range(UPDATES):
        for name, gradient in gradients(number).items():
            weight, slope = cast("Any", weights[name]), cast("Any", gradient)
            moved, slots[name] = rule.update(NUMPY, weight, slope, slots[name], rule.settings(number))
            weights[name] = np.asarray(moved)
    return weights, {f"net/{name}/{slot}": value for name, kept in slots.items() for slot, value in kept.items()}


def by_definition(backend: Backend, rule: Optimizer) -> None:
    """Weights and state after some updates."""
    mover, (weights, state) = Mover(backend, rule), defined(rule)
    for number in range(UPDATES):
        mover.update(number)
    found, kept = mover.network.read(), mover.optimizer.read()
    expect_equal(sorted(kept), sorted(state), "names of the state")
    for name, value in weights.items():
        expect_close(found[name], value, "optimizer", f"{name} after {UPDATES} updates")
    for name, value in state.items():
        expect_close(kept[name], value, "optimizer", f"{name} after {UPDATES} updates")


def read_and_loaded(backend: Backend, rule: Optimizer) -> None:
    """A state that was read and loaded goes on the same, and what was read is a copy."""
    first, second = Mover(backend, rule), Mover(backend, rule)
    for number in range(UPDATES):
        first.update(number)
    weights, state = first.network.read(), first.optimizer.read()
    copies = {name: value.copy() for name, value in (weights | state).items()}
    second.network.load(weights)
    second.optimizer.load(state, UPDATES)
    for mover in (first, second):
        mover.update(UPDATES)
    after = second.network.read() | second.optimizer.read()
    for name, value in (first.network.read() | first.optimizer.read()).items():
        expect_close(after[name], value, "exact", f"{name}, gone on with")
    for name, value in (weights | state).items():
        expect_close(value, copies[name], "exact", f"{name} as it was read before a later update")


def optimizers(backend: Backend) -> Iterator[Case]:
    """Update rules and their state."""
    for name, rule in RULES.items():
        yield name, partial(by_definition, backend, rule)
        yield f"{name}, read and loaded", partial(read_and_loaded, backend, rule)


def variables(backend: Backend) -> Iterator[Case]:
    """Arrays that objectives keep."""

    def kept() -> None:
        first = {"a": np.arange(6.0).reshape(2, 3), "b": np.asarray(2.0)}
        held = backend.build_variables(first)
        before = held.read()

        def double(given: Mapping[str, Any]) -> dict[str, Array]:
            held.assign({"a": backend.ops.detached(lambda: held.arrays()["a"] * given["factor"])})
            return {}

        backend.compile(double, [])({"factor": 2.0})
        expect_close(held.read()["a"], first["a"] * 2, "exact", "a after it was assigned in a compiled function")
        expect_close(held.read()["b"], first["b"], "exact", "b after a was assigned")
        expect_close(before["a"], first["a"], "exact", "a as it was read before")
        held.load(first)
        for name, value in first.items():
            expect_close(held.read()[name], value, "exact", f"{name} after it was loaded")

    yield "kept from call to call", kept


def weight_files(backend: Backend) -> Iterator[Case]:
    """The framework's own file of weights, and the plain script beside it."""

    def round_trip() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path, values = Path(folder) / f"net{backend.weights_suffix}", start()
            backend.export_weights(PLAN, values, path)
            found = backend.import_weights(PLAN, path)
            expect_equal(sorted(found), sorted(values), "names")
            for name, value in values.items():
                expect_close(found[name], value, "exact", name)
            with opened_part(path) as part:
                table = backend.stored_weights(part)
            arrays = backend.file_arrays(PLAN)
            expect_equal(sorted(array.name for array in arrays), sorted(values), "names of file_arrays")
            expect_equal(not table, False, "whether stored_weights is empty")

    def script() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run.py"
            try:
                backend.export_script(PLAN, Path(f"net{backend.weights_suffix}"), path)
            except BackendError:  # a framework without layers of its own says so
                return
            names = [node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
            expect_equal(names, ["net"], "functions of the script")

    def suffixes() -> None:
        if backend.weights_suffix not in backend.weights_suffixes:
            raise MismatchError(f"weights_suffix {backend.weights_suffix} is none of weights_suffixes")

    yield from (("round trip", round_trip), ("script", script), ("suffixes", suffixes))
