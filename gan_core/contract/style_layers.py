"""Layers of styles, defined once; they join those of `composed`, whose legend holds. L is the number of styles."""

from functools import lru_cache

import numpy as np

from gan_core.contract.backend import Call
from gan_core.contract.composed import CALLED, Arrays, Weights, compose_layer
from gan_core.operations import tables
from gan_core.operations.ops import Array, Ops
from gan_core.specs.style_layers import AddNoise, Bias, LearnedConstant, StyleMixing


@compose_layer.register
def _bias(layer: Bias, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    if len(x.shape) == 2:
        return x + weights["bias"]
    return ops.reshape(ops.reshape(x, (*x.shape[:2], -1)) + ops.reshape(weights["bias"], (-1, 1)), tuple(x.shape))


@compose_layer.register
def _learned_constant(layer: LearnedConstant, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    count = inputs[0].shape[0]
    rows = ops.matmul(ops.constant(tables.ones((count, 1))), ops.reshape(weights["weight"], (1, -1)))
    return ops.reshape(rows, (count, *layer.shape))


@compose_layer.register
def _add_noise(layer: AddNoise, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    x, noise = inputs
    return x + noise * weights["weight"]


def mixed_styles(layer: StyleMixing, name: str, ops: Ops, inputs: Arrays, call: Call) -> Array:
    """Return the styles of all layers, [N, L · F], of two latents side by side, [N, F, 1, 2]; name: the layer's."""
    (latents,) = inputs
    count, features = latents.shape[:2]
    first = ops.reshape(latents[:, :, 0, 0], (count, 1, features))
    whole = (count, layer.layers * features)
    if not (call.training and layer.chance):
        return ops.reshape(first + ops.constant(tables.zeros((1, layer.layers, 1))), whole)
    random = call.random_of(name)
    chosen, place = (ops.reshape(random.uniform(name, purpose, (count,)), (-1, 1)) for purpose in ("chosen", "place"))
    mixed = ops.at_least(layer.chance - chosen - 2.0**-25, 0.0)  # numbers below the chance
    behind = 1.0 - ops.at_least(place - ops.constant(_starts(layer.layers)), 0.0)  # [N, L]: none for the first layer
    share = ops.reshape(mixed * behind, (count, layer.layers, 1))
    second = ops.reshape(latents[:, :, 0, 1], (count, 1, features))
    return ops.reshape(second * share + first * (1.0 - share), whole)


CALLED[StyleMixing] = mixed_styles


@lru_cache(64)
def _starts(layers: int) -> np.ndarray:
    """The numbers [1, L] below which a layer has the second style: 0 for the first, 1 for the last."""
    return tables.fixed(np.arange(layers)[None] / (layers - 1))
