"""The hooks on arrays that stay on the device, in TensorFlow."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import tensorflow as tf
from tensorflow import Tensor

from .ops import Operations


class KeptArrays:
    """See `gan_core.contract.kept_arrays.KeptArrays`."""

    def __init__(self, ops: Operations) -> None:
        self.ops = ops

    def create(self, value: np.ndarray) -> tf.Variable:
        return tf.Variable(self.ops.constant(value), trainable=False)

    def zeros_like(self, kept: tf.Variable) -> tf.Variable:
        return tf.Variable(tf.zeros_like(kept), trainable=False)

    def value(self, kept: tf.Variable) -> Tensor:
        return kept.read_value()

    def assign(self, kept: tf.Variable, value: Tensor) -> None:
        kept.assign(value)

    def read(self, kept: tf.Variable | Tensor, axes: Sequence[int]) -> np.ndarray:
        values = tf.convert_to_tensor(kept)
        if self.ops.device != "cpu":
            return np.asarray(np.transpose(values.numpy(), axes), order="C")
        return np.array(np.transpose(np.asarray(memoryview(values)), axes), order="C")  # `numpy` would copy as well

    def transpose(self, array: Tensor, axes: Sequence[int]) -> Tensor:
        return tf.transpose(array, axes)

    def untracked(self) -> AbstractContextManager[object]:
        return nullcontext()  # TensorFlow differentiates where it is asked to alone
