"""The chance of a discriminator's augmentations, moved by how sure it is of real samples (adaptive augmentation)."""

from dataclasses import replace

import numpy as np

from gan_core.errors import SpecError
from gan_core.objectives.context import Outcome, UpdateContext
from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole import whole
from gan_core.operations.whole_batch import batch_mean
from gan_core.plans.plans import Plan
from gan_core.specs.augmenting_layers import Augmentation
from gan_core.specs.spec import PositiveInt, Share, Spec

SIGNS, UPDATES = "sum_of_signs", "updates"  # variables


class AdaptiveAugmentation(Spec, frozen=True, kw_only=True):
    """Karras et al. 2020 (arXiv:2006.06676, section 3): p follows r = E sign(D(x)) over real samples.

    Every few updates p moves towards more augmentation where r is above the target, and towards less where it is below,
    by so much that it goes from 0 to 1 in a number of real samples; it stays in 0 … 1.

    target: of r. every: updates between two moves, over which r is the mean. samples: real samples in which p can go
        from 0 to 1; the paper's 500,000.
    """

    target: Share = 0.6
    every: PositiveInt = 4
    samples: PositiveInt = 500_000

    def check_plan(self, discriminator: Plan) -> None:
        """Raise `SpecError` for a discriminator that has nothing whose chance could move."""
        if not adaptive_layers(discriminator):
            raise SpecError(
                f"adaptive_augmentation: the network '{discriminator.name}' has no augmentation with adaptive = true"
            )

    def variables(self) -> dict[str, np.ndarray]:
        """Return the variables that it keeps, by name: see `Objective.variables`."""
        return {SIGNS: np.zeros(()), UPDATES: np.zeros(())}

    def added(self, outcome: Outcome, context: UpdateContext, discriminator: str, real: Array) -> Outcome:
        """Return an update's outcome with the chance moved: logged, and set in each layer that has it.

        real: the discriminator's logits for real samples, [N, 1].
        """
        layers = adaptive_layers(context.plan(discriminator))
        chance = context.networks[discriminator].buffers()[f"{layers[0]}.chance"]
        kept, ops = context.variables, context.ops

        def moved() -> list[Array]:
            share = self.every / self.samples
            return list(moved_chance(ops, chance, real, kept[SIGNS], kept[UPDATES], self.target, self.every, share))

        real_sign, chance, signs, updates = ops.detached(moved)
        return replace(
            outcome,
            scalars={**outcome.scalars, "real_sign": real_sign, "augmentation_chance": chance},
            variables={**outcome.variables, SIGNS: signs, UPDATES: updates},
            buffers={discriminator: {f"{layer}.chance": chance for layer in layers}},
        )


@whole
def moved_chance(
    ops: Ops, chance: Array, real: Array, signs: Array, updates: Array, target: float, every: int, share: float
) -> tuple[Array, Array, Array, Array]:
    """Return r of this batch, the new chance, and the new sum of r and count of updates since it moved last.

    real: logits for real samples, [N, 1]. share: by how much it moves for each sample of a batch.
    """
    real_sign = batch_mean(ops, ops.at_least(real, 0.0)) * 2.0 - 1.0
    signs, updates = signs + real_sign, updates + 1.0
    due = ops.at_least(updates - every, 0.0)
    above = ops.at_least(signs * (1 / every) - target, 0.0) * 2.0 - 1.0
    step = due * above * (real.shape[0] * ops.workers.count * share)
    return real_sign, ops.clip(chance + step, 0.0, 1.0), signs * (1.0 - due), updates * (1.0 - due)


def adaptive_layers(plan: Plan) -> list[str]:
    """Return the names of a network's layers whose chance moves."""
    return [node.name for node in plan.nodes if isinstance(node.layer, Augmentation) and node.layer.adaptive]
