"""Layers of styles as operators of ONNX, in evaluation mode; they join those of `onnx_layers`."""

import numpy as np

from gan_core.sharing.onnx_graph import FLOAT, Place
from gan_core.sharing.onnx_layers import onnx_layer
from gan_core.specs.style_layers import LearnedConstant, ModulatedConv, StyleMixing


@onnx_layer.register
def _modulated_conv(layer: ModulatedConv, at: Place) -> str:
    (x, style), weight, graph = at.inputs, at.weight("weight"), at.graph
    x = at.add("Mul", x, at.add("Unsqueeze", style, graph.counts([2, 3])))
    if layer.scale == "up":
        y = at.add("ConvTranspose", x, weight, kernel_shape=[layer.kernel] * 2, strides=[2, 2])
    else:
        y = at.add("Conv", x, weight, kernel_shape=[layer.kernel] * 2, pads=[layer.kernel // 2] * 4)
    if not layer.demodulate:
        return y
    energies = (at.arrays["weight"].astype(np.float64) ** 2).sum(axis=(2, 3))  # [O, C], or transposed
    energies = energies if layer.scale == "up" else energies.T
    squares = at.add("MatMul", at.add("Mul", style, style), graph.array(energies.astype(FLOAT), "energies"))
    lengths = at.add("Sqrt", at.add("Add", squares, graph.number(layer.epsilon)))
    return at.add("Div", y, at.add("Unsqueeze", lengths, graph.counts([2, 3])))


@onnx_layer.register
def _learned_constant(layer: LearnedConstant, at: Place) -> str:
    count = at.add("Shape", at.inputs[0], start=0, end=1)
    return at.add("Expand", at.weight("weight"), at.add("Concat", count, at.graph.counts(list(layer.shape)), axis=0))


@onnx_layer.register
def _style_mixing(layer: StyleMixing, at: Place) -> str:
    graph, features = at.graph, at.node.input_shapes[0][0]
    ends = [graph.counts([number]) for number in (0, 1, 3)]
    first = at.add("Reshape", at.add("Slice", at.inputs[0], *ends), graph.counts([-1, features]))
    return at.add("Concat", *[first] * layer.layers, axis=1)
