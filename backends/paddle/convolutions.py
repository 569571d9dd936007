"""Convolutions of both kinds, and the padding before and the crop after them; called as forward(x, call)."""

from collections.abc import Sequence

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor, nn

from gan_core.contract.backend import Call
from gan_core.plans.edges import Sides
from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.weighted_layers import pair

from .arithmetic import product
from .kernels import WithGradient, default_or_none
from .ops import Operations

_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate"}


def padded(x: Tensor, rows: Sides, columns: Sides, mode: str) -> Tensor:
    """Images with rows at the top and the bottom, and columns at the left and the right."""
    if mode == "zeros":
        return F.pad(x, [0, 0, 0, 0, *rows, *columns])  # all axes: a quicker kernel than that for images
    return F.pad(x, [*columns, *rows], mode=_MODES[mode])


class Padded(nn.Layer):
    """A convolution or blur, and before it the padding that it does not do itself."""

    def __init__(self, native: nn.Layer, node: Node) -> None:
        super().__init__()
        self.native, self.edges = native, node.plan.edges
        self.pads = self.edges.are_left

    def forward(self, x: Tensor, call: Call) -> Tensor:
        return self.native(padded(x, *self.edges.rest, self.edges.mode) if self.pads else x)


class Blur(nn.Layer):
    """Each channel convolved with the same fixed weights."""

    def __init__(self, layer: L.Blur, node: Node) -> None:
        super().__init__()
        self.channels, self.stride, self.padding = (
            node.input_shapes[0][0],
            pair(layer.stride),
            node.plan.edges.symmetric,
        )
        self.register_buffer("filters", paddle.to_tensor(np.tile(layer.shares, (self.channels, 1, 1, 1))))

    def forward(self, x: Tensor) -> Tensor:
        return _convolved(x, self.filters, self.stride, self.padding, (1, 1), self.channels)


class Cropped(nn.Layer):
    """A transposed convolution, and after it the crop that differs between top/left and bottom/right."""

    def __init__(self, native: nn.Layer, node: Node) -> None:
        super().__init__()
        ((top, _), (left, _)), (_, height, width) = node.plan.edges.rest, node.plan.output_shape
        self.native, self.crops = native, node.plan.edges.are_left
        self.rows, self.columns = slice(top, top + height), slice(left, left + width)

    def forward(self, x: Tensor, call: Call) -> Tensor:
        y = self.native(x)
        return y[:, :, self.rows, self.columns] if self.crops else y


def convolution(layer: L.Conv, node: Node, ops: Operations) -> nn.Layer:
    """A convolution, with the padding that is the same at opposite edges."""
    sizes = node.input_shapes[0][0], layer.channels, layer.kernel, layer.stride
    more = node.plan.edges.symmetric, layer.dilation, layer.groups
    return _with_ops(_Convolution(*sizes, *more, bias_attr=default_or_none(layer.bias)), ops)


def transposed_convolution(layer: L.ConvTranspose, node: Node, ops: Operations) -> nn.Layer:
    """A transposed convolution, with the crop that is the same at opposite edges."""
    sizes = node.input_shapes[0][0], layer.channels, layer.kernel, layer.stride
    more = node.plan.edges.symmetric, layer.output_padding, layer.dilation, layer.groups
    return _with_ops(_TransposedConvolution(*sizes, *more, bias_attr=default_or_none(layer.bias)), ops)


def _with_ops(native: nn.Layer, ops: Operations) -> nn.Layer:
    native.ops = ops
    return native


class _Convolution(nn.Conv2D):
    """A convolution that adds its bias reshaped: the native bias is ten times slower ("convolution, paddle")."""

    ops: Operations

    def forward(self, x: Tensor) -> Tensor:
        sizes = self._stride, pair(self._padding), pair(self._dilation), self._groups
        y = product(self.ops, lambda x, weight: _convolved(x, weight, *sizes), x, self.weight)
        return _with_bias(y, self.bias)


class _TransposedConvolution(nn.Conv2DTranspose):
    """A transposed convolution with a second derivative, which the native one lacks ("second derivatives, paddle").

    The native kernel, with gradients made of convolutions where they will be differentiated again; where not, the
    native gradient, which is quicker ("transposed convolution, paddle"). Input and weight go in as one vector: Paddle
    runs the gradient of a `PyLayer` of two inputs only where both are asked for.
    """

    ops: Operations

    def forward(self, x: Tensor) -> Tensor:
        self.crop, self.steps = [list(pair(size)) for size in (self._padding, self._dilation)]
        return _with_bias(product(self.ops, self.without_bias, x, self.weight), self.bias)

    def without_bias(self, x: Tensor, weight: Tensor) -> Tensor:
        def value(_: Tensor) -> Tensor:
            return paddle._C_ops.conv2d_transpose(x, weight, *self.sizes())

        def at_both(slope: Tensor) -> Tensor:
            parts = (
                (self.at_input(slope, weight), self.at_weight(slope, x))
                if paddle.is_grad_enabled()
                else paddle._C_ops.conv2d_transpose_grad(x, weight, slope, *self.sizes())  # unfolded once for both
            )
            return paddle.concat([part.reshape([-1]) for part in parts])

        if not paddle.is_grad_enabled():
            return value(x)
        if x.stop_gradient:
            return WithGradient.apply(weight, value, lambda slope: self.at_weight(slope, x))
        return WithGradient.apply(paddle.concat([x.reshape([-1]), weight.reshape([-1])]), value, at_both)

    def sizes(self) -> tuple[object, ...]:
        more = list(pair(self.output_padding)) if self.output_padding else []
        return self._stride, self.crop, more, [], "EXPLICIT", self._groups, self.steps, "NCHW"

    def at_input(self, slope: Tensor, weight: Tensor) -> Tensor:
        return _convolved(slope, weight, self._stride, self.crop, self.steps, self._groups)

    def at_weight(self, slope: Tensor, x: Tensor) -> Tensor:
        """Slopes correlated with inputs, samples taking the part of channels, each group by itself."""
        groups = zip(*(paddle.split(array, self._groups, axis=1) for array in (slope, x)), strict=True)
        return paddle.concat([self.at_weight_of_group(*group) for group in groups], axis=0)

    def at_weight_of_group(self, slope: Tensor, x: Tensor) -> Tensor:
        slopes, inputs = (array.transpose([1, 0, 2, 3]) for array in (slope, x))
        found = _convolved(slopes, inputs, self.steps, self.crop, self._stride, 1).transpose([1, 0, 2, 3])
        return found[:, :, : self.weight.shape[2], : self.weight.shape[3]]


def _convolved(
    x: Tensor, weight: Tensor, stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int], groups: int
) -> Tensor:
    """The kernel under `F.conv2d`, which takes another one where each channel is a group.

    That one has no second derivative on the CPU ("second derivatives, paddle").
    """
    return paddle._C_ops.conv2d(x, weight, stride, padding, "EXPLICIT", dilation, groups, "NCHW")


def _with_bias(y: Tensor, bias: Tensor | None) -> Tensor:
    """[N, C, H, W] plus a bias: broadcasting over the middle axis takes ten times as long ("convolution, paddle")."""
    if bias is None:
        return y
    return (y.reshape([*y.shape[:2], -1]) + bias.reshape([-1, 1])).reshape(y.shape)
