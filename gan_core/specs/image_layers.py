"""Layers that move or mix the pixels of images [N, C, H, W] and have no weights."""

from typing import Literal

from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import NonNegativeInt, PositiveInt


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


class GlobalPool(LayerSpec, frozen=True, kw_only=True):
    """[N, C, H, W] → [N, C]: the mean of each channel's pixels, or their sum."""

    kind: Literal["mean", "sum"] = "mean"


class PixelShuffle(LayerSpec, frozen=True, kw_only=True):
    """Shi et al. 2016 (arXiv:1609.05158): [N, C·factor², H, W] → [N, C, H·factor, W·factor].

    Channel c·factor² + i·factor + j becomes the pixels (i, j) of each square of channel c.
    """

    factor: PositiveInt = 2


class Pad(LayerSpec, frozen=True, kw_only=True):
    """`pixels` more at each edge: the image reflected there (its edge is not repeated), or its edge repeated."""

    pixels: PositiveInt
    mode: Literal["reflect", "replicate"] = "reflect"


class Crop(LayerSpec, frozen=True, kw_only=True):
    """Takes `before` pixels away at the top and the left, `after` (by default as many) at the bottom and the right."""

    before: NonNegativeInt
    after: NonNegativeInt | None = None
