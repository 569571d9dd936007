"""Every update rule of a backend against its definition, over 20 updates; state that goes out and comes back."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pytest

from gan_core.contract.backend import Backend, NativeNetwork, NativeOptimizer
from gan_core.operations.ops import Array
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.optimizers import (
    Adam,
    ExponentialDecay,
    InverseTimeDecay,
    LinearDecay,
    Optimizer,
    RmsProp,
    Sgd,
    clip_gradients,
)
from gan_core.testing.numpy_ops import NumpyOps
from gan_core.testing.subjects import of_layers
from gan_core.training.alternation import clip_weights
from tolerances import assert_close

UPDATES = 20
OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Sgd(learning_rate=0.1),
    "sgd-momentum": Sgd(learning_rate=0.03, momentum=0.9),
    "rmsprop": RmsProp(learning_rate=1e-3),
    "rmsprop-decay.9-epsilon1e-3": RmsProp(learning_rate=5e-5, decay=0.9, epsilon=1e-3),
    "adam": Adam(learning_rate=1e-3),
    "adam-betas.5-.999": Adam(learning_rate=2e-4, beta1=0.5),
    "adam-betas0-.9": Adam(learning_rate=1e-4, beta1=0.0, beta2=0.9),
    "adam-betas.9-0": Adam(learning_rate=1e-3, beta2=0.0),
    "adam-epsilon.1": Adam(learning_rate=1e-2, epsilon=0.1),
    "adam-linear-decay": Adam(learning_rate=1e-3, schedule=LinearDecay(start=5, end=15)),
    "adam-inverse-time": Adam(learning_rate=1e-3, schedule=InverseTimeDecay(rate=0.1)),
    "sgd-exponential": Sgd(learning_rate=0.1, momentum=0.5, schedule=ExponentialDecay(rate=0.5, every=4)),
    "rmsprop-linear-decay": RmsProp(learning_rate=1e-3, schedule=LinearDecay(start=0, end=40)),
    "adam-clip-value": Adam(learning_rate=1e-3, clip_value=0.7),
    "sgd-clip-norm": Sgd(learning_rate=0.1, clip_norm=3.0),
    "sgd-clip-norm-never-reached": Sgd(learning_rate=0.1, clip_norm=1e6),
    "rmsprop-clip-both": RmsProp(learning_rate=1e-3, clip_value=0.7, clip_norm=2.0),
}
# layouts differ between frameworks for each of these, so a state that is not turned cannot pass
PLAN = plan_network(
    "net",
    of_layers(
        L.Conv(channels=3, kernel=2),
        L.BatchNorm(),
        L.ConvTranspose(channels=2, kernel=3),
        L.Flatten(),
        L.Dense(units=2),
        shape=(2, 3, 4),
    ),
)

Arrays = dict[str, np.ndarray]


def start() -> Arrays:
    generator = np.random.default_rng(0)
    weights = {name: generator.normal(0, 1, plan.shape) for name, plan in PLAN.weights.items()}
    return weights | {name: np.full(buffer.shape, buffer.start) for name, buffer in PLAN.buffers.items()}


def gradients(update: int) -> Arrays:
    """Return gradients of very different sizes, some of them 0."""
    generator = np.random.default_rng(100 + update)
    found = {}
    for name, plan in PLAN.weights.items():
        found[name] = generator.normal(0, 1, plan.shape) * 10 ** generator.uniform(-4, 0.5, plan.shape)
        found[name].ravel()[::7] = 0.0
    return found


class Native:
    """A network, its optimizer, and the compiled update of both from gradients in canonical layout.

    Gradients cross the border as the weights of a second network.
    """

    def __init__(self, backend: Backend, optimizer: Optimizer, values: Arrays) -> None:
        self.backend, self.rule = backend, optimizer
        self.network: NativeNetwork = backend.build_network(PLAN, values)
        self.carrier: NativeNetwork = backend.build_network(PLAN, values)
        self.optimizer: NativeOptimizer = backend.build_optimizer(optimizer, [self.network])
        self.run: Callable[..., Any] = backend.compile(self._update, [PLAN])

    def _update(self, given: Mapping[str, Any]) -> dict[str, Array]:
        carried = [weight * 1.0 for weight in self.carrier.weights().values()]
        clipped = clip_gradients(self.backend.ops, self.rule, carried)
        self.optimizer.apply(clipped, {name.removeprefix("settings."): value for name, value in given.items()})
        return {"size": self.backend.ops.mean(clipped[0])}

    def update(self, number: int) -> None:
        buffers = {name: np.full(buffer.shape, buffer.start) for name, buffer in PLAN.buffers.items()}
        self.carrier.load(gradients(number) | buffers)
        self.run({f"settings.{name}": value for name, value in self.rule.settings(number).items()})


def reference(optimizer: Optimizer, updates: int) -> tuple[Arrays, Arrays]:
    """Return weights and slots after some updates, by the definition on NumPy."""
    ops, weights = NumpyOps(), {name: start()[name] for name in PLAN.weights}
    slots = {name: {slot: np.zeros(plan.shape) for slot in optimizer.slots} for name, plan in PLAN.weights.items()}
    for number in range(updates):
        settings = optimizer.settings(number)
        clipped = clip_gradients(ops, optimizer, list(gradients(number).values()))
        for name, gradient in zip(PLAN.weights, clipped, strict=True):
            weights[name], slots[name] = optimizer.update(ops, weights[name], gradient, slots[name], settings)
    return weights, {f"net/{name}/{slot}": value for name, kept in slots.items() for slot, value in kept.items()}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_20_updates_agree_with_the_definition(backend64: Backend, name: str) -> None:
    """Weights and state."""
    native = Native(backend64, OPTIMIZERS[name], start())
    for number in range(UPDATES):
        native.update(number)
    weights, slots = reference(OPTIMIZERS[name], UPDATES)
    found = native.network.read()
    for key, value in weights.items():
        assert_close(found[key], value, "optimizer", key)
    state = native.optimizer.read()
    assert set(state) == set(slots)
    for key, value in slots.items():
        assert_close(state[key], value, "optimizer", key)


@pytest.mark.parametrize("name", ["sgd-momentum", "rmsprop", "adam-betas.5-.999"])
def test_a_state_that_was_read_and_loaded_goes_on_the_same(backend64: Backend, name: str) -> None:
    """Also beyond the first few updates, where Adam's corrections depend on their number."""
    first = Native(backend64, OPTIMIZERS[name], start())
    for number in range(UPDATES // 2):
        first.update(number)
    values, state = first.network.read(), first.optimizer.read()
    second = Native(backend64, OPTIMIZERS[name], start())
    second.network.load(values)
    second.optimizer.load(state, UPDATES // 2)
    for key, value in state.items():
        assert_close(second.optimizer.read()[key], value, "exact", key)
    for number in range(UPDATES // 2, UPDATES):
        first.update(number)
        second.update(number)
    for key, value in first.network.read().items():
        assert_close(second.network.read()[key], value, "exact", key)
    for key, value in first.optimizer.read().items():
        assert_close(second.optimizer.read()[key], value, "exact", key)


def test_what_was_read_does_not_move_with_later_updates(backend64: Backend) -> None:
    """A checkpoint is a copy."""
    native = Native(backend64, OPTIMIZERS["adam"], start())
    native.update(0)
    kept = {**native.network.read(), **native.optimizer.read()}
    copies = {key: value.copy() for key, value in kept.items()}
    native.update(1)
    assert all(np.array_equal(kept[key], copies[key]) for key in kept)


def test_clip_weights_clips_in_place(backend64: Backend) -> None:
    network = backend64.build_network(PLAN, start())

    def clip(given: Mapping[str, Any]) -> dict[str, Array]:
        clip_weights(backend64.ops, network, 0.3)
        return {"x": given["x"] * 1.0}

    backend64.compile(clip, [PLAN])({"x": np.zeros(1)})
    for name in PLAN.weights:
        assert_close(network.read()[name], np.clip(start()[name], -0.3, 0.3), "exact", name)


def test_one_optimizer_moves_the_weights_of_two_networks(backend64: Backend) -> None:
    """Its state stands under each network's name."""
    plans = [plan_network(name, of_layers(L.Dense(units=2), shape=(3,))) for name in ("left", "right")]
    values = {"dense_1.weight": np.arange(6.0).reshape(2, 3), "dense_1.bias": np.ones(2)}
    networks = [backend64.build_network(plan, values) for plan in plans]
    rule = Sgd(learning_rate=0.5, momentum=0.5)
    optimizer = backend64.build_optimizer(rule, networks)

    def update(given: Mapping[str, Any]) -> dict[str, Array]:
        weights = [weight for network in networks for weight in network.weights().values()]
        total = sum((backend64.ops.mean(weight) * (number + 1.0) for number, weight in enumerate(weights)), 0.0)
        optimizer.apply(backend64.ops.gradients(total, weights, differentiable=False), {"learning_rate": given["rate"]})
        return {"total": total}

    backend64.compile(update, plans)({"rate": 0.5})
    assert_close(networks[0].read()["dense_1.weight"], values["dense_1.weight"] - 0.5 / 6, "relative")
    assert_close(networks[1].read()["dense_1.bias"], values["dense_1.bias"] - 0.5 * 4 / 2, "relative")
    slots = [f"{name}/dense_1.{key}/velocity" for name in ("left", "right") for key in ("weight", "bias")]
    assert sorted(optimizer.read()) == sorted(slots)


make_adam = partial(Adam, learning_rate=1e-3)


@pytest.mark.parametrize("updates", [0, 1, 99_999])
def test_adam_at_any_count_of_updates(backend64: Backend, updates: int) -> None:
    """Loaded with a late count, it corrects for that count."""
    rule = make_adam(beta1=0.9, beta2=0.999)
    native = Native(backend64, rule, start())
    generator = np.random.default_rng(5)
    state = {key: generator.uniform(0.1, 1.0, value.shape) for key, value in native.optimizer.read().items()}
    native.optimizer.load(state, updates)
    native.update(updates)
    weights = start()
    for name, gradient in gradients(updates).items():
        slots = {slot: state[f"net/{name}/{slot}"] for slot in rule.slots}
        moved, _ = rule.update(NumpyOps(), weights[name], gradient, slots, rule.settings(updates))
        assert_close(native.network.read()[name], moved, "optimizer", name)
