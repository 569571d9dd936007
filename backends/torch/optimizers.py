"""Update rules: PyTorch's fused Adam, and any rule by its definition in the core."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.optim.adam import adam

from gan_core.contract.backend import NativeNetwork
from gan_core.contract.update_rules import DefinedOptimizer
from gan_core.specs.optimizers import Adam, Optimizer

from .kept_arrays import KeptArrays
from .kernels import in_order_of
from .ops import Operations


class FusedAdam(DefinedOptimizer):
    """`Adam.update` in one pass over memory.

    The kernel reads a rate on a GPU as float32; in float64 the definition runs there ("Adam's rate, torch").
    """

    def __init__(self, optimizer: Adam, networks: Sequence[NativeNetwork], ops: Operations, arrays: KeptArrays) -> None:
        super().__init__(optimizer, networks, ops, arrays)
        self.rule, self.double = optimizer, ops.numpy_dtype == np.float64
        self.steps = [torch.zeros((), dtype=torch.float32, device=ops.device) for _ in self.weights]

    @torch.no_grad()
    def apply(self, gradients: Sequence[Tensor], settings: Mapping[str, Tensor | float]) -> None:
        rate = settings["learning_rate"]
        if isinstance(rate, Tensor) and rate.is_cuda and self.double:
            super().apply(gradients, settings)
            return
        adam(
            self.weights,
            in_order_of(self.weights, gradients),
            self.slots["first_moment"],
            self.slots["second_moment"],
            [],
            self.steps,
            fused=True,
            amsgrad=False,
            beta1=self.rule.beta1,
            beta2=self.rule.beta2,
            lr=rate,
            weight_decay=0.0,
            eps=self.rule.epsilon,
            maximize=False,
        )

    def load(self, values: Mapping[str, np.ndarray], updates: int) -> None:
        super().load(values, updates)
        for step in self.steps:
            step.fill_(updates)


def build_optimizer(
    optimizer: Optimizer, networks: Sequence[NativeNetwork], ops: Operations, arrays: KeptArrays
) -> DefinedOptimizer:
    """The fastest carrier of a rule."""
    if isinstance(optimizer, Adam) and type(optimizer) is Adam:  # a subclass may have changed anything
        return FusedAdam(optimizer, networks, ops, arrays)
    return DefinedOptimizer(optimizer, networks, ops, arrays)
