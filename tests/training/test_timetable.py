"""Epochs of steps, and what is due when; no framework needed."""

import pytest

from gan_core.errors import SpecError, UsageError
from gan_core.experiments.experiment import Checkpoint, Evaluation, Logging, Sampling
from gan_core.experiments.files import from_text, to_toml, with_changes
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment
from gan_core.training.timetable import Timetable

SAMPLES = 64 * 10  # ten batches of digits-mlp's


def timetable(*changes: str, samples: int = SAMPLES) -> Timetable:
    return Timetable(load_experiment("digits-mlp", ["training.steps=100", *changes]), samples)


def steps_due(times: Timetable, interval) -> list[int]:
    return [step for step in range(1, times.steps + 1) if times.due(interval, step)]


def test_an_epoch_ends_with_its_last_whole_batch():
    times = timetable(samples=SAMPLES + 63)

    assert [times.epoch(step) for step in (1, 10, 15)] == [0.1, 1.0, 1.5]
    assert [times.epoch_and_batch(step) for step in (1, 10, 11)] == [(1, 1), (1, 10), (2, 1)]
    assert times.epochs == 10


def test_an_epoch_ends_with_a_smaller_batch_that_is_kept():
    times = timetable("training.last_batch=keep", samples=SAMPLES + 1)

    assert [times.epoch(step) for step in (11, 22)] == [1.0, 2.0]
    assert times.epoch_and_batch(11) == (1, 11)
    assert times.steps_of_epochs(3) == 33


def test_checkpoints_of_epochs_come_at_their_ends():
    assert steps_due(timetable(), Checkpoint(every_epochs=3)) == [30, 60, 90, 100]


def test_parts_of_an_epoch_are_due_at_the_step_in_which_they_have_passed():
    assert steps_due(timetable("training.steps=20"), Logging(every_epochs=0.25)) == [3, 5, 8, 10, 13, 15, 18, 20]


def test_sheets_by_epochs_come_after_the_first_one_too():
    assert steps_due(timetable(), Sampling(every_epochs=5)) == [10, 50, 100]


def test_an_evaluation_without_an_interval_is_never_due():
    assert steps_due(timetable(), Evaluation()) == []


def test_a_step_that_takes_several_batches_moves_the_epoch_by_as_many():
    times = timetable("phases.discriminator.repeats=4")

    assert times.epoch(5) == 2.0
    assert [times.step_of_epoch(epoch) for epoch in (1, 2, 3)] == [3, 5, 8]
    assert steps_due(times, Checkpoint(every_epochs=1))[:4] == [3, 5, 8, 10]


def test_a_phase_that_rests_takes_no_batches():
    """WGAN-GP by batches: the generator every fifth step takes none; the discriminator takes one a step."""
    assert timetable("phases.generator.every_steps=5").step_of_epoch(2) == 20


@pytest.mark.parametrize(
    "interval", [Checkpoint(every_epochs=0.7), Checkpoint(every_steps=7), Sampling(every_epochs=4)]
)
def test_the_last_step_that_was_due_is_found_without_a_walk(interval):
    times = timetable("training.steps=1000")
    due = [0, *steps_due(times, interval)]

    for step in range(1, 100):
        assert times.last_due(interval, step) == max(one for one in due if one <= step)


def test_epochs_without_real_samples_are_refused():
    phases = 'phases=[{name="g", player="generator", objective={type="adversarial_generator"}}]'
    times = timetable(phases, "sampling.every_epochs=1")

    with pytest.raises(UsageError, match=r"^sampling\.every_epochs: no phase of this experiment takes real samples"):
        times.check()
    with pytest.raises(UsageError, match=r"no phase of this experiment takes real samples; give steps=N"):
        times.steps_of_epochs(3)


def test_an_interval_has_one_unit():
    with pytest.raises(SpecError, match="sampling: every_steps and every_epochs are both given; expected one of them"):
        Sampling(every_steps=5, every_epochs=1)


@pytest.mark.parametrize("name", ["logging", "sampling", "checkpoint", "evaluation"])
def test_a_change_of_the_unit_takes_the_place_of_the_other(name):
    by_epochs = with_changes(preset("digits-mlp"), {f"{name}.every_epochs": 2})
    by_steps = with_changes(by_epochs, {f"{name}.every_steps": 7})

    assert (getattr(by_epochs, name).every_steps, getattr(by_epochs, name).every_epochs) == (None, 2.0)
    assert (getattr(by_steps, name).every_steps, getattr(by_steps, name).every_epochs) == (7, None)


def test_a_file_without_an_interval_has_the_default():
    text = to_toml(with_changes(preset("digits-mlp"), {"logging.every_epochs": 2}))

    assert from_text(text, ".toml").logging == Logging(every_epochs=2)
    assert from_text(text.replace("every_epochs = 2.0\n", ""), ".toml").logging == Logging(every_steps=50)
