"""Games with an encoder, which finds the latent of a sample: bidirectional GANs and adversarial autoencoders."""

from typing import Literal

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.adversarial import judgement
from gan_core.objectives.base import Objective, Plans, check_ends_flat, check_known, check_reads, refuse_labels
from gan_core.objectives.context import Outcome, UpdateContext, discriminate, discriminate_both
from gan_core.objectives.cycle import translate
from gan_core.objectives.draws import Draw, Latent, RealSamples, generator_draws
from gan_core.objectives.losses import adversarial_loss
from gan_core.objectives.number_draws import NormalNumbers
from gan_core.objectives.one_loss import OneLoss
from gan_core.operations.ops import Array
from gan_core.plans.plans import Plan
from gan_core.specs.spec import NonNegativeFloat, PositiveFloat, Variant

PAIRS = ("real samples", "their codes", "generated samples", "their latents")
CODES = "codes of real samples"
Pair = tuple[Array, Array]  # samples [N, …] and the code [N, …] of each


class _Bidirectional(Variant, Objective, frozen=True, kw_only=True):
    generator: str = "generator"
    encoder: str = "encoder"
    discriminator: str = "discriminator"

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: "logits"}

    @override
    def check_plans(self, plans: Plans) -> None:
        names = (self.generator, self.encoder, self.discriminator)
        check_known(plans, names)
        refuse_labels(plans, names)
        latent, sample = only_input(plans[self.generator]), plans[self.generator].output_shape
        check_reads(plans, self.encoder, sample, self.generator)
        if plans[self.encoder].output_shape != latent:
            raise SpecError(
                f"network '{self.encoder}' makes codes of shape {list(plans[self.encoder].output_shape)}; "
                f"expected the shape of what '{self.generator}' reads, {list(latent)}"
            )
        read = [spec.shape for spec in plans[self.discriminator].inputs.values()]
        if read != [sample, latent]:
            raise SpecError(
                f"network '{self.discriminator}' reads {[list(one) for one in read]}; "
                f"expected two inputs, a sample {list(sample)} and its code {list(latent)}, in this order"
            )
        check_ends_flat(plans, self.discriminator)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {"real": RealSamples()} | generator_draws(plans[self.generator])

    def pairs(self, context: UpdateContext) -> tuple[Pair, Pair]:
        """Return real samples with their codes E(x), and generated ones G(z) with the latents that they came from."""
        real, (latent,) = context.draws["real"], context.plan(self.generator).inputs
        z = context.draws[f"{self.generator}.{latent}"]
        return (real, translate(context, self.encoder, real)), (translate(context, self.generator, z), z)

    def judged(self, context: UpdateContext, real: Pair, fake: Pair) -> tuple[Array, Array]:
        """Return the logits [N, 1] of both kinds of pairs, in one call where samples do not see each other."""
        ops, plan = context.ops, context.plan(self.discriminator)
        names = tuple(plan.inputs)
        if not plan.batch_independent:
            apart = [context.run(self.discriminator, dict(zip(names, pair, strict=True))) for pair in (real, fake)]
            return apart[0], apart[1]
        both = {name: ops.concat(parts, 0) for name, *parts in zip(names, real, fake, strict=True)}
        return ops.split(context.run(self.discriminator, both, batches=2), real[0].shape[0])


class BidirectionalGenerators(_Bidirectional, frozen=True, kw_only=True):
    """BiGAN (Donahue et al. 2017, arXiv:1605.09782): generator and encoder, which exchange the two kinds.

    −log D(G(z), z) − log(1 − D(x, E(x))): the paper's objective with the kinds exchanged, as it is minimised in
    practice. What was made here serves a discriminator's phase of the same step that shares samples: both players then
    move at once.
    """

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.generator, self.encoder)

    @override
    def leaves(self) -> tuple[str, ...]:
        return PAIRS

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops = context.ops
        real, fake = self.pairs(context)
        context.shared |= dict(zip(PAIRS, ops.detached(lambda: [*real, *fake]), strict=True))
        real_logits, fake_logits = self.judged(context, real, fake)
        total = adversarial_loss("non_saturating").discriminator(ops, fake_logits, real_logits)
        return Outcome(loss=total, scalars={"loss": total})

    @override
    def undecided_loss(self) -> float | None:
        return adversarial_loss("non_saturating").undecided_of("discriminator")


class BidirectionalDiscriminator(_Bidirectional, frozen=True, kw_only=True):
    """BiGAN (Donahue et al. 2017): −log D(x, E(x)) − log(1 − D(G(z), z)), a sample and its code side by side.

    The discriminator has two data inputs, the sample first. shares_samples: whether it judges the pairs of the
    generators' phase of the same step, which must then come before it, in place of pairs of a batch of its own.
    """

    shares_samples: bool = False

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def takes(self) -> tuple[str, ...]:
        return PAIRS if self.shares_samples else ()

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {} if self.shares_samples else super().draws(plans)

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, loss = context.ops, adversarial_loss("non_saturating")
        if self.shares_samples:
            x, code, fake, z = (context.shared[name] for name in PAIRS)
        else:
            x, code, fake, z = ops.detached(lambda: [part for pair in self.pairs(context) for part in pair])
        real_logits, fake_logits = self.judged(context, (x, code), (fake, z))
        total = loss.discriminator(ops, real_logits, fake_logits)
        return Outcome(loss=total, scalars={"loss": total, **judgement(ops, loss, real=real_logits, fake=fake_logits)})

    @override
    def undecided_loss(self) -> float | None:
        return adversarial_loss("non_saturating").undecided_of("discriminator")


class _OnCodes(OneLoss, frozen=True, kw_only=True):
    encoder: str = "encoder"
    decoder: str = "decoder"
    discriminator: str = "discriminator"
    loss: str = "non_saturating"

    @override
    def judging(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def check_plans(self, plans: Plans) -> None:
        names = (self.encoder, self.decoder, self.discriminator)
        check_known(plans, names)
        refuse_labels(plans, names)
        latent, sample = only_input(plans[self.decoder]), plans[self.decoder].output_shape
        check_reads(plans, self.encoder, sample, self.decoder)
        check_reads(plans, self.discriminator, latent, self.encoder)
        check_ends_flat(plans, self.discriminator)


class AdversarialAutoencoder(_OnCodes, frozen=True, kw_only=True):
    """Makhzani et al. 2015 (arXiv:1511.05644): encoder and decoder, which reconstruct x from codes that fool D.

    reconstruction_weight · error(x, decoder(code)) + adversarial_weight · (the generator's side of `loss` on codes).
    The codes serve the discriminator's phase of the same step. The decoder reads a latent, so that it can sample.

    error: "absolute", the mean of |x − y|, or "squared", the mean of (x − y)².
    posterior: what a code is. "deterministic": the encoder's output. "gaussian": the encoder has two outputs for each
        value of the code, a mean and the logarithm of a variance, and the code is drawn from these.
    """

    reconstruction_weight: NonNegativeFloat = 1.0
    adversarial_weight: NonNegativeFloat = 1.0
    error: Literal["absolute", "squared"] = "squared"
    posterior: Literal["deterministic", "gaussian"] = "deterministic"

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.encoder, self.decoder)

    @override
    def leaves(self) -> tuple[str, ...]:
        return (CODES,)

    @override
    def check_plans(self, plans: Plans) -> None:
        super().check_plans(plans)
        (size, *rest), made = only_input(plans[self.decoder]), plans[self.encoder].output_shape
        wanted = (size * (2 if self.posterior == "gaussian" else 1), *rest)
        if made != wanted:
            raise SpecError(
                f"network '{self.encoder}' makes {list(made)}; expected {list(wanted)}: the posterior is "
                f"{self.posterior}, and '{self.decoder}' reads {[size, *rest]}"
            )

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws: dict[str, Draw] = {"real": RealSamples()}
        if self.posterior == "gaussian":
            shape = only_input(plans[self.decoder])
            draws["noise"] = NormalNumbers(each=shape)
        return draws

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, real = context.ops, context.draws["real"]
        code = self.code(context, real)
        context.shared[CODES] = ops.detached(lambda: code)
        again = translate(context, self.decoder, code)
        error = ops.mean(ops.abs(real - again) if self.error == "absolute" else (real - again) * (real - again))
        logits = discriminate(context, self.discriminator, code, None)
        game = adversarial_loss(self.loss).generator(ops, None, logits)  # type: ignore[arg-type]  # None is never read
        total = error * self.reconstruction_weight + game * self.adversarial_weight
        return Outcome(loss=total, scalars={"loss": total, "error": error, "game": game})

    def code(self, context: UpdateContext, samples: Array) -> Array:
        """Return the codes [N, …] of samples."""
        made = translate(context, self.encoder, samples)
        if self.posterior == "deterministic":
            return made
        size = made.shape[1] // 2
        return made[:, :size] + context.ops.exp(made[:, size:] * 0.5) * context.draws["noise"]


class CodeDiscriminator(_OnCodes, frozen=True, kw_only=True):
    """Makhzani et al. 2015: the discriminator of codes, for which latents drawn as the decoder's are the real ones.

    It judges the codes of the autoencoder's phase of the same step. weight: the factor of its loss.
    """

    weight: PositiveFloat = 1.0

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def takes(self) -> tuple[str, ...]:
        return (CODES,)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {"prior": Latent(input=next(iter(plans[self.decoder].inputs.values())))}

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, loss = context.ops, adversarial_loss(self.loss)
        prior, codes = context.draws["prior"], context.shared[CODES]
        real, fake = discriminate_both(context, self.discriminator, prior, codes, (None, None))
        total = loss.discriminator(ops, real, fake) * self.weight
        return Outcome(loss=total, scalars={"loss": total, **judgement(ops, loss, real=real, fake=fake)})

    @override
    def undecided_loss(self) -> float | None:
        known = adversarial_loss(self.loss).undecided_of("discriminator")
        return None if known is None else known * self.weight


def only_input(plan: Plan) -> tuple[int, ...]:
    """Return the shape of a network's only input. Raises `SpecError` if it has several."""
    if len(plan.inputs) != 1:
        raise SpecError(f"network '{plan.name}' reads {', '.join(plan.inputs)}; expected one input")
    return next(iter(plan.inputs.values())).shape
