"""Unrolled GAN: the generator's loss after k simulated updates of the discriminator, differentiated through them."""

from collections.abc import Callable, Mapping, Sequence

from typing_extensions import override

from gan_core.contract.backend import NativeNetwork, NativeOptimizer
from gan_core.contract.update_rules import updated_weight
from gan_core.objectives.adversarial import AdversarialGenerator
from gan_core.objectives.base import Plans, labelled
from gan_core.objectives.context import UpdateContext, discriminate_both, pack
from gan_core.objectives.draws import Draw, RealLabels, RealSamples
from gan_core.objectives.losses import adversarial_loss
from gan_core.operations.ops import Array, Ops, Scalar
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
        ops, native = context.ops, context.optimizers[self.opponent]
        real, labels = pack(ops, context.draws["real"], self.pack), (context.draws.get("real_label"), label)

        def opponent_loss(weights: Mapping[str, Array]) -> Array:
            logits = discriminate_both(context, self.discriminator, real, fake, labels, weights)
            return adversarial_loss(self.loss).discriminator(ops, *logits)

        settings = [
            {name: context.draws[f"unroll.{ahead}.{name}"] for name in native.optimizer.settings(0)}
            for ahead in range(self.unroll)
        ]
        return simulated_updates(ops, context.networks[self.discriminator], native, opponent_loss, settings)


def simulated_updates(
    ops: Ops,
    network: NativeNetwork,
    state: NativeOptimizer,
    loss_of: Callable[[Mapping[str, Array]], Array],
    settings: Sequence[Mapping[str, Scalar]],
) -> Mapping[str, Array]:
    """Return a network's weights, in native layout, after updates that are only simulated, and differentiable.

    state: the optimizer of the network alone, from whose state they start. loss_of: weights → the loss that they
    follow. settings: of each update, see `Optimizer.settings`. For `Ops` that record it is one operation.
    """
    recorded = getattr(ops, "simulated_updates", None)
    if recorded is not None:
        return recorded(network, state, loss_of, len(settings))  # type: ignore[no-any-return]
    weights, optimizer = network.weights(), state.optimizer
    slots = [{slot: kept[index] for slot, kept in state.slots.items()} for index in range(len(weights))]
    for numbers in settings:
        gradients = ops.averaged(ops.gradients(loss_of(weights), list(weights.values()), differentiable=True))
        clipped = clip_gradients(ops, optimizer, gradients)
        after = {}
        for index, ((name, weight), gradient) in enumerate(zip(weights.items(), clipped, strict=True)):
            after[name], slots[index] = updated_weight(
                optimizer, ops, network, name, weight, gradient, slots[index], numbers
            )
        weights = after
    return weights
