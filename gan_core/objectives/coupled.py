"""CoGAN: one generator that makes a sample of each of two domains from one latent, and one discriminator of both."""

from collections.abc import Mapping

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.adversarial import judgement
from gan_core.objectives.base import Plans, check_known, check_reads, refuse_labels
from gan_core.objectives.context import Outcome, UpdateContext, generator_inputs
from gan_core.objectives.draws import Draw, RealSamples, SecondDomain, generator_draws
from gan_core.objectives.losses import adversarial_loss
from gan_core.objectives.one_loss import OneLoss
from gan_core.operations.ops import Array

PAIR = ("coupled sample of the first domain", "coupled sample of the second domain")


class _Coupled(OneLoss, frozen=True, kw_only=True):
    generator: str = "generator"
    discriminator: str = "discriminator"
    loss: str = "mean_squares"

    @override
    def judging(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def heads(self, plans: Plans) -> dict[str, tuple[str, ...]]:
        return {name: tuple(plans[name].outputs) for name in (self.generator, self.discriminator)}

    @override
    def check_plans(self, plans: Plans) -> None:
        check_known(plans, (self.generator, self.discriminator))
        refuse_labels(plans, (self.generator, self.discriminator))
        for name in (self.generator, self.discriminator):
            shapes = [list(shape) for shape in plans[name].outputs.values()]
            if len(shapes) != 2 or shapes[0] != shapes[1]:
                raise SpecError(
                    f"network '{name}' gives outputs of shape {shapes}; expected two of one shape, one for each "
                    "domain: name both layers in its  outputs"
                )
        check_reads(plans, self.discriminator, plans[self.generator].output_shape, self.generator)
        if len(plans[self.discriminator].output_shape) != 1:
            raise SpecError(f"network '{self.discriminator}': expected outputs [units]; put a Flatten before each")

    def pair(self, context: UpdateContext) -> tuple[Array, Array]:
        """Return the samples of both domains, [N, …], that the generator makes of the same latents."""
        inputs, _ = generator_inputs(context, self.generator, None)
        first, second = context.run_heads(self.generator, inputs).values()
        return first, second

    def judged(self, context: UpdateContext, samples: tuple[Array, Array]) -> list[Array]:
        """Return the outputs [N, 1] for a batch of each domain, of each the output that judges its domain."""
        (name,), heads = context.plan(self.discriminator).inputs, tuple(context.plan(self.discriminator).outputs)
        return [
            context.run_heads(self.discriminator, {name: batch})[head]
            for head, batch in zip(heads, samples, strict=True)
        ]


class CoupledGenerators(_Coupled, frozen=True, kw_only=True):
    """CoGAN's generators (Liu, Tuzel 2016, arXiv:1606.07536, eq. 3), which share their first layers: one network.

    The generator has two outputs, a sample of each domain; its loss is the mean of the generator's side of `loss` for
    both. What it made serves a discriminator's phase of the same step that shares samples.
    """

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.generator,)

    @override
    def leaves(self) -> tuple[str, ...]:
        return PAIR

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return generator_draws(plans[self.generator])

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, loss, made = context.ops, adversarial_loss(self.loss), self.pair(context)
        context.shared |= dict(zip(PAIR, ops.detached(lambda: list(made)), strict=True))
        sides = [loss.generator(ops, None, logits) for logits in self.judged(context, made)]  # type: ignore[arg-type]
        total = (sides[0] + sides[1]) * 0.5
        return Outcome(loss=total, scalars={"loss": total})

    @override
    def undecided_loss(self) -> float | None:
        return adversarial_loss(self.loss).undecided_of("generator")


class CoupledDiscriminators(_Coupled, frozen=True, kw_only=True):
    """CoGAN's discriminators (Liu, Tuzel 2016), which share layers: one network with an output for each domain.

    The mean of the discriminator's side of `loss` for both domains, of unpaired batches of each.

    shares_samples: whether it judges what the generator made in its phase of the same step, which must then come first.
    """

    shares_samples: bool = False

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def takes(self) -> tuple[str, ...]:
        return PAIR if self.shares_samples else ()

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws: dict[str, Draw] = {"a": RealSamples(), "b": SecondDomain()}
        return draws if self.shares_samples else draws | generator_draws(plans[self.generator])

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, loss = context.ops, adversarial_loss(self.loss)
        shared: Mapping[str, Array] = context.shared
        fake = (shared[PAIR[0]], shared[PAIR[1]]) if self.shares_samples else self.constant_pair(context)
        real_logits = self.judged(context, (context.draws["a"], context.draws["b"]))
        fake_logits = self.judged(context, fake)
        sides = [loss.discriminator(ops, *pair) for pair in zip(real_logits, fake_logits, strict=True)]
        total = (sides[0] + sides[1]) * 0.5
        kinds = {"real": ops.concat(real_logits, 0), "fake": ops.concat(fake_logits, 0)}
        return Outcome(loss=total, scalars={"loss": total, **judgement(ops, loss, **kinds)})

    def constant_pair(self, context: UpdateContext) -> tuple[Array, Array]:
        """Return fresh samples of both domains as constants."""
        first, second = context.ops.detached(lambda: list(self.pair(context)))
        return first, second

    @override
    def undecided_loss(self) -> float | None:
        return adversarial_loss(self.loss).undecided_of("discriminator")
