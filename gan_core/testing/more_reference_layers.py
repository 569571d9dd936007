"""More reference layers, in slow, plain NumPy: see `reference_layers`, whose legend holds here too."""

import math
from typing import Any

import numpy as np

from gan_core.contract.backend import Call
from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.reducing_layers import InnerProduct, LogSumExp
from gan_core.specs.table_layers import TableOutput
from gan_core.testing.reference_layers import Arrays, Inputs, normalised, reference_layer, with_scale_and_bias


@reference_layer.register
def group_norm(
    layer: L.GroupNorm, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    (x,), size = inputs, inputs[0].shape[1] // layer.groups
    y = np.empty(x.shape, x.dtype)
    for sample in range(len(x)):
        for first in range(0, x.shape[1], size):
            part = slice(first, first + size)
            y[sample, part] = normalised(x[sample, part], layer.epsilon)
    return with_scale_and_bias(y, weights)


@reference_layer.register
def pixel_norm(
    layer: L.PixelNorm, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    (x,) = inputs
    pixels = np.moveaxis(x, 1, -1)
    y = np.empty(pixels.shape, x.dtype)
    for place in np.ndindex(pixels.shape[:-1]):
        y[place] = pixels[place] / np.sqrt((pixels[place] ** 2).sum() / x.shape[1] + layer.epsilon)
    return np.moveaxis(y, -1, 1)


@reference_layer.register
def minibatch_deviation(
    layer: L.MinibatchDeviation, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    (x,) = inputs
    size = layer.group_size if len(x) % layer.group_size == 0 else len(x)
    groups = len(x) // size
    planes = np.zeros((len(x), 1, *x.shape[2:]), x.dtype)
    for group in range(groups):
        members = x[group::groups]
        centred = members - members.sum(axis=0) / size
        deviations = np.sqrt((centred**2).sum(axis=0) / size + layer.epsilon)
        planes[group::groups] = deviations.sum() / deviations.size
    return np.concatenate([x, planes], axis=1)


@reference_layer.register
def prelu(layer: L.PReLU, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    channels = [
        np.where(np.real(channel) > 0, channel, slope * channel)
        for channel, slope in zip(np.moveaxis(inputs[0], 1, 0), weights["weight"], strict=True)
    ]
    return np.stack(channels, axis=1)


@reference_layer.register
def silu(layer: L.SiLU, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return inputs[0] / (1 + np.exp(-inputs[0]))


@reference_layer.register
def gelu(layer: L.GELU, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,) = inputs
    if layer.form == "tanh":
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return x * normal_share(x)


def normal_share(x: np.ndarray) -> np.ndarray:
    """Φ(x); of a complex x by its slope, since the imaginary part is a tiny step."""
    share = np.vectorize(lambda one: 0.5 * math.erfc(-one / math.sqrt(2)), otypes=[float])(np.real(x))
    if not np.iscomplexobj(x):
        return share
    return share + 1j * np.imag(x) * np.exp(-(np.real(x) ** 2) / 2) / math.sqrt(2 * math.pi)


@reference_layer.register
def softmax(layer: L.Softmax, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    powers = np.exp(inputs[0])
    return powers / powers.sum(axis=1, keepdims=True)


@reference_layer.register
def multiply(layer: L.Multiply, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    y = np.ones(inputs[0].shape)
    for x in inputs:
        y = y * x
    return y


@reference_layer.register
def modulate(layer: L.Modulate, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    x, scale, shift = inputs
    y = np.empty(x.shape, np.result_type(*inputs))
    for sample, channel in np.ndindex(x.shape[:2]):
        place = sample, channel
        y[place] = x[place] * (1 + scale[place]) + shift[place]
    return y


@reference_layer.register
def gain(layer: L.Gain, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return inputs[0] * weights["weight"][0]


@reference_layer.register
def attention(
    layer: L.Attention, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    queries, keys, values = inputs
    y = np.zeros((len(queries), *node.plan.output_shape), np.result_type(*inputs))
    for sample in range(len(queries)):
        all_keys, all_values = (x[sample].reshape(x.shape[1], -1) for x in (keys, values))  # [c, hw], [d, hw]
        for i in range(queries.shape[2]):
            for j in range(queries.shape[3]):
                fits = queries[sample, :, i, j] @ all_keys
                shares = np.exp(fits / np.sqrt(queries.shape[1]) if layer.scaled else fits)
                y[sample, :, i, j] = all_values @ (shares / shares.sum())
    return y


@reference_layer.register
def global_pool(
    layer: L.GlobalPool, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    return inputs[0].mean(axis=(2, 3)) if layer.kind == "mean" else inputs[0].sum(axis=(2, 3))


@reference_layer.register
def within_edges(
    layer: L.WithinEdges, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    reach, y = layer.size // 2, inputs[0].copy()
    height, width = y.shape[2:]
    for row, column in np.ndindex(height, width):
        rows = [place for place in range(row - reach, row + reach + 1) if 0 <= place < height]
        columns = [place for place in range(column - reach, column + reach + 1) if 0 <= place < width]
        y[:, :, row, column] *= layer.size**2 / (len(rows) * len(columns))
    return y


@reference_layer.register
def pixel_shuffle(
    layer: L.PixelShuffle, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    (x,), factor = inputs, layer.factor
    y = np.zeros((len(x), *node.plan.output_shape), x.dtype)
    for channel, row, column in np.ndindex(y.shape[1:]):
        i, j = row % factor, column % factor
        source = channel * factor**2 + i * factor + j
        y[:, channel, row, column] = x[:, source, row // factor, column // factor]
    return y


@reference_layer.register
def pad(layer: L.Pad, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    words = {"reflect": "reflect", "replicate": "edge", "zeros": "constant"}
    return np.pad(inputs[0], [(0, 0), (0, 0), layer.edge, layer.edge], mode=words[layer.mode])  # type: ignore[call-overload]


@reference_layer.register
def resize(layer: L.Resize, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,) = inputs
    y = np.zeros((len(x), *node.plan.output_shape), x.dtype)
    ratios = [side / made for side, made in zip(x.shape[2:], y.shape[2:], strict=True)]
    for i, j in np.ndindex(y.shape[2:]):
        at = [(place + 0.5) * ratio - 0.5 for place, ratio in zip((i, j), ratios, strict=True)]
        corner = [math.floor(place) for place in at]
        for down, right in np.ndindex(2, 2):
            row, column = corner[0] + down, corner[1] + right
            nearness = (1 - abs(at[0] - row)) * (1 - abs(at[1] - column))
            row, column = min(max(row, 0), x.shape[2] - 1), min(max(column, 0), x.shape[3] - 1)
            y[:, :, i, j] += nearness * x[:, :, row, column]
    return y


@reference_layer.register
def blur(layer: L.Blur, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    (x,), count = inputs, len(layer.weights)
    edges = ((count - 1) // 2, count // 2)
    mode: Any = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}[layer.padding_mode]
    padded = np.pad(x, ((0, 0), (0, 0), edges, edges), mode=mode)
    filters = layer.gain * np.outer(layer.weights, layer.weights) / sum(layer.weights) ** 2
    y = np.zeros((len(x), *node.plan.output_shape), x.dtype)
    for i, j in np.ndindex(y.shape[2:]):
        top, left = i * layer.stride, j * layer.stride
        y[:, :, i, j] = (padded[:, :, top : top + count, left : left + count] * filters).sum(axis=(2, 3))
    return y


@reference_layer.register
def one_hot(layer: L.OneHot, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    y = np.zeros((len(inputs[0]), layer.classes))
    for sample, label in enumerate(inputs[0]):
        y[sample, label] = 1
    return y


@reference_layer.register
def crop(layer: L.Crop, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    _, height, width = node.plan.output_shape
    return inputs[0][:, :, layer.before :, layer.before :][:, :, :height, :width]


@reference_layer.register
def slice_(layer: L.Slice, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call) -> np.ndarray:
    return np.take(inputs[0], range(layer.start, layer.start + layer.count), axis=1)


@reference_layer.register
def log_sum_exp(
    layer: LogSumExp, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    return np.log(np.exp(inputs[0]).sum(axis=1, keepdims=True))


@reference_layer.register
def inner_product(
    layer: InnerProduct, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    return np.stack([np.array([first @ second]) for first, second in zip(*inputs, strict=True)])


@reference_layer.register
def table_output(
    layer: TableOutput, node: Node, inputs: Inputs, weights: Arrays, buffers: Arrays, call: Call
) -> np.ndarray:
    ends = np.cumsum(layer.blocks)[:-1]
    widths = [size if size > 1 else 0 for size in layer.blocks]
    noises = np.split(inputs[1], np.cumsum(widths)[:-1], axis=1) if len(inputs) > 1 else [0.0] * len(widths)
    made = []
    for block, size, noise in zip(np.split(inputs[0], ends, axis=1), layer.blocks, noises, strict=True):
        powers = np.exp((block + noise) / layer.temperature) if size > 1 else block
        made.append(powers / powers.sum(axis=1, keepdims=True) if size > 1 else np.tanh(block))
    return np.concatenate(made, axis=1)
