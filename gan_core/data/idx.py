"""MNIST and Fashion-MNIST from IDX files: found on disk or downloaded, and compared with the published checksums.

The format (LeCun's page): two zero bytes, a type byte (8 = unsigned byte), the number of axes, each axis as a
big-endian int32, then the values; usually gzipped.
"""

import gzip
import hashlib
import struct
import zlib
from pathlib import Path
from typing import Literal

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.spec import Data, cache_folder, downloaded, search_places
from gan_core.errors import DataError
from gan_core.spec import Variant

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
MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
FASHION_URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
FASHION_CLASSES = (
    *("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag"),
    "ankle boot",
)
DEBIAN_DATASETS = Path("/usr/share/datasets")  # of Debian's package dataset-fashion-mnist


class _IdxImages(Variant, Data, frozen=True, kw_only=True):
    split: Literal["train", "test"] = "train"
    size: Literal[28, 32] = 28
    value_range: tuple[float, float] = (-1.0, 1.0)
    verify: bool = True
    """Whether a gzipped file must have the published checksum; set it to false for your own files of this format."""


class Mnist(_IdxImages, frozen=True, kw_only=True):
    """MNIST (LeCun, Cortes, Burges): 60,000 training and 10,000 test digits, [1, 28, 28], or padded to 32."""

    def load(self, data_dir: Path | None) -> Dataset:
        """See `Data.load`."""
        return _load(self, "mnist", MNIST_MD5, MNIST_URL, search_places(data_dir))


class FashionMnist(_IdxImages, frozen=True, kw_only=True):
    """Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747): 60,000 + 10,000 articles of clothing, [1, 28, 28]."""

    def load(self, data_dir: Path | None) -> Dataset:
        """See `Data.load`."""
        return _load(
            self,
            "fashion-mnist",
            FASHION_MD5,
            FASHION_URL,
            [*search_places(data_dir), DEBIAN_DATASETS],
            FASHION_CLASSES,
        )


def read_idx(path: Path, md5: str | None) -> np.ndarray:
    """Return the uint8 array of an IDX file, gzipped or not.

    md5: checksum that a gzipped file must have, or None. Raises `DataError` for a wrong checksum, a file that is no
    IDX file of bytes, and one that ends before its header says or goes on after it.
    """
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        if md5 is not None and (found := hashlib.md5(raw, usedforsecurity=False).hexdigest()) != md5:
            raise DataError(f"{path}: checksum {found}, published {md5}; get it again, or set data.verify=false")
        try:
            raw = gzip.decompress(raw)
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(f"{path} is truncated or damaged ({error}); get it again") from None
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08":
        raise DataError(f"{path} is no IDX file of unsigned bytes")
    axes = raw[3]
    header = 4 + 4 * axes
    if len(raw) < header:
        raise DataError(f"{path} is truncated within its header; get it again")
    shape = struct.unpack(f">{axes}I", raw[4:header])
    wanted = int(np.prod([np.uint64(side) for side in shape], dtype=object))
    if len(raw) - header != wanted:
        raise DataError(f"{path} holds {len(raw) - header} values, its header promises {wanted}; get it again")
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def _load(
    spec: _IdxImages,
    name: str,
    checksums: dict[str, str],
    url: str,
    places: list[Path],
    names: tuple[str, ...] = (),
) -> Dataset:
    stem = "train" if spec.split == "train" else "t10k"
    images = _find(f"{stem}-images-idx3-ubyte", name, checksums, url, places, spec.verify)
    labels = _find(f"{stem}-labels-idx1-ubyte", name, checksums, url, places, spec.verify)
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


def _find(stem: str, name: str, checksums: dict[str, str], url: str, places: list[Path], verify: bool) -> np.ndarray:
    md5 = checksums[stem] if verify else None
    for place in places:
        for path in (place / name / f"{stem}.gz", place / name / stem, place / f"{stem}.gz", place / stem):
            if path.is_file():
                return read_idx(path, md5)
    looked = ", ".join(str(place / name) for place in places)
    wanted = f"{stem}.gz of {name} was not found in {looked}"
    return read_idx(downloaded(url, f"{stem}.gz", checksums[stem], cache_folder() / name, wanted), md5)
