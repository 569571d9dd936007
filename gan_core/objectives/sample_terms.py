"""Terms over samples: features that are to be real ones' on average, and values that are to be near a target's."""

from typing import Literal

from typing_extensions import override

from gan_core.errors import SpecError, nearest
from gan_core.objectives.base import labelled
from gan_core.objectives.draws import Draw, FieldValues, RealLabels, RealSamples, field_draw
from gan_core.objectives.terms import Seen, Side, Term, known_head, only_generators
from gan_core.operations.ops import Array
from gan_core.operations.whole_batch import mean_over_batch
from gan_core.plans.plans import Plan
from gan_core.specs.spec import NonNegativeFloat, PlainName, Variant


class FeatureMatching(Variant, Term, frozen=True, kw_only=True):
    """Salimans et al. 2016 (arXiv:1606.03498, section 3.1): generated samples have real ones' mean features.

    In the generator's loss: the distance between the means over the batch of one output of the discriminator.

    head: the output, of any shape. distance: "squared" is the sum over features of the squared differences, as in the
        paper; "mean_squared" and "absolute" are means, as in its code.
    """

    weight: NonNegativeFloat = 1.0
    head: PlainName = "features"
    distance: Literal["squared", "mean_squared", "absolute"] = "squared"

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        known_head(self, discriminator, self.head)
        only_generators(self, side)

    @override
    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        return {"real": RealSamples()} | ({"real_label": RealLabels()} if labelled(discriminator) else {})

    @override
    def heads(self) -> tuple[str, ...]:
        return (self.head,)

    @override
    def evaluate(self, seen: Seen) -> Array:
        ops = seen.ops
        means = [mean_over_batch(ops, heads[self.head]) for heads in (seen.real_heads, seen.fake_heads)]
        difference = ops.detached(lambda: means[0]) - means[1]
        if self.distance == "absolute":
            return ops.mean(ops.abs(difference))
        squares = difference * difference
        return ops.mean(squares) if self.distance == "mean_squared" else ops.sum(squares, (0,))


class SampleDistance(Variant, Term, frozen=True, kw_only=True):
    """Generated samples are to be near a target, value by value, as pix2pix's outputs to their pair's other picture.

    In the generator's loss: the mean over values of the distance (Isola et al. 2017, arXiv:1611.07004, eq. 3).

    distance: "absolute" or "squared". target: the field of the data that is the target; "" is the real sample itself.
    output: the generator's output that is compared; "" is its first.
    """

    weight: NonNegativeFloat = 100.0
    distance: Literal["absolute", "squared"] = "absolute"
    target: str = ""
    output: str = ""

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        only_generators(self, side)
        if self.output and self.output not in generator.outputs:
            raise SpecError(
                f"sample_distance: the generator '{generator.name}' has no output '{self.output}'"
                f"{nearest(self.output, generator.outputs)}"
            )
        if not any(spec.field for spec in generator.inputs.values()):
            raise SpecError(
                f"sample_distance: the generator '{generator.name}' reads no field of the data, so that its samples "
                'have no target; give it an input with  kind = "data"  and a  field'
            )

    @override
    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        if not self.target:
            return {"real": RealSamples()}
        each = generator.outputs[self.output or generator.output]
        return {field_draw(self.target): FieldValues(field=self.target, each=each)}

    @override
    def makes(self) -> tuple[str, ...]:
        return (self.output,) if self.output else ()

    @override
    def evaluate(self, seen: Seen) -> Array:
        made = seen.made.heads[self.output] if self.output else seen.made.samples
        target = seen.context.draws[field_draw(self.target)] if self.target else seen.real
        difference = made - target
        return seen.ops.mean(seen.ops.abs(difference) if self.distance == "absolute" else difference * difference)
