"""The examples are short, and run on every backend as they stand."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_core.features.onnx_file import OnnxExtractor

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
TRAINING = [
    FOLDER / f"{name}.py"
    for name in ("add_a_layer", "bring_your_own_data", "log_elsewhere", "new_phase", "write_a_loss")
]


def printed(path: Path, folder: Path, *words: str) -> str:
    """Return what an example prints that runs in a folder."""
    command = [sys.executable, str(path), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", TRAINING, ids=lambda path: path.stem)
def test_an_example_trains(backend32, path, tmp_path):
    printed(path, tmp_path, backend32.name, "12")

    (run,) = (tmp_path / "runs").iterdir()
    assert json.loads((run / "done.json").read_text())["step"] == 12


def test_the_same_line_side_by_side(backend32, tmp_path):
    """Two processes of one framework print the same numbers; another framework's differ in the last digits alone."""
    first, second = printed(FOLDER / "side_by_side.py", tmp_path, backend32.name, backend32.name).splitlines()

    assert first.split()[0] == backend32.name
    assert first == second


def test_a_training_goes_on_in_another_process(backend32, tmp_path):
    shown = printed(FOLDER / "continue_in_another_backend.py", tmp_path, backend32.name, backend32.name)

    assert "'step': 200" in shown


def pictures(folder: Path) -> Path:
    """A folder of eight pictures of noise, 32 × 32."""
    folder.mkdir(parents=True)
    for number in range(8):
        pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.mark.slow  # Keras compiles a CycleGAN for a minute
@pytest.mark.parametrize("name", ["style_transfer", "colouring"])
def test_an_example_translates_there_and_back(backend32, name, tmp_path):
    """The sheet of 16 pictures holds a band of three rows for each direction, 8 to a row."""
    for domain in ("trainA", "trainB"):
        pictures(tmp_path / "domains" / domain)
    folder = tmp_path / "domains" if name == "style_transfer" else tmp_path / "domains" / "trainA"
    shown = printed(FOLDER / f"{name}.py", tmp_path, backend32.name, "3", str(folder))

    assert "'step': 3" in shown
    with Image.open(tmp_path / "both-ways.png") as sheet:
        assert sheet.size == (8 * 66 + 2, 6 * 66 + 2)


@pytest.mark.slow  # compiles a run, and then a phase that searches
def test_hidden_parts_are_filled_in_and_seen_ones_stay(backend32, tmp_path):
    """Sixteen digits in three rows, 8 × 8 pixels enlarged six times; below row 4 the first row is black."""
    gan = [sys.executable, "-m", "gan_core", "train", "digits-mlp", "--backend", backend32.name, "--steps", "30"]
    subprocess.run([*gan, "--out", "run"], check=True, cwd=tmp_path, capture_output=True)
    printed(FOLDER / "inpainting.py", tmp_path, "run", "20")

    with Image.open(tmp_path / "inpainted.png") as sheet:
        hidden, filled, real = (np.asarray(sheet)[2 + 50 * row : 50 + 50 * row] for row in range(3))
    digit = np.index_exp[:, 2:50]
    np.testing.assert_array_equal(hidden[:24], real[:24])
    np.testing.assert_array_equal(filled[:24], real[:24])
    assert hidden[digit][24:].max() == 0
    assert (filled[24:] != real[24:]).any()
    (search,) = (tmp_path / "runs").iterdir()
    lines = [json.loads(line) for line in (search / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["search/seen"] < lines[0]["search/seen"]


@pytest.mark.slow
def test_a_classifier_is_measured_with_generated_digits_and_without(backend32, tmp_path):
    folder = Path(os.environ.get("GAN_DATA_DIR", "nowhere"))
    if not (folder / "mnist").is_dir():
        pytest.skip("GAN_DATA_DIR holds no mnist/")
    lines = printed(FOLDER / "augmentation.py", tmp_path, backend32.name, "2", "1", "100").splitlines()

    assert [line.partition(":")[0] for line in lines] == [
        "100 real",
        "100 real, 100 of a generator of these 100",
        "100 real, 100 of a generator of all 60,000",
    ]
    assert 60 < float(lines[0].split()[2].rstrip("%")) < 90  # with the digits themselves, whatever the generators make


def test_inception_becomes_a_file_that_evaluation_reads(tmp_path):
    """With random weights; without torchvision, a line says what to install."""
    command = [sys.executable, "-W", "ignore", str(FOLDER / "export_inception.py"), "inception.onnx", "none"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, cwd=tmp_path)
    if importlib.util.find_spec("torchvision") is None or importlib.util.find_spec("torch") is None:
        assert done.returncode == 1
        assert "this example needs  pip install torch torchvision onnx" in done.stderr.splitlines()[-1]
        assert list(tmp_path.iterdir()) == []
        return
    extractor = OnnxExtractor(tmp_path / "inception.onnx", (-1.0, 1.0))
    features = extractor(np.random.default_rng(0).uniform(-1, 1, (2, 1, 28, 28)))

    assert features.values.shape == (2, 2048)
    assert features.probabilities.shape == (2, 1000)
    assert extractor.notes == []
    assert done.stdout.split("sha256=")[1][:8] == extractor.name.split()[1]


THEORY = {  # example → what it prints a line for
    "optimal_discriminator": ["two-bells", "the-same"],
    "saturating": ["minimax", "non_saturating"],
    "disjoint_distributions": ["theta 0.10", "theta 2.00"],
}


@pytest.mark.slow  # trains for the figures of a page
@pytest.mark.parametrize("stem", THEORY)
def test_an_example_of_the_theory_measures_and_draws(backend32, stem, tmp_path):
    shown = printed(FOLDER / "theory" / f"{stem}.py", tmp_path, backend32.name, "12")

    assert all(any(line.startswith(begin) for line in shown.splitlines()) for begin in THEORY[stem])
    assert (tmp_path / f"{stem}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_fits_on_a_screen(path):
    """Three that are worked out at length, and a file of words, fit on two."""
    long = ("my_words", "augmentation", "export_inception", "inpainting")
    assert len(path.read_text(encoding="utf-8").splitlines()) < (90 if path.stem in long else 40)
