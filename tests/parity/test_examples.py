"""The examples are short, and run on every backend as they stand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_trains(backend32, path, tmp_path):
    out = tmp_path / "run"
    command = [sys.executable, str(path), "--backend", backend32.name, "--steps", "12", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads((out / "done.json").read_text())["step"] == 12


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_fits_on_a_screen(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 40
