"""CycleGAN: two generators that translate between two domains, and a discriminator for each domain."""

import numpy as np
from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import (
    Objective,
    Plans,
    Translation,
    check_ends_flat,
    check_known,
    check_reads,
    refuse_labels,
)
from gan_core.objectives.context import Outcome, UpdateContext, discriminate
from gan_core.objectives.draws import Draw, RealSamples, SecondDomain
from gan_core.objectives.pool import pool_draw, through_pool
from gan_core.operations.ops import Array, Ops
from gan_core.specs.spec import NonNegativeFloat, NonNegativeInt, Variant

SHARED = ("real of domain a", "real of domain b", "fake of domain a", "fake of domain b")


class _Cycle(Variant, Objective, frozen=True, kw_only=True):
    a_to_b: str = "a_to_b"
    b_to_a: str = "b_to_a"
    judge_a: str = "judge_a"
    judge_b: str = "judge_b"

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
    """

    cycle_weight: NonNegativeFloat = 10.0
    identity_weight: NonNegativeFloat = 5.0

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
        game = to_one(ops, discriminate(context, self.judge_b, fake_b, None)) + to_one(
            ops, discriminate(context, self.judge_a, fake_a, None)
        )
        cycle = distance(ops, translate(context, self.b_to_a, fake_b), a) + distance(
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


class CycleDiscriminators(_Cycle, frozen=True, kw_only=True):
    """Both discriminators of Zhu et al. 2017: ½ (D(x) − 1)² + ½ D(y)², y from a pool of past translations."""

    pool_size: NonNegativeInt = 50

    @override
    def takes(self) -> tuple[str, ...]:
        return SHARED

    @override
    def trains(self) -> tuple[str, ...]:
        return (self.judge_a, self.judge_b)

    @override
    def draws(self, plans: Plans) -> dict[str, Draw]:
        return {"pool_a": pool_draw(self.pool_size), "pool_b": pool_draw(self.pool_size)} if self.pool_size else {}

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
        ops, shared = context.ops, context.shared
        losses, pools = [], {}
        for domain, judges in (("a", self.judge_a), ("b", self.judge_b)):
            real, fake = shared[f"real of domain {domain}"], shared[f"fake of domain {domain}"]
            if self.pool_size:
                name = f"pool_{domain}"
                fake, pools[name] = through_pool(ops, context.variables[name], fake, context.draws[name])
            zero = discriminate(context, judges, fake, None)
            losses.append(0.5 * to_one(ops, discriminate(context, judges, real, None)) + 0.5 * ops.mean(zero * zero))
        total = losses[0] + losses[1]
        return Outcome(loss=total, scalars={"loss": total, "judge_a": losses[0], "judge_b": losses[1]}, variables=pools)


def translate(context: UpdateContext, network: str, samples: Array) -> Array:
    """Return the samples that a generator makes of samples, [N, …] both."""
    return context.run(network, {next(iter(context.plan(network).inputs)): samples})


def to_one(ops: Ops, logits: Array) -> Array:
    """Return the mean of (logit − 1)², a scalar."""
    return ops.mean((logits - 1.0) * (logits - 1.0))


def distance(ops: Ops, x: Array, y: Array) -> Array:
    """Return the mean of |x − y|, a scalar."""
    return ops.mean(ops.abs(x - y))
