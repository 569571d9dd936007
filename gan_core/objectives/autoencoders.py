"""GANs whose discriminator is an autoencoder: boundary equilibrium (BEGAN) and energy (EBGAN).

The autoencoder is two networks, `encoder` and `decoder`, of one player: its code can then be looked at.
"""

import numpy as np

from gan_core.backend import Array, Ops
from gan_core.errors import SpecError
from gan_core.objectives.base import Objective, Plans, check_known, check_reads, refuse_labels
from gan_core.scene import Draw, Outcome, Scene, generate, generator_draws
from gan_core.spec import NonNegativeFloat, PositiveFloat, Share, Variant


class _Autoencoding(Variant, Objective, frozen=True, kw_only=True):
    generator: str = "generator"
    encoder: str = "encoder"
    decoder: str = "decoder"

    def check_plans(self, plans: Plans) -> None:
        """See `Objective.check_plans`."""
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

    def reconstruct(self, scene: Scene, samples: Array) -> tuple[Array, Array]:
        """Return the code of samples and what is made of it again, [N, …] like the samples."""
        code = scene.run(self.encoder, {next(iter(scene.plan(self.encoder).inputs)): samples})
        return code, scene.run(self.decoder, {next(iter(scene.plan(self.decoder).inputs)): code})

    def real_and_fake(self, scene: Scene) -> tuple[Array, Array]:
        """Return the real batch and generated samples, as constants."""
        fake = scene.ops.detached(lambda: generate(scene, self.generator, None)[0])
        return scene.draws["real"], fake


class BoundaryEquilibriumDiscriminator(_Autoencoding, frozen=True, kw_only=True):
    """BEGAN (Berthelot et al. 2017, arXiv:1703.10717, section 3.4): L(x) − k L(G(z)), L the mean absolute error.

    k, kept in [0, 1], moves by gain · (diversity L(x) − L(G(z))) after each update; `diversity` is the paper's γ and
    `gain` its λ. The convergence measure is M = L(x) + |γ L(x) − L(G(z))|. k is moved here, by the losses of this
    update, with the samples that the discriminator saw.
    """

    diversity: Share = 0.5
    gain: PositiveFloat = 0.001

    def trains(self) -> tuple[str, ...]:
        """See `Objective.trains`."""
        return (self.encoder, self.decoder)

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        return {"real": Draw(kind="real")} | generator_draws(plans[self.generator])

    def variables(self, plans: Plans) -> dict[str, np.ndarray]:
        """See `Objective.variables`."""
        return {"k": np.zeros(())}

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        ops, k = scene.ops, scene.variables["k"]
        real, fake = self.real_and_fake(scene)
        real_error, fake_error = (mean_error(ops, x, self.reconstruct(scene, x)[1]) for x in (real, fake))
        total = real_error - k * fake_error
        balance = ops.detached(lambda: real_error * self.diversity - fake_error)
        moved = ops.detached(lambda: ops.clip(k + balance * self.gain, 0.0, 1.0))
        convergence = ops.detached(lambda: real_error + ops.abs(balance))
        scalars = {"loss": total, "real_error": real_error, "k": moved, "convergence": convergence}
        return Outcome(loss=total, scalars=scalars, variables={"k": moved})


class BoundaryEquilibriumGenerator(_Autoencoding, frozen=True, kw_only=True):
    """BEGAN's generator: L(G(z))."""

    def trains(self) -> tuple[str, ...]:
        """See `Objective.trains`."""
        return (self.generator,)

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        return generator_draws(plans[self.generator])

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        fake, _ = generate(scene, self.generator, None)
        total = mean_error(scene.ops, fake, self.reconstruct(scene, fake)[1])
        return Outcome(loss=total, scalars={"loss": total})


class EnergyDiscriminator(_Autoencoding, frozen=True, kw_only=True):
    """EBGAN (Zhao et al. 2017, arXiv:1609.03126, eq. 1): E(x) + max(0, margin − E(G(z))), E the mean square error."""

    margin: PositiveFloat = 1.0

    def trains(self) -> tuple[str, ...]:
        """See `Objective.trains`."""
        return (self.encoder, self.decoder)

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        return {"real": Draw(kind="real")} | generator_draws(plans[self.generator])

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        ops = scene.ops
        real, fake = self.real_and_fake(scene)
        real_energy, fake_energy = (energies(ops, x, self.reconstruct(scene, x)[1]) for x in (real, fake))
        total = ops.mean(real_energy) + ops.mean(ops.relu(self.margin - fake_energy))
        return Outcome(loss=total, scalars={"loss": total, "real_energy": ops.mean(real_energy)})


class EnergyGenerator(_Autoencoding, frozen=True, kw_only=True):
    """EBGAN's generator (eq. 2): E(G(z)), and the pulling-away term of section 2.4 times its weight."""

    pulling_away: NonNegativeFloat = 0.0

    def trains(self) -> tuple[str, ...]:
        """See `Objective.trains`."""
        return (self.generator,)

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        return generator_draws(plans[self.generator])

    def check_batch(self, batch_size: int) -> None:
        """See `Objective.check_batch`."""
        if self.pulling_away and batch_size < 2:
            raise SpecError("pulling_away compares samples with each other: raise training.batch_size above 1")

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        ops = scene.ops
        fake, _ = generate(scene, self.generator, None)
        code, again = self.reconstruct(scene, fake)
        total = ops.mean(energies(ops, fake, again))
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
    columns, rows = ops.reshape(unit, (count, 1, -1)), ops.reshape(unit, (1, count, -1))
    cosines = ops.sum(columns * rows, (2,))
    squares = ops.sum(cosines * cosines, (0, 1)) - ops.sum(ops.sum(unit * unit, (1,)) ** 2, (0,))
    return squares * (1 / (count * (count - 1)))
