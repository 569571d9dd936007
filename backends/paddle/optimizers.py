"""Update rules: Paddle's own Adam kernel, and any rule by its definition in the core."""

from collections.abc import Mapping, Sequence

import numpy as np
import paddle
from paddle import Tensor

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
        self.turned = {f"{network.plan.name}/{name}" for network in networks for name in network.turned}
        self.slots = {slot: [paddle.zeros_like(weight) for weight in self.weights.values()] for slot in optimizer.slots}

    @paddle.no_grad()
    def apply(self, gradients: Sequence[Tensor], settings: Mapping[str, float]) -> None:
        for index, (weight, gradient) in enumerate(zip(self.weights.values(), gradients, strict=True)):
            slots = {slot: arrays[index] for slot, arrays in self.slots.items()}
            new, slots = moved(self.optimizer, self.ops, *self.places[index], weight, gradient, slots, settings)
            paddle.assign(new, output=weight)
            for slot, value in slots.items():
                paddle.assign(value, output=self.slots[slot][index])

    def read(self) -> dict[str, np.ndarray]:
        return {
            f"{name}/{slot}": array.numpy().T.copy() if name in self.turned else array.numpy()
            for slot, arrays in self.slots.items()
            for name, array in zip(self.weights, arrays, strict=True)
        }

    @paddle.no_grad()
    def load(self, values: Mapping[str, np.ndarray], updates: int) -> None:
        for slot, arrays in self.slots.items():
            for name, array in zip(self.weights, arrays, strict=True):
                value = values[f"{name}/{slot}"]
                paddle.assign(self.ops.constant(value.T if name in self.turned else value), output=array)


class FusedAdam(DefinedOptimizer):
    """`Adam.update` in one pass over memory.

    Paddle's rule keeps running products of the betas, which drift. With those held at 0 it corrects nothing, and the
    exact corrections go into its learning rate and epsilon:
    lr / c₁ · m / (√v / r + ε) = (lr · r / c₁) · m / (√v + ε · r).
    """

    def __init__(self, optimizer: Adam, networks: Sequence[Network], ops: Operations) -> None:
        super().__init__(optimizer, networks, ops)
        weights = list(self.weights.values())
        self.epsilon = paddle.zeros([], dtype=ops.dtype)
        self.native = paddle.optimizer.Adam(
            learning_rate=1.0,
            beta1=optimizer.beta1,
            beta2=optimizer.beta2,
            epsilon=self.epsilon,
            parameters=weights,
        )
        # its state is made by the first update; with a rate and gradients of 0 that one moves nothing
        self.apply(
            [paddle.zeros_like(weight) for weight in weights],
            {"learning_rate": 0.0, "first_correction": 1.0, "second_correction_root": 1.0},
        )
        state = self.native.state_dict()
        for power in (array for name, array in state.items() if "_pow_acc_" in name):
            power.zero_()
        for slot, part in (("first_moment", "_moment1_"), ("second_moment", "_moment2_")):
            arrays = {name.rpartition(part)[0]: array for name, array in state.items() if part in name}
            self.slots[slot] = [arrays[weight.name] for weight in weights]

    @paddle.no_grad()
    def apply(self, gradients: Sequence[Tensor], settings: Mapping[str, float]) -> None:
        root = settings["second_correction_root"]
        self.epsilon.fill_(self.optimizer.epsilon * root)
        self.native.set_lr(settings["learning_rate"] * root / settings["first_correction"])
        self.native.apply_gradients(list(zip(self.weights.values(), gradients, strict=True)))


def build_optimizer(optimizer: Optimizer, networks: Sequence[Network], ops: Operations) -> DefinedOptimizer:
    """Return the fastest carrier of a rule."""
    kind = FusedAdam if type(optimizer) is Adam else DefinedOptimizer  # a subclass may have changed anything
    return kind(optimizer, networks, ops)
