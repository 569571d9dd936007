"""Cross-entropy against chosen targets: noisy, flipped or smoothed on one side.

The fields call the targets labels, as the papers do; they have nothing to do with the classes of conditional networks.
"""

from math import log

from typing_extensions import override

from gan_core.objectives.base import Plans
from gan_core.objectives.context import Outcome, UpdateContext, discriminate, discriminate_both
from gan_core.objectives.draws import Draw
from gan_core.objectives.game import DiscriminatorGame, GeneratorGame
from gan_core.objectives.judgements import probability
from gan_core.objectives.number_draws import Flips, UniformNumbers
from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole_batch import own_rows
from gan_core.specs.spec import NonNegativeFloat, Share

HALF = 0.5  # a generator that aims above it wants samples to be called real, else the sigmoid stands for "generated"


class LabelledDiscriminator(DiscriminatorGame, frozen=True, kw_only=True):
    """Cross-entropy of logits against a target for real samples and one for generated samples.

    real_label, fake_label: the targets; .9 and 0 are one-sided label smoothing (Salimans et al. 2016,
        arXiv:1606.03498, section 3.4).
    noise: the width of the noise U(0, noise) that is added to each target.
    flip: the share of targets that are exchanged before the noise is added, in 0 … 1.
    joined: whether real and generated samples are one batch, with one mean over both; otherwise the two means add up.
    """

    real_label: float = 1.0
    fake_label: float = 0.0
    noise: NonNegativeFloat = 0.0
    flip: Share = 0.0
    joined: bool = False

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: "logits"}

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws = super().draws(plans)
        if self.noise:
            draws |= dict.fromkeys(("real_noise", "fake_noise"), UniformNumbers(whole_batch=True))
        if self.flip:
            flips = Flips(share=self.flip, whole_batch=True)
            draws |= {"real_flips": flips, "fake_flips": flips}
        return draws

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops = context.ops
        real, fake, labels = self.samples(context)
        logits = discriminate_both(context, self.discriminator, real, fake, labels, joined=self.joined)
        real_targets = self.targets(context, "real", self.real_label, self.fake_label, logits[0])
        fake_targets = self.targets(context, "fake", self.fake_label, self.real_label, logits[1])
        total = cross_entropy(ops, logits[0], real_targets) + cross_entropy(ops, logits[1], fake_targets)
        total = total * 0.5 if self.joined else total
        of_real = self.real_label > self.fake_label
        judged = {
            "real_probability": probability(ops, logits[0], of_real=of_real),
            "fake_probability": probability(ops, logits[1], of_real=of_real),
        }
        return Outcome(loss=total, scalars={"loss": total, **judged})

    @override
    def undecided_loss(self) -> float | None:
        return log(2) if self.joined else 2 * log(2)

    def targets(
        self, context: UpdateContext, kind: str, usual: float, exchanged: float, logits: Array
    ) -> Array | float:
        """Return the targets of one kind of sample, [N, 1], or one number for all.

        kind: "real" or "fake". usual: the target of this kind. exchanged: that of a flipped one. logits: [N, 1].
        """
        ops, count = context.ops, logits.shape[0]
        targets: Array | float = usual
        if self.flip:
            flips = ops.reshape(own_rows(ops, context.draws[f"{kind}_flips"], count), (count, 1))
            targets = usual + flips * (exchanged - usual)
        if self.noise:
            noise = ops.reshape(own_rows(ops, context.draws[f"{kind}_noise"], count), (count, 1))
            targets = targets + noise * self.noise
        return targets


class LabelledGenerator(GeneratorGame, frozen=True, kw_only=True):
    """Cross-entropy of the logits of generated samples against the target that the generator aims at.

    label: the target.
    """

    label: float = 1.0

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: "logits"}

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        fake, label = self.samples(context)
        logits = discriminate(context, self.discriminator, fake, label)
        total = cross_entropy(context.ops, logits, self.label)
        judged = {"fake_probability": probability(context.ops, logits, of_real=self.label > HALF)}
        return Outcome(loss=total, scalars={"loss": total, **judged})

    @override
    def undecided_loss(self) -> float | None:
        return log(2)


def cross_entropy(ops: Ops, logits: Array, targets: Array | float) -> Array:
    """Return the mean of −t log σ(l) − (1 − t) log(1 − σ(l)) = log(1 + eˡ) − t l; targets may lie outside [0, 1]."""
    return ops.mean(ops.softplus(logits) - logits * targets)
