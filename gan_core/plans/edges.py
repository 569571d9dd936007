"""Edges — the pixels that convolutions add around an image or cut off it, in the parts that frameworks take."""

from collections.abc import Sequence
from dataclasses import dataclass

from gan_core.specs import layers as L


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Pixels at the edges of an image: padding of a convolution's input, or crop of a transposed one's output.

    before: rows at the top and columns at the left, in pixels. after: rows at the bottom and columns at the right.
    symmetric: the part, the same on all four sides, that a framework's own layer adds or cuts.
    rest: what is left for an operation of its own, (before, after); (0, 0) where the layer does it all.
    full_sides: height and width with the edges — of the padded input, or of the uncropped output.
    same: whether TensorFlow's padding ``SAME`` stands for these very pixels.
    """

    before: int
    after: int
    symmetric: int
    rest: tuple[int, int]
    full_sides: tuple[int, ...]
    same: bool


NO_EDGES = Edges(before=0, after=0, symmetric=0, rest=(0, 0), full_sides=(), same=False)


def padding_edges(layer: L.Conv, sides: Sequence[int]) -> Edges:
    """The pixels around a convolution's input of these sides: added by the layer where all four edges are alike."""
    before, after = layer.padding_before_after
    return Edges(
        before=before,
        after=after,
        symmetric=before if before == after else 0,  # one pass over memory, not two
        rest=(0, 0) if before == after else (before, after),
        full_sides=tuple(side + before + after for side in sides),
        same=_is_same(layer, sides),
    )


def crop_edges(layer: L.ConvTranspose, sides: Sequence[int]) -> Edges:
    """The pixels that a transposed convolution cuts off, down to an output of these sides."""
    before, after = layer.padding_before_after
    symmetric = min(before, after)
    return Edges(
        before=before,
        after=after,
        symmetric=symmetric,
        rest=(before - symmetric, after - symmetric),
        full_sides=tuple(side + before + after for side in sides),
        same=_is_same(layer, sides),
    )


def _is_same(layer: L.Conv | L.ConvTranspose, sides: Sequence[int]) -> bool:
    """Whether TensorFlow's ``SAME`` stands for the layer's padding, at sides of the image that has the edges."""
    missing = [max(0, (-(-side // layer.stride) - 1) * layer.stride + layer.kernel - side) for side in sides]
    return all((total // 2, total - total // 2) == layer.padding_before_after for total in missing)
