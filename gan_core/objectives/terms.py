"""Terms: what an adversarial objective adds to its loss beside the game, over heads, labels, codes and samples.

A term may stand in the discriminator's objective, in the generator's, or in both; each says what it is there. It reads
what it needs through `Seen`, which works out real samples' outputs only for those terms that ask for them.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from gan_core.errors import SpecError, nearest
from gan_core.objectives.base import ClassHead
from gan_core.objectives.context import Generated, UpdateContext, judged_inputs
from gan_core.objectives.draws import Draw
from gan_core.operations.ops import Array, Ops
from gan_core.plans.layer_plans import Shape
from gan_core.plans.plans import Plan
from gan_core.specs.spec import Family, variant_name

Side = Literal["discriminator", "generator"]


@dataclass(kw_only=True)
class Seen:
    """What a term sees of an update.

    context: of the update. side: whose loss the term is part of. generator, discriminator: the names of the networks.
    made: what the generator made; constants on the discriminator's side. fake_heads: the discriminator's outputs for
    that, by name.
    known_real_heads: those for the real batch where the objective has worked them out, else None.
    """

    context: UpdateContext
    side: Side
    generator: str
    discriminator: str
    made: Generated
    fake_heads: Mapping[str, Array]
    known_real_heads: Mapping[str, Array] | None = field(default=None)

    @property
    def ops(self) -> Ops:
        """The operations of the framework."""
        return self.context.ops

    @property
    def real(self) -> Array:
        """The batch of real samples, [N, *shape]."""
        return self.context.draws["real"]

    @property
    def real_label(self) -> Array:
        """Their labels, [N]."""
        return self.context.draws["real_label"]

    @cached_property
    def real_heads(self) -> Mapping[str, Array]:
        """The discriminator's outputs for the real batch, by name."""
        if self.known_real_heads is not None:
            return self.known_real_heads
        inputs = judged_inputs(self.context, self.discriminator, self.real, self.context.draws.get("real_label"))
        return self.context.run_heads(self.discriminator, inputs)


class Term(Family):
    """Base of the terms.

    weight: the factor of the term in the loss.
    """

    __slots__ = ()
    weight: float

    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        """Raise `SpecError` where the networks lack what it reads."""

    def check_networks(self, plans: Mapping[str, Plan]) -> None:
        """Raise `SpecError` where other networks than the game's, which it names, are missing or of another kind."""

    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        """Return the draws that it needs beside those of the game: see `Objective.draws`."""
        return {}

    def reader(self, discriminator: str) -> str:
        """Return the network that reads samples for it, in the discriminator's place wherever that is named.

        discriminator: the game's, which most terms ask.
        """
        return discriminator

    def heads(self) -> tuple[str, ...]:
        """Return the discriminator's outputs that it reads."""
        return ()

    def class_heads(self, generator: Plan, reader: str) -> tuple[ClassHead, ...]:
        """Return the outputs that choose a class for each sample; reader: the network whose heads it reads."""
        return ()

    def makes(self) -> tuple[str, ...]:
        """Return the generator's outputs that it reads."""
        return ()

    @abstractmethod
    def evaluate(self, seen: Seen) -> Array:
        """Return the term before its weight, a scalar."""
        raise NotImplementedError


def weighted(terms: Sequence[Term], seen: Seen) -> tuple[list[Array], dict[str, Array]]:
    """Return what terms add to a loss, and their values before their weights, by the words of their types."""
    added: list[Array] = []
    scalars: dict[str, Array] = {}
    for term in terms:
        value = term.evaluate(seen_by(term, seen))
        word = variant_name(type(term).__name__)
        scalars[word if word not in scalars else f"{word}_{len(scalars) + 1}"] = value
        added.append(value * term.weight)
    return added, scalars


def seen_by(term: Term, seen: Seen) -> Seen:
    """Return what a term sees: where another network reads for it, that one's outputs for generated samples."""
    reader = term.reader(seen.discriminator)
    if reader == seen.discriminator:
        return seen
    inputs = judged_inputs(seen.context, reader, seen.made.samples, seen.made.label)
    heads = seen.context.run_heads(reader, inputs)
    return replace(seen, discriminator=reader, fake_heads=heads, known_real_heads=None)


def known_head(term: Term, discriminator: Plan, head: str) -> Shape:
    """Return the shape of an output of the discriminator; raise `SpecError` where there is none."""
    if head not in discriminator.outputs:
        raise SpecError(
            f"{variant_name(type(term).__name__)}: the network '{discriminator.name}' has no output '{head}'"
            f"{nearest(head, discriminator.outputs)}; name a layer so and list it in the network's outputs"
        )
    return discriminator.outputs[head]


def flat_head(term: Term, discriminator: Plan, head: str) -> Shape:
    """Return the shape [units] of an output of the discriminator; raise `SpecError` for any other."""
    shape = known_head(term, discriminator, head)
    if len(shape) != 1:
        raise SpecError(
            f"{variant_name(type(term).__name__)}: the head '{head}' of '{discriminator.name}' has the shape "
            f"{list(shape)}; expected [units]: put a Flatten at its end"
        )
    return shape


def only_discriminators(term: Term, side: Side) -> None:
    """Raise `SpecError` for a term of the discriminator's loss that stands in the generator's."""
    if side == "generator":
        raise SpecError(
            f"{variant_name(type(term).__name__)}: moves the discriminator alone; put it into its objective's terms"
        )


def only_generators(term: Term, side: Side) -> None:
    """Raise `SpecError` for a term of the generator's loss that stands in the discriminator's."""
    if side == "discriminator":
        raise SpecError(
            f"{variant_name(type(term).__name__)}: moves the generator alone; put it into the terms of its objective"
        )
