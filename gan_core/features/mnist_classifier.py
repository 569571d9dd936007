"""The library's classifier of MNIST's digits, whose last hidden layer is the feature space of MNIST-like samples.

It is trained once, on the backend at hand, and kept in the user's cache under a hash of all that determines it. It
learns from 50,000 of the training images; 10,000, drawn at random, stay unseen, so that real images it never saw can
stand in for generated ones. At random, because MNIST's files are in the order of their writers: different hands wrote
the last 10,000 than the rest. Evaluation refuses a classifier below 98.5% on the test images.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.idx import PUBLISHED_COUNT, UNSEEN, Mnist, unseen_images
from gan_core.data.places import cache_folder
from gan_core.errors import GanError, UsageError, WriteError
from gan_core.features.classification import Recipe, train_classifier
from gan_core.features.extractor import Features
from gan_core.features.inference import run_network
from gan_core.files.whole_files import written_whole
from gan_core.live_lines import counted
from gan_core.plans.plans import Plan, plan_network
from gan_core.specs import layers as L
from gan_core.specs.initializers import KaimingUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, LinearDecay
from gan_core.specs.spec import to_builtins
from gan_core.training.machine import Machine

SIDE = 32  # pixels; smaller images are padded with background, so that all sizes share one feature space
BAR = 0.985  # share of test images it must name rightly
PENULTIMATE, LAST = "features", "logits"


def recipe() -> Recipe:
    """Return the recipe of the classifier: conv 32, pool, conv 64, pool, dense 128, dense 10, two passes of Adam."""
    start = KaimingUniform()
    layers = (
        L.Conv(channels=32, kernel=3, weight_init=start),
        L.ReLU(),
        L.MaxPool(size=2),
        L.Conv(channels=64, kernel=3, weight_init=start),
        L.ReLU(),
        L.MaxPool(size=2),
        L.Flatten(),
        L.Dense(units=128, weight_init=start),
        L.ReLU(name=PENULTIMATE),
        L.Dense(name=LAST, units=10, weight_init=start),
    )
    passes, batch_size, images = 2, 100, PUBLISHED_COUNT - UNSEEN
    return Recipe(
        network=Network(inputs={"image": Input(kind="data", shape=(1, SIDE, SIDE))}, layers=layers),
        optimizer=Adam(learning_rate=2e-3, schedule=LinearDecay(start=100, end=passes * images // batch_size)),
        batch_size=batch_size,
        passes=passes,
    )


def seen_images(count: int) -> np.ndarray:
    """Return the positions [n], in order, of the training images that a classifier learns from, of `count`."""
    return np.setdiff1d(np.arange(count), unseen_images(count), assume_unique=True)


@dataclass(frozen=True, kw_only=True)
class MnistClassifier:
    """An `Extractor`: features are the 128 values of the last hidden layer after its ReLU.

    weights: "layer.key" → array. accuracy: share of the test images that it names rightly. value_range: that of the
    samples whose features it works out.
    """

    plan: Plan
    weights: dict[str, np.ndarray]
    accuracy: float
    value_range: tuple[float, float]

    @property
    def name(self) -> str:
        """The name with accuracy and the first digits of the weights' checksum: equal names, comparable numbers."""
        return f"mnist-classifier {self.accuracy:.2%} {checksum(self.weights)[:8]}"

    def __call__(self, samples: np.ndarray) -> Features:
        """Return the features [N, 128] and probabilities [N, 10] of images [N, 1, H, W], at most 32 pixels a side."""
        images = framed(samples, self.value_range)
        values, logits = run_network(self.plan, self.weights, images, (PENULTIMATE, LAST))
        return Features(values=values, probabilities=softmax(logits))


def mnist_classifier(data: Mnist, value_range: tuple[float, float], machine: Machine) -> MnistClassifier:
    """Return the cached classifier, or train it. Raises `GanError` for one below the bar.

    data: the run's data spec, whose files are read. value_range: least and largest value of the samples to come.
    machine: where it is trained if the cache has none, whatever else is open there.
    """
    whole = msgspec.structs.replace(data, size=32, value_range=(-1.0, 1.0))
    train = msgspec.structs.replace(whole, split="train").load(machine.data_dir)
    positions = seen_images(len(train))
    seen_part = Dataset(
        name=train.name,
        samples=train.samples[positions],
        labels=None if train.labels is None else train.labels[positions],
        classes=10,
    )
    how = recipe()
    plan = plan_network("classifier", how.network)
    path = cache_path(how, seen_part)
    cached = read_cached(path)
    if cached is None:
        weights = trained(plan, how, seen_part, machine)
        accuracy = accuracy_of(plan, weights, msgspec.structs.replace(whole, split="test").load(machine.data_dir))
        check_bar(accuracy)
        write_cached(path, weights, accuracy)
    else:
        weights, accuracy = cached
        check_bar(accuracy)
    return MnistClassifier(plan=plan, weights=weights, accuracy=accuracy, value_range=value_range)


def check_bar(accuracy: float) -> None:
    """Raise `GanError` for an accuracy, 0 … 1, below the bar."""
    if accuracy < BAR:
        raise GanError(
            f"the classifier names {accuracy:.2%} of the test images rightly; its features are trusted from {BAR:.1%} "
            "on; check the MNIST files, or give other features with features=FILE.onnx"
        )


def framed(samples: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """Return images [N, 1, H, W] as [N, 1, 32, 32] in [−1, 1], background around them.

    value_range: that of the images. Raises `UsageError` for images with another number of channels, or larger ones.
    """
    if samples.ndim != 4 or samples.shape[1] != 1 or samples.shape[2] != samples.shape[3] or samples.shape[2] > SIDE:
        raise UsageError(
            f"the MNIST classifier takes images of 1 channel and at most {SIDE}×{SIDE} pixels, "
            f"got {list(samples.shape[1:])}; give other features with features=FILE.onnx"
        )
    low, high = value_range
    images = (samples.astype(np.float64) - low) * (2 / (high - low)) - 1
    missing = SIDE - samples.shape[2]
    sides = (missing // 2, missing - missing // 2)
    return np.pad(images, ((0, 0), (0, 0), sides, sides), constant_values=-1.0)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities [N, classes] of logits [N, classes]."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def accuracy_of(plan: Plan, weights: dict[str, np.ndarray], dataset: Dataset) -> float:
    """Return the share of a data set's samples whose likeliest class is their label, by NumPy inference."""
    images = dataset.take(np.arange(len(dataset)), np.dtype("float64"))
    (logits,) = run_network(plan, weights, images, (LAST,))
    return float((logits.argmax(axis=1) == dataset.labels).mean())


def trained(plan: Plan, how: Recipe, dataset: Dataset, machine: Machine) -> dict[str, np.ndarray]:
    """Return the weights that a recipe comes to in float32 on a machine; a terminal shows a progress bar."""
    steps = train_classifier(plan, how, dataset, machine.load_backend("float32"))
    last: dict[str, Any] = {}
    with counted(f"MNIST classifier on {machine.backend}, once", how.steps(len(dataset)) + 1, "steps") as show:
        for number, last in enumerate(steps, 1):  # noqa: B007  the last one has the weights
            show(number)
    weights: dict[str, np.ndarray] = last["weights"]
    return weights


def cache_path(how: Recipe, dataset: Dataset) -> Path:
    """Return where the cache holds the classifier of a recipe and of these very samples."""
    digest = hashlib.sha256(json.dumps(to_builtins(how), sort_keys=True).encode())
    digest.update(np.ascontiguousarray(dataset.samples).tobytes())
    digest.update(np.ascontiguousarray(dataset.labels).tobytes())
    return cache_folder() / "classifiers" / f"{dataset.name}-{digest.hexdigest()[:16]}.safetensors"


def read_cached(path: Path) -> tuple[dict[str, np.ndarray], float] | None:
    """Return the weights and the accuracy of a cached classifier; None if there is none, or it is damaged."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            facts = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a mapping
    except (SafetensorError, OSError):
        return None
    return (weights, float(facts["accuracy"])) if facts.get("sha256") == checksum(weights) else None


def write_cached(path: Path, weights: dict[str, np.ndarray], accuracy: float) -> None:
    """Put a classifier into the cache, whole or not at all. Raises `UsageError` where the system refuses."""
    from safetensors.numpy import save_file

    facts = {"accuracy": repr(accuracy), "sha256": checksum(weights)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            save_file({name: np.ascontiguousarray(value) for name, value in weights.items()}, temporary, facts)
    except (OSError, WriteError) as error:
        raise UsageError(f"the classifier cannot be kept in {path.parent}: {error}") from None


def checksum(weights: dict[str, np.ndarray]) -> str:
    """Return the SHA-256 of the names, shapes and values of weights, in hexadecimal digits."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(f"{name} {weights[name].dtype} {weights[name].shape}".encode())
        digest.update(np.ascontiguousarray(weights[name]).tobytes())
    return digest.hexdigest()
