"""Grids: names that tell combinations apart, short, and fit for folders."""

import pytest

from gan_core.errors import SpecError
from gan_core.sweeps.grid import LONGEST_NAME, axes_of, points_of, short_keys, short_values


def test_the_last_axis_moves_fastest():
    points = points_of({"training.batch_size": [8, 16], "data.digits": ["odd", "even"]})

    assert [point.changes for point in points][:2] == [
        {"training.batch_size": 8, "data.digits": "odd"},
        {"training.batch_size": 8, "data.digits": "even"},
    ]
    assert points[3].name == "batch_size-16-digits-even"


def test_no_axes_are_one_point_without_a_name():
    assert [(point.name, point.title, point.changes) for point in points_of({})] == [("", "", {})]


def test_keys_that_end_alike_keep_what_tells_them_apart():
    both = [f"players.{player}.optimizer.learning_rate" for player in ("generator", "discriminator")]

    assert list(short_keys(both).values()) == ["generator.learning_rate", "discriminator.learning_rate"]


def test_keys_that_nothing_short_tells_apart_stay_whole():
    keys = ["a.b.c", "b.a.c"]

    assert short_keys(keys) == {key: key for key in keys}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1e-4, 0.5, 3], ["0.0001", "0.5", "3"]),
        ([{"type": "adam", "b": 1}, {"type": "sgd"}], ["adam", "sgd"]),
        ([{"type": "adam", "b": 1}, {"type": "adam"}], ["1", "2"]),
        (["a" * 40, "b"], ["1", "2"]),
        (["../x y", "z"], ["_x_y", "z"]),
    ],
)
def test_values_are_words_that_a_folder_may_have(values, words):
    assert short_values(values) == words


def test_a_name_too_long_is_a_number():
    axes = {f"a.{letter * 40}": [1, 2] for letter in "xyz"}

    names = [point.name for point in points_of(axes)]

    assert names[0] == "grid-001"
    assert max(map(len, names)) <= LONGEST_NAME
    assert len(set(names)) == 8


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"width": []}, "grid.width: expected a list of values"),
        ({"width": "wide"}, "grid.width: expected a list of values"),
        ({"width": [1, 1]}, "grid.width: expected different values"),
        ({"experiment": [1]}, "grid.experiment: expected names of presets or files"),
        ({"training": {"seed": [1]}}, "grid.training.seed: the sweep has seeds"),
    ],
)
def test_a_grid_that_is_none_is_a_line(grid, message):
    with pytest.raises(SpecError) as caught:
        axes_of(grid)

    assert str(caught.value).startswith(message)
