"""Initializers are told by the values that they drew, where there are enough of them."""

import numpy as np
import pytest

from gan_core.plans.layer_plans import WeightPlan
from gan_core.plans.plans import plan_network
from gan_core.porting.first_values import initializer_of, with_initializers
from gan_core.specs import layers as L
from gan_core.specs.initializers import (
    FanInUniform,
    GlorotUniform,
    Initializer,
    KaimingNormal,
    Normal,
    Ones,
    Uniform,
    Zeros,
)
from gan_core.specs.networks import Input, Network

SHAPE, FANS = (64, 32, 4, 4), {"fan_in": 512, "fan_out": 1024}


@pytest.mark.parametrize(
    "drawn",
    [
        Zeros(),
        Ones(),
        Normal(standard_deviation=0.02),
        Normal(mean=1.0, standard_deviation=0.02),
        FanInUniform(),
        GlorotUniform(),
        KaimingNormal(),
        Uniform(limit=0.05),
        Normal(standard_deviation=0.5),
    ],
    ids=str,
)
def test_a_draw_is_told_by_its_values(drawn: Initializer):
    value = drawn.draw(np.random.default_rng(1), SHAPE, **FANS)
    plan = WeightPlan(shape=SHAPE, initializer=GlorotUniform(), **FANS)

    assert initializer_of(plan, value, GlorotUniform()) == drawn


def test_a_single_value_is_no_constant():
    plan = WeightPlan(shape=(1,), initializer=Zeros(), **FANS)

    assert initializer_of(plan, np.array([0.01]), Zeros()) == FanInUniform()
    assert initializer_of(plan, np.array([1.0]), Zeros()) == Ones()


def test_values_of_no_initializer_are_told_as_such():
    value = np.random.default_rng(0).standard_normal(SHAPE) ** 3
    plan = WeightPlan(shape=SHAPE, initializer=GlorotUniform(), **FANS)

    assert initializer_of(plan, value, GlorotUniform()) is None


def test_a_network_takes_what_its_values_tell_and_names_the_rest():
    network = Network(
        inputs={"z": Input(kind="latent", shape=(40,))}, layers=(L.Dense(units=50), L.BatchNorm(), L.Dense(units=60))
    )
    plan = plan_network("net", network)
    random = np.random.default_rng(0)
    values = {name: weight.initializer.draw(random, weight.shape, 1, 1) for name, weight in plan.weights.items()}
    values["dense_1.weight"] = Normal().draw(random, (50, 40), 40, 50)
    values["dense_2.weight"] = random.standard_normal((60, 50)) ** 5

    made, unknown = with_initializers(network, plan, values)

    assert made.layers[0].weight_init == Normal()
    assert unknown == ["dense_2.weight"]
