"""Composed layers — defined once, by the operations of the contract; a backend without a kernel for one runs it so.

Legend: N batch, C channels, H W pixels, F features, R rows that are normalised, K values of one row.
A new layer joins with ``@compose_layer.register``, beside its shape rule.
"""

from collections.abc import Callable, Mapping
from functools import reduce, singledispatch
from operator import add
from typing import Any, cast

import numpy as np

from gan_core.contract import geometric_augmentations  # noqa: F401  (its definitions join those of `augmentations`)
from gan_core.contract.augmentations import augment, check_augments
from gan_core.contract.backend import Call
from gan_core.errors import SpecError
from gan_core.operations import tables
from gan_core.operations.arrays import described, dtype_of, shape_of
from gan_core.operations.ops import Array, Ops
from gan_core.plans.more_shape_rules import CHANCE
from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.augmenting_layers import Augmentation
from gan_core.specs.spec import variant_name

Arrays = tuple[Array, ...]
Weights = Mapping[str, Array]
# Layers whose definition is the same whatever the order of the axes, so that no backend turns images for it.
LAYOUT_FREE = (L.Add, L.Scale, L.Multiply, L.SiLU, L.Gain)
# Layers whose definition asks for the call's mode and random numbers: (layer, name, operations, inputs, call) → output.
CALLED: dict[type[L.Layer], Callable[[Any, str, Ops, Arrays, Call], Array]] = {}


@singledispatch
def compose_layer(layer: L.Layer, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    """Return a layer's output, [N, C, H, W] or [N, F] as its inputs; weights: by the plan's names and shapes.

    A composed layer is the same in training and in evaluation mode. It may do arithmetic with `+ − * / **` and slices.
    """
    raise _undefined(layer)


def check_composable(node: Node) -> None:
    """Raise `SpecError` unless the layer's definition can stand in for a backend's kernel."""
    if isinstance(node.layer, Augmentation):
        check_augments(node.layer)
        return
    if type(node.layer) in CALLED:
        return
    if compose_layer.dispatch(type(node.layer)) is compose_layer.dispatch(object):
        raise _undefined(node.layer)
    if node.plan.buffers:
        raise SpecError(f"layer '{node.name}': a composed layer keeps no buffers, got {', '.join(node.plan.buffers)}")


def composed_output(
    network: str, node: Node, ops: Ops, inputs: Arrays, kept: Weights, dtype: np.dtype, call: Call
) -> Array:
    """Return a composed layer's output, [N, C, H, W] or [N, F]; kept: its weights and buffers.

    Raises `SpecError` where it is no array of the planned shape and of the backend's dtype.
    """
    if isinstance(node.layer, Augmentation):
        return _augmented(node, ops, inputs[0], kept, call)
    called = CALLED.get(type(node.layer))
    output = (
        called(node.layer, node.name, ops, inputs, call) if called else compose_layer(node.layer, ops, inputs, kept)
    )
    planned = (inputs[0].shape[0], *node.plan.output_shape)
    if shape_of(output) != planned or dtype_of(output) != dtype.name:
        raise SpecError(
            f"network '{network}', layer '{node.name}': its definition gives {described(output)}; "
            f"planned was an array {list(planned)} of {dtype.name}: its compose_layer and plan_layer must agree"
        )
    return output


def _augmented(node: Node, ops: Ops, x: Array, kept: Weights, call: Call) -> Array:
    """What an augmentation makes of samples, which in evaluation mode it leaves alone."""
    layer = cast("Augmentation", node.layer)
    if not call.training:
        return x
    random, count = call.random_of(node.name), x.shape[0]
    chance = kept[CHANCE] if layer.adaptive else layer.chance
    return augment(layer, ops, x, lambda purpose: random.uniform(node.name, purpose, (count,)), chance)


def _undefined(layer: L.Layer) -> SpecError:
    kind = variant_name(type(layer).__name__)
    return SpecError(f"no kernel and no definition for a layer '{kind}'; register one with compose_layer.register")


@compose_layer.register
def _add(layer: L.Add, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    return reduce(add, inputs)


@compose_layer.register
def _scale(layer: L.Scale, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    return inputs[0] * layer.factor


@compose_layer.register
def _maxout(layer: L.Maxout, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    count, channels, *sides = x.shape
    pieces = ops.reshape(x, (count, channels // layer.pieces, layer.pieces, *sides))

    def larger(a: Array, b: Array) -> Array:
        return a + ops.relu(b - a)

    return reduce(larger, [pieces[:, :, piece] for piece in range(layer.pieces)])


@compose_layer.register
def _minibatch_discrimination(layer: L.MinibatchDiscrimination, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    count, features = x.shape
    kernels, dimensions = layer.kernels, layer.dimensions
    seen = ops.matmul(x, ops.reshape(weights["weight"], (features, kernels * dimensions)))
    one = ops.reshape(seen, (count, 1, kernels, dimensions))
    other = ops.reshape(ops.gathered(seen), (1, ops.workers.of_all(count), kernels, dimensions))
    nearness = ops.exp(-ops.sum(ops.abs(one - other), (3,)))  # [N, all, B]
    others = ops.constant(tables.others(count, 3, ops.workers))  # not the sum − 1, which would swallow small ones
    return ops.sum(nearness * others, (1,))


@compose_layer.register
def _layer_norm(layer: L.LayerNorm, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    return normalised(ops, x, (x.shape[0], -1), layer.epsilon, weights)


@compose_layer.register
def _instance_norm(layer: L.InstanceNorm, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    return normalised(ops, x, (x.shape[0] * x.shape[1], -1), layer.epsilon, weights)


def normalised(ops: Ops, x: Array, rows: tuple[int, int], epsilon: float, weights: Weights) -> Array:
    """Return x with mean 0 and variance 1 in each of its `rows` [R, K], times scale plus bias of each channel."""
    shape = tuple(x.shape)
    values = ops.reshape(x, rows)
    share = 1 / values.shape[1]
    centred = values - ops.reshape(ops.sum(values, (1,)) * share, (rows[0], 1))
    variance = ops.reshape(ops.sum(centred * centred, (1,)) * share, (rows[0], 1))
    y = centred / ops.sqrt(variance + epsilon)
    if weights:  # [N, C, K] by [C, 1]: broadcasting over a middle axis is slow in Paddle
        scale, bias = (ops.reshape(weights[name], (-1, 1)) for name in ("weight", "bias"))
        y = ops.reshape(y, (*shape[:2], -1)) * scale + bias
    return ops.reshape(y, shape)
