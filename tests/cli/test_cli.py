"""The command line as a user meets it: answers, exit statuses, and one clear line for every mistake."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from gan_core.cli.doctor import available

SMALL = ["--steps", "3", "--set", "sampling.every_steps=3"]


def gan(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gan_core", *arguments]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GAN_")}
    return subprocess.run(command, cwd=cwd, env=clean | (env or {}), capture_output=True, text=True, check=False)


def some_backend() -> str:
    installed = [name for name, there in available().items() if there]
    if not installed:
        pytest.skip("no framework is installed")
    return "torch" if "torch" in installed else installed[0]


def assert_refused(done: subprocess.CompletedProcess[str], *words: str, status: int = 2) -> None:
    assert done.returncode == status, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]


def after_the_line_on_the_data(text: str) -> str:
    """What a training of the digits says on standard error after its first line, without the losses as they tick."""
    first, *others = text.splitlines(keepends=True)
    assert first.startswith("data: digits, 1,797 of [1, 8, 8]")
    return "".join(line for line in others if not line.startswith("[epoch "))


def test_help_imports_nothing_heavy(tmp_path):
    """`gan --help` answers at once because neither NumPy nor a framework nor a plotting library is imported for it."""
    code = (
        "import sys\n"
        "sys.argv = ['gan', '--help']\n"
        "from gan_core.cli.entry import app\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'numpy', 'torch', 'paddle', 'tensorflow', 'keras', 'matplotlib', 'scipy'} & set(sys.modules)))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "compare" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_list_names_every_preset(tmp_path):
    listed = json.loads(gan("list", "--json", cwd=tmp_path).stdout)

    assert {"digits-mlp", "mnist-mlp", "mnist-wgan-gp", "mixture-8"} <= {row["preset"] for row in listed["presets"]}


def test_show_states_parameters_and_cost(tmp_path):
    """784·512 + 512 + 512·256 + 256 + 256 + 1 parameters in the discriminator of mnist-mlp."""
    shown = gan("show", "mnist-mlp", cwd=tmp_path).stdout

    assert "533,505 parameters, 532,736 multiply-adds a sample" in shown


@pytest.mark.parametrize("file_format", ["toml", "json"])
def test_a_shown_file_shows_the_same(tmp_path, file_format):
    """`gan show --format` writes a file that `gan show` reads back to the same text."""
    file = tmp_path / f"experiment.{file_format}"
    file.write_text(gan("show", "mnist-wgan-gp", "--format", file_format, cwd=tmp_path).stdout)

    assert gan("show", str(file), cwd=tmp_path).stdout == gan("show", "mnist-wgan-gp", cwd=tmp_path).stdout


def test_doctor_reports(tmp_path):
    topics = {row["topic"] for row in json.loads(gan("doctor", "--json", cwd=tmp_path).stdout)}

    assert {"python", "numpy", "backend torch", "backend paddle", "backend keras"} <= topics


def test_train_writes_a_whole_run(tmp_path):
    done = gan("train", "digits-mlp", "--backend", some_backend(), *SMALL, "--out", "run", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "GFLOP/s" in done.stdout
    names = {str(path.relative_to(tmp_path / "run")) for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert {
        "experiment.toml",
        "environment.json",
        "metrics.jsonl",
        "samples/real.png",
        "samples/step-0000003.png",
        "checkpoints/step-0000003/generator.safetensors",
        "checkpoints/step-0000003/discriminator.safetensors",
        "checkpoints/step-0000003/optimizers.safetensors",
        "checkpoints/step-0000003/state.json",
        "done.json",
    } <= names


def test_sample_draws_a_sheet_from_a_run(tmp_path):
    gan("train", "digits-mlp", "--backend", some_backend(), *SMALL, "--out", "run", cwd=tmp_path)

    done = gan("sample", "run", "-n", "8", "--interpolate", "--out", "walk.png", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "walk.png").read_bytes().startswith(b"\x89PNG")


def test_sample_refuses_a_label_where_there_are_none(tmp_path):
    gan("train", "digits-mlp", "--backend", some_backend(), *SMALL, "--out", "run", cwd=tmp_path)

    done = gan("sample", "run", "--label", "3", "--out", "x.png", cwd=tmp_path)

    assert_refused(done, "--label", "no labels")


def test_a_loss_that_becomes_nan_stops_the_run_and_keeps_its_files(tmp_path):
    changes = ["--set", "players.generator.optimizer.learning_rate=1e38", "--set", "logging.every_steps=1"]

    done = gan(
        "train", "digits-mlp", "--backend", some_backend(), "--steps", "50", *changes, "--out", "run", cwd=tmp_path
    )

    done.stderr = after_the_line_on_the_data(done.stderr)
    assert_refused(done, "step ", "phase '", "loss is", "run", status=1)
    assert (tmp_path / "run" / "metrics.jsonl").read_text().count("\n") >= 1
    assert not (tmp_path / "run" / "done.json").exists()


REFUSED = {
    "unknown preset": (["train", "mnist-mpl", "--backend", "torch"], ["unknown preset", "did you mean 'mnist-mlp'"]),
    "unknown backend": (["train", "digits-mlp", "--backend", "troch"], ["unknown backend", "did you mean 'torch'"]),
    "no such file": (["train", "nothing.toml", "--backend", "torch"], ["no experiment file nothing.toml"]),
    "wrong shape": (
        ["show", "digits-mlp", "--set", "networks.generator.layers.8.shape=[1,9,9]"],
        ["network 'generator', layer 'reshape_1'", "[64]", "[1, 9, 9]"],
    ),
    "unknown key": (["show", "digits-mlp", "--set", "training.stepz=4"], ["stepz"]),
    "unknown table": (["show", "digits-mlp", "--set", "trainning.steps=4"], ["did you mean 'training'"]),
    "wrong type": (["show", "digits-mlp", "--set", "training.steps=soon"], ["expected `int`", "training.steps"]),
    "not positive": (["show", "digits-mlp", "--set", "training.batch_size=0"], ["`int` >= 1", "training.batch_size"]),
    "change without a value": (["show", "digits-mlp", "--set", "training.steps"], ["expected KEY=VALUE"]),
    "unknown loss": (
        ["show", "digits-mlp", "--set", "phases.generator.objective.loss=hinj"],
        ["unknown loss 'hinj'", "did you mean 'hinge'"],
    ),
    "two lengths": (["train", "digits-mlp", "--backend", "torch", "--steps", "1", "--epochs", "1"], ["not both"]),
    "unknown dtype": (["train", "digits-mlp", "--backend", "torch", "--dtype", "float16"], ["training.dtype"]),
    "missing data": (["train", "mnist-mlp", "--backend", "torch", "--data-dir", "."], ["--data-dir", "not found"]),
    "one backend to compare": (["compare", "digits-mlp", "--backends", "torch"], ["at least two"]),
    "no run directory": (["sample", ".", "--out", "x.png"], ["no run directory"]),
    "unknown format": (["show", "digits-mlp", "--format", "yaml"], ["expected toml or json"]),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_is_one_line_and_writes_nothing(tmp_path, mistake):
    """Exit status 2, one line on standard error, no file made."""
    arguments, words = REFUSED[mistake]

    done = gan(*arguments, cwd=tmp_path, env={"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)})

    assert_refused(done, *words)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_batch_larger_than_the_data_is_refused(tmp_path):
    done = gan("train", "digits-mlp", "--backend", some_backend(), "--batch-size", "2000", cwd=tmp_path)

    assert_refused(done, "batch size 2000", "1797")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_run_directory_is_refused(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")

    done = gan("train", "digits-mlp", "--backend", some_backend(), *SMALL, "--out", "run", cwd=tmp_path)

    assert_refused(done, "run exists already")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["notes.txt"]


def test_a_truncated_idx_file_is_refused(tmp_path):
    folder = tmp_path / "mnist"
    folder.mkdir()
    whole = gzip.compress(b"\x00\x00\x08\x03" + np.array([2, 28, 28], ">u4").tobytes() + bytes(2 * 784))
    (folder / "train-images-idx3-ubyte.gz").write_bytes(whole[: len(whole) // 2])

    wrong = gan("train", "mnist-mlp", "--backend", some_backend(), "--data-dir", ".", cwd=tmp_path)
    unverified = ["--set", "data.verify=false"]
    cut = gan("train", "mnist-mlp", "--backend", some_backend(), "--data-dir", ".", *unverified, cwd=tmp_path)

    assert_refused(wrong, "checksum", "published")
    assert_refused(cut, "truncated or damaged")


def test_nan_in_the_data_is_refused(tmp_path):
    """A user's own points with a NaN name the sample."""
    points = np.zeros((200, 2))
    points[17, 1] = np.nan
    np.save(tmp_path / "points.npy", points)
    own = ["--set", 'data={type="arrays", path="points.npy"}']

    done = gan("train", "mixture-8", "--backend", some_backend(), *own, cwd=tmp_path)

    assert_refused(done, "sample 17", "NaN")


def test_labels_outside_their_range_are_refused(tmp_path):
    np.savez(tmp_path / "points.npz", samples=np.zeros((4, 2)), labels=np.array([0, 1, -1, 2]))
    own = ["--set", 'data={type="arrays", path="points.npz"}']

    done = gan("train", "mixture-8", "--backend", some_backend(), *own, cwd=tmp_path)

    assert_refused(done, "labels run from -1 to 2")


@pytest.mark.parametrize("backend", ["torch", "paddle", "keras"])
def test_a_missing_framework_says_how_to_install_it(tmp_path, backend):
    """With the framework hidden from Python, the one line is its install command."""
    hidden = {"torch": "torch", "paddle": "paddle", "keras": "tensorflow"}[backend]
    hide = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, *rest: None if name == {hidden!r} else find(name, *rest)\n"
        "from gan_core.cli.entry import main\n"
        f"sys.argv = ['gan', 'train', 'digits-mlp', '--backend', {backend!r}]\n"
        "main()\n"
    )

    done = subprocess.run([sys.executable, "-c", hide], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert_refused(done, f"pip install 'gan-core[{backend}]'")
    assert list(tmp_path.iterdir()) == []


def test_tensorflow_before_paddle_is_an_error_not_a_crash(tmp_path):
    if not all(available().get(name) for name in ("paddle", "keras")):
        pytest.skip("needs paddle and tensorflow installed")
    load = (
        "import sys, types\n"
        "sys.modules['tensorflow'] = types.ModuleType('tensorflow')\n"  # what matters is that it is loaded
        "from gan_core.cli.entry import main\n"
        "sys.argv = ['gan', 'train', 'digits-mlp', '--backend', 'paddle']\n"
        "main()\n"
    )

    done = subprocess.run([sys.executable, "-c", load], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert_refused(done, "tensorflow", "paddle", "process")


@pytest.fixture(scope="module")
def scored_run(tmp_path_factory) -> Path:
    """A run of four steps on the digits that was evaluated at steps 2 and 4."""
    folder = tmp_path_factory.mktemp("scored")
    short = ["--steps", "4", "--every", "2", "--set", "evaluation.samples=100", "--out", "run"]
    done = gan("train", "digits-mlp", "--backend", some_backend(), *short, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "run"


def test_train_keeps_the_best_and_the_last_checkpoint(scored_run):
    lines = [json.loads(line) for line in (scored_run / "evaluations.jsonl").read_text().splitlines()]
    best = max(line["step"] for line in lines if line["best"])

    assert [line["step"] for line in lines] == [2, 4]
    assert [path.name for path in (scored_run / "best" / "checkpoints").iterdir()] == [f"step-{best:07d}"]
    assert (scored_run / "checkpoints" / "step-0000004").is_dir()


def test_evaluate_writes_what_it_prints(scored_run):
    """Table and JSON of the same numbers, each with floor, extractor, counts and split."""
    wanted = [str(scored_run), "--metrics", "fid,precision", "--samples", "120"]
    table = gan("evaluate", *wanted, cwd=scored_run)
    told = json.loads(gan("evaluate", *wanted, "--json", "--no-figures", cwd=scored_run).stdout)

    assert table.returncode == 0, table.stderr
    assert told == json.loads((scored_run / "evaluation.json").read_text())
    assert told["finished"] is True
    assert [row["metric"] for row in told["rows"]] == ["frechet", "precision", "recall", "density", "coverage"]
    for row in told["rows"]:
        assert (row["extractor"], row["generated"], row["real"]) == ("pixels", 120, 120)
        assert row["floor"] is not None
        assert f"{row['value']:.4g}" in table.stdout
    assert (scored_run / "evaluation" / "tsne.png").is_file()


def test_an_unfinished_run_is_evaluated_and_says_so(scored_run, tmp_path):
    shutil.copytree(scored_run, tmp_path / "run")
    (tmp_path / "run" / "done.json").unlink()
    file = tmp_path / "run" / "experiment.toml"
    file.write_text(file.read_text().replace("steps = 4\n", "steps = 9000\n", 1))

    done = gan(
        "evaluate", "run", "--metrics", "fid", "--samples", "100", "--checkpoint", "best", "--no-figures", cwd=tmp_path
    )

    assert done.returncode == 0, done.stderr
    assert "not the end of the run: step" in done.stdout
    assert "of 9,000" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--metrics", "frechett"], ["unknown metric 'frechett'", "did you mean 'frechet'"]),
        (["--metrics", "inception"], ["'inception' needs an extractor that knows classes"]),
        (["--features", "none.onnx"], ["none.onnx: no such file"]),
        (["--samples", "1"], ["--samples 1", "at least 2"]),
        (["--samples", "3", "--metrics", "two-sample"], ["at least 20 real samples, got 3"]),
        (["--checkpoint", "first"], ["expected last, best, a step as 6400, or an epoch as epoch-15"]),
    ],
)
def test_evaluate_refuses_in_one_line(scored_run, arguments, words):
    assert_refused(gan("evaluate", str(scored_run), *arguments, cwd=scored_run.parent), *words)


def test_classes_needs_an_extractor_that_knows_classes(scored_run, tmp_path):
    done = gan("classes", str(scored_run), "--samples", "50", cwd=tmp_path)

    assert_refused(done, "pixels knows no classes", "expected a classifier")
    assert list(tmp_path.iterdir()) == []


def test_classes_compares_runs_by_an_onnx_classifier(scored_run, tmp_path):
    """Two sets beside the real one: shares that sum to 1, entropies, and both pictures."""
    pytest.importorskip("onnxruntime")
    from onnx_files import onnx_file

    onnx_file(tmp_path / "two.onnx", shape=("N", 1, 8, 8), logits=True)
    twice = [str(scored_run), str(scored_run), "--features", "two.onnx", "--samples", "50"]

    done = gan("classes", *twice, "--json", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [row["set"] for row in told["sets"]] == [
        "real",
        "digits-mlp (unconditional)",
        "digits-mlp (unconditional) 2",
    ]
    for row in told["sets"]:
        assert sum(row["shares"]) == pytest.approx(1)
        assert 0 <= row["entropy_bits"] <= 1
    assert told["sets"][1]["shares"] == told["sets"][2]["shares"]
    assert told["step_of_steps"] == {str(scored_run): [4, 4]}
    assert {path.name for path in (tmp_path / "classes").iterdir()} == {"classes.json", "classes.png", "tsne.png"}


LONG = ["--batch-size", "4", "--steps", "100000", "--set", "sampling.every_steps=100000"]


@pytest.mark.skipif(os.name != "posix", reason="signals of another kind")
def test_a_signal_is_one_line_and_a_status(tmp_path):
    """SIGTERM to the real process: 143, one line with the command that goes on, and a checkpoint."""
    command = [sys.executable, "-m", "gan_core", "train", "digits-mlp", "--backend", some_backend(), *LONG]
    with subprocess.Popen([*command, "--out", "run"], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 200
        while not (tmp_path / "run" / "metrics.jsonl").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.terminate()
        _, said = process.communicate(timeout=100)

    assert process.returncode == 143, said
    *progress, last = after_the_line_on_the_data(said).strip().splitlines()
    assert all(line.startswith("gan: digits-mlp on ") for line in progress)
    assert "stopped by SIGTERM after step " in last
    assert last.endswith("go on with  gan resume run")
    assert len(list((tmp_path / "run" / "checkpoints").glob("step-*"))) == 1


@pytest.mark.skipif(os.name != "posix", reason="limits of another kind")
def test_a_disk_that_takes_no_more_is_one_line(tmp_path):
    """A limit on the size of files: the optimizers' does not fit, the run stops, nothing half-written is left."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "from gan_core.cli.entry import main\n"
        f"sys.argv = ['gan', 'train', 'digits-mlp', '--backend', {some_backend()!r}, '--steps', '3', '--out', 'run']\n"
        "main()\n"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)

    done.stderr = after_the_line_on_the_data(done.stderr)
    assert_refused(done, "the checkpoint of step 3 could not be written", "raise the largest file size", status=1)
    assert list((tmp_path / "run" / "checkpoints").iterdir()) == []


def test_training_into_an_interrupted_run_names_the_command(tmp_path):
    gan("train", "digits-mlp", "--backend", some_backend(), *SMALL, "--out", "run", cwd=tmp_path)
    (tmp_path / "run" / "done.json").unlink()

    again = gan("train", "digits-mlp", "--backend", some_backend(), *SMALL, "--out", "run", cwd=tmp_path)
    resumed = gan("resume", "run", "--steps", "4", cwd=tmp_path)

    assert_refused(again, "run holds an interrupted run at step 3: go on with  gan resume run")
    assert resumed.returncode == 0, resumed.stderr
    assert "4 steps" in resumed.stdout


def test_a_diff_of_equal_experiments_is_a_line_and_status_0(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(gan("show", "digits-mlp", "--format", "toml", cwd=tmp_path).stdout)

    done = gan("diff", "digits-mlp", str(file), cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, f"digits-mlp and {file} are the same experiment\n")


def test_a_diff_of_others_is_a_table_and_status_1(tmp_path):
    done = gan("diff", "digits-mlp", "--set", "training.seed=7", cwd=tmp_path)

    assert done.returncode == 1
    assert [line.split() for line in done.stdout.splitlines() if "seed" in line] == [["training.seed", "0", "7"]]


def test_a_diff_as_json_has_values_and_what_follows(tmp_path):
    changes = ["--set-first", "training.steps=10", "--set", "training.steps=20"]
    found = json.loads(gan("diff", "digits-mlp", *changes, "--json", cwd=tmp_path).stdout)

    assert [(row["key"], row["left"], row["right"]) for row in found["differences"] if not row["derived"]] == [
        ("training.steps", 10, 20)
    ]


def test_a_diff_with_nothing_is_refused(tmp_path):
    assert_refused(gan("diff", "digits-mlp", cwd=tmp_path), "name a second experiment", "--set")


def test_a_drawing_is_written_and_its_file_named(tmp_path):
    done = gan("show", "digits-mlp", "--diagram", "digits.svg", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, "digits.svg\n")
    assert (tmp_path / "digits.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_a_drawing_of_another_kind_or_in_no_folder_is_refused(tmp_path):
    assert_refused(gan("show", "digits-mlp", "--diagram", "digits.png", cwd=tmp_path), "--diagram digits.png", ".svg")
    assert_refused(gan("show", "digits-mlp", "--diagram", "none/digits.svg", cwd=tmp_path), "none", status=1)
    assert list(tmp_path.iterdir()) == []
