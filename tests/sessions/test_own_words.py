"""`examples/mine.toml` from the command line, a process a command: what a user does with words of one's own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gan_core.cli.doctor import available

ROOT = Path(__file__).parents[2]
FILE = str(ROOT / "examples" / "mine.toml")
INSTALLED = [name for name, there in available().items() if there]
SHORT = ("networks.generator.layers.0.units=8", "training.batch_size=16", "checkpoint.every_steps=4")
OPTIONS = [part for change in SHORT for part in ("--set", change)]


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """What a user has trained with is remembered in the cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def gan(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command from another folder than the experiment's."""
    command = [sys.executable, "-m", "gan_core", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=900, cwd=ROOT)


def stopped(run: Path, backend: str) -> int:
    """Train until there is a checkpoint, stop the process, and return its exit status."""
    command = [sys.executable, "-m", "gan_core", "train", FILE, "--backend", backend, *OPTIONS]
    with subprocess.Popen([*command, "--steps", "1000000", "--out", str(run)], cwd=ROOT) as training:
        for _ in range(6000):
            if training.poll() is not None or list((run / "checkpoints").glob("step-*")):
                break
            time.sleep(0.1)
        training.send_signal(signal.SIGTERM)
    return training.returncode


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals are sent")
@pytest.mark.parametrize("backend", INSTALLED)
def test_train_stop_resume_evaluate_and_open_as_a_stranger(backend, tmp_path):
    run = tmp_path / "run"
    assert stopped(run, backend) == 128 + signal.SIGTERM
    step = max(int(folder.name.removeprefix("step-")) for folder in (run / "checkpoints").glob("step-*"))

    assert gan("resume", str(run), "--steps", str(step + 3)).returncode == 0
    assert json.loads((run / "done.json").read_text())["step"] == step + 3
    assert gan("evaluate", str(run), "--metrics", "frechet", "--samples", "50", "--no-figures").returncode == 0
    assert gan("sample", str(run), "-n", "4", "--out", str(tmp_path / "four.png")).returncode == 0
    assert "wave" in gan("show", str(run)).stdout

    shutil.rmtree(tmp_path / "cache")
    refused = gan("resume", str(run), "--steps", str(step + 4))
    assert refused.returncode == 2
    assert "imports/my_words.py (sha256 " in refused.stderr
    assert "say --allow-imports" in refused.stderr
    assert gan("resume", str(run), "--steps", str(step + 4), "--allow-imports").returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(len(INSTALLED) < 2, reason="fewer than two frameworks are installed")
def test_frameworks_agree_on_words_of_ones_own(tmp_path):
    settings = ["--backends", ",".join(sorted(INSTALLED, reverse=True)), "--dtype", "float64", "--steps", "20"]
    done = gan("compare", FILE, *settings, *OPTIONS, "--out", str(tmp_path / "compared"))
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "compared" / "comparison.json").read_text())["worst"] <= 1e-9
