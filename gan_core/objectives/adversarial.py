"""The two sides of an adversarial loss."""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add
from typing import ClassVar, Literal

import numpy as np
from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.adaptive import AdaptiveAugmentation
from gan_core.objectives.base import ClassHead, Objective, Plans, check_known, check_reads, labelled
from gan_core.objectives.context import (
    Outcome,
    UpdateContext,
    discriminate,
    judge_both,
    judged_inputs,
    pack,
)
from gan_core.objectives.draws import Draw, RealLabels, RealSamples
from gan_core.objectives.game import DiscriminatorGame, Game, GeneratorGame
from gan_core.objectives.judgements import probability, score
from gan_core.objectives.losses import AdversarialLoss, adversarial_loss
from gan_core.objectives.penalties import Penalty
from gan_core.objectives.terms import Seen, Side, Term, weighted
from gan_core.operations.ops import Array, Ops
from gan_core.specs.spec import NonNegativeFloat, variant_name


class _WithTerms(Objective):
    """What both sides of the game say alike; their fields stand in them, each in its place in files."""

    __slots__ = ()
    generator: str
    discriminator: str
    loss: str
    terms: tuple[Term, ...]
    loss_weight: float

    def check(self) -> None:
        """Raise `SpecError` for an unknown loss, or nothing to minimise."""
        adversarial_loss(self.loss)
        if self.loss_weight == 0 and not self.terms and not getattr(self, "penalties", ()):
            raise SpecError("loss_weight: is 0, and there are no terms, so that there is nothing to minimise")

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: adversarial_loss(self.loss).outputs} if self.loss_weight else {}

    @override
    def heads(self, plans: Plans) -> dict[str, tuple[str, ...]]:
        read: dict[str, tuple[str, ...]] = {
            name: (plans[name].output,) for name in (self.discriminator, self.generator)
        }
        for term in self.terms:
            judged, made = (term.reader(self.discriminator), term.heads()), (self.generator, term.makes())
            for network, names in (judged, made):
                read[network] = (*read.get(network, ()), *names)
        return read

    @override
    def class_heads(self, plans: Plans) -> tuple[ClassHead, ...]:
        generator, discriminator = plans[self.generator], self.discriminator
        return tuple(head for term in self.terms for head in term.class_heads(generator, term.reader(discriminator)))


class AdversarialDiscriminator(_WithTerms, DiscriminatorGame, frozen=True, kw_only=True):
    """The discriminator's side of a loss in `LOSSES`, plus penalties, plus terms.

    loss_weight: the factor of the game's loss, before penalties and terms are added; 0 leaves the game out.
    of: the samples by whose judgement it moves. "real", "fake": the outputs for the other kind are constants, so that
        two phases are what loops do that update once on real samples and once on generated ones (Keras's
        `train_on_batch`); the loss that is logged is the whole one.
    adaptive_augmentation: how the chance of the discriminator's augmentations moves, where it does.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = (
        *("fake_classes", "terms", "loss_weight", "of", "adaptive_augmentation"),
    )

    loss: str = "non_saturating"
    penalties: tuple[Penalty, ...] = ()
    terms: tuple[Term, ...] = ()
    loss_weight: NonNegativeFloat = 1.0
    of: Literal["both", "real", "fake"] = "both"
    adaptive_augmentation: AdaptiveAugmentation | None = None

    @override
    def check_plans(self, plans: Plans) -> None:
        super().check_plans(plans)
        _check_terms(self, self.terms, "discriminator", plans)
        if self.adaptive_augmentation is not None:
            self.adaptive_augmentation.check_plan(plans[self.discriminator])

    @override
    def variables(self, plans: Plans) -> dict[str, np.ndarray]:
        return self.adaptive_augmentation.variables() if self.adaptive_augmentation is not None else {}

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws = super().draws(plans)
        for penalty in self.penalties:
            draws |= penalty.draws()
        for term in self.terms:
            draws |= term.draws("discriminator", plans[self.generator], plans[term.reader(self.discriminator)])
        return draws

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, made, real_label = context.ops, self.made(context), context.draws.get("real_label")
        real, fake = (pack(ops, array, self.pack) for array in (context.draws["real"], made.samples))
        real_heads: Mapping[str, Array] = {}
        fake_heads: Mapping[str, Array] = {}
        if self.loss_weight or self.terms or self.adaptive_augmentation is not None:  # a penalty asks by itself
            real_heads, fake_heads = self.judged(context, real, fake, (real_label, made.label))
        first = context.plan(self.discriminator).output
        loss = adversarial_loss(self.loss)
        parts = _weighted_game(self.loss_weight, lambda: loss.discriminator(ops, real_heads[first], fake_heads[first]))
        scalars = {}
        for penalty in self.penalties:
            value = penalty.evaluate(
                ops, lambda x: discriminate(context, self.discriminator, x, real_label), real, fake, dict(context.draws)
            )
            scalars[variant_name(type(penalty).__name__)] = value
            parts.append(value * penalty.weight)
        if self.terms:
            seen = Seen(
                context=context,
                side="discriminator",
                generator=self.generator,
                discriminator=self.discriminator,
                made=made,
                fake_heads=fake_heads,
                known_real_heads=real_heads,
            )
            added, values = weighted(self.terms, seen)
            parts, scalars = parts + added, scalars | values
        judged = judgement(ops, loss, real=real_heads[first], fake=fake_heads[first]) if self.loss_weight else {}
        total = reduce(add, parts)
        outcome = Outcome(loss=total, scalars={"loss": total, **judged, **scalars})
        if self.adaptive_augmentation is None:
            return outcome
        return self.adaptive_augmentation.added(outcome, context, self.discriminator, real_heads[first])

    def judged(
        self, context: UpdateContext, real: Array, fake: Array, labels: tuple[Array | None, Array | None]
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return the outputs [N, …] for real and for generated samples, by name; constants for a kind not in `of`.

        real, fake: samples [N / pack, …]. labels: the labels [N] of both, or None.
        """
        real_heads, fake_heads = judge_both(context, self.discriminator, real, fake, labels)
        if self.of == "real":
            fake_heads = context.ops.detached(lambda: fake_heads)
        elif self.of == "fake":
            real_heads = context.ops.detached(lambda: real_heads)
        return real_heads, fake_heads

    @override
    def undecided_loss(self) -> float | None:
        alone = self.of == "both" and self.loss_weight == 1 and not self.penalties and not self.terms
        return adversarial_loss(self.loss).undecided_of("discriminator") if alone else None


class AdversarialGenerator(_WithTerms, GeneratorGame, frozen=True, kw_only=True):
    """The generator's side of a loss in `LOSSES`, plus terms.

    loss_weight: the factor of the game's loss, before terms are added; 0 leaves the game out.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("fake_classes", "terms", "loss_weight")

    loss: str = "non_saturating"
    terms: tuple[Term, ...] = ()
    loss_weight: NonNegativeFloat = 1.0

    @override
    def check_plans(self, plans: Plans) -> None:
        super().check_plans(plans)
        _check_terms(self, self.terms, "generator", plans)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws = super().draws(plans)
        if adversarial_loss(self.loss).generator_needs_real and self.loss_weight:
            draws["real"] = RealSamples()
            if labelled(plans[self.discriminator]):
                draws["real_label"] = RealLabels()
        for term in self.terms:
            draws |= term.draws("generator", plans[self.generator], plans[term.reader(self.discriminator)])
        return draws

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, made = context.ops, self.made(context)
        fake = pack(ops, made.samples, self.pack)
        weights, loss = self.opponent_weights(context, fake, made.label), adversarial_loss(self.loss)
        fake_heads: Mapping[str, Array] = {}
        if self.loss_weight or any(term.heads() for term in self.terms):
            inputs = judged_inputs(context, self.discriminator, fake, made.label)
            fake_heads = context.run_heads(self.discriminator, inputs, weights)
        first = context.plan(self.discriminator).output
        parts = _weighted_game(
            self.loss_weight,
            lambda: loss.generator(ops, self.real_logits(context, loss, weights), fake_heads[first]),
        )
        scalars: dict[str, Array] = {}
        if self.terms:
            seen = Seen(
                context=context,
                side="generator",
                generator=self.generator,
                discriminator=self.discriminator,
                made=made,
                fake_heads=fake_heads,
            )
            added, scalars = weighted(self.terms, seen)
            parts += added
        judged = judgement(ops, loss, fake=fake_heads[first]) if self.loss_weight else {}
        total = reduce(add, parts)
        return Outcome(loss=total, scalars={"loss": total, **judged, **scalars})

    @override
    def undecided_loss(self) -> float | None:
        alone = self.loss_weight == 1 and not self.terms
        return adversarial_loss(self.loss).undecided_of("generator") if alone else None

    def real_logits(self, context: UpdateContext, loss: AdversarialLoss, weights: Mapping[str, Array] | None) -> Array:
        """Return the logits of the real batch for a loss that reads them, else None, which such a loss never reads."""
        if not loss.generator_needs_real:
            return None  # type: ignore[return-value]
        real = pack(context.ops, context.draws["real"], self.pack)
        return discriminate(context, self.discriminator, real, context.draws.get("real_label"), weights)

    def opponent_weights(self, context: UpdateContext, fake: Array, label: Array | None) -> Mapping[str, Array] | None:
        """Return the weights with which the discriminator judges, in native layout, or None for the present ones.

        fake: the generated samples [N / pack, …]. label: their labels [N], or None.
        """
        return None


def _check_terms(game: Game, terms: tuple[Term, ...], side: Side, plans: Plans) -> None:
    if terms and game.pack > 1:
        raise SpecError(
            f"pack={game.pack}: the heads of packed samples stand for no single one; leave out pack or the terms"
        )
    for term in terms:
        reader = term.reader(game.discriminator)
        if reader != game.discriminator:
            check_known(plans, (reader,))
            check_reads(plans, reader, plans[game.generator].output_shape, game.generator)
        term.check_plans(side, plans[game.generator], plans[reader])
        term.check_networks(plans)


def _weighted_game(weight: float, loss: Callable[[], Array]) -> list[Array]:
    """The game's part of a loss, in a list: nothing for a weight of 0."""
    if weight == 0:
        return []
    return [loss() if weight == 1 else loss() * weight]


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
