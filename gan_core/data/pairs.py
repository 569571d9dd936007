"""Pairs of pictures: two folders whose files pair by name, or two pictures side by side in each file.

The sample is the picture to be made, the target; the picture that it is made of is its field `SOURCE`.
"""

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.dataset import Dataset
from gan_core.data.decoding import LARGEST_MEGAPIXELS, HalfTarget, Target
from gan_core.data.folder import (
    FolderImages,
    Megapixels,
    PathName,
    Size,
    find_folder,
    objection,
    read_images,
    sides,
)
from gan_core.data.image_cache import ListedFile
from gan_core.data.listing import Listing, list_images
from gan_core.data.spec import Data, HeldOut
from gan_core.errors import DataError
from gan_core.specs.spec import NonNegativeInt, Variant

SOURCE = "source"
"""The field that holds the picture which a sample is made of."""
NAMES_SHOWN = 3
Count = Annotated[int, msgspec.Meta(ge=1)]
Files = Sequence[tuple[ListedFile, ListedFile]]


class _Pairs(Variant, Data, frozen=True, kw_only=True):
    """The fields of both specs of pairs; see `PairedFolders`."""

    path: PathName
    split: Literal["train", "test"] = "train"
    size: Size = 64
    source_size: Size | None = None
    channels: Literal[1, 3] = 3
    source_channels: Literal[1, 3] | None = None
    resize: Literal["crop", "stretch"] = "crop"
    value_range: tuple[float, float] = (-1.0, 1.0)
    first: NonNegativeInt = 0
    count: Count | None = None
    strict: bool = False
    largest_megapixels: Megapixels = LARGEST_MEGAPIXELS

    @property
    def target_form(self) -> Target:
        """What every target becomes."""
        return self._form(self.size, self.channels)

    @property
    def source_form(self) -> Target:
        """What every source becomes."""
        return self._form(self.source_size or self.size, self.source_channels or self.channels)

    @override
    def held_out(self) -> HeldOut | None:
        """Return the pairs before `first` or after `count`, else the other split, or None for data in one piece."""
        if self.first:
            before = msgspec.structs.replace(self, first=0, count=self.first)
            return HeldOut(before, f"first {self.first} pairs", f"pairs after the first {self.first}")
        if self.count is not None:
            rest = msgspec.structs.replace(self, first=self.count, count=None)
            return HeldOut(rest, f"pairs after the first {self.count}", f"first {self.count} pairs")
        return Data.held_out(self) if self._has_splits() else None

    @abstractmethod
    def _has_splits(self) -> bool:
        """Return whether the names of the folders hold a place for the split."""
        raise NotImplementedError

    def _form(self, size: Size, channels: int) -> Target:
        limit = self.largest_megapixels
        return Target(**sides(size), channels=channels, resize=self.resize, largest_megapixels=limit)

    def _folder(self, name: str, data_dir: Path | None) -> Path:
        return find_folder(str(Path(self.path) / name.replace("{split}", self.split)), data_dir)

    def _dataset(self, name: str, files: Files, sources: FolderImages, targets: FolderImages) -> Dataset:
        """Return the chosen ones of all pairs, less those of which one picture could not be read."""
        chosen = files[self.first :][: self.count]
        if not chosen or (self.count is not None and len(chosen) < self.count):
            wanted = f"of which data.first = {self.first} passes over all" if not chosen else f"not {self.count:,}"
            after = f" after data.first = {self.first}" if self.first and chosen else ""
            raise DataError(f"'{name}' holds {len(files):,} pairs, {wanted}{after}")
        source_rows, target_rows = (
            {name: row for row, name in enumerate(images.names)} for images in (sources, targets)
        )
        rows = [
            (source_rows[source.name], target_rows[target.name])
            for source, target in chosen
            if source.name in source_rows and target.name in target_rows
        ]
        if not rows:
            raise DataError(f"'{name}': of no pair that is asked for can both pictures be read")
        whole = len(rows) == len(targets.names)
        return Dataset(
            name=name,
            samples=_some(targets.pixels, [row for _, row in rows]),
            value_range=self.value_range,
            fields={SOURCE: _some(sources.pixels, [row for row, _ in rows])},
            samples_sha256=targets.pixels_sha256 if whole else None,
        )


class PairedFolders(_Pairs, frozen=True, kw_only=True):
    """Two folders of pictures whose files pair by name, for translation from pairs (pix2pix, arXiv:1611.07004).

    A sample is a target, [channels, height, width]; its field `source` is the picture of the same name, whatever the
    ending, in the folder of the sources.

    path: the folder that holds both, found as `ImageFolder`'s is.
    source, target: the two folders in it, with ``{split}`` for the split: trainA, trainB, testA, testB.
    size, channels: of a target; source_size, source_channels: of a source, by default the same. For super-resolution
        the size of a source is smaller.
    resize, value_range, strict, largest_megapixels: `ImageFolder`'s, for both.
    first, count: the part of the pairs, in the order of the targets' names, that is taken: count = 80 of 100 trains on
        80 and holds out the other 20.
    """

    source: PathName = "{split}A"
    target: PathName = "{split}B"

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the pairs. Raises `DataError`, also under `strict` for files that do not pair."""
        folders = [self._folder(name, data_dir) for name in (self.source, self.target)]
        listings = [list_images(folder) for folder in folders]
        files = self._paired(folders, listings)
        forms = (self.source_form, self.target_form)
        sources, targets = (
            read_images(folder, dataclasses.replace(listing, files=list(one)), form, strict=self.strict)
            for folder, listing, one, form in zip(folders, listings, zip(*files, strict=True), forms, strict=True)
        )
        return self._dataset(_common_name(folders), files, sources, targets)

    @override
    def _has_splits(self) -> bool:
        return "{split}" in self.source + self.target

    def _paired(self, folders: Sequence[Path], listings: Sequence[Listing]) -> Files:
        """Return the files of each pair, in the order of the targets' names."""
        sources, targets = (_by_stem(*one) for one in zip(folders, listings, strict=True))
        stems = [stem for stem in targets if stem in sources]
        alone = [
            f"{folder.name}/{file.name}"
            for folder, here, there in ((folders[0], sources, targets), (folders[1], targets, sources))
            for stem, file in here.items()
            if stem not in there
        ]
        shown = ", ".join(alone[:NAMES_SHOWN]) + (", …" if len(alone) > NAMES_SHOWN else "")
        if not stems:
            raise DataError(
                f"{folders[0]} and {folders[1]} hold no pair: {shown} have no file of the same name in the other "
                "folder; expected 001.png beside 001.png or 001.jpg"
            )
        if alone:
            verb = "has" if len(alone) == 1 else "have"
            text = f"{folders[0]} and {folders[1]}: {_count(len(alone))} {verb} no file of the same name in the other"
            objection(f"{text} folder: {shown}", f"{len(stems):,} pairs are read", strict=self.strict)
        return [(sources[stem], targets[stem]) for stem in stems]


class SideBySide(_Pairs, frozen=True, kw_only=True):
    """A folder whose every file holds two pictures of one size side by side, as pix2pix's data sets come.

    A sample is the one half, [channels, height, width]; its field `source` is the other.

    path, folder: the folder, found as `ImageFolder`'s is, and the one in it, with ``{split}`` for the split; "." is
        `path` itself.
    direction: "left_to_right" makes the right half, the target, of the left one; "right_to_left" the other way round.
    The other fields are `PairedFolders`'; sizes are those of the halves.
    """

    folder: PathName = "{split}"
    direction: Literal["left_to_right", "right_to_left"] = "left_to_right"

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the pairs. Raises `DataError`."""
        folder = self._folder(self.folder, data_dir)
        listing = list_images(folder)
        left, right = self.source_form, self.target_form
        if self.direction == "right_to_left":
            left, right = right, left
        lefts = HalfTarget(**dataclasses.asdict(left), half="left")
        rights = HalfTarget(**dataclasses.asdict(right), half="right")
        halves = [read_images(folder, listing, form, strict=self.strict) for form in (lefts, rights)]
        sources, targets = halves if self.direction == "left_to_right" else halves[::-1]
        return self._dataset(folder.resolve().name, [(file, file) for file in listing.files], sources, targets)

    @override
    def _has_splits(self) -> bool:
        return "{split}" in self.folder


def _by_stem(folder: Path, listing: Listing) -> Mapping[str, ListedFile]:
    """Return the images of a folder by their path in it without the ending."""
    files: dict[str, ListedFile] = {}
    for file in listing.files:
        stem = str(PurePosixPath(file.name).with_suffix(""))
        if stem in files:
            raise DataError(
                f"{folder}: {files[stem].name} and {file.name} have one name, so that pairs are uncertain; expected one"
            )
        files[stem] = file
    return files


def _common_name(folders: Sequence[Path]) -> str:
    """Return the name of the folder that both folders lie in, with theirs: "facades (testA → testB)"."""
    first, second = (folder.resolve() for folder in folders)
    return f"{first.parent.name} ({first.name} → {second.name})"


def _some(pixels: np.ndarray, rows: Sequence[int]) -> np.ndarray:
    """Return some rows of an array; without a copy where they follow each other, since it may exceed the memory."""
    if rows[-1] - rows[0] == len(rows) - 1:
        return pixels[rows[0] : rows[-1] + 1]
    return pixels[list(rows)]


def _count(files: int) -> str:
    return "1 file" if files == 1 else f"{files:,} files"
