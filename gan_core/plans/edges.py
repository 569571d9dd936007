"""Edges — the pixels that convolutions add around an image or cut off it, in the parts that frameworks take."""

from collections.abc import Sequence
from dataclasses import dataclass

from gan_core.specs import layers as L
from gan_core.specs.weighted_layers import pair

Sides = tuple[int, int]  # of the rows and of the columns


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Pixels at the edges of an image: padding of a convolution's input, or crop of a transposed one's output.

    before: rows at the top and columns at the left, in pixels. after: rows at the bottom and columns at the right.
    symmetric: the part, as many rows at the top as at the bottom, that a framework's own layer adds or cuts.
    rest: what is left for an operation of its own, (top, bottom) and (left, right); zeros where the layer does it all.
    full_sides: height and width with the edges — of the padded input, or of the uncropped output.
    same: whether TensorFlow's padding ``SAME`` stands for these very pixels.
    mode: of the padding, "zeros", "reflect" or "replicate".
    """

    before: Sides
    after: Sides
    symmetric: Sides
    rest: tuple[Sides, Sides]
    full_sides: tuple[int, ...]
    same: bool
    mode: str = "zeros"

    @property
    def are_left(self) -> bool:
        """Whether there is a rest."""
        return any(map(any, self.rest))


NONE = (0, 0)
NO_EDGES = Edges(before=NONE, after=NONE, symmetric=NONE, rest=(NONE, NONE), full_sides=(), same=False)


def padding_edges(layer: L.Conv | L.Blur, sides: Sequence[int]) -> Edges:
    """The pixels around an input of these sides: added by the layer itself where it can add them all."""
    before, after = layer.padding_before, layer.padding_after
    by_layer = before == after and layer.padding_mode == "zeros"
    return Edges(
        before=before,
        after=after,
        symmetric=before if by_layer else NONE,  # one pass over memory, not two
        rest=(NONE, NONE) if by_layer else ((before[0], after[0]), (before[1], after[1])),
        full_sides=_full(sides, before, after),
        same=_is_same(layer, sides) and layer.padding_mode == "zeros",
        mode=layer.padding_mode,
    )


def crop_edges(layer: L.ConvTranspose, sides: Sequence[int]) -> Edges:
    """The pixels that a transposed convolution cuts off, down to an output of these sides."""
    before, after = layer.padding_before, layer.padding_after
    rows, columns = map(min, before, after)
    return Edges(
        before=before,
        after=after,
        symmetric=(rows, columns),
        rest=((before[0] - rows, after[0] - rows), (before[1] - columns, after[1] - columns)),
        full_sides=_full(sides, before, after),
        same=_is_same(layer, sides),
    )


def _full(sides: Sequence[int], before: Sides, after: Sides) -> tuple[int, ...]:
    return tuple(side + first + last for side, first, last in zip(sides, before, after, strict=True))


def _is_same(layer: L.Conv | L.ConvTranspose | L.Blur, sides: Sequence[int]) -> bool:
    """Whether TensorFlow's ``SAME`` stands for the layer's padding, at sides of the image that has the edges."""
    axes = zip(sides, pair(layer.stride), layer.reach, layer.padding_before, layer.padding_after, strict=True)
    for side, stride, reach, before, after in axes:
        missing = max(0, (-(-side // stride) - 1) * stride + reach - side)
        if (before, after) != (missing // 2, missing - missing // 2):
            return False
    return pair(layer.dilation) == (1, 1)  # others are carried out on an image that has its padding
