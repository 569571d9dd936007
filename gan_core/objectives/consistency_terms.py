"""Terms that hold a discriminator's judgement still: under augmentations, and under small changes of the latents."""

from typing import Literal

from typing_extensions import override

from gan_core.errors import SpecError, nearest
from gan_core.objectives.base import Plans, labelled
from gan_core.objectives.context import judged_inputs
from gan_core.objectives.draws import Draw, RealLabels, RealSamples
from gan_core.objectives.number_draws import NormalNumbers
from gan_core.objectives.terms import Seen, Side, Term, only_discriminators
from gan_core.operations.ops import Array
from gan_core.plans.plans import Plan
from gan_core.specs.augmenting_layers import Augmentation
from gan_core.specs.spec import NonNegativeFloat, PlainName, PositiveFloat, Variant


class ConsistencyRegularisation(Variant, Term, frozen=True, kw_only=True):
    """Zhang et al. 2020 (arXiv:1910.12027): an augmented sample is judged as it was before it was changed.

    In the discriminator's loss: the mean of (D(x) − D(T(x)))², T another network that holds augmentations alone.

    through: that network. of: the samples x. "real" as in the paper; "both" is balanced consistency (bCR, Zhao et al.
        2021, arXiv:2002.04724), the sum of the means over real and over generated ones.
    """

    weight: NonNegativeFloat = 10.0
    through: PlainName = "augmentation"
    of: Literal["real", "both"] = "real"

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        only_discriminators(self, side)

    @override
    def check_networks(self, plans: Plans) -> None:
        if self.through not in plans:
            raise SpecError(
                f"consistency_regularisation: unknown network '{self.through}'{nearest(self.through, plans)}"
            )
        changing = plans[self.through]
        if len(changing.inputs) != 1 or any(not isinstance(node.layer, Augmentation) for node in changing.nodes):
            raise SpecError(
                f"consistency_regularisation: the network '{self.through}' may have one input and augmentations alone"
            )

    @override
    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        return {"real": RealSamples()} | ({"real_label": RealLabels()} if labelled(discriminator) else {})

    @override
    def evaluate(self, seen: Seen) -> Array:
        label = seen.context.draws.get("real_label")
        of_real = self._distance(seen, seen.real, label, seen.real_heads[self._head(seen)])
        if self.of == "real":
            return of_real
        return of_real + self._distance(seen, seen.made.samples, seen.made.label, seen.fake_heads[self._head(seen)])

    def _head(self, seen: Seen) -> str:
        return seen.context.plan(seen.discriminator).output

    def _distance(self, seen: Seen, samples: Array, label: Array | None, before: Array) -> Array:
        context = seen.context
        (name,) = context.plan(self.through).inputs
        changed = context.run(self.through, {name: samples})
        after = context.run(seen.discriminator, judged_inputs(context, seen.discriminator, changed, label))
        difference = before - after
        return seen.ops.mean(difference * difference)


class LatentConsistency(Variant, Term, frozen=True, kw_only=True):
    """Zhao et al. 2021 (arXiv:2002.04724, zCR): the discriminator ignores small changes of the latents, samples do not.

    With z' = z + Δ, Δ ~ N(0, deviation²): in the discriminator's loss the mean of (D(G(z)) − D(G(z')))²; in the
    generator's minus the mean over values of (G(z) − G(z'))².

    deviation: of the change of each latent that is normal; the paper's 0.07 for CIFAR-10. The paper's weights are 5 for
        the discriminator and 0.5 for the generator.
    """

    weight: NonNegativeFloat = 5.0
    deviation: PositiveFloat = 0.07

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        if not _normal_inputs(generator):
            raise SpecError(f"latent_consistency: the generator '{generator.name}' reads no normal latent")

    @override
    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        return {_change(name): NormalNumbers(each=generator.inputs[name].shape) for name in _normal_inputs(generator)}

    @override
    def evaluate(self, seen: Seen) -> Array:
        context, made = seen.context, seen.made
        inputs = dict(made.inputs)
        for name in _normal_inputs(context.plan(seen.generator)):
            inputs[name] = inputs[name] + context.draws[_change(name)] * self.deviation
        if seen.side == "generator":
            difference = made.samples - context.run(seen.generator, inputs)
            return -seen.ops.mean(difference * difference)
        near = seen.ops.detached(lambda: context.run(seen.generator, inputs))
        judged = context.run(seen.discriminator, judged_inputs(context, seen.discriminator, near, made.label))
        difference = seen.fake_heads[context.plan(seen.discriminator).output] - judged
        return seen.ops.mean(difference * difference)


def _normal_inputs(generator: Plan) -> list[str]:
    return [name for name, spec in generator.inputs.items() if spec.kind == "latent" and spec.distribution == "normal"]


def _change(name: str) -> str:
    return f"latent_consistency.{name}"
