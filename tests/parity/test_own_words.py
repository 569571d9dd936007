"""Words of a user's own, in a file that imports them: trained, stopped, resumed and evaluated on every backend."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gan_core
from gan_core.errors import StoppedError
from gan_core.runs.opened import OpenedRun
from gan_core.training.events import StepEnded

EXAMPLES = Path(__file__).parents[2] / "examples"
SHORT = ("networks.generator.layers.0.units=8", "training.batch_size=16", "checkpoint.every_steps=4")


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """What a user has trained with is remembered in the cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_run_of_ones_own_words_goes_on_bit_for_bit(backend32, tmp_path):
    """Stopped after a step and resumed, it has the metrics and weights of a run that was not."""
    trained = {"backend": backend32.name, "steps": 10, "changes": SHORT, "progress": False}
    whole = gan_core.train(EXAMPLES / "mine.toml", out=tmp_path / "whole", **trained)

    def stop(event):
        if isinstance(event, StepEnded) and event.step == 5:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(StoppedError):
        gan_core.train(EXAMPLES / "mine.toml", out=tmp_path / "stopped", callbacks=[stop], **trained)
    resumed = gan_core.resume(tmp_path / "stopped", progress=False)

    one, other = whole.state(), resumed.state()
    for name, values in one.networks.items():
        for key, value in values.items():
            assert (value == other.networks[name][key]).all(), (name, key)
    assert [{**row, "seconds": 0} for row in whole.metrics()] == [{**row, "seconds": 0} for row in resumed.metrics()]


def test_a_run_of_ones_own_words_is_scored(backend32, tmp_path):
    trained = {"backend": backend32.name, "steps": 2, "changes": SHORT, "progress": False}
    run = gan_core.train(EXAMPLES / "mine.toml", out=tmp_path / "run", **trained)
    result = run.evaluate(metrics=["frechet"], samples=50, figures=False)
    assert result.rows[0].metric == "frechet"
    assert OpenedRun(run.path).experiment.imports == ("my_words.py",)


def gan(*words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "gan_core", *words], capture_output=True, text=True, check=False, timeout=600, **options
    )


@pytest.mark.slow
def test_the_whole_chain_of_commands(backend32, tmp_path):
    """Train, SIGTERM, resume, evaluate, sample and compare, each in a process of its own; then as a stranger."""
    run, name = tmp_path / "run", backend32.name
    command = [sys.executable, "-m", "gan_core", "train", str(EXAMPLES / "mine.toml"), "--backend", name]
    options = [part for change in SHORT for part in ("--set", change)]
    with subprocess.Popen([*command, *options, "--steps", "100000", "--out", str(run)]) as training:
        for _ in range(1200):
            if list((run / "checkpoints").glob("step-*")):
                break
            time.sleep(0.1)
        training.send_signal(signal.SIGTERM)
    assert training.returncode == 128 + signal.SIGTERM
    step = OpenedRun(run).state().step

    assert gan("resume", str(run), "--steps", str(step + 3)).returncode == 0
    assert json.loads((run / "done.json").read_text())["step"] == step + 3
    assert gan("evaluate", str(run), "--metrics", "frechet", "--samples", "50", "--no-figures").returncode == 0
    assert gan("sample", str(run), "-n", "4", "--out", str(tmp_path / "four.png")).returncode == 0
    weights = str(tmp_path / f"net{backend32.weights_suffix}")
    assert "wave" in gan("weights", "export", str(run), "--out", weights).stderr  # no framework has such a layer
    assert "wave" in gan("show", str(run)).stdout

    shutil.rmtree(tmp_path / "cache")
    refused = gan("resume", str(run), "--steps", str(step + 4))
    assert refused.returncode == 2
    assert "imports/my_words.py (sha256 " in refused.stderr
    assert "--allow-imports" in refused.stderr
    assert gan("resume", str(run), "--steps", str(step + 4), "--allow-imports").returncode == 0
