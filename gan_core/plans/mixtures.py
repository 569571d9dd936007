"""Mixtures — layers that make each row of an image of its input's rows by fixed shares, and columns alike."""

from functools import singledispatch

import numpy as np

from gan_core.plans.plans import Node
from gan_core.specs import layers as L


def mixtures(node: Node) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of each row [H', H] and of each column [W', W] of a layer's input in those of its output."""
    (_, *inputs), (_, *outputs) = node.input_shapes[0], node.plan.output_shape
    rows, columns = (shares(node.layer, node, *sides) for sides in zip(outputs, inputs, strict=True))
    return rows, columns


@singledispatch
def shares(layer: L.Layer, node: Node, out: int, side: int) -> np.ndarray:
    """Return the share [out, side] of each pixel of the input in each of the output, along one axis."""
    raise NotImplementedError(type(layer).__name__)


@shares.register
def _average_pool(layer: L.AveragePool, node: Node, out: int, side: int) -> np.ndarray:
    made, read = np.arange(out)[:, None] * node.plan.pool_step, np.arange(side)
    return np.asarray(((read >= made) & (read < made + layer.size)) / layer.size)


@shares.register
def _upsample(layer: L.Upsample, node: Node, out: int, side: int) -> np.ndarray:
    return np.asarray(np.arange(out)[:, None] // layer.factor == np.arange(side), np.float64)


@shares.register
def _resize(layer: L.Resize, node: Node, out: int, side: int) -> np.ndarray:
    places = np.clip((np.arange(out) + 0.5) * (side / out) - 0.5, 0, side - 1)
    return np.asarray(np.maximum(0.0, 1 - np.abs(places[:, None] - np.arange(side))))
