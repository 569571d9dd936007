"""The penalty on path lengths of StyleGAN2: a step in the styles is to change an image by the same amount anywhere."""

import math

import numpy as np
from typing_extensions import override

from gan_core.errors import SpecError, nearest
from gan_core.objectives.base import Objective, Plans, check_known
from gan_core.objectives.context import Outcome, UpdateContext, generator_inputs
from gan_core.objectives.draws import Draw, generator_draws
from gan_core.objectives.number_draws import NormalNumbers
from gan_core.operations.whole_batch import batch_mean
from gan_core.plans.plans import Plan
from gan_core.specs.spec import NonNegativeFloat, PlainName, Share, Variant
from gan_core.specs.style_layers import StyleMixing

MEAN = "mean_length"  # variable
NOISE = "path_length.noise"  # draw


class PathLength(Variant, Objective, frozen=True, kw_only=True):
    """Karras et al. 2020 (arXiv:1912.04958, section 3.2): weight · E (‖Jᵀy‖ − a)², for a phase of its own.

    J: the Jacobian of an image at its styles, Jᵀy = ∇ Σ image · y with y ~ N(0, 1) / √pixels, the length the root of
    the mean over the layers of the squared length of a layer's. a: the moving mean of lengths, a ← a + decay (E ‖Jᵀy‖
    − a), of which the loss holds the new one.

    styles: the output of the generator that its styles are, a `style_mixing` layer.
    """

    weight: NonNegativeFloat = 2.0
    decay: Share = 0.01
    generator: PlainName = "generator"
    styles: PlainName = "styles"

    @override
    def check_plans(self, plans: Plans) -> None:
        check_known(plans, (self.generator,))
        plan = plans[self.generator]
        if self.styles not in plan.outputs:
            raise SpecError(
                f"path_length: the network '{plan.name}' has no output '{self.styles}'"
                f"{nearest(self.styles, plan.outputs)}; list the style_mixing layer in the network's outputs"
            )
        if len(plan.output_shape) != 3 or not _number_of_styles(plan, self.styles):
            raise SpecError(
                f"path_length: expected a network '{plan.name}' that makes images of a style_mixing layer "
                f"'{self.styles}', an output of it behind the image"
            )

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        plan = plans[self.generator]
        return {**generator_draws(plan), NOISE: NormalNumbers(each=plan.output_shape)}

    @override
    def variables(self, plans: Plans) -> dict[str, np.ndarray]:
        return {MEAN: np.zeros(())}

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.generator,)

    @override
    def heads(self, plans: Plans) -> dict[str, tuple[str, ...]] | None:
        return {self.generator: (plans[self.generator].output, self.styles)}

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, plan = context.ops, context.plan(self.generator)
        inputs, _ = generator_inputs(context, self.generator, None)
        heads = context.run_heads(self.generator, inputs)
        image, styles = heads[plan.output], heads[self.styles]
        noise = context.draws[NOISE] * (1 / math.sqrt(math.prod(plan.output_shape[1:])))
        (slopes,) = ops.gradients(ops.sum(image * noise, (0, 1, 2, 3)), [styles], differentiable=True)
        lengths = ops.sqrt(ops.sum(slopes * slopes, (1,)) * (1 / _number_of_styles(plan, self.styles)))
        before = context.variables[MEAN]
        mean_length = before + (batch_mean(ops, lengths) - before) * self.decay
        excess = lengths - mean_length
        loss = ops.mean(excess * excess) * self.weight
        kept = ops.detached(lambda: mean_length)
        return Outcome(loss=loss, scalars={"loss": loss, "mean_length": kept}, variables={MEAN: kept})


def _number_of_styles(plan: Plan, name: str) -> int:
    """How many styles the output `name` of a generator holds, 0 where it is no layer of styles."""
    layer = next((node.layer for node in plan.nodes if node.name == name), None)
    return layer.layers if isinstance(layer, StyleMixing) else 0
