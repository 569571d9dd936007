"""A checkpoint by its word: last, best, a step, an epoch; no framework needed."""

import dataclasses
from pathlib import Path

import pytest

from gan_core.errors import UsageError
from gan_core.experiments.files import to_toml
from gan_core.presets.loading import load_experiment
from gan_core.runs.directory import RunDirectory
from gan_core.sessions.beginnings import starting_state
from gan_core.sessions.run import Run


def run_with(path: Path, steps: tuple[int, ...], *changes: str) -> Run:
    """A run of 10 batches an epoch with checkpoints of some steps."""
    experiment = load_experiment("digits-mlp", changes)
    directory = RunDirectory.create(path)
    directory.write_text("experiment.toml", to_toml(experiment))
    directory.write_json("environment.json", {"backend": "torch", "samples": 640})
    begin = starting_state(experiment)
    for step in steps:
        directory.write_checkpoint(dataclasses.replace(begin, step=step), keep="all")
    return Run(path)


@pytest.mark.parametrize(("word", "step"), [("last", 25), (10, 10), ("20", 20), ("step-0000020", 20), ("epoch-1", 10)])
def test_a_word_finds_its_checkpoint(tmp_path, word, step):
    assert run_with(tmp_path / "run", (10, 20, 25)).state(word).step == step


def test_a_checkpoint_that_was_not_kept_is_told_with_those_that_were(tmp_path):
    run = run_with(tmp_path / "run", (10, 20, 25))

    with pytest.raises(
        UsageError,
        match=r"^checkpoint=epoch-3: \S+ keeps no checkpoint of epoch 3 \(step 30\); it has those of step "
        r"10 \(epoch 1\), 20 \(epoch 2\), 25; a training with checkpoint\.keep=\"all\" keeps every one$",
    ):
        run.state("epoch-3")


@pytest.mark.parametrize("word", ["first", "0", "-3", "epoch-0", "epoch-x", "3.5"])
def test_a_word_that_is_none_is_refused(tmp_path, word):
    with pytest.raises(UsageError, match=r"expected last, best, a step as 6400, or an epoch as epoch-15$"):
        run_with(tmp_path / "run", (10,)).state(word)


def test_of_many_checkpoints_the_first_and_the_last_are_told(tmp_path):
    with pytest.raises(UsageError, match=r"of step 1, 2, 3, 4, 5, 6, …, 15, 16, 17, 18, 19, 20 \(epoch 2\)"):
        run_with(tmp_path / "run", tuple(range(1, 21)), 'checkpoint.keep="all"').state(99)
