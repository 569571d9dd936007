"""The two sides of an adversarial loss."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import Objective, Plans, check_ends_flat, check_known, check_reads, labelled
from gan_core.objectives.context import (
    Outcome,
    UpdateContext,
    discriminate,
    discriminate_both,
    generate,
    pack,
)
from gan_core.objectives.draws import Draw, LabelsTaken, RealLabels, RealSamples, generator_draws, latent_draws
from gan_core.objectives.judgements import probability, score
from gan_core.objectives.losses import AdversarialLoss, adversarial_loss
from gan_core.objectives.penalties import Penalty
from gan_core.operations.ops import Array, Ops
from gan_core.plans.plans import Plan
from gan_core.specs.spec import PositiveInt, Variant, variant_name

SHARED_SAMPLES = "{}'s samples"
LABELS_TAKEN = "taken_label"


class Game(Variant, Objective, frozen=True, kw_only=True):
    """Base of the objectives of one generator and one discriminator.

    generator, discriminator: the names of the two networks.
    pack: the number of samples that are judged together, side by side in the channels (PacGAN, Lin et al. 2018,
        arXiv:1712.04086).
    shares_samples: whether the samples of the discriminator's phase serve the generator's phase of the same step too,
        in place of fresh ones.
    """

    generator: str = "generator"
    discriminator: str = "discriminator"
    pack: PositiveInt = 1
    shares_samples: bool = False

    @override
    def check_plans(self, plans: Plans) -> None:
        check_game(plans, self.generator, self.discriminator, self.pack)
        if self.shares_samples and labelled(plans[self.generator]):
            raise SpecError(f"shares_samples: the generator '{self.generator}' reads labels; draw fresh samples")

    @override
    def check_batch(self, batch_size: int) -> None:
        if batch_size % self.pack:
            raise SpecError(f"pack {self.pack} does not divide the batch size {batch_size}; choose a multiple of it")

    @property
    def shared_name(self) -> str:
        """The name in `UpdateContext.shared` of the samples."""
        return SHARED_SAMPLES.format(self.generator)


class DiscriminatorGame(Game, frozen=True, kw_only=True):
    """Base of the discriminator's side: real samples against generated ones, which are constants here.

    fake_classes: the labels of which a conditional generator makes its samples. "real": those of the real batch, so
        that real and generated samples can be mixed label by label. "random": drawn evenly; a penalty then tells the
        discriminator the real batch's labels, of which half of each mixture was not made.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("fake_classes",)

    fake_classes: Literal["real", "random"] = "real"

    @override
    def check_plans(self, plans: Plans) -> None:
        super().check_plans(plans)
        refuse_idle_labels(self.fake_classes == "random", plans[self.generator])

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def leaves(self) -> tuple[str, ...]:
        return (self.shared_name,) if self.shares_samples else ()

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws: dict[str, Draw] = {"real": RealSamples()}
        if labelled(plans[self.generator]) or labelled(plans[self.discriminator]):
            draws["real_label"] = RealLabels()
        drawn = generator_draws if self.fake_classes == "random" else latent_draws
        return draws | drawn(plans[self.generator])

    def samples(self, context: UpdateContext) -> tuple[Array, Array, tuple[Array | None, Array | None]]:
        """Return real samples and generated ones, [N / pack, …] both, and the labels [N] of each, or None."""
        ops, real_label = context.ops, context.draws.get("real_label")
        fake_label = drawn_labels(context, self.generator) if self.fake_classes == "random" else real_label
        if self.shares_samples:
            shared = context.shared[self.shared_name] = generate(context, self.generator, None)[0]
            fake = ops.detached(lambda: shared)
        else:
            fake = ops.detached(lambda: generate(context, self.generator, fake_label)[0])
        return pack(ops, context.draws["real"], self.pack), pack(ops, fake, self.pack), (real_label, fake_label)


class GeneratorGame(Game, frozen=True, kw_only=True):
    """Base of the generator's side, on samples from fresh latents.

    fake_classes: the labels of which a conditional generator makes them. "random": drawn evenly. "real": those of the
        batch of real samples that was taken last, as a loop has it that uses a batch's labels for both players.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("fake_classes",)

    fake_classes: Literal["random", "real"] = "random"

    @override
    def check_plans(self, plans: Plans) -> None:
        super().check_plans(plans)
        refuse_idle_labels(self.fake_classes == "real", plans[self.generator])

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.generator,)

    @override
    def takes(self) -> tuple[str, ...]:
        return (self.shared_name,) if self.shares_samples else ()

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        if self.shares_samples:
            return {}
        if self.fake_classes == "real":
            return latent_draws(plans[self.generator]) | {LABELS_TAKEN: LabelsTaken()}
        return generator_draws(plans[self.generator])

    def samples(self, context: UpdateContext) -> tuple[Array, Array | None]:
        """Return generated samples [N / pack, …], and their labels [N] or None."""
        if self.shares_samples:
            fake, label = context.shared[self.shared_name], None
        else:
            fake, label = generate(context, self.generator, context.draws.get(LABELS_TAKEN))
        return pack(context.ops, fake, self.pack), label


class AdversarialDiscriminator(DiscriminatorGame, frozen=True, kw_only=True):
    """The discriminator's side of a loss in `LOSSES`, plus penalties."""

    loss: str = "non_saturating"
    penalties: tuple[Penalty, ...] = ()

    def check(self) -> None:
        """Raise `SpecError` for an unknown loss."""
        adversarial_loss(self.loss)

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: adversarial_loss(self.loss).outputs}

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws = super().draws(plans)
        for penalty in self.penalties:
            draws |= penalty.draws()
        return draws

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops = context.ops
        real, fake, labels = self.samples(context)
        real_logits, fake_logits = discriminate_both(context, self.discriminator, real, fake, labels)
        total = adversarial_loss(self.loss).discriminator(ops, real_logits, fake_logits)
        scalars = {}
        for penalty in self.penalties:
            value = penalty.evaluate(
                ops, lambda x: discriminate(context, self.discriminator, x, labels[0]), real, fake, dict(context.draws)
            )
            scalars[variant_name(type(penalty).__name__)] = value
            total = total + value * penalty.weight
        judged = judgement(ops, adversarial_loss(self.loss), real=real_logits, fake=fake_logits)
        return Outcome(loss=total, scalars={"loss": total, **judged, **scalars})

    @override
    def undecided_loss(self) -> float | None:
        known = adversarial_loss(self.loss).undecided
        return known[0] if known and not self.penalties else None


class AdversarialGenerator(GeneratorGame, frozen=True, kw_only=True):
    """The generator's side of a loss in `LOSSES`."""

    loss: str = "non_saturating"

    def check(self) -> None:
        """Raise `SpecError` for an unknown loss."""
        adversarial_loss(self.loss)

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: adversarial_loss(self.loss).outputs}

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws = super().draws(plans)
        if adversarial_loss(self.loss).generator_needs_real:
            draws["real"] = RealSamples()
            if labelled(plans[self.discriminator]):
                draws["real_label"] = RealLabels()
        return draws

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        loss = adversarial_loss(self.loss)
        fake, label = self.samples(context)
        weights = self.opponent_weights(context, fake, label)
        fake_logits = discriminate(context, self.discriminator, fake, label, weights)
        real_logits = None
        if loss.generator_needs_real:
            real = pack(context.ops, context.draws["real"], self.pack)
            real_logits = discriminate(context, self.discriminator, real, context.draws.get("real_label"), weights)
        total = loss.generator(context.ops, real_logits, fake_logits)  # type: ignore[arg-type]  # None is never read
        return Outcome(loss=total, scalars={"loss": total, **judgement(context.ops, loss, fake=fake_logits)})

    @override
    def undecided_loss(self) -> float | None:
        known = adversarial_loss(self.loss).undecided
        return known[1] if known else None

    def opponent_weights(self, context: UpdateContext, fake: Array, label: Array | None) -> Mapping[str, Array] | None:
        """Return the weights with which the discriminator judges, in native layout, or None for the present ones.

        fake: the generated samples [N / pack, …]. label: their labels [N], or None.
        """
        return None


def judgement(ops: Ops, loss: AdversarialLoss, **outputs: Array) -> dict[str, Array]:
    """Return how the discriminator judges samples on average, to log: probabilities where the loss has them, or scores.

    Nothing for a loss that sees differences of logits alone: there a logit by itself says nothing, and its mean, which
    the loss holds too, would have a compiler order the sums of the loss anew.

    outputs: kind of samples, "real" or "fake" → the discriminator's outputs for them, [N, 1].
    """
    if loss.probability:
        return {f"{kind}_probability": probability(ops, logits) for kind, logits in outputs.items()}
    if loss.outputs == "logits":
        return {}
    return {f"{kind}_score": score(ops, scores) for kind, scores in outputs.items()}


def drawn_labels(context: UpdateContext, generator: str) -> Array:
    """Return the labels [N] that were drawn for a generator that reads labels."""
    name = next(name for name, spec in context.plan(generator).inputs.items() if spec.kind == "label")
    return context.draws[f"{generator}.{name}"]


def refuse_idle_labels(is_set: bool, generator: Plan) -> None:
    """Raise `SpecError` where labels are asked for and the generator reads none."""
    if is_set and not labelled(generator):
        raise SpecError(f"fake_classes: the generator '{generator.name}' reads no labels; leave it out")


def check_game(plans: Plans, generator: str, discriminator: str, size: int) -> None:
    """Raise `SpecError` unless both networks exist and the discriminator reads what the generator makes.

    size: the number of samples that the discriminator reads side by side in the channels.
    """
    check_known(plans, (generator, discriminator))
    channels, *rest = plans[generator].output_shape
    maker = generator if size == 1 else f"{generator}, in packs of {size},"
    check_reads(plans, discriminator, (size * channels, *rest), maker)
    check_ends_flat(plans, discriminator)
    if labelled(plans[discriminator]) and size > 1:
        raise SpecError(f"network '{discriminator}' reads labels; samples with labels cannot be packed")
    if labelled(plans[discriminator]) and not labelled(plans[generator]):
        raise SpecError(f"network '{discriminator}' reads labels but '{generator}' does not")
