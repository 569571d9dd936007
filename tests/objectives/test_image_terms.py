"""Turns, places and filters: which term sees what, and what networks it refuses. The formulas: `tests/parity`."""

import numpy as np
import pytest

from gan_core.errors import SpecError
from gan_core.objectives import OrthogonalRegularisation, RotationPrediction
from gan_core.objectives.weight_terms import squared_products
from gan_core.operations import tables
from gan_core.operations.workers import Workers
from gan_core.plans.plans import plan_network
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.testing.numpy_ops import NumpyOps


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (
            "ssgan",
            "networks.discriminator.layers.rotations.units=3",
            r"'rotations' of 'discriminator' has 3 units; expe",
        ),
        (
            "infomax-gan",
            "phases.generator.objective.terms=[{type='local_global_contrast', places='validity'}]",
            r"'validity' of 'discriminator' has the shape \[1\]; expected \[64, height, width\]",
        ),
        ("biggan-small", "attention=32", r"attention: expected one of 0, 8, 16 \(0 for none\), got 32"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_line(name, change, words):
    with pytest.raises(SpecError, match=words):
        load_experiment(name, ["width=0.0625", change])


def test_points_have_no_quarter_turns():
    points, judge = preset("mixture-8").plans["generator"], preset("ssgan", width=0.0625).plans["discriminator"]

    with pytest.raises(SpecError, match=r"'generator' makes \[2\]; only square images can be turned"):
        RotationPrediction().check_plans("generator", points, judge)


def test_a_network_without_products_has_no_filters_to_keep_apart():
    rows = L.Embedding(classes=3, units=2)
    plan = plan_network("rows", Network(inputs={"label": Input(kind="label", classes=3)}, layers=(rows,)))

    with pytest.raises(SpecError, match="'rows' has neither dense layers nor convolutions"):
        OrthogonalRegularisation().check_plans("generator", plan, plan)


def test_filters_of_right_angles_cost_nothing_whatever_their_length():
    """Rows (2, 0), (0, 3): no product; rows (1, 0), (1, 1): each of two products is 1."""
    assert float(squared_products(NumpyOps(), np.array([[2.0, 0.0], [0.0, 3.0]]))) == 0
    assert float(squared_products(NumpyOps(), np.array([[1.0, 0.0], [1.0, 1.0]]))) == 2


def test_workers_turn_their_rows_as_one_process_does():
    whole = tables.quarters(8)

    parts = [tables.quarters(4, Workers(rank=rank, count=2)) for rank in range(2)]

    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(whole, [0, 0, 1, 1, 2, 2, 3, 3])
