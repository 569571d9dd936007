"""Update rules: PyTorch's fused Adam, and any rule by its definition in the core."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.optim.adam import adam

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
        self.slots = {
            slot: [torch.zeros_like(weight, requires_grad=False) for weight in self.weights.values()]
            for slot in optimizer.slots
        }

    @torch.no_grad()
    def apply(self, gradients: Sequence[Tensor], settings: Mapping[str, float]) -> None:
        for index, (weight, gradient) in enumerate(zip(self.weights.values(), gradients, strict=True)):
            slots = {slot: arrays[index] for slot, arrays in self.slots.items()}
            new, slots = moved(self.optimizer, self.ops, *self.places[index], weight, gradient, slots, settings)
            weight.copy_(new)
            for slot, value in slots.items():
                self.slots[slot][index].copy_(value)

    def read(self) -> dict[str, np.ndarray]:
        return {
            f"{name}/{slot}": array.cpu().numpy().copy()
            for slot, arrays in self.slots.items()
            for name, array in zip(self.weights, arrays, strict=True)
        }

    def load(self, values: Mapping[str, np.ndarray], updates: int) -> None:
        for slot, arrays in self.slots.items():
            for name, array in zip(self.weights, arrays, strict=True):
                array.copy_(self.ops.constant(values[f"{name}/{slot}"]))


class FusedAdam(DefinedOptimizer):
    """`Adam.update` in one pass over memory."""

    def __init__(self, optimizer: Adam, networks: Sequence[Network], ops: Operations) -> None:
        super().__init__(optimizer, networks, ops)
        self.steps = [torch.zeros((), dtype=torch.float32, device=ops.device) for _ in self.weights]

    @torch.no_grad()
    def apply(self, gradients: Sequence[Tensor], settings: Mapping[str, float]) -> None:
        weights = list(self.weights.values())
        # the fused kernel reads memory in the weight's order, whatever the gradient's strides say (those of a
        # convolution's second derivative differ)
        same_order = [
            gradient if gradient.stride() == weight.stride() else torch.empty_like(weight).copy_(gradient)
            for weight, gradient in zip(weights, gradients, strict=True)
        ]
        adam(
            weights,
            same_order,
            self.slots["first_moment"],
            self.slots["second_moment"],
            [],
            self.steps,
            fused=True,
            amsgrad=False,
            beta1=self.optimizer.beta1,
            beta2=self.optimizer.beta2,
            lr=settings["learning_rate"],
            weight_decay=0.0,
            eps=self.optimizer.epsilon,
            maximize=False,
        )

    def load(self, values: Mapping[str, np.ndarray], updates: int) -> None:
        super().load(values, updates)
        for step in self.steps:
            step.fill_(updates)


def build_optimizer(optimizer: Optimizer, networks: Sequence[Network], ops: Operations) -> DefinedOptimizer:
    """Return the fastest carrier of a rule."""
    kind = FusedAdam if type(optimizer) is Adam else DefinedOptimizer  # a subclass may have changed anything
    return kind(optimizer, networks, ops)
