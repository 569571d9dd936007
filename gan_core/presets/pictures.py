"""What presets of images take alike: the channels and the side of an image, and a folder in place of their own data."""

import math
from dataclasses import dataclass

from gan_core.data.folder import ImageFolder
from gan_core.data.idx import Mnist
from gan_core.data.spec import Data
from gan_core.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Square images of a preset.

    channels: 1 for grey, 3 for colour. size: pixels a side. folder: of a user's own images, or "" for the preset's own
    data. labelled: whether each folder in it is a class.
    """

    channels: int = 1
    size: int = 28
    folder: str = ""
    labelled: bool = False

    def __post_init__(self) -> None:
        """Raise `SpecError` for channels that no picture has."""
        if self.channels not in (1, 3):
            raise SpecError(f"channels: expected 1 for grey or 3 for colour, got {self.channels}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one image, [channels, size, size]."""
        return self.channels, self.size, self.size

    def data(self, own: Data, value_range: tuple[float, float] = (-1.0, 1.0)) -> Data:
        """Return the images in the folder, or `own` if there is none."""
        return self.folder_data(value_range) if self.folder else own

    def folder_data(self, value_range: tuple[float, float] = (-1.0, 1.0)) -> Data:
        """Return the images in the folder."""
        return ImageFolder(
            path=self.folder,
            size=self.size,
            channels=self.channels,  # type: ignore[arg-type]  # the spec checks it
            value_range=value_range,
            labels="subfolders" if self.labelled else "none",
        )

    def mnist(self, value_range: tuple[float, float] = (-1.0, 1.0)) -> Data:
        """Return the images in the folder, or MNIST if there is none: padded to 32 where the side is 32."""
        return self.data(Mnist(size=32 if self.size == 32 else 28, value_range=value_range), value_range)

    def channel_counts(self, first: int, width: float) -> list[int]:
        """Return the channels of layers that double the side from 4 to `size`, halved from layer to layer.

        Raises `SpecError` unless `size` is 8, 16, 32 …
        """
        doublings = round(math.log2(self.size / 4))
        if self.size != 4 * 2**doublings or doublings < 1:
            raise SpecError(f"size: expected 8, 16, 32, 64 … (each layer doubles the side), got {self.size}")
        return [scaled(max(1, first // 2**layer), width) for layer in range(doublings)]


def scaled(channels: int, width: float) -> int:
    """Return a channel count times the width, at least 1."""
    return max(1, round(channels * width))
