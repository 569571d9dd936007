"""A network as data: named inputs and a list of layers, each reading the one before it or those it names."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import msgspec

from gan_core.errors import SpecError
from gan_core.specs import (  # noqa: F401  (their layers join the family by name)
    blocks,
    reducing_layers,
    style_blocks,
    style_layers,
    table_layers,
)
from gan_core.specs.layers import Layer
from gan_core.specs.spec import PlainName, PositiveInt, Spec


class Input(Spec, frozen=True, kw_only=True):
    """One named input of a network.

    kind: "latent" is drawn for each call, "data" is what the data set holds (or a generator makes),
        "label" is an integer class, one a sample.
    shape: without the batch; (100,) for a latent, (1, 28, 28) for an image, () for a label.
    distribution: of a latent: N(0, 1), U(−1, 1), or "one_hot": one of shape[0] categories, all equally likely, as a 1
        among zeros (along the first axis, everywhere else alike): a condition, or the code of an InfoGAN; or "gumbel",
        −log(−log u) with u of U(0, 1): the noise of a `table_output`.
    classes: of a label: 0 … classes − 1.
    field: of data: the field that goes along with each sample, such as the "source" of a pair; "" is the sample itself.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("field",)

    kind: Literal["latent", "data", "label"]
    shape: tuple[PositiveInt, ...] = ()
    distribution: Literal["normal", "uniform", "one_hot", "gumbel"] = "normal"
    classes: PositiveInt | None = None
    field: str = ""

    def check(self) -> None:
        """Labels are scalars with a number of classes; the others have a shape."""
        if self.kind == "label" and (self.shape or self.classes is None):
            raise SpecError("input: a label has the shape [] and needs 'classes'")
        if self.kind != "label" and not self.shape:
            raise SpecError(f"input: a {self.kind} input needs a shape")
        if self.field and self.kind != "data":
            raise SpecError(f"input: a {self.kind} input reads no field of the data; leave 'field' out")
        if self.categories == 1:
            raise SpecError("input: a one_hot latent of one category is always 1; expected shape[0] of 2 or more")

    @property
    def categories(self) -> int | None:
        """How many a label or a one-hot latent chooses from, or None for what is neither."""
        if self.kind == "label":
            return self.classes
        return self.shape[0] if self.kind == "latent" and self.distribution == "one_hot" else None


def condition_of(inputs: Mapping[str, Input]) -> str | None:
    """Return the input by which a network is told what to make: its labels, else its one-hot latent, or None."""
    known = {name: given for name, given in inputs.items() if given.categories}
    return next((name for name, given in known.items() if given.kind == "label"), next(iter(known), None))


class Network(Spec, frozen=True, kw_only=True):
    """Inputs by name and layers in order; the last layer's output is the network's.

    outputs: the names of the layers whose outputs the network gives, for a network of several heads; the first is the
        one that is meant where one output is. Without them, the last layer's.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("outputs",)

    inputs: dict[PlainName, Input]
    layers: Annotated[tuple[Layer, ...], msgspec.Meta(max_length=10_000)]
    outputs: tuple[str, ...] = ()

    def check(self) -> None:
        """At least one input and one layer; the first input is the one a first layer without `inputs` reads."""
        if len(set(self.outputs)) < len(self.outputs):
            raise SpecError(f"network.outputs: expected different layers, got {', '.join(self.outputs)}")
        if not self.inputs:
            raise SpecError("network.inputs: expected at least one input")
        if not self.layers:
            raise SpecError("network.layers: expected at least one layer")

    def input_of_kind(self, kind: str) -> str | None:
        """The name of the first input of a kind, or None."""
        return next((name for name, given in self.inputs.items() if given.kind == kind), None)
