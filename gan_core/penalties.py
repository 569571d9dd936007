"""Penalties on the discriminator's gradient at its input, added to its loss."""

from collections.abc import Callable

from gan_core.backend import Array, Ops
from gan_core.scene import Draw
from gan_core.spec import Family, NonNegativeFloat, Variant

Discriminate = Callable[[Array], Array]


class Penalty(Family):
    """Base of the penalties."""

    __slots__ = ()
    weight: float

    def draws(self) -> dict[str, Draw]:
        """What must be drawn for it."""
        return {}

    def evaluate(
        self, ops: Ops, discriminate: Discriminate, real: Array, fake: Array, draws: dict[str, Array]
    ) -> Array:
        """Return the penalty before its weight, a scalar.

        discriminate: samples [N, …] → logits [N, 1]. real, fake: [N, …], of one shape, fake as a constant.
        """
        raise NotImplementedError


class GradientPenalty(Variant, Penalty, frozen=True, kw_only=True):
    """Gulrajani et al. 2017 (arXiv:1704.00028, algorithm 1): mean over samples of (‖∇D(x̂)‖ − 1)².

    x̂ = ε x + (1 − ε) G(z) with one ε ~ U(0, 1) a sample, and the norm is each sample's own.
    """

    weight: NonNegativeFloat = 10.0

    def draws(self) -> dict[str, Draw]:
        """See `Penalty.draws`."""
        return {"gradient_penalty.mix": Draw(kind="uniform")}

    def evaluate(
        self, ops: Ops, discriminate: Discriminate, real: Array, fake: Array, draws: dict[str, Array]
    ) -> Array:
        """See `Penalty.evaluate`."""
        rank = len(real.shape)
        mix = ops.reshape(draws["gradient_penalty.mix"], (real.shape[0],) + (1,) * (rank - 1))
        mixed = fake + mix * (real - fake)
        excess = gradient_norms(ops, discriminate, mixed) - 1.0
        return ops.mean(excess * excess)


def gradient_norms(ops: Ops, discriminate: Discriminate, samples: Array) -> Array:
    """Return ‖∇D(x)‖ for each sample, [N].

    The sum over the batch gives each sample its own gradient only where samples do not see each other, which is why
    the paper rules out batch norm in such a critic. 1e-12 under the root keeps its derivative finite at 0.
    """
    samples = ops.differentiable_leaf(samples)
    total = ops.sum(discriminate(samples), (0, 1))
    (gradient,) = ops.gradients(total, [samples], True)
    squares = ops.sum(gradient * gradient, tuple(range(1, len(samples.shape))))
    return ops.sqrt(squares + 1e-12)
