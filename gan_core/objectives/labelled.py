"""Cross-entropy against chosen labels: noisy, flipped or smoothed on one side."""

from gan_core.backend import Array, Ops
from gan_core.objectives.adversarial import DiscriminatorGame, GeneratorGame
from gan_core.objectives.base import Plans
from gan_core.scene import Draw, Outcome, Scene, judge, judge_both
from gan_core.spec import NonNegativeFloat, Share


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

    def outputs(self) -> dict[str, str]:
        """See `Objective.outputs`."""
        return {self.discriminator: "logits"}

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        wanted = super().draws(plans)
        if self.noise:
            wanted |= {"real_noise": Draw(kind="uniform"), "fake_noise": Draw(kind="uniform")}
        if self.flip:
            flips = Draw(
                kind="made", make=lambda generator, count, _: (generator.random(count) < self.flip).astype(float)
            )
            wanted |= {"real_flips": flips, "fake_flips": flips}
        return wanted

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        ops = scene.ops
        real, fake, label = self.samples(scene)
        logits = judge_both(scene, self.discriminator, real, fake, (label, label), joined=self.joined)
        real_labels = self.labels(scene, "real", self.real_label, self.fake_label, logits[0])
        fake_labels = self.labels(scene, "fake", self.fake_label, self.real_label, logits[1])
        total = cross_entropy(ops, logits[0], real_labels) + cross_entropy(ops, logits[1], fake_labels)
        total = total * 0.5 if self.joined else total
        return Outcome(loss=total, scalars={"loss": total})

    def labels(self, scene: Scene, kind: str, own: float, other: float, logits: Array) -> Array | float:
        """Return the labels of one kind of sample, [N, 1] or one for all."""
        ops, labels = scene.ops, own
        shape = (logits.shape[0], 1)
        if self.flip:
            labels = own + ops.reshape(scene.draws[f"{kind}_flips"][: shape[0]], shape) * (other - own)
        if self.noise:
            labels = labels + ops.reshape(scene.draws[f"{kind}_noise"][: shape[0]], shape) * self.noise
        return labels


class LabelledGenerator(GeneratorGame, frozen=True, kw_only=True):
    """Cross-entropy of the logits of generated samples against the label that the generator wants them to get."""

    label: float = 1.0

    def outputs(self) -> dict[str, str]:
        """See `Objective.outputs`."""
        return {self.discriminator: "logits"}

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        fake, label = self.samples(scene)
        total = cross_entropy(scene.ops, judge(scene, self.discriminator, fake, label), self.label)
        return Outcome(loss=total, scalars={"loss": total})


def cross_entropy(ops: Ops, logits: Array, labels: Array | float) -> Array:
    """Return the mean of −t log σ(l) − (1 − t) log(1 − σ(l)) = log(1 + eˡ) − t l; labels may lie outside [0, 1]."""
    return ops.mean(ops.softplus(logits) - logits * labels)
