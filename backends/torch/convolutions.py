"""Convolutions of both kinds, and the padding before and the crop after them; called as forward(x, call)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import skip_init

from gan_core.contract.backend import Call
from gan_core.plans.edges import Sides
from gan_core.plans.plans import Node
from gan_core.specs import layers as L

from .arithmetic import product
from .ops import Operations

_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate"}


def padded(x: Tensor, rows: Sides, columns: Sides, mode: str) -> Tensor:
    """Images with rows at the top and the bottom, and columns at the left and the right."""
    return F.pad(x, (*columns, *rows), mode=_MODES[mode])


class Padded(nn.Module):
    """A convolution or blur, and before it the padding that it does not do itself."""

    def __init__(self, native: nn.Module, node: Node) -> None:
        super().__init__()
        self.native, self.edges = native, node.plan.edges
        self.pads = self.edges.are_left

    def forward(self, x: Tensor, call: Call) -> Tensor:
        return self.native(padded(x, *self.edges.rest, self.edges.mode) if self.pads else x)


class Blur(nn.Module):
    """Each channel convolved with the same fixed weights."""

    def __init__(self, layer: L.Blur, node: Node) -> None:
        super().__init__()
        self.channels, self.stride, self.padding = node.input_shapes[0][0], layer.stride, node.plan.edges.symmetric
        self.register_buffer("filters", torch.tensor(layer.shares).expand(self.channels, 1, -1, -1).clone())

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.filters, None, self.stride, self.padding, groups=self.channels)


class Cropped(nn.Module):
    """A transposed convolution, and after it the crop that differs between top/left and bottom/right."""

    def __init__(self, native: nn.Module, node: Node) -> None:
        super().__init__()
        ((top, _), (left, _)), (_, height, width) = node.plan.edges.rest, node.plan.output_shape
        self.native, self.crops = native, node.plan.edges.are_left
        self.rows, self.columns = slice(top, top + height), slice(left, left + width)

    def forward(self, x: Tensor, call: Call) -> Tensor:
        y = self.native(x)
        return y[:, :, self.rows, self.columns] if self.crops else y


def convolution(layer: L.Conv, node: Node, ops: Operations) -> nn.Module:
    """A convolution, with the padding that is the same at opposite edges."""
    sizes = node.input_shapes[0][0], layer.channels, layer.kernel, layer.stride
    more = node.plan.edges.symmetric, layer.dilation, layer.groups
    return _with_ops(skip_init(_Convolution, *sizes, *more, bias=layer.bias), ops)


def transposed_convolution(layer: L.ConvTranspose, node: Node, ops: Operations) -> nn.Module:
    """A transposed convolution, with the crop that is the same at opposite edges."""
    sizes = node.input_shapes[0][0], layer.channels, layer.kernel, layer.stride
    more = node.plan.edges.symmetric, layer.output_padding, layer.groups
    native = skip_init(_TransposedConvolution, *sizes, *more, bias=layer.bias, dilation=layer.dilation)
    return _with_ops(native, ops)


class _Convolution(nn.Conv2d):
    """A convolution by `product`."""

    ops: Operations

    def forward(self, x: Tensor) -> Tensor:
        if self.ops.products != "bf16":
            return super().forward(x)
        sizes = self.stride, self.padding, self.dilation, self.groups
        y = product(self.ops, lambda x, weight: F.conv2d(x, weight, None, *sizes), x, self.weight)
        return y if self.bias is None else y + self.bias[:, None, None]


class _TransposedConvolution(nn.ConvTranspose2d):
    """A transposed convolution by `product`."""

    ops: Operations

    def forward(self, x: Tensor) -> Tensor:
        if self.ops.products != "bf16":
            return super().forward(x)
        sizes = self.stride, self.padding, self.output_padding, self.groups, self.dilation
        y = product(self.ops, lambda x, weight: F.conv_transpose2d(x, weight, None, *sizes), x, self.weight)
        return y if self.bias is None else y + self.bias[:, None, None]


def _with_ops(native: nn.Module, ops: Operations) -> nn.Module:
    native.ops = ops
    return native
