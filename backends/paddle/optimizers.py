"""Update rules: Paddle's own Adam kernel, and any rule by its definition in the core."""

from collections.abc import Mapping, Sequence

import paddle
from paddle import Tensor

from gan_core.contract.backend import NativeNetwork
from gan_core.contract.update_rules import DefinedOptimizer
from gan_core.specs.optimizers import Adam, Optimizer

from .kept_arrays import KeptArrays
from .ops import Operations


class FusedAdam(DefinedOptimizer):
    """`Adam.update` in one pass over memory.

    Paddle's rule keeps running products of the betas, which drift. With those held at 0 it corrects nothing, and the
    exact corrections go into its learning rate and epsilon:
    lr / c₁ · m / (√v / r + ε) = (lr · r / c₁) · m / (√v + ε · r).
    """

    def __init__(self, optimizer: Adam, networks: Sequence[NativeNetwork], ops: Operations, arrays: KeptArrays) -> None:
        super().__init__(optimizer, networks, ops, arrays)
        self.rule = optimizer
        weights: list[Tensor] = self.weights
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
            kept = {name.rpartition(part)[0]: array for name, array in state.items() if part in name}
            self.slots[slot] = [kept[weight.name] for weight in weights]

    @paddle.no_grad()
    def apply(self, gradients: Sequence[Tensor], settings: Mapping[str, float]) -> None:
        root = settings["second_correction_root"]
        self.epsilon.fill_(self.rule.epsilon * root)
        self.native.set_lr(settings["learning_rate"] * root / settings["first_correction"])
        self.native.apply_gradients(list(zip(self.weights, gradients, strict=True)))


def build_optimizer(
    optimizer: Optimizer, networks: Sequence[NativeNetwork], ops: Operations, arrays: KeptArrays
) -> DefinedOptimizer:
    """The fastest carrier of a rule."""
    if isinstance(optimizer, Adam) and type(optimizer) is Adam:  # a subclass may have changed anything
        return FusedAdam(optimizer, networks, ops, arrays)
    return DefinedOptimizer(optimizer, networks, ops, arrays)
