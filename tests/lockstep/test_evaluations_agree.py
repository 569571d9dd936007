"""One number means one thing: runs of one experiment on every framework get the same scores."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gan_core.cli.doctor import available

INSTALLED = [name for name, there in available().items() if there]

pytestmark = pytest.mark.skipif(len(INSTALLED) < 2, reason="fewer than two frameworks are installed")


PROGRAM = """
import sys, gan_core
run = gan_core.train("digits-mlp", sys.argv[1], steps=10, dtype="float64", out=sys.argv[1], progress=False)
metrics = ["frechet", "kernel", "neighbours", "diversity", "path-length"]
run.evaluate(metrics=metrics, samples=200, figures=False)
"""


def scores(backend: str, folder: Path) -> dict[str, float]:
    """Train ten steps in float64 and evaluate, in a process of its own."""
    subprocess.run([sys.executable, "-c", PROGRAM, backend], cwd=folder, check=True, capture_output=True)
    rows = json.loads((folder / backend / "evaluation.json").read_text())["rows"]
    return {row["metric"]: row["value"] for row in rows}


def test_float64_runs_score_the_same_on_every_framework(tmp_path):
    """Within 1e-9, path length within 1e-6: it divides differences of 1e-4 that carry the samples' 1e-13 by 1e-4."""
    found = {backend: scores(backend, tmp_path) for backend in INSTALLED}
    first = found[INSTALLED[0]]

    assert set(first) == {
        "frechet", "kernel", "precision", "recall", "density", "coverage", "pairwise distance", "path length",
    }  # fmt: skip
    for backend in INSTALLED[1:]:
        for metric, value in first.items():
            share = 1e-6 if metric == "path length" else 1e-9
            assert found[backend][metric] == pytest.approx(value, rel=share, abs=1e-12), f"{metric} on {backend}"
