"""Several generators against one discriminator, which also tells them apart (MAD-GAN)."""

from collections.abc import Sequence
from dataclasses import replace

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import Objective, Plans, check_ends_flat, check_known, check_reads, refuse_labels
from gan_core.objectives.context import Outcome, UpdateContext, discriminate
from gan_core.objectives.draws import Draw, RealSamples, generator_draws
from gan_core.operations.log_sums import log_sum_exp
from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole import whole
from gan_core.operations.whole_batch import own_rows
from gan_core.specs.spec import PlainName, Variant


class _Several(Variant, Objective, frozen=True, kw_only=True):
    generators: tuple[PlainName, ...]
    discriminator: str = "discriminator"

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: "logits"}

    def check(self) -> None:
        """Raise `SpecError` for fewer than two generators, or one named twice."""
        if len(set(self.generators)) < max(2, len(self.generators)):
            raise SpecError(f"generators: expected two or more different networks, got {list(self.generators)}")

    @override
    def check_plans(self, plans: Plans) -> None:
        check_known(plans, (*self.generators, self.discriminator))
        refuse_labels(plans, (*self.generators, self.discriminator))
        for generator in self.generators:
            check_reads(plans, self.discriminator, plans[generator].output_shape, generator)
        check_ends_flat(plans, self.discriminator)
        (units,), count = plans[self.discriminator].output_shape, len(self.generators)
        if units != count + 1:
            raise SpecError(
                f"network '{self.discriminator}' ends in {units} units; expected {count + 1}: "
                f"one for each of {count} generators and one for real samples"
            )

    @override
    def check_batch(self, batch_size: int) -> None:
        if batch_size % len(self.generators):
            raise SpecError(
                f"{len(self.generators)} generators cannot share a batch of {batch_size}; choose a multiple of it"
            )

    def samples(self, context: UpdateContext) -> list[Array]:
        """Return the samples of each generator, a list of arrays [N / generators, …]."""
        samples = []
        for name in self.generators:
            drawn = {key: context.draws[f"{name}.{key}"] for key in context.plan(name).inputs}
            every = len(self.generators) * context.ops.workers.count
            count = next(iter(drawn.values())).shape[0] // every
            samples.append(context.run(name, {key: own_rows(context.ops, part, count) for key, part in drawn.items()}))
        return samples

    def latents(self, plans: Plans) -> dict[str, Draw]:
        """Return the draws of all generators, each for the whole batch, of which it makes a share."""
        drawn = [generator_draws(plans[name]) for name in self.generators]
        return {key: replace(draw, whole_batch=True) for draws in drawn for key, draw in draws.items()}  # type: ignore[type-var]


class SeveralDiscriminator(_Several, frozen=True, kw_only=True):
    """MAD-GAN (Ghosh et al. 2018, arXiv:1704.02906, eq. 2): cross-entropy over "real" and "of generator i".

    Unit i of the discriminator stands for generator i, the last for real samples. The generators share a batch.
    """

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.discriminator,)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {"real": RealSamples()} | self.latents(plans)

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops = context.ops
        fakes = ops.detached(lambda: self.samples(context))
        count = len(fakes)
        real_logits = discriminate(context, self.discriminator, context.draws["real"], None)
        fake_logits = [discriminate(context, self.discriminator, fake, None) for fake in fakes]
        total = unit_entropy(ops, real_logits, count)
        for index, logits in enumerate(fake_logits):
            total = total + unit_entropy(ops, logits, index) * (1 / count)
        judged = {
            "real_probability": last_share(ops, [real_logits]),
            "fake_probability": last_share(ops, fake_logits),
        }
        return Outcome(loss=total, scalars={"loss": total, **judged})


class SeveralGenerators(_Several, frozen=True, kw_only=True):
    """MAD-GAN's generators: each wants the unit of real samples, −log of its probability.

    Not the paper's log(1 − p): its gradient vanishes when the discriminator wins, as in the minimax loss.
    """

    @override
    def trains(self) -> tuple[str, ...]:
        return self.generators

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return self.latents(plans)

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, count = context.ops, len(self.generators)
        fake_logits = [discriminate(context, self.discriminator, fake, None) for fake in self.samples(context)]
        losses = [unit_entropy(ops, logits, count) for logits in fake_logits]
        total = sum(losses[1:], losses[0])
        judged = {"fake_probability": last_share(ops, fake_logits)}
        return Outcome(loss=total, scalars={"loss": total * (1 / count), **judged})


def last_share(ops: Ops, parts: Sequence[Array]) -> Array:
    """Return the mean of softmax(logits)[:, −1] over samples, a constant: D, the probability of real ones.

    parts: logits [N, classes] of as many samples each.
    """
    return ops.detached(lambda: ops.mean(ops.softmax(ops.concat(parts, 0))[:, -1:]))


@whole
def unit_entropy(ops: Ops, logits: Array, index: int) -> Array:
    """Return the mean of −log softmax(logits)[:, index] over samples, a scalar; logits: [N, classes]."""
    columns = [logits[:, unit : unit + 1] for unit in range(logits.shape[1])]
    return ops.mean(log_sum_exp(ops, columns) - columns[index])
