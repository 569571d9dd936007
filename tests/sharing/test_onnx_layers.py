"""Every layer as ONNX, run by onnxruntime, against the references in NumPy; what cannot be written is refused."""

import importlib.util
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from gan_core.contract.backend import Call
from gan_core.contract.composed import compose_layer
from gan_core.errors import UsageError
from gan_core.plans.layer_plans import LayerPlan, only_shape
from gan_core.plans.plans import plan_network
from gan_core.plans.shape_rules import plan_layer
from gan_core.sharing.onnx_check import run_model
from gan_core.sharing.onnx_layers import onnx_layer
from gan_core.sharing.onnx_models import build_model
from gan_core.specs import layers as L
from gan_core.specs.augmenting_layers import Augmentation
from gan_core.specs.blocks import Block
from gan_core.specs.layers import Layer, LayerSpec
from gan_core.specs.networks import Input, Network
from gan_core.testing.layer_cases import CASES
from gan_core.testing.subjects import Subject, of_layers

pytestmark = pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="onnxruntime is not installed")
EVALUATE = Call(training=False, weights=None, random=None)
FLOAT32 = 1e-6  # of the largest output; the references compute in float64


def as_onnx(subject: Subject) -> list[np.ndarray]:
    model = build_model([subject.plan], {"net": subject.values}, {})
    inputs = {name: x.astype(np.float32) if x.dtype.kind == "f" else x for name, x in subject.inputs.items()}
    return run_model(model, inputs)


@pytest.mark.parametrize("name", CASES)
def test_a_layer_gives_what_its_reference_gives(name: str) -> None:
    case = CASES[name]
    subject = Subject(case.network, spread=case.spread, count=4)
    wanted = list(subject.reference().outputs(subject.inputs, EVALUATE).values())

    for found, reference in zip(as_onnx(subject), wanted, strict=True):
        assert found.shape == reference.shape
        assert np.abs(found - reference).max() <= FLOAT32 * np.abs(reference).max()


@pytest.mark.parametrize("layer", [L.MinibatchDeviation(), L.MinibatchDeviation(group_size=2)])
@pytest.mark.parametrize("count", [1, 3, 8])
def test_groups_follow_the_number_of_samples(layer: L.MinibatchDeviation, count: int) -> None:
    subject = Subject(of_layers(layer, shape=(2, 3, 4)), count=count)

    (found,) = as_onnx(subject)

    wanted = subject.reference()(subject.inputs, EVALUATE)
    assert np.abs(found - wanted).max() <= FLOAT32 * np.abs(wanted).max()


def test_every_registered_layer_has_a_rule_or_a_definition() -> None:
    """Whatever layer joins the library without either is seen here; blocks are written as their layers."""
    words = {
        word: kind
        for word, kind in Layer.variants.items()
        if kind.__module__.startswith("gan_core.") and not issubclass(kind, Block)
    }

    written = {word for word, kind in words.items() if kind in onnx_layer.registry or kind in compose_layer.registry}
    written |= {word for word, kind in words.items() if issubclass(kind, Augmentation)}  # nothing in evaluation mode

    assert sorted(words.keys() - written) == []
    tried = {type(node.layer) for case in CASES.values() for node in plan_network("net", case.network).nodes}
    assert sorted(word for word, kind in words.items() if kind not in tried) == []


@pytest.fixture
def own_layers() -> Iterator[SimpleNamespace]:
    """Layers of a user's own, which are words for the time of a test."""
    before = set(Layer.variants)

    class Wobbled(LayerSpec, frozen=True, kw_only=True):
        """The features clipped, and the first of them in front."""

    class Ranked(LayerSpec, frozen=True, kw_only=True):
        """A layer whose values depend on how many samples there are."""

    class Noisy(LayerSpec, frozen=True, kw_only=True):
        """A layer that works with bits."""

    class Nowhere(LayerSpec, frozen=True, kw_only=True):
        """A layer with a shape and nothing else."""

    @plan_layer.register(Wobbled)
    @plan_layer.register(Ranked)
    @plan_layer.register(Noisy)
    @plan_layer.register(Nowhere)
    def _plan(layer, shapes):
        (width,) = only_shape(shapes)
        return LayerPlan(output_shape=(width + isinstance(layer, Wobbled),))

    @compose_layer.register(Wobbled)
    def _wobbled(layer, ops, inputs, weights):
        (x,) = inputs
        return ops.concat([ops.reshape(x[:, 0], (-1, 1)), ops.clip(x**2 / 3 - 1.0, -0.5, 0.5)], 1)

    @compose_layer.register(Ranked)
    def _ranked(layer, ops, inputs, weights):
        return inputs[0] * inputs[0].shape[0]

    @compose_layer.register(Noisy)
    def _noisy(layer, ops, inputs, weights):
        return inputs[0] * ops.at_least(ops.bitwise_and(ops.arange(inputs[0].shape[1]), 1), 1)

    yield SimpleNamespace(wobbled=Wobbled(), ranked=Ranked(), noisy=Noisy(), nowhere=Nowhere())
    for word in set(Layer.variants) - before:
        del Layer.variants[word]


def test_a_layer_of_ones_own_is_written_by_its_definition(own_layers) -> None:
    plan = plan_network("net", of_layers(own_layers.wobbled, shape=(3,)))
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)

    (found,) = run_model(build_model([plan], {"net": {}}, {}), {"x": x})

    np.testing.assert_allclose(found, np.hstack([x[:, :1], np.clip(x**2 / 3 - 1, -0.5, 0.5)]), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ranked", "works with the number of samples"),
        ("noisy", "the operation 'bitwise_and'"),
        ("nowhere", "no kernel and no definition for a layer 'nowhere'"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(own_layers, name: str, reason: str) -> None:
    plan = plan_network("net", of_layers(getattr(own_layers, name), shape=(3,)))

    with pytest.raises(UsageError, match=rf"network 'net', layer '{name}_1' cannot be written as ONNX: .*{reason}"):
        build_model([plan], {"net": {}}, {})


def test_a_chain_is_one_model_with_the_first_networks_inputs() -> None:
    first = plan_network("first", of_layers(L.Dense(units=4), shape=(3,)))
    label = {"x": Input(kind="data", shape=(4,))}
    second = plan_network("second", Network(inputs=label, layers=(L.Dense(units=2, name="head"), L.Tanh(name="out"))))
    generator = np.random.default_rng(0)
    values = {
        plan.name: {name: generator.normal(size=weight.shape) for name, weight in plan.weights.items()}
        for plan in (first, second)
    }
    x = generator.normal(size=(2, 3)).astype(np.float32)

    model = build_model([first, second], values, {})

    (found,) = run_model(model, {"x": x})
    middle = x @ values["first"]["dense_1.weight"].T + values["first"]["dense_1.bias"]
    wanted = np.tanh(middle @ values["second"]["head.weight"].T + values["second"]["head.bias"])
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    assert [one.name for one in model.graph.output] == ["output"]
