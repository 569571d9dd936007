"""Pairs that are made of any data set of pictures: each picture is to be made of its grey, small or masked version.

The sample is the picture; the field `source` is what it is to be made of. Sources are worked out once, into memory.
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.dataset import Dataset
from gan_core.data.derived import SameSamples
from gan_core.data.domains import luma
from gan_core.data.pairs import SOURCE
from gan_core.data.spec import Data
from gan_core.errors import DataError
from gan_core.randomness import stream
from gan_core.specs.spec import NonNegativeInt, PlainName, PositiveInt

if TYPE_CHECKING:
    from PIL import Image

MASK = "mask"
"""The field that holds 1 where a picture is hidden, and 0 elsewhere."""
FILLS = {"black": 0, "grey": 128, "white": 255}
Factor = Annotated[int, msgspec.Meta(ge=2, le=64)]


class _DerivedPairs(SameSamples, frozen=True, kw_only=True):
    """Base of data whose samples are those of another data set, with fields that are worked out of them."""

    field: PlainName = SOURCE

    def _with(self, dataset: Dataset, name: str, **fields: np.ndarray) -> Dataset:
        """Return a data set with further fields. Raises `DataError` for a field that it has already."""
        if taken := next((field for field in fields if field in dataset.fields), None):
            raise DataError(
                f"'{dataset.name}' has a field '{taken}' already; give this one another name with data.field"
            )
        return dataclasses.replace(dataset, name=name, fields={**dataset.fields, **fields})


class FromGrey(_DerivedPairs, frozen=True, kw_only=True):
    """Pictures in colour [3, H, W] out of grey ones [1, H, W], their ITU-R 601 luma: colouring.

    source: any data set of colour images. field: what the grey pictures are called.
    """

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the pairs. Raises `DataError` for a source that is not one set of colour images."""
        dataset = self.load_pictures(data_dir, channels=(3,))
        return self._with(dataset, f"{dataset.name}, from grey", **{self.field: luma(dataset.samples)[:, :1]})

    @override
    def as_domain(self, pictures: np.ndarray, second: bool) -> np.ndarray:
        return pictures if pictures.shape[1] == 1 else luma(pictures)[:, :1]


class FromLowResolution(_DerivedPairs, frozen=True, kw_only=True):
    """Pictures [C, H, W] out of small ones [C, H / factor, W / factor]: super-resolution (SRGAN, arXiv:1609.04802).

    source: any data set of images. factor: how many times smaller the small pictures are, each way.
    method: "bicubic", with the antialiased filter of SRGAN's authors and most others; "area" takes the mean of each
        square of factor × factor pixels. Both are Pillow's. field: what the small pictures are called.
    """

    factor: Factor = 4
    method: Literal["bicubic", "area"] = "bicubic"

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the pairs. Raises `DataError` for a source that is not one set of images, or of sides that do not fit.

        A side fits if `factor` divides it.
        """
        dataset = self.load_pictures(data_dir)
        height, width = dataset.shape[1:]
        if height % self.factor or width % self.factor:
            raise DataError(
                f"from_low_resolution: '{dataset.name}' holds pictures of {height} × {width}; expected sides that "
                f"data.factor = {self.factor} divides"
            )
        small = reduced(dataset.samples, self.factor, self.method)
        return self._with(dataset, f"{dataset.name}, from {small.shape[2]} × {small.shape[3]}", **{self.field: small})


class FromMasked(_DerivedPairs, frozen=True, kw_only=True):
    """Pictures [C, H, W] out of pictures with a hidden square: inpainting (context encoders, arXiv:1604.07379).

    Besides `source`, the picture with the square filled in one colour, a sample has the field `mask` [1, H, W]: 1 where
    it is hidden.

    source: any data set of images. place: of the square, the "centre" or a "random" one, which a sample keeps from
    epoch to epoch. side: of the square, in pixels; by default half the shorter side of the picture.
    fill: the colour of the square. target: what is to be made, the "whole" picture or the "hidden" square alone
    [C, side, side], which is then the sample. field: what the masked pictures are called. seed: of random places.
    """

    place: Literal["centre", "random"] = "centre"
    side: PositiveInt | None = None
    fill: Literal["black", "grey", "white"] = "white"
    target: Literal["whole", "hidden"] = "whole"
    seed: NonNegativeInt = 0

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the pairs. Raises `DataError` for a source that is not one set of images larger than the square."""
        dataset = self.load_pictures(data_dir)
        height, width = dataset.shape[1:]
        if not 0 < self._side(height, width) < min(height, width):
            raise DataError(
                f"from_masked: '{dataset.name}' holds pictures of {height} × {width}, of which a square of data.side = "
                f"{self._side(height, width)} leaves no border; expected 1 to {min(height, width) - 1}"
            )
        corners = self._corners(*dataset.samples.shape)
        masks = self._masks(corners, height, width)
        masked = self._filled(dataset.samples, masks)
        made = self._with(dataset, f"{dataset.name}, from masked", **{self.field: masked, MASK: masks})
        if self.target == "whole":
            return made
        side = self._side(height, width)
        squares = np.lib.stride_tricks.sliding_window_view(dataset.samples, (side, side), axis=(2, 3))
        hidden = squares[np.arange(len(dataset)), :, *corners]
        return dataclasses.replace(made, samples=hidden, samples_sha256=None)

    @override
    def unseen_by_classifier(self, count: int) -> np.ndarray | None:
        return self.source.unseen_by_classifier(count) if self.target == "whole" else None

    @override
    def suitable_extractor(self, dataset: Dataset) -> str | None:
        return self.source.suitable_extractor(dataset) if self.target == "whole" else None

    @override
    def original(self) -> Data:
        return self.source.original() if self.target == "whole" else self

    @override
    def as_domain(self, pictures: np.ndarray, second: bool) -> np.ndarray:
        return self._filled(pictures, self._masks(self._corners(*pictures.shape), *pictures.shape[2:]))

    def _side(self, height: int, width: int) -> int:
        return self.side or min(height, width) // 2

    def _corners(self, count: int, channels: int, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows and the columns of the squares' upper left corners, [count] each."""
        side = self._side(height, width)
        if self.place == "centre":
            return np.full(count, (height - side) // 2), np.full(count, (width - side) // 2)
        generator = stream(self.seed, "masks")
        return generator.integers(height - side + 1, size=count), generator.integers(width - side + 1, size=count)

    def _masks(self, corners: tuple[np.ndarray, np.ndarray], height: int, width: int) -> np.ndarray:
        """Return where the squares lie, bool [count, 1, H, W]."""
        side = self._side(height, width)
        rows, columns = (np.arange(end) - first[:, None] for end, first in zip((height, width), corners, strict=True))
        inside_rows, inside_columns = ((offset >= 0) & (offset < side) for offset in (rows, columns))
        return np.asarray((inside_rows[:, :, None] & inside_columns[:, None, :])[:, None])

    def _filled(self, pictures: np.ndarray, masks: np.ndarray) -> np.ndarray:
        return np.asarray(np.where(masks, np.uint8(FILLS[self.fill]), pictures))


def reduced(images: np.ndarray, factor: int, method: Literal["bicubic", "area"]) -> np.ndarray:
    """Return uint8 images [N, C, H, W] with C of 1 or 3, `factor` times smaller, [N, C, H / factor, W / factor]."""
    from PIL.Image import Resampling

    count, channels, height, width = images.shape
    small = np.empty((count, channels, height // factor, width // factor), np.uint8)
    size = (width // factor, height // factor)
    for pixels, place in zip(images, small, strict=True):
        image = _image(pixels)
        # `resize` with a box would round twice, for rows and for columns
        resized = image.reduce(factor) if method == "area" else image.resize(size, Resampling.BICUBIC)
        place[...] = np.asarray(resized).reshape(*place.shape[1:], channels).transpose(2, 0, 1)
    return small


def _image(pixels: np.ndarray) -> "Image.Image":
    """Return pixels [1 or 3, H, W] as a grey or a colour image."""
    from PIL import Image

    return Image.fromarray(pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0)))
