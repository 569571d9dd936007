"""Kernels in place of definitions: layers that run by `contract/composed_layers.py` where nothing is quicker here.

A kernel stands here where it was measured to be quicker ("composed layers" in docs/frameworks.md); so which layers have
one differs between the frameworks.
"""

from functools import partial

import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn

from gan_core.plans.plans import Node
from gan_core.specs import layers as L

from . import kernels
from .convolutions import padded
from .layers import native_layer
from .modules import Function, Native
from .ops import Operations


@native_layer.register
def silu(layer: L.SiLU, node: Node, ops: Operations) -> nn.Layer:
    return Function(F.silu)


@native_layer.register
def group_norm(layer: L.GroupNorm, node: Node, ops: Operations) -> nn.Layer:
    return Native(kernels.RowNorm(layer, node, layer.groups, ops.dtype))


@native_layer.register
def pad(layer: L.Pad, node: Node, ops: Operations) -> nn.Layer:
    return Function(lambda x: padded(x, layer.edge, layer.edge, layer.mode))


@native_layer.register
def pixel_shuffle(layer: L.PixelShuffle, node: Node, ops: Operations) -> nn.Layer:
    return Function(partial(kernels.shuffled, factor=layer.factor))


@native_layer.register
def attention(layer: L.Attention, node: Node, ops: Operations) -> nn.Layer:
    shape = node.plan.output_shape

    def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        queries, keys, values = (x.reshape([*x.shape[:2], -1]) for x in (queries, keys, values))  # [N, c, HW]
        products = paddle.matmul(queries, keys, transpose_x=True)  # [N, HW, hw]
        if layer.scaled:
            products = products * queries.shape[1] ** -0.5
        mean = paddle.matmul(values, kernels.softmax(products), transpose_y=True)
        return mean.reshape([mean.shape[0], *shape])

    return Function(attend)
