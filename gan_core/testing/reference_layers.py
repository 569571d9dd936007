"""Reference layers — every layer in slow, plain NumPy: the oracle that all backends are held against.

Written from the definitions in `gan_core.specs.layers`, one pixel at a time, without looking at any framework.
Legend: N batch, C channels in, K channels out, H W pixels. Arrays may be complex (see `complex_step`).
"""

from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

import numpy as np

from gan_core.contract.backend import Call
from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L

Arrays = dict[str, np.ndarray]
Inputs = list[np.ndarray]


class ReferenceNetwork:
    """A plan carried out in NumPy; called as `gan_core.contract.backend.NativeNetwork` is."""

    def __init__(self, plan: Plan, values: Mapping[str, np.ndarray]) -> None:
        self.plan, self.values = plan, {name: np.array(value, np.float64) for name, value in values.items()}

    def __call__(self, inputs: Mapping[str, np.ndarray], call: Call) -> np.ndarray:
        return self.outputs(inputs, call)[self.plan.output]

    def outputs(self, inputs: Mapping[str, np.ndarray], call: Call) -> Arrays:
        arrays = dict(inputs)
        source: Mapping[str, Any] = self.values if call.weights is None else call.weights
        for node in self.plan.nodes:
            given = [arrays[name] for name in node.inputs]
            weights = {key: source[f"{node.name}.{key}"] * node.plan.factors.get(key, 1.0) for key in node.plan.weights}
            buffers = {key: self.values[f"{node.name}.{key}"] for key in node.plan.buffers}
            if "singular_vector" in buffers:
                weights["weight"] = spectrally_normalised(node, weights["weight"], buffers, call)
            arrays[node.name] = reference_layer(node.layer, node, given, weights, buffers, call)
            self.values |= {f"{node.name}.{key}": value for key, value in buffers.items()}
        return {name: arrays[name] for name in self.plan.outputs}


def spectrally_normalised(node: Node, weight: np.ndarray, buffers: Arrays, call: Call) -> np.ndarray:
    """Return W/σ after one step of power iteration; u and v are constants to a derivative, so real."""
    matrices = np.moveaxis(weight, 1, 0) if isinstance(node.layer, L.ConvTranspose) else weight
    matrix = np.stack([row.ravel() for row in matrices])  # [out, rest]
    v = np.real(matrix).T @ buffers["singular_vector"]
    v /= np.linalg.norm(v)
    u = np.real(matrix) @ v
    u /= np.linalg.norm(u)
    if call.updates_statistics:
        buffers["singular_vector"] = u
    return weight / (u @ matrix @ v)


@singledispatch
def reference_layer(
    layer: L.Layer, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    """A layer's output, [N, …]; a call that updates statistics writes them to `buffers`."""
    raise NotImplementedError(f"no reference for a layer {type(layer).__name__}")


@reference_layer.register
def dense(layer: L.Dense, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    samples = inputs[0].reshape(-1, inputs[0].shape[-1])
    rows = np.stack([weights["weight"] @ sample for sample in samples]) + weights.get("bias", 0.0)
    return rows.reshape(*inputs[0].shape[:-1], -1)


@reference_layer.register
def batch_norm(
    layer: L.BatchNorm, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    (x,) = inputs
    y = np.empty(x.shape, np.result_type(x, *weights.values()))
    for channel in range(x.shape[1]):
        part = x[:, channel]
        mean, variance = buffers["running_mean"][channel], buffers["running_variance"][channel]
        if call.training:
            mean = part.sum() / part.size
            variance = ((part - mean) ** 2).sum() / part.size
        y[:, channel] = (part - mean) / np.sqrt(variance + layer.epsilon)
        if layer.affine:
            y[:, channel] = y[:, channel] * weights["weight"][channel] + weights["bias"][channel]
    if call.updates_statistics:
        axes = (0, *range(2, x.ndim))
        size = x.size / x.shape[1]
        factor = size / (size - 1) if layer.running_variance == "unbiased" else 1.0
        rate = layer.running_update_rate
        buffers["running_mean"] = (1 - rate) * buffers["running_mean"] + rate * x.mean(axis=axes)
        buffers["running_variance"] = (1 - rate) * buffers["running_variance"] + rate * factor * x.var(axis=axes)
    return y


@reference_layer.register
def relu(layer: L.ReLU, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.where(np.real(inputs[0]) > 0, inputs[0], 0.0)


@reference_layer.register
def leaky_relu(
    layer: L.LeakyReLU, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    return np.where(np.real(inputs[0]) > 0, inputs[0], layer.slope * inputs[0])


@reference_layer.register
def elu(layer: L.ELU, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    positive = np.real(inputs[0]) > 0
    return np.where(positive, inputs[0], np.expm1(np.where(positive, 0.0, inputs[0])))


@reference_layer.register
def tanh(layer: L.Tanh, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.tanh(inputs[0])


@reference_layer.register
def sigmoid(layer: L.Sigmoid, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return 1 / (1 + np.exp(-inputs[0]))


@reference_layer.register
def dropout(layer: L.Dropout, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    if not call.training or layer.rate == 0:
        return inputs[0]
    count, channels, *sides = inputs[0].shape
    shape = (count, channels, *(1 for _ in sides)) if layer.per_channel else inputs[0].shape
    mask: Any = call.mask(node.name, shape, layer.rate)
    return inputs[0] * mask / (1 - layer.rate)


@reference_layer.register
def flatten(layer: L.Flatten, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.stack([sample.ravel() for sample in inputs[0]])


@reference_layer.register
def reshape(layer: L.Reshape, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.stack([sample.ravel().reshape(layer.shape) for sample in inputs[0]])


def windows(
    layer: L.AveragePool | L.MaxPool, node: Node, x: np.ndarray, reduce: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return `reduce` ([N, C, s·s] → [N, C]) of each window."""
    size, stride = layer.size, layer.stride or layer.size
    y = np.zeros((len(x), *node.plan.output_shape), x.dtype)
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            window = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            y[:, :, i, j] = reduce(window.reshape(*x.shape[:2], size * size))
    return y


@reference_layer.register
def average_pool(
    layer: L.AveragePool, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    return windows(layer, node, inputs[0], lambda window: window.mean(axis=2))


@reference_layer.register
def max_pool(layer: L.MaxPool, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    def largest(window: np.ndarray) -> np.ndarray:
        place = np.argmax(np.real(window), axis=2)[:, :, None]
        return np.take_along_axis(window, place, axis=2)[:, :, 0]

    return windows(layer, node, inputs[0], largest)


@reference_layer.register
def upsample(layer: L.Upsample, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,), factor = inputs, layer.factor
    y = np.zeros((len(x), *node.plan.output_shape), x.dtype)
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            y[:, :, i, j] = x[:, :, i // factor, j // factor]
    return y


@reference_layer.register
def embedding(
    layer: L.Embedding, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    return np.stack([weights["weight"][label] for label in inputs[0]])


@reference_layer.register
def concat(layer: L.Concat, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.concatenate(inputs, axis=1)


@reference_layer.register
def add(layer: L.Add, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return sum(inputs[1:], inputs[0])


@reference_layer.register
def scale(layer: L.Scale, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return layer.factor * inputs[0]


@reference_layer.register
def maxout(layer: L.Maxout, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,), pieces = inputs, layer.pieces
    groups = []
    for first in range(0, x.shape[1], pieces):
        group = x[:, first : first + pieces]
        place = np.argmax(np.real(group), axis=1)[:, None]
        groups.append(np.take_along_axis(group, place, axis=1))
    return np.concatenate(groups, axis=1)


@reference_layer.register
def minibatch_discrimination(
    layer: L.MinibatchDiscrimination, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    matrices = [np.tensordot(sample, weights["weight"], axes=1) for sample in inputs[0]]  # M_i, [B, C]
    y = np.zeros((len(matrices), layer.kernels), np.result_type(*matrices))
    for i, own in enumerate(matrices):
        for j, other in enumerate(matrices):
            if i != j:
                difference = own - other
                distance = (difference * np.sign(np.real(difference))).sum(axis=1)  # ‖·‖₁ of each row
                y[i] += np.exp(-distance)
    return y


def normalised(x: np.ndarray, epsilon: float) -> np.ndarray:
    """Return values with mean 0 and variance 1."""
    centred = x - x.sum() / x.size
    return centred / np.sqrt((centred**2).sum() / x.size + epsilon)


def with_scale_and_bias(y: np.ndarray, weights: Arrays) -> np.ndarray:
    if not weights:
        return y
    channels = [channel * weights["weight"][c] + weights["bias"][c] for c, channel in enumerate(np.moveaxis(y, 1, 0))]
    return np.stack(channels, axis=1)


@reference_layer.register
def layer_norm(
    layer: L.LayerNorm, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    return with_scale_and_bias(np.stack([normalised(sample, layer.epsilon) for sample in inputs[0]]), weights)


@reference_layer.register
def instance_norm(
    layer: L.InstanceNorm, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    samples = [np.stack([normalised(channel, layer.epsilon) for channel in sample]) for sample in inputs[0]]
    return with_scale_and_bias(np.stack(samples), weights)
