"""Every layer of a backend against the NumPy reference: value, first and second gradients, statistics."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from gan_core.contract.backend import Backend, Call
from gan_core.operations.ops import Array
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.blocks import Block
from gan_core.testing import complex_step
from gan_core.testing.layer_cases import BATCH_NORMS, CASES
from gan_core.testing.numpy_ops import NumpyOps
from gan_core.testing.reference_layers import reference_layer
from gan_core.testing.subjects import Measured, Subject, call_of, head, of_layers
from tolerances import assert_close

WITH_INPUT = [name for name, case in CASES.items() if any(g.kind == "data" for g in case.network.inputs.values())]
WEIGHTED = [
    "dense",
    "dense-no-bias",
    "conv-k3-s2-p1+None",
    "conv-k4-s2-p1+2",
    "conv-groups-2",
    "conv-depthwise",
    "conv_transpose-groups-2",
    "conv_transpose-k3-s2-p1+None-o1",
    "conv_transpose-k4-s2-p1+2-o0",
    "batch_norm-unbiased-4d",
    "batch_norm-biased-2d",
    "batch_norm-plain-2d",
    "embedding",
    "layer_norm-4d",
    "instance_norm-affine-epsilon1e-3",
    "minibatch_discrimination",
    "spectral-dense",
    "spectral-conv-k4-s2-p1+2",
    "spectral-conv_transpose-k3-s2-p0+1",
    "spectral-conv-groups-2",
    "equalised-dense",
    "equalised-conv_transpose",
    "modulated_conv-up-equalised",
]
SLOW = {"gru-one-step-no-bias", "gru-dropout-dense", "lstm-no-bias"}  # loops take XLA seconds to differentiate twice
TWICE = [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in WITH_INPUT]
NORMS = [f"batch_norm-{name}-{rank}" for name in BATCH_NORMS for rank in ("2d", "4d")]
NORMS += [name for name in CASES if name.startswith("spectral")]


@cache
def subject(name: str) -> Subject:
    return Subject(CASES[name].network, spread=CASES[name].spread)


@cache
def expected(name: str) -> Measured:
    return subject(name).expected()


@cache
def measured(backend: Backend, name: str) -> Measured:
    return subject(name).measure(backend)


def test_every_layer_has_a_case() -> None:
    seen = {type(layer) for case in CASES.values() for layer in case.network.layers}
    library = {layer for layer in L.Layer.variants.values() if layer.__module__.startswith("gan_core.")}
    assert seen == library  # other tests of the process may have added words of their own
    parts = {type(node.layer) for name, case in CASES.items() for node in plan_network(name, case.network).nodes}
    assert parts <= set(reference_layer.registry)
    assert seen - parts == {layer for layer in library if issubclass(layer, Block)}


# a case after the other, so that the process that has measured it is asked all of it: to compile a case takes longest
@pytest.mark.parametrize("name", CASES, scope="module")
def test_value(backend64: Backend, name: str) -> None:
    assert_close(measured(backend64, name).value, expected(name).value, "value")


@pytest.mark.parametrize("name", CASES, scope="module")
def test_gradient(backend64: Backend, name: str) -> None:
    """At every input and at every weight."""
    found, wanted = measured(backend64, name).gradients, expected(name).gradients
    assert set(found) == set(wanted)
    for key, gradient in wanted.items():
        assert_close(found[key], gradient, "gradient", key)


@pytest.mark.parametrize("name", TWICE, scope="module")
def test_second_gradient(backend64: Backend, name: str) -> None:
    """The gradient of the input gradient's squared norm, at every input and weight: what a penalty needs."""
    found = subject(name).measure_second(backend64)
    wanted = subject(name).expected_second(expected(name).gradients)
    assert set(found) == set(wanted)
    for key, slopes in wanted.items():
        assert_close(found[key], slopes, "second", key)


@pytest.mark.parametrize("name", NORMS)
def test_running_statistics_after_one_call(backend64: Backend, name: str) -> None:
    for key, statistic in expected(name).statistics.items():
        assert_close(measured(backend64, name).statistics[key], statistic, "statistics", key)


@pytest.mark.parametrize("name", NORMS)
def test_running_statistics_after_two_calls_and_evaluation_by_them(backend64: Backend, name: str) -> None:
    case = subject(name)
    network, reference = backend64.build_network(case.plan, case.values), case.reference()
    train, evaluate = calls()
    training = backend64.compile(lambda given: {"y": network(given, train)}, [case.plan])
    evaluating = backend64.compile(lambda given: {"y": network(given, evaluate)}, [case.plan])
    for x in (case.inputs["x"], 2.0 * case.inputs["x"][::-1] + 1.0):
        training({"x": x})
        reference({"x": x}, train)
    value = backend64.to_numpy(evaluating(case.inputs)["y"])
    for key in case.plan.buffers:
        assert_close(network.read()[key], reference.values[key], "statistics", key)
    assert_close(value, reference(case.inputs, evaluate), "value")


@pytest.mark.parametrize(
    "name",
    ["dropout-.5-2d", "dropout-.3-4d", "dense", "batch_norm-unbiased-2d", "spectral-dense", "spectral-conv_transpose"],
)
def test_evaluation_changes_nothing(backend64: Backend, name: str) -> None:
    """No statistics move, and dropout keeps everything."""
    case = subject(name)
    network, (_, evaluate) = backend64.build_network(case.plan, case.values), calls()
    run = backend64.compile(lambda given: {"y": network(given, evaluate)}, [case.plan])
    value = backend64.to_numpy(run(case.inputs)["y"])
    assert_close(value, case.reference()(case.inputs, evaluate), "value")
    for key, array in network.read().items():
        assert_close(array, case.values[key], "exact", key)


def test_a_channel_is_kept_or_dropped_as_a_whole(backend64: Backend) -> None:
    """Some are kept and some dropped; a kept one is its input over 1 − rate."""
    kept = measured(backend64, "dropout-channels").value / subject("dropout-channels").inputs["x"]
    first = kept[:, :, :1, :1]
    assert 0 < np.count_nonzero(first) < first.size
    assert_close(kept, np.broadcast_to(first, kept.shape), "relative")


@pytest.mark.parametrize("name", WEIGHTED)
def test_given_weights(backend64: Backend, name: str) -> None:
    """A call with weights uses them, is differentiable through them, and leaves weights and statistics alone."""
    case, ops = subject(name), backend64.ops
    network = backend64.build_network(case.plan, case.values)

    def gradients(_: Any, net: Any, given: Mapping[str, Any]) -> tuple[Array, list[str], list[Array]]:
        inputs, own = case.leaves(ops, given), net.weights()
        moved = {key: weight * 1.5 + 0.25 for key, weight in own.items()}
        y = net(inputs, call_of(ops, given, True, moved))
        at = {**{key: inputs[key] for key in case.differentiable}, **own}
        return y, list(at), ops.gradients(head(ops, y, given), list(at.values()), differentiable=False)

    run, read = case.differentiating(backend64, network, gradients)
    value = backend64.to_numpy(run(case.given)["value"])
    moved = {key: weight * 1.5 + 0.25 for key, weight in case.weights.items()}
    wanted = case.reference()(case.inputs, call_of(NumpyOps(), case.given, True, moved))
    assert_close(value, wanted, "value")
    wanted_gradients = complex_step.gradients(case.scalar, {**case.arrays, **moved})
    for key, gradient in read().items():
        assert_close(gradient, 1.5 * wanted_gradients[key], "gradient", key)
    for key, array in network.read().items():
        assert_close(array, case.values[key], "exact", key)


@pytest.mark.parametrize(
    ("layer", "slope"), [(L.ReLU(), 0.0), (L.LeakyReLU(slope=0.2), 0.2), (L.ELU(), 1.0)], ids=["relu", "leaky", "elu"]
)
def test_derivative_at_exactly_0_is_that_of_the_other_branch(backend64: Backend, layer: L.Layer, slope: float) -> None:
    """The layers' definitions say "x where x > 0, else …"; zeros are common behind dropout and dead units."""
    case = Subject(of_layers(layer, shape=(3,)))
    case.given["x"] = np.zeros((3, 3))
    network = backend64.build_network(case.plan, case.values)
    run, _ = case.differentiating(backend64, network, case.first_gradients)
    gradient = backend64.to_numpy(run(case.given)["x"])
    assert_close(gradient, slope * case.given["linear"], "gradient")


@pytest.mark.parametrize(
    "name",
    [
        "conv-k4-s2-p1+2",
        "conv_transpose-k4-s2-p1+2-o0",
        "batch_norm-unbiased-4d",
        "dense",
        "minibatch_discrimination",
        "spectral-dense",
    ],
)
def test_read_gives_back_what_was_loaded(backend64: Backend, name: str) -> None:
    """In canonical layout, under the plan's names and in its order."""
    case = subject(name)
    network = backend64.build_network(case.plan, {key: value + 1 for key, value in case.values.items()})
    network.load(case.values)
    found = network.read()
    assert list(found) == [*case.plan.weights, *case.plan.buffers]
    for key, array in found.items():
        assert_close(array, case.values[key], "exact", key)


@pytest.mark.parametrize("name", ["dense", "conv-k3-s2-p1+None", "average_pool-2-sNone"])
def test_any_batch_size(backend64: Backend, name: str) -> None:
    """One compiled function takes 3 samples and then 1."""
    case = subject(name)
    network, (_, evaluate) = backend64.build_network(case.plan, case.values), calls()
    run = backend64.compile(lambda given: {"y": network(given, evaluate)}, [case.plan])
    for count in (3, 1):
        part = {key: value[:count] for key, value in case.inputs.items()}
        assert_close(backend64.to_numpy(run(part)["y"]), case.reference()(part, evaluate), "value")


def calls() -> tuple[Call, Call]:
    """Return a call in training mode and one in evaluation mode."""
    return Call(training=True, weights=None, random=None), Call(training=False, weights=None, random=None)
