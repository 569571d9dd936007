"""The penalty on path lengths: which generators it takes. Its numbers are held against a loop in tests/parity."""

import pytest

from gan_core.errors import SpecError
from gan_core.experiments.files import with_changes
from gan_core.presets import preset

SMALL = {"width": 0.0625, "size": 8, "mapping": 1}


def test_a_generator_has_to_give_its_styles():
    with pytest.raises(SpecError, match="path_length: the network 'generator' has no output 'styles'"):
        with_changes(preset("stylegan2-small", **SMALL), {"networks.generator.outputs": ["sum_8"]}).plans  # noqa: B018


def test_any_other_output_is_no_styles():
    changes = {"networks.generator.outputs": ["sum_8", "second_8"], "phases.path_length.objective.styles": "second_8"}

    with pytest.raises(SpecError, match="makes images of a style_mixing layer 'second_8'"):
        with_changes(preset("stylegan2-small", **SMALL), changes).plans  # noqa: B018


def test_its_mean_is_kept_between_updates():
    made = preset("stylegan2-small", **SMALL)
    (phase,) = [phase for phase in made.phases if phase.name == "path_length"]

    assert list(phase.objective.variables(made.plans)) == ["mean_length"]
    assert phase.objective.trains() == ("generator",)
