"""Layers defined by the operations of the contract, on NumPy against the reference; what is said without one."""

import numpy as np
import pytest

from gan_core.contract.backend import Call
from gan_core.contract.composed import check_composable, compose_layer
from gan_core.errors import SpecError
from gan_core.plans.layer_plans import BufferPlan, LayerPlan
from gan_core.plans.plans import Node, plan_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.testing.numpy_ops import NumpyOps
from gan_core.testing.reference_layers import reference_layer


class _Nothing(L.LayerSpec, frozen=True, kw_only=True):
    """Neither a kernel nor a definition; the underscore keeps it out of the family."""


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (L.Maxout(), (6,)),
        (L.Maxout(pieces=3), (6, 2, 3)),
        (L.MinibatchDiscrimination(kernels=3, dimensions=2), (5,)),
        (L.LayerNorm(), (3, 2, 4)),
        (L.LayerNorm(affine=False), (5,)),
        (L.InstanceNorm(), (3, 2, 4)),
        (L.InstanceNorm(affine=True), (3, 2, 4)),
    ],
)
def test_a_definition_gives_what_the_reference_gives(layer, shape):
    plan = plan_network("net", Network(inputs={"x": Input(kind="data", shape=shape)}, layers=(layer,)))
    (node,) = plan.nodes
    generator = np.random.default_rng(0)
    x = generator.normal(0, 1, (4, *shape))
    weights = {name: generator.normal(0, 1, weight.shape) for name, weight in node.plan.weights.items()}

    found = compose_layer(layer, NumpyOps(), (x,), weights)

    call = Call(training=True, weights=None, random=None)
    expected = reference_layer(layer, node, [x], weights, {}, call)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


def test_minibatch_discrimination_keeps_small_similarities():
    """Two samples 80 apart: e⁻⁸⁰, which 1 + e⁻⁸⁰ − 1 would swallow."""
    layer = L.MinibatchDiscrimination(kernels=1, dimensions=1)

    found = compose_layer(layer, NumpyOps(), (np.array([[0.0], [80.0]]),), {"weight": np.ones((1, 1, 1))})

    np.testing.assert_allclose(found, np.full((2, 1), np.exp(-80.0)), rtol=1e-14)


def test_the_first_of_equal_values_has_the_derivative():
    x = np.array([[1.0 + 1e-30j, 1.0 + 2e-30j]])

    assert np.imag(compose_layer(L.Maxout(), NumpyOps(), (x,), {})) == 1e-30


def node(buffers: dict[str, BufferPlan], layer: L.Layer) -> Node:
    return Node(
        name="own", layer=layer, inputs=("x",), input_shapes=((3,),), plan=LayerPlan(output_shape=(3,), buffers=buffers)
    )


def test_a_layer_without_a_definition_says_how_to_give_it_one():
    with pytest.raises(SpecError, match=r"no kernel and no definition for a layer '.*'; .*compose_layer\.register"):
        check_composable(node({}, _Nothing()))
    with pytest.raises(SpecError, match=r"compose_layer\.register"):
        compose_layer(_Nothing(), NumpyOps(), (), {})


def test_a_composed_layer_keeps_no_buffers():
    with pytest.raises(SpecError, match="layer 'own': a composed layer keeps no buffers, got counter"):
        check_composable(node({"counter": BufferPlan(shape=(), start=0.0)}, L.Maxout()))
