"""The two sides of an adversarial loss."""

from collections.abc import Mapping

from gan_core.backend import Array
from gan_core.errors import SpecError
from gan_core.losses import adversarial_loss
from gan_core.objectives.base import Objective, Plans, check_ends_flat, check_known, check_reads, labelled
from gan_core.penalties import Penalty
from gan_core.scene import Draw, Outcome, Scene, generate, generator_draws, judge, judge_both, pack
from gan_core.spec import PositiveInt, Variant, variant_name

SHARED_SAMPLES = "{}'s samples"


class Game(Variant, Objective, frozen=True, kw_only=True):
    """Base of the objectives of one generator and one discriminator.

    pack: so many samples are judged together, side by side in the channels (PacGAN, Lin et al. 2018,
        arXiv:1712.04086).
    shares_samples: the samples that the discriminator's phase draws serve the generator's phase of the same step too,
        in place of fresh ones.
    """

    generator: str = "generator"
    discriminator: str = "discriminator"
    pack: PositiveInt = 1
    shares_samples: bool = False

    def check_plans(self, plans: Plans) -> None:
        """See `Objective.check_plans`."""
        check_game(plans, self.generator, self.discriminator, self.pack)
        if self.shares_samples and labelled(plans[self.generator]):
            raise SpecError(f"shares_samples: the generator '{self.generator}' reads labels; draw fresh samples")

    def check_batch(self, batch_size: int) -> None:
        """See `Objective.check_batch`."""
        if batch_size % self.pack:
            raise SpecError(f"pack {self.pack} does not divide the batch size {batch_size}; choose a multiple of it")

    @property
    def shared_name(self) -> str:
        """Under which name the samples are shared."""
        return SHARED_SAMPLES.format(self.generator)


class DiscriminatorGame(Game, frozen=True, kw_only=True):
    """Base of the discriminator's side: real samples against generated ones, which are constants here.

    A conditional generator is given the labels of the real batch, so that real and generated samples can be mixed
    label by label.
    """

    def trains(self) -> tuple[str, ...]:
        """See `Objective.trains`."""
        return (self.discriminator,)

    def leaves(self) -> tuple[str, ...]:
        """See `Objective.leaves`."""
        return (self.shared_name,) if self.shares_samples else ()

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        wanted = {"real": Draw(kind="real")}
        if labelled(plans[self.generator]) or labelled(plans[self.discriminator]):
            wanted["real_label"] = Draw(kind="real_label")
        for name, draw in generator_draws(plans[self.generator]).items():
            if draw.kind != "label":
                wanted[name] = draw
        return wanted

    def samples(self, scene: Scene) -> tuple[Array, Array, Array | None]:
        """Return real samples and generated ones, both packed, and the labels of both."""
        ops, label = scene.ops, scene.draws.get("real_label")
        if self.shares_samples:
            made = scene.shared[self.shared_name] = generate(scene, self.generator, None)[0]
            fake = ops.detached(lambda: made)
        else:
            fake = ops.detached(lambda: generate(scene, self.generator, label)[0])
        return pack(ops, scene.draws["real"], self.pack), pack(ops, fake, self.pack), label


class GeneratorGame(Game, frozen=True, kw_only=True):
    """Base of the generator's side, on samples from fresh latents (and labels, drawn evenly)."""

    def trains(self) -> tuple[str, ...]:
        """See `Objective.trains`."""
        return (self.generator,)

    def takes(self) -> tuple[str, ...]:
        """See `Objective.takes`."""
        return (self.shared_name,) if self.shares_samples else ()

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        return {} if self.shares_samples else generator_draws(plans[self.generator])

    def samples(self, scene: Scene) -> tuple[Array, Array | None]:
        """Return generated samples, packed, and their labels."""
        if self.shares_samples:
            fake, label = scene.shared[self.shared_name], None
        else:
            fake, label = generate(scene, self.generator, None)
        return pack(scene.ops, fake, self.pack), label


class AdversarialDiscriminator(DiscriminatorGame, frozen=True, kw_only=True):
    """The discriminator's side of a loss in `LOSSES`, plus penalties."""

    loss: str = "non_saturating"
    penalties: tuple[Penalty, ...] = ()

    def check(self) -> None:
        """The loss exists."""
        adversarial_loss(self.loss)

    def outputs(self) -> dict[str, str]:
        """See `Objective.outputs`."""
        return {self.discriminator: adversarial_loss(self.loss).outputs}

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        wanted = super().draws(plans)
        for penalty in self.penalties:
            wanted |= penalty.draws()
        return wanted

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        ops = scene.ops
        real, fake, label = self.samples(scene)
        real_logits, fake_logits = judge_both(scene, self.discriminator, real, fake, (label, label))
        total = adversarial_loss(self.loss).discriminator(ops, real_logits, fake_logits)
        scalars = {}
        for penalty in self.penalties:
            value = penalty.evaluate(
                ops, lambda x: judge(scene, self.discriminator, x, label), real, fake, dict(scene.draws)
            )
            scalars[variant_name(type(penalty).__name__)] = value
            total = total + value * penalty.weight
        return Outcome(loss=total, scalars={"loss": total, **scalars})


class AdversarialGenerator(GeneratorGame, frozen=True, kw_only=True):
    """The generator's side of a loss in `LOSSES`."""

    loss: str = "non_saturating"

    def check(self) -> None:
        """The loss exists."""
        adversarial_loss(self.loss)

    def outputs(self) -> dict[str, str]:
        """See `Objective.outputs`."""
        return {self.discriminator: adversarial_loss(self.loss).outputs}

    def draws(self, plans: Plans) -> dict[str, Draw]:
        """See `Objective.draws`."""
        wanted = super().draws(plans)
        if adversarial_loss(self.loss).generator_needs_real:
            wanted["real"] = Draw(kind="real")
            if labelled(plans[self.discriminator]):
                wanted["real_label"] = Draw(kind="real_label")
        return wanted

    def evaluate(self, scene: Scene) -> Outcome:
        """See `Objective.evaluate`."""
        loss = adversarial_loss(self.loss)
        fake, label = self.samples(scene)
        weights = self.opponent_weights(scene, fake, label)
        fake_logits = judge(scene, self.discriminator, fake, label, weights)
        real_logits = None
        if loss.generator_needs_real:
            real = pack(scene.ops, scene.draws["real"], self.pack)
            real_logits = judge(scene, self.discriminator, real, scene.draws.get("real_label"), weights)
        total = loss.generator(scene.ops, real_logits, fake_logits)
        return Outcome(loss=total, scalars={"loss": total})

    def opponent_weights(self, scene: Scene, fake: Array, label: Array | None) -> Mapping[str, Array] | None:
        """Return the weights of the discriminator that judges, or None for its own.

        fake: generated samples, packed. label: theirs.
        """
        return None


def check_game(plans: Plans, generator: str, discriminator: str, size: int) -> None:
    """Raise `SpecError` unless both networks exist and the discriminator can judge what the generator makes."""
    check_known(plans, (generator, discriminator))
    channels, *rest = plans[generator].output_shape
    maker = generator if size == 1 else f"{generator}, in packs of {size},"
    check_reads(plans, discriminator, (size * channels, *rest), maker)
    check_ends_flat(plans, discriminator)
    if labelled(plans[discriminator]) and size > 1:
        raise SpecError(f"network '{discriminator}' reads labels; samples with labels cannot be packed")
    if labelled(plans[discriminator]) and not labelled(plans[generator]):
        raise SpecError(f"network '{discriminator}' reads labels but '{generator}' does not")
