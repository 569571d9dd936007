"""The classifier's training on a framework: the loss it descends, and that it learns real digits."""

import numpy as np
import pytest

from gan_core.contract.backend import Backend
from gan_core.contract.loading import load_backend
from gan_core.data.dataset import Batches
from gan_core.data.sources import Digits
from gan_core.experiments.files import with_changes
from gan_core.experiments.initial_values import initial_values
from gan_core.features.classification import Recipe, softmax_cross_entropy, train_classifier
from gan_core.features.inference import run_network
from gan_core.plans.plans import plan_network
from gan_core.presets import preset
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam
from gan_core.testing.numpy_ops import NumpyOps
from gan_core.training.trainer import Trainer
from tolerances import assert_close

SMALL = {"training.dtype": "float64", "training.batch_size": 8, "training.steps": 3}
LAYERS = (
    L.Conv(channels=8, kernel=3),
    L.ReLU(),
    L.MaxPool(size=2),
    L.Flatten(),
    L.Dense(units=32),
    L.ReLU(),
    L.Dense(name="logits", units=10),
)
RECIPE = Recipe(
    network=Network(inputs={"image": Input(kind="data", shape=(1, 8, 8))}, layers=LAYERS),
    optimizer=Adam(learning_rate=3e-3),
    batch_size=50,
    passes=6,
)
PLAN = plan_network("classifier", RECIPE.network)


def test_the_first_loss_is_that_of_the_initial_weights(backend64: Backend) -> None:
    """The loss of the first batch is the NumPy cross-entropy of NumPy's inference."""
    digits = Digits().load(None)
    first = next(train_classifier(PLAN, RECIPE, digits, backend64))
    indices = Batches(digits, 50, 0, "shuffled", "float32").indices(0)
    images = digits.take(indices, np.dtype("float32"))
    (logits,) = run_network(PLAN, initial_values(PLAN, 0), images, ("logits",))

    expected = softmax_cross_entropy(NumpyOps(), logits, np.eye(10)[digits.labels[indices]])
    assert_close(np.array(backend64.to_numpy(first["loss"])), np.array(expected), "network")


def test_a_small_classifier_learns_the_digits(backend32: Backend) -> None:
    """Six passes over 1,797 digits: at least 95% of them named rightly by NumPy's inference of the weights."""
    digits = Digits().load(None)
    *losses, last = train_classifier(PLAN, RECIPE, digits, backend32)
    images = digits.take(np.arange(len(digits)), np.dtype("float64"))
    (logits,) = run_network(PLAN, last["weights"], images, ("logits",))

    assert len(losses) == RECIPE.steps(1797) == 210
    assert (logits.argmax(axis=1) == digits.labels).mean() >= 0.95


@pytest.mark.parametrize("built", ["before the classifier", "after the classifier"])
def test_a_classifier_in_float32_leaves_an_open_float64_backend_alone(backend64: Backend, built: str) -> None:
    """Each step, compiled after the classifier was trained in the same process, has the bits it has without one."""
    experiment, digits = with_changes(preset("digits-mlp"), SMALL), Digits().load(None)
    expected = steps_of(Trainer(experiment, load_backend(backend64.name, "float64"), digits))

    backend = load_backend(backend64.name, "float64")
    trainer = Trainer(experiment, backend, digits) if built.startswith("before") else None
    small = load_backend(backend64.name, "float32")
    classifier = train_classifier(PLAN, RECIPE, digits, small)
    losses = [float(small.to_numpy(next(classifier)["loss"])) for _ in range(3)]
    found = steps_of(trainer or Trainer(experiment, backend, digits))

    assert np.isfinite(losses).all()
    assert found.keys() == expected.keys()
    assert all(array.dtype == np.float64 for array in found.values())
    assert [name for name in expected if not np.array_equal(found[name], expected[name])] == []


def steps_of(trainer: Trainer) -> dict[str, np.ndarray]:
    """Train to the end; return every scalar of every step, and all weights and optimizer state at the end."""
    arrays = {}
    for step in range(trainer.experiment.training.steps):
        for name, scalar in trainer.run_step().items():
            arrays[f"{step} {name}"] = np.array(trainer.backend.to_numpy(scalar))
    state = trainer.state()
    for part in (state.networks, state.optimizers):
        arrays |= {f"{owner} {name}": value for owner, values in part.items() for name, value in values.items()}
    return arrays
