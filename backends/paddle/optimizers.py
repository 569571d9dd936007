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
    """`Adam.update` in one pass over memory, by the kernel beneath `paddle.optimizer.Adam`.

    The kernel keeps running products of the betas, which drift. With those held at 0 it corrects nothing, and the
    exact corrections go into its learning rate and epsilon:
    lr / c₁ · m / (√v / r + ε) = (lr · r / c₁) · m / (√v + ε · r).
    """

    def __init__(self, optimizer: Adam, networks: Sequence[NativeNetwork], ops: Operations, arrays: KeptArrays) -> None:
        super().__init__(optimizer, networks, ops, arrays)
        self.rule = optimizer
        self.rate = paddle.zeros([], dtype=ops.dtype)
        self.powers = [paddle.zeros([1], dtype=ops.dtype) for _ in range(2)]  # times a beta they stay 0

    @paddle.no_grad()
    def apply(self, gradients: Sequence[Tensor], settings: Mapping[str, float]) -> None:
        root = settings["second_correction_root"]
        self.rate.fill_(settings["learning_rate"] * root / settings["first_correction"])
        numbers = (self.rule.beta1, self.rule.beta2, self.rule.epsilon * root)
        state = self.slots["first_moment"], self.slots["second_moment"]
        for weight, gradient, first, second in zip(self.weights, gradients, *state, strict=True):
            # signature: weight, gradient, rate, moments, a third for AMSGrad, powers of the betas, a master weight,
            # whether to skip; betas, epsilon; lazy mode, its threshold, other precision, global powers, AMSGrad
            kept = (first, second, None, *self.powers, None, None)
            paddle._C_ops.adam_(weight, gradient, self.rate, *kept, *numbers, False, 1000, False, False, False)


def build_optimizer(
    optimizer: Optimizer, networks: Sequence[NativeNetwork], ops: Operations, arrays: KeptArrays
) -> DefinedOptimizer:
    """The fastest carrier of a rule."""
    if isinstance(optimizer, Adam) and type(optimizer) is Adam:  # a subclass may have changed anything
        return FusedAdam(optimizer, networks, ops, arrays)
    return DefinedOptimizer(optimizer, networks, ops, arrays)
