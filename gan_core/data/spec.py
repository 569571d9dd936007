"""What data an experiment trains on: the family of data specs."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.decoding import LARGEST_MEGAPIXELS, Target
from gan_core.specs.spec import Family


class HeldOut(NamedTuple):
    """The part of a data set that a training on its other part never sees.

    data: the spec of that part. name: what the part is called, as "test". trained_on: the part that is trained on.
    """

    data: "Data"
    name: str
    trained_on: str


class Data(Family):
    """Base of the data specs.

    A data set of one's own defines `load`; what an evaluation asks beyond that (`held_out`, `fresh_samples`,
    `samples_overlap`, `unseen_by_classifier`, `suitable_extractor`, `original`) has an answer here, which a spec that
    knows better overrides.
    """

    __slots__ = ()

    @property
    def sample_kind(self) -> str:
        """The kind of the samples, as `Dataset.kind`, where it is known before they are read; else ""."""
        return ""

    @property
    def samples_overlap(self) -> bool:
        """Whether samples hold parts of one another, as windows do, so that they tell less than as many others."""
        return False

    @abstractmethod
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the data set; files are looked for in `data_dir` first. Raises `DataError`."""
        raise NotImplementedError

    def as_written(self, plain: Mapping[str, Any]) -> "Data":
        """Return what this spec meant in the file of a run, which an earlier version may have written.

        plain: the file's table. A run's file holds all fields, so one that is missing did not exist yet, and a new
        default must not change what the run learned from.
        """
        return self

    def held_out(self) -> HeldOut | None:
        """Return the part that a training on these data never sees, or None for data in one piece.

        A spec with a field `split` of "train" or "test" answers with the split that it is not.
        """
        split = getattr(self, "split", None)
        if split is None:
            return None
        name = "test" if split == "train" else "train"
        return HeldOut(msgspec.structs.replace(self, split=name), name, split)  # type: ignore[type-var]

    def fresh_samples(self, dataset: Dataset, count: int | None, draw: int) -> Dataset | None:
        """Return new samples of the distribution that `dataset` was drawn from, or None where it is not known.

        dataset: what the run was trained on, in whose scale the new samples are. count: how many; None leaves it to
        the data. draw: the number of the draw, from 1; each gives other samples. The new data set's name says in words
        where they come from.
        """
        return None

    def unseen_by_classifier(self, count: int) -> np.ndarray | None:
        """Return the positions [n], in order, of the samples that no classifier of the library has learned from.

        count: how many samples the data set holds. None: all of them, since no classifier learns from these data.
        """
        return None

    def picture_target(self, shape: tuple[int, ...]) -> Target:
        """Return what a picture of a user's becomes before a network reads it as one of these data.

        shape: of one sample, [channels, height, width].
        """
        channels, height, width = shape
        return Target(
            height=height,
            width=width,
            channels=channels,
            resize=getattr(self, "resize", "crop"),
            largest_megapixels=getattr(self, "largest_megapixels", LARGEST_MEGAPIXELS),
        )

    def as_domain(self, pictures: np.ndarray, second: bool) -> np.ndarray:
        """Return pictures of a user's as those of a domain are, uint8 [N, C, H, W]; of pairs, as the sources are.

        second: whether the domain is the second of unpaired data, or the first.
        """
        return pictures

    def suitable_extractor(self, dataset: Dataset) -> str | None:
        """Return the extractor that ``features=auto`` takes, or None for what suits all samples of their kind."""
        return None

    def original(self) -> "Data":
        """Return the data set that holds these samples as they are: this one, unless they were taken from another."""
        return self
