"""Layers as operators of ONNX, in evaluation mode; a layer without a rule here is written by its own definition.

Legend: N samples, C channels, H W pixels, F features. A rule goes by a layer's exact class, since a subclass may mean
something else than its base.
"""

import math
from functools import singledispatch

import numpy as np

from gan_core.sharing.onnx_graph import Place
from gan_core.specs import layers as L
from gan_core.specs.table_layers import TableOutput


@singledispatch
def onnx_layer(layer: L.Layer, at: Place) -> str:
    """Write a layer's operations into the graph, and return the name of its output."""
    raise NotImplementedError


@onnx_layer.register
def _dense(layer: L.Dense, at: Place) -> str:
    if len(at.node.input_shapes[0]) == 2:
        product = at.add("MatMul", at.inputs[0], at.graph.array(at.arrays["weight"].T, "weight"))
        return at.add("Add", product, at.weight("bias")) if layer.bias else product
    bias = [at.weight("bias")] if layer.bias else []
    return at.add("Gemm", at.inputs[0], at.weight("weight"), *bias, transB=1)


@onnx_layer.register
def _batch_norm(layer: L.BatchNorm, at: Place) -> str:
    scale_and_bias = _scale_and_bias(at, at.node.plan.output_shape[0])
    statistics = [at.weight("running_mean"), at.weight("running_variance")]
    return at.add("BatchNormalization", at.inputs[0], *scale_and_bias, *statistics, epsilon=layer.epsilon)


@onnx_layer.register
def _instance_norm(layer: L.InstanceNorm, at: Place) -> str:
    channels = at.node.input_shapes[0][0]
    scale, bias = _scale_and_bias(at, channels)
    return at.add("InstanceNormalization", at.inputs[0], scale, bias, epsilon=layer.epsilon)


@onnx_layer.register
def _group_norm(layer: L.GroupNorm, at: Place) -> str:
    return _normalised(at, layer.groups, layer.epsilon)


@onnx_layer.register
def _layer_norm(layer: L.LayerNorm, at: Place) -> str:
    return _normalised(at, 1, layer.epsilon)


def _normalised(at: Place, groups: int, epsilon: float) -> str:
    """Groups of neighbouring channels as channels of an instance norm, then scale and bias of each channel."""
    graph, (channels, *sides) = at.graph, at.node.input_shapes[0]
    rows = at.add("Reshape", at.inputs[0], graph.counts([0, groups, -1]))
    ones, zeros = (graph.number([value] * groups) for value in (1.0, 0.0))
    rows = at.add("InstanceNormalization", rows, ones, zeros, epsilon=epsilon)
    y = at.add("Reshape", rows, graph.counts([0, channels, *sides]))
    if not at.arrays:
        return y
    scale, bias = (at.arrays[key].reshape(channels, *[1] * len(sides)) for key in ("weight", "bias"))
    return at.add("Add", at.add("Mul", y, graph.array(scale, "weight")), graph.array(bias, "bias"))


def _scale_and_bias(at: Place, channels: int) -> tuple[str, str]:
    """The scale and the bias of a norm, ones and zeros where it has none."""
    if at.node.plan.weights:
        return at.weight("weight"), at.weight("bias")
    return at.graph.number([1.0] * channels), at.graph.number([0.0] * channels)


@onnx_layer.register
def _relu(layer: L.ReLU, at: Place) -> str:
    return at.add("Relu", at.inputs[0])


@onnx_layer.register
def _leaky_relu(layer: L.LeakyReLU, at: Place) -> str:
    return at.add("LeakyRelu", at.inputs[0], alpha=layer.slope)


@onnx_layer.register
def _elu(layer: L.ELU, at: Place) -> str:
    return at.add("Elu", at.inputs[0], alpha=1.0)


@onnx_layer.register
def _tanh(layer: L.Tanh, at: Place) -> str:
    return at.add("Tanh", at.inputs[0])


@onnx_layer.register
def _sigmoid(layer: L.Sigmoid, at: Place) -> str:
    return at.add("Sigmoid", at.inputs[0])


@onnx_layer.register
def _gelu(layer: L.GELU, at: Place) -> str:
    (x,), number = at.inputs, at.graph.number
    if layer.form == "tanh":
        cubed = at.add("Mul", at.add("Mul", at.add("Mul", x, x), x), number(0.044715))
        share = at.add("Tanh", at.add("Mul", at.add("Add", x, cubed), number(math.sqrt(2 / math.pi))))
    else:
        share = at.add("Erf", at.add("Mul", x, number(math.sqrt(0.5))))
    return at.add("Mul", at.add("Mul", x, number(0.5)), at.add("Add", share, number(1.0)))


@onnx_layer.register
def _dropout(layer: L.Dropout, at: Place) -> str:
    return at.inputs[0]  # nothing is dropped in evaluation mode


@onnx_layer.register
def _flatten(layer: L.Flatten, at: Place) -> str:
    return at.add("Reshape", at.inputs[0], at.graph.counts([0, *at.node.plan.output_shape]))


@onnx_layer.register
def _reshape(layer: L.Reshape, at: Place) -> str:
    return at.add("Reshape", at.inputs[0], at.graph.counts([0, *layer.shape]))


@onnx_layer.register
def _embedding(layer: L.Embedding, at: Place) -> str:
    return at.add("Gather", at.weight("weight"), at.inputs[0], axis=0)


@onnx_layer.register
def _one_hot(layer: L.OneHot, at: Place) -> str:
    return at.add("OneHot", at.inputs[0], at.graph.counts(layer.classes), at.graph.number([0.0, 1.0]), axis=-1)


@onnx_layer.register
def _concat(layer: L.Concat, at: Place) -> str:
    return at.add("Concat", *at.inputs, axis=1)


@onnx_layer.register
def _table_output(layer: TableOutput, at: Place) -> str:
    parts: list[str] = []
    place, drawn = 0, 0
    for size in layer.blocks:
        block = _columns(at, at.inputs[0], place, size)
        if size > 1:
            noise = [_columns(at, at.inputs[1], drawn, size)] if len(at.inputs) > 1 else []
            noisy = at.add("Add", block, *noise) if noise else block
            parts.append(at.add("Softmax", at.add("Div", noisy, at.graph.number(layer.temperature)), axis=1))
            drawn += size
        else:
            parts.append(at.add("Tanh", block))
        place += size
    return at.add("Concat", *parts, axis=1)


def _columns(at: Place, x: str, start: int, count: int) -> str:
    """Some columns of an array [N, F]."""
    return at.add("Slice", x, *(at.graph.counts([number]) for number in (start, start + count, 1)))


@onnx_layer.register
def _minibatch_discrimination(layer: L.MinibatchDiscrimination, at: Place) -> str:
    graph, features = at.graph, at.node.input_shapes[0][0]
    weight = graph.array(at.arrays["weight"].reshape(features, -1), "weight")
    seen = at.add("MatMul", at.inputs[0], weight)
    one = at.add("Reshape", seen, graph.counts([-1, 1, layer.kernels, layer.dimensions]))
    other = at.add("Reshape", seen, graph.counts([1, -1, layer.kernels, layer.dimensions]))
    distance = at.add("ReduceSum", at.add("Abs", at.add("Sub", one, other)), graph.counts([3]), keepdims=0)
    nearness = at.add("Exp", at.add("Neg", distance))  # [N, N, kernels]
    pairs = at.add("MatMul", seen, at.add("Transpose", seen, perm=[1, 0]))  # for its shape alone, [N, N]
    others = at.add("Unsqueeze", at.add("Sub", graph.number(1.0), at.add("EyeLike", pairs)), graph.counts([2]))
    return at.add("ReduceSum", at.add("Mul", nearness, others), graph.counts([1]), keepdims=0)


@onnx_layer.register
def _minibatch_deviation(layer: L.MinibatchDeviation, at: Place) -> str:
    (x,), graph = at.inputs, at.graph
    count = at.add("Shape", x, start=0, end=1)  # [1], of which the groups follow
    most = at.add("Min", count, graph.counts([layer.group_size]))
    divides = at.add("Equal", at.add("Mod", count, most), graph.counts([0]))
    size = at.add("Where", divides, most, count)
    values = at.add("Reshape", x, at.add("Concat", size, graph.counts([-1]), axis=0))
    centred = at.add("Sub", values, at.add("ReduceMean", values, graph.counts([0]), keepdims=1))
    variance = at.add("ReduceMean", at.add("Mul", centred, centred), graph.counts([0]), keepdims=1)
    deviations = at.add("Sqrt", at.add("Add", variance, graph.number(layer.epsilon)))
    rows = at.add("Reshape", deviations, at.add("Concat", at.add("Div", count, size), graph.counts([-1]), axis=0))
    means = at.add("Tile", at.add("ReduceMean", rows, graph.counts([1]), keepdims=0), size)  # [N], group after group
    plane = at.add("Reshape", means, graph.counts([-1, 1, 1, 1]))
    sides = at.add("Concat", count, graph.counts([1, *at.node.plan.output_shape[1:]]), axis=0)
    return at.add("Concat", x, at.add("Expand", plane, sides), axis=1)


@onnx_layer.register
def _gru(layer: L.GRU, at: Place) -> str:
    return _recurrent(at, layer.units, (1, 0, 2), linear_before_reset=1)  # ONNX has z, r, n


@onnx_layer.register
def _lstm(layer: L.LSTM, at: Place) -> str:
    return _recurrent(at, layer.units, (0, 3, 1, 2))  # ONNX has i, o, f, g


def _recurrent(at: Place, units: int, order: tuple[int, ...], **attributes: int) -> str:
    """One of ONNX's recurrent operators, which read [T, N, F]. order: of the gates there, by their places here."""

    def gates(key: str) -> np.ndarray:
        parts = np.split(at.arrays[key], len(order))
        return np.concatenate([parts[place] for place in order])[None]

    operator = type(at.node.layer).__name__
    given = [at.graph.array(gates(f"{key}_weight"), f"{key}_weight") for key in ("input", "hidden")]
    if "input_bias" in at.arrays:
        both = np.concatenate([gates("input_bias"), gates("hidden_bias")], axis=1)
        given.append(at.graph.array(both, "bias"))
    x = at.add("Transpose", at.inputs[0], perm=[1, 0, 2])
    y = at.add(operator, x, *given, hidden_size=units, **attributes)  # [T, 1, N, units]
    return at.add("Transpose", at.add("Squeeze", y, at.graph.counts([1])), perm=[1, 0, 2])
