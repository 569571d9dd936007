"""CycleGAN: two generators that translate between two domains, and a discriminator for each domain."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import (
    Plans,
    Translation,
    check_ends_flat,
    check_known,
    check_reads,
    refuse_labels,
)
from gan_core.objectives.context import Outcome, UpdateContext, discriminate
from gan_core.objectives.draws import Draw, RealSamples, SecondDomain
from gan_core.objectives.losses import adversarial_loss
from gan_core.objectives.one_loss import OneLoss
from gan_core.objectives.penalties import Penalty
from gan_core.objectives.pool import PoolDecisions, through_pool
from gan_core.operations.ops import Array, Ops
from gan_core.specs.spec import NonNegativeFloat, NonNegativeInt

SHARED = ("real of domain a", "real of domain b", "fake of domain a", "fake of domain b")


class _Cycle(OneLoss, frozen=True, kw_only=True):
    left_out_if_default: ClassVar[tuple[str, ...]] = ("loss",)

    a_to_b: str = "a_to_b"
    b_to_a: str = "b_to_a"
    judge_a: str = "judge_a"
    judge_b: str = "judge_b"
    loss: str = "mean_squares"

    @override
    def judging(self) -> tuple[str, ...]:
        return (self.judge_a, self.judge_b)

    @override
    def translations(self) -> dict[str, Translation]:
        there, back = Translation(reads="first", makes="second"), Translation(reads="second", makes="first")
        return {self.a_to_b: there, self.b_to_a: back}

    @override
    def check_plans(self, plans: Plans) -> None:
        names = (self.a_to_b, self.b_to_a, self.judge_a, self.judge_b)
        check_known(plans, names)
        refuse_labels(plans, names)
        for there, back, judges in ((self.a_to_b, self.b_to_a, self.judge_b), (self.b_to_a, self.a_to_b, self.judge_a)):
            check_reads(plans, back, plans[there].output_shape, there)
            check_reads(plans, judges, plans[there].output_shape, there)
            check_ends_flat(plans, judges)


class CycleGenerators(_Cycle, frozen=True, kw_only=True):
    """Zhu et al. 2017 (arXiv:1703.10593, eq. 3 with least squares): both generators at once.

    (D_B(G(a)) − 1)² + (D_A(F(b)) − 1)² + cycle_weight (|F(G(a)) − a| + |G(F(b)) − b|)
    + identity_weight (|F(a) − a| + |G(b) − b|), each a mean. What was translated serves the discriminators' phase too.

    loss: of the game; another than the mean squares above is DiscoGAN's (Kim et al. 2017, arXiv:1703.05192:
        "non_saturating") or DualGAN's (Yi et al. 2017, arXiv:1704.02510: "wasserstein").
    cycle_error: what the cycle's distance is, "absolute" as above, or the mean of "squared" differences (DiscoGAN).
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("loss", "cycle_error")

    cycle_weight: NonNegativeFloat = 10.0
    identity_weight: NonNegativeFloat = 5.0
    cycle_error: Literal["absolute", "squared"] = "absolute"

    @override
    def leaves(self) -> tuple[str, ...]:
        return SHARED

    @override
    def check_plans(self, plans: Plans) -> None:
        super().check_plans(plans)
        if self.identity_weight and plans[self.a_to_b].output_shape != plans[self.b_to_a].output_shape:
            raise SpecError("identity_weight: the domains have different shapes; set it to 0")

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.a_to_b, self.b_to_a)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {"a": RealSamples(), "b": SecondDomain()}

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, a, b = context.ops, context.draws["a"], context.draws["b"]
        fake_b, fake_a = translate(context, self.a_to_b, a), translate(context, self.b_to_a, b)
        game = self.fooled(context, self.judge_b, fake_b) + self.fooled(context, self.judge_a, fake_a)
        far = distance if self.cycle_error == "absolute" else square_distance
        cycle = far(ops, translate(context, self.b_to_a, fake_b), a) + far(
            ops, translate(context, self.a_to_b, fake_a), b
        )
        total, scalars = game + cycle * self.cycle_weight, {"game": game, "cycle": cycle}
        if self.identity_weight:
            same = distance(ops, translate(context, self.b_to_a, a), a) + distance(
                ops, translate(context, self.a_to_b, b), b
            )
            total, scalars = total + same * self.identity_weight, scalars | {"identity": same}
        context.shared |= dict(zip(SHARED, (a, b, *ops.detached(lambda: (fake_a, fake_b))), strict=True))
        return Outcome(loss=total, scalars={"loss": total, **scalars})

    def fooled(self, context: UpdateContext, judge: str, fake: Array) -> Array:
        """Return the generator's side of the loss against a judge, a scalar."""
        logits = discriminate(context, judge, fake, None)
        return adversarial_loss(self.loss).generator(context.ops, None, logits)  # type: ignore[arg-type]  # never read


class CycleDiscriminators(_Cycle, frozen=True, kw_only=True):
    """Both discriminators of Zhu et al. 2017: ½ (D(x) − 1)² + ½ D(y)², y from a pool of past translations.

    loss: of the game, as the generators'. pool_size: of the pool; with 0 y is the translation itself.
    penalties: on each discriminator's gradient.
    shares_samples: whether they judge the images and translations of the generators' phase of the same step, which then
        comes first, or take a batch of each domain of their own and translate it: for several updates a step.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("loss", "penalties", "shares_samples")

    pool_size: NonNegativeInt = 50
    penalties: tuple[Penalty, ...] = ()
    shares_samples: bool = True

    @override
    def takes(self) -> tuple[str, ...]:
        return SHARED if self.shares_samples else ()

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.judge_a, self.judge_b)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        draws: dict[str, Draw] = {} if self.shares_samples else {"a": RealSamples(), "b": SecondDomain()}
        if self.pool_size:
            draws |= {name: PoolDecisions(size=self.pool_size) for name in ("pool_a", "pool_b")}
        for penalty in self.penalties:
            draws |= {f"{domain}.{name}": draw for domain in "ab" for name, draw in penalty.draws().items()}
        return draws

    @override
    def variables(self, plans: Plans) -> dict[str, np.ndarray]:
        if not self.pool_size:
            return {}
        makers = {"pool_a": self.b_to_a, "pool_b": self.a_to_b}
        return {
            name: np.zeros((self.pool_size, int(np.prod(plans[maker].output_shape)))) for name, maker in makers.items()
        }

    @override
    def evaluate(self, context: UpdateContext) -> Outcome:
        ops, losses, pools = context.ops, [], {}
        seen = self.samples(context)
        for domain, judges in (("a", self.judge_a), ("b", self.judge_b)):
            real, fake = seen[f"real of domain {domain}"], seen[f"fake of domain {domain}"]
            if self.pool_size:
                name = f"pool_{domain}"
                places, fake = ops.workers.own_places(fake.shape[0]), ops.gathered(fake)  # the workers share the pool
                fake, pools[name] = through_pool(ops, context.variables[name], fake, context.draws[name])
                fake = fake[places]
            fake_logits = discriminate(context, judges, fake, None)
            real_logits = discriminate(context, judges, real, None)
            loss = adversarial_loss(self.loss).discriminator(ops, real_logits, fake_logits)
            losses.append(loss + self.penalised(context, domain, judges, real, fake) if self.penalties else loss)
        total = losses[0] + losses[1]
        return Outcome(loss=total, scalars={"loss": total, "judge_a": losses[0], "judge_b": losses[1]}, variables=pools)

    def samples(self, context: UpdateContext) -> Mapping[str, Array]:
        """Return the images of both domains and the translations into each, [N, …], by their names in `SHARED`."""
        if self.shares_samples:
            return context.shared
        a, b = context.draws["a"], context.draws["b"]
        fakes = context.ops.detached(lambda: [translate(context, self.b_to_a, b), translate(context, self.a_to_b, a)])
        return dict(zip(SHARED, (a, b, *fakes), strict=True))

    def penalised(self, context: UpdateContext, domain: str, judge: str, real: Array, fake: Array) -> Array:
        """Return the penalties on a judge times their weights, a scalar. domain: "a" or "b", the judge's."""
        drawn = {name.removeprefix(f"{domain}."): array for name, array in context.draws.items()}
        values = [
            penalty.evaluate(context.ops, lambda x: discriminate(context, judge, x, None), real, fake, drawn)
            * penalty.weight
            for penalty in self.penalties
        ]
        return sum(values[1:], values[0])


def translate(context: UpdateContext, network: str, samples: Array) -> Array:
    """Return the samples that a generator makes of samples, [N, …] both."""
    return context.run(network, {next(iter(context.plan(network).inputs)): samples})


def distance(ops: Ops, x: Array, y: Array) -> Array:
    """Return the mean of |x − y|, a scalar."""
    return ops.mean(ops.abs(x - y))


def square_distance(ops: Ops, x: Array, y: Array) -> Array:
    """Return the mean of (x − y)², a scalar."""
    return ops.mean((x - y) * (x - y))
