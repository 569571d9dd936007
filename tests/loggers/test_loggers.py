"""What loggers show of a training, and of one that was killed and gone on with; no framework needed."""

import csv
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from gan_core.errors import UsageError
from gan_core.experiments.experiment import Experiment, Logging
from gan_core.experiments.files import to_toml, with_changes
from gan_core.loggers.logger import LoggedRun, Logger
from gan_core.loggers.past_runs import log_run
from gan_core.loggers.settings import settings_of
from gan_core.loggers.table import LOGGERS, Guarded, checked_loggers, loggers_of
from gan_core.loggers.weights_and_biases import WeightsAndBiases
from gan_core.presets import preset
from gan_core.runs.directory import RunDirectory
from gan_core.training.events import Evaluated, RunEnded, RunStarted, SamplesDrawn, ScalarsLogged, StepEnded

EXPERIMENT = with_changes(preset("digits-mlp"), {"training.steps": 20})


def losses(step: int) -> dict[str, float]:
    """Two phases; the second runs at every fourth step."""
    return {"discriminator/loss": 1 / step} | ({"generator/loss": -float(step // 4)} if step >= 4 else {})


def scalars_at(step: int) -> ScalarsLogged:
    earlier = {"generator": step // 4 * 4} if step >= 4 and step % 4 else {}
    return ScalarsLogged(step=step, images=64 * step, seconds=step / 2, scalars=losses(step), of_step=earlier)


def begun(path: Path, experiment: Experiment = EXPERIMENT) -> RunDirectory:
    directory = RunDirectory.create(path)
    directory.write_text("experiment.toml", to_toml(experiment))
    directory.write_json("environment.json", {"backend": "numpy", "history": []})
    return directory


def trained(directory: RunDirectory, callback: Callable, first: int = 0, last: int = 20, logged: int = 2) -> None:
    """Write the files of the steps after `first` as a training does, and tell their events."""
    directory.cut_metrics(lambda step: step <= first)
    directory.cut_evaluations(lambda step: step <= first)
    callback(RunStarted(experiment=EXPERIMENT, dataset=None, environment={}, first_step=first))  # type: ignore[arg-type]
    for step in range(first + 1, last + 1):
        if step == 1 or step % logged == 0:
            event = scalars_at(step)
            line = {"step": step, "images": event.images, "seconds": event.seconds, **event.scalars}
            directory.append_metrics([line | ({"of_step": dict(event.of_step)} if event.of_step else {})])
            callback(event)
        if step % 5 == 0:
            Image.fromarray(np.full((8, 8, 3), step, np.uint8)).save(directory.sample_path(step))
            callback(SamplesDrawn(step=step, samples=np.zeros(0)))
            directory.append_evaluation({"step": step, "frechet": float(step), "best": True, "generated": 50})
            callback(Evaluated(step=step, scores={"frechet": float(step)}, best=True))
        callback(StepEnded(step=step))
    if last == EXPERIMENT.training.steps:
        callback(RunEnded(step=last, seconds=1.0, step_seconds=0.1, gflops=math.nan))


def logger_of(word: str, directory: RunDirectory) -> Logger:
    made = checked_loggers([word])[word](LoggedRun(directory=directory, experiment=EXPERIMENT))
    assert isinstance(made, Logger)
    return made


def whole_and_interrupted(word: str, tmp_path: Path) -> list[Path]:
    """Two runs, one never interrupted, one killed after step 13 and gone on with from step 10."""
    whole, killed = begun(tmp_path / "whole"), begun(tmp_path / "killed")
    trained(whole, logger_of(word, whole))
    trained(killed, logger_of(word, killed), last=13)
    trained(killed, logger_of(word, killed), first=10)
    return [whole.path, killed.path]


def table(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_has_a_row_a_step_and_a_column_a_scalar(tmp_path):
    run = begun(tmp_path / "run")
    trained(run, logger_of("csv", run))
    rows = table(run.path)
    assert [int(row["step"]) for row in rows] == [1, 2, 4, 5, 6, 8, 10, 12, 14, 15, 16, 18, 20]
    assert [*rows[0]] == [
        *("step", "images", "seconds", "discriminator/loss", "generator/loss"),
        "evaluation/frechet",
    ]
    assert (rows[6]["generator/loss"], rows[6]["evaluation/frechet"]) == ("-2.0", "10.0")
    assert (rows[0]["generator/loss"], rows[3]["discriminator/loss"]) == ("", "")


def test_the_table_of_a_killed_run_is_that_of_one_never_interrupted(tmp_path):
    whole, killed = whole_and_interrupted("csv", tmp_path)
    assert (whole / "metrics.csv").read_bytes() == (killed / "metrics.csv").read_bytes()


def test_a_table_is_whole_after_every_step(tmp_path):
    run, seen = begun(tmp_path / "run"), []
    logger = logger_of("csv", run)

    def told(event):
        logger(event)
        seen.append({len(row) for row in csv.reader((run.path / "metrics.csv").open(encoding="utf-8", newline=""))})

    trained(run, told)
    assert all(len(lengths) == 1 for lengths in seen)


@pytest.fixture(autouse=True)
def no_framework_for_the_reader(monkeypatch):
    """TensorBoard's reader takes TensorFlow where it is installed, and its own stand-in where this module exists."""
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", ModuleType("notf"))


def read(run: Path) -> tuple[dict, dict, list[str]]:
    """What TensorBoard's own reader finds: scalars and pictures by tag, and further tags."""
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = accumulators.EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0, "images": 0})
    found.Reload()
    tags = found.Tags()
    scalars = {tag: [(one.step, one.value) for one in found.Scalars(tag)] for tag in tags["scalars"]}
    pictures = {tag: [(one.step, one.encoded_image_string) for one in found.Images(tag)] for tag in tags["images"]}
    return scalars, pictures, tags["tensors"]


def test_tensorboard_reads_scalars_scores_and_sheets(tmp_path):
    run = begun(tmp_path / "run")
    trained(run, logger_of("tensorboard", run))
    scalars, pictures, others = read(run.path)
    assert scalars["evaluation/frechet"] == [(5, 5.0), (10, 10.0), (15, 15.0), (20, 20.0)]
    assert scalars["generator/loss"] == [(4, -1.0), (8, -2.0), (12, -3.0), (16, -4.0), (20, -5.0)]
    assert pictures["samples"] == [(step, run.sample_path(step).read_bytes()) for step in (5, 10, 15, 20)]
    assert others == ["experiment/text_summary", "_hparams_/session_start_info", "_hparams_/session_end_info"]


def test_tensorboard_reads_a_killed_run_as_one_never_interrupted(tmp_path):
    whole, killed = whole_and_interrupted("tensorboard", tmp_path)
    assert read(whole) == read(killed)


def test_a_reader_that_is_open_forgets_what_came_after_the_checkpoint(tmp_path):
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = begun(tmp_path / "run")
    trained(run, logger_of("tensorboard", run), last=13)
    found = accumulators.EventAccumulator(str(run.path / "tensorboard"))
    found.Reload()
    trained(run, logger_of("tensorboard", run), first=10)
    found.Reload()
    assert [one.step for one in found.Scalars("discriminator/loss")] == [1, *range(2, 21, 2)]


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("make", [os.symlink, os.link])
def test_a_link_in_a_stranger_s_run_costs_no_file_of_the_user_s(tmp_path, make):
    run, mine = begun(tmp_path / "run"), tmp_path / "thesis.txt"
    mine.write_text("three years", encoding="utf-8")
    make(mine, run.folder("tensorboard") / "events.out.tfevents.0000000001.x")
    with pytest.raises(UsageError, match="link"):
        logger_of("tensorboard", run).catch_up(0)
    assert mine.read_text(encoding="utf-8") == "three years"


def test_a_stranger_s_name_of_a_run_leads_nowhere(tmp_path):
    run = begun(tmp_path / "run")
    run.folder("wandb")
    run.write_text("wandb/run-id.txt", "x/../../../thesis\n")
    logger = logger_of("wandb", run)
    assert isinstance(logger, WeightsAndBiases)
    assert re.fullmatch("[0-9a-f]{8}", logger._name())
    assert logger._name() == logger._name()


def test_an_event_file_is_written_without_a_framework(tmp_path):
    pytest.importorskip("tensorboard")
    run = begun(tmp_path / "run")
    trained(run, lambda _: None)
    program = (
        "import sys; from gan_core.loggers.past_runs import log_run; log_run(sys.argv[1], 'tensorboard')\n"
        "assert not {'tensorflow', 'torch', 'paddle', 'keras'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(run.path)], check=False).returncode == 0
    assert read(run.path)[0]["evaluation/frechet"][-1] == (20, 20.0)


def test_a_run_that_was_never_logged_is_logged_afterwards(tmp_path):
    logged, silent = begun(tmp_path / "logged"), begun(tmp_path / "silent")
    trained(logged, logger_of("csv", logged))
    trained(silent, lambda _: None)
    log_run(silent.path, "csv")
    assert (logged.path / "metrics.csv").read_bytes() == (silent.path / "metrics.csv").read_bytes()


def test_an_unknown_logger_is_told_in_a_line_with_those_there_are():
    with pytest.raises(UsageError, match=r"logging.to: unknown logger 'tensorbord'.*did you mean 'tensorboard'.*csv"):
        checked_loggers(["csv", "tensorbord"])


def test_a_missing_package_is_told_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr("gan_core.loggers.table.importlib.util.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"'tensorboard' needs the package .*pip install 'gan-core\[tensorboard\]'"):
        checked_loggers(["tensorboard"])


class Failing(Logger):
    """Fails at step 4."""

    closed = 0

    def close(self):
        self.closed += 1

    def log(self, step):
        if step.step == 4:
            raise ValueError("the disk of\nthe server is full")


def test_a_logger_that_fails_is_told_of_in_a_line_and_ends_nothing(tmp_path):
    run, told = begun(tmp_path / "run"), []
    (logger,) = loggers_of({"mine": Failing}, LoggedRun(directory=run, experiment=EXPERIMENT), told.append)
    mine = logger.callback
    trained(run, logger)
    logger.close()
    assert isinstance(mine, Failing)
    assert mine.closed == 1
    assert told == [
        "the logger 'mine' failed at StepEnded of step 4 and logs no more; the training goes on: ValueError: the disk "
        "of the server is full"
    ]


def test_ctrl_c_within_a_logger_is_the_training_s(tmp_path):
    def stop(event):
        raise KeyboardInterrupt

    run = LoggedRun(directory=begun(tmp_path / "run"), experiment=EXPERIMENT)
    logger = Guarded("mine", lambda _: stop, run, print)
    with pytest.raises(KeyboardInterrupt):
        logger(StepEnded(step=1))


def test_a_function_of_events_is_a_logger_too(tmp_path):
    try:
        seen: list[object] = []

        @LOGGERS.register("events-of-mine")
        def mine(run):
            return seen.append

        make = checked_loggers(["events-of-mine"])["events-of-mine"]
        run = begun(tmp_path / "run")
        trained(run, make(LoggedRun(directory=run, experiment=EXPERIMENT)), last=1)
        assert [type(event).__name__ for event in seen] == ["RunStarted", "ScalarsLogged", "StepEnded"]
    finally:
        del LOGGERS["events-of-mine"]


PACKAGE = """
class Board:
    def __init__(self, run):
        self.seen = []

    def __call__(self, event):
        self.seen.append(event)
"""


@pytest.fixture
def package(tmp_path, monkeypatch) -> str:
    """An installed package that brings the loggers `board` and `broken`."""
    points = "[gan_core.callbacks]\nboard = board_of_ours:Board\nbroken = board_of_ours.nothing:Board\n"
    files = {
        "board_of_ours.py": PACKAGE,
        "board_of_ours-1.dist-info/METADATA": "Name: board-of-ours\nVersion: 1\n",
        "board_of_ours-1.dist-info/entry_points.txt": points,
    }
    for name, text in files.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return "board_of_ours"


def test_an_installed_package_brings_a_logger_by_an_entry_point(package, tmp_path):
    run = LoggedRun(directory=begun(tmp_path / "run"), experiment=EXPERIMENT)
    (logger,) = loggers_of(checked_loggers(["board"]), run, print)
    trained(run.directory, logger, last=2)
    assert len(logger.callback.seen) == 5  # type: ignore[union-attr]
    with pytest.raises(UsageError, match=r"expected one of: board, broken, csv, tensorboard, wandb"):
        checked_loggers(["xyz"])


def test_a_package_that_cannot_be_loaded_is_told_in_a_line(package):
    with pytest.raises(UsageError, match=r"'broken' of board_of_ours.nothing:Board cannot be loaded: ModuleNotFound"):
        checked_loggers(["broken"])


def test_a_function_of_events_cannot_be_told_of_a_run_that_is_over(package, tmp_path):
    run = begun(tmp_path / "run")
    with pytest.raises(UsageError, match=r"logging\.to: 'board' is told of events alone"):
        log_run(run.path, "board")


def test_a_list_of_loggers_may_be_a_text_with_commas():
    assert Logging(to="tensorboard, csv").to == Logging(to=("tensorboard", "csv", "csv")).to == ("tensorboard", "csv")


def test_an_experiment_without_loggers_is_written_as_it_was_before_there_were_any():
    assert "\nto = " not in to_toml(EXPERIMENT)
    assert 'to = [\n    "csv",\n]' in to_toml(with_changes(EXPERIMENT, {"logging.to": "csv"}))


def test_settings_are_flat_and_say_what_a_training_is():
    settings = settings_of(EXPERIMENT, {"backend": "numpy"})
    assert settings["training.steps"] == 20
    assert settings["backend"] == "numpy"
    assert settings["players.generator.optimizer.learning_rate"] == 0.0005
    assert all(isinstance(value, bool | int | float | str) for value in settings.values())


@pytest.mark.slow
def test_a_run_of_weights_and_biases_stays_here_and_is_one(tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.delenv("WANDB_MODE", raising=False)
    run = begun(tmp_path / "run")
    logger = logger_of("wandb", run)
    trained(run, logger, last=13)
    logger.close()
    trained(run, logger_of("wandb", run), first=10)
    assert len(list((run.path / "wandb").glob("offline-run-*"))) == 1
    assert RunDirectory.open(run.path)
