"""Do generated digits help a classifier that has few? `python examples/augmentation.py torch 2000 3`: steps, seeds.

It learns from 100 digits of MNIST, 10 of each class, alone and with 10,000 generated ones, and is tested on the 10,000
test digits. One generator has learned from the same 100 digits: the comparison that counts. The other has learned from
all 60,000: what it adds is what it has seen, so it stands for a generator that somebody else has trained. The first did
harm, the second helped after a long training alone (`docs/results.md`).
"""

import sys

import msgspec
import numpy as np
from sklearn.ensemble import RandomForestClassifier

import gan_core
from gan_core.data.arrays import Arrays
from gan_core.data.dataset import Dataset
from gan_core.data.idx import Mnist
from gan_core.data.spec import Data

SETTINGS = [
    "width=0.25",
    "sampling.every_steps=1000",
    *(f"players.{player}.optimizer.learning_rate=5e-4" for player in ("generator", "discriminator")),
    "phases.generator.every_steps=2",
    'averages.average={of="generator", decay=0.99}',
    "sampling.network=average",
]


def arrays(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return all digits [N, 1, 32, 32] and their labels [N]."""
    labels = np.asarray(dataset.labels)
    return dataset.take(np.arange(len(labels)), np.dtype("float32")), labels


def few(labels: np.ndarray, each: int, seed: int) -> np.ndarray:
    """Return the positions of a few digits of each class, drawn at random."""
    random = np.random.default_rng(seed)
    return np.concatenate([random.permutation(np.flatnonzero(labels == digit))[:each] for digit in range(10)])


def generated(data: Data, backend: str, steps: int, seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Train a conditional GAN, and return samples of it with the labels that they were asked for."""
    experiment = gan_core.load_experiment("mnist-cond-wgan-gp", SETTINGS)
    run = gan_core.train(msgspec.structs.replace(experiment, data=data), backend, steps=steps, seed=seed)
    labels = np.arange(count) % 10
    return run.sampler().sample(count, "augmentation", labels), labels


def accuracy(samples: np.ndarray, labels: np.ndarray, test: tuple[np.ndarray, np.ndarray], seed: int) -> float:
    """Return the share of the test digits that a forest names rightly which has learned from these."""
    forest = RandomForestClassifier(300, random_state=seed).fit(samples.reshape(len(samples), -1), labels)
    return float(forest.score(test[0].reshape(len(test[0]), -1), test[1]))


def measure(backend: str, steps: int, seed: int, count: int = 10_000) -> dict[str, float]:
    """Return the accuracies of one seed."""
    data = Mnist(size=32)
    (everything, all_labels), test = arrays(data.load(None)), arrays(Mnist(split="test", size=32).load(None))
    chosen = few(all_labels, 10, seed)
    real, labels = everything[chosen], all_labels[chosen]
    np.savez(f"few-{seed}.npz", samples=real, labels=labels)
    found = {"100 real": accuracy(real, labels, test, seed)}
    for name, source in (("these 100", Arrays(path=f"few-{seed}.npz")), ("all 60,000", data)):
        more, asked = generated(source, backend, steps, seed, count)
        added = np.concatenate([real, more]), np.concatenate([labels, asked])
        found[f"100 real, {count:,} of a generator of {name}"] = accuracy(*added, test, seed)
    return found


if __name__ == "__main__":
    backend, steps, seeds, *count = sys.argv[1:] or ("torch", "2000", "3")
    found = [measure(backend, int(steps), seed, *map(int, count)) for seed in range(int(seeds))]
    for name in found[0]:
        values = [100 * one[name] for one in found]
        print(f"{name}: {np.mean(values):.1f}% ± {np.std(values):.1f} ({', '.join(f'{one:.1f}' for one in values)})")
