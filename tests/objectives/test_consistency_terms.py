"""Consistency of a discriminator's judgement, by hand on NumPy."""

import numpy as np
import pytest

from fixed_network import Fixed
from gan_core.errors import SpecError
from gan_core.objectives import AdversarialDiscriminator, ConsistencyRegularisation, LatentConsistency
from gan_core.objectives.context import Generated, UpdateContext
from gan_core.objectives.terms import Seen
from gan_core.plans.plans import plan_network
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.testing.numpy_ops import NumpyOps
from gan_core.testing.subjects import of_layers

SHAPE = (1, 2, 2)
RANDOM = np.random.default_rng(0)
REAL, FAKE = RANDOM.normal(size=(2, 3, *SHAPE))


def judged(samples: np.ndarray) -> np.ndarray:
    return (samples.reshape(len(samples), -1) ** 2 * [1, 2, 3, 4]).sum(axis=1, keepdims=True)


def made_of(latents: np.ndarray) -> np.ndarray:
    return np.sin(latents).reshape(-1, *SHAPE)


def context(**draws: np.ndarray) -> UpdateContext:
    made = Network(inputs={"z": Input(kind="latent", shape=(4,))}, layers=(L.Reshape(shape=SHAPE),))
    plans = {
        "generator": plan_network("generator", made),
        "discriminator": plan_network("discriminator", of_layers(L.Flatten(), L.Dense(units=1), shape=SHAPE)),
        "augmentation": plan_network("augmentation", of_layers(L.RandomFlip(), shape=SHAPE)),
    }
    functions = {"generator": made_of, "discriminator": judged, "augmentation": lambda x: x[:, :, :, ::-1]}
    networks = {name: Fixed(plan, functions[name]) for name, plan in plans.items()}
    return UpdateContext(ops=NumpyOps(), networks=networks, draws=draws, optimizers={}, mask_key=None)


def seen(side: str, latents: np.ndarray, **draws: np.ndarray) -> Seen:
    given = context(**draws)
    head = given.plan("discriminator").output
    samples = made_of(latents)
    made = Generated(heads={"reshape_1": samples}, inputs={"z": latents}, label=None)
    return Seen(
        context=given,
        side=side,
        generator="generator",
        discriminator="discriminator",
        made=made,
        fake_heads={head: judged(samples)},
        known_real_heads={head: judged(REAL)},
    )


def flipped_distance(samples: np.ndarray) -> float:
    return float(np.mean((judged(samples) - judged(samples[:, :, :, ::-1])) ** 2))


def test_real_samples_are_compared_with_themselves_changed():
    found = ConsistencyRegularisation().evaluate(seen("discriminator", FAKE.reshape(3, 4), real=REAL))

    assert float(found) == pytest.approx(flipped_distance(REAL), rel=1e-14)


def test_the_balanced_kind_adds_generated_ones():
    latents = FAKE.reshape(3, 4)
    found = ConsistencyRegularisation(of="both").evaluate(seen("discriminator", latents, real=REAL))

    assert float(found) == pytest.approx(flipped_distance(REAL) + flipped_distance(made_of(latents)), rel=1e-14)


@pytest.mark.parametrize("side", ["discriminator", "generator"])
def test_latents_that_hardly_differ_are_judged_alike_and_drawn_apart(side):
    latents, change = RANDOM.normal(size=(2, 3, 4))
    given = seen(side, latents, **{"latent_consistency.z": change})

    found = LatentConsistency(deviation=0.1).evaluate(given)

    before, after = made_of(latents), made_of(latents + 0.1 * change)
    wanted = (
        np.mean((judged(before) - judged(after)) ** 2) if side == "discriminator" else -np.mean((before - after) ** 2)
    )
    assert float(found) == pytest.approx(float(wanted), rel=1e-12)


def test_what_samples_go_through_holds_augmentations_alone():
    plans = preset("mnist-mlp").plans
    objective = AdversarialDiscriminator(terms=(ConsistencyRegularisation(through="generator"),))

    with pytest.raises(SpecError, match="the network 'generator' may have one input and augmentations alone"):
        objective.check_plans(plans)


def test_an_augmentation_of_points_is_refused_in_one_line():
    layers = "networks.discriminator.layers"
    before = preset("mixture-8").networks["discriminator"].layers

    with pytest.raises(SpecError, match=r"layer 'random_flip_1': expected an input of \[channels, height, width\]"):
        load_experiment("mixture-8", {layers: (L.RandomFlip(), *before)})


def test_a_penalty_can_be_an_update_of_its_own():
    made = preset("gan-ada")

    assert made.phases[1].objective.loss_weight == 0
    assert [phase.every_steps for phase in made.phases] == [1, 16, 1]
