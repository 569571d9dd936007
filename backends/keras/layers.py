"""One function per layer: a node of the plan becomes a Keras layer. Weights are loaded afterwards.

Inside a network the channels stand last ([N, H, W, C]): the only order in which TensorFlow convolves on the CPU.
"""

import functools
from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers as K
from tensorflow import Tensor

from gan_core.contract.backend import Call
from gan_core.contract.composed import check_composable, composed_output
from gan_core.errors import GanError
from gan_core.operations.spectral import SINGULAR_VECTOR, singular_value
from gan_core.plans.plans import Node
from gan_core.plans.shape_rules import Shape
from gan_core.specs import layers as L

from .ops import Operations


def native_layer(node: Node, ops: Operations, network: str) -> K.Layer:
    make = LAYERS.get(type(node.layer))
    if make is None:
        return Composed(node, ops, network)
    native = make(node)
    return SpectralNorm(native, node, ops) if SINGULAR_VECTOR in node.plan.buffers else native


def dense(node: Node) -> K.Layer:
    return K.Dense(node.layer.units, use_bias=node.layer.bias, kernel_initializer="zeros")


def conv(node: Node) -> K.Layer:
    return PaddedFirst(node)


def conv_transpose(node: Node) -> K.Layer:
    return CroppedAfter(node)


def batch_norm(node: Node) -> K.Layer:
    return BatchNorm(node.layer)


def layer_norm(node: Node) -> K.Layer:
    return _GroupNorm(node, 1)


def instance_norm(node: Node) -> K.Layer:
    return _GroupNorm(node, node.input_shapes[0][0])


def relu(node: Node) -> K.Layer:
    return K.Activation(_relu if _is_flat(node) else "relu")


def leaky_relu(node: Node) -> K.Layer:
    slope = node.layer.slope
    composed = _is_flat(node)
    return K.Activation(lambda x: _leaky(x, slope) if composed or x.dtype == tf.float64 else tf.nn.leaky_relu(x, slope))


def elu(node: Node) -> K.Layer:
    return K.ELU()


def tanh(node: Node) -> K.Layer:
    return K.Activation("tanh")


def sigmoid(node: Node) -> K.Layer:
    return K.Activation("sigmoid")


def dropout(node: Node) -> K.Layer:
    return Dropout(node)


def flatten(node: Node) -> K.Layer:
    return Reshape(node.plan.output_shape)


def reshape(node: Node) -> K.Layer:
    return Reshape(node.layer.shape)


def average_pool(node: Node) -> K.Layer:
    return K.AveragePooling2D(node.layer.size, node.layer.stride, data_format="channels_last")


def max_pool(node: Node) -> K.Layer:
    size, stride = node.layer.size, node.layer.stride or node.layer.size
    return Joined(lambda parts: _max_pooled(parts[0], size, stride))


def upsample(node: Node) -> K.Layer:
    return K.UpSampling2D(node.layer.factor, data_format="channels_last", interpolation="nearest")


def embedding(node: Node) -> K.Layer:
    return K.Embedding(node.layer.classes, node.layer.units, embeddings_initializer="zeros")


def concat(node: Node) -> K.Layer:
    return Joined(lambda parts: tf.concat(parts, axis=-1))


def add(node: Node) -> K.Layer:
    return Joined(lambda parts: sum(parts[1:], parts[0]))


def scale(node: Node) -> K.Layer:
    return Joined(lambda parts: parts[0] * node.layer.factor)


LAYERS: dict[type, Callable[[Node], K.Layer]] = {
    L.Dense: dense,
    L.Conv: conv,
    L.ConvTranspose: conv_transpose,
    L.BatchNorm: batch_norm,
    L.LayerNorm: layer_norm,
    L.InstanceNorm: instance_norm,
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
}


class BatchNorm(K.BatchNormalization):
    """Batch norm whose running variance is the one the spec names (Keras's own keeps the biased one)."""

    needs_call = True

    def __init__(self, layer: L.BatchNorm) -> None:
        super().__init__(
            momentum=1 - layer.running_update_rate, epsilon=layer.epsilon, center=layer.affine, scale=layer.affine
        )
        self.rate, self.biased = layer.running_update_rate, layer.running_variance == "biased"

    def call(self, x: Tensor, call: Call) -> Tensor:
        mean, variance = self.moving_mean.value, self.moving_variance.value
        if call.training and len(x.shape) == 4 and x.dtype == tf.float32:
            return self.by_kernel(x, call)
        if call.training:
            axes = list(range(len(x.shape) - 1))
            # not tf.nn.moments, whose variance takes the mean for a constant: its second derivatives are wrong
            mean = tf.reduce_mean(x, axes)
            variance = tf.reduce_mean(tf.square(x - mean), axes)
            if call.updates_statistics:
                self.update(mean, variance, count=x.shape.num_elements() // x.shape[-1])
        factor = 1 / tf.sqrt(variance + self.epsilon)
        return (x - mean) * (factor * self.gamma.value) + self.beta.value if self.scale else (x - mean) * factor

    def by_kernel(self, x: Tensor, call: Call) -> Tensor:
        """Return the same from a kernel, which knows images in float32 only and takes half the time."""
        one, zero = tf.ones(x.shape[-1:]), tf.zeros(x.shape[-1:])
        scale, shift = (self.gamma.value, self.beta.value) if self.scale else (one, zero)
        y, mean, variance = tf.compat.v1.nn.fused_batch_norm(x, scale, shift, epsilon=self.epsilon, is_training=True)
        if call.updates_statistics:
            count = x.shape.num_elements() // x.shape[-1]
            self.update(mean, variance * ((count - 1) / count), count)  # the kernel's is the unbiased one
        return y

    def update(self, mean: Tensor, variance: Tensor, count: int) -> None:
        if not self.biased:
            variance = variance * (count / max(count - 1, 1))
        for running, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
            running.assign(running.value * (1 - self.rate) + new * self.rate)


class Dropout(K.Layer):
    """Dropout by the mask that the core draws, the same bits in every framework."""

    needs_call = True

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.place, self.rate, self.shape = node.name, node.layer.rate, node.plan.output_shape

    def call(self, x: Tensor, call: Call) -> Tensor:
        if not call.training or self.rate == 0:
            return x
        mask = call.keep_mask(self.place, (x.shape[0], *self.shape), self.rate)
        return x * _channels_last(mask) / (1 - self.rate)


class PaddedFirst(K.Conv2D):
    """A convolution padded by pixels (Keras's own knows 'same' and 'valid')."""

    def __init__(self, node: Node) -> None:
        layer = node.layer
        self.same = _is_same(layer, node.input_shapes[0])
        super().__init__(
            layer.channels,
            layer.kernel,
            strides=layer.stride,
            padding="same" if self.same else "valid",
            data_format="channels_last",
            use_bias=layer.bias,
            kernel_initializer="zeros",
        )
        self.pixels = layer.padding_before_after

    def call(self, x: Tensor) -> Tensor:
        if self.same or self.pixels == (0, 0):
            return super().call(x)
        # not padding=EXPLICIT, which leaves oneDNN out: its gradient takes four times as long
        return super().call(tf.pad(x, [(0, 0), self.pixels, self.pixels, (0, 0)]))


class CroppedAfter(K.Conv2DTranspose):
    """A transposed convolution whose output is cropped by pixels (Keras's own knows 'same' and 'valid')."""

    def __init__(self, node: Node) -> None:
        layer = node.layer
        super().__init__(
            layer.channels,
            layer.kernel,
            strides=layer.stride,
            data_format="channels_last",
            use_bias=layer.bias,
            kernel_initializer="zeros",
        )
        self.before, after = layer.padding_before_after
        channels, self.height, self.width = node.plan.output_shape
        self.uncropped = (self.height + self.before + after, self.width + self.before + after, channels)
        self.cropped = (self.height, self.width, channels)
        self.same = _is_same(layer, node.plan.output_shape)

    def call(self, x: Tensor) -> Tensor:
        y = self.cropped_by_kernel(x) if self.same else self.cropped_after(x)
        return y + self.bias.value if self.use_bias else y

    def cropped_by_kernel(self, x: Tensor) -> Tensor:
        return tf.nn.conv2d_transpose(x, self.kernel.value, (x.shape[0], *self.cropped), self.strides, "SAME")

    def cropped_after(self, x: Tensor) -> Tensor:
        y = tf.nn.conv2d_transpose(x, self.kernel.value, (x.shape[0], *self.uncropped), self.strides, "VALID")
        return y[:, self.before : self.before + self.height, self.before : self.before + self.width]


class Reshape(K.Layer):
    """Any shape to any other, in the order of [N, C, H, W]."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def call(self, x: Tensor) -> Tensor:
        return _channels_last(tf.reshape(_channels_first(x), (x.shape[0], *self.shape)))


class Joined(K.Layer):
    """A function of one or several inputs without weights."""

    def __init__(self, function: Callable[[tuple[Tensor, ...]], Tensor]) -> None:
        super().__init__()
        self.function = function

    def call(self, *parts: Tensor) -> Tensor:
        return self.function(parts)


class Composed(K.Layer):
    """A layer that the core defines by the operations of the contract, in its own order [N, C, H, W]."""

    def __init__(self, node: Node, ops: Operations, network: str) -> None:
        super().__init__()
        check_composable(node)
        self.network, self.node, self.ops = network, node, ops

    def build(self, shape: Shape) -> None:
        self.own = {
            name: self.add_weight(name=name, shape=weight.shape, initializer="zeros")
            for name, weight in self.node.plan.weights.items()
        }

    def call(self, *parts: Tensor) -> Tensor:
        weights = {name: tf.convert_to_tensor(variable.value) for name, variable in self.own.items()}
        inputs = tuple(_channels_first(part) for part in parts)
        try:
            output = composed_output(self.network, self.node, self.ops, inputs, weights, self.ops.numpy_dtype)
        except GanError as error:
            error._keras_call_info_injected = True  # else Keras would put its page about arguments around the line
            raise
        return _channels_last(output)


class SpectralNorm(K.Layer):
    """A layer that uses its weight divided by the largest singular value."""

    needs_call = True

    def __init__(self, native: K.Layer, node: Node, ops: Operations) -> None:
        super().__init__()
        self.native, self.ops = native, ops
        self.transposed = isinstance(node.layer, L.ConvTranspose)  # [kh, kw, out, in]
        self.vector_shape = node.plan.buffers[SINGULAR_VECTOR].shape

    def build(self, shape: Shape) -> None:
        self.native.build(shape)
        self.singular_vector = self.add_weight(
            name=SINGULAR_VECTOR, shape=self.vector_shape, initializer="zeros", trainable=False
        )

    def call(self, x: Tensor, call: Call) -> Tensor:
        weight = tf.convert_to_tensor(self.native.kernel.value)
        turned = tf.transpose(weight, (0, 1, 3, 2)) if self.transposed else weight
        matrix = tf.reshape(turned, (-1, *self.vector_shape))  # [rest, out]
        value, vector = singular_value(self.ops, matrix, tf.convert_to_tensor(self.singular_vector.value), 1)
        if call.updates_statistics:
            self.singular_vector.assign(vector)
        used = [(own, own.value) for own in self.native.weights if own is not self.native.kernel]
        with keras.StatelessScope([(self.native.kernel, weight / value), *used]):
            return self.native(x)


class _GroupNorm(K.Layer):
    """Mean 0 and variance 1 over each of a sample's groups of channels: of one group, or of one a channel."""

    def __init__(self, node: Node, groups: int) -> None:
        super().__init__(name=f"group_norm_of_{node.name}")  # its own would begin with the underscore
        rank = len(node.input_shapes[0]) + 1
        self.axes = list(range(1, rank if groups == 1 else rank - 1))
        self.epsilon, self.affine = node.layer.epsilon, node.layer.affine

    def build(self, shape: Shape) -> None:
        if self.affine:
            self.gamma = self.add_weight(name="gamma", shape=shape[-1:], initializer="zeros")
            self.beta = self.add_weight(name="beta", shape=shape[-1:], initializer="zeros")

    def call(self, x: Tensor) -> Tensor:
        centred = x - tf.reduce_mean(x, self.axes, keepdims=True)  # not tf.nn.moments, see `BatchNorm`
        variance = tf.reduce_mean(tf.square(centred), self.axes, keepdims=True)
        y = centred * (1 / tf.sqrt(variance + self.epsilon))
        return y * self.gamma.value + self.beta.value if self.affine else y


def _is_same(layer: L.Conv | L.ConvTranspose, image: Shape) -> bool:
    """Whether TensorFlow's 'SAME' pads an image [C, H, W] (a transposed convolution's output) by the layer's pixels."""
    missing = [max(0, (-(-side // layer.stride) - 1) * layer.stride + layer.kernel - side) for side in image[1:]]
    return all((total // 2, total - total // 2) == layer.padding_before_after for total in missing)


def _is_flat(node: Node) -> bool:
    """Whether a layer reads [N, units], between dense layers that XLA compiles.

    The second derivative of TensorFlow's own rectifiers is an array of zeros, which XLA multiplies by every weight
    before: a third of a step with a gradient penalty. The composed ones have none, and fuse as well.
    """
    return len(node.input_shapes[0]) == 1


def _relu(x: Tensor) -> Tensor:
    return tf.where(x > 0, x, tf.zeros((), x.dtype))


def _leaky(x: Tensor, slope: float) -> Tensor:
    """Leaky ReLU with the slope as it is: TensorFlow's own keeps it as float32, 1.5e-8 off in float64."""
    return x * tf.where(x > 0, tf.ones((), x.dtype), tf.constant(slope, x.dtype))


def _max_pooled(x: Tensor, size: int, stride: int) -> Tensor:
    """Max pooling that XLA can differentiate twice, as it cannot TensorFlow's own. Of equal values the first counts."""
    height, width = ((side - size) // stride * stride + 1 for side in x.shape[1:3])
    corners = [(top, left) for top in range(size) for left in range(size)]
    shifted = [x[:, top : top + height : stride, left : left + width : stride] for top, left in corners]
    return functools.reduce(tf.maximum, shifted)


def _channels_last(x: Tensor) -> Tensor:
    """[N, C, …] → [N, …, C]."""
    rank = len(x.shape)
    return tf.transpose(x, (0, *range(2, rank), 1)) if rank > 2 else x


def _channels_first(x: Tensor) -> Tensor:
    """[N, …, C] → [N, C, …]."""
    rank = len(x.shape)
    return tf.transpose(x, (0, rank - 1, *range(1, rank - 1))) if rank > 2 else x
