"""Convolutions of both kinds, and the padding before and the crop after them; called as call(x, call)."""

from collections.abc import Callable

import tensorflow as tf
from keras import layers as K
from tensorflow import Tensor

from gan_core.contract.backend import Call
from gan_core.plans.edges import Sides
from gan_core.plans.layer_plans import Shape
from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.weighted_layers import pair

from .arithmetic import product
from .ops import Operations

_Convolve = Callable[[Tensor, Tensor], Tensor]


def padded(x: Tensor, rows: Sides, columns: Sides, mode: str) -> Tensor:
    """Images with rows at the top and the bottom, and columns at the left and the right."""
    if mode == "replicate":  # TensorFlow has no such padding
        return _repeated(_repeated(x, rows, 1), columns, 2)
    return tf.pad(x, [(0, 0), rows, columns, (0, 0)], "REFLECT" if mode == "reflect" else "CONSTANT")


def _repeated(x: Tensor, pixels: Sides, axis: int) -> Tensor:
    edges = tf.split(x, [1, x.shape[axis] - 2, 1], axis) if x.shape[axis] > 1 else [x, x[:, :0], x]
    return tf.concat([edges[0]] * pixels[0] + [x] + [edges[2]] * pixels[1], axis)


class Padded(K.Layer):
    """A convolution or blur, and before it padding by pixels (Keras's own knows 'same' and 'valid')."""

    def __init__(self, native: K.Layer, node: Node, ops: Operations) -> None:
        super().__init__(dtype=ops.policy)
        self.native, edges = native, node.plan.edges
        self.mode, (self.rows, self.columns) = edges.mode, zip(edges.before, edges.after, strict=True)
        self.pads = any(self.rows + self.columns) and not edges.same

    def build(self, shape: Shape) -> None:
        self.native.build(shape)

    def call(self, x: Tensor, call: Call) -> Tensor:
        # not padding=EXPLICIT, which leaves oneDNN out: its gradient takes four times as long
        return self.native(padded(x, self.rows, self.columns, self.mode) if self.pads else x)


class Blur(K.Layer):
    """Each channel convolved with the same fixed weights."""

    def __init__(self, layer: L.Blur, node: Node, ops: Operations) -> None:
        super().__init__(dtype=ops.policy)
        self.steps, self.padding = (1, layer.stride, layer.stride, 1), "SAME" if node.plan.edges.same else "VALID"
        self.filters = ops.constant(layer.shares[:, :, None, None].repeat(node.input_shapes[0][0], 2))

    def call(self, x: Tensor) -> Tensor:
        return tf.nn.depthwise_conv2d(x, self.filters, self.steps, self.padding)


class Cropped(K.Layer):
    """A transposed convolution, and after it a crop by pixels (Keras's own knows 'same' and 'valid')."""

    def __init__(self, native: K.Layer, node: Node, ops: Operations) -> None:
        super().__init__(dtype=ops.policy)
        edges, (_, *sides) = node.plan.edges, node.plan.output_shape
        self.native, self.crops = native, not edges.same
        self.rows, self.columns = (slice(first, first + side) for first, side in zip(edges.before, sides, strict=True))

    def build(self, shape: Shape) -> None:
        self.native.build(shape)

    def call(self, x: Tensor, call: Call) -> Tensor:
        y = self.native(x)
        y = y[:, self.rows, self.columns] if self.crops else y
        return y + self.native.bias.value if self.native.use_bias else y


def convolution(layer: L.Conv, node: Node, ops: Operations) -> K.Layer:
    """A convolution of an image that has its padding, or with TensorFlow's own."""
    if pair(layer.dilation) != (1, 1) or layer.groups > 1:
        return _Convolution(layer, node, ops)
    sizes, padding = (layer.channels, layer.kernel, layer.stride), "same" if node.plan.edges.same else "valid"
    options = {"use_bias": layer.bias, "kernel_initializer": "zeros", "dtype": ops.policy}
    return _PlainConvolution(ops, *sizes, padding=padding, data_format="channels_last", **options)


def transposed_convolution(layer: L.ConvTranspose, node: Node, ops: Operations) -> K.Layer:
    """A transposed convolution without its bias, before the crop or with TensorFlow's own."""
    return _TransposedConvolution(layer, node, ops)


class _PlainConvolution(K.Conv2D):
    """A convolution without groups or dilation, by `product`."""

    def __init__(self, ops: Operations, *sizes: object, **options: object) -> None:
        super().__init__(*sizes, **options)
        self.ops = ops

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        return product(self.ops, super().convolution_op, inputs, tf.convert_to_tensor(kernel))


class _Weighted(K.Layer):
    """What holds the weight [kH, kW, …] and the bias of a convolution."""

    def __init__(self, layer: L.Conv | L.ConvTranspose, node: Node, ops: Operations) -> None:
        super().__init__(dtype=ops.policy)
        self.layer, self.use_bias, self.ops = layer, layer.bias, ops
        first, second, *sides = node.plan.weights["weight"].shape
        self.kernel_shape = (*sides, second, first)
        self.strides = pair(layer.stride)

    def build(self, shape: Shape) -> None:
        self.kernel = self.add_weight(name="kernel", shape=self.kernel_shape, initializer="zeros")
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.layer.channels,), initializer="zeros")
        super().build(shape)


class _Convolution(_Weighted):
    """A convolution with groups or dilation: TensorFlow's lacks their gradients ("grouped convolution, keras")."""

    def __init__(self, layer: L.Conv, node: Node, ops: Operations) -> None:
        super().__init__(layer, node, ops)
        self.padding = "SAME" if node.plan.edges.same else "VALID"

    def call(self, x: Tensor) -> Tensor:
        y = product(self.ops, self.dilated, x, self.kernel.value)
        return y + self.bias.value if self.use_bias else y

    def dilated(self, x: Tensor, kernel: Tensor) -> Tensor:
        return _dilated(x, kernel, pair(self.layer.dilation), self.strides, self.grouped)

    def grouped(self, x: Tensor, kernel: Tensor) -> Tensor:
        groups, (down, right) = self.layer.groups, self.strides
        if groups == x.shape[-1] and down == right:
            channelwise = tf.reshape(kernel, (*kernel.shape[:2], groups, -1))
            return tf.nn.depthwise_conv2d(x, channelwise, (1, down, right, 1), self.padding)
        parts = zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1), strict=True)
        return tf.concat([tf.nn.conv2d(*part, self.strides, self.padding) for part in parts], -1)


def _dilated(x: Tensor, kernel: Tensor, dilation: Sides, strides: Sides, convolve: _Convolve) -> Tensor:
    """A convolution of every d-th pixel: each of d² images that lie between the others by itself ("dilation, keras").

    With a stride by a kernel that has zeros between its weights.
    """
    if dilation == (1, 1):
        return convolve(x, kernel)
    if strides != (1, 1):
        return convolve(x, _with_zeros(kernel, dilation))
    missing = [(0, -side % step) for side, step in zip(x.shape[1:3], dilation, strict=True)]
    return tf.batch_to_space(convolve(tf.space_to_batch(x, dilation, missing), kernel), dilation, missing)


def _with_zeros(kernel: Tensor, dilation: Sides) -> Tensor:
    """The kernel [kH, kW, …] that reads every pixel, with zeros between its weights."""
    (rows, columns, *rest), (down, right) = kernel.shape, dilation
    spread = tf.pad(
        tf.reshape(kernel, (rows, 1, columns, 1, *rest)),
        [(0, 0), (0, down - 1), (0, 0), (0, right - 1), (0, 0), (0, 0)],
    )
    full = tf.reshape(spread, (rows * down, columns * right, *rest))
    return full[: (rows - 1) * down + 1, : (columns - 1) * right + 1]


class _TransposedConvolution(_Weighted):
    """A transposed convolution, each group by itself; dilated by zeros in the kernel ("dilation, keras")."""

    def __init__(self, layer: L.ConvTranspose, node: Node, ops: Operations) -> None:
        super().__init__(layer, node, ops)
        edges, (channels, *sides) = node.plan.edges, node.plan.output_shape
        self.padding = "SAME" if edges.same else "VALID"
        self.full_shape = (*(sides if edges.same else edges.full_sides), channels // layer.groups)

    def call(self, x: Tensor) -> Tensor:
        return product(self.ops, self.of_groups, x, self.kernel.value)

    def of_groups(self, x: Tensor, kernel: Tensor) -> Tensor:
        dilation = pair(self.layer.dilation)
        kernel = kernel if dilation == (1, 1) else _with_zeros(kernel, dilation)
        if self.layer.groups == 1:
            return self.transposed(x, kernel)
        groups = zip(*(tf.split(array, self.layer.groups, -1) for array in (x, kernel)), strict=True)
        return tf.concat([self.transposed(*group) for group in groups], -1)

    def transposed(self, x: Tensor, kernel: Tensor) -> Tensor:
        return tf.nn.conv2d_transpose(x, kernel, (x.shape[0], *self.full_shape), self.strides, self.padding)
