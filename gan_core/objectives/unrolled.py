"""Unrolled GAN: the generator's loss after k simulated updates of the discriminator, differentiated through them."""

from collections.abc import Mapping

from typing_extensions import override

from gan_core.contract.update_rules import updated_weight
from gan_core.objectives.adversarial import AdversarialGenerator
from gan_core.objectives.base import Plans, labelled
from gan_core.objectives.context import UpdateContext, discriminate_both, pack
from gan_core.objectives.draws import Draw, RealLabels, RealSamples
from gan_core.objectives.losses import adversarial_loss
from gan_core.operations.ops import Array
from gan_core.specs.optimizers import Optimizer, clip_gradients
from gan_core.specs.spec import NonNegativeInt


class UnrolledGenerator(AdversarialGenerator, frozen=True, kw_only=True):
    """Metz et al. 2017 (arXiv:1611.02163, eq. 10): the generator against the discriminator of `unroll` updates later.

    The simulated updates follow the optimizer of the discriminator's player from its present state, on one batch of
    real and generated samples that they share, as in the authors' code. Gradients flow back through the updates, and
    through the generated samples they saw; with `unroll` 0 this is the ordinary generator.

    unroll: the number of simulated updates. opponent: the name of the discriminator's player.
    """

    unroll: NonNegativeInt = 5
    opponent: str = "discriminator"

    @override
    def simulated_players(self) -> tuple[str, ...]:
        return (self.opponent,)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws = super().draws(plans)
        if self.unroll:
            draws["real"] = RealSamples()
            if labelled(plans[self.discriminator]):
                draws["real_label"] = RealLabels()
        return draws

    @override
    def floats(self, optimizers: Mapping[str, Optimizer], updates: Mapping[str, int]) -> dict[str, float]:
        numbers: dict[str, float] = {}
        for ahead in range(self.unroll):
            settings = optimizers[self.opponent].settings(updates[self.opponent] + ahead)
            numbers |= {f"unroll.{ahead}.{name}": value for name, value in settings.items()}
        return numbers

    def opponent_weights(self, context: UpdateContext, fake: Array, label: Array | None) -> Mapping[str, Array] | None:
        """Return the discriminator's weights after the simulated updates, as functions of the generated samples.

        None for no updates: its present weights. fake, label: as in `AdversarialGenerator.opponent_weights`.
        """
        if self.unroll == 0:
            return None
        ops = context.ops
        native = context.optimizers[self.opponent]
        optimizer = native.optimizer
        real, labels = pack(ops, context.draws["real"], self.pack), (context.draws.get("real_label"), label)
        network = context.networks[self.discriminator]
        weights = network.weights()
        slots = [{slot: kept[index] for slot, kept in native.slots.items()} for index in range(len(weights))]
        for ahead in range(self.unroll):
            logits = discriminate_both(context, self.discriminator, real, fake, labels, weights)
            value = adversarial_loss(self.loss).discriminator(ops, *logits)
            gradients = clip_gradients(
                ops, optimizer, ops.gradients(value, list(weights.values()), differentiable=True)
            )
            settings = {name: context.draws[f"unroll.{ahead}.{name}"] for name in optimizer.settings(0)}
            after = {}
            for index, ((name, weight), gradient) in enumerate(zip(weights.items(), gradients, strict=True)):
                after[name], slots[index] = updated_weight(
                    optimizer, ops, network, name, weight, gradient, slots[index], settings
                )
            weights = after
        return weights
