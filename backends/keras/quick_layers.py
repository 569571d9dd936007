"""Kernels in place of definitions: layers that run by `contract/composed_layers.py` where nothing is quicker here.

Definitions are in the order [N, C, H, W], so that images are turned for them; these take channels last. A kernel stands
here where it was measured to be quicker ("composed layers" in docs/frameworks.md); so which layers have one differs
between the frameworks.
"""

from typing import Any, cast

import tensorflow as tf
from keras import layers as K
from tensorflow import Tensor

from gan_core.contract.backend import Call
from gan_core.contract.recurrent_layers import first_state, for_steps, input_gates, next_state
from gan_core.plans.plans import Node
from gan_core.specs import layers as L

from . import kernels
from .convolutions import padded
from .kernels import channels_first
from .layers import native_layer
from .modules import Composed, Function, Native
from .ops import Operations


@native_layer.register
def pixel_norm(layer: L.PixelNorm, node: Node, ops: Operations) -> K.Layer:
    return Function(lambda x: x * tf.math.rsqrt(tf.reduce_mean(x * x, -1, keepdims=True) + layer.epsilon), ops)


@native_layer.register
def minibatch_deviation(layer: L.MinibatchDeviation, node: Node, ops: Operations) -> K.Layer:
    def function(own: Tensor) -> Tensor:
        x, places = ops.gathered(own), ops.workers.own_places(own.shape[0])
        count, *shape = x.shape
        size = count if count % min(layer.group_size, count) else min(layer.group_size, count)
        groups = tf.reshape(x, (size, -1, *shape))
        centred = groups - tf.reduce_mean(groups, 0, keepdims=True)
        deviations = tf.sqrt(tf.reduce_mean(centred * centred, 0) + layer.epsilon)
        means = tf.reduce_mean(deviations, [1, 2, 3], keepdims=True)
        planes = tf.tile(means, (size, *shape[:-1], 1))
        return tf.concat([own, planes[places] if ops.workers.several else planes], -1)

    return Function(function, ops)


@native_layer.register
def prelu(layer: L.PReLU, node: Node, ops: Operations) -> K.Layer:
    return Native(kernels.Slopes(ops.policy), ops)


@native_layer.register
def softmax(layer: L.Softmax, node: Node, ops: Operations) -> K.Layer:
    return Function(tf.nn.softmax, ops)


@native_layer.register
def modulate(layer: L.Modulate, node: Node, ops: Operations) -> K.Layer:
    channelwise = len(node.input_shapes[0]) == 3

    def spread(x: Tensor) -> Tensor:
        return x[:, None, None] if channelwise and len(x.shape) == 2 else x

    return Function(lambda x, scale, shift: x * (1 + spread(scale)) + spread(shift), ops)


@native_layer.register
def global_pool(layer: L.GlobalPool, node: Node, ops: Operations) -> K.Layer:
    reduce = tf.reduce_mean if layer.kind == "mean" else tf.reduce_sum
    return Function(lambda x: reduce(x, [1, 2]), ops)


@native_layer.register
def pixel_shuffle(layer: L.PixelShuffle, node: Node, ops: Operations) -> K.Layer:
    factor, (channels, *sides) = layer.factor, node.plan.output_shape

    def function(x: Tensor) -> Tensor:
        squares = tf.reshape(x, (*x.shape[:3], channels, factor, factor))
        return tf.reshape(tf.transpose(squares, (0, 1, 4, 2, 5, 3)), (x.shape[0], *sides, channels))

    return Function(function, ops)


@native_layer.register
def pad(layer: L.Pad, node: Node, ops: Operations) -> K.Layer:
    return Function(lambda x: padded(x, layer.edge, layer.edge, layer.mode), ops)


@native_layer.register
def crop(layer: L.Crop, node: Node, ops: Operations) -> K.Layer:
    rows, columns = (slice(layer.before, layer.before + side) for side in node.plan.output_shape[1:])
    return Function(lambda x: x[:, rows, columns], ops)


@native_layer.register
def slice_(layer: L.Slice, node: Node, ops: Operations) -> K.Layer:
    return Function(lambda x: x[..., layer.start : layer.start + layer.count], ops)


class Loop(Composed):
    """A recurrent layer as a loop of TensorFlow's, compiled once for all steps ("recurrent layers, tensorflow").

    XLA would compile each step of the definition by itself, which takes minutes for a few layers.
    """

    def call(self, *parts: Tensor, call: Call) -> Tensor:
        layer, ops = cast("L.GRU | L.LSTM", self.node.layer), self.ops
        kept = {name: tf.convert_to_tensor(one.value) for name, one in self.variables_by_name.items()}
        x = channels_first(parts[0])
        count, steps, _ = x.shape
        gates, turned = input_gates(ops, x, kept), for_steps(ops, kept)
        read = tf.TensorArray(ops.dtype, steps, element_shape=gates.shape[1:]).unstack(gates)
        written = tf.TensorArray(ops.dtype, steps, element_shape=(count, layer.units))

        def body(step: Tensor, written: tf.TensorArray, *state: Tensor) -> tuple[Any, ...]:
            state = next_state(layer, ops, read.read(step), state, turned)
            return step + 1, written.write(step, state[0]), *state

        start = (tf.constant(0), written, *first_state(layer, ops, count))
        ended = tf.while_loop(lambda step, *_: step < steps, body, start, maximum_iterations=steps)
        return tf.transpose(ended[1].stack(), (1, 2, 0))  # [T, N, U] to [N, U, T]


@native_layer.register
def gru(layer: L.GRU, node: Node, ops: Operations) -> K.Layer:
    return Loop(node, ops, "")


@native_layer.register
def lstm(layer: L.LSTM, node: Node, ops: Operations) -> K.Layer:
    return Loop(node, ops, "")
