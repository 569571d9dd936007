"""Update rules: Adam fused by XLA, and any rule by its definition in the core."""

from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf
from tensorflow import Tensor

from gan_core.contract.update_rules import moved
from gan_core.specs.optimizers import Adam, Optimizer

from .network import Network
from .ops import Operations


class DefinedOptimizer:
    """See `gan_core.contract.backend.NativeOptimizer`; carries out `Optimizer.update`."""

    def __init__(self, optimizer: Optimizer, networks: Sequence[Network], ops: Operations) -> None:
        self.optimizer, self.ops = optimizer, ops
        self.places = [(network, name) for network in networks for name in network.plan.weights]
        self.weights = {
            f"{network.plan.name}/{name}": weight for network in networks for name, weight in network.weights().items()
        }
        self.axes = [network.axes[name] for network in networks for name in network.plan.weights]
        self.slots = {
            slot: [tf.Variable(tf.zeros_like(weight), trainable=False) for weight in self.weights.values()]
            for slot in optimizer.slots
        }

    def apply(self, gradients: Sequence[Tensor], settings: Mapping[str, Tensor]) -> None:
        for index, (weight, gradient) in enumerate(zip(self.weights.values(), gradients, strict=True)):
            slots = {slot: arrays[index].read_value() for slot, arrays in self.slots.items()}
            own = weight.read_value()
            new, slots = moved(self.optimizer, self.ops, *self.places[index], own, gradient, slots, settings)
            weight.assign(new)
            for slot, value in slots.items():
                self.slots[slot][index].assign(value)

    def read(self) -> dict[str, np.ndarray]:
        return {
            f"{name}/{slot}": np.transpose(array.numpy(), np.argsort(axes)).copy()
            for slot, arrays in self.slots.items()
            for name, array, axes in zip(self.weights, arrays, self.axes, strict=True)
        }

    def load(self, values: Mapping[str, np.ndarray], updates: int) -> None:
        for slot, arrays in self.slots.items():
            for name, array, axes in zip(self.weights, arrays, self.axes, strict=True):
                array.assign(self.ops.constant(np.transpose(values[f"{name}/{slot}"], axes)))


class FusedAdam(DefinedOptimizer):
    """`Adam.update` in one pass over memory: XLA's, even where it does not compile the step around it."""

    def __init__(self, optimizer: Adam, networks: Sequence[Network], ops: Operations) -> None:
        super().__init__(optimizer, networks, ops)
        self.fused = tf.function(super().apply, autograph=False, jit_compile=True)

    def apply(self, gradients: Sequence[Tensor], settings: Mapping[str, Tensor]) -> None:
        self.fused(list(gradients), dict(settings))


def build_optimizer(optimizer: Optimizer, networks: Sequence[Network], ops: Operations) -> DefinedOptimizer:
    """Return the fastest carrier of a rule."""
    kind = FusedAdam if type(optimizer) is Adam else DefinedOptimizer  # a subclass may have changed anything
    return kind(optimizer, networks, ops)
