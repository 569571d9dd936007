"""What a shell completes, and that nothing heavy is imported for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gan_core.cli import completions
from gan_core.cli.words import KINDS, feature_words
from gan_core.contract.loading import installed_backends
from gan_core.evaluation.score_names import ALIASES
from gan_core.evaluation.scores import METRICS
from gan_core.loggers.table import LOGGERS
from gan_core.presets import PRESETS, RECIPES


def completed(line: str, folder: Path, *, and_print: str = "") -> list[str]:
    """Return what bash is offered at the end of a line."""
    environment = os.environ | {
        "_GAN_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(line.count(" ")),
    }
    program = f"import sys, atexit; atexit.register(lambda: {and_print or None}); sys.argv[0] = 'gan'\n"
    program += "from gan_core.cli import main; main()"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    return done.stdout.splitlines()


def test_the_words_are_those_of_the_tables():
    """They are read from the text of files, which is quick."""
    ours = {name for name in PRESETS if PRESETS.module_of(name).startswith("gan_core.")}
    assert set(completions.preset_names()) == ours | set(RECIPES)
    assert {*METRICS, *ALIASES} == set(completions.metric_names())
    assert (
        set(completions.logger_names())
        == {"csv", "tensorboard", "wandb"}
        == {*LOGGERS} & {"csv", "tensorboard", "wandb"}
    )
    assert set(completions.KINDS) == set(KINDS)
    assert {name for name, _ in completions.backends("")} == set(installed_backends())
    assert set(completions.FEATURES) == {word.name for word in feature_words()} - {"FILE.onnx", "FILE.onnx#dinov2"}


def test_a_list_is_completed_at_its_last_word():
    assert ("frechet,kid", "") in completions.metrics("frechet,ki")
    assert ("frechet,frechet-extrapolated", "") in completions.metrics("frechet,frechet")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    for run in ("runs/digits-0001", "runs/mnist-0001", "elsewhere/mine"):
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "experiment.toml").touch()
    (tmp_path / "my-digits.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("incomplete", "offered"),
    [
        ("dig", ["runs/digits-0001"]),
        ("runs/", ["runs/digits-0001", "runs/mnist-0001"]),
        ("runs/m", ["runs/mnist-0001"]),
        ("else", ["elsewhere/"]),
        ("elsewhere/", ["elsewhere/mine"]),
        ("[x", []),
        ("nowhere/", []),
    ],
)
def test_runs_are_completed_by_path_and_by_name(folder, incomplete, offered):
    assert [word for word, _ in completions.runs(incomplete)] == offered


def test_an_experiment_is_a_preset_a_file_or_a_run(folder):
    assert {"mnist-mlp", "mnist-dcgan", "runs/mnist-0001"} < {word for word, _ in completions.experiments("mnist")} | {
        word for word, _ in completions.experiments("runs/")
    }
    assert [word for word, _ in completions.experiments("my-")] == ["my-digits.toml"]


def test_a_shell_completes_without_anything_heavy(folder):
    heavy = "{'numpy', 'torch', 'paddle', 'tensorflow', 'keras', 'msgspec', 'scipy', 'matplotlib'}"
    said = completed("gan train digits", folder, and_print=f"print('HEAVY', *sorted({heavy} & set(sys.modules)))")
    assert [line.strip() for line in said] == ["digits-mlp", "HEAVY"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("gan train digits-mlp --backend pa", ["paddle"]),
        ("gan evaluate runs/d", ["runs/digits-0001"]),
        ("gan evaluate runs/digits-0001 --metrics two-", ["two-sample"]),
        ("gan train digits-mlp --log tensorboard,c", ["tensorboard,csv"]),
        ("gan list lo", ["losses", "loggers"]),
    ],
)
@pytest.mark.slow
def test_a_shell_completes_words_of_options(folder, line, offered):
    assert completed(line, folder) == offered
