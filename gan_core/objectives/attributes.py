"""StarGAN: one generator that gives a picture other attributes, or makes it one of another class."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import Plans, check_known
from gan_core.objectives.context import Outcome, UpdateContext
from gan_core.objectives.cycle import distance
from gan_core.objectives.draws import Draw, DrawSource, FieldValues, RealLabels, RealSamples
from gan_core.objectives.judgements import score
from gan_core.objectives.losses import adversarial_loss
from gan_core.objectives.one_loss import OneLoss
from gan_core.objectives.penalties import Penalty
from gan_core.operations.log_sums import class_entropy
from gan_core.operations.ops import Array, Ops
from gan_core.plans.plans import Plan
from gan_core.specs.networks import Input
from gan_core.specs.spec import NonNegativeFloat, PlainName


@dataclass(frozen=True)
class ShuffledLabels(RealLabels):
    """The labels [N] of the batch of `RealSamples`, in another order: what its samples are to become."""

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        labels = super().drawn(source)
        return labels[source.generator.permutation(len(labels))]


@dataclass(frozen=True, kw_only=True)
class ShuffledField(FieldValues):
    """A field's values [N, *each] of the batch of `RealSamples`, in another order: what its samples are to have.

    They are no part of one batch with the samples, so that no phase may take them for the field itself.
    """

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        values = super().drawn(source)
        return values[source.generator.permutation(len(values))]


class _Star(OneLoss, frozen=True, kw_only=True):
    """Base of both sides.

    generator: reads a picture (kind "data") and what it is to become: a label, or a field of attributes, 1 or 0 each.
    discriminator: its first output judges, [units]; `head` tells class or attributes, [units] logits.
    """

    generator: str = "generator"
    discriminator: str = "discriminator"
    head: PlainName = "classes"
    loss: str = "wasserstein"
    class_weight: NonNegativeFloat = 1.0

    @override
    def judging(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def heads(self, plans: Plans) -> dict[str, tuple[str, ...]]:
        return {self.discriminator: (plans[self.discriminator].output, self.head)}

    @override
    def check_plans(self, plans: Plans) -> None:
        check_known(plans, (self.generator, self.discriminator))
        generator, judge = plans[self.generator], plans[self.discriminator]
        picture, wished = inputs_of(generator)
        seen = [spec.shape for spec in judge.inputs.values()]
        if generator.inputs[picture].shape != generator.output_shape or seen != [generator.output_shape]:
            raise SpecError(
                f"networks '{self.generator}' and '{self.discriminator}': expected both to read pictures of the shape "
                f"that '{self.generator}' makes, {list(generator.output_shape)}"
            )
        spec = generator.inputs[wished]
        units = (spec.classes,) if spec.kind == "label" else spec.shape
        if judge.outputs.get(self.head) != units:
            told = "no such output" if self.head not in judge.outputs else f"the shape {list(judge.outputs[self.head])}"
            raise SpecError(
                f"network '{self.discriminator}': its output '{self.head}' is to tell {units[0]} classes or "
                f"attributes, but it has {told}; name a layer so and list it in the network's outputs"
            )
        if len(judge.output_shape) != 1:
            raise SpecError(f"network '{self.discriminator}': put a Flatten at the end of its first output")

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        spec = plans[self.generator].inputs[inputs_of(plans[self.generator])[1]]
        if spec.kind == "label":
            return {"real": RealSamples(), "own": RealLabels(), "wished": ShuffledLabels()}
        own, wished = (kind(field=spec.field, each=spec.shape) for kind in (FieldValues, ShuffledField))
        return {"real": RealSamples(), "own": own, "wished": wished}

    def changed(self, context: UpdateContext, pictures: Array, wished: Array) -> Array:
        """Return what the generator makes of pictures [N, …], and of what they are to become, [N] or [N, A]."""
        picture, name = inputs_of(context.plan(self.generator))
        return context.run(self.generator, {picture: pictures, name: wished})

    def judged(self, context: UpdateContext, pictures: Array) -> tuple[Array, Array]:
        """Return how the discriminator judges pictures, [N, units], and what it takes them for, [N, classes]."""
        plan = context.plan(self.discriminator)
        heads = context.run_heads(self.discriminator, {next(iter(plan.inputs)): pictures})
        return heads[plan.output], heads[self.head]

    def told(self, context: UpdateContext, logits: Array, truth: Array) -> Array:
        """Return the mean over samples of how far logits are from classes [N] or attributes [N, A], a scalar."""
        spec = context.plan(self.generator).inputs[inputs_of(context.plan(self.generator))[1]]
        if spec.kind == "label":
            return class_entropy(context.ops, logits, truth)
        return attribute_entropy(context.ops, logits, truth)


class StarDiscriminator(_Star, frozen=True, kw_only=True):
    """Choi et al. 2018 (arXiv:1711.09020, eq. 5): the game with penalties, and class_weight · (what real ones are)."""

    left_out_if_default: ClassVar[tuple[str, ...]] = ()

    penalties: tuple[Penalty, ...] = ()

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws = super().draws(plans)
        for penalty in self.penalties:
            draws |= penalty.draws()
        return draws

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, real = context.ops, context.draws["real"]
        fake = ops.detached(lambda: self.changed(context, real, context.draws["wished"]))
        judged, told = self.judged(context, real)
        judged_fake, _ = self.judged(context, fake)
        total = adversarial_loss(self.loss).discriminator(ops, judged, judged_fake)
        classes = self.told(context, told, context.draws["own"])
        total, scalars = total + classes * self.class_weight, {"classes": classes}
        for penalty in self.penalties:
            value = penalty.evaluate(ops, lambda x: self.judged(context, x)[0], real, fake, dict(context.draws))
            total, scalars["penalty"] = total + value * penalty.weight, value
        scores = {"real_score": score(ops, judged), "fake_score": score(ops, judged_fake)}
        return Outcome(loss=total, scalars={"loss": total, **scalars, **scores})


class StarGenerator(_Star, frozen=True, kw_only=True):
    """Choi et al. 2018 (arXiv:1711.09020, eq. 6): the game, class_weight · (what they are to be), and the way back.

    reconstruction_weight: of the mean absolute error between a picture and what becomes of it there and back.
    """

    reconstruction_weight: NonNegativeFloat = 10.0

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.generator,)

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, real, wished = context.ops, context.draws["real"], context.draws["wished"]
        fake = self.changed(context, real, wished)
        judged, told = self.judged(context, fake)
        game = adversarial_loss(self.loss).generator(ops, None, judged)  # type: ignore[arg-type]  # None is never read
        classes = self.told(context, told, wished)
        again = distance(ops, self.changed(context, fake, context.draws["own"]), real)
        total = game + classes * self.class_weight + again * self.reconstruction_weight
        scalars = {"loss": total, "game": game, "classes": classes, "reconstruction": again}
        return Outcome(loss=total, scalars=scalars)


def inputs_of(plan: Plan) -> tuple[str, str]:
    """Return the names of a generator's two inputs: picture and wish. Raises `SpecError` for others."""
    pictures = [name for name, spec in plan.inputs.items() if spec.kind == "data" and not spec.field]
    wished = [name for name, spec in plan.inputs.items() if _is_wish(spec)]
    if len(plan.inputs) != 2 or not pictures or not wished:
        raise SpecError(
            f"network '{plan.name}': expected two inputs, a picture and a label or a field of attributes [A], got "
            + ", ".join(plan.inputs)
        )
    return pictures[0], wished[0]


def attribute_entropy(ops: Ops, logits: Array, attributes: Array) -> Array:
    """Return the mean over samples of Σ (softplus(logit) − attribute · logit), a scalar; both [N, A].

    It is the cross-entropy of each attribute, 1 or 0, summed over them, as in StarGAN's code.
    """
    return ops.sum(ops.softplus(logits) - attributes * logits, (0, 1)) * (1 / logits.shape[0])


def _is_wish(spec: Input) -> bool:
    return spec.kind == "label" or bool(spec.field and len(spec.shape) == 1)
