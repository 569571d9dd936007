"""Whole experiments on every installed framework, a process each, in float64: the product's claim."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gan_core.cli.doctor import available
from gan_core.data.sources import Mixture
from gan_core.experiments.experiment import Experiment
from gan_core.laboratory import Setting, model_experiment
from gan_core.lockstep.compare import compare
from gan_core.presets.loading import load_experiment
from recording_processes import RecordingProcesses

INSTALLED = [name for name, there in available().items() if there]
STEPS = 100

pytestmark = pytest.mark.skipif(len(INSTALLED) < 2, reason="fewer than two frameworks are installed")


def run(name: str | Experiment, out: Path, *changes: str, steps: int = STEPS, data_dir: Path | None = None):
    settings = [f"training.steps={steps}", "training.dtype=float64", *changes]
    return compare(load_experiment(name, settings), sorted(INSTALLED, reverse=True), out, data_dir=data_dir)


@pytest.fixture(scope="session")
def processes() -> Iterator[RecordingProcesses]:
    made = RecordingProcesses()
    yield made
    made.close()


@pytest.fixture
def kept_processes(processes, monkeypatch) -> None:
    """The frameworks are started once for all tests, where it is the numbers that are in question."""
    monkeypatch.setattr("gan_core.lockstep.compare.traced", processes.traced)


@pytest.mark.parametrize("name", ["digits-mlp", "mixture-8"])
def test_a_preset_agrees_for_a_hundred_steps(tmp_path, name):
    """Losses, weights, running statistics and optimizer state within 1e-9, and pictures to look at."""
    result = run(name, tmp_path)

    assert result.worst <= 1e-9
    assert {path.name for path in tmp_path.iterdir()} >= {"sheets.png", "lockstep.png", "comparison.json"}


@pytest.mark.usefixtures("kept_processes")
def test_rmsprop_with_clipping_and_decay_agrees(tmp_path):
    """The rules that backends compose from the core's definition."""
    rmsprop = (
        '{type="rms_prop", learning_rate=3e-4, clip_value=1.0, clip_norm=5.0,'
        ' schedule={type="inverse_time_decay", rate=1e-3}}'
    )

    result = run(
        "mixture-8", tmp_path, f"players.discriminator.optimizer={rmsprop}", "players.discriminator.clip_weights=0.3"
    )

    assert result.worst <= 1e-9


@pytest.mark.usefixtures("kept_processes")
def test_dropout_and_a_gradient_penalty_agree(tmp_path):
    """Masks drawn on the device, second derivatives, and repeated phases."""
    penalty = '{type="adversarial_discriminator", loss="wasserstein", penalties=[{type="gradient_penalty"}]}'
    changes = [
        f"phases.discriminator.objective={penalty}",
        "phases.discriminator.repeats=2",
        "phases.generator.objective.loss=wasserstein",
        'networks.discriminator.layers.2={type="dropout", rate=0.3}',
    ]

    result = run("digits-mlp", tmp_path, *changes, steps=40)

    assert result.worst <= 1e-9


@pytest.mark.usefixtures("kept_processes")
def test_a_conditional_convolutional_critic_with_a_penalty_agrees(tmp_path):
    """Second derivatives of convolutions, embeddings and joins, whose gradients come in other memory layouts."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (64, 32, 32), dtype=np.uint8)
    np.savez(tmp_path / "images.npz", samples=images, labels=np.arange(64) % 10)
    changes = [f'data={{type="arrays", path="{tmp_path}/images.npz"}}', "width=0.1", "training.batch_size=8"]

    result = run("mnist-cond-wgan-gp", tmp_path / "out", *changes, steps=6)

    assert result.worst <= 1e-9


@pytest.mark.usefixtures("kept_processes")
@pytest.mark.parametrize("model", ["gan", "conditional-wgan-gp"])
def test_a_smaller_last_batch_agrees(tmp_path, model):
    """40 points in batches of 16, as a tutorial's loop takes them: every third step has 8 of all that it draws."""
    points = Mixture(layout="tutorial", modes=4, points=40, standard_deviation=0.5, extent=0.9)
    made = model_experiment(model, Setting(data=points, steps=20, batch_size=16, tutorial_loop=True))

    result = run(made, tmp_path, steps=20)

    assert result.worst <= 1e-9


@pytest.mark.usefixtures("kept_processes")
def test_float32_agrees_over_the_first_steps(tmp_path):
    result = run("digits-mlp", tmp_path, "training.dtype=float32", steps=10)

    assert result.worst <= 1e-3


@pytest.mark.usefixtures("kept_processes")
def test_a_bias_right_before_a_norm_agrees(tmp_path):
    """Its gradient is 0, so that its moments, and what Adam makes of them, are each framework's own rounding."""
    layers = '{type="flatten"}, {type="dense", units=32}, {type="batch_norm"}, {type="relu"}, {type="dense", units=1}'
    made = '{type="dense", units=32}, {type="batch_norm"}, {type="relu"}, {type="dense", units=64}'
    changes = [
        f"networks.discriminator.layers=[{layers}]",
        f'networks.generator.layers=[{made}, {{type="tanh"}}, {{type="reshape", shape=[1, 8, 8]}}]',
    ]

    result = run("digits-mlp", tmp_path, *changes, steps=50)

    assert {5, 50} <= {row.step for row in result.rows}
    assert result.worst <= 1e-9
    assert result.idle == ("discriminator.dense_1.bias", "generator.dense_1.bias")
    assert [kind.agrees for kind in result.kinds] == [True] * 4
