"""Montages of sheets: which sheets, under which words, in which file; no framework needed."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_core.errors import UsageError
from gan_core.experiments.files import to_toml
from gan_core.presets.loading import load_experiment
from gan_core.runs import montage as module
from gan_core.runs.directory import RunDirectory
from gan_core.runs.montage import MOST_BY_ITSELF, moment, montage, sheets_of, write_own_montage
from gan_core.sessions.run import Run
from gan_core.training.timetable import Timetable


def run_with(path: Path, steps: tuple[int, ...], *changes: str) -> Run:
    """A run of 10 batches an epoch with sheets of some steps: the later, the lighter."""
    experiment = load_experiment("digits-mlp", changes)
    directory = RunDirectory.create(path)
    directory.write_text("experiment.toml", to_toml(experiment))
    directory.write_json("environment.json", {"backend": "torch", "samples": 640})
    for step in steps:
        Image.fromarray(np.full((60, 60, 3), min(step, 250), np.uint8)).save(directory.sample_path(step))
    return Run(path)


@pytest.fixture
def drawn(monkeypatch) -> list:
    """The blocks of the pictures that are drawn."""
    blocks, draw = [], module.titled_grid

    def noting(these, columns, largest):
        blocks.append((these, columns))
        return draw(these, columns, largest)

    monkeypatch.setattr(module, "titled_grid", noting)
    return blocks


def titles(block) -> list[str]:
    return [title for title, _ in block.pictures]


def test_all_sheets_stand_in_order_under_their_epochs(tmp_path, drawn):
    run = run_with(tmp_path / "run", (20, 5, 10, 25))
    Image.fromarray(np.zeros((60, 60, 3), np.uint8)).save(run.path / "samples" / "real.png")

    assert run.montage() == run.path / "montage.png"

    [([block], columns)] = drawn
    assert titles(block) == ["step 5", "epoch 1", "epoch 2", "step 25"]
    assert columns == 4
    with Image.open(run.path / "montage.png") as page:
        assert page.width > 4 * 60


def test_chosen_epochs_stand_in_the_order_they_were_asked_for(tmp_path, drawn):
    run = run_with(tmp_path / "run", (5, 10, 20, 30))

    run.montage(tmp_path / "chosen.png", epochs=[3, 1, 0.5])
    run.montage(tmp_path / "chosen.png", steps=[20], columns=1)

    assert [titles(block) for [block], _ in drawn] == [["epoch 3", "epoch 1", "step 5"], ["epoch 2"]]


def test_several_runs_are_blocks_of_their_own(tmp_path, drawn):
    first, second = (run_with(tmp_path / name, (10, 20)) for name in ("a", "b"))

    montage([first.path, second], tmp_path / "both.png", epochs=[1, 2])

    [(blocks, columns)] = drawn
    assert [block.title for block in blocks] == ["digits-mlp, a", "digits-mlp, b"]
    assert [path.parent.parent.name for block in blocks for _, path in block.pictures] == ["a", "a", "b", "b"]
    assert columns == 2


def test_an_animation_has_a_frame_for_each_sheet(tmp_path):
    run = run_with(tmp_path / "run", (10, 20, 30))

    run.montage(tmp_path / "run.gif")

    with Image.open(tmp_path / "run.gif") as animation:
        assert animation.n_frames == 3
        assert animation.width < 120


def test_in_an_animation_of_several_runs_each_shows_its_newest_sheet(tmp_path, monkeypatch):
    """One run has a sheet every epoch, the other after 2 and, in steps, between."""
    written = []
    monkeypatch.setattr(module, "write_frames", lambda *given: written.append(given[1]))
    often = run_with(tmp_path / "often", (10, 20, 30))
    seldom = run_with(tmp_path / "seldom", (20, 25))

    montage([often, seldom], tmp_path / "both.gif")

    [frames] = written
    assert [[title.split("\n")[1] for title, _ in frame] for frame in frames] == [
        ["epoch 1", "epoch 2"],
        ["epoch 2", "epoch 2"],
        ["epoch 2", "step 25"],
        ["epoch 3", "step 25"],
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": [7]}, r"^epochs=7: \S+ has no sheet of epoch 7 \(step 70\); it has those of step 10 \(epoch 1\), "),
        ({"steps": [11]}, r"^steps=11: \S+ has no sheet of step 11; it has those of step 10 \(epoch 1\), 15$"),
        ({"epochs": [0]}, r"^epochs=0: expected numbers of more than 0"),
        ({"epochs": [float("nan")]}, r"^epochs=nan: expected numbers of more than 0"),
        ({"epochs": [1], "steps": [10]}, "^give epochs or steps, not both$"),
        ({"columns": 0}, "^columns=0: expected at least 1$"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_with_what_is(tmp_path, options, message):
    run = run_with(tmp_path / "run", (10, 15))

    with pytest.raises(UsageError, match=message):
        run.montage(tmp_path / "x.png", **options)
    assert not (tmp_path / "x.png").exists()


def test_another_kind_of_file_and_a_missing_folder_are_refused(tmp_path):
    run = run_with(tmp_path / "run", (10, 20))

    with pytest.raises(UsageError, match=r"out=\S+x.jpg: expected a file that ends in \.png or \.gif"):
        run.montage(tmp_path / "x.jpg")
    with pytest.raises(UsageError, match=r"out=\S+: the folder \S+none does not exist"):
        run.montage(tmp_path / "none" / "x.png")
    with pytest.raises(UsageError, match="has no sheets yet"):
        run_with(tmp_path / "young", ()).montage()


def test_a_moment_is_the_epoch_that_ends_or_else_the_step(tmp_path):
    run = run_with(tmp_path / "run", (10, 20))

    assert moment(0, run.timetable) == "step 0"
    assert [moment(step, run.timetable) for step in (9, 10, 11, 1000)] == ["step 9", "epoch 1", "step 11", "epoch 100"]


def test_a_run_s_own_montage_is_thinned_evenly(tmp_path, drawn):
    run = run_with(tmp_path / "run", tuple(range(1, 102)))

    write_own_montage(run.directory, Timetable(run.experiment, 64))

    [([block], _)] = drawn
    assert len(block.pictures) == MOST_BY_ITSELF
    assert titles(block)[:2] + titles(block)[-1:] == ["epoch 1", "epoch 6", "epoch 101"]
    assert (run.path / "montage.png").exists()


def test_one_sheet_makes_no_montage(tmp_path):
    run = run_with(tmp_path / "run", (10,))

    write_own_montage(run.directory, Timetable(run.experiment, 640))

    assert not (run.path / "montage.png").exists()


def test_a_damaged_sheet_does_not_end_a_run(tmp_path, capsys):
    run = run_with(tmp_path / "run", (10, 20))
    run.directory.sample_path(20).write_text("")

    write_own_montage(run.directory, Timetable(run.experiment, 640))

    assert (
        "step-0000020.png is damaged, or no picture; remove it; montage.png is not written" in capsys.readouterr().err
    )
    assert list(sheets_of(run.directory)) == [10, 20]
