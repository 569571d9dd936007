"""Terms by which a discriminator learns from images without labels: their turns, and their places."""

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import labelled
from gan_core.objectives.context import judged_inputs
from gan_core.objectives.draws import Draw, RealLabels, RealSamples
from gan_core.objectives.terms import Seen, Side, Term, flat_head, known_head
from gan_core.operations.diagonals import without_diagonal
from gan_core.operations.log_sums import class_entropy, log_sum_exp_of_rows
from gan_core.operations.ops import Array, Ops
from gan_core.operations.quarter_turns import TURNS, quarter_numbers, quarter_turns
from gan_core.plans.plans import Plan
from gan_core.specs.spec import NonNegativeFloat, PlainName, Variant

LEAST = 1e-30  # keeps a logarithm finite where all that is left of a sum was too small for float32


class RotationPrediction(Variant, Term, frozen=True, kw_only=True):
    """SSGAN (Chen et al. 2019, arXiv:1811.11212, eq. 1): by how many quarters an image was turned, as four classes.

    The mean cross-entropy between a head and the turns: in the discriminator's loss of real images, in the generator's
    of generated ones, so that both sides want them to be told. The first quarter of the batch stays as it is, the
    second is turned by 90°, the third by 180°, the fourth by 270°; the discriminator reads these images besides the
    upright ones. The paper's weights are 1 for the discriminator and 0.2 for the generator.

    head: the discriminator's output, [4] logits.
    """

    weight: NonNegativeFloat = 1.0
    head: PlainName = "rotations"

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        (units,) = flat_head(self, discriminator, self.head)
        if units != TURNS:
            raise SpecError(
                f"rotation_prediction: the head '{self.head}' of '{discriminator.name}' has {units} units; "
                f"expected {TURNS}, one for each quarter turn"
            )
        shape = generator.output_shape
        if len(shape) != 3 or shape[1] != shape[2]:
            raise SpecError(
                f"rotation_prediction: '{generator.name}' makes {list(shape)}; only square images can be turned"
            )

    @override
    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        if side == "generator":
            return {}
        return {"real": RealSamples()} | ({"real_label": RealLabels()} if labelled(discriminator) else {})

    @override
    def heads(self) -> tuple[str, ...]:
        return (self.head,)

    @override
    def evaluate(self, seen: Seen) -> Array:
        ops, context = seen.ops, seen.context
        if seen.side == "discriminator":
            images, label = seen.real, context.draws.get("real_label")
        else:
            images, label = seen.made.samples, seen.made.label
        inputs = judged_inputs(context, seen.discriminator, quarter_turns(ops, images), label)
        logits = context.run_heads(seen.discriminator, inputs)[self.head]
        return class_entropy(ops, logits, quarter_numbers(ops, images))


class LocalGlobalContrast(Variant, Term, frozen=True, kw_only=True):
    """InfoMax-GAN (Lee et al. 2021, arXiv:2007.04589, eq. 5): what stands at a place tells the image that it is of.

    −log of the share that e^(local · global) of a place of an image and the whole of this image has among itself and
    all places of the batch's other images with that whole; the mean over places and images. Of real images in the
    discriminator's loss, of generated ones in the generator's. The paper's weights are 0.2.

    places: the discriminator's output [features, H, W], the local features. whole: its output [features], the global
    ones. Mostly both pass through small networks of their own first.
    """

    weight: NonNegativeFloat = 0.2
    places: PlainName = "places"
    whole: PlainName = "whole"

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        (features,) = flat_head(self, discriminator, self.whole)
        shape = known_head(self, discriminator, self.places)
        if len(shape) != 3 or shape[0] != features:
            raise SpecError(
                f"local_global_contrast: the head '{self.places}' of '{discriminator.name}' has the shape "
                f"{list(shape)}; expected [{features}, height, width], as many features as '{self.whole}' has"
            )

    @override
    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        return {"real": RealSamples()} if side == "discriminator" else {}

    @override
    def heads(self) -> tuple[str, ...]:
        return (self.places, self.whole)

    @override
    def evaluate(self, seen: Seen) -> Array:
        heads = seen.real_heads if seen.side == "discriminator" else seen.fake_heads
        return information_loss(seen.ops, heads[self.places], heads[self.whole])


def information_loss(ops: Ops, places: Array, wholes: Array) -> Array:
    """Return InfoNCE of local features [N, F, H, W] and global ones [N, F], a scalar: see `LocalGlobalContrast`."""
    count, features, height, width = places.shape
    size = height * width
    columns = ops.reshape(places, (count, features, size))
    own = ops.reshape(ops.matmul(ops.reshape(wholes, (count, 1, features)), columns), (count, size))
    rows = ops.reshape(ops.transpose(columns, (0, 2, 1)), (count * size, features))
    every = ops.gathered(rows)  # [M · HW, F], of all M images of the batch
    scores = ops.matmul(wholes, ops.transpose(every, (1, 0)))
    level = ops.detached(lambda: log_sum_exp_of_rows(ops, scores))  # [N, 1]; no exponential below passes 1
    pairs = ops.sum(ops.reshape(ops.exp(scores - level), (count, -1, size)), (2,))  # [N, M]
    others = ops.reshape(ops.log(ops.sum(without_diagonal(ops, pairs, True), (1,)) + LEAST), (-1, 1)) + level
    return ops.mean(ops.softplus(others - own))
