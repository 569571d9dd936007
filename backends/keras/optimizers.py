"""Update rules: Adam fused by XLA, and any rule by its definition in the core."""

from collections.abc import Mapping, Sequence

import tensorflow as tf
from tensorflow import Tensor

from gan_core.contract.backend import NativeNetwork
from gan_core.contract.update_rules import DefinedOptimizer
from gan_core.specs.optimizers import Adam, Optimizer

from .kept_arrays import KeptArrays
from .ops import Operations


class FusedAdam(DefinedOptimizer):
    """`Adam.update` in one pass over memory: XLA's, even where it does not compile the step around it."""

    def __init__(self, optimizer: Adam, networks: Sequence[NativeNetwork], ops: Operations, arrays: KeptArrays) -> None:
        super().__init__(optimizer, networks, ops, arrays)
        self.fused = tf.function(super().apply, autograph=False, jit_compile=True)

    def apply(self, gradients: Sequence[Tensor], settings: Mapping[str, Tensor]) -> None:
        self.fused(list(gradients), dict(settings))


def build_optimizer(
    optimizer: Optimizer, networks: Sequence[NativeNetwork], ops: Operations, arrays: KeptArrays
) -> DefinedOptimizer:
    """The fastest carrier of a rule."""
    if isinstance(optimizer, Adam) and type(optimizer) is Adam:  # a subclass may have changed anything
        return FusedAdam(optimizer, networks, ops, arrays)
    return DefinedOptimizer(optimizer, networks, ops, arrays)
