"""Unrolled GAN: the generator's loss after k simulated updates of the discriminator, differentiated through them."""

from collections.abc import Mapping

from gan_core.backend import Array
from gan_core.losses import adversarial_loss
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator, Plans
from gan_core.optimizers import Optimizer, clip_gradients
from gan_core.scene import Draw, Outcome, Scene, generate, judge, judge_both, pack
from gan_core.spec import NonNegativeInt


class UnrolledGenerator(AdversarialGenerator, frozen=True, kw_only=True):
    """Metz et al. 2017 (arXiv:1611.02163, eq. 10): the generator against the discriminator of `unroll` updates later.

    The simulated updates follow the discriminator player's own optimizer from its present state, on one batch of real
    and generated samples that they share, as in the authors' code. Gradients flow back through the updates, and
    through the generated samples they saw; with `unroll` 0 this is the ordinary generator.
    """

    unroll: NonNegativeInt = 5
    opponent: str = "discriminator"

    def simulated_players(self) -> tuple[str, ...]:
        """See `Objective.simulated_players`."""
        return (self.opponent,)

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        wanted = super().draws(plans)
        if self.unroll:
            simulated = AdversarialDiscriminator(
                loss=self.loss, generator=self.generator, discriminator=self.discriminator
            ).draws(plans)
            wanted |= {name: draw for name, draw in simulated.items() if draw.kind in ("real", "real_label")}
        return wanted

    def floats(self, optimizers: Mapping[str, Optimizer], updates: Mapping[str, int]) -> dict[str, float]:
        """See `Objective.floats`."""
        numbers: dict[str, float] = {}
        for ahead in range(self.unroll):
            settings = optimizers[self.opponent].settings(updates[self.opponent] + ahead)
            numbers |= {f"unroll.{ahead}.{name}": value for name, value in settings.items()}
        return numbers

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        ops, loss = scene.ops, adversarial_loss(self.loss)
        fake, label = generate(scene, self.generator, None)
        fake = pack(ops, fake, self.pack)
        weights = self._simulated(scene, fake, label) if self.unroll else None
        real_logits = None
        if loss.generator_needs_real:
            real = pack(ops, scene.draws["real"], self.pack)
            real_logits = judge(scene, self.discriminator, real, scene.draws.get("real_label"), weights)
        total = loss.generator(ops, real_logits, judge(scene, self.discriminator, fake, label, weights))
        return Outcome(loss=total, scalars={"loss": total})

    def _simulated(self, scene: Scene, fake: Array, label: Array | None) -> dict[str, Array]:
        """Return the discriminator's weights after the simulated updates, as functions of the generated samples."""
        ops = scene.ops
        optimizer, native = scene.players[self.opponent]
        real, real_label = pack(ops, scene.draws["real"], self.pack), scene.draws.get("real_label")
        weights = scene.networks[self.discriminator].weights()
        slots = [dict(zip(native.slots, state, strict=True)) for state in zip(*native.slots.values(), strict=True)]
        for ahead in range(self.unroll):
            if real_label is None:
                logits = judge_both(scene, self.discriminator, real, fake, None, weights)
            else:
                logits = (
                    judge(scene, self.discriminator, real, real_label, weights),
                    judge(scene, self.discriminator, fake, label, weights),
                )
            value = adversarial_loss(self.loss).discriminator(ops, *logits)
            gradients = clip_gradients(ops, optimizer, ops.gradients(value, list(weights.values()), True))
            settings = {name: scene.draws[f"unroll.{ahead}.{name}"] for name in optimizer.settings(0)}
            moved = {}
            for index, ((name, weight), gradient) in enumerate(zip(weights.items(), gradients, strict=True)):
                moved[name], slots[index] = optimizer.update(ops, weight, gradient, slots[index], settings)
            weights = moved
        return weights
