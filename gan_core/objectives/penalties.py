"""Penalties on the discriminator, added to its loss: most of them on its gradient at its input."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

import msgspec
from typing_extensions import override

from gan_core.objectives.draws import Draw
from gan_core.objectives.number_draws import NormalNumbers, UniformNumbers, UniformValues
from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole_batch import batch_mean, own_rows
from gan_core.specs.spec import Family, NonNegativeFloat, Variant

_MIXES = {"uniform": UniformNumbers(whole_batch=True), "normal": NormalNumbers(whole_batch=True)}  # one a pack
Discriminate = Callable[[Array], Array]


class Penalty(Family):
    """Base of the penalties.

    weight: the factor of the penalty in the discriminator's loss. of_slope: whether it is on the gradient of each
    sample, and so bounds how steep the discriminator is.
    """

    __slots__ = ()
    weight: float
    of_slope: ClassVar[bool] = True

    def draws(self) -> dict[str, Draw]:
        """Return the draws that it needs, by name: see `Objective.draws`."""
        return {}

    @abstractmethod
    def evaluate(
        self, ops: Ops, discriminate: Discriminate, real: Array, fake: Array, draws: dict[str, Array]
    ) -> Array:
        """Return the penalty before its weight, a scalar.

        discriminate: the discriminator, samples [N, …] → logits [N, 1]. real, fake: real and generated samples [N, …],
        of one shape, the generated ones as a constant. draws: the arrays of `draws`, by name.
        """
        raise NotImplementedError


class GradientPenalty(Variant, Penalty, frozen=True, kw_only=True):
    """Gulrajani et al. 2017 (arXiv:1704.00028, algorithm 1): mean over samples of (‖∇D(x̂)‖ − 1)².

    x̂ = ε x + (1 − ε) G(z) with one ε ~ U(0, 1) a sample, and the norm is each sample's own.

    mix: the distribution of ε. "uniform" as in the paper; "normal", N(0, 1), as in an example of keras.io, so
        that two thirds of the points lie beyond one of the two samples.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("mix",)

    weight: NonNegativeFloat = 10.0
    mix: Literal["uniform", "normal"] = "uniform"

    @override
    def draws(self) -> dict[str, Draw]:
        return {"gradient_penalty.mix": _MIXES[self.mix]}

    @override
    def evaluate(
        self, ops: Ops, discriminate: Discriminate, real: Array, fake: Array, draws: dict[str, Array]
    ) -> Array:
        rank = len(real.shape)
        own = own_rows(ops, draws["gradient_penalty.mix"], real.shape[0])
        mix = ops.reshape(own, (real.shape[0],) + (1,) * (rank - 1))
        mixed = fake + mix * (real - fake)
        excess = gradient_norms(ops, discriminate, mixed) - 1.0
        return ops.mean(excess * excess)


class Dragan(Variant, Penalty, frozen=True, kw_only=True):
    """Kodali et al. 2017 (arXiv:1705.07215): the gradient penalty around real samples only.

    x̂ = x + a · spread · std(x) · u with one a ~ U(0, 1) a sample and u ~ U(0, 1) a value, as in the authors' code.
    """

    weight: NonNegativeFloat = 10.0
    spread: NonNegativeFloat = 0.5

    @override
    def draws(self) -> dict[str, Draw]:
        return {"dragan.mix": _MIXES["uniform"], "dragan.noise": UniformValues()}

    @override
    def evaluate(
        self, ops: Ops, discriminate: Discriminate, real: Array, fake: Array, draws: dict[str, Array]
    ) -> Array:
        count = real.shape[0]
        mix = ops.reshape(own_rows(ops, draws["dragan.mix"], count), (count,) + (1,) * (len(real.shape) - 1))
        noise = ops.reshape(draws["dragan.noise"], tuple(real.shape))
        centred = real - batch_mean(ops, real)
        deviation = ops.sqrt(batch_mean(ops, centred * centred))
        excess = gradient_norms(ops, discriminate, real + mix * noise * (self.spread * deviation)) - 1.0
        return ops.mean(excess * excess)


class R1(Variant, Penalty, frozen=True, kw_only=True):
    """Mescheder et al. 2018 (arXiv:1801.04406, eq. 9): ½ E ‖∇D(x)‖² at real samples; `weight` is the paper's γ."""

    weight: NonNegativeFloat = 10.0

    @override
    def evaluate(
        self, ops: Ops, discriminate: Discriminate, real: Array, fake: Array, draws: dict[str, Array]
    ) -> Array:
        gradient = input_gradients(ops, discriminate, real)
        return 0.5 * ops.mean(ops.sum(gradient * gradient, tuple(range(1, len(real.shape)))))


class Divergence(Variant, Penalty, frozen=True, kw_only=True):
    """Wu et al. 2018 (arXiv:1712.01026, WGAN-div): the mean of ‖∇D(x̂)‖^power; `weight` is the paper's k.

    It is no pull to 1: with it the Wasserstein loss is minus a divergence, whatever the critic's slope.

    power: the paper's p. points: where x̂ lies. "samples": on real and on generated samples, half of the mean each;
        "between": on the lines between them, as in `gradient_penalty`.
    """

    weight: NonNegativeFloat = 2.0
    power: Annotated[float, msgspec.Meta(ge=2)] = 6.0
    points: Literal["samples", "between"] = "samples"

    @override
    def draws(self) -> dict[str, Draw]:
        return {"divergence.mix": _MIXES["uniform"]} if self.points == "between" else {}

    @override
    def evaluate(
        self, ops: Ops, discriminate: Discriminate, real: Array, fake: Array, draws: dict[str, Array]
    ) -> Array:
        if self.points == "samples":
            return 0.5 * (self._at(ops, discriminate, real) + self._at(ops, discriminate, fake))
        own = own_rows(ops, draws["divergence.mix"], real.shape[0])
        mix = ops.reshape(own, (real.shape[0],) + (1,) * (len(real.shape) - 1))
        return self._at(ops, discriminate, fake + mix * (real - fake))

    def _at(self, ops: Ops, discriminate: Discriminate, samples: Array) -> Array:
        gradient = input_gradients(ops, discriminate, samples)
        squares = ops.sum(gradient * gradient, tuple(range(1, len(samples.shape))))
        return ops.mean(squares ** (self.power / 2))


class Drift(Variant, Penalty, frozen=True, kw_only=True):
    """Karras et al. 2018 (arXiv:1710.10196, appendix A.1): the mean of D(x)² at real samples; `weight` is ε_drift.

    A Wasserstein loss is a difference of scores, so that nothing else holds their level. It says nothing of the
    critic's slope: a gradient penalty stands beside it.
    """

    of_slope: ClassVar[bool] = False

    weight: NonNegativeFloat = 0.001

    @override
    def evaluate(
        self, ops: Ops, discriminate: Discriminate, real: Array, fake: Array, draws: dict[str, Array]
    ) -> Array:
        scores = discriminate(real)
        return ops.mean(scores * scores)


def input_gradients(ops: Ops, discriminate: Discriminate, samples: Array) -> Array:
    """Return ∇D(x) for each sample, [N, …].

    The sum over the batch gives each sample its own gradient only where samples do not see each other, which is why
    Gulrajani et al. rule out batch norm in such a critic.
    """
    samples = ops.differentiable_leaf(samples)
    (gradient,) = ops.gradients(ops.sum(discriminate(samples), (0, 1)), [samples], differentiable=True)
    return gradient


def gradient_norms(ops: Ops, discriminate: Discriminate, samples: Array) -> Array:
    """Return ‖∇D(x)‖ for each sample, [N]; 1e-12 under the root keeps its derivative finite at 0."""
    gradient = input_gradients(ops, discriminate, samples)
    squares = ops.sum(gradient * gradient, tuple(range(1, len(samples.shape))))
    return ops.sqrt(squares + 1e-12)
