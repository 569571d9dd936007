"""CTGAN: a game over rows of a mixed table, in packs, told one category of one column (Xu et al. 2019)."""

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import Annotated, ClassVar

import msgspec
from typing_extensions import override

from gan_core.data.columns import CONDITION
from gan_core.errors import SpecError
from gan_core.objectives.base import Plans, check_ends_flat, check_known, check_reads
from gan_core.objectives.conditions import Conditions, MatchingRows
from gan_core.objectives.context import Outcome, UpdateContext, discriminate, pack
from gan_core.objectives.draws import Draw, Latent
from gan_core.objectives.judgements import score
from gan_core.objectives.losses import adversarial_loss
from gan_core.objectives.one_loss import OneLoss
from gan_core.objectives.penalties import Penalty
from gan_core.operations.log_sums import log_sum_exp_of_rows
from gan_core.operations.ops import Array, Ops
from gan_core.plans.plans import Plan
from gan_core.specs.spec import NonNegativeFloat, PlainName, PositiveInt, variant_name


class _TableGame(OneLoss, frozen=True, kw_only=True):
    """Base of both sides.

    categories: how many categories each column of categories has; the rows end in them, one-hot, in this order.
    generator: reads latents and the data's field `condition`, [categories of all columns]; its first output are rows.
    discriminator: reads rows with their conditions behind them, `pack` samples side by side.
    """

    is_base: ClassVar[bool] = True

    categories: Annotated[tuple[Annotated[int, msgspec.Meta(ge=2)], ...], msgspec.Meta(min_length=1)]
    generator: str = "generator"
    discriminator: str = "discriminator"
    pack: PositiveInt = 10
    loss: str = "wasserstein"

    @override
    def judging(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def check_batch(self, batch_size: int) -> None:
        if batch_size % self.pack:
            raise SpecError(f"pack {self.pack} does not divide the batch size {batch_size}; choose a multiple of it")

    @override
    def check_plans(self, plans: Plans) -> None:
        check_known(plans, (self.generator, self.discriminator))
        told = sum(self.categories)
        _check_generator(plans[self.generator], told)
        (width,) = plans[self.generator].output_shape
        maker = f"{self.generator}, with conditions of {told}, in packs of {self.pack},"
        check_reads(plans, self.discriminator, (self.pack * (width + told),), maker)
        check_ends_flat(plans, self.discriminator)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        inputs = plans[self.generator].inputs
        latents: dict[str, Draw] = {
            f"{self.generator}.{name}": Latent(input=spec) for name, spec in inputs.items() if spec.kind == "latent"
        }
        return {"conditions": Conditions(sizes=self.categories, purpose=self.purpose)} | latents

    @property
    def purpose(self) -> str:
        """What the random numbers of conditions are for: those of each side are its own."""
        return f"{variant_name(type(self).__name__)}/conditions"

    def made(self, context: UpdateContext) -> dict[str, Array]:
        """Return the generator's outputs [N, …] for the drawn conditions, by name."""
        inputs = {
            name: context.draws["conditions" if spec.field else f"{self.generator}.{name}"]
            for name, spec in context.plan(self.generator).inputs.items()
        }
        return context.run_heads(self.generator, inputs)

    def judged(self, context: UpdateContext, made: Mapping[str, Array]) -> Array:
        """Return generated rows as the discriminator reads them, with their conditions, [N / pack, …]."""
        rows = made[context.plan(self.generator).output]
        return pack(context.ops, context.ops.concat([rows, context.draws["conditions"]], 1), self.pack)


class TableDiscriminator(_TableGame, frozen=True, kw_only=True):
    """Xu et al. 2019 (arXiv:1907.00503, section 4): rows of the data against generated ones, in packs, with penalties.

    Each generated row is told a category of one column, drawn by the logarithm of how often it is; the rows of the data
    have it. Both are judged with their conditions behind them.

    categories: how many each column of categories has; the rows end in them, one-hot, in this order. pack: the samples
    that are judged side by side.
    """

    penalties: tuple[Penalty, ...] = ()

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws: dict[str, Draw] = {"real": MatchingRows(sizes=self.categories, purpose=self.purpose)}
        draws |= super().draws(plans)
        for penalty in self.penalties:
            draws |= penalty.draws()
        return draws

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops = context.ops
        real = pack(ops, context.draws["real"], self.pack)
        fake = self.judged(context, ops.detached(lambda: self.made(context)))
        of_real, of_fake = (discriminate(context, self.discriminator, one, None) for one in (real, fake))
        parts, scalars = [adversarial_loss(self.loss).discriminator(ops, of_real, of_fake)], {}
        for penalty in self.penalties:
            value = penalty.evaluate(
                ops, lambda x: discriminate(context, self.discriminator, x, None), real, fake, dict(context.draws)
            )
            scalars[variant_name(type(penalty).__name__)] = value
            parts.append(value * penalty.weight)
        total = reduce(add, parts)
        scores = {"real_score": score(ops, of_real), "fake_score": score(ops, of_fake)}
        return Outcome(loss=total, scalars={"loss": total, **scores, **scalars})


class TableGenerator(_TableGame, frozen=True, kw_only=True):
    """Xu et al. 2019 (arXiv:1907.00503, section 4): the game, and the cross-entropy of the category that was told.

    categories, pack: as of `table_discriminator`. head: the generator's output of logits, whose last values are those
    of the categories. condition_weight: of the cross-entropy.
    """

    head: PlainName = "logits"
    condition_weight: NonNegativeFloat = 1.0

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.generator,)

    @override
    def heads(self, plans: Plans) -> dict[str, tuple[str, ...]]:
        generator, discriminator = plans[self.generator], plans[self.discriminator]
        return {self.generator: (generator.output, self.head), self.discriminator: (discriminator.output,)}

    @override
    def check_plans(self, plans: Plans) -> None:
        super().check_plans(plans)
        generator = plans[self.generator]
        if generator.outputs.get(self.head) != generator.output_shape:
            raise SpecError(
                f"network '{self.generator}': expected an output '{self.head}' of the shape of its rows, "
                f"{list(generator.output_shape)}: name a layer so and list it in the network's outputs"
            )

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, made = context.ops, self.made(context)
        scores = discriminate(context, self.discriminator, self.judged(context, made), None)
        game = adversarial_loss(self.loss).generator(ops, None, scores)  # type: ignore[arg-type]  # None is never read
        told = condition_entropy(ops, made[self.head], context.draws["conditions"], self.categories)
        total = game + told * self.condition_weight
        return Outcome(loss=total, scalars={"loss": total, "fake_score": score(ops, scores), "condition": told})


def condition_entropy(ops: Ops, logits: Array, conditions: Array, sizes: tuple[int, ...]) -> Array:
    """Return the mean over samples of −log softmax(logits)[category] in the column that was drawn for each, a scalar.

    logits: [N, W], the last of which are those of the categories. conditions: [N, C], a 1 in each row. sizes: the
    categories of each column.
    """
    place = logits.shape[1] - sum(sizes)
    told, terms = 0, []
    for size in sizes:
        block, chosen = logits[:, place : place + size], conditions[:, told : told + size]
        own = ops.reshape(ops.sum(chosen, (1,)), (-1, 1))  # 1 where this column was drawn
        terms.append(log_sum_exp_of_rows(ops, block) * own - ops.reshape(ops.sum(block * chosen, (1,)), (-1, 1)))
        place, told = place + size, told + size
    return ops.mean(reduce(add, terms))


def _check_generator(plan: Plan, told: int) -> None:
    """Raise `SpecError` unless a generator reads latents and conditions of `told` categories, and makes rows."""
    others = [spec for spec in plan.inputs.values() if spec.kind != "latent"]
    if [(spec.field, spec.shape) for spec in others] != [(CONDITION, (told,))]:
        raise SpecError(
            f'network \'{plan.name}\': expected latents, and one input of the kind "data" with field = "{CONDITION}" '
            f"and the shape [{told}], as the categories say"
        )
    if len(plan.output_shape) != 1 or plan.output_shape[0] < told:
        raise SpecError(f"network '{plan.name}' makes {list(plan.output_shape)}; expected rows [W] of {told} or more")
