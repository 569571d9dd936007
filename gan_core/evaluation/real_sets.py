"""The real samples of an evaluation: held-out ones as the reference, and a second set in place of generated ones.

The scores of that second set are each metric's floor: what samples of the true distribution come to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.spec import Data
from gan_core.errors import UsageError
from gan_core.randomness import permutation

SAMPLES = 10_000  # of each set, unless the user or the data say otherwise


@dataclass(frozen=True, kw_only=True)
class RealSet:
    """Real samples of one part of the data.

    samples: [N, *shape] in the data set's value range. labels: [N], or None. split: which part it is, in words.
    positions: [N] of the samples in the data that the run was trained on, or None if they are no part of these.
    fields: the arrays beside these samples, by name, [N, *shape] floats; {} where the data have none.
    """

    samples: np.ndarray
    labels: np.ndarray | None
    split: str
    positions: np.ndarray | None = None
    fields: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RealSets:
    """The two sets of an evaluation.

    reference: what generated samples are compared with. stand_in: real samples that take the place of generated ones.
    """

    reference: RealSet
    stand_in: RealSet

    @property
    def smaller(self) -> int:
        """The number of samples that both sets have."""
        return min(len(self.reference.samples), len(self.stand_in.samples))


def real_sets(data: Data, dataset: Dataset, count: int | None, data_dir: Path | None, seed: int = 0) -> RealSets:
    """Return two disjoint sets of at most `count` samples each, in random order; None: a number that suits the data.

    dataset: what the run was trained on. Data of a known distribution give fresh samples. Data with a held-out part
    give that part, and as the stand-in random samples of the part that the run saw: at random, since files are often in
    an order (MNIST's is that of its writers), and only those that no classifier has learned from. Data in one piece are
    halved, since nothing was held out. seed: another one gives other samples.
    """
    fresh = [data.fresh_samples(dataset, count, draw + 2 * seed) for draw in (1, 2)]
    if fresh[0] is not None and fresh[1] is not None:
        return RealSets(reference=_whole(fresh[0]), stand_in=_whole(fresh[1]))
    number = count or SAMPLES
    held_out = data.held_out()
    if held_out is None:
        return _halves(dataset, number, seed)
    part = held_out.data.load(data_dir)
    candidates, words = np.arange(len(dataset)), f"random part of {held_out.trained_on}"
    if (unseen := data.unseen_by_classifier(len(dataset))) is not None:
        candidates, words = unseen, f"{words}, unseen by the classifier"
    return RealSets(
        reference=_some(part, np.arange(len(part)), number, held_out.name, seed, part_of_data=False),
        stand_in=_some(dataset, candidates, number, words, seed),
    )


def _halves(dataset: Dataset, number: int, seed: int) -> RealSets:
    order = permutation(seed, "halves of the data", 0, len(dataset))
    middle = len(dataset) // 2
    if middle < 2:
        raise UsageError(f"'{dataset.name}' holds {len(dataset)} samples; evaluation needs at least 4")
    return RealSets(
        reference=_some(dataset, order[:middle], number, "half of all, nothing held out", seed),
        stand_in=_some(dataset, order[middle : 2 * middle], number, "other half", seed),
    )


def _whole(dataset: Dataset) -> RealSet:
    everything = np.arange(len(dataset))
    return RealSet(
        samples=dataset.take(everything, np.dtype("float64")),
        labels=dataset.labels,
        split=dataset.name,
        fields=_fields(dataset, everything),
    )


def _some(
    dataset: Dataset, candidates: np.ndarray, number: int, split: str, seed: int, part_of_data: bool = True
) -> RealSet:
    """Return at most `number` random samples out of the positions `candidates` [n] of a data set."""
    chosen = candidates[permutation(seed, "real samples", 0, len(candidates))[:number]]
    return RealSet(
        samples=dataset.take(chosen, np.dtype("float64")),
        labels=None if dataset.labels is None else dataset.labels[chosen],
        split=split,
        positions=chosen if part_of_data else None,
        fields=_fields(dataset, chosen),
    )


def _fields(dataset: Dataset, chosen: np.ndarray) -> dict[str, np.ndarray]:
    return {name: dataset.take_field(name, chosen, np.dtype("float64")) for name in dataset.fields}
