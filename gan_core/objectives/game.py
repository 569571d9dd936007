"""A game of one generator and one discriminator: what each side needs, and what phases of a step have in common."""

from dataclasses import replace
from typing import ClassVar, Literal

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import Objective, Plans, check_ends_flat, check_known, check_reads, labelled
from gan_core.objectives.context import Generated, UpdateContext, make, pack
from gan_core.objectives.draws import (
    Draw,
    LabelsTaken,
    RealLabels,
    RealSamples,
    field_draws,
    generator_draws,
    latent_draws,
)
from gan_core.operations.ops import Array
from gan_core.plans.plans import Plan
from gan_core.specs.spec import PositiveInt, Variant

SHARED_SAMPLES = "{}'s samples"
LABELS_TAKEN = "taken_label"


class Game(Variant, Objective, frozen=True, kw_only=True):
    """Base of the objectives of one generator and one discriminator.

    generator, discriminator: the names of the two networks.
    pack: the number of samples that are judged together, side by side in the channels (PacGAN, Lin et al. 2018,
        arXiv:1712.04086).
    shares_samples: whether the two players' phases of a step have their generated samples in common: the first of the
        phases makes them, and the other takes them in place of fresh ones. Where the generator moves first, the
        discriminator judges what it made before it moved.
    """

    generator: str = "generator"
    discriminator: str = "discriminator"
    pack: PositiveInt = 1
    shares_samples: bool = False

    @override
    def check_plans(self, plans: Plans) -> None:
        check_game(plans, self.generator, self.discriminator, self.pack)

    @override
    def check_batch(self, batch_size: int) -> None:
        if batch_size % self.pack:
            raise SpecError(f"pack {self.pack} does not divide the batch size {batch_size}; choose a multiple of it")

    @override
    def shares(self) -> tuple[str, ...]:
        return (self.shared_name,) if self.shares_samples else ()

    @override
    def spared_draws(self, plans: Plans) -> tuple[str, ...]:
        fields = field_draws(plans[self.generator])
        return (LABELS_TAKEN, *(name for name in generator_draws(plans[self.generator]) if name not in fields))

    @property
    def shared_name(self) -> str:
        """The name in `UpdateContext.shared` of the samples."""
        return SHARED_SAMPLES.format(self.generator)

    def generated(self, context: UpdateContext, label: Array | None, *, constant: bool) -> Generated:
        """Return what the generator makes, or made in an earlier phase of the step that shares its samples.

        label: the labels [N] to make fresh samples of in place of drawn ones. constant: whether this phase does not
        differentiate through them; another that shares them may.
        """
        if not self.shares_samples:
            return make(context, self.generator, label, constant=constant)
        if self.shared_name not in context.shared:
            context.shared[self.shared_name] = make(context, self.generator, label, constant=False)
        made: Generated = context.shared[self.shared_name]
        return replace(made, heads=context.ops.detached(lambda: dict(made.heads))) if constant else made


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
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws: dict[str, Draw] = {"real": RealSamples()} | field_draws(plans[self.discriminator])
        if labelled(plans[self.generator]) or labelled(plans[self.discriminator]):
            draws["real_label"] = RealLabels()
        drawn = generator_draws if self.fake_classes == "random" else latent_draws
        return draws | drawn(plans[self.generator])

    def samples(self, context: UpdateContext) -> tuple[Array, Array, tuple[Array | None, Array | None]]:
        """Return real samples and generated ones, [N / pack, …] both, and the labels [N] of each, or None."""
        made = self.made(context)
        real, fake = (pack(context.ops, array, self.pack) for array in (context.draws["real"], made.samples))
        return real, fake, (context.draws.get("real_label"), made.label)

    def made(self, context: UpdateContext) -> Generated:
        """Return what the generator makes, as constants."""
        label = None if self.fake_classes == "random" else context.draws.get("real_label")
        return self.generated(context, label, constant=True)


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
    def draws(self, plans: Plans) -> dict[str, Draw]:
        fields = field_draws(plans[self.discriminator])
        if self.fake_classes == "real":
            return fields | latent_draws(plans[self.generator]) | {LABELS_TAKEN: LabelsTaken()}
        return fields | generator_draws(plans[self.generator])

    def samples(self, context: UpdateContext) -> tuple[Array, Array | None]:
        """Return generated samples [N / pack, …], and their labels [N] or None."""
        made = self.made(context)
        return pack(context.ops, made.samples, self.pack), made.label

    def made(self, context: UpdateContext) -> Generated:
        """Return what the generator makes, to differentiate through."""
        return self.generated(context, context.draws.get(LABELS_TAKEN), constant=False)


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
    if size > 1 and any(spec.field for name in (generator, discriminator) for spec in plans[name].inputs.values()):
        raise SpecError(f"pack={size}: samples with fields of the data cannot be packed")
    if labelled(plans[discriminator]) and size > 1:
        raise SpecError(f"network '{discriminator}' reads labels; samples with labels cannot be packed")
    if labelled(plans[discriminator]) and not labelled(plans[generator]):
        raise SpecError(f"network '{discriminator}' reads labels but '{generator}' does not")
