"""Cross-entropy against chosen labels: noisy, flipped or smoothed on one side."""

from typing_extensions import override

from gan_core.objectives.adversarial import DiscriminatorGame, GeneratorGame
from gan_core.objectives.base import Plans
from gan_core.objectives.context import Draw, Outcome, UpdateContext, discriminate, discriminate_both
from gan_core.operations.ops import Array, Ops
from gan_core.specs.spec import NonNegativeFloat, Share


class LabelledDiscriminator(DiscriminatorGame, frozen=True, kw_only=True):
    """Cross-entropy of logits against a label for real samples and one for generated samples.

    real_label, fake_label: .9 and 0 are one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, 3.4).
    noise: U(0, noise) is added to each label. flip: the share of labels that are exchanged before that.
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
        wanted = super().draws(plans)
        if self.noise:
            wanted |= {"real_noise": Draw(kind="uniform"), "fake_noise": Draw(kind="uniform")}
        if self.flip:
            flips = Draw(
                kind="made", make=lambda generator, count, _: (generator.random(count) < self.flip).astype(float)
            )
            wanted |= {"real_flips": flips, "fake_flips": flips}
        return wanted

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops = context.ops
        real, fake, label = self.samples(context)
        logits = discriminate_both(context, self.discriminator, real, fake, (label, label), joined=self.joined)
        real_labels = self.labels(context, "real", self.real_label, self.fake_label, logits[0])
        fake_labels = self.labels(context, "fake", self.fake_label, self.real_label, logits[1])
        total = cross_entropy(ops, logits[0], real_labels) + cross_entropy(ops, logits[1], fake_labels)
        total = total * 0.5 if self.joined else total
        return Outcome(loss=total, scalars={"loss": total})

    def labels(self, context: UpdateContext, kind: str, own: float, other: float, logits: Array) -> Array | float:
        """Return the labels of one kind of sample, [N, 1] or one for all."""
        ops = context.ops
        labels: Array | float = own
        shape = (logits.shape[0], 1)
        if self.flip:
            labels = own + ops.reshape(context.draws[f"{kind}_flips"][: shape[0]], shape) * (other - own)
        if self.noise:
            labels = labels + ops.reshape(context.draws[f"{kind}_noise"][: shape[0]], shape) * self.noise
        return labels


class LabelledGenerator(GeneratorGame, frozen=True, kw_only=True):
    """Cross-entropy of the logits of generated samples against the label that the generator wants them to get."""

    label: float = 1.0

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: "logits"}

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        fake, label = self.samples(context)
        total = cross_entropy(context.ops, discriminate(context, self.discriminator, fake, label), self.label)
        return Outcome(loss=total, scalars={"loss": total})


def cross_entropy(ops: Ops, logits: Array, labels: Array | float) -> Array:
    """Return the mean of −t log σ(l) − (1 − t) log(1 − σ(l)) = log(1 + eˡ) − t l; labels may lie outside [0, 1]."""
    return ops.mean(ops.softplus(logits) - logits * labels)
