"""What the command line says before anything is done: helps, versions, wrong words, folders that are not there."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

import gan_core
from gan_core.cli import doctor, entry
from gan_core.data.identity import identity_of
from gan_core.data.places import data_folder
from gan_core.data.sources import Digits
from gan_core.errors import DataError, UsageError
from gan_core.evaluation.class_balance import run_names
from gan_core.evaluation.evaluate import Result
from gan_core.evaluation.score_names import score_name
from gan_core.evaluation.scorer import Row
from gan_core.evaluation.scores import known_names
from gan_core.presets import preset

DIGITS = identity_of(Digits().load(None))


@pytest.fixture
def gan(monkeypatch, capsys):
    """Run the command line in this process; return its status, output and errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gan", *arguments])
        monkeypatch.delenv("GAN_BACKEND", raising=False)
        with pytest.raises(SystemExit) as caught:
            entry.main()
        return caught.value.code, *capsys.readouterr()

    return run


COMMANDS = [
    *("list", "explain", "show", "diff", "train", "resume", "sample", "compare", "evaluate", "classes", "modes"),
    "doctor",
]


@pytest.mark.parametrize("words", [[name] for name in COMMANDS] + [["weights", "export"], ["weights", "import"]])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_an_example_in_its_help(gan, words: list[str], option: str):
    status, out, _ = gan(*words, option)

    assert status == 0
    assert f"\n    gan {' '.join(words)}" in out.split("Example")[-1]


def test_the_version_is_said(gan):
    assert gan("--version") == (0, f"gan-core {version('gan-core')}\n", "")


@pytest.mark.parametrize("words", [["train", "digits-mlp"], ["compare", "digits-mlp"]])
def test_a_missing_backend_lists_those_that_are_installed(gan, monkeypatch, words: list[str]):
    monkeypatch.setattr(doctor, "available", lambda: {"keras": False, "paddle": True, "torch": True})
    status, out, err = gan(*words)

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "installed here: paddle, torch (not installed: keras; gan doctor says how)" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trian"], "no such command 'trian'. Did you mean 'train'?; see  gan --help"),
        (["train", "digits-mlp", "--stepz", "3"], "no such option: --stepz"),
        (["train", "digits-mlp", "--backend", "torch", "--steps", "many"], "valid integer"),
        (["resume"], "missing argument 'RUN'; see  gan resume --help"),
        (["sample", "run", "-n", "0", "--out", "x.png"], "invalid value for '-n'"),
    ],
)
def test_wrong_words_are_one_line_that_names_the_help(gan, words: list[str], said: str):
    status, out, err = gan(*words)

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("gan: ")
    assert said.lower() in err.lower()


def test_a_data_folder_that_does_not_exist_is_said(gan, tmp_path):
    status, _, err = gan("train", "digits-mlp", "--backend", "torch", "--data-dir", str(tmp_path / "nowhere"))

    assert (status, err) == (2, f"gan: --data-dir {tmp_path / 'nowhere'}: there is no such folder\n")


@pytest.mark.parametrize(("name", "words"), [("nowhere", "no such folder"), ("file", "it is a file")])
def test_python_says_it_of_data_dir(tmp_path, name: str, words: str):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=rf"^data_dir=.*{name}: .*{words}"):
        data_folder(tmp_path / name)


def test_no_data_folder_is_none():
    assert data_folder(None) is None


def test_the_doctor_says_that_the_folder_of_the_environment_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path / "nowhere"))
    (finding,) = [one for one in doctor.examine() if one.topic == "data"]

    assert (finding.state, "no such folder" in finding.found) == ("note", True)


def test_an_interrupt_before_a_run_is_one_line(gan, monkeypatch):
    def interrupt(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "examine", interrupt)

    assert gan("doctor") == (130, "", "gan: interrupted\n")


def test_dir_shows_the_public_names():
    assert dir(gan_core) == sorted(gan_core.__all__)


@pytest.mark.parametrize("name", gan_core.__all__)
def test_every_public_name_can_be_used(name: str):
    assert getattr(gan_core, name) is not None


def run_python(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", ["gan_core", "gan_core.cli"])
def test_a_module_that_holds_the_command_is_the_command(module: str):
    assert run_python("-m", module, "--version").stdout == f"gan-core {version('gan-core')}\n"


@pytest.mark.parametrize(("module", "command"), [("gan_core.lockstep", "compare"), ("gan_core.laboratory", "modes")])
@pytest.mark.parametrize("words", [[], ["what"]])
def test_a_module_that_is_a_part_of_a_command_names_it(module: str, command: str, words: list[str]):
    done = run_python("-m", module, *words)

    assert done.returncode == 2
    assert done.stderr == f"gan: python -m {module} is a part of  gan {command}, which starts it: use that\n"


def test_a_shell_completes_commands(monkeypatch):
    monkeypatch.setenv("_GAN_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "gan ev")
    monkeypatch.setenv("COMP_CWORD", "1")

    assert run_python("-m", "gan_core").stdout.split() == ["evaluate"]


def row(metric: str, value: float) -> Row:
    return Row(
        metric=metric, value=value, deviation=None, floor=None, better="lower", unit="", extractor="", generated=1,
        real=1, split="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("frechet", 1.0), ("fid", 1.0), ("FID", 1.0), ("kid", 2.0), ("precision", 3.0), ("entropy", 4.0),
        ("classes", 4.0), ("path_length", 5.0), ("ppl", 5.0), ("ms-ssim", 6.0), ("two-sample", 7.0), ("is", 8.0),
    ],
)  # fmt: skip
def test_a_score_is_found_by_every_word_that_asks_for_it(word: str, value: float):
    """``run.evaluate(metrics=["fid"]).value("fid")``."""
    named = ["frechet", "kernel", "precision", "class entropy", "path length", "ms-ssim, 3 scales"]
    named += ["two-sample accuracy", "inception", "two-sample p-value"]
    rows = [row(name, float(number)) for number, name in enumerate(named, 1)]
    result = Result(rows=rows, step=1, steps=1, finished=True, notes=[], figures=[], data=DIGITS)

    assert result.value(word) == value


def test_a_score_that_is_not_there_is_one_line():
    result = Result(rows=[row("frechet", 1.0)], step=1, steps=1, finished=True, notes=[], figures=[], data=DIGITS)
    with pytest.raises(UsageError, match=r"no 'kid' in this evaluation; it has frechet"):
        result.value("kid")


def test_metrics_are_asked_for_in_any_spelling():
    assert known_names(["FID", "path_length", "Precision", "recall"]) == ["frechet", "path-length", "neighbours"]


def test_best_by_means_the_same_words():
    assert score_name("fid", ["frechet", "precision"]) == "frechet"
    assert score_name("recall", ["frechet", "precision"]) is None


@pytest.mark.parametrize(
    ("paths", "ends"),
    [
        (["a/run", "b/run"], [", a/run", ", b/run"]),
        (["x/a/run", "x/b/run", "x/b/other"], [", a/run", ", b/run", ", other"]),
        (["a/one", "a/two"], [", one", ", two"]),
        (["a/run", "a/run"], ["", " 2"]),
        (["a/run", "a/run", "b/run"], [", a/run", ", a/run 2", ", b/run"]),
    ],
)
def test_runs_of_one_experiment_are_told_apart_by_their_paths(paths: list[str], ends: list[str]):
    runs = [SimpleNamespace(path=Path(path), experiment=preset("mixture-8")) for path in paths]

    assert run_names(runs) == [f"mixture-8 (unconditional){end}" for end in ends]  # type: ignore[arg-type]
