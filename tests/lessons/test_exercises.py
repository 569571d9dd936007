"""Exercises: five, whose answers follow from the experiment or were measured."""

import math

import pytest

from gan_core.lessons.alignment import aligned
from gan_core.lessons.exercises import Exercise
from gan_core.lessons.page import exercises_of
from gan_core.lessons.words import languages, read_words
from gan_core.presets import PRESETS, preset
from stored_lesson import stored_lesson, stored_measurements, stored_programs


def made(language: str = "en", **changes) -> dict[str, Exercise]:
    lesson = stored_lesson(**changes)
    return {one.name: one for one in exercises_of(lesson, aligned(lesson.programs), read_words(language))}


@pytest.mark.parametrize("language", languages())
def test_there_are_five_of_different_kinds(language: str):
    found = made(language)

    assert len(found) == 5
    assert {one.kind for one in found.values()} == {"number", "step", "choice", "line"}
    assert all(one.hint and one.solution and "{" not in one.question for one in found.values())


def test_the_step_is_the_one_that_was_measured():
    measured = stored_measurements()["ports"]["batch-norm-momentum"]

    assert made()["parts"].answer["value"] == measured["losses_part_at"] is None
    assert made()["parts"].solution.startswith("Never")


def test_an_undecided_discriminator_loses_two_logarithms_of_two():
    assert made()["undecided"].answer["value"] == pytest.approx(2 * math.log(2))


def test_the_line_to_be_found_is_that_of_batch_norm_in_the_second_column():
    answer = made()["line"].answer

    assert answer["framework"] == "paddle"
    assert answer["keys"]
    assert all("batch_norm" in key for key in answer["keys"])


def test_the_silent_mistake_is_among_the_options_and_shows_in_no_loss():
    one, ports = made()["silent"], stored_measurements()["ports"]
    lesson_rows = {name: port for name, port in ports.items() if port["losses_part_at"] is None}

    assert 2 <= len(one.options) <= 4
    assert len(set(one.options)) == len(one.options)
    assert one.solution.startswith(one.options[one.answer["value"]])
    assert lesson_rows


def test_keras_counts_running_statistics_too():
    """digits-mlp by hand: two batch norms of 128 and 256 channels, two numbers a channel."""
    one = made()["counting"]

    assert one.answer["value"] - preset("digits-mlp").plans["generator"].parameters == 2 * (128 + 256)


def test_without_measurements_only_what_needs_none_is_asked():
    found = made(measured=False)

    assert not {"parts", "silent", "worst", "floor"} & {*found}
    assert {"undecided", "line", "counting"} <= {*found}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_five_exercises_without_a_run(name: str):
    lesson = stored_lesson(experiment=preset(name), measured=False, programs={})
    found = exercises_of(lesson, [], read_words("en"))

    assert len(found) >= 3
    assert all(one.answer for one in found)


def test_programs_are_not_needed_for_the_other_exercises():
    assert "line" not in made(programs={})
    assert stored_programs()
