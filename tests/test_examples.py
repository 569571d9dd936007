"""Each example runs, on every backend that is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from gan_core.doctor import available

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize("backend", ["torch", "paddle", "keras"])
def test_add_a_layer(tmp_path, backend):
    """It prints the losses of the first step and the last; they are the same numbers everywhere, to float32."""
    if not available().get(backend):
        pytest.skip(f"{backend} is not installed")
    command = [sys.executable, str(EXAMPLES / "add_a_layer.py"), "--backend", backend, "--steps", "3"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "3"]
    assert "'discriminator/loss'" in lines[-1]
