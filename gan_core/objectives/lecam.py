"""A discriminator held near its own past judgements, for few data (LeCam)."""

import numpy as np
from typing_extensions import override

from gan_core.objectives.adversarial import judgement
from gan_core.objectives.base import Plans
from gan_core.objectives.context import Outcome, UpdateContext, discriminate_both
from gan_core.objectives.game import DiscriminatorGame
from gan_core.objectives.losses import adversarial_loss
from gan_core.operations.ops import Array
from gan_core.operations.whole_batch import batch_mean
from gan_core.specs.spec import NonNegativeFloat, Share


class LeCamDiscriminator(DiscriminatorGame, frozen=True, kw_only=True):
    """Tseng et al. 2021 (arXiv:2104.03310): a loss in `LOSSES`, plus weight · (E (D(x) − α_F)² + E (D(G(z)) − α_R)²).

    α_R and α_F are moving averages of the mean outputs for real and for generated samples, constants in each update and
    moved after it: α ← decay α + (1 − decay) · mean. They start at 0, where the authors' code waits some steps instead.

    loss: of the game. weight: the paper's λ. decay: of the averages.
    """

    loss: str = "hinge"
    weight: NonNegativeFloat = 0.3
    decay: Share = 0.99

    def check(self) -> None:
        """Raise `SpecError` for an unknown loss."""
        adversarial_loss(self.loss)

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: adversarial_loss(self.loss).outputs}

    @override
    def variables(self, plans: Plans) -> dict[str, np.ndarray]:
        return {"real_average": np.zeros(()), "fake_average": np.zeros(())}

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, loss, before = context.ops, adversarial_loss(self.loss), context.variables
        samples = self.samples(context)
        real, fake = discriminate_both(context, self.discriminator, *samples)
        far = square_from(context, real, before["fake_average"]) + square_from(context, fake, before["real_average"])
        total = loss.discriminator(ops, real, fake) + far * self.weight

        def moved() -> dict[str, Array]:
            means = {"real_average": batch_mean(ops, real), "fake_average": batch_mean(ops, fake)}
            return {name: before[name] * self.decay + mean * (1 - self.decay) for name, mean in means.items()}

        judged = judgement(ops, loss, real=real, fake=fake)
        return Outcome(loss=total, scalars={"loss": total, "lecam": far, **judged}, variables=ops.detached(moved))


def square_from(context: UpdateContext, outputs: Array, level: Array) -> Array:
    """Return the mean of (output − level)², a scalar; outputs: [N, 1]."""
    return context.ops.mean((outputs - level) * (outputs - level))
