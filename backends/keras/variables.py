"""Arrays that objectives keep, as TensorFlow variables."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf
from tensorflow import Tensor

from .ops import Operations


class Variables:
    """See `gan_core.contract.backend.NativeVariables`."""

    def __init__(self, initial: Mapping[str, np.ndarray], ops: Operations) -> None:
        self.ops = ops
        self.slots = {name: tf.Variable(ops.constant(value), trainable=False) for name, value in initial.items()}

    def arrays(self) -> dict[str, Tensor]:
        return {name: value.read_value() for name, value in self.slots.items()}

    def assign(self, values: Mapping[str, Tensor]) -> None:
        for name, value in values.items():
            self.slots[name].assign(value)

    def read(self) -> dict[str, np.ndarray]:
        return {name: value.numpy() for name, value in self.slots.items()}

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        self.assign({name: self.ops.constant(values[name]) for name in self.slots})
