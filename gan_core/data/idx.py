"""MNIST and Fashion-MNIST from IDX files: found on disk or downloaded, and compared with the published checksums.

The format (LeCun's page): two zero bytes, a type byte (8 = unsigned byte), the number of axes, each axis as a
big-endian int32, then the values; usually gzipped.
"""

import gzip
import hashlib
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

import numpy as np
from typing_extensions import override

from gan_core.data.array_files import CHUNK, MOST_AXES, check_expansion, check_memory
from gan_core.data.dataset import Dataset
from gan_core.data.places import cache_folder, downloaded, search_places
from gan_core.data.spec import Data
from gan_core.errors import DataError
from gan_core.files.downloads import Published
from gan_core.randomness import permutation
from gan_core.specs.spec import Variant

# md5 of the published .gz files, as the data sets' pages and torchvision state them
MNIST_MD5 = {
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
FASHION_MD5 = {
    "train-images-idx3-ubyte": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte": "bb300cfdad3c16e7a12a480ee83cd310",
}
# The same files, as a download must be; Fashion-MNIST's are those of its authors' repository.
MNIST_PUBLISHED = {
    "train-images-idx3-ubyte": Published(9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    "train-labels-idx1-ubyte": Published(28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    "t10k-images-idx3-ubyte": Published(1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    "t10k-labels-idx1-ubyte": Published(4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
}
FASHION_PUBLISHED = {
    "train-images-idx3-ubyte": Published(26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    "train-labels-idx1-ubyte": Published(29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    "t10k-images-idx3-ubyte": Published(4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    "t10k-labels-idx1-ubyte": Published(5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
}
MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
FASHION_URL = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"
FASHION_CLASSES = (
    *("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag"),
    "ankle boot",
)
PUBLISHED_COUNT = 60_000  # training images of either data set
UNSEEN = 10_000  # of them, which no classifier of the library learns from, so that they can stand in for generated ones
DEBIAN_DATASETS = Path("/usr/share/datasets")  # of Debian's package dataset-fashion-mnist


_Source = tuple[str, dict[str, Published]]


class _IdxImages(Variant, Data, frozen=True, kw_only=True):
    """The fields of both data sets; see `Mnist`."""

    split: Literal["train", "test"] = "train"
    size: Literal[28, 32] = 28
    value_range: tuple[float, float] = (-1.0, 1.0)
    verify: bool = True
    """Whether a gzipped file must have the published checksum; false allows any files of this format."""


class Mnist(_IdxImages, frozen=True, kw_only=True):
    """MNIST (LeCun, Cortes, Burges): 60,000 training and 10,000 test digits, [1, 28, 28], labels 0 to 9.

    split: "train" or "test". size: 28, or 32 with two black pixels all round. value_range: what black and white become.
    verify: whether gzipped files must have the published checksums; false allows any files of this format.

    Files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte`` (``t10k-…`` for the test split), with ``.gz`` or
    without, are looked for in the folder ``mnist`` of each place and in the place itself: --data-dir, GAN_DATA_DIR, the
    user's cache, in this order. What is not found is downloaded to the cache.
    """

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        return _load(self, "mnist", MNIST_MD5, (MNIST_URL, MNIST_PUBLISHED), search_places(data_dir))

    @override
    def unseen_by_classifier(self, count: int) -> np.ndarray | None:
        positions = unseen_images(count) if self.split == "train" else np.empty(0, np.int64)
        return positions if len(positions) else None

    @override
    def suitable_extractor(self, dataset: Dataset) -> str:
        return "classifier"


class FashionMnist(_IdxImages, frozen=True, kw_only=True):
    """Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747): 60,000 + 10,000 articles of clothing, [1, 28, 28].

    Fields and files as for `Mnist`; the folder is ``fashion-mnist``, and Debian's package of it is looked in too.
    """

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        places = [*search_places(data_dir), DEBIAN_DATASETS]
        source = (FASHION_URL, FASHION_PUBLISHED)
        return _load(self, "fashion-mnist", FASHION_MD5, source, places, FASHION_CLASSES)


def unseen_images(count: int) -> np.ndarray:
    """Return the positions [n], in order, of the training images that no classifier of the library learns from.

    count: how many training images there are. The positions are the same for every seed and experiment, since all
    share the classifier; there are none in a file of 50,000 images or fewer.
    """
    unseen = min(UNSEEN, max(0, count - (PUBLISHED_COUNT - UNSEEN)))
    return np.sort(permutation(0, "unseen by the classifier", 0, count)[:unseen])


def read_idx(path: Path, md5: str | None) -> np.ndarray:
    """Return the uint8 array of an IDX file, gzipped or not.

    md5: the checksum that a gzipped file must have, or None for any. Raises `DataError` for a wrong checksum, a file
    that is no IDX file of bytes, one that would unpack to far more than its size, and one that holds fewer or more
    bytes than its header says. The header is checked before anything is allocated.
    """
    with _one_line(path), path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if packed and md5 is not None:
            checksum = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
            if checksum != md5:
                raise DataError(f"{path}: checksum {checksum}, published {md5}; get it again, or set data.verify=false")
            file.seek(0)
        with gzip.GzipFile(fileobj=file) if packed else file as stream:
            return _read_values(path, stream, packed)  # type: ignore[arg-type]  # a GzipFile is a binary stream


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{path} is truncated or damaged ({error}); get it again") from None


def _read_values(path: Path, stream: IO[bytes], packed: bool) -> np.ndarray:
    start = stream.read(4)
    if len(start) < 4 or start[:3] != b"\x00\x00\x08":
        raise DataError(f"{path} is no IDX file of unsigned bytes")
    axes = start[3]
    if axes > MOST_AXES:
        raise DataError(f"{path} has {axes} axes; expected 1 or 3, as MNIST's files have")
    sides = stream.read(4 * axes)
    if len(sides) < 4 * axes:
        raise DataError(f"{path} is truncated within its header; get it again")
    shape = struct.unpack(f">{axes}I", sides)
    if 0 in shape:
        raise DataError(f"{path} is empty: its header says {list(shape)}")
    promised, size = math.prod(shape), path.stat().st_size
    held = size - 4 - 4 * axes
    if not packed and held != promised:
        raise DataError(f"{path} holds {held} values, its header promises {promised}; get it again")
    check_expansion(str(path), size, promised)
    check_memory(str(path), promised)
    raw = bytearray()
    while len(raw) <= promised and (piece := stream.read(min(CHUNK, promised + 1 - len(raw)))):
        raw += piece
    if len(raw) != promised:
        held_words = f"more than {promised}" if len(raw) > promised else str(len(raw))
        raise DataError(f"{path} holds {held_words} values, its header promises {promised}; get it again")
    return np.frombuffer(raw, np.uint8).reshape(shape)


def _load(
    spec: _IdxImages,
    name: str,
    checksums: dict[str, str],
    source: _Source,
    places: list[Path],
    names: tuple[str, ...] = (),
) -> Dataset:
    stem = "train" if spec.split == "train" else "t10k"
    images = _find(f"{stem}-images-idx3-ubyte", name, checksums, source, places, spec.verify)
    labels = _find(f"{stem}-labels-idx1-ubyte", name, checksums, source, places, spec.verify)
    if images.ndim != 3 or labels.ndim != 1:
        raise DataError(f"{name}: images {list(images.shape)} and labels {list(labels.shape)} do not look right")
    margin = (spec.size - images.shape[1]) // 2
    if margin > 0:
        images = np.pad(images, ((0, 0), (margin, margin), (margin, margin)))
    return Dataset(
        name=name,
        samples=images[:, None],
        labels=labels.astype(np.int64),
        classes=10,
        class_names=names,
        value_range=spec.value_range,
    )


def _find(
    stem: str, name: str, checksums: dict[str, str], source: _Source, places: list[Path], verify: bool
) -> np.ndarray:
    md5 = checksums[stem] if verify else None
    for place in places:
        for path in (place / name / f"{stem}.gz", place / name / stem, place / f"{stem}.gz", place / stem):
            if path.is_file():
                # Debian packs the same content anew, without a file's name; its packages have checksums of their own
                return read_idx(path, None if place == DEBIAN_DATASETS else md5)
    looked = ", ".join(str(place / name) for place in places)
    not_found = f"{stem}.gz of {name} was not found in {looked}"
    url, published = source
    return read_idx(downloaded(url, f"{stem}.gz", published[stem], cache_folder() / name, not_found), md5)
