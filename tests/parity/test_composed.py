"""A layer with a definition and no kernel behaves as a native one: values, gradients, given weights, reading."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gan_core.contract.backend import Backend, Call
from gan_core.contract.composed import Arrays, Weights, compose_layer
from gan_core.errors import SpecError
from gan_core.operations.ops import Array, Ops
from gan_core.plans.layer_plans import LayerPlan, Shapes, WeightPlan
from gan_core.plans.shape_rules import plan_layer
from gan_core.specs import layers as L
from gan_core.specs.initializers import Normal
from gan_core.specs.networks import Input, Network
from gan_core.testing import complex_step
from gan_core.testing.numpy_ops import NumpyOps
from gan_core.testing.reference_layers import reference_layer
from gan_core.testing.subjects import Subject, call_of, head
from tolerances import assert_close


class _Blend(L.LayerSpec, frozen=True, kw_only=True):
    """tanh(a) · kernel + b² · scalar, weights of odd ranks and names; the underscore keeps it from the family."""


class _Nothing(L.LayerSpec, frozen=True, kw_only=True):
    """Neither a kernel nor a definition."""


@plan_layer.register
def _plan(layer: _Blend, shapes: Shapes) -> LayerPlan:
    def weight(*shape: int) -> WeightPlan:
        return WeightPlan(shape=shape, initializer=Normal(), fan_in=1, fan_out=1)

    return LayerPlan(output_shape=shapes[0], weights={"kernel": weight(*shapes[0]), "scalar": weight()})


@plan_layer.register
def _plan_nothing(layer: _Nothing, shapes: Shapes) -> LayerPlan:
    return LayerPlan(output_shape=shapes[0])


@compose_layer.register
def _blend(layer: _Blend, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    a, b = inputs
    return ops.tanh(a) * weights["kernel"] + b * b * weights["scalar"]


@reference_layer.register
def _reference(layer: _Blend, node: Any, inputs: Any, weights: Any, buffers: Any, call: Any) -> np.ndarray:
    return np.tanh(inputs[0]) * weights["kernel"] + inputs[1] ** 2 * weights["scalar"]


@pytest.fixture
def subject() -> Subject:
    """A blend of an image and a convolution of it: the channels' order matters."""
    layers = (L.Conv(channels=2, kernel=1, name="seen"), _Blend(name="own", inputs=("x", "seen")))
    return Subject(Network(inputs={"x": Input(kind="data", shape=(2, 3, 4))}, layers=layers))


def test_value_and_gradients(backend64: Backend, subject: Subject) -> None:
    found, expected = subject.measure(backend64), subject.expected()
    second, expected_second = subject.measure_second(backend64), subject.expected_second(expected.gradients)
    assert_close(found.value, expected.value, "value")
    assert set(found.gradients) == set(expected.gradients) == {"x", *subject.plan.weights}
    for key, gradient in expected.gradients.items():
        assert_close(found.gradients[key], gradient, "gradient", key)
        assert_close(second[key], expected_second[key], "second", key)


def test_given_weights(backend64: Backend, subject: Subject) -> None:
    network = backend64.build_network(subject.plan, subject.values)

    def gradients(ops: Ops, net: Any, given: Mapping[str, Any]) -> tuple[Array, list[str], list[Array]]:
        inputs, own = subject.leaves(ops, given), net.weights()
        y = net(inputs, call_of(ops, given, True, {key: weight * 1.5 for key, weight in own.items()}))
        at = {"x": inputs["x"], **own}
        return y, list(at), ops.gradients(head(ops, y, given), list(at.values()), differentiable=False)

    run, read = subject.differentiating(backend64, network, gradients)
    value = backend64.to_numpy(run(subject.given)["value"])
    moved = {key: np.asarray(weight * 1.5) for key, weight in subject.weights.items()}
    assert_close(value, subject.reference()(subject.inputs, call_of(NumpyOps(), subject.given, True, moved)), "value")
    for key, gradient in read().items():
        expected = 1.5 * complex_step.gradients(subject.scalar, {**subject.arrays, **moved})[key]
        assert_close(gradient, expected, "gradient", key)


def test_weights_are_read_and_assigned_by_the_plans_names(backend64: Backend, subject: Subject) -> None:
    network = backend64.build_network(subject.plan, subject.values)

    def double(given: Mapping[str, Any]) -> dict[str, Array]:
        network.assign({"own.kernel": network.weights()["own.kernel"] * given["factor"]})
        return {}

    assert list(network.weights()) == list(network.read()) == list(subject.plan.weights)
    backend64.compile(double, [subject.plan])({"factor": 2.0})
    expected = subject.values | {"own.kernel": subject.values["own.kernel"] * 2}
    for key, array in network.read().items():
        assert_close(array, expected[key], "exact", key)


def test_a_layer_with_neither_kernel_nor_definition_is_refused_when_the_network_is_built(backend64: Backend) -> None:
    nothing = Subject(Network(inputs={"x": Input(kind="data", shape=(3,))}, layers=(_Nothing(),)))
    with pytest.raises(SpecError, match=r"no kernel and no definition for a layer '.*'; .*compose_layer\.register"):
        backend64.build_network(nothing.plan, nothing.values)


def test_buffers_are_live_and_can_be_assigned(backend64: Backend) -> None:
    """Within a compiled function too: a running mean read there, doubled and written back."""
    case = Subject(Network(inputs={"x": Input(kind="data", shape=(3,))}, layers=(L.BatchNorm(),)))
    network = backend64.build_network(case.plan, case.values)
    name = "batch_norm_1.running_mean"

    def double(given: Mapping[str, Any]) -> dict[str, Array]:
        network({"x": given["x"]}, Call(training=True, weights=None, random=None))
        network.assign({name: backend64.ops.detached(lambda: network.buffers()[name] * 2.0)})
        return {}

    backend64.compile(double, [case.plan])(case.inputs)

    assert list(network.buffers()) == list(case.plan.buffers)
    wanted = 2 * case.expected().statistics[name]
    assert_close(network.read()[name], wanted, "statistics")
    assert_close(backend64.to_numpy(network.buffers()[name]), wanted, "statistics")
