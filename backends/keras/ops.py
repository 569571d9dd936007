"""The operations of the contract, in TensorFlow."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import Tensor

from gan_core.contract.exchanges import Exchanges

from .joining import summed


class Operations(Exchanges):
    """See `gan_core.operations.ops.Ops`."""

    def __init__(self, dtype: str, device: str, products: str = "exact") -> None:
        self.products = products
        self.dtype = tf.as_dtype(dtype)
        self.numpy_dtype = np.dtype(dtype)
        self.policy = dtype  # of each Keras layer, which would else ask the process
        self.device = device

    def array(self, value: np.ndarray) -> Tensor:
        """An array as `constant` makes it."""
        value = np.asarray(value)
        kind = np.int64 if value.dtype.kind in "iu" else self.numpy_dtype
        return tf.convert_to_tensor(np.asarray(value, kind))

    def constant(self, value: np.ndarray) -> Tensor:
        return self.array(value)  # a part of the program that is compiled

    def arange(self, count: int) -> Tensor:
        return tf.range(count, dtype=tf.int64)

    def exp(self, x: Tensor) -> Tensor:
        return tf.exp(x)

    def log(self, x: Tensor) -> Tensor:
        return tf.math.log(x)

    def sqrt(self, x: Tensor) -> Tensor:
        return tf.sqrt(x)

    def abs(self, x: Tensor) -> Tensor:
        return tf.abs(x)

    def relu(self, x: Tensor) -> Tensor:
        return tf.nn.relu(x)

    def tanh(self, x: Tensor) -> Tensor:
        return tf.tanh(x)

    def sigmoid(self, x: Tensor) -> Tensor:
        return tf.sigmoid(x)

    def softplus(self, x: Tensor) -> Tensor:
        return tf.math.softplus(x)

    def clip(self, x: Tensor, low: float, high: float) -> Tensor:
        return tf.clip_by_value(x, low, high)

    def sum(self, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        return tf.reduce_sum(x, axis=axes) if axes else x

    def mean(self, x: Tensor) -> Tensor:
        return tf.reduce_mean(x)

    def reshape(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        return tf.reshape(x, shape)

    def concat(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        return tf.concat(list(parts), axis=axis)

    def split(self, x: Tensor, count: int) -> tuple[Tensor, Tensor]:
        return x[:count], x[count:]

    def matmul(self, x: Tensor, y: Tensor) -> Tensor:
        return tf.matmul(x, y)

    def transpose(self, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        return tf.transpose(x, axes)

    def softmax(self, x: Tensor) -> Tensor:
        return tf.nn.softmax(x, axis=-1)

    def detached(self, function: Callable[[], Any]) -> Any:
        return tf.nest.map_structure(tf.stop_gradient, function())

    def differentiable_leaf(self, x: Tensor) -> Tensor:
        return tf.identity(x)

    def gradients(self, output: Tensor, inputs: Sequence[Tensor], *, differentiable: bool) -> list[Tensor]:
        """Within a compiled function only; the result can always be differentiated again."""
        found = tf.gradients(output, list(inputs))
        return [
            tf.zeros_like(x) if gradient is None else tf.convert_to_tensor(gradient)  # an embedding's are slices
            for x, gradient in zip(inputs, found, strict=True)
        ]

    def bitwise_and(self, x: Tensor, y: Tensor | int) -> Tensor:
        return tf.bitwise.bitwise_and(x, y)

    def bitwise_xor(self, x: Tensor, y: Tensor | int) -> Tensor:
        return tf.bitwise.bitwise_xor(x, y)

    def shift_right(self, x: Tensor, bits: int) -> Tensor:
        return tf.bitwise.right_shift(x, tf.constant(bits, x.dtype))

    def at_least(self, x: Tensor, threshold: float) -> Tensor:
        return tf.cast(x >= threshold, self.dtype)

    def real(self, x: Tensor) -> Tensor:
        return tf.cast(x, self.dtype)

    def summed(self, x: Tensor) -> Tensor:
        return summed(x)
