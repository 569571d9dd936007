"""The real samples that a run is judged by: held-out ones as the reference, and others that stand in for generated.

Scoring the stand-ins gives each metric's floor: what samples of the true distribution get, in the same numbers.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.sources import Mixture
from gan_core.data.spec import Data
from gan_core.errors import UsageError
from gan_core.randomness import permutation

LARGEST_STAND_IN = 10_000  # from the end of a training split, where the MNIST classifier has not been


@dataclass(frozen=True, kw_only=True)
class RealSet:
    """samples [N, *shape] in the data set's range, labels [N] or None, and which part of the data they are."""

    samples: np.ndarray
    labels: np.ndarray | None
    split: str


@dataclass(frozen=True, kw_only=True)
class RealSets:
    """reference: what generated samples are compared with. stand_in: real samples in their place."""

    reference: RealSet
    stand_in: RealSet


def real_sets(data: Data, dataset: Dataset, count: int | None, data_dir: Path | None) -> RealSets:
    """Return at most `count` samples of each (None: a number that suits the data), disjoint, in random order.

    dataset: what the run was trained on. Data with two splits give the one the run did not see, and the end of the
    one it saw as the stand-in; a mixture gives fresh points; other data are halved, since nothing was held out.
    """
    if isinstance(data, Mixture):
        number = count or 2500  # PacGAN's protocol
        return RealSets(
            reference=_fresh_points(data, dataset, number, 1), stand_in=_fresh_points(data, dataset, number, 2)
        )
    number = count or 10_000
    split = getattr(data, "split", None)
    if split is None:
        return _halves(dataset, number)
    other = "test" if split == "train" else "train"
    held_out = msgspec.structs.replace(data, split=other).load(data_dir)  # type: ignore[type-var]
    last = np.arange(max(0, len(dataset) - LARGEST_STAND_IN), len(dataset))
    return RealSets(
        reference=_some(held_out, np.arange(len(held_out)), number, other),
        stand_in=_some(dataset, last, number, f"last of {split}"),
    )


def mixture_deviation(data: Mixture, dataset: Dataset) -> float:
    """Return the standard deviation of a mode in the units of the (scaled) points."""
    return data.standard_deviation * _scale(data, dataset)


def _halves(dataset: Dataset, number: int) -> RealSets:
    order = permutation(0, "halves of the data", 0, len(dataset))
    middle = len(dataset) // 2
    if middle < 2:
        raise UsageError(f"'{dataset.name}' holds {len(dataset)} samples; evaluation needs at least 4")
    return RealSets(
        reference=_some(dataset, order[:middle], number, "half of all, nothing held out"),
        stand_in=_some(dataset, order[middle : 2 * middle], number, "other half"),
    )


def _some(dataset: Dataset, among: np.ndarray, number: int, split: str) -> RealSet:
    chosen = among[permutation(0, "real samples", 0, len(among))[:number]]
    return RealSet(
        samples=dataset.take(chosen, np.dtype("float64")),
        labels=None if dataset.labels is None else dataset.labels[chosen],
        split=split,
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
