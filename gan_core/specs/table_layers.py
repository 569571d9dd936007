"""The layer with which a generator of mixed tables ends."""

from typing import Annotated

import msgspec

from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import PositiveFloat, PositiveInt


class TableOutput(LayerSpec, frozen=True, kw_only=True):
    """A row of a mixed table out of logits, block by block: tanh for a value, softmax for a one-hot part.

    Of two inputs, logits and Gumbel noise for the one-hot parts, the softmax is of (logits + noise) / temperature (Jang
    et al. 2017, arXiv:1611.01144): the category is drawn, and gradients pass. The noise is a latent input of the
    network, distribution = "gumbel", so that it is drawn in training and in sampling alike. Without it the softmax is
    of logits / temperature.

    blocks: how many logits belong together, 1 for a value. temperature: the lower, the nearer to one-hot.
    """

    blocks: Annotated[tuple[PositiveInt, ...], msgspec.Meta(min_length=1)]
    temperature: PositiveFloat = 0.2
