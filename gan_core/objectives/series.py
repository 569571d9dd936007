"""TimeGAN: a game over the hidden steps of series (Yoon et al. 2019, NeurIPS).

An embedder makes of a series [T, F] hidden steps [T, H] and a recovery makes series of those; a supervisor tells each
hidden step from those before it; a generator makes hidden steps of latents; a discriminator judges hidden steps.
"""

import math
from typing import ClassVar

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import Objective, Plans, check_known, check_reads, refuse_labels
from gan_core.objectives.context import Outcome, UpdateContext, generate
from gan_core.objectives.draws import Draw, RealSamples, generator_draws
from gan_core.objectives.judgements import probability
from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole_batch import batch_mean, mean_over_batch
from gan_core.plans.layer_plans import Shape
from gan_core.specs.spec import NonNegativeFloat, PositiveFloat, Variant


class SeriesEmbedding(Variant, Objective, frozen=True, kw_only=True):
    """Yoon et al. 2019, eq. 7 and 9: weight · √(mean square error of what the recovery makes of the embedder's steps).

    supervised_weight: of the supervisor's mean square error, by which the embedder makes steps that can be told.
    """

    embedder: str = "embedder"
    recovery: str = "recovery"
    supervisor: str = "supervisor"
    weight: PositiveFloat = 10.0
    supervised_weight: NonNegativeFloat = 0.0

    @override
    def check_plans(self, plans: Plans) -> None:
        shape = _embedded(plans, self.embedder)
        _check_maker(plans, self.recovery, self.embedder, plans[self.embedder].output_shape, shape)
        if self.supervised_weight:
            _check_supervisor(plans, self.supervisor, self.embedder)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {"real": RealSamples()}

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.embedder, self.recovery)

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, real = context.ops, context.draws["real"]
        (steps,) = _passed(context, self.embedder, real)
        (again,) = _passed(context, self.recovery, steps)
        error = batch_mean(ops, _squares(again - real))
        total, scalars = ops.sqrt(error) * self.weight, {"reconstruction": error}
        if self.supervised_weight:
            scalars["supervised"] = _told_error(ops, steps, *_passed(context, self.supervisor, steps))
            total = total + scalars["supervised"] * self.supervised_weight
        return Outcome(loss=total, scalars={"loss": total} | scalars)


class SeriesSupervision(Variant, Objective, frozen=True, kw_only=True):
    """Yoon et al. 2019, eq. 9: the mean square error of the supervisor, which tells real hidden steps one ahead."""

    embedder: str = "embedder"
    supervisor: str = "supervisor"

    @override
    def check_plans(self, plans: Plans) -> None:
        _embedded(plans, self.embedder)
        _check_supervisor(plans, self.supervisor, self.embedder)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {"real": RealSamples()}

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.supervisor,)

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        (steps,) = _embedded_constant(context, self.embedder)
        error = _told_error(context.ops, steps, *_passed(context, self.supervisor, steps))
        return Outcome(loss=error, scalars={"loss": error})


class _SeriesGame(Variant, Objective, frozen=True, kw_only=True):
    """Base of both sides, whose loss is the cross-entropy of logits, one a series or one a step.

    early_weight: of the hidden steps as the generator makes them, judged before the supervisor has passed them on (the
        authors' gamma).
    """

    is_base: ClassVar[bool] = True

    generator: str = "generator"
    supervisor: str = "supervisor"
    embedder: str = "embedder"
    discriminator: str = "discriminator"
    early_weight: NonNegativeFloat = 1.0

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: "logits"}

    @override
    def check_plans(self, plans: Plans) -> None:
        check_known(plans, (self.generator, self.discriminator))
        refuse_labels(plans, (self.generator, self.discriminator))
        _embedded(plans, self.embedder)
        _check_supervisor(plans, self.supervisor, self.embedder)
        steps = plans[self.embedder].output_shape
        if plans[self.generator].output_shape != steps:
            raise SpecError(
                f"network '{self.generator}' makes {list(plans[self.generator].output_shape)}; expected hidden steps "
                f"{list(steps)}, as '{self.embedder}' makes"
            )
        check_reads(plans, self.discriminator, steps, self.embedder)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {"real": RealSamples()} | generator_draws(plans[self.generator])


class SeriesDiscriminator(_SeriesGame, frozen=True, kw_only=True):
    """Yoon et al. 2019, eq. 8: hidden steps of the data against made ones, before and behind the supervisor."""

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def undecided_loss(self) -> float | None:
        return (2 + self.early_weight) * math.log(2)

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops = context.ops

        def made() -> list[Array]:
            early = generate(context, self.generator, None)[0]
            return [early, *_passed(context, self.supervisor, early)]

        steps = [*_embedded_constant(context, self.embedder), *ops.detached(made)]
        real, early, late = _passed(context, self.discriminator, *steps)
        game = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(late))
        total = game + ops.mean(ops.softplus(early)) * self.early_weight
        judged = {"real_probability": probability(ops, real), "fake_probability": probability(ops, late)}
        return Outcome(loss=total, scalars={"loss": total} | judged)


class SeriesGenerator(_SeriesGame, frozen=True, kw_only=True):
    """Yoon et al. 2019: the game, what the supervisor cannot tell of real hidden steps, and the moments of the series.

    The authors' code adds supervised_weight · √(the supervisor's mean square error), and moment_weight · the mean
    absolute difference of made and real series, at each step of each feature, in mean and in standard deviation.
    """

    recovery: str = "recovery"
    supervised_weight: NonNegativeFloat = 100.0
    moment_weight: NonNegativeFloat = 100.0

    @override
    def check_plans(self, plans: Plans) -> None:
        super().check_plans(plans)
        shape = _embedded(plans, self.embedder)
        _check_maker(plans, self.recovery, self.embedder, plans[self.embedder].output_shape, shape)

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.generator, self.supervisor)

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, real = context.ops, context.draws["real"]
        early, (steps,) = generate(context, self.generator, None)[0], _embedded_constant(context, self.embedder)
        late, told_steps = _passed(context, self.supervisor, early, steps)
        of_early, judged = _passed(context, self.discriminator, early, late)
        game = ops.mean(ops.softplus(-judged)) + ops.mean(ops.softplus(-of_early)) * self.early_weight
        told = _told_error(ops, steps, told_steps)
        apart = moment_distance(ops, real, *_passed(context, self.recovery, late))
        total = game + ops.sqrt(told) * self.supervised_weight + apart * self.moment_weight
        scalars = {"loss": total, "fake_probability": probability(ops, judged), "supervised": told, "moments": apart}
        return Outcome(loss=total, scalars=scalars)


def moment_distance(ops: Ops, real: Array, made: Array) -> Array:
    """Return how far two batches [N, T, F] are apart in mean and deviation: the mean over steps and features, a scalar.

    A deviation is √(variance + 10⁻⁶), as in the authors' code; the variance is that of the whole batch.
    """
    (real_mean, real_deviation), (mean, deviation) = (_moments(ops, batch) for batch in (real, made))
    return ops.mean(ops.abs(deviation - real_deviation)) + ops.mean(ops.abs(mean - real_mean))


def _moments(ops: Ops, batch: Array) -> tuple[Array, Array]:
    """The mean and the deviation of each value over samples, flat, [values]."""
    rows = ops.reshape(batch, (batch.shape[0], -1))
    mean = mean_over_batch(ops, rows)
    centred = rows - ops.reshape(mean, (1, -1))
    return mean, ops.sqrt(mean_over_batch(ops, centred * centred) + 1e-6)


def _told_error(ops: Ops, steps: Array, told: Array) -> Array:
    """The mean square error of what is told of each hidden step by those before it."""
    return batch_mean(ops, _squares(steps[:, 1:] - told[:, :-1]))


def _squares(values: Array) -> Array:
    return values * values


def _passed(context: UpdateContext, network: str, *batches: Array) -> list[Array]:
    """What a network of one input makes of batches, in one call where samples do not see each other.

    The numbers are the same, and a recurrence takes nearly as long for one batch as for several.
    """
    ops, plan, name = context.ops, context.plan(network), next(iter(context.plan(network).inputs))
    if len(batches) == 1 or not plan.batch_independent:
        return [context.run(network, {name: batch}) for batch in batches]
    rest = context.run(network, {name: ops.concat(batches, 0)}, None, len(batches))
    count, parts = batches[0].shape[0], []
    for _ in batches[1:]:
        part, rest = ops.split(rest, count)
        parts.append(part)
    return [*parts, rest]


def _embedded_constant(context: UpdateContext, embedder: str) -> list[Array]:
    """The hidden steps of the batch of real series, as constants, in a list."""
    return context.ops.detached(lambda: _passed(context, embedder, context.draws["real"]))


def _embedded(plans: Plans, embedder: str) -> Shape:
    """The shape [T, F] of the series that an embedder reads. Raises `SpecError` unless it makes T hidden steps."""
    check_known(plans, (embedder,))
    read, steps = [spec.shape for spec in plans[embedder].inputs.values()], plans[embedder].output_shape
    if len(read) != 1 or len(read[0]) != 2 or len(steps) != 2 or steps[0] != read[0][0] or steps[0] < 2:
        raise SpecError(
            f"network '{embedder}' reads {[list(shape) for shape in read]} and makes {list(steps)}; expected one input "
            "[steps, features] of 2 steps or more, and as many steps of its own"
        )
    return read[0]


def _check_supervisor(plans: Plans, supervisor: str, embedder: str) -> None:
    steps = plans[embedder].output_shape
    _check_maker(plans, supervisor, embedder, steps, steps)


def _check_maker(plans: Plans, network: str, before: str, reads: Shape, makes: Shape) -> None:
    """Raise `SpecError` unless a network reads what the one before it makes, and makes a shape of that."""
    check_known(plans, (network,))
    check_reads(plans, network, reads, before)
    if plans[network].output_shape != makes:
        raise SpecError(f"network '{network}' makes {list(plans[network].output_shape)}; expected {list(makes)}")
