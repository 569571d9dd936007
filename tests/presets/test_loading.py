"""Changes as a table and as words, and the experiment that both give."""

import pytest

from gan_core.errors import UsageError
from gan_core.presets.loading import load_experiment, read_changes, training_changes


def test_words_are_read_as_a_table():
    words = ["training.steps=500", "width=.25", "name=mine", "a=[1, 2]", 'b="x=y"', "c="]

    assert read_changes(words) == {
        "training.steps": 500,
        "width": 0.25,
        "name": "mine",
        "a": [1, 2],
        "b": "x=y",
        "c": "",
    }


def test_words_are_read_as_json_where_they_are_no_toml():
    words = ['a={"type": "r1", "weight": 0.5}', 'b=[{"type": "r1"}]', "c=null", "d={mine"]

    assert read_changes(words) == {
        "a": {"type": "r1", "weight": 0.5},
        "b": [{"type": "r1"}],
        "c": "null",
        "d": "{mine",
    }


def test_a_table_is_taken_as_it_is():
    assert read_changes({"training.steps": 500}) == {"training.steps": 500}
    assert read_changes(None) == {}


def test_of_two_values_of_one_key_the_last_is_taken_in_its_place():
    changes = read_changes(["a=1", "b=2", "a=3"])

    assert list(changes.items()) == [("b", 2), ("a", 3)]


@pytest.mark.parametrize("changes", [["training.steps"], ["=500"], "training.steps=500"])
def test_a_word_of_another_form_is_refused(changes):
    with pytest.raises(UsageError, match=r"^changes=.*expected .*KEY=VALUE"):
        read_changes(changes)


def test_a_preset_takes_its_parameters_and_fields_from_one_table():
    table = load_experiment("mnist-dcgan", {"width": 0.25, "training.steps": 7})

    assert table == load_experiment("mnist-dcgan", ["width=0.25", "training.steps=7"])
    assert table.training.steps == 7


def test_settings_that_are_not_set_change_nothing():
    assert training_changes(steps=3, batch_size=None, seed=0, dtype=None) == {"training.steps": 3, "training.seed": 0}
