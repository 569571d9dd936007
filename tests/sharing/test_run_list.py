"""Lists of runs: what each is, the damaged ones too; and what pruning takes, which is what it said and no more."""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from gan_core.errors import UsageError
from gan_core.runs.lock import locked
from gan_core.sharing.pruning import removals, remove
from gan_core.sharing.run_list import find_runs
from shared_runs import RELEASED, STEP, released, with_checkpoint, with_evaluation


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def finished(run: Path) -> Path:
    (run / "done.json").write_text(json.dumps({"format": 1, "step": STEP}))
    return run


def empty(path: Path) -> Path:
    """A run that ended before its first checkpoint."""
    released(path)
    shutil.rmtree(path / "checkpoints")
    (path / "checkpoints").mkdir()
    (path / "sums.json").unlink()
    return path


def test_runs_are_listed_with_their_steps_and_scores(runs: Path) -> None:
    with_evaluation(finished(released(runs / "b")), precision=0.5, frechet=2.5)
    released(runs / "sweep" / "a")

    one, two = find_runs(runs)

    assert (one.path, one.state, one.step, one.scores) == (
        runs / "b",
        "finished",
        STEP,
        {"frechet": 2.5, "precision": 0.5},
    )
    assert (two.path, two.state, two.backend, two.experiment) == (
        runs / "sweep" / "a",
        "stopped",
        "torch",
        "digits-mlp",
    )
    assert next(iter(one.scores)) == "frechet"  # by which its best checkpoint is chosen
    assert two.size > 1000
    assert isinstance(two.changed, datetime)


def test_a_run_in_use_is_said_to_be(runs: Path) -> None:
    released(runs / "a")

    with locked(runs / "a"):
        assert find_runs(runs)[0].state == "running"
    assert find_runs(runs)[0].state == "stopped"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("experiment.toml", "name = ", "experiment.toml"),
        ("experiment.toml", "format = 1", "lacks its name or"),
        ("environment.json", "{", "environment.json is damaged"),
        ("environment.json", "[]", "environment.json is damaged"),
        (f"checkpoints/step-{STEP:07d}/state.json", "{}", "state.json"),
        (f"checkpoints/step-{STEP:07d}/generator.safetensors", "", "generator.safetensors"),
    ],
)
def test_a_damaged_run_is_listed_as_such(runs: Path, name: str, text: str, reason: str) -> None:
    (released(runs / "a") / name).write_text(text)
    released(runs / "b")

    one, two = find_runs(runs)

    assert (one.state, two.state) == ("damaged", "stopped")
    assert reason in one.damage
    assert "\n" not in one.damage


def test_a_run_that_lost_its_checkpoints_is_damaged_and_not_empty(runs: Path) -> None:
    shutil.rmtree(finished(released(runs / "a")) / "checkpoints")
    empty(runs / "b")

    assert [one.state for one in find_runs(runs)] == ["damaged", "no checkpoint"]


@pytest.mark.skipif(os.name != "posix", reason="links of another kind")
def test_no_link_is_followed(runs: Path, tmp_path: Path) -> None:
    released(tmp_path / "elsewhere")
    (runs / "link").symlink_to(tmp_path / "elsewhere")
    (released(runs / "a") / "losses.png").symlink_to(tmp_path / "elsewhere" / "metrics.jsonl")

    (one,) = find_runs(runs)

    assert (one.path.name, one.state) == ("a", "damaged")


def test_a_folder_that_is_not_there_and_one_without_runs(runs: Path, tmp_path: Path) -> None:
    assert find_runs(runs) == []
    with pytest.raises(UsageError, match="no such folder"):
        find_runs(tmp_path / "gone")


def test_no_module_of_a_run_runs_for_a_list(runs: Path) -> None:
    path = released(runs / "a") / "experiment.toml"
    path.write_text('imports = ["evil.py"]\n' + path.read_text())

    assert find_runs(runs)[0].experiment == "digits-mlp"


def test_pruning_takes_older_checkpoints_and_empty_runs_and_says_so_first(runs: Path) -> None:
    run = with_checkpoint(with_checkpoint(released(runs / "a"), 2), 1, "best/checkpoints")
    empty(runs / "b")
    half = run / "checkpoints" / ".unfinished-x"
    half.mkdir()

    found, notes = removals(runs)

    assert {one.path for one in found} == {run / "checkpoints" / "step-0000002", half, runs / "b"}
    assert notes == []
    assert remove(found) == sum(one.size for one in found)
    assert [path.name for path in sorted((run / "checkpoints").iterdir())] == [f"step-{STEP:07d}"]
    assert (run / "best" / "checkpoints" / "step-0000001").is_dir()
    assert not (runs / "b").exists()
    assert removals(runs) == ([], [])


def test_pruning_leaves_what_keeps_all_what_runs_and_what_is_damaged(runs: Path) -> None:
    keeping = with_checkpoint(released(runs / "keeping"), 2)
    toml = (keeping / "experiment.toml").read_text()
    (keeping / "experiment.toml").write_text(toml.replace("keep = 1", 'keep = "all"'))
    damaged = with_checkpoint(released(runs / "damaged"), 2)
    (damaged / "environment.json").write_text("{")
    running = with_checkpoint(released(runs / "running"), 2)

    with locked(running):
        found, notes = removals(runs)

    assert 'keep = "all"' in (keeping / "experiment.toml").read_text()
    assert found == []
    assert [note.split(" ")[0] for note in notes] == [str(damaged), str(running)]


def test_older_checkpoints_stay_where_the_newest_is_not_whole(runs: Path) -> None:
    run = with_checkpoint(released(runs / "a"), 2)
    weights = run / "checkpoints" / f"step-{STEP:07d}" / "generator.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1  # as long as it was
    weights.write_bytes(raw)

    found, notes = removals(runs)

    assert found == []
    assert "is left alone" in notes[0]


def test_a_users_own_file_keeps_an_empty_run_and_a_checkpoint(runs: Path) -> None:
    (empty(runs / "a") / "thesis.txt").write_text("a year's work")
    run = with_checkpoint(released(runs / "b"), 2)
    (run / "checkpoints" / "step-0000002" / "thesis.txt").write_text("another")

    assert removals(runs) == ([], [])


def test_an_experiment_of_ones_own_is_no_run(runs: Path) -> None:
    """A folder with nothing but the file of an experiment, which nobody trained yet."""
    (runs / "mine").mkdir()
    shutil.copy(RELEASED / "experiment.toml", runs / "mine")

    assert find_runs(runs) == []
    assert removals(runs) == ([], [])


@pytest.mark.parametrize("name", ["samples/holiday.png", "imports/a/b.py", "notes.txt", "evaluation/x.png"])
def test_a_run_without_a_checkpoint_stays_where_something_else_lies_in_it(runs: Path, name: str) -> None:
    path = empty(runs / "a") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")

    assert removals(runs) == ([], [])


def test_a_training_that_began_meanwhile_is_left_alone(runs: Path) -> None:
    run = with_checkpoint(released(runs / "a"), 2)
    found, _ = removals(runs)

    with locked(run), pytest.raises(UsageError, match="in use by another process"):
        remove(found)

    assert (run / "checkpoints" / "step-0000002").is_dir()
