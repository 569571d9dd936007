"""Every preset is a whole experiment, and its parameters are set like any key."""

import re

import pytest

from gan_core.cost import step_multiply_adds
from gan_core.errors import SpecError, UsageError
from gan_core.experiment_files import from_text, to_json, to_toml
from gan_core.presets import PRESETS, preset
from gan_core.run import load_experiment


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_file_and_back(name):
    made = preset(name)

    assert from_text(to_toml(made), ".toml") == made
    assert from_text(to_json(made), ".json") == made


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_its_paper_and_its_cost(name):
    """The docstring cites the year of the paper in `gan list`; a step costs something."""
    entry = PRESETS[name]
    years = re.findall(r"\d{4}", entry.paper)

    assert entry.make.__doc__ is not None
    assert all(year in entry.make.__doc__ for year in years), entry.make.__doc__
    assert step_multiply_adds(preset(name)) > 0


def test_width_scales_every_channel_count():
    narrow = load_experiment("mnist-dcgan", ["width=0.25"])

    shapes = [node.plan.output_shape[0] for node in narrow.plans["discriminator"].nodes if "conv" in node.name]
    assert shapes == [32, 64, 128, 1]


@pytest.mark.parametrize("change", ["width=-1", "width=wide", "width=true"])
def test_a_width_that_is_no_positive_number_is_refused(change):
    with pytest.raises(UsageError, match="not a positive number"):
        load_experiment("mnist-dcgan", [change])


def test_a_parameter_that_a_preset_lacks_is_an_unknown_field():
    with pytest.raises(SpecError, match="width"):
        load_experiment("mnist-mlp", ["width=0.5"])


def test_a_pack_that_does_not_divide_the_batch_is_refused():
    with pytest.raises(SpecError, match="pack 7 does not divide the batch size 120"):
        load_experiment("pacgan", ["pack=7"])


def test_a_negative_unrolling_is_refused():
    with pytest.raises(SpecError, match="unroll"):
        load_experiment("unrolled", ["phases.generator.objective.unroll=-1"])


def test_packing_puts_neighbours_side_by_side():
    """Samples (1,2), (3,4), (5,6), (7,8) in twos are (1,2,3,4) and (5,6,7,8)."""
    import numpy as np

    from gan_core.scene import pack
    from numpy_ops import NumpyOps

    packed = pack(NumpyOps(), np.arange(1.0, 9.0).reshape(4, 2), 2)

    np.testing.assert_array_equal(packed, [[1, 2, 3, 4], [5, 6, 7, 8]])
