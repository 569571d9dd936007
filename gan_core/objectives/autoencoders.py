"""GANs whose discriminator is an autoencoder: boundary equilibrium (BEGAN) and energy (EBGAN).

The autoencoder is two networks, `encoder` and `decoder`, of one player: its code can then be looked at.
"""

from typing import ClassVar, Literal

import numpy as np
from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import Objective, Plans, check_known, check_reads, refuse_labels
from gan_core.objectives.context import Outcome, UpdateContext, generate
from gan_core.objectives.draws import Draw, RealSamples, generator_draws
from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole_batch import batch_mean
from gan_core.specs.spec import NonNegativeFloat, PositiveFloat, Share, Variant

SHARED_SAMPLES = "{}'s samples"


class _Autoencoding(Variant, Objective, frozen=True, kw_only=True):
    """Base of the four.

    shares_samples: whether the two players' phases of a step have their generated samples in common: the first of the
        phases makes them, and the other takes them in place of fresh ones, as in `Game`.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("shares_samples",)

    generator: str = "generator"
    encoder: str = "encoder"
    decoder: str = "decoder"
    shares_samples: bool = False

    @override
    def shares(self) -> tuple[str, ...]:
        return (self.shared_name,) if self.shares_samples else ()

    @override
    def spared_draws(self, plans: Plans) -> tuple[str, ...]:
        return tuple(generator_draws(plans[self.generator]))

    @property
    def shared_name(self) -> str:
        """The name in `UpdateContext.shared` of the samples."""
        return SHARED_SAMPLES.format(self.generator)

    def generated(self, context: UpdateContext) -> Array:
        """Return generated samples [N, *shape], or those that an earlier phase of the step made and shares."""
        if self.shares_samples and self.shared_name in context.shared:
            made: Array = context.shared[self.shared_name]
            return made
        made = generate(context, self.generator, None)[0]
        if self.shares_samples:
            context.shared[self.shared_name] = made
        return made

    @override
    def check_plans(self, plans: Plans) -> None:
        check_known(plans, (self.generator, self.encoder, self.decoder))
        refuse_labels(plans, (self.generator, self.encoder, self.decoder))
        shape = plans[self.generator].output_shape
        check_reads(plans, self.encoder, shape, self.generator)
        check_reads(plans, self.decoder, plans[self.encoder].output_shape, self.encoder)
        if plans[self.decoder].output_shape != shape:
            raise SpecError(
                f"network '{self.decoder}' makes {list(plans[self.decoder].output_shape)}; "
                f"expected what '{self.encoder}' reads, {list(shape)}"
            )

    def reconstruct(self, context: UpdateContext, samples: Array) -> tuple[Array, Array]:
        """Return the codes [N, …] of samples, and the reconstructions that the decoder makes of them, [N, *shape]."""
        code = context.run(self.encoder, {next(iter(context.plan(self.encoder).inputs)): samples})
        return code, context.run(self.decoder, {next(iter(context.plan(self.decoder).inputs)): code})

    def real_and_fake(self, context: UpdateContext) -> tuple[Array, Array]:
        """Return the batch of real samples and as many generated ones, [N, *shape] both, as constants."""
        if self.shares_samples:  # made outside, so that the generator's phase can differentiate through them
            shared = self.generated(context)
            return context.draws["real"], context.ops.detached(lambda: shared)
        return context.draws["real"], context.ops.detached(lambda: self.generated(context))


class BoundaryEquilibriumDiscriminator(_Autoencoding, frozen=True, kw_only=True):
    """BEGAN (Berthelot et al. 2017, arXiv:1703.10717, section 3.4): L(x) − k L(G(z)), L the mean absolute error.

    k, kept in [0, 1], moves by gain · (diversity L(x) − L(G(z))) after each update; `diversity` is the paper's γ and
    `gain` its λ. The convergence measure is M = L(x) + |γ L(x) − L(G(z))|. k is moved here, by the losses of this
    update, with the samples that the discriminator saw.
    """

    diversity: Share = 0.5
    gain: PositiveFloat = 0.001

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.encoder, self.decoder)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {"real": RealSamples()} | generator_draws(plans[self.generator])

    @override
    def variables(self, plans: Plans) -> dict[str, np.ndarray]:
        return {"k": np.zeros(())}

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, k = context.ops, context.variables["k"]
        real, fake = self.real_and_fake(context)
        real_error, fake_error = (mean_error(ops, x, self.reconstruct(context, x)[1]) for x in (real, fake))
        total = real_error - k * fake_error
        of_real, of_fake = ops.averaged([real_error, fake_error])
        balance = ops.detached(lambda: of_real * self.diversity - of_fake)
        moved = ops.detached(lambda: ops.clip(k + balance * self.gain, 0.0, 1.0))
        convergence = ops.detached(lambda: of_real + ops.abs(balance))
        scalars = {"loss": total, "real_error": real_error, "k": moved, "convergence": convergence}
        return Outcome(loss=total, scalars=scalars, variables={"k": moved})


class BoundaryEquilibriumGenerator(_Autoencoding, frozen=True, kw_only=True):
    """BEGAN's generator: L(G(z))."""

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.generator,)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return generator_draws(plans[self.generator])

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        fake = self.generated(context)
        total = mean_error(context.ops, fake, self.reconstruct(context, fake)[1])
        return Outcome(loss=total, scalars={"loss": total})


class EnergyDiscriminator(_Autoencoding, frozen=True, kw_only=True):
    """EBGAN (Zhao et al. 2017, arXiv:1609.03126, eq. 1): E(x) + max(0, margin − E(G(z))), E the mean square error.

    hinge: whether the margin is that of "each" sample, as in the paper, or of the batch's "mean", as in public code.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("shares_samples", "hinge")

    margin: PositiveFloat = 1.0
    hinge: Literal["each", "mean"] = "each"

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.encoder, self.decoder)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {"real": RealSamples()} | generator_draws(plans[self.generator])

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops = context.ops
        real, fake = self.real_and_fake(context)
        real_energy, fake_energy = (energies(ops, x, self.reconstruct(context, x)[1]) for x in (real, fake))
        within = fake_energy if self.hinge == "each" else batch_mean(ops, fake_energy)
        total = ops.mean(real_energy) + ops.mean(ops.relu(self.margin - within))
        return Outcome(loss=total, scalars={"loss": total, "real_energy": ops.mean(real_energy)})


class EnergyGenerator(_Autoencoding, frozen=True, kw_only=True):
    """EBGAN's generator (eq. 2): E(G(z)), and the pulling-away term of section 2.4 times its weight.

    target: what a sample's reconstruction is compared with: the sample, which is "moved" towards it too, as in the
        paper, or the sample as a "constant", as in public code.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("shares_samples", "target")

    pulling_away: NonNegativeFloat = 0.0
    target: Literal["moved", "constant"] = "moved"

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.generator,)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return generator_draws(plans[self.generator])

    @override
    def check_batch(self, batch_size: int) -> None:
        if self.pulling_away and batch_size < 2:
            raise SpecError("pulling_away compares samples with each other: raise training.batch_size above 1")

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops = context.ops
        fake = self.generated(context)
        code, again = self.reconstruct(context, fake)
        target = fake if self.target == "moved" else ops.detached(lambda: fake)
        total = ops.mean(energies(ops, target, again))
        scalars = {}
        if self.pulling_away:
            scalars["pulling_away"] = pulling_away(ops, code)
            total = total + scalars["pulling_away"] * self.pulling_away
        return Outcome(loss=total, scalars={"loss": total, **scalars})


def mean_error(ops: Ops, samples: Array, again: Array) -> Array:
    """Return mean |x − D(x)|, a scalar."""
    return ops.mean(ops.abs(samples - again))


def energies(ops: Ops, samples: Array, again: Array) -> Array:
    """Return each sample's mean square error, [N]."""
    difference = samples - again
    axes = tuple(range(1, len(samples.shape)))
    size = int(np.prod(samples.shape[1:]))
    return ops.sum(difference * difference, axes) * (1 / size)


def pulling_away(ops: Ops, code: Array) -> Array:
    """Return the mean squared cosine between the codes of two different samples (Zhao et al. 2017, eq. 4)."""
    count = code.shape[0]
    flat = ops.reshape(code, (count, int(np.prod(code.shape[1:]))))
    unit = flat / ops.sqrt(ops.reshape(ops.sum(flat * flat, (1,)), (count, 1)) + 1e-12)
    every = ops.workers.of_all(count)
    columns, rows = ops.reshape(unit, (count, 1, -1)), ops.reshape(ops.gathered(unit), (1, every, -1))
    cosines = ops.sum(columns * rows, (2,))
    squares = ops.sum(cosines * cosines, (0, 1)) - ops.sum(ops.sum(unit * unit, (1,)) ** 2, (0,))
    return squares * (1 / (count * (every - 1)))  # of this worker's codes with all others
