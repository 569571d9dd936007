"""BicycleGAN: many pictures of one source, with an encoder that finds the latent of a real one."""

from collections.abc import Mapping

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import Plans, check_ends_flat, check_known, check_reads, refuse_labels
from gan_core.objectives.context import Outcome, UpdateContext, discriminate
from gan_core.objectives.cycle import distance
from gan_core.objectives.draws import Draw, Latent, RealSamples, field_draw, field_draws
from gan_core.objectives.losses import adversarial_loss
from gan_core.objectives.one_loss import OneLoss
from gan_core.operations.ops import Array
from gan_core.plans.plans import Plan
from gan_core.specs.networks import Input
from gan_core.specs.spec import NonNegativeFloat

ENCODED, RANDOM = "samples of encoded latents", "samples of drawn latents"
SEEN = "real samples of the encoded latents"


class _Bicycle(OneLoss, frozen=True, kw_only=True):
    generator: str = "generator"
    encoder: str = "encoder"
    judge_encoded: str = "judge_encoded"
    judge_random: str = "judge_random"
    loss: str = "mean_squares"

    @override
    def judging(self) -> tuple[str, ...]:
        return (self.judge_encoded, self.judge_random)

    @override
    def check_plans(self, plans: Plans) -> None:
        names = (self.generator, self.encoder, self.judge_encoded, self.judge_random)
        check_known(plans, names)
        refuse_labels(plans, names)
        made = plans[self.generator].output_shape
        for name in names[1:]:
            check_reads(plans, name, made, self.generator)
            check_ends_flat(plans, name)
        _, spec = latent_of(plans[self.generator])
        if len(spec.shape) != 1 or plans[self.encoder].output_shape != (2 * spec.shape[0],):
            raise SpecError(
                f"network '{self.encoder}' makes {list(plans[self.encoder].output_shape)}, but '{self.generator}' has "
                f"a latent of {list(spec.shape)}; expected a mean and a logarithm of a variance for each number"
            )


class BicycleGenerators(_Bicycle, frozen=True, kw_only=True):
    """Zhu et al. 2017 (arXiv:1711.11586, eq. 9): generator and encoder at once, as in the authors' code.

    cVAE-GAN: the encoder finds a normal distribution of latents of the real B, a latent drawn from it and the source A
    make B again: the game, reconstruction_weight · |G(A, z) − B|, kl_weight · KL(E(B) | N(0, 1)). cLR-GAN: a drawn
    latent makes another sample: the game with a judge of its own, and latent_weight · |mean of E(G(A, z)) − z|, which
    moves the generator alone: the encoder's weights are constants in it. Distances are means over values; the KL is the
    sum over a latent and over the batch, as in the authors' code.

    judge_encoded, judge_random: of the two kinds of samples. What was made serves the discriminators' phase too.
    """

    reconstruction_weight: NonNegativeFloat = 10.0
    kl_weight: NonNegativeFloat = 0.01
    latent_weight: NonNegativeFloat = 0.5

    @override
    def leaves(self) -> tuple[str, ...]:
        return (ENCODED, RANDOM, SEEN)

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.generator, self.encoder)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        _, spec = latent_of(plans[self.generator])
        fields = field_draws(plans[self.generator]) | field_draws(plans[self.encoder])
        for judge in (self.judge_encoded, self.judge_random):
            fields |= field_draws(plans[judge])
        return {"real": RealSamples()} | fields | {"noise": Latent(input=spec), "latent": Latent(input=spec)}

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, real, drawn = context.ops, context.draws["real"], context.draws["latent"]
        mean, log_variance = halves(discriminate(context, self.encoder, real, None))
        encoded = self.made(context, mean + ops.exp(log_variance * 0.5) * context.draws["noise"])
        random = self.made(context, drawn)
        game = self.fooled(context, self.judge_encoded, encoded) + self.fooled(context, self.judge_random, random)
        again = distance(ops, encoded, real)
        each = 1 + log_variance - mean * mean - ops.exp(log_variance)
        kl = ops.sum(each, (0, 1)) * (-0.5 * ops.workers.count)  # a sum, of which the workers' mean is taken
        fixed = ops.detached(lambda: dict(context.native_weights(self.encoder)))
        found, _ = halves(discriminate(context, self.encoder, random, None, fixed))
        latent = distance(ops, found, drawn)
        total = game + again * self.reconstruction_weight + kl * self.kl_weight + latent * self.latent_weight
        kept = ops.detached(lambda: (encoded, random))
        context.shared |= dict(zip((ENCODED, RANDOM, SEEN), (*kept, real), strict=True))
        scalars = {"loss": total, "game": game, "reconstruction": again, "kl": kl, "latent": latent}
        return Outcome(loss=total, scalars=scalars)

    def made(self, context: UpdateContext, latent: Array) -> Array:
        """Return samples [N, …] of the batch's sources and of latents [N, size]."""
        return context.run(self.generator, _inputs(context, self.generator, latent))

    def fooled(self, context: UpdateContext, judge: str, fake: Array) -> Array:
        """Return the generator's side of the loss against a judge, a scalar."""
        logits = discriminate(context, judge, fake, None)
        return adversarial_loss(self.loss).generator(context.ops, None, logits)  # type: ignore[arg-type]  # never read


class BicycleDiscriminators(_Bicycle, frozen=True, kw_only=True):
    """Both discriminators of Zhu et al. 2017 (arXiv:1711.11586), on what the generators' phase of the step made.

    The mean of both sides of the loss, as CycleGAN has it; the authors' code takes the sum.
    """

    @override
    def takes(self) -> tuple[str, ...]:
        return (ENCODED, RANDOM, SEEN)

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.judge_encoded, self.judge_random)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return field_draws(plans[self.judge_encoded]) | field_draws(plans[self.judge_random])

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        real, losses = context.shared[SEEN], []
        for judge, name in ((self.judge_encoded, ENCODED), (self.judge_random, RANDOM)):
            fake_logits = discriminate(context, judge, context.shared[name], None)
            real_logits = discriminate(context, judge, real, None)
            losses.append(adversarial_loss(self.loss).discriminator(context.ops, real_logits, fake_logits))
        total = losses[0] + losses[1]
        return Outcome(loss=total, scalars={"loss": total, "judge_encoded": losses[0], "judge_random": losses[1]})


def latent_of(plan: Plan) -> tuple[str, Input]:
    """Return the latent that a generator reads beside its source, by name. Raises `SpecError` unless it is one."""
    latents = [(name, spec) for name, spec in plan.inputs.items() if spec.kind == "latent"]
    if len(latents) != 1 or not any(spec.field for spec in plan.inputs.values()):
        raise SpecError(f"network '{plan.name}': expected one latent and a field of the data among its inputs")
    return latents[0]


def halves(values: Array) -> tuple[Array, Array]:
    """Return the first and the second half of the columns of [N, 2 · size]: means, and logarithms of variances."""
    size = values.shape[1] // 2
    return values[:, :size], values[:, size:]


def _inputs(context: UpdateContext, network: str, latent: Array) -> Mapping[str, Array]:
    return {
        name: context.draws[field_draw(spec.field)] if spec.field else latent
        for name, spec in context.plan(network).inputs.items()
    }
