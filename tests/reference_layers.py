"""Every layer in slow, plain NumPy: the oracle that all backends are held against.

Written from the definitions in `gan_core.specs.layers`, one pixel at a time, without looking at any framework.
Legend: N batch, C channels in, K channels out, H W pixels. Arrays may be complex (see `complex_step`).
"""

from collections.abc import Callable, Mapping

import numpy as np

from gan_core.contract.backend import Call
from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L

Arrays = dict[str, np.ndarray]
Function = Callable[[Node, list[np.ndarray], Arrays, Arrays, Call], np.ndarray]


class ReferenceNetwork:
    """A plan carried out in NumPy; called as `gan_core.contract.backend.NativeNetwork` is."""

    def __init__(self, plan: Plan, values: Mapping[str, np.ndarray]) -> None:
        self.plan, self.values = plan, {name: np.array(value, np.float64) for name, value in values.items()}

    def __call__(self, inputs: Mapping[str, np.ndarray], call: Call) -> np.ndarray:
        arrays = dict(inputs)
        source = self.values if call.weights is None else call.weights
        for node in self.plan.nodes:
            given = [arrays[name] for name in node.inputs]
            weights = {key: source[f"{node.name}.{key}"] for key in node.plan.weights}
            buffers = {key: self.values[f"{node.name}.{key}"] for key in node.plan.buffers}
            if "singular_vector" in buffers:
                weights["weight"] = spectrally_normalised(node, weights["weight"], buffers, call)
            arrays[node.name] = REFERENCE_LAYERS[type(node.layer)](node, given, weights, buffers, call)
            self.values |= {f"{node.name}.{key}": value for key, value in buffers.items()}
        return arrays[self.plan.nodes[-1].name]


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


def dense(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    rows = [weights["weight"] @ sample for sample in inputs[0]]
    return np.stack(rows) + weights.get("bias", 0.0)


def conv(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,), layer, weight = inputs, node.layer, weights["weight"]  # [N, C, H, W], [K, C, k, k]
    before, after = layer.padding_before_after
    count, channels, height, width = x.shape
    padded = np.zeros((count, channels, before + height + after, before + width + after), x.dtype)
    padded[:, :, before : before + height, before : before + width] = x
    y = np.zeros((count, *node.plan.output_shape), np.result_type(x, weight))
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            top, left = i * layer.stride, j * layer.stride
            window = padded[:, :, top : top + layer.kernel, left : left + layer.kernel]
            y[:, :, i, j] = np.tensordot(window, weight, axes=([1, 2, 3], [1, 2, 3]))
    return y + weights["bias"][:, None, None] if layer.bias else y


def conv_transpose(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,), layer, weight = inputs, node.layer, weights["weight"]  # [N, C, H, W], [C, K, k, k]
    before, after = layer.padding_before_after
    count, _, height, width = x.shape
    rows = (height - 1) * layer.stride + layer.kernel + layer.output_padding
    columns = (width - 1) * layer.stride + layer.kernel + layer.output_padding
    full = np.zeros((count, layer.channels, rows, columns), np.result_type(x, weight))
    for i in range(height):
        for j in range(width):
            top, left = i * layer.stride, j * layer.stride
            painted = np.tensordot(x[:, :, i, j], weight, axes=(1, 0))  # [N, K, k, k]
            full[:, :, top : top + layer.kernel, left : left + layer.kernel] += painted
    y = full[:, :, before : rows - after, before : columns - after]
    return y + weights["bias"][:, None, None] if layer.bias else y


def batch_norm(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,), layer = inputs, node.layer
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


def relu(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.where(np.real(inputs[0]) > 0, inputs[0], 0.0)


def leaky_relu(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.where(np.real(inputs[0]) > 0, inputs[0], node.layer.slope * inputs[0])


def elu(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    positive = np.real(inputs[0]) > 0
    return np.where(positive, inputs[0], np.expm1(np.where(positive, 0.0, inputs[0])))


def tanh(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.tanh(inputs[0])


def sigmoid(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return 1 / (1 + np.exp(-inputs[0]))


def dropout(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    if not call.training or node.layer.rate == 0:
        return inputs[0]
    mask = call.keep_mask(node.name, (len(inputs[0]), *node.plan.output_shape), node.layer.rate)
    return inputs[0] * mask / (1 - node.layer.rate)


def flatten(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.stack([sample.ravel() for sample in inputs[0]])


def reshape(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.stack([sample.ravel().reshape(node.layer.shape) for sample in inputs[0]])


def windows(node: Node, x: np.ndarray, reduce: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return `reduce` ([N, C, s·s] → [N, C]) of each window."""
    size, stride = node.layer.size, node.layer.stride or node.layer.size
    y = np.zeros((len(x), *node.plan.output_shape), x.dtype)
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            window = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            y[:, :, i, j] = reduce(window.reshape(*x.shape[:2], size * size))
    return y


def average_pool(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return windows(node, inputs[0], lambda window: window.mean(axis=2))


def max_pool(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    def largest(window: np.ndarray) -> np.ndarray:
        place = np.argmax(np.real(window), axis=2)[:, :, None]
        return np.take_along_axis(window, place, axis=2)[:, :, 0]

    return windows(node, inputs[0], largest)


def upsample(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,), factor = inputs, node.layer.factor
    y = np.zeros((len(x), *node.plan.output_shape), x.dtype)
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            y[:, :, i, j] = x[:, :, i // factor, j // factor]
    return y


def embedding(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.stack([weights["weight"][label] for label in inputs[0]])


def concat(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.concatenate(inputs, axis=1)


def add(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return sum(inputs[1:], inputs[0])


def scale(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return node.layer.factor * inputs[0]


def maxout(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,), pieces = inputs, node.layer.pieces
    groups = []
    for first in range(0, x.shape[1], pieces):
        group = x[:, first : first + pieces]
        place = np.argmax(np.real(group), axis=1)[:, None]
        groups.append(np.take_along_axis(group, place, axis=1))
    return np.concatenate(groups, axis=1)


def minibatch_discrimination(
    node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    matrices = [np.tensordot(sample, weights["weight"], axes=1) for sample in inputs[0]]  # M_i, [B, C]
    y = np.zeros((len(matrices), node.layer.kernels), np.result_type(*matrices))
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


def layer_norm(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return with_scale_and_bias(np.stack([normalised(sample, node.layer.epsilon) for sample in inputs[0]]), weights)


def instance_norm(node: Node, inputs: list[np.ndarray], weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    samples = [np.stack([normalised(channel, node.layer.epsilon) for channel in sample]) for sample in inputs[0]]
    return with_scale_and_bias(np.stack(samples), weights)


REFERENCE_LAYERS: dict[type, Function] = {
    L.Dense: dense,
    L.Conv: conv,
    L.ConvTranspose: conv_transpose,
    L.BatchNorm: batch_norm,
    L.ReLU: relu,
    L.LeakyReLU: leaky_relu,
    L.ELU: elu,
    L.Tanh: tanh,
    L.Sigmoid: sigmoid,
    L.Dropout: dropout,
    L.Flatten: flatten,
    L.Reshape: reshape,
    L.AveragePool: average_pool,
    L.MaxPool: max_pool,
    L.Upsample: upsample,
    L.Embedding: embedding,
    L.Concat: concat,
    L.Add: add,
    L.Scale: scale,
    L.Maxout: maxout,
    L.MinibatchDiscrimination: minibatch_discrimination,
    L.LayerNorm: layer_norm,
    L.InstanceNorm: instance_norm,
}
