"""The classifier's training on a framework: the loss it descends, and that it learns real digits."""

import numpy as np

from gan_core.contract.backend import Backend
from gan_core.data.dataset import Batches
from gan_core.data.sources import Digits
from gan_core.experiments.initial_values import initial_values
from gan_core.features.classification import Recipe, cross_entropy, train_classifier
from gan_core.features.inference import run_network
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam
from gan_core.testing.numpy_ops import NumpyOps
from tolerances import assert_close

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

    expected = cross_entropy(NumpyOps(), logits, np.eye(10)[digits.labels[indices]])
    assert_close(np.array(backend64.to_numpy(first["loss"])), np.array(expected), "network")


def test_a_small_classifier_learns_the_digits(backend32: Backend) -> None:
    """Six passes over 1,797 digits: at least 95% of them named rightly by NumPy's inference of the weights."""
    digits = Digits().load(None)
    *losses, last = train_classifier(PLAN, RECIPE, digits, backend32)
    images = digits.take(np.arange(len(digits)), np.dtype("float64"))
    (logits,) = run_network(PLAN, last["weights"], images, ("logits",))

    assert len(losses) == RECIPE.steps(1797) == 210
    assert (logits.argmax(axis=1) == digits.labels).mean() >= 0.95
