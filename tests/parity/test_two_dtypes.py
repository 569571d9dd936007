"""Backends of both dtypes live in one process: none changes a digit of another, nor the default of the process."""

import importlib
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gan_core.contract.backend import Backend, Call
from gan_core.contract.loading import load_backend
from gan_core.operations.ops import Array
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

RULE = Adam(learning_rate=1e-2)
STEPS = 3
PLAN = plan_network(
    "net",
    Network(
        inputs={"x": Input(kind="data", shape=(2, 6, 6)), "label": Input(kind="label", classes=3)},
        layers=(
            L.Conv(channels=4, kernel=3, padding=1, spectral_norm=True, inputs=("x",)),
            L.BatchNorm(),
            L.LeakyReLU(),
            L.ConvTranspose(channels=4, kernel=4, stride=2, padding=1),
            L.InstanceNorm(affine=True),
            L.ReLU(),
            L.MaxPool(),
            L.Upsample(),
            L.AveragePool(),
            L.Flatten(name="seen"),
            L.Embedding(classes=3, units=4, inputs=("label",)),
            L.Concat(inputs=("seen", "embedding_1")),
            L.Dense(units=8),
            L.LayerNorm(),
            L.ELU(),
            L.Maxout(),
            L.Dense(units=1),
        ),
    ),
)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return request.config.getoption("--backend") or os.environ.get("GAN_BACKEND") or "torch"


def start() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    shapes = {name: weight.shape for name, weight in PLAN.weights.items()}
    shapes |= {name: buffer.shape for name, buffer in PLAN.buffers.items()}
    return {name: generator.uniform(0.1, 1.0, shape) for name, shape in shapes.items()}


class Training:
    """A network and its optimizer, a step at a time."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.network = backend.build_network(PLAN, start())
        self.optimizer = backend.build_optimizer(RULE, [self.network])
        self.unit = backend.compile(self.update, [PLAN])

    def update(self, given: Mapping[str, Any]) -> dict[str, Array]:
        ops, call = self.backend.ops, Call(training=True, weights=None, random=None)
        loss = ops.mean(ops.softplus(self.network({"x": given["x"], "label": given["label"]}, call)))
        slopes = ops.gradients(loss, list(self.network.weights().values()), differentiable=False)
        self.optimizer.apply(slopes, {key: given[key] for key in RULE.settings(0)})
        return {"loss": loss}

    def steps(self) -> dict[str, np.ndarray]:
        """Everything after some steps: weights, statistics, moments and the loss."""
        generator = np.random.default_rng(1)
        for number in range(STEPS):
            batch = {"x": generator.normal(0, 1, (4, 2, 6, 6)), "label": np.arange(4) % 3}
            loss = self.backend.to_numpy(self.unit(batch | RULE.settings(number))["loss"])
        return {**self.network.read(), **self.optimizer.read(), "loss": loss}


def assert_same_bits(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], dtype: str) -> None:
    assert {array.dtype.name for array in found.values()} == {dtype}
    assert {key: array.tobytes() for key, array in found.items()} == {
        key: array.tobytes() for key, array in expected.items()
    }


@pytest.mark.parametrize(("first", "second"), [("float64", "float32"), ("float32", "float64")])
def test_opening_and_training_in_another_dtype_changes_no_bit(name: str, first: str, second: str) -> None:
    """Of what is trained before and after it, nor of what was built before it and is trained after it."""
    backend = load_backend(name, first)
    before, built_before = Training(backend).steps(), Training(backend)

    other = Training(load_backend(name, second)).steps()

    assert {array.dtype.name for array in other.values()} == {second}
    assert_same_bits(Training(backend).steps(), before, first)
    assert_same_bits(built_before.steps(), before, first)


class Defaults:
    """The dtype that a framework takes, in this process, where none is said."""

    def __init__(self, name: str) -> None:
        self.framework = importlib.import_module(name)

    def get(self) -> tuple[str, ...]:
        if self.framework.__name__ == "keras":
            return self.framework.config.floatx(), self.framework.config.dtype_policy().name
        return (str(self.framework.get_default_dtype()),)

    def set(self, dtype: str) -> None:
        if self.framework.__name__ == "keras":
            self.framework.config.set_floatx(dtype)
            self.framework.config.set_dtype_policy(dtype)
        elif self.framework.__name__ == "torch":
            self.framework.set_default_dtype(getattr(self.framework, dtype))
        else:
            self.framework.set_default_dtype(dtype)


@pytest.mark.parametrize(("dtype", "default"), [("float64", "float32"), ("float32", "float64")])
def test_the_default_of_the_process_is_neither_read_nor_written(name: str, dtype: str, default: str) -> None:
    """What a user set for code beside the library stays, and matters to no network."""
    before = Training(load_backend(name, dtype)).steps()
    defaults = Defaults(name)
    defaults.set(default)
    try:
        wanted = defaults.get()
        found = Training(load_backend(name, dtype)).steps()
        assert defaults.get() == wanted
    finally:
        defaults.set("float32")

    assert_same_bits(found, before, dtype)
