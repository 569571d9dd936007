"""Kernels in place of definitions: layers that run by `contract/composed_layers.py` where nothing is quicker here.

A kernel stands here where it was measured to be quicker ("composed layers" in docs/frameworks.md); so which layers have
one differs between the frameworks.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from gan_core.plans.plans import Node
from gan_core.specs import layers as L

from .convolutions import padded
from .layers import native_layer
from .modules import Function, Native
from .ops import Operations


@native_layer.register
def silu(layer: L.SiLU, node: Node, ops: Operations) -> nn.Module:
    return Function(F.silu)


@native_layer.register
def group_norm(layer: L.GroupNorm, node: Node, ops: Operations) -> nn.Module:
    return Native(nn.GroupNorm(layer.groups, node.input_shapes[0][0], layer.epsilon, layer.affine))


@native_layer.register
def modulate(layer: L.Modulate, node: Node, ops: Operations) -> nn.Module:
    channelwise = len(node.input_shapes[0]) == 3

    def spread(x: Tensor) -> Tensor:
        return x[:, :, None, None] if channelwise and x.ndim == 2 else x

    return Function(lambda x, scale, shift: x * (1 + spread(scale)) + spread(shift))


@native_layer.register
def pad(layer: L.Pad, node: Node, ops: Operations) -> nn.Module:
    return Function(lambda x: padded(x, layer.edge, layer.edge, layer.mode))
