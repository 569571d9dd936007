"""The chance of augmentations, moved as published, against the rule worked out update by update."""

import numpy as np
import pytest

from gan_core.errors import SpecError
from gan_core.objectives import AdversarialDiscriminator
from gan_core.objectives.adaptive import AdaptiveAugmentation
from gan_core.objectives.context import Outcome, UpdateContext
from gan_core.plans.plans import plan_network
from gan_core.presets import preset
from gan_core.specs import layers as L
from gan_core.testing.numpy_ops import NumpyOps
from gan_core.testing.subjects import of_layers

JUDGING = plan_network(
    "discriminator",
    of_layers(
        L.RandomFlip(adaptive=True, name="flip"),
        L.RandomColour(),
        L.RandomTranslation(adaptive=True, name="shift"),
        shape=(1, 4, 4),
    ),
)


class Kept:
    """A discriminator that has its buffers alone."""

    plan = JUDGING

    def __init__(self, chance: float) -> None:
        self.chance = np.array(chance)

    def buffers(self) -> dict[str, np.ndarray]:
        return {"flip.chance": self.chance, "shift.chance": self.chance}


def chances(rule: AdaptiveAugmentation, logits: list[list[float]], start: float = 0.0) -> list[float]:
    """The chance after each update. logits: the discriminator's of real samples, an update each."""
    network, kept, found = Kept(start), rule.variables(), []
    for batch in logits:
        context = UpdateContext(
            ops=NumpyOps(),
            networks={"discriminator": network},
            draws={},
            optimizers={},
            mask_key=None,
            variables=kept,
        )
        outcome = rule.added(Outcome(loss=np.zeros(())), context, "discriminator", np.array(batch)[:, None])
        kept = outcome.variables
        assert set(outcome.buffers["discriminator"]) == {"flip.chance", "shift.chance"}
        network.chance = outcome.buffers["discriminator"]["shift.chance"]
        found.append(float(network.chance))
    return found


def by_hand(target: float, every: int, samples: int, logits: list[list[float]], start: float) -> list[float]:
    """The published rule: at every so many batches, a step by the sign of how far the mean sign is from the target."""
    chance, signs, found = start, [], []
    for batch in logits:
        signs.append(np.sign(batch).mean())
        if len(signs) == every:
            chance += np.sign(np.mean(signs) - target) * len(batch) * every / samples
            chance, signs = min(max(chance, 0.0), 1.0), []
        found.append(chance)
    return found


def test_the_chance_follows_the_sign_of_real_logits_as_published():
    random = np.random.default_rng(0)
    logits = [list(random.normal(0.8, 1, 8)) for _ in range(60)]

    found = chances(AdaptiveAugmentation(every=4, samples=400), logits, 0.2)

    np.testing.assert_allclose(found, by_hand(0.6, 4, 400, logits, 0.2), rtol=0, atol=1e-14)


def test_it_goes_from_0_to_1_in_the_samples_that_were_said_and_no_further():
    found = chances(AdaptiveAugmentation(every=1, samples=40), [[1.0] * 8] * 7)

    np.testing.assert_allclose(found, [0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0], rtol=0, atol=1e-15)


def test_it_falls_to_0_where_the_discriminator_is_unsure():
    assert chances(AdaptiveAugmentation(every=1, samples=20), [[-1.0] * 8] * 3, 0.5) == [pytest.approx(0.1), 0.0, 0.0]


def test_a_discriminator_without_an_adaptive_layer_is_refused():
    plans = preset("mnist-mlp").plans

    with pytest.raises(SpecError, match="'discriminator' has no augmentation with adaptive = true"):
        AdversarialDiscriminator(adaptive_augmentation=AdaptiveAugmentation()).check_plans(plans)
