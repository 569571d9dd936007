"""A folder of images of any sizes and modes, as pictures of one size."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np

from gan_core.data.attribute_tables import AttributeTable, find_table, read_attributes
from gan_core.data.class_folders import Numbering, class_names, labels_of, without_images
from gan_core.data.dataset import Dataset
from gan_core.data.decoding import LARGEST_MEGAPIXELS, Target
from gan_core.data.image_cache import DecodedImages, decoded_images, one_line
from gan_core.data.listing import Listing, by_reason, counted, list_images, written_list
from gan_core.data.places import places_of
from gan_core.data.spec import Data
from gan_core.data.unreadable import printable
from gan_core.errors import DataError, SpecError
from gan_core.printing import say
from gan_core.specs.spec import Variant

ATTRIBUTES = "attributes"
"""The field that holds 1 for each attribute that a picture has, and 0 for the others."""
NAMES_SHOWN = 3
DARKEST_MAXIMUM = 64  # of 255: what 14 bits come to in a file of 16; 12 bits come to 16
Side = Annotated[int, msgspec.Meta(ge=1, le=4096)]
# (height, width). Not tuple[Side, Side], with which a union of bounded integers crashes msgspec 0.22.
Sides = Annotated[tuple[Side, ...], msgspec.Meta(min_length=2, max_length=2)]
Size = Side | Sides
PathName = Annotated[str, msgspec.Meta(min_length=1)]
Megapixels = Annotated[float, msgspec.Meta(gt=0, le=10_000)]


class ImageFolder(Variant, Data, frozen=True, kw_only=True):
    """All images in a folder and its subfolders, [channels, height, width], sorted by name; see `decode` for how.

    path: the folder; a relative one is looked for in the data folder, here, in GAN_DATA_DIR and in the cache.
    size: pixels a side, or (height, width). channels: 3 for colour, 1 for grey.
    resize: "crop" keeps proportions and takes the centre; "stretch" takes all of the image.
    labels: with "subfolders", each folder directly in `path` is a class.
    numbering: of the classes. "natural" counts every folder, 2 before 10, and one without images keeps its number;
        "by_word" sorts 10 before 2 and leaves out folders without images, as runs did that have no such field.
    strict: refuse the folder if a file cannot be read, is passed over, or a class has no image, in place of a warning.
    attributes: a table of attributes (CelebA's ``list_attr_celeba.txt``, or text with commas) that lies in the folder,
        beside it, or where data are looked for; a sample's field `attributes` [A] is 1 where it has one, else 0.
    attribute_names: which attributes, in this order; by default all of the table.
    largest_megapixels: images of more are left out, since a small file can ask for all the memory; a megapixel takes
        about 10 MB while it is decoded, on each processor core.

    Images are decoded once, into a file in the cache that is mapped and not read: it may be larger than the memory.
    """

    left_out_if_default = ("attributes", "attribute_names")
    path: PathName
    size: Size = 64
    channels: Literal[1, 3] = 3
    resize: Literal["crop", "stretch"] = "crop"
    value_range: tuple[float, float] = (-1.0, 1.0)
    labels: Literal["none", "subfolders"] = "none"
    numbering: Numbering = "natural"
    strict: bool = False
    largest_megapixels: Megapixels = LARGEST_MEGAPIXELS
    attributes: PathName | None = None
    attribute_names: tuple[PathName, ...] = ()

    def check(self) -> None:
        """Raise `SpecError` for names of attributes without a table, or that stand there twice."""
        names = self.attribute_names
        if names and self.attributes is None:
            raise SpecError("image_folder.attribute_names: expected image_folder.attributes too, the table's path")
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise SpecError(f"image_folder.attribute_names: '{twice}' stands there twice")

    def load(self, data_dir: Path | None) -> Dataset:
        """Return the data set; what is left out is said in one line on standard error. Raises `DataError`."""
        folder = find_folder(self.path, data_dir)
        listing = list_images(folder)
        # before the images are decoded, which may take minutes
        classes = class_names(folder, listing, self.numbering) if self.labels == "subfolders" else ()
        table = self._attribute_table(folder, listing, data_dir)
        images = read_images(folder, listing, self.target, strict=self.strict)
        labels = labels_of(images.names, classes) if classes else None
        if labels is not None and (lacking := without_images(labels, classes, listing.files)):
            objection(f"{folder}: {lacking}", "each keeps its number", strict=self.strict)
        return Dataset(
            name=folder.resolve().name,
            samples=images.pixels,
            labels=labels,
            classes=len(classes) or None,
            class_names=classes,
            value_range=self.value_range,
            samples_sha256=images.pixels_sha256,
            fields={ATTRIBUTES: table.of(images.names)} if table else {},
        )

    def _attribute_table(self, folder: Path, listing: Listing, data_dir: Path | None) -> AttributeTable | None:
        """Return the table of attributes, which has a row for every image of the folder, or None."""
        if self.attributes is None:
            return None
        table = read_attributes(find_table(self.attributes, folder, data_dir), self.attribute_names)
        table.of([file.name for file in listing.files])
        return table

    @property
    def target(self) -> Target:
        """What every image becomes."""
        return Target(
            **sides(self.size),
            channels=self.channels,
            resize=self.resize,
            largest_megapixels=self.largest_megapixels,
        )

    def as_written(self, plain: Mapping[str, Any]) -> "ImageFolder":
        """Return the spec as a run's file meant it: before there was a field for it, classes were numbered by word."""
        old = self.labels == "subfolders" and "numbering" not in plain
        return msgspec.structs.replace(self, numbering="by_word") if old else self


class FolderImages(NamedTuple):
    """The images of a folder that can be read.

    names: relative to the folder, in order. pixels: uint8 [count, C, H, W], mapped. pixels_sha256: their checksum.
    """

    names: list[str]
    pixels: np.ndarray
    pixels_sha256: str


def read_images(folder: Path, listing: Listing, target: Target, *, strict: bool) -> FolderImages:
    """Return the images that a folder's listing names, each as `target` says; what is left out is said in a line.

    strict: whether anything that is left out is an error. Raises `DataError`, also for fewer than two images.
    """
    files = listing.files
    if len(files) == 1:
        raise DataError(f"{folder} holds only {files[0].name}; one image is no data set, expected 2 or more")
    images = decoded_images(folder, files, target)
    _report(folder, listing, images, strict)
    if len(images.pixels) == 1:
        raise DataError(
            f"{folder}: one of its {len(files):,} images can be read, and one image is no data set; "
            f"left out: {_shown(images.unreadable)}"
        )
    names = [file.name for file in files if file.name not in images.unreadable]
    return FolderImages(names, images.pixels, images.pixels_sha256)


def sides(size: Size) -> dict[str, int]:
    """Return height and width by name."""
    height, width = size if isinstance(size, tuple) else (size, size)
    return {"height": height, "width": width}


def objection(text: str, otherwise: str, kind: str = "warning", *, strict: bool) -> None:
    """Raise `DataError` with a text under `strict`, else say it on standard error, and what is done otherwise."""
    if strict:
        raise DataError(f"{text}, which data.strict forbids; mend that, or set data.strict = false")
    say(printable(f"gan: {kind}: {text}; {otherwise}"))


def _report(folder: Path, listing: Listing, images: DecodedImages, strict: bool) -> None:
    """Warn of the files that are left out, which a file in the cache lists; raise `DataError` under `strict`."""
    place = _listed_in(images.list_path, listing, images.unreadable)
    visible = listing.visible
    passed = f"{_files(len(visible))} passed over ({by_reason(visible)})" if listing.missed else ""
    if images.unreadable:
        text = f"{folder}: {len(images.unreadable):,} of {len(listing.files):,} images cannot be read"
        details = "; ".join([_shown(images.unreadable), *([passed] if passed else [])])
        if strict:
            raise DataError(f"{text}, which data.strict forbids: {details}{place}")
        say(f"gan: warning: {text} and are left out: {details}{place}")
    elif passed:
        objection(f"{folder}: {passed}{place}", f"{len(images.pixels):,} images are read", "note", strict=strict)
    if images.brightest <= DARKEST_MAXIMUM:
        say(
            f"gan: note: {folder}: no value is above {images.brightest} of 255, so every picture is nearly black; "
            "if 10, 12 or 14 bits were stored in files of 16, scale them to the whole range first"
        )


def find_folder(path: str, data_dir: Path | None, of: str = "images") -> Path:
    """Return the folder that a path names, in the first place that has it; of: what it is to hold, in a word.

    Raises `DataError` with the places where it was looked for.
    """
    user_path = Path(path).expanduser()
    candidates = [place / user_path for place in places_of(user_path, data_dir)]
    for folder in candidates:
        if folder.is_dir():
            return folder
    if (file := next((candidate for candidate in candidates if candidate.exists()), None)) is not None:
        raise DataError(f"{file} is a file; expected a folder of {of}")
    if user_path.is_absolute():
        raise DataError(f"no folder {user_path}; expected a folder of {of}")
    looked = ", ".join(str(place.absolute()) for place in places_of(user_path, data_dir))
    raise DataError(
        f"no folder {user_path} in {looked}; give its full path, or the folder it is in with data_dir=FOLDER"
    )


def _listed_in(path: Path, listing: Listing, unreadable: Mapping[str, str]) -> str:
    """Write the list of files that are left out, and return words that name its place; "" if there is none to list."""
    text = "".join(written_list(listing, dict(unreadable))).encode(errors="surrogateescape")
    with contextlib.suppress(OSError):  # a list that cannot be written stops no training
        if not text:
            path.unlink(missing_ok=True)
            return ""
        if not path.is_file() or path.read_bytes() != text:
            path.write_bytes(text)
        return f"; all of them are listed in {path}"
    return ""


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count:,} files are"


def _shown(unreadable: Mapping[str, str]) -> str:
    """Return up to three names with their reasons; of more names, also how many have each reason."""
    shown = ", ".join(one_line(name, reason) for name, reason in list(unreadable.items())[:NAMES_SHOWN])
    return shown if len(unreadable) <= NAMES_SHOWN else f"{shown}, …; in all {counted(unreadable.values())}"
