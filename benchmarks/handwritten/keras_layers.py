"""Layers in TensorFlow's and Keras's own words, the quickest there are; images with channels last."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

Weights = dict[str, tf.Tensor]


def differentiated(function: Callable, inputs: list, weights: Weights, slope) -> Callable[[], object]:
    """Return a step: the output, and its gradients at inputs and weights, as one graph."""

    @tf.function(autograph=False)
    def step(*arrays):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(arrays)
            watched = list(weights.values())
            tape.watch(watched)
            y = function(*arrays)
        return tape.gradient(y, [*arrays, *watched], slope)

    program = step.get_concrete_function(*inputs)

    def run():
        return [part.numpy() if part.shape.num_elements() == 1 else part for part in program(*inputs)]

    return run


def array(value) -> tf.Tensor:
    return tf.constant(np.moveaxis(value, 1, -1) if value.ndim == 4 else value)


def rows(x):
    return tf.reshape(x, (x.shape[0], -1, x.shape[-1]))


def attention(q, k, v, w):
    q, k, v = map(rows, (q, k, v))
    return tf.matmul(tf.nn.softmax(tf.matmul(q, k, transpose_b=True)), v)


def fused_attention(q, k, v, w):
    q, k, v = (rows(x)[:, :, None] for x in (q, k, v))
    return keras.ops.dot_product_attention(q, k, v, scale=1.0)


def pixel_norm(x, w):
    return x * tf.math.rsqrt(tf.reduce_mean(tf.square(x), -1, keepdims=True) + 1e-8)


def minibatch_deviation(x, w):
    y = tf.reshape(x, (4, -1, *x.shape[1:]))
    y = tf.reduce_mean(tf.sqrt(tf.math.reduce_variance(y, 0) + 1e-8), [1, 2, 3], keepdims=True)
    return tf.concat([x, tf.tile(y, (4, *x.shape[1:3], 1))], -1)


def group_norm(x, w, groups):
    y = tf.reshape(x, (*x.shape[:3], groups, -1))
    mean, variance = tf.nn.moments(y, [1, 2, 4], keepdims=True)
    scale = tf.reshape(w["weight"], (groups, -1)) * tf.math.rsqrt(variance + 1e-5)
    return tf.reshape(y * scale + (tf.reshape(w["bias"], (groups, -1)) - mean * scale), x.shape)


def padded(x, pixels, mode):
    return tf.pad(x, [(0, 0), (pixels, pixels), (pixels, pixels), (0, 0)], mode)


def replicated(x, pixels):
    for axis in (1, 2):
        first, last = (tf.gather(x, [place], axis=axis) for place in (0, x.shape[axis] - 1))
        x = tf.concat([first] * pixels + [x] + [last] * pixels, axis)
    return x


def convolved(x, w, padding="SAME", **sizes):
    return tf.nn.bias_add(tf.nn.conv2d(x, w["weight"], 1, padding, **sizes), w["bias"])


def prelu(x, w):
    return tf.nn.relu(x) - w["weight"] * tf.nn.relu(-x)


def softmax(x, w):
    return tf.nn.softmax(x)


FILTERS = tf.constant((np.outer([1, 2, 1], [1, 2, 1]) / 16)[:, :, None, None].repeat(64, 2).astype(np.float32))
BY_HAND: dict[str, Callable] = {
    "conv": convolved,
    "conv kernel 1×7": convolved,
    "conv dilation 2": lambda x, w: convolved(x, w, dilations=2),
    "conv reflect": lambda x, w: convolved(padded(x, 1, "REFLECT"), w, "VALID"),
    "conv replicate": lambda x, w: convolved(padded(x, 1, "SYMMETRIC"), w, "VALID"),
    "conv depthwise": lambda x, w: tf.nn.bias_add(
        tf.nn.depthwise_conv2d(x, tf.reshape(w["weight"], (3, 3, 64, 1)), (1, 1, 1, 1), "SAME"), w["bias"]
    ),
    "conv_transpose": lambda x, w: tf.nn.bias_add(
        tf.nn.conv2d_transpose(x, w["weight"], (x.shape[0], 32, 32, 64), 2, "SAME"), w["bias"]
    ),
    "gelu exact": lambda x, _: tf.nn.gelu(x, False),
    "gelu tanh": lambda x, _: tf.nn.gelu(x, True),
    "silu": lambda x, _: tf.nn.silu(x),
    "prelu": prelu,
    "softmax": softmax,
    "maxout": lambda x, _: tf.reduce_max(tf.reshape(x, (*x.shape[:3], -1, 2)), -1),
    "group_norm 8": lambda x, w: group_norm(x, w, 8),
    "instance_norm": lambda x, w: group_norm(x, w, 64),
    "pixel_norm": pixel_norm,
    "minibatch_deviation": minibatch_deviation,
    "modulate": lambda x, scale, shift, _: x * (1 + scale[:, None, None]) + shift[:, None, None],
    "attention": attention,
    "attention, fused": fused_attention,
    "attention to pooled": attention,
    "pixel_shuffle": lambda x, _: tf.nn.depth_to_space(x, 2),  # its order of channels is another
    "pad reflect": lambda x, _: padded(x, 3, "REFLECT"),
    "pad replicate": lambda x, _: replicated(x, 3),
    "resize 2": lambda x, _: tf.image.resize(x, (32, 32)),
    "resize 1.5": lambda x, _: tf.image.resize(x, (24, 24)),
    "blur": lambda x, _: tf.nn.depthwise_conv2d(x, FILTERS, (1, 1, 1, 1), "SAME"),
    "global_pool": lambda x, _: tf.reduce_mean(x, [1, 2]),
    "gain": lambda x, w: x * w["weight"],
}
