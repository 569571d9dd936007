"""Kernels that a backend calls below the framework's public functions: the same numbers as the public ones give."""

import importlib
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from gan_core.contract.backend import Backend
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

UNITS = 70  # wide enough for the product in place of a broadcast


@pytest.fixture
def paddle(backend64: Backend) -> ModuleType:
    if backend64.name != "paddle":
        pytest.skip("kernels of Paddle's")
    return importlib.import_module("paddle")


def dense(backend: Backend) -> Any:
    plan = plan_network("net", Network(inputs={"x": Input(kind="data", shape=(5,))}, layers=(L.Dense(units=UNITS),)))
    numbers = np.random.default_rng(0)
    return backend.build_network(plan, {name: numbers.normal(0, 1, one.shape) for name, one in plan.weights.items()})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_adam_moves_as_the_public_optimizer(
    paddle: ModuleType, dtype: str, backend32: Backend, backend64: Backend
) -> None:
    backend = backend32 if dtype == "float32" else backend64
    network, rule = dense(backend), Adam(learning_rate=1e-2, beta1=0.5)
    ours = backend.build_optimizer(rule, [network])
    theirs = [paddle.to_tensor(weight.numpy(), stop_gradient=False) for weight in network.weights().values()]
    public = paddle.optimizer.Adam(1e-2, beta1=0.5, beta2=rule.beta2, epsilon=rule.epsilon, parameters=theirs)
    for update in range(3):
        numbers = np.random.default_rng(update)
        gradients = [paddle.to_tensor(numbers.normal(0, 1, weight.shape).astype(dtype)) for weight in theirs]
        ours.apply(gradients, rule.settings(update))
        public.apply_gradients(list(zip(theirs, gradients, strict=True)))
    tolerance = 1e-6 if dtype == "float32" else 1e-13
    for weight, expected in zip(network.weights().values(), theirs, strict=True):
        np.testing.assert_allclose(weight.numpy(), expected.numpy(), rtol=tolerance, atol=tolerance)


def test_a_wide_dense_layer_adds_its_bias_as_the_public_function(paddle: ModuleType, backend64: Backend) -> None:
    network = dense(backend64)
    weight, bias = network.weights().values()
    x = paddle.to_tensor(np.random.default_rng(1).normal(0, 1, (4, 5)), stop_gradient=False)
    ours = network.layers["dense_1"].native(x)
    np.testing.assert_array_equal(ours.numpy(), paddle.nn.functional.linear(x, weight, bias).numpy())


def test_running_statistics_move_as_by_the_public_function(paddle: ModuleType) -> None:
    running, new, share = (paddle.to_tensor(np.array(values)) for values in ([1.0, 2.0], [3.0, -1.0], 0.3))
    expected = paddle.lerp(running, new, share).numpy()
    paddle._C_ops.lerp_(running, new, share)
    np.testing.assert_array_equal(running.numpy(), expected)
