"""Equalised learning rates: how weights start, and by what each call multiplies them."""

import numpy as np
import pytest

from gan_core.experiments.initial_values import initial_values
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.initializers import Normal
from gan_core.specs.networks import Input, Network
from gan_core.specs.style_layers import ModulatedConv


def weights_of(layer: L.Layer, **more: Input) -> np.ndarray:
    inputs = {"x": Input(kind="latent", shape=(64, 3, 3)), **more}
    layers = (layer,) if isinstance(layer, L.Conv | ModulatedConv) else (L.Flatten(), layer)
    plan = plan_network("net", Network(inputs=inputs, layers=layers))
    return next(values for name, values in initial_values(plan, 0).items() if name.endswith(".weight"))


@pytest.mark.parametrize("equalised", [1.0, 0.01])
@pytest.mark.parametrize("kind", ["dense", "conv", "modulated"])
def test_an_equalised_weight_starts_as_wide_as_its_rate_wants(kind: str, equalised: float):
    """N(0, 1 / equalised²), so that what a call uses has a variance of 1 / fan_in whatever the rate."""
    made = {
        "dense": lambda: weights_of(L.Dense(units=32, equalised=equalised)),
        "conv": lambda: weights_of(L.Conv(channels=32, kernel=3, equalised=equalised)),
        "modulated": lambda: weights_of(
            ModulatedConv(channels=32, equalised=equalised, inputs=("x", "style")),
            style=Input(kind="latent", shape=(64,)),
        ),
    }[kind]()

    assert made.std() * equalised == pytest.approx(1, abs=0.02)


def test_a_rule_that_the_file_gives_is_kept():
    given = L.Dense(units=32, equalised=0.5, weight_init=Normal(standard_deviation=0.1))

    assert weights_of(given).std() == pytest.approx(0.1, abs=0.002)
