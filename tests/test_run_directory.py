"""The files of a run: whole or not there, and read back as they were written."""

import json

import numpy as np
import pytest

from gan_core.errors import UsageError
from gan_core.events import State
from gan_core.run_directory import RunDirectory, written_whole


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

    read = run.read_checkpoint(run.checkpoints()[-1])

    assert (read.step, dict(read.updates)) == (5, {"generator": 5})
    np.testing.assert_array_equal(read.networks["generator"]["dense_1.weight"], np.full((2, 3), 5.0))
    assert list(read.optimizers["generator"]) == ["generator/dense_1.weight/first_moment"]


def test_only_the_newest_checkpoints_are_kept(tmp_path):
    run = RunDirectory.create(tmp_path / "run")
    for step in (1, 2, 3, 4):
        run.write_checkpoint(state(step), keep=2)

    assert [path.name for path in run.checkpoints()] == ["step-0000003", "step-0000004"]


def test_a_damaged_checkpoint_is_refused(tmp_path):
    """One bit flipped in a tensor file is found by its checksum."""
    run = RunDirectory.create(tmp_path / "run")
    run.write_checkpoint(state(1), keep=1)
    file = run.checkpoints()[0] / "generator.safetensors"
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)

    with pytest.raises(UsageError, match="damaged"):
        run.read_checkpoint(run.checkpoints()[0])


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
