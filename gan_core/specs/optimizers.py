"""Update rules and learning-rate schedules, defined once.

`Optimizer.update` is the definition, over `Ops`: NumPy tests it, unrolling differentiates through it, and a backend
runs it or a kernel of its framework that gives the same numbers. What depends on the count of updates alone
(learning rate, bias corrections) is worked out on the host, in float64, by `settings`.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.operations.ops import Array, Ops, Scalar
from gan_core.specs.spec import (
    Family,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Share,
    Variant,
)

# Keeps the root's derivative finite where a weight has had no gradient yet (a dead ReLU, differentiated through when
# updates are simulated); against epsilon it changes nothing: its root is 1e-18, a normal number in float32 too.
UNDER_ROOT = 1e-36


class Schedule(Family):
    """Base of the learning-rate schedules."""

    __slots__ = ()

    @abstractmethod
    def factor(self, updates: int) -> float:
        """What the learning rate is multiplied by after `updates` updates of the player."""
        raise NotImplementedError


class Constant(Variant, Schedule, frozen=True, kw_only=True):
    """The learning rate stays."""

    @override
    def factor(self, updates: int) -> float:
        return 1.0


class LinearDecay(Variant, Schedule, frozen=True, kw_only=True):
    """Constant for `start` updates, then down a line that reaches 0 at `end` (CycleGAN, Zhu et al. 2017)."""

    start: NonNegativeInt
    end: PositiveInt

    def check(self) -> None:
        """The line has a length."""
        if self.end <= self.start:
            raise SpecError(f"linear_decay.end: expected more than start={self.start}, got {self.end}")

    @override
    def factor(self, updates: int) -> float:
        return min(1.0, max(0.0, (self.end - updates) / (self.end - self.start)))


class InverseTimeDecay(Variant, Schedule, frozen=True, kw_only=True):
    """1 / (1 + rate · updates): the `decay` of the first Keras optimizers."""

    rate: NonNegativeFloat

    @override
    def factor(self, updates: int) -> float:
        return 1 / (1 + self.rate * updates)


class ExponentialDecay(Variant, Schedule, frozen=True, kw_only=True):
    """rate ** (updates / every): falls by `rate` every so many updates, smoothly.

    >>> [ExponentialDecay(rate=0.5, every=10).factor(updates) for updates in (0, 10, 20)]
    [1.0, 0.5, 0.25]
    """

    rate: PositiveFloat
    every: PositiveInt = 1

    @override
    def factor(self, updates: int) -> float:
        return float(self.rate ** (updates / self.every))


class Optimizer(Family):
    """Base of the optimizers.

    clip_value: each gradient component is clipped to ±clip_value.
    clip_norm: the gradient of all weights together is scaled down to this length; both before the update rule.
    """

    __slots__ = ()
    slots: ClassVar[tuple[str, ...]] = ()
    learning_rate: float
    schedule: Schedule
    clip_value: float | None
    clip_norm: float | None

    def settings(self, updates: int) -> dict[str, float]:
        """What this rule needs besides gradients for the update after `updates` earlier ones."""
        return {"learning_rate": self.learning_rate * self.schedule.factor(updates)}

    @abstractmethod
    def update(
        self, ops: Ops, weight: Array, gradient: Array, slots: Mapping[str, Array], settings: Mapping[str, Scalar]
    ) -> tuple[Array, dict[str, Array]]:
        """Return the new weight and slots; all arrays have the weight's canonical shape, slots start at 0."""
        raise NotImplementedError


class _OptimizerSpec(Variant, Optimizer, frozen=True, kw_only=True):
    learning_rate: PositiveFloat
    schedule: Schedule = Constant()
    clip_value: PositiveFloat | None = None
    clip_norm: PositiveFloat | None = None


class Sgd(_OptimizerSpec, frozen=True, kw_only=True):
    """velocity ← momentum · velocity + g;  w ← w − lr · velocity."""

    momentum: Share = 0.0
    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    @override
    def update(
        self, ops: Ops, weight: Array, gradient: Array, slots: Mapping[str, Array], settings: Mapping[str, Scalar]
    ) -> tuple[Array, dict[str, Array]]:
        velocity = slots["velocity"] * self.momentum + gradient
        return weight - velocity * settings["learning_rate"], {"velocity": velocity}


class RmsProp(_OptimizerSpec, frozen=True, kw_only=True):
    """Tieleman, Hinton 2012: v ← decay · v + (1 − decay) g²;  w ← w − lr · g / (√v + epsilon), as in PyTorch."""

    decay: Share = 0.99
    epsilon: PositiveFloat = 1e-8
    slots: ClassVar[tuple[str, ...]] = ("mean_square",)

    @override
    def update(
        self, ops: Ops, weight: Array, gradient: Array, slots: Mapping[str, Array], settings: Mapping[str, Scalar]
    ) -> tuple[Array, dict[str, Array]]:
        square = slots["mean_square"] * self.decay + gradient * gradient * (1 - self.decay)
        step = gradient / (ops.sqrt(square + UNDER_ROOT) + self.epsilon)
        return weight - step * settings["learning_rate"], {"mean_square": square}


class Adam(_OptimizerSpec, frozen=True, kw_only=True):
    """Kingma, Ba 2015 (arXiv:1412.6980, algorithm 1), epsilon added after the bias correction.

    m ← β1 m + (1 − β1) g;  v ← β2 v + (1 − β2) g²;
    w ← w − lr / (1 − β1ᵗ) · m / (√v / √(1 − β2ᵗ) + epsilon).
    """

    beta1: Share = 0.9
    beta2: Share = 0.999
    epsilon: PositiveFloat = 1e-8
    slots: ClassVar[tuple[str, ...]] = ("first_moment", "second_moment")

    def check(self) -> None:
        """A beta of 1 would never move."""
        if self.beta1 == 1 or self.beta2 == 1:
            raise SpecError("adam: expected beta1 and beta2 less than 1")

    @override
    def settings(self, updates: int) -> dict[str, float]:
        return {
            "learning_rate": self.learning_rate * self.schedule.factor(updates),
            "first_correction": 1 - self.beta1 ** (updates + 1),
            "second_correction_root": (1 - self.beta2 ** (updates + 1)) ** 0.5,
        }

    @override
    def update(
        self, ops: Ops, weight: Array, gradient: Array, slots: Mapping[str, Array], settings: Mapping[str, Scalar]
    ) -> tuple[Array, dict[str, Array]]:
        first = slots["first_moment"] * self.beta1 + gradient * (1 - self.beta1)
        second = slots["second_moment"] * self.beta2 + gradient * gradient * (1 - self.beta2)
        root = ops.sqrt(second + UNDER_ROOT) / settings["second_correction_root"] + self.epsilon
        step = first / root * (settings["learning_rate"] / settings["first_correction"])
        return weight - step, {"first_moment": first, "second_moment": second}


class Aged:
    """An optimizer whose state is older, or younger, than the count of its player's updates in this run.

    Its schedule goes by the run's count; what corrects its state (Adam's biases) by the age of that state.
    earlier: the age of the state less the run's count; negative for a state that began within the run.
    """

    def __init__(self, optimizer: Optimizer, earlier: int) -> None:
        self.optimizer, self.earlier = optimizer, earlier

    def settings(self, updates: int) -> dict[str, float]:
        """See `Optimizer.settings`; updates: of the run."""
        now = self.optimizer.settings(updates)
        rate = {name: value for name, value in now.items() if name == "learning_rate"}
        return self.optimizer.settings(updates + self.earlier) | rate


def clip_gradients(ops: Ops, optimizer: Optimizer, gradients: Sequence[Array]) -> list[Array]:
    """Return gradients clipped by component, then by their common length, as the optimizer asks."""
    clipped = list(gradients)
    if (limit := optimizer.clip_value) is not None:
        clipped = [ops.clip(gradient, -limit, limit) for gradient in clipped]
    if optimizer.clip_norm is not None:
        squares = [ops.sum(gradient * gradient, tuple(range(len(gradient.shape)))) for gradient in clipped]
        norm = ops.sqrt(sum(squares[1:], squares[0]) + 1e-24)
        factor = ops.clip(optimizer.clip_norm / norm, 0.0, 1.0)
        clipped = [gradient * factor for gradient in clipped]
    return clipped
