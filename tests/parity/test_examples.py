"""The examples are short, and run on every backend as they stand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
TRAINING = [FOLDER / f"{name}.py" for name in ("add_a_layer", "bring_your_own_data", "new_phase", "write_a_loss")]


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


THEORY = {  # example → what it prints a line for
    "optimal_discriminator": ["two-bells", "the-same"],
    "saturating": ["minimax", "non_saturating"],
    "disjoint_distributions": ["theta 0.10", "theta 2.00"],
}


@pytest.mark.parametrize("stem", THEORY)
def test_an_example_of_the_theory_measures_and_draws(backend32, stem, tmp_path):
    shown = printed(FOLDER / "theory" / f"{stem}.py", tmp_path, backend32.name, "12")

    assert all(any(line.startswith(begin) for line in shown.splitlines()) for begin in THEORY[stem])
    assert (tmp_path / f"{stem}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.stem != "my_words"], ids=lambda path: path.stem)
def test_an_example_fits_on_a_screen(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 40
