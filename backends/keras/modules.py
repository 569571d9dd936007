"""The modules that translations are made of, the same cast in every backend; all are called as call(x, …, call)."""

from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers as K
from tensorflow import Tensor

from gan_core.contract.backend import Call
from gan_core.contract.composed import LAYOUT_FREE, check_composable, compose_layer, composed_output
from gan_core.errors import GanError
from gan_core.operations.modulation import demodulation
from gan_core.operations.spectral import SINGULAR_VECTOR, singular_value
from gan_core.plans.layer_plans import Shape
from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.style_layers import ModulatedConv

from .kernels import channels_first, channels_last, normalised, normalised_by_kernel
from .ops import Operations
from .worker_norms import normalised_over_workers


class Native(K.Layer):
    """A layer of the framework's own, which asks nothing of the call.

    by_step: whether it reads each step of a series [N, T, F], whose axes come as those of any layer, features first.
    """

    def __init__(self, native: K.Layer, ops: Operations, *, by_step: bool = False) -> None:
        super().__init__(dtype=ops.policy)
        self.native, self.by_step = native, by_step

    def build(self, shape: Shape) -> None:
        self.native.build(shape)

    def call(self, x: Tensor, call: Call) -> Tensor:
        return channels_last(self.native(channels_first(x))) if self.by_step else self.native(x)


class Function(K.Layer):
    """A function of one or several inputs, without weights."""

    def __init__(self, function: Callable[..., Tensor], ops: Operations) -> None:
        super().__init__(dtype=ops.policy)
        self.function = function

    def call(self, *parts: Tensor, call: Call) -> Tensor:
        return self.function(*parts)


class Reshape(K.Layer):
    """Any shape to any other, in the order of [N, C, H, W]."""

    def __init__(self, node: Node, ops: Operations) -> None:
        super().__init__(dtype=ops.policy)
        self.shape = node.plan.output_shape

    def call(self, x: Tensor, call: Call) -> Tensor:
        return channels_last(tf.reshape(channels_first(x), (x.shape[0], *self.shape)))


class Dropout(K.Layer):
    """Dropout by the mask that the core draws, the same bits in every framework."""

    def __init__(self, layer: L.Dropout, node: Node, ops: Operations) -> None:
        super().__init__(dtype=ops.policy)
        self.place, self.rate, self.shape = node.name, layer.rate, node.plan.mask_shape

    def call(self, x: Tensor, call: Call) -> Tensor:
        if not call.training or self.rate == 0:
            return x
        mask = call.mask(self.place, (x.shape[0], *self.shape), self.rate)
        return x * channels_last(mask) / (1 - self.rate)


class BatchNorm(K.BatchNormalization):
    """Batch norm whose running variance is the one the spec names (Keras's own keeps the biased one)."""

    def __init__(self, layer: L.BatchNorm, node: Node, ops: Operations) -> None:
        options = {"epsilon": layer.epsilon, "center": layer.affine, "scale": layer.affine, "dtype": ops.policy}
        super().__init__(momentum=1 - layer.running_update_rate, **options)
        self.rate, self.biased = layer.running_update_rate, layer.running_variance == "biased"
        self.ops = ops

    def call(self, x: Tensor, call: Call) -> Tensor:
        scale, shift = (self.gamma.value, self.beta.value) if self.scale else (None, None)
        mean, variance = self.moving_mean.value, self.moving_variance.value
        if not call.training:
            return normalised(x, mean, variance, scale, shift, self.epsilon)
        count = x.shape.num_elements() // x.shape[-1]
        if self.ops.workers.share_statistics:
            y, mean, variance = normalised_over_workers(x, scale, shift, self.epsilon, self.ops)
            if call.updates_statistics:
                self.update_statistics(mean, variance, count * self.ops.workers.count)
            return y
        if len(x.shape) == 4 and x.dtype == tf.float32:
            y, mean, variance = normalised_by_kernel(x, scale, shift, self.epsilon)
            if call.updates_statistics:
                variance = variance * ((count - 1) / count)  # the kernel's is the unbiased one
                self.update_statistics(mean, variance, count)
            return y
        axes = list(range(len(x.shape) - 1))
        mean = tf.reduce_mean(x, axes)
        variance = tf.reduce_mean(tf.square(x - mean), axes)
        if call.updates_statistics:
            self.update_statistics(mean, variance, count)
        return normalised(x, mean, variance, scale, shift, self.epsilon)

    def update_statistics(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """Move the running statistics by those of a batch; variance: the biased one, of `count` values a channel."""
        if not self.biased:
            variance = variance * (count / max(count - 1, 1))
        for running, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
            running.assign(running.value * (1 - self.rate) + new * self.rate)


class Composed(K.Layer):
    """A layer that the core defines by the operations of the contract, in the core's order [N, C, H, W]."""

    def __init__(self, node: Node, ops: Operations, network: str) -> None:
        super().__init__(dtype=ops.policy)
        check_composable(node)
        self.network, self.node, self.ops = network, node, ops
        self.variables_by_name: dict[str, keras.Variable] = {}  # filled for a layer that keeps arrays

    def build(self, shape: Shape) -> None:
        self.variables_by_name = {
            name: self.add_weight(name=name, shape=weight.shape, initializer="zeros")
            for name, weight in self.node.plan.weights.items()
        } | {
            name: self.add_weight(name=name, shape=buffer.shape, initializer="zeros", trainable=False)
            for name, buffer in self.node.plan.buffers.items()
        }

    def call(self, *parts: Tensor, call: Call) -> Tensor:
        kept = {name: tf.convert_to_tensor(one.value) for name, one in self.variables_by_name.items()}
        if type(self.node.layer) in LAYOUT_FREE:
            return compose_layer(self.node.layer, self.ops, parts, kept)
        inputs = tuple(channels_first(part) for part in parts)
        try:
            output = composed_output(self.network, self.node, self.ops, inputs, kept, self.ops.numpy_dtype, call)
        except GanError as error:
            error._keras_call_info_injected = True  # type: ignore[attr-defined]  # else Keras would put its page about arguments around the line
            raise
        return channels_last(output)


class SpectralNorm(K.Layer):
    """A layer that uses its weight divided by the largest singular value."""

    def __init__(self, native: K.Layer, node: Node, ops: Operations) -> None:
        super().__init__(dtype=ops.policy)
        self.native, self.ops = native, ops
        self.transposed = isinstance(node.layer, L.ConvTranspose)  # [kh, kw, out, in]
        self.vector_shape = node.plan.buffers[SINGULAR_VECTOR].shape

    def build(self, shape: Shape) -> None:
        self.native.build(shape)
        self.singular_vector = self.add_weight(
            name=SINGULAR_VECTOR, shape=self.vector_shape, initializer="zeros", trainable=False
        )

    def call(self, x: Tensor, call: Call) -> Tensor:
        holder = self.native.native
        weight = tf.convert_to_tensor(holder.kernel.value)
        turned = tf.transpose(weight, (0, 1, 3, 2)) if self.transposed else weight
        matrix = tf.reshape(turned, (-1, *self.vector_shape))  # [rest, out]
        value, vector = singular_value(self.ops, matrix, tf.convert_to_tensor(self.singular_vector.value), 1)
        if call.updates_statistics:
            self.singular_vector.assign(vector)
        others = [(kept, kept.value) for kept in holder.weights if kept is not holder.kernel]
        with keras.StatelessScope([(holder.kernel, weight / value), *others]):
            return self.native(x, call=call)


class Modulated(K.Layer):
    """A convolution of inputs times a style, [N, C]; demodulated, its output has a variance of about 1."""

    def __init__(self, native: K.Layer, layer: ModulatedConv, ops: Operations) -> None:
        super().__init__(dtype=ops.policy)
        self.native, self.layer, self.ops = native, layer, ops

    def build(self, shape: Shape) -> None:
        self.native.build(shape)

    def call(self, *parts: Tensor, call: Call) -> Tensor:
        x, style = parts
        y = self.native(x * style[:, None, None], call=call)
        if not self.layer.demodulate:
            return y
        energies = tf.reduce_sum(tf.square(self.native.native.kernel.value), [0, 1])  # [C, O], or transposed
        energies = tf.transpose(energies) if self.layer.scale == "up" else energies
        return y * demodulation(self.ops, energies, style, self.layer.epsilon)[:, None, None]
