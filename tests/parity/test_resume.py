"""A run that was stopped goes on as if it had not been: the same metrics and weights, to the last bit."""

import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

import gan_core
from gan_core.data.dataset import Dataset
from gan_core.errors import StoppedError, TrainingError, UsageError, WriteError
from gan_core.experiments.files import read_experiment, with_changes
from gan_core.presets import preset
from gan_core.presets.loading import read_changes
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.training.events import CheckpointDue, ScalarsRead, StepEnded
from gan_core.training.trainer import Trainer
from small_runs import CHANGES, STEPS, Death, assert_same_run, dying_after, metrics, train

DROPOUT = 'networks.discriminator.layers.4={type="dropout", rate=0.4}'


ONCE = pytest.mark.usefixtures("once")


def test_a_run_that_died_ends_as_one_that_did_not(small_runs, whole):
    """Batch norm and Adam; the lines after the checkpoint were written already, and stand there once at the end."""
    assert_same_run(whole, small_runs.resumed_after(7))


@ONCE
@pytest.mark.parametrize("step", [1, 5, 12])
def test_a_run_that_died_elsewhere_ends_as_one_that_did_not(small_runs, whole, step):
    """Before the first checkpoint, right after it, and at the last step."""
    assert_same_run(whole, small_runs.resumed_after(step))


def test_dropout_goes_on_bit_for_bit(tmp_path, backend32, name):
    train(tmp_path / "whole", name, DROPOUT)
    with pytest.raises(Death):
        train(tmp_path / "run", name, DROPOUT, callbacks=[dying_after(6)])

    gan_core.resume(tmp_path / "run", progress=False)

    assert_same_run(tmp_path / "whole", tmp_path / "run")


@ONCE
def test_a_phase_that_rests_is_logged_as_if_nothing_had_happened(tmp_path, backend32, name):
    """It acts at 1, 6, 11 …; the line of step 50 holds its update of step 46, which only the checkpoint of 48 knows."""
    rare = ["phases.generator.every_steps=5", "logging.every_steps=25", "checkpoint.every_steps=24"]
    whole = train(tmp_path / "whole", name, *rare, steps=52).path
    with pytest.raises(Death):
        train(tmp_path / "run", name, *rare, steps=52, callbacks=[dying_after(49)])

    gan_core.resume(tmp_path / "run", progress=False)

    rows = metrics(tmp_path / "run")
    assert rows == metrics(whole)
    assert [list(row) for row in rows] == [list(row) for row in metrics(whole)]  # to the order of the names
    assert [(row["step"], row.get("of_step")) for row in rows] == [
        (1, None), (25, {"generator": 21}), (50, {"generator": 46}), (52, {"generator": 51})
    ]  # fmt: skip
    assert_same_run(whole, tmp_path / "run", 52)


def test_a_run_that_died_has_its_losses_drawn(small_runs):
    assert (small_runs.died_after(5) / "losses.png").read_bytes().startswith(b"\x89PNG")


def test_a_control_variable_goes_on(tmp_path, backend32, name):
    """A run whose objective keeps a scalar: its checkpoint fits its experiment, and comes back as it was."""
    experiment = preset("began", width=0.0625)
    experiment = with_changes(experiment, {"training.batch_size": 2, "training.steps": 2})
    pixels = np.random.default_rng(0).integers(0, 256, (8, 1, 32, 32), dtype=np.uint8)
    one, other = (Trainer(experiment, backend32, Dataset(name="noise", samples=pixels)) for _ in range(2))
    one.run_step()
    folder = checkpoints.write(tmp_path, one.state())

    other.load(checkpoints.read(folder, experiment))
    one.run_step()
    other.run_step()

    for key, value in one.state().variables.items():
        np.testing.assert_array_equal(other.state().variables[key], value, err_msg=key)


def test_a_finished_run_can_be_extended(tmp_path, whole, name):
    """The last line that only the shorter run had, at step 7, is not in the longer one."""
    train(tmp_path / "run", name, steps=7)

    gan_core.resume(tmp_path / "run", steps=STEPS, progress=False)

    assert_same_run(whole, tmp_path / "run")
    assert read_experiment(tmp_path / "run" / "experiment.toml").training.steps == STEPS


def test_a_run_goes_back_to_an_earlier_checkpoint(tmp_path, small_runs, whole):
    """To step 4 of 12: what follows is computed again, bit for bit, and the later checkpoints are set aside."""
    shutil.copytree(whole, tmp_path / "run")
    said = []

    gan_core.resume(tmp_path / "run", checkpoint=4, progress=False, tell=said.append)

    assert_same_run(whole, tmp_path / "run")
    assert {path.name for path in (tmp_path / "run" / "checkpoints").glob("later-*")} == {
        "later-step-0000008",
        "later-step-0000012",
    }
    assert said == ["the run goes on from step 4; 2 checkpoints of later steps are set aside as later-step-…"]


@ONCE
def test_losses_can_be_read_at_steps_that_no_line_is_logged_at(tmp_path, whole, name):
    """The values are those that lines of metrics would have, and what is trained and logged stays the same."""
    heard = []
    run = train(
        tmp_path / "run", name, "checkpoint.every_steps=4", progress=True, print_every=3, callbacks=[heard.append]
    )

    read = {event.step: event.scalars for event in heard if isinstance(event, ScalarsRead)}
    assert list(read) == [3, 6, 9, 12]
    assert read[6] == {key: value for key, value in run.metrics()[3].items() if "/" in key}
    assert_same_run(whole, run.path)


def test_a_finished_run_says_so(tmp_path, whole):
    run, said = shutil.copytree(whole, tmp_path / "run"), []

    gan_core.resume(run, tell=said.append)

    assert said == [f"{run} is finished ({STEPS} steps); steps=STEPS would extend it"]


def test_the_history_says_who_ran_which_steps(small_runs, name):
    history = RunDirectory(small_runs.resumed_after(7)).read_json("environment.json")["history"]

    assert [(one["first_step"], one["last_step"], one["backend"]) for one in history] == [(1, 4, name), (5, 12, name)]


@pytest.fixture
def heard(number):
    """A signal that this process does not ignore, as it may when it runs in the background or under a runner."""
    before = signal.signal(number, signal.default_int_handler)
    yield number
    signal.signal(number, before)


@ONCE
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_and_saves(tmp_path, whole, name, heard):
    """Step 5 is finished and saved, though no checkpoint was due; exit status 128 + the signal's number."""

    def kick(event) -> None:
        if isinstance(event, StepEnded) and event.step == 4:
            os.kill(os.getpid(), heard)

    with pytest.raises(StoppedError, match=r"after step 5, .*go on with  gan resume") as caught:
        train(tmp_path / "run", name, callbacks=[kick])
    assert caught.value.exit_status == 128 + heard
    assert [path.name for path in RunDirectory(tmp_path / "run").checkpoints.paths()][-1] == "step-0000005"

    gan_core.resume(tmp_path / "run", progress=False)

    assert_same_run(whole, tmp_path / "run")


@ONCE
def test_a_damaged_checkpoint_is_passed_over(tmp_path, small_runs, whole):
    """The one before it is used, it is said, and the run ends the same."""
    shutil.copytree(small_runs.died_after(12), tmp_path / "run")
    file = tmp_path / "run" / "checkpoints" / "step-0000012" / "generator.safetensors"
    raw = bytearray(file.read_bytes())
    raw[-5] ^= 4
    file.write_bytes(raw)
    said = []

    gan_core.resume(tmp_path / "run", progress=False, tell=said.append)

    assert len(said) == 1
    assert "damaged" in said[0]
    assert (tmp_path / "run" / "checkpoints" / "damaged-step-0000012").is_dir()
    assert_same_run(whole, tmp_path / "run")


@ONCE
def test_a_full_disk_stops_the_run_and_leaves_the_last_checkpoint(tmp_path, whole, name, monkeypatch):
    """The disk is full in the middle of the second checkpoint; the first is whole, and the run goes on from it."""
    from gan_core.files import tensor_files

    real, written = tensor_files.write_synced, []

    def full(path: Path, raw: bytes) -> None:
        written.append(path)
        if len(written) == 6:
            path.write_bytes(raw[: len(raw) // 2])
            raise OSError(28, "No space left on device")
        real(path, raw)

    monkeypatch.setattr(tensor_files, "write_synced", full)
    with pytest.raises(WriteError, match=r"No space left on device; .* of step 4: make room") as caught:
        train(tmp_path / "run", name)
    monkeypatch.undo()
    assert len(str(caught.value).splitlines()) == 1
    assert [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["step-0000004"]

    gan_core.resume(tmp_path / "run", progress=False)

    assert_same_run(whole, tmp_path / "run")


@ONCE
def test_a_loss_that_became_nan_still_stops(tmp_path, name):
    with pytest.raises(TrainingError, match="loss is"):
        train(tmp_path / "run", name, "players.generator.optimizer.learning_rate=1e38", steps=50)


def test_more_steps_than_asked_for_are_refused(tmp_path, whole):
    run = shutil.copytree(whole, tmp_path / "run")

    with pytest.raises(UsageError, match=f"stands at step {STEPS} already"):
        gan_core.resume(run, steps=3)


def test_an_edited_experiment_is_refused(tmp_path, small_runs):
    shutil.copytree(small_runs.died_after(5), tmp_path / "run")
    file = tmp_path / "run" / "experiment.toml"
    file.write_text(file.read_text().replace("learning_rate = 0.0005", "learning_rate = 0.0006"))

    with pytest.raises(UsageError, match="not the experiment of this run any more"):
        gan_core.resume(tmp_path / "run")


def test_new_samples_are_those_of_a_trainer_that_stands_there(tmp_path, whole, name, backend32, monkeypatch):
    """To the last bit, with the networks that are sampled alone: no optimizer is built."""
    run = gan_core.Run(whole)
    expected = run.trainer(name).sampler.sample(16, "sample 0", None)

    def refused(*arguments):
        raise AssertionError("samples need no optimizer")

    monkeypatch.setattr(type(backend32), "build_optimizer", refused)
    np.testing.assert_array_equal(run.sample(16, backend=name), expected)


def test_a_state_stays_what_it_was_while_training_goes_on(backend32):
    """A thread writes it meanwhile, so it must share no memory with the device's arrays."""
    experiment = with_changes(preset("digits-mlp"), read_changes(CHANGES))
    trainer = Trainer(experiment, backend32, experiment.data.load(None))
    trainer.run_step()
    state = trainer.state()
    arrays = [*state.networks.values(), *state.optimizers.values(), state.variables]
    before = [{key: value.copy() for key, value in values.items()} for values in arrays]

    for _ in range(3):
        trainer.run_step()

    for now, then in zip(arrays, before, strict=True):
        for key, value in then.items():
            np.testing.assert_array_equal(now[key], value, err_msg=key)


@ONCE
def test_the_run_waits_for_its_last_checkpoint(tmp_path, name, monkeypatch):
    """However slow the disk is, the checkpoint is there when the run ends."""
    import time

    from gan_core.runs import checkpoints

    real = checkpoints.write
    monkeypatch.setattr(checkpoints, "write", lambda *given: time.sleep(0.3) or real(*given))
    seen = []

    run = train(tmp_path / "run", name, steps=4, callbacks=[lambda event: seen.append(type(event))])

    assert CheckpointDue in seen
    assert [path.name for path in run.directory.checkpoints.paths()] == ["step-0000004"]


def test_imported_weights_make_a_run_of_their_own(tmp_path, whole, backend32):
    """The file changes one network, the rest is the run's; the new run goes on, and says where its weights are from."""
    from gan_core.sessions.weight_exchange import export_weights, import_weights

    run = gan_core.Run(shutil.copytree(whole, tmp_path / "run"))
    file = export_weights(run.path, tmp_path / f"judge{backend32.weights_suffix}", network="discriminator")
    plan = run.experiment.plans["discriminator"]
    doubled = {key: 2 * value for key, value in run.state().networks["discriminator"].items()}
    backend32.export_weights(plan, doubled, file)

    new = import_weights(run.path, file, tmp_path / "new", network="discriminator")

    for key, value in doubled.items():
        np.testing.assert_array_equal(new.state().networks["discriminator"][key], value)
    assert new.state().step == STEPS
    gan_core.resume(new.path, steps=STEPS + 2, progress=False)
    imported = RunDirectory(new.path).read_json("environment.json")["imported"]
    assert [(one["network"], one["step"]) for one in imported] == [("discriminator", STEPS)]
