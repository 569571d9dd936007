"""The files of a run: whole or not there, and read back as they were written."""

import errno
import json
import os
import threading

import numpy as np
import pytest

from gan_core.errors import UsageError, WriteError
from gan_core.files.whole_files import written_whole
from gan_core.presets import preset
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.training.state import State

SHAPES = {
    "generator": {"dense_1.weight": (2, 3)},
    "optimizers": {"generator/generator/dense_1.weight/first_moment": (2, 3)},
}


def state(step: int) -> State:
    return State(
        step=step,
        networks={"generator": {"dense_1.weight": np.full((2, 3), float(step))}},
        optimizers={"generator": {"generator/dense_1.weight/first_moment": np.ones((2, 3))}},
        updates={"generator": step},
    )


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    run = RunDirectory.create(tmp_path / "run")
    run.write_checkpoint(state(5), keep=3)

    read = checkpoints.read(run.checkpoints.paths()[-1])

    assert (read.step, dict(read.updates)) == (5, {"generator": 5})
    np.testing.assert_array_equal(read.networks["generator"]["dense_1.weight"], np.full((2, 3), 5.0))
    assert list(read.optimizers["generator"]) == ["generator/dense_1.weight/first_moment"]


def test_only_the_newest_checkpoints_are_kept(tmp_path):
    run = RunDirectory.create(tmp_path / "run")
    for step in (1, 2, 3, 4):
        run.write_checkpoint(state(step), keep=2)

    assert [path.name for path in run.checkpoints.paths()] == ["step-0000003", "step-0000004"]


def test_a_damaged_checkpoint_is_refused(tmp_path):
    """One bit flipped in a tensor file is found by its checksum."""
    run = RunDirectory.create(tmp_path / "run")
    run.write_checkpoint(state(1), keep=1)
    file = run.checkpoints.paths()[0] / "generator.safetensors"
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)

    with pytest.raises(UsageError, match="damaged"):
        checkpoints.read(run.checkpoints.paths()[0])


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def fail() -> None:
        with written_whole(path) as temporary:
            temporary.write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("file.txt", "old")]


def test_a_directory_in_use_is_refused(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="exists already"):
        RunDirectory.create(tmp_path)


def test_run_directories_are_numbered(tmp_path):
    names = [RunDirectory.create_next(tmp_path, "digits-mlp-torch-seed0").path.name for _ in range(2)]

    assert names == ["digits-mlp-torch-seed0-0001", "digits-mlp-torch-seed0-0002"]


def test_a_metrics_line_cut_short_is_left_out(tmp_path):
    run = RunDirectory.create(tmp_path / "run")
    run.append_metrics([{"step": 1}, {"step": 2}])
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 3, "lo')

    assert run.metrics() == [{"step": 1}, {"step": 2}]


def test_another_folder_is_no_run(tmp_path):
    with pytest.raises(UsageError, match="no run directory"):
        RunDirectory.open(tmp_path)


def test_json_files_are_readable(tmp_path):
    run = RunDirectory.create(tmp_path / "run")
    run.write_json("done.json", {"step": 3})

    assert json.loads((run.path / "done.json").read_text()) == {"format": 1, "step": 3}
    assert run.finished


def test_a_checkpoint_that_is_removed_while_it_is_read_gives_way_to_the_newer_one(tmp_path, monkeypatch):
    """A training beside the reader goes on: nothing is damaged, and nobody is told so."""
    run = RunDirectory.create(tmp_path / "run")
    run.write_checkpoint(state(1), keep=1)
    real, told = checkpoints.read_header, []

    def read_header(path):
        if path.parent.name == "step-0000001":
            run.write_checkpoint(state(2), keep=1)
        return real(path)

    monkeypatch.setattr(checkpoints, "read_header", read_header)
    monkeypatch.setattr(checkpoints, "expected_shapes", lambda _: SHAPES)
    monkeypatch.setattr(checkpoints, "_check_types", lambda *_: None)
    monkeypatch.setattr(checkpoints, "_check_updates", lambda *_: None)

    found = run.newest_state(preset("digits-mlp"), lambda *given: told.append(given))

    assert (found.step, told) == (2, [])


def test_readers_beside_a_pruning_training_always_find_a_state(tmp_path, monkeypatch):
    run = RunDirectory.create(tmp_path / "run")
    run.write_checkpoint(state(1), keep=1)
    for check in ("_check_fit", "_check_types", "_check_updates"):
        monkeypatch.setattr(checkpoints, check, lambda *_: None)
    experiment, over, found = preset("digits-mlp"), threading.Event(), []

    def train() -> None:
        for step in range(2, 60):
            run.write_checkpoint(state(step), keep=1)
        over.set()

    training = threading.Thread(target=train)
    training.start()
    while not over.is_set():
        found.append(run.newest_state(experiment, lambda _, error: pytest.fail(str(error))))
    training.join()

    assert None not in found
    assert [one.step for one in found] == sorted(one.step for one in found)


def test_only_checkpoints_up_to_the_new_one_are_pruned(tmp_path):
    """A folder of a later step, whoever put it there, does not push out what was just written."""
    run = RunDirectory.create(tmp_path / "run")
    (run.path / "checkpoints" / "step-9999999").mkdir()
    for step in (1, 2):
        run.write_checkpoint(state(step), keep=1)

    assert [path.name for path in run.checkpoints.paths()] == ["step-0000002", "step-9999999"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_write_that_the_system_refuses_is_one_line(tmp_path, number):
    with pytest.raises(WriteError, match=f"{os.strerror(number)}$") as caught, written_whole(tmp_path / "a.png"):
        raise OSError(number, os.strerror(number))

    assert caught.value.number == number
    assert list(tmp_path.iterdir()) == []
