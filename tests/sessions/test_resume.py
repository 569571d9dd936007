"""What going on with a run rests on: its lock, its history, its format, its metrics; no framework needed."""

import json
import multiprocessing
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from gan_core.errors import DamagedError, SpecError, UsageError
from gan_core.experiments.files import read_experiment, to_toml
from gan_core.presets import preset
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.runs.history import continued, ended
from gan_core.runs.lock import locked
from gan_core.sessions import resuming
from gan_core.sessions.resuming import logged_steps, resume
from gan_core.sessions.run import Run
from gan_core.training.state import State
from gan_core.training.timetable import Timetable

RELEASED = Path(__file__).parents[1] / "fixtures" / "run-format-1"


def state(step: int) -> State:
    return State(step=step, networks={"generator": {"a": np.full(2, float(step))}}, optimizers={}, updates={})


def begun(path: Path, finished: bool = False) -> RunDirectory:
    run = RunDirectory.create(path)
    run.write_text("experiment.toml", to_toml(preset("digits-mlp")))
    run.write_checkpoint(state(7), keep=3)
    if finished:
        run.write_json("done.json", {"step": 7})
    return run


def hold(path: Path, held, let_go) -> None:
    with locked(path):
        held.set()
        let_go.wait(30)


def test_a_second_process_is_refused_until_the_first_dies(tmp_path):
    """The lock goes with the process: `kill` leaves none behind."""
    spawn = multiprocessing.get_context("spawn")
    held, let_go = spawn.Event(), spawn.Event()
    other = spawn.Process(target=hold, args=(tmp_path, held, let_go))
    other.start()
    assert held.wait(120)

    with pytest.raises(UsageError, match=f"in use by another process .pid {other.pid}"), locked(tmp_path):
        pass
    other.kill()
    other.join()

    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == f"pid {os.getpid()}"


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be written to"), locked(tmp_path / "missing"):
        pass


def test_training_into_an_interrupted_run_says_how_to_go_on(tmp_path):
    path = begun(tmp_path / "run").path

    with pytest.raises(UsageError) as caught:
        RunDirectory.create(path)

    assert str(caught.value) == f"{path} holds an interrupted run at step 7: go on with  gan resume {path}"


def test_training_into_a_finished_run_says_so(tmp_path):
    path = begun(tmp_path / "run", finished=True).path

    with pytest.raises(UsageError, match="a finished run of 7 steps"):
        RunDirectory.create(path)


def test_what_died_before_it_began_is_no_run(tmp_path):
    """A process killed between its first files and its experiment does not keep the directory's name."""
    RunDirectory.create(tmp_path / "run").write_json("environment.json", {})

    assert RunDirectory.create(tmp_path / "run").path == tmp_path / "run"


def test_checkpoints_are_in_order_of_steps_whatever_the_clock_says(tmp_path):
    """More digits than the names are padded to, and the newest dated to 1970."""
    run = RunDirectory.create(tmp_path / "run")
    for step in (9_999_999, 10_000_000):
        run.write_checkpoint(state(step), keep=3)
    os.utime(run.path / "checkpoints" / "step-10000000", (0, 0))

    assert [checkpoints.step_of(path) for path in run.checkpoints.paths()] == [9_999_999, 10_000_000]


def test_leftovers_of_a_killed_process_are_swept_up(tmp_path):
    run = begun(tmp_path / "run")
    (run.path / "checkpoints" / ".unfinished-abc").mkdir()
    (run.path / "checkpoints" / ".removed-abc").mkdir()
    (run.path / ".unfinished-x.json").touch()

    run.sweep()

    assert [path.name for path in (run.path / "checkpoints").iterdir()] == ["step-0000007"]
    assert not (run.path / ".unfinished-x.json").exists()


def test_metrics_are_cut_back_each_line_once(tmp_path):
    """Lines after the checkpoint, a line twice, and one cut short go."""
    run = RunDirectory.create(tmp_path / "run")
    run.append_metrics([{"step": step} for step in (1, 2, 4, 4, 6, 8)])
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 10, "lo')

    run.cut_metrics(lambda step: step <= 6)

    assert (run.path / "metrics.jsonl").read_text() == "".join(f'{{"step": {step}}}\n' for step in (1, 2, 4, 6))


def test_an_interval_that_is_none_is_refused_before_a_run_changes(tmp_path):
    run = begun(tmp_path / "run")
    before = sorted(run.path.rglob("*"))

    with pytest.raises(UsageError, match=r"^print_every=often: expected a number of steps"):
        resume(run.path, checkpoint=7, print_every="often")

    assert sorted(run.path.rglob("*")) == before


def test_the_steps_that_have_a_line():
    """The first, every hundredth, and the last if the run got there."""
    due = logged_steps(Timetable(preset("digits-mlp"), 1797), 6000)

    assert [step for step in range(6500) if due(step)] == [1, *range(100, 6001, 100)]


def test_a_history_keeps_no_step_twice():
    """An entry whose steps are all computed anew is left out; the one before it ends where the new one begins."""
    data = [None] * 5
    content: dict = {}
    for first in (1, 11, 6):
        content = continued(content, {"first_step": first, "last_step": None, "backend": "any"}, data)

    history = ended(content, 20)["history"]

    assert [(one["first_step"], one["last_step"]) for one in history] == [(1, 5), (6, 20)]


def test_no_whole_checkpoint_is_an_error_not_a_new_start(tmp_path):
    run = begun(tmp_path / "run")
    (run.path / "checkpoints" / "step-0000007" / "generator.safetensors").write_bytes(b"")

    with pytest.raises(DamagedError, match="no whole checkpoint"):
        run.newest_state(preset("digits-mlp"), lambda *_: None)


@pytest.mark.parametrize("name", ["environment.json", "done.json", "evaluation.json"])
def test_every_file_has_a_format_and_a_newer_one_is_refused(tmp_path, name):
    run = RunDirectory.create(tmp_path / "run")
    run.write_json(name, {"step": 1})
    assert run.read_json(name)["format"] == 1
    (run.path / name).write_text('{"format": 2}')

    with pytest.raises(UsageError, match=r"has format 2, of a newer version .*: upgrade gan-core"):
        run.read_json(name)


def test_an_experiment_of_a_newer_version_is_refused(tmp_path):
    """Also where it has fields that this one does not know."""
    file = tmp_path / "new.toml"
    file.write_text('format = 2\nname = "x"\nnovelty = 1\n')

    with pytest.raises((UsageError, SpecError), match="newer version"):
        read_experiment(file)


def test_a_run_of_the_first_release_is_read():
    """A small committed run: whatever changes later, this must load, checksums, shapes and all."""
    run = Run(RELEASED)
    found = run.state()

    assert (found.step, run.backend, len(run.metrics())) == (4, "torch", 3)
    expected = json.loads((RELEASED / "sums.json").read_text())
    sums = {f"{name}/{key}": float(np.abs(v).sum()) for name, vs in found.networks.items() for key, v in vs.items()}
    assert sums == pytest.approx(expected, rel=1e-12)
    assert found.updates == {"generator": 4, "discriminator": 4}


def test_a_copy_of_a_released_run_can_be_gone_on_with(tmp_path):
    """Everything `resume` checks before it loads a framework holds for it."""
    from gan_core.sessions.resuming import check_unchanged

    run = RunDirectory.open(shutil.copytree(RELEASED, tmp_path / "run"))

    check_unchanged(run, run.read_json("environment.json"))
    assert not run.finished


def test_a_lock_is_let_go_with_its_block(tmp_path):
    start = time.monotonic()
    for _ in range(3):
        with locked(tmp_path):
            pass

    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("recorded", "asked", "wanted"),
    [({}, None, False), ({"deterministic": "true"}, None, True), ({"deterministic": "true"}, False, False)],
)
def test_the_same_bits_are_asked_for_as_before(tmp_path, monkeypatch, recorded, asked, wanted):
    run = RunDirectory.open(shutil.copytree(RELEASED, tmp_path / "run"))
    run.write_json("environment.json", run.read_json("environment.json") | recorded)

    def opened(backend, device, data_dir, workers, *, deterministic):
        raise UsageError(f"deterministic is {deterministic}")

    monkeypatch.setattr(resuming.Machine, "of_worker", opened)
    with pytest.raises(UsageError, match=f"deterministic is {wanted}"):
        resume(tmp_path / "run", deterministic=asked)
