"""Folders as classes: which they are, and which number each has."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from gan_core.data.image_cache import ListedFile
from gan_core.data.listing import Listing
from gan_core.errors import DataError

Numbering = Literal["natural", "by_word"]
NAMES_SHOWN = 3


def class_names(folder: Path, listing: Listing, numbering: Numbering) -> tuple[str, ...]:
    """Return the names of the folders that are classes, in the order of the classes' numbers.

    numbering: see `ImageFolder.numbering`. Raises `DataError` for an image that lies in no subfolder.
    """
    loose = [file.name for file in listing.files if "/" not in file.name]
    if loose:
        raise DataError(
            f"{folder}: {len(loose):,} of {len(listing.files):,} images lie in no subfolder, as {loose[0]}; "
            "data.labels = 'subfolders' needs a subfolder for each class"
        )
    if numbering == "by_word":
        return tuple(sorted({_class_of(file.name) for file in listing.files}))
    return tuple(sorted(listing.folders, key=natural_order))


def natural_order(name: str) -> tuple[list[str | int], str]:
    """Return the sort key of a name by which 2 comes before 10, and a2 before a10."""
    parts: list[str | int] = [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]
    return parts, name  # the name itself decides between 1 and 01


def labels_of(names: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    """Return the class numbers, int64 [count], of files with `names` relative to the folder of the classes."""
    number = {name: index for index, name in enumerate(classes)}
    return np.array([number[_class_of(name)] for name in names], np.int64)


def without_images(labels: np.ndarray, classes: Sequence[str], files: Sequence[ListedFile]) -> str | None:
    """Return in words which classes have no image, and why, or None where all have some.

    labels: int64 [count], of the images that can be read. files: all images that are listed.
    """
    counts = np.bincount(labels, minlength=len(classes))
    if counts.all():
        return None
    listed = {_class_of(file.name) for file in files}
    empty = [index for index in range(len(classes)) if counts[index] == 0]
    reasons = {True: "none of its images can be read", False: "it is empty"}
    shown = [f"{index} '{classes[index]}' ({reasons[classes[index] in listed]})" for index in empty[:NAMES_SHOWN]]
    more = f" and {len(empty) - NAMES_SHOWN} more" if len(empty) > NAMES_SHOWN else ""
    nouns, verb = ("class", "has") if len(empty) == 1 else ("classes", "have")
    return f"{nouns} {', '.join(shown)}{more} {verb} no image"


def _class_of(name: str) -> str:
    return name.partition("/")[0]
