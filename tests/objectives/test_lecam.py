"""The LeCam regulariser by hand, on NumPy."""

import numpy as np
import pytest

from fixed_network import Fixed
from gan_core.errors import SpecError
from gan_core.objectives import LeCamDiscriminator
from gan_core.objectives.context import UpdateContext
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment
from gan_core.testing.numpy_ops import NumpyOps

CHANGES = {"phases.discriminator.objective": {"type": "le_cam_discriminator", "loss": "hinge", "weight": 2.0}}


def evaluated(**variables: float):
    """Real outputs 2 and −1, generated ones .5 and −3, as those of the losses without logarithms."""
    plans = preset("mnist-mlp").plans
    outputs = np.array([[2.0], [-1.0], [0.5], [-3.0]])
    networks = {
        "generator": Fixed(plans["generator"], lambda _: np.zeros((2, 1, 28, 28))),
        "discriminator": Fixed(plans["discriminator"], lambda _: outputs),
    }
    draws = {"real": np.zeros((2, 1, 28, 28)), "generator.z": np.zeros((2, 100))}
    known = {name: np.asarray(value) for name, value in variables.items()}
    context = UpdateContext(
        ops=NumpyOps(), networks=networks, draws=draws, optimizers={}, mask_key=None, variables=known
    )
    return LeCamDiscriminator(weight=2.0, decay=0.9).evaluate(context)


def test_outputs_are_held_near_the_other_kind_s_past():
    """½ ((2 + 1)² + (−1 + 1)²) from −1, and ½ ((.5 − 1)² + (−3 − 1)²) from 1: 4.5 + 8.125; the hinge loss is 1.75."""
    outcome = evaluated(real_average=1.0, fake_average=-1.0)

    assert outcome.scalars["lecam"] == pytest.approx(12.625, rel=1e-15)
    assert outcome.loss == pytest.approx(1.75 + 2 * 12.625, rel=1e-15)


def test_the_averages_follow_after_the_update():
    """.9 · 1 + .1 · .5 and −.9 + .1 · −1.25."""
    outcome = evaluated(real_average=1.0, fake_average=-1.0)

    assert outcome.variables["real_average"] == pytest.approx(0.95, rel=1e-15)
    assert outcome.variables["fake_average"] == pytest.approx(-1.025, rel=1e-15)


def test_it_takes_the_place_of_a_discriminator_s_objective_and_is_known_by_its_loss():
    made = load_experiment("mnist-sngan", CHANGES)

    assert made.phases[0].objective == LeCamDiscriminator(weight=2.0)
    with pytest.raises(SpecError, match="unknown loss 'hing'; did you mean 'hinge'"):
        LeCamDiscriminator(loss="hing")
