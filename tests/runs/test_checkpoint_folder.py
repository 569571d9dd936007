"""A folder of checkpoints, a run's or that of its best: what is listed, kept, and said where nothing whole is left."""

from pathlib import Path

import numpy as np
import pytest

from gan_core.errors import DamagedError, ForeignFileError
from gan_core.presets import preset
from gan_core.runs import checkpoints
from gan_core.runs.checkpoint_folder import CheckpointFolder
from gan_core.training.state import State


def folder(path: Path, *steps: int) -> CheckpointFolder:
    path.mkdir()
    made = CheckpointFolder(path)
    for step in steps:
        made.write(State(step=step, networks={"g": {"w": np.ones(2)}}, optimizers={}, updates={}))
    return made


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert CheckpointFolder(tmp_path / "none").paths() == []


def test_steps_put_checkpoints_in_order(tmp_path):
    """Not names: a step of eight digits comes after one of seven."""
    assert folder(tmp_path / "a", 10_000_000, 9_999_999, 3).steps() == [3, 9_999_999, 10_000_000]


def test_only_the_wanted_steps_are_kept(tmp_path):
    made = folder(tmp_path / "a", 1, 2, 3)
    made.keep_only(lambda step: step == 2)

    assert made.steps() == [2]


def test_the_oldest_up_to_a_step_are_pruned(tmp_path):
    made = folder(tmp_path / "a", 1, 2, 3, 9)
    made.prune(1, up_to=3)

    assert made.steps() == [3, 9]


def test_a_checkpoint_with_a_users_file_in_it_is_never_removed(tmp_path):
    made = folder(tmp_path / "a", 1)
    (made.paths()[0] / "notes.txt").write_text("mine")
    made.keep_only(lambda _: False)

    assert made.steps() == [1]


def test_a_name_that_stands_for_a_link_is_refused(tmp_path):
    made = folder(tmp_path / "a", 1)
    (made.path / checkpoints.step_name(2)).symlink_to(tmp_path, target_is_directory=True)

    with pytest.raises(ForeignFileError, match="is a link"):
        made.paths()


def test_a_folder_whose_checkpoints_were_set_aside_says_so(tmp_path):
    made = folder(tmp_path / "a", 1)
    checkpoints.set_aside(made.paths()[0], "damaged-")

    with pytest.raises(DamagedError, match=r"no whole checkpoint \(damaged-step-0000001 was set aside\)"):
        made.newest(preset("digits-mlp"), lambda *_: None)


def test_a_folder_that_never_had_one_has_no_newest(tmp_path):
    assert folder(tmp_path / "a").newest(preset("digits-mlp"), lambda *_: None) is None


def test_a_run_may_know_that_there_was_one(tmp_path):
    with pytest.raises(DamagedError, match=r"no whole checkpoint \(it was finished once\)"):
        folder(tmp_path / "a").newest(preset("digits-mlp"), lambda *_: None, lambda: "it was finished once")
