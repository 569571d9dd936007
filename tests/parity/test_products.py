"""Products in bfloat16, and bits that stay the same: what they change, and what they must leave alone."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gan_core.contract.backend import Backend
from gan_core.contract.loading import load_backend
from gan_core.experiments.files import with_changes
from gan_core.presets import preset
from gan_core.testing.layer_cases import CASES
from gan_core.testing.subjects import Subject
from gan_core.training.trainer import Trainer

QUICK = ("dense", "conv-dilated", "conv_transpose-groups-2-dilated-uneven", "spectral-conv-k4-s2-p1+2")
SLOW = ("dense-no-bias", "conv-groups-2", "conv-depthwise", "conv-dilated-stride", "conv_transpose-k3-s2-p1+0-o1")
SLOW = (*SLOW, "spectral-dense")
LAYERS = [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
OF_ROUNDING = (1e-5, 3e-2)  # relative: 8 bits are 2⁻⁹ = .002 a factor; float32 itself would be off by 1e-7
OF_SQUARES = 6e-2  # a second gradient is of squares of the first


@pytest.fixture(scope="module")
def short(backend32: Backend) -> Backend:
    """The backend with products in bfloat16."""
    return load_backend(backend32.name, "float32", products="bf16")


def distance(found: np.ndarray, wanted: np.ndarray) -> float:
    """Return how far arrays part, on the scale of the whole array."""
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_and_its_gradients_are_off_by_the_rounding_of_factors(short: Backend, name: str) -> None:
    subject = Subject(CASES[name].network)
    found, wanted = subject.measure(short), subject.expected()

    off = {"value": distance(found.value, wanted.value)}
    off |= {key: distance(found.gradients[key], gradient) for key, gradient in wanted.gradients.items()}

    assert OF_ROUNDING[0] < off["value"]
    assert max(off.values()) < OF_ROUNDING[1], off


@pytest.mark.parametrize("name", LAYERS)
def test_it_can_be_differentiated_twice(short: Backend, name: str) -> None:
    subject = Subject(CASES[name].network)
    found = subject.measure_second(short)
    wanted = subject.expected_second(subject.expected().gradients)

    every, truth = (np.concatenate([one[key] for key in wanted]) for one in (found, wanted))

    assert distance(every, truth) < OF_SQUARES


@pytest.mark.slow
def test_a_training_follows_the_exact_one_with_weights_in_float32(short: Backend, backend32: Backend) -> None:
    experiment = with_changes(preset("digits-mlp"), {"training.steps": 5})
    dataset = experiment.data.load(None)
    trainers = [Trainer(experiment, backend, dataset) for backend in (short, backend32)]

    found, exact = (
        np.array([float(one.backend.to_numpy(one.run_step()["discriminator/loss"])) for _ in range(5)])
        for one in trainers
    )

    assert 0 < np.abs(found - exact).max() < 0.02 * np.abs(exact).max()
    arrays = [array for network in trainers[0].state().networks.values() for array in network.values()]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    assert any(np.any(array.view(np.uint32) & 0xFFFF) for array in arrays)  # more bits than bfloat16 has


def test_the_choice_is_recorded(short: Backend) -> None:
    assert short.describe()["products"] == "bf16"


@pytest.mark.slow
def test_asking_for_the_same_bits_changes_no_number_on_a_cpu(backend32: Backend, tmp_path: Path) -> None:
    """By a process of its own, since TensorFlow keeps to it for as long as its process lives."""
    program = (
        "from gan_core import train; import sys\n"
        "train('digits-mlp', sys.argv[1], steps=3, deterministic=sys.argv[2] == 'yes', out=sys.argv[3], progress=False)"
    )
    for same in ("no", "yes"):
        command = [sys.executable, "-c", program, backend32.name, same, str(tmp_path / same)]
        subprocess.run(command, check=True, capture_output=True)

    usual, asked = (tmp_path / one / "checkpoints/step-0000003/generator.safetensors" for one in ("no", "yes"))
    assert usual.read_bytes() == asked.read_bytes()
    assert json.loads((tmp_path / "yes" / "environment.json").read_text())["deterministic"] == "true"
