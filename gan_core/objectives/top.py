"""A generator that learns from its best samples alone (top-k)."""

from collections.abc import Mapping

from typing_extensions import override

from gan_core.objectives.adversarial import judgement
from gan_core.objectives.context import Outcome, UpdateContext, discriminate
from gan_core.objectives.game import GeneratorGame
from gan_core.objectives.losses import LossFunction, adversarial_loss
from gan_core.objectives.one_loss import refuse_comparing
from gan_core.operations import tables
from gan_core.operations.ops import Array, Ops
from gan_core.specs.optimizers import Optimizer
from gan_core.specs.spec import PositiveInt, Share

STEEP = 1e30  # makes 1 of any difference above 0, and leaves a difference of 0 as it is


class TopGenerator(GeneratorGame, frozen=True, kw_only=True):
    """Sinha et al. 2020 (arXiv:2002.06224): the generator's side of a loss over the samples that D judges best.

    Of a batch of N samples the k of the largest outputs count, k the whole part of N · max(least, decay^n), where n
    grows by 1 after `every` updates; of equal outputs the first count.

    loss: of the game. decay, least: the paper's γ and ν. every: updates; those of an epoch in the paper.
    player: the name of the generator's player, whose updates are counted.
    """

    loss: str = "non_saturating"
    decay: Share = 0.99
    least: Share = 0.75
    every: PositiveInt = 1000
    player: str = "generator"

    def check(self) -> None:
        """Raise `SpecError` for an unknown loss, or one whose generator's side needs real outputs too."""
        refuse_comparing(self.loss)

    @override
    def outputs(self) -> dict[str, str]:
        return {self.discriminator: adversarial_loss(self.loss).outputs}

    @override
    def simulated_players(self) -> tuple[str, ...]:
        return (self.player,)  # not simulated, but counted: it must be there

    @override
    def floats(self, optimizers: Mapping[str, Optimizer], updates: Mapping[str, int]) -> dict[str, float]:
        return {"share": max(self.least, self.decay ** (updates[self.player] // self.every))}

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, loss = context.ops, adversarial_loss(self.loss)
        fake, label = self.samples(context)
        logits = discriminate(context, self.discriminator, fake, label)
        count = context.draws["share"] * ops.workers.of_all(logits.shape[0])
        total = mean_of_best(ops, loss.generator, logits, count)
        return Outcome(loss=total, scalars={"loss": total, **judgement(ops, loss, fake=logits)})

    @override
    def undecided_loss(self) -> float | None:
        return adversarial_loss(self.loss).undecided_of("generator")


def mean_of_best(ops: Ops, loss: LossFunction, logits: Array, count: Array | float) -> Array:
    """Return a generator's loss over the largest logits, a scalar.

    loss: a mean over samples, (ops, None, logits [N, 1]) → scalar. count: how many samples of the whole batch count, at
    least 1; the whole part of it.
    """
    samples = logits.shape[0]
    chosen = ops.detached(lambda: best(ops, logits, count))
    kept = ops.detached(lambda: ops.sum(chosen, (0, 1)))
    (divisor,) = ops.detached(lambda: ops.averaged([kept]))
    # with the others' logits at 0, which have no gradient, the mean is that of the chosen ones and of f(0)
    at_zero = ops.detached(lambda: loss(ops, None, logits[:1] * 0.0))  # type: ignore[arg-type]  # None is never read
    mixed = loss(ops, None, logits * chosen)  # type: ignore[arg-type]
    return (mixed * samples - at_zero * (samples - kept)) / divisor


def best(ops: Ops, logits: Array, count: Array | float) -> Array:
    """Return 1 for each of the batch's largest logits and 0 for the others, [N, 1]; of equal ones the first count.

    A sample's rank is the number of larger logits in the whole batch, and of equal ones before it.
    """
    samples, every = logits.shape[0], ops.workers.of_all(logits.shape[0])
    across, down = ops.reshape(ops.gathered(logits), (1, every)), ops.reshape(logits, (samples, 1))
    larger = ops.clip((across - down) * STEEP, 0.0, 1.0)  # [n, m]: whether logit m is above logit n
    equal = 1.0 - larger - ops.clip((down - across) * STEEP, 0.0, 1.0)
    before = ops.constant(tables.earlier(samples, ops.workers))
    ranks = ops.reshape(ops.sum(larger + equal * before, (1,)), (samples, 1))
    # ranks are whole numbers; a count that rounding has left just below one is that
    return ops.clip((count - ranks - 1.0) * 1e3 + 2.0, 0.0, 1.0)
