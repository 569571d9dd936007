"""Layers that move or mix the pixels of images [N, C, H, W] and have no weights."""

from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np

from gan_core.errors import SpecError
from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import NonNegativeInt, PositiveFloat, PositiveInt


class AveragePool(LayerSpec, frozen=True, kw_only=True):
    """Mean over windows of `size`×`size`, every `stride` pixels (default: size)."""

    size: PositiveInt = 2
    stride: PositiveInt | None = None


class MaxPool(LayerSpec, frozen=True, kw_only=True):
    """Largest value of windows of `size`×`size`, every `stride` pixels (default: size)."""

    size: PositiveInt = 2
    stride: PositiveInt | None = None


class Upsample(LayerSpec, frozen=True, kw_only=True):
    """Repeats each pixel `factor` times in both directions (nearest neighbour)."""

    factor: PositiveInt = 2


class Resize(LayerSpec, frozen=True, kw_only=True):
    """Bilinear interpolation to `scale` times the sides, whole or not (1.5, 0.5), if that gives whole pixels.

    Pixel i of the output is at (i + ½) / scale − ½ of the input, and the mean of its two neighbours there along each
    axis, by nearness; beyond an edge the edge goes on (PyTorch's and TensorFlow's way, align_corners false). Where
    `scale` is below 1, pixels between are passed over: put a `Blur` before, or pool.
    """

    scale: PositiveFloat


class Blur(LayerSpec, frozen=True, kw_only=True):
    """Each channel smoothed: the weighted mean of pixels in a row, then in a column, every `stride` pixels.

    weights: of the pixels beside each other, as [1, 2, 1] (divided by their sum); of an even number, one more reads on
    behind than before. So StyleGAN smooths what it enlarged (Karras et al. 2019, arXiv:1812.04948), and with a stride
    a network shrinks images without aliasing (Zhang 2019, arXiv:1904.11486). padding_mode: what lies beyond an edge.
    gain: of the mean; 4 after pixels were spread with zeros between them, so that the image stays as bright.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("gain",)
    dilation: ClassVar[int] = 1  # every pixel beside another is read

    weights: Annotated[tuple[PositiveFloat, ...], msgspec.Meta(min_length=1, max_length=32)] = (1, 2, 1)
    stride: PositiveInt = 1
    padding_mode: Literal["zeros", "reflect", "replicate"] = "zeros"
    gain: PositiveFloat = 1.0

    @property
    def shares(self) -> np.ndarray:
        """The share of each pixel, float64 [rows, columns] of the sum `gain`."""
        row = np.array(self.weights) / sum(self.weights)
        return np.outer(row, row) * self.gain

    @property
    def reach(self) -> tuple[int, int]:
        """Rows and columns that are read, in pixels."""
        return (len(self.weights), len(self.weights))

    @property
    def padding_before(self) -> tuple[int, int]:
        """Pixels at the top and at the left beyond the image."""
        return ((len(self.weights) - 1) // 2,) * 2

    @property
    def padding_after(self) -> tuple[int, int]:
        """Pixels at the bottom and at the right beyond the image."""
        return (len(self.weights) // 2,) * 2


class WithinEdges(LayerSpec, frozen=True, kw_only=True):
    """Means over `size` × `size` pixels of an image between zeros, made those over the pixels within the image.

    TensorFlow's average pool with padding counts the pixels that there are: after a `Pad` of (size − 1) / 2 zeros and
    an `AveragePool` of this size and stride 1, a mean is to be divided by the share of the pixels that were no padding,
    two thirds at an edge and four ninths in a corner for a size of 3. size: odd.
    """

    size: PositiveInt = 3

    def check(self) -> None:
        """The pixels around one are as many on either side."""
        if self.size % 2 == 0:
            raise SpecError(f"within_edges.size: expected an odd number of pixels, got {self.size}")

    def factors(self, height: int, width: int) -> np.ndarray:
        """Return what each mean is multiplied by, [1, 1, height, width]."""
        reach = self.size // 2
        rows, columns = (
            self.size / (np.minimum(places + reach, side - 1) - np.maximum(places - reach, 0) + 1)
            for side in (height, width)
            for places in [np.arange(side)]
        )
        return np.asarray(np.outer(rows, columns).reshape(1, 1, height, width))


class GlobalPool(LayerSpec, frozen=True, kw_only=True):
    """[N, C, H, W] → [N, C]: the mean of each channel's pixels, or their sum."""

    kind: Literal["mean", "sum"] = "mean"


class PixelShuffle(LayerSpec, frozen=True, kw_only=True):
    """Shi et al. 2016 (arXiv:1609.05158): [N, C·factor², H, W] → [N, C, H·factor, W·factor].

    Channel c·factor² + i·factor + j becomes the pixels (i, j) of each square of channel c.
    """

    factor: PositiveInt = 2


class Pad(LayerSpec, frozen=True, kw_only=True):
    """More pixels at each edge: the image reflected there (its edge is not repeated), its edge repeated, or zeros.

    pixels, pixels_end: at the top and the left, and at the bottom and the right where that differs.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("pixels_end",)

    pixels: NonNegativeInt
    pixels_end: NonNegativeInt | None = None
    mode: Literal["reflect", "replicate", "zeros"] = "reflect"

    @property
    def edge(self) -> tuple[int, int]:
        """Pixels before and after, alike in rows and columns."""
        return self.pixels, self.pixels if self.pixels_end is None else self.pixels_end

    def check(self) -> None:
        """There is something to add."""
        if not any(self.edge):
            raise SpecError("pad.pixels: expected at least 1 pixel at some edge, got 0")


class Crop(LayerSpec, frozen=True, kw_only=True):
    """Takes `before` pixels away at the top and the left, `after` (by default as many) at the bottom and the right."""

    before: NonNegativeInt
    after: NonNegativeInt | None = None
