"""Unpaired data of two domains for CycleGAN: two folders, or grey images and colour images of one source.

Both specs return domain a, with domain b as its `Dataset.second_domain`. The two need not be of one size: an epoch
passes once over a, and the batches of b come round in a separate order.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.dataset import Dataset
from gan_core.data.decoding import LARGEST_MEGAPIXELS, Target
from gan_core.data.folder import ImageFolder, Megapixels, PathName, Size
from gan_core.data.spec import Data
from gan_core.errors import DataError
from gan_core.printing import say
from gan_core.specs.spec import Variant

CHUNK = 1024  # images turned grey at once


class UnpairedFolders(Variant, Data, frozen=True, kw_only=True):
    """Two folders of images that show different things, as CycleGAN's data sets have them (Zhu et al. 2017).

    path: the folder that holds both, found as `ImageFolder`'s is.
    folder_a, folder_b: the domains' folders in it, with ``{split}`` for the split: trainA, trainB, testA, testB.
    The other fields are `ImageFolder`'s, for both.
    """

    path: PathName
    split: Literal["train", "test"] = "train"
    folder_a: PathName = "{split}A"
    folder_b: PathName = "{split}B"
    size: Size = 64
    channels: Literal[1, 3] = 3
    resize: Literal["crop", "stretch"] = "crop"
    value_range: tuple[float, float] = (-1.0, 1.0)
    strict: bool = False
    largest_megapixels: Megapixels = LARGEST_MEGAPIXELS

    def load(self, data_dir: Path | None) -> Dataset:
        """Return domain a, [channels, height, width], with b, of the same shape, as `second_domain`.

        Raises `DataError`.
        """
        a, b = (self._domain(folder, data_dir) for folder in (self.folder_a, self.folder_b))
        if len(a) != len(b):
            say(
                f"gan: note: {a.name} holds {len(a):,} images and {b.name} {len(b):,}: an epoch is one of {a.name}, "
                f"and those of {b.name} come round in an order of their own"
            )
        return dataclasses.replace(a, second_domain=b)

    def _domain(self, folder: str, data_dir: Path | None) -> Dataset:
        return ImageFolder(
            path=str(Path(self.path) / folder.replace("{split}", self.split)),
            size=self.size,
            channels=self.channels,
            resize=self.resize,
            value_range=self.value_range,
            strict=self.strict,
            largest_megapixels=self.largest_megapixels,
        ).load(data_dir)


class GreyAndColour(Variant, Data, frozen=True, kw_only=True):
    """Grey images (domain a) and colour images (domain b) of any data set of colour images, for colouring.

    The first half of the images is turned grey, the second half stays: no image is in both, or the task would not be
    unpaired. If the source is sorted by class, the domains show different classes.
    """

    source: Data

    @override
    def as_written(self, plain: Mapping[str, Any]) -> "GreyAndColour":
        return msgspec.structs.replace(self, source=self.source.as_written(plain.get("source", {})))

    def load(self, data_dir: Path | None) -> Dataset:
        """Return the grey half, with the colour half as `second_domain`, both [3, H, W]; the grey one is in memory.

        Raises `DataError` for a source that is not of colour images, has two domains, or holds one image.
        """
        source = self.source.load(data_dir)
        samples = source.samples
        if source.second_domain is not None:
            raise DataError(f"grey_and_colour: '{source.name}' has two domains already; expected one set of images")
        if samples.dtype != np.uint8 or source.shape[:1] != (3,) or len(source.shape) != 3:
            raise DataError(
                f"grey_and_colour: '{source.name}' holds {samples.dtype} {list(source.shape)}; "
                "expected colour images, uint8 [3, H, W]"
            )
        if len(samples) < 2:
            raise DataError(f"grey_and_colour: '{source.name}' holds one image, which makes no two domains")
        half = len(samples) // 2
        colour = source.part(slice(half, None), name=f"{source.name}, colour")
        grey = luma(samples[:half])
        return source.part(slice(half), name=f"{source.name}, grey", samples=grey, second_domain=colour)

    @override
    def picture_target(self, shape: tuple[int, ...]) -> Target:
        return self.source.picture_target(shape)

    @override
    def as_domain(self, pictures: np.ndarray, second: bool) -> np.ndarray:
        return pictures if second else luma(pictures)


def luma(images: np.ndarray) -> np.ndarray:
    """Return uint8 images [N, 3, H, W] in grey: the ITU-R 601 luma .299 R + .587 G + .114 B, the same in 3 channels.

    The weights are Pillow's, in units of 2⁻¹⁶, so that the values are those of a folder with one channel.
    """
    grey = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), CHUNK):
        red, green, blue = np.moveaxis(images[start : start + CHUNK].astype(np.uint32), 1, 0)
        grey[start : start + CHUNK] = ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16)[:, None]
    return grey
