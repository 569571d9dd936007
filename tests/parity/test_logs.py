"""A training that is logged, stopped in the middle by what a user's callback raises, and gone on with."""

import csv
from pathlib import Path

import pytest

import gan_core
from gan_core.training.events import Evaluated, StepEnded

CHANGES = {
    "logging.every_steps": 2,
    "logging.to": "csv",
    "sampling.every_steps": 5,
    "checkpoint.every_steps": 5,
    "evaluation.every_steps": 4,
    "evaluation.samples": 100,
    "training.batch_size": 16,
}


def table(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open(encoding="utf-8", newline="") as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def stop_at_13(event) -> None:
    if isinstance(event, StepEnded) and event.step == 13:
        raise RuntimeError("the power is gone")


@pytest.mark.slow  # the claims without a framework stand in tests/loggers
def test_the_log_of_a_run_that_was_stopped_is_that_of_one_never_interrupted(backend32, tmp_path):
    seen = []
    common = {"backend": backend32.name, "steps": 20, "changes": CHANGES, "progress": False}
    whole = gan_core.train("digits-mlp", out=tmp_path / "whole", callbacks=[seen.append], **common)
    with pytest.raises(RuntimeError, match="the power is gone"):
        gan_core.train("digits-mlp", out=tmp_path / "stopped", callbacks=[stop_at_13], **common)
    assert [row["step"] for row in table(tmp_path / "stopped")][-1] == "12"

    stopped = gan_core.resume(tmp_path / "stopped", progress=False)

    assert table(stopped.path) == table(whole.path)
    assert [event.step for event in seen if isinstance(event, Evaluated)] == [4, 8, 12, 16, 20]
    assert table(whole.path)[2]["evaluation/frechet"] != ""
