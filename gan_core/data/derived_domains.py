"""Two domains that are made of one data set: with a few labels, or with a version of the pictures that is changed."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.dataset import Dataset
from gan_core.data.derived import Derived, SameSamples
from gan_core.data.spec import HeldOut
from gan_core.errors import DataError, SpecError
from gan_core.randomness import stream
from gan_core.specs.spec import NonNegativeInt, PositiveInt

CHUNK = 1024  # images changed at once
CHANNELS = 3  # of a stack: red, green, blue


class LabelledPart(SameSamples, frozen=True, kw_only=True):
    """A data set of which only a few samples have labels: semi-supervised learning (Salimans 2016, arXiv:1606.03498).

    The samples are those of `source`, all of them and without labels; the second domain is the labelled part. What is
    held out is the source's, with all its labels.

    source: any data set with labels. per_class: how many samples of each class have one; 10 of each digit are the 100
    labels of the paper's MNIST. seed: of their choice, apart from that of the training.
    """

    per_class: PositiveInt = 10
    seed: NonNegativeInt = 0

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the samples. Raises `DataError` for a source without labels, or with too few samples of a class."""
        dataset = self.source.load(data_dir)
        if dataset.labels is None or dataset.second_domain is not None:
            fault = "has no labels" if dataset.labels is None else "has two domains already"
            raise DataError(f"labelled_part: '{dataset.name}' {fault}; expected one set of samples with labels")
        rows = self._chosen(dataset)
        part = dataset.part(rows, name=f"{dataset.name}, {len(rows):,} labelled")
        return dataclasses.replace(dataset, labels=None, classes=None, class_names=(), second_domain=part)

    @override
    def held_out(self) -> HeldOut | None:
        return self.source.held_out()

    def _chosen(self, dataset: Dataset) -> np.ndarray:
        """Return the positions [classes × per_class] of the samples that have a label, in order."""
        assert dataset.labels is not None
        order = stream(self.seed, "labelled part").permutation(len(dataset))
        chosen = []
        for label in range(dataset.classes or 0):
            rows = order[dataset.labels[order] == label][: self.per_class]
            if len(rows) < self.per_class:
                name = f" '{dataset.class_names[label]}'" if dataset.class_names else ""
                raise DataError(
                    f"labelled_part: class {label}{name} of '{dataset.name}' has {len(rows)} samples; expected at "
                    f"least data.per_class = {self.per_class}"
                )
            chosen.append(rows)
        return np.sort(np.concatenate(chosen))


class PlainAndChanged(Derived, frozen=True, kw_only=True):
    """Pictures as they are, and others changed: the two domains of CoGAN's experiments (Liu 2016, arXiv:1606.07536).

    The first half of the pictures is the first domain; the second half, changed, is the second: no picture is in both.

    source: any data set of images. change: "negative" turns black to white; "edges" leaves the outlines, the largest of
    each 3 × 3 pixels less the pixel itself.
    """

    change: Literal["negative", "edges"] = "negative"

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the first half, with the second one as `second_domain`. Raises `DataError` for no images."""
        dataset = self.load_pictures(data_dir)
        if len(dataset) < 2:
            raise DataError(f"plain_and_changed: '{dataset.name}' holds one image, which makes no two domains")
        half = len(dataset) // 2
        word = "negatives" if self.change == "negative" else "edges"
        changed = dataset.part(
            slice(half, None),
            name=f"{dataset.name}, {word}",
            samples=self.as_domain(dataset.samples[half:], second=True),
        )
        return dataset.part(slice(half), name=f"{dataset.name}, plain", second_domain=changed)

    @override
    def as_domain(self, pictures: np.ndarray, second: bool) -> np.ndarray:
        if not second:
            return pictures
        return 255 - pictures if self.change == "negative" else edges(pictures)


COLOURS = {"red": (255, 60, 60), "green": (60, 255, 60), "blue": (60, 60, 255), "white": (255, 255, 255)}
Colour = Literal["red", "green", "blue", "white"]


class Tinted(Derived, frozen=True, kw_only=True):
    """Grey pictures [1, H, W] in colours [3, H, W], each in one of a few, which is its class: StarGAN's domains.

    White becomes the colour and black stays black, so that what a picture is in another colour is known exactly. The
    classes are named after the colours; labels of the source are not kept.

    source: any data set of grey images. colours: the colours. seed: of which picture has which.
    """

    colours: tuple[Colour, ...] = ("red", "green", "blue", "white")
    seed: NonNegativeInt = 0

    def check(self) -> None:
        """Raise `SpecError` for fewer than two colours, or one that stands there twice."""
        if len(self.colours) < 2 or len(set(self.colours)) < len(self.colours):
            raise SpecError(f"tinted.colours: expected two or more different ones, got {', '.join(self.colours)}")

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the pictures in colour. Raises `DataError` for a source that is not one set of grey images."""
        dataset = self.load_pictures(data_dir, channels=(1,))
        labels = stream(self.seed, "tints").integers(len(self.colours), size=len(dataset))
        return dataset.part(
            slice(None),
            name=f"{dataset.name}, tinted",
            samples=tinted(dataset.samples, [COLOURS[self.colours[label]] for label in labels]),
            labels=labels.astype(np.int64),
            classes=len(self.colours),
            class_names=self.colours,
        )


class Stacked(Derived, frozen=True, kw_only=True):
    """Three grey pictures each, one a colour channel: stacked MNIST (Metz et al. 2017, arXiv:1611.02163).

    [1, H, W] become [3, H, W]. Which three is drawn at random, any picture as often as chance has it. The class is the
    number that the three classes are the digits of, red first: 7, 0, 4 is class 704 of 1,000. Without labels in the
    source there are none here.

    source: any data set of grey images. count: how many there are; by default as many as the source has pictures (the
    25,600 of VEEGAN's and PacGAN's experiments: count=25600). seed: of which pictures are stacked.
    """

    count: PositiveInt | None = None
    seed: NonNegativeInt = 0

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the stacks. Raises `DataError` for a source that is not one set of grey images."""
        dataset = self.load_pictures(data_dir, channels=(1,))
        chosen = stream(self.seed, "stacks").integers(len(dataset), size=(self.count or len(dataset), CHANNELS))
        labels = classes = None
        if dataset.labels is not None and dataset.classes is not None:
            labels = dataset.labels[chosen] @ dataset.classes ** np.arange(CHANNELS)[::-1]
            classes = dataset.classes**CHANNELS
        return dataset.part(
            slice(None),
            name=f"{dataset.name}, stacked",
            samples=dataset.samples[chosen][:, :, 0],
            labels=labels,
            classes=classes,
            class_names=(),
            fields={},
        )

    @override
    def held_out(self) -> HeldOut | None:
        """Return stacks of the source's held-out pictures, as many as it holds out."""
        part = self.source.held_out()
        return part and part._replace(data=msgspec.structs.replace(self, source=part.data, count=None))

    @override
    def suitable_extractor(self, dataset: Dataset) -> str | None:
        return self.source.suitable_extractor(dataset)


def tinted(images: np.ndarray, colours: Sequence[tuple[int, int, int]]) -> np.ndarray:
    """Return uint8 images [N, 1, H, W] in colours [N, 3], [N, 3, H, W]: white becomes the colour."""
    tints = np.asarray(colours, np.uint16)[:, :, None, None]
    return np.asarray((images.astype(np.uint16) * tints + 127) // 255, np.uint8)


def edges(images: np.ndarray) -> np.ndarray:
    """Return the outlines in uint8 images [N, C, H, W]: each 3 × 3 pixels' largest value less that in the middle."""
    height, width = images.shape[2:]
    made = np.empty_like(images)
    for start in range(0, len(images), CHUNK):
        part = images[start : start + CHUNK]
        bordered = np.pad(part, ((0, 0), (0, 0), (1, 1), (1, 1)))  # black does not count
        largest = part.copy()
        for top in range(3):
            for left in range(3):
                np.maximum(largest, bordered[:, :, top : top + height, left : left + width], out=largest)
        made[start : start + CHUNK] = largest - part
    return made
