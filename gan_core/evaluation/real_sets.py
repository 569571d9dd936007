"""The real samples that a run is judged by: held-out ones as the reference, and others that stand in for generated.

Scoring the stand-ins gives each metric's floor: what samples of the true distribution get, in the same numbers.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.idx import Mnist
from gan_core.data.sources import Mixture
from gan_core.data.spec import Data
from gan_core.errors import UsageError
from gan_core.features.mnist_classifier import unseen_images
from gan_core.randomness import permutation


@dataclass(frozen=True, kw_only=True)
class RealSet:
    """samples [N, *shape] in the data set's range, labels [N] or None, and which part of the data they are.

    positions: [N] of the samples in the data that a run is trained on, or None if they are not part of them.
    """

    samples: np.ndarray
    labels: np.ndarray | None
    split: str
    positions: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class RealSets:
    """reference: what generated samples are compared with. stand_in: real samples in their place."""

    reference: RealSet
    stand_in: RealSet


def real_sets(data: Data, dataset: Dataset, count: int | None, data_dir: Path | None, seed: int = 0) -> RealSets:
    """Return at most `count` samples of each (None: a number that suits the data), disjoint, in random order.

    dataset: what the run was trained on. Data with two splits give the one the run did not see, and random samples of
    the one it saw as the stand-in: at random, since files are often in an order (MNIST's is that of its writers). Of
    MNIST they are those that the classifier has not seen. A mixture gives fresh points; other data are halved, since
    nothing was held out. seed: another one gives other samples.
    """
    if isinstance(data, Mixture):
        number = count or 2500  # PacGAN's protocol
        return RealSets(
            reference=_fresh_points(data, dataset, number, 1 + 2 * seed),
            stand_in=_fresh_points(data, dataset, number, 2 + 2 * seed),
        )
    number = count or 10_000
    split = getattr(data, "split", None)
    if split is None:
        return _halves(dataset, number, seed)
    other = "test" if split == "train" else "train"
    held_out = msgspec.structs.replace(data, split=other).load(data_dir)  # type: ignore[type-var]
    among, of = np.arange(len(dataset)), f"random part of {split}"
    if isinstance(data, Mnist) and split == "train" and len(unseen := unseen_images(len(dataset))):
        among, of = unseen, f"random part of {split}, unseen by the classifier"
    return RealSets(
        reference=_some(held_out, np.arange(len(held_out)), number, other, seed, part_of_data=False),
        stand_in=_some(dataset, among, number, of, seed),
    )


def mixture_deviation(data: Mixture, dataset: Dataset) -> float:
    """Return the standard deviation of a mode in the units of the (scaled) points."""
    return data.standard_deviation * _scale(data, dataset)


def _halves(dataset: Dataset, number: int, seed: int) -> RealSets:
    order = permutation(seed, "halves of the data", 0, len(dataset))
    middle = len(dataset) // 2
    if middle < 2:
        raise UsageError(f"'{dataset.name}' holds {len(dataset)} samples; evaluation needs at least 4")
    return RealSets(
        reference=_some(dataset, order[:middle], number, "half of all, nothing held out", seed),
        stand_in=_some(dataset, order[middle : 2 * middle], number, "other half", seed),
    )


def _some(
    dataset: Dataset, among: np.ndarray, number: int, split: str, seed: int, part_of_data: bool = True
) -> RealSet:
    chosen = among[permutation(seed, "real samples", 0, len(among))[:number]]
    return RealSet(
        samples=dataset.take(chosen, np.dtype("float64")),
        labels=None if dataset.labels is None else dataset.labels[chosen],
        split=split,
        positions=chosen if part_of_data else None,
    )


def _fresh_points(data: Mixture, dataset: Dataset, number: int, more: int) -> RealSet:
    """Points from another seed, under the scale of the points that were trained on."""
    unscaled: Any = msgspec.structs.replace(data, extent=None, points=number, seed=data.seed + more)
    fresh: Dataset = unscaled.load(None)
    return RealSet(
        samples=fresh.samples * _scale(data, dataset), labels=fresh.labels, split=f"fresh points, seed {unscaled.seed}"
    )


def _scale(data: Mixture, dataset: Dataset) -> float:
    """What the points were multiplied by; `extent` refers to the largest of the training points."""
    if data.extent is None:
        return 1.0
    unscaled: Any = msgspec.structs.replace(data, extent=None)
    return float(np.abs(dataset.samples).max() / np.abs(unscaled.load(None).samples).max())
