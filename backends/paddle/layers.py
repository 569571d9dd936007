"""Translations: each layer of the core as a Paddle layer; weights are loaded afterwards.

Layers that are not here (Add, Scale, Maxout, MinibatchDiscrimination, a user's own) run by their definition: see
`contract/layered_network.py`, `built_layer`, which also puts spectral norm round a layer and looks for the exact class.
"""

from dataclasses import replace
from functools import partial, singledispatch

import paddle
import paddle.nn.functional as F
from paddle import nn

from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.style_layers import ModulatedConv

from . import kernels
from .arithmetic import Dense
from .convolutions import Blur, Cropped, Padded, convolution, transposed_convolution
from .modules import BatchNorm, Dropout, Function, Modulated, Native, Reshape
from .ops import Operations


@singledispatch
def native_layer(layer: L.Layer, node: Node, ops: Operations) -> nn.Layer:
    raise NotImplementedError


@native_layer.register
def dense(layer: L.Dense, node: Node, ops: Operations) -> nn.Layer:
    return Native(Dense(ops, node.input_shapes[0][-1], layer.units, kernels.default_or_none(layer.bias)))


@native_layer.register
def conv(layer: L.Conv, node: Node, ops: Operations) -> nn.Layer:
    return Padded(convolution(layer, node, ops), node)


@native_layer.register
def conv_transpose(layer: L.ConvTranspose, node: Node, ops: Operations) -> nn.Layer:
    return Cropped(transposed_convolution(layer, node, ops), node)


@native_layer.register
def modulated_conv(layer: ModulatedConv, node: Node, ops: Operations) -> nn.Layer:
    inner = replace(node, layer=layer.plain, input_shapes=node.input_shapes[:1])
    return Modulated(native_layer(inner.layer, inner, ops), layer, ops)


@native_layer.register
def batch_norm(layer: L.BatchNorm, node: Node, ops: Operations) -> nn.Layer:
    return BatchNorm(layer, node, ops)


@native_layer.register
def layer_norm(layer: L.LayerNorm, node: Node, ops: Operations) -> nn.Layer:
    return Native(kernels.RowNorm(layer, node, 1, ops.dtype))


@native_layer.register
def instance_norm(layer: L.InstanceNorm, node: Node, ops: Operations) -> nn.Layer:
    return Native(kernels.RowNorm(layer, node, node.input_shapes[0][0], ops.dtype))


@native_layer.register
def relu(layer: L.ReLU, node: Node, ops: Operations) -> nn.Layer:
    return Function(F.relu)


@native_layer.register
def leaky_relu(layer: L.LeakyReLU, node: Node, ops: Operations) -> nn.Layer:
    return Function(partial(kernels.leaky, slope=layer.slope))


@native_layer.register
def elu(layer: L.ELU, node: Node, ops: Operations) -> nn.Layer:
    return Function(F.elu)


@native_layer.register
def gelu(layer: L.GELU, node: Node, ops: Operations) -> nn.Layer:
    return Function(partial(kernels.gelu, form=layer.form))


@native_layer.register
def tanh(layer: L.Tanh, node: Node, ops: Operations) -> nn.Layer:
    return Function(paddle.tanh)


@native_layer.register
def sigmoid(layer: L.Sigmoid, node: Node, ops: Operations) -> nn.Layer:
    return Function(F.sigmoid)


@native_layer.register
def dropout(layer: L.Dropout, node: Node, ops: Operations) -> nn.Layer:
    return Dropout(layer, node, ops)


@native_layer.register
def flatten(layer: L.Flatten, node: Node, ops: Operations) -> nn.Layer:
    return Reshape(node)


@native_layer.register
def reshape(layer: L.Reshape, node: Node, ops: Operations) -> nn.Layer:
    return Reshape(node)


@native_layer.register
def average_pool(layer: L.AveragePool, node: Node, ops: Operations) -> nn.Layer:
    return Native(kernels.Mixed(node))


@native_layer.register
def max_pool(layer: L.MaxPool, node: Node, ops: Operations) -> nn.Layer:
    return Function(partial(kernels.max_pooled, size=layer.size, step=node.plan.pool_step))


@native_layer.register
def upsample(layer: L.Upsample, node: Node, ops: Operations) -> nn.Layer:
    return Native(kernels.Mixed(node))


@native_layer.register
def resize(layer: L.Resize, node: Node, ops: Operations) -> nn.Layer:
    return Native(kernels.Mixed(node))


@native_layer.register
def blur(layer: L.Blur, node: Node, ops: Operations) -> nn.Layer:
    return Padded(Blur(layer, node), node)


@native_layer.register
def one_hot(layer: L.OneHot, node: Node, ops: Operations) -> nn.Layer:
    return Function(lambda labels: F.one_hot(labels, layer.classes).astype(ops.dtype))


@native_layer.register
def embedding(layer: L.Embedding, node: Node, ops: Operations) -> nn.Layer:
    return Native(kernels.Lookup(layer.classes, layer.units))


@native_layer.register
def concat(layer: L.Concat, node: Node, ops: Operations) -> nn.Layer:
    return Function(lambda *parts: ops.concat(parts, 1))
