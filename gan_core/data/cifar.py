"""CIFAR-10 from its binary version: found on disk or downloaded, all of it or some of its classes.

The format (Krizhevsky's page): records of 3,073 bytes, a label of 0 … 9 and then 32×32 bytes of red, of green and of
blue, row by row; 10,000 records in a published file.
"""

import tarfile
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from typing_extensions import override

from gan_core.data.dataset import Dataset
from gan_core.data.places import cache_folder, downloaded, search_places
from gan_core.data.spec import Data
from gan_core.errors import DataError, SpecError, nearest
from gan_core.files.downloads import Published
from gan_core.specs.spec import Variant

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FILES = {"train": tuple(f"data_batch_{number}.bin" for number in range(1, 6)), "test": ("test_batch.bin",)}
FOLDER = "cifar-10-batches-bin"
ARCHIVE = "cifar-10-binary.tar.gz"
# the data set's page states its MD5, c32a1d4ab5d03f1284b67883e8d87530; TensorFlow Datasets and others this of the same
PUBLISHED = Published(170052171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")
URL = "https://www.cs.toronto.edu/~kriz/"
SHAPE = (3, 32, 32)
RECORD_BYTES = 1 + 3 * 32 * 32
PUBLISHED_BYTES = 10_000 * RECORD_BYTES


class Cifar10(Variant, Data, frozen=True, kw_only=True):
    """CIFAR-10 (Krizhevsky 2009): 50,000 training and 10,000 test photographs of 10 classes, [3, 32, 32].

    classes: the classes to keep, by name or number, which become labels 0, 1, … in this order; empty: all ten, with
        the published numbers. The images stay in the files' order.

    Files are looked for in ``cifar-10-batches-bin`` of each search place, and in the place itself; the first place
    that has any of the split's files is taken, with those it has.
    """

    split: Literal["train", "test"] = "train"
    classes: tuple[int | str, ...] = ()
    value_range: tuple[float, float] = (-1.0, 1.0)

    def check(self) -> None:
        """Raise `SpecError` unless every class exists and stands in `classes` once."""
        numbers = self.class_numbers()
        if len(set(numbers)) < len(numbers):
            raise SpecError(f"cifar10.classes: a class stands there twice: {', '.join(map(str, self.classes))}")

    def class_numbers(self) -> list[int]:
        """Return the published numbers of `classes`, [] for all. Raises `SpecError` for one that does not exist."""
        numbers = []
        for word in self.classes:
            if isinstance(word, str) and word not in CLASSES:
                raise SpecError(f"cifar10.classes: no class '{word}'{nearest(word, CLASSES)}")
            number = CLASSES.index(word) if isinstance(word, str) else word
            if not 0 <= number < len(CLASSES):
                raise SpecError(f"cifar10.classes: expected names or numbers of 0 to 9, got {number}")
            numbers.append(number)
        return numbers

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        paths = _find(self.split, search_places(data_dir))
        parts = [read_records(path) for path in paths]
        pixels, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        numbers = self.class_numbers()
        if numbers:
            pixels, labels = _chosen(pixels, labels, numbers, paths[0].parent)
        names = ", ".join(CLASSES[number] for number in numbers)
        return Dataset(
            name=f"cifar10 ({names})" if names else "cifar10",
            samples=pixels,
            labels=labels,
            classes=len(numbers) or len(CLASSES),
            class_names=tuple(CLASSES[number] for number in numbers) or CLASSES,
            value_range=self.value_range,
        )


def read_records(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels, uint8 [N, 3, 32, 32], and the labels, int64 [N], of a binary file.

    Raises `DataError` for a file that is empty, ends within a record, or holds a label above 9.
    """
    try:
        raw = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})") from None
    if len(raw) == 0 or len(raw) % RECORD_BYTES:
        raise DataError(
            f"{path} is truncated: it holds {len(raw):,} bytes, which is no whole number of records of "
            f"{RECORD_BYTES:,}; get it again"
        )
    records = raw.reshape(-1, RECORD_BYTES)
    labels = records[:, 0].astype(np.int64)
    if labels.max() > 9:
        record = int(np.argmax(labels > 9))
        raise DataError(
            f"{path}: record {record:,} has the label {labels[record]}; expected 0 to 9, in the CIFAR-10 binary version"
        )
    return records[:, 1:].reshape(-1, *SHAPE), labels


def unpack(archive: Path, folder: Path) -> None:
    """Write the data files of the published archive into `folder`, each whole or not at all.

    Files are taken out by their known names and their known size, so nothing else in an archive can be written.
    Raises `DataError` if one is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive) as tar, tempfile.TemporaryDirectory(dir=folder) as temporary:
            names = [name for files in FILES.values() for name in files]
            for name in names:
                member = tar.getmember(f"{FOLDER}/{name}")
                content = tar.extractfile(member) if member.size == PUBLISHED_BYTES else None
                if content is None:
                    raise DataError(
                        f"{archive}: {member.name} is not the file of {PUBLISHED_BYTES:,} bytes it should be"
                    )
                (Path(temporary) / name).write_bytes(content.read())
            # not before all are there: a folder with some of them counts as a data set
            for name in names:
                (Path(temporary) / name).replace(folder / name)
    except (tarfile.TarError, zlib.error, EOFError, KeyError, OSError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise DataError(f"{archive} cannot be unpacked to {folder} ({reason})") from None


def _chosen(
    pixels: np.ndarray, labels: np.ndarray, numbers: Sequence[int], folder: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images of some classes, with new labels 0, 1, … in the order of `numbers`."""
    present = {CLASSES[number] for number in np.unique(labels)}
    for number in numbers:
        if CLASSES[number] not in present:
            raise DataError(
                f"{folder} holds no images of the class '{CLASSES[number]}'{nearest(CLASSES[number], present)}"
            )
    new_labels = np.full(len(CLASSES), -1)
    new_labels[list(numbers)] = np.arange(len(numbers))
    chosen = np.isin(labels, numbers)
    return pixels[chosen], new_labels[labels[chosen]]


def _find(split: str, places: Sequence[Path]) -> list[Path]:
    """Return the files of a split in the first place that has any, else in the cache after a download."""
    for place in places:
        for folder in (place / FOLDER, place):
            paths = [folder / name for name in FILES[split] if (folder / name).is_file()]
            if paths:
                return paths
    folder = cache_folder() / FOLDER
    looked = ", ".join(str(place / FOLDER) for place in places)
    files = " … ".join(sorted({FILES[split][0], FILES[split][-1]}))
    not_found = f"{files} of CIFAR-10 not found in {looked}"
    unpack(downloaded(URL, ARCHIVE, PUBLISHED, cache_folder(), not_found), folder)
    return [folder / name for name in FILES[split]]
