"""The block that generators of styles are made of: see `blocks` for what a block is."""

from typing import Annotated, Literal

import msgspec

from gan_core.errors import SpecError
from gan_core.specs.blocks import Block
from gan_core.specs.spec import NonNegativeInt, PositiveFloat, PositiveInt


class StyledConv(Block, frozen=True, kw_only=True):
    """A modulated convolution told by a style, then noise, bias and √2 · leaky ReLU (Karras et al. 2020, figure 2c).

    The style of the convolution is a dense layer of the mapped latent, whose bias starts at 1. "up" doubles the sides:
    the transposed convolution is smoothed by `blur`, as [1, 3, 3, 1].

    styles, style: the name of a `style_mixing` layer, and which of its styles, from 0. features: numbers of one style.
    noise, noise_start: the name of a latent [numbers], and where the noise of this layer begins in it, an image's
        pixels; "" for none. One latent for all layers keeps a network's inputs few.
    activation: without it the block ends in its bias, as does what makes an image of features.
    equalised: the multiplier of the learning rate of its weights, see `Conv`.
    """

    channels: PositiveInt
    styles: str
    style: NonNegativeInt
    features: PositiveInt
    kernel: Annotated[int, msgspec.Meta(ge=1, le=15)] = 3
    scale: Literal["none", "up"] = "none"
    noise: str = ""
    noise_start: NonNegativeInt = 0
    demodulate: bool = True
    activation: bool = True
    blur: Annotated[tuple[PositiveFloat, ...], msgspec.Meta(min_length=1, max_length=32)] = (1, 3, 3, 1)
    equalised: PositiveFloat = 1.0

    def check(self) -> None:
        """A kernel of one pixel leaves gaps between the pixels that it spreads."""
        if self.scale == "up" and self.kernel < 2:
            raise SpecError('styled_conv.kernel: expected 2 or more with scale = "up", got 1')
