"""Draws: the arrays that an update needs from outside, each of which knows its shape and where its numbers come from.

An objective lists them (`Objective.draws`); before each update they are drawn on the host, for a cost they are counted
by their shapes. A new kind is a subclass of `Draw`; nothing else has to know of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
from typing_extensions import override

from gan_core import randomness
from gan_core.data.dataset import Batches
from gan_core.errors import SpecError
from gan_core.operations.workers import Workers
from gan_core.plans.layer_plans import Shape
from gan_core.plans.plans import Plan
from gan_core.specs.networks import Input

Domain = Literal["first", "second"]  # of the data: the samples, or the second domain of unpaired ones


@dataclass(frozen=True, kw_only=True)
class DrawSource:
    """What one draw draws from, at one update of one phase.

    batch_size: the number of samples N of this update: the batch size, or fewer for a last batch that is kept.
    updates: how often the phase's player, the first of several, has moved before.
    batches: the batches of each domain of the data.
    batch_number: the batch of real samples that this update takes, counted from 0; of one that takes none, the next.
    open_stream: opens the random numbers of this draw at this update.
    """

    batch_size: int
    updates: int
    batches: Mapping[Domain, Batches]
    batch_number: int
    open_stream: Callable[[], np.random.Generator]

    @cached_property
    def generator(self) -> np.random.Generator:
        """The random numbers of this draw at this update, which no other draw or update shares."""
        return self.open_stream()


class Draw(ABC):
    """Base of the draws.

    takes_a_batch: whether it is part of a batch of real data. An update with such a draw uses up one batch.
    domain: the domain of the data whose samples it holds, or None for anything else.
    field: the name of the data's field that it holds, or "" for anything else.
    whole_numbers: whether it holds classes, as integers.
    whole_batch: whether every worker gets the rows of all workers, in place of its own.
    """

    takes_a_batch: ClassVar[bool] = False
    whole_numbers: ClassVar[bool] = False
    domain: ClassVar[Domain | None] = None
    field: str = ""
    whole_batch: bool = False

    @abstractmethod
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        """Return the shape of the array. domains: the shape of one sample of each domain of the data."""

    @abstractmethod
    def drawn(self, source: DrawSource) -> np.ndarray:
        """Return the array, of that shape: floats, or integers for labels. It depends on `source` and nothing else."""

    def drawn_for(self, source: DrawSource, workers: Workers) -> np.ndarray:
        """Return this worker's rows of the array, or all of them with `whole_batch`.

        Raises `SpecError` for an array that has no row a sample, of which it cannot be known.
        """
        if not workers.several:
            return self.drawn(source)
        if type(self) in READ_BY_ROWS:
            batches = {domain: one.of_worker(workers) for domain, one in source.batches.items()}
            return self.drawn(replace(source, batches=batches))
        drawn = self.drawn(source)
        if self.whole_batch:
            return drawn
        if np.ndim(drawn) == 0 or len(drawn) != source.batch_size:
            raise SpecError(
                f"a draw of the kind '{type(self).__name__}' is {list(np.shape(drawn))} for a batch of "
                f"{source.batch_size}; several workers share rows: set whole_batch to give it to each as it is"
            )
        return workers.own(drawn)


@dataclass(frozen=True)
class RealSamples(Draw):
    """A batch of real samples, [N, *shape]."""

    takes_a_batch: ClassVar[bool] = True
    domain: ClassVar[Domain | None] = "first"

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size, *domains["first"])

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return source.batches["first"].samples(source.batch_number)


@dataclass(frozen=True)
class RealLabels(Draw):
    """The labels [N] of the batch of `RealSamples`."""

    takes_a_batch: ClassVar[bool] = True
    whole_numbers: ClassVar[bool] = True

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size,)

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return source.batches["first"].labels(source.batch_number)


@dataclass(frozen=True)
class LabelsTaken(Draw):
    """The labels [N] of the batch of real samples that was taken last, for an update that takes none itself."""

    whole_numbers: ClassVar[bool] = True

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size,)

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return source.batches["first"].labels(max(0, source.batch_number - 1))


@dataclass(frozen=True, kw_only=True)
class FieldValues(Draw):
    """The values of a field that goes along with each real sample, of the batch of `RealSamples`, [N, *each].

    field: its name. each: the shape of one sample's.
    """

    takes_a_batch: ClassVar[bool] = True

    field: str
    each: Shape

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size, *self.each)

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return source.batches["first"].field(self.field, source.batch_number)


@dataclass(frozen=True)
class SecondLabels(Draw):
    """The labels [N] of the batch of `SecondDomain`."""

    takes_a_batch: ClassVar[bool] = True
    whole_numbers: ClassVar[bool] = True
    domain: ClassVar[Domain | None] = "second"

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size,)

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return source.batches["second"].labels(source.batch_number)


@dataclass(frozen=True)
class SecondDomain(Draw):
    """A batch of real samples of the data's second domain, [N, *shape]."""

    takes_a_batch: ClassVar[bool] = True
    domain: ClassVar[Domain | None] = "second"

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size, *domains["second"])

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return source.batches["second"].samples(source.batch_number)


# Draws that are what the data hold, row by row: a worker need not read the others' rows. A subclass may do more.
READ_BY_ROWS = (RealSamples, RealLabels, LabelsTaken, FieldValues, SecondLabels, SecondDomain)


@dataclass(frozen=True, kw_only=True)
class Latent(Draw):
    """Latents [N, *shape] of a network's input. input: the input, with its shape and its distribution."""

    input: Input
    whole_batch: bool = False

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size, *self.input.shape)

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return randomness.latents(source.generator, self.input, source.batch_size)


@dataclass(frozen=True, kw_only=True)
class Label(Draw):
    """Integer labels [N], uniform over 0 … classes − 1."""

    whole_numbers: ClassVar[bool] = True

    classes: int
    whole_batch: bool = False

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size,)

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return randomness.labels(source.generator, self.classes, source.batch_size)


@dataclass(frozen=True, kw_only=True)
class Made(Draw):
    """What a function makes of random numbers.

    make: (generator, batch size N, updates of the player before) → an array, always of the same shape.
    """

    make: Callable[[np.random.Generator, int, int], np.ndarray]

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return self.make(np.random.default_rng(0), batch_size, 0).shape

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return self.make(source.generator, source.batch_size, source.updates)


def generator_draws(plan: Plan) -> dict[str, Draw]:
    """Return the draws for one call of a generator, by network and input: ``generator.z``, ``generator.label``.

    Fields of the data that it reads come under names of their own, see `field_draws`.
    """
    own = {f"{plan.name}.{name}": _draw_of(spec) for name, spec in plan.inputs.items() if not spec.field}
    return own | field_draws(plan)


def latent_draws(plan: Plan) -> dict[str, Draw]:
    """Return `generator_draws` without those of its labels, for labels that are known already."""
    labels = {f"{plan.name}.{name}" for name, spec in plan.inputs.items() if spec.kind == "label"}
    return {name: draw for name, draw in generator_draws(plan).items() if name not in labels}


def field_draws(plan: Plan) -> dict[str, Draw]:
    """Return the draws of the data's fields that a network reads: ``field.source`` for the field "source".

    The networks of an update that read a field read the same values of it.
    """
    fields = {spec.field: spec.shape for spec in plan.inputs.values() if spec.field}
    return {field_draw(name): FieldValues(field=name, each=shape) for name, shape in fields.items()}


def field_draw(name: str) -> str:
    """Return the name in `UpdateContext.draws` of a field's values."""
    return f"field.{name}"


def _draw_of(spec: Input) -> Draw:
    return Label(classes=spec.classes or 1) if spec.kind == "label" else Latent(input=spec)
