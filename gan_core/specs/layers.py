"""The layers a network can be made of, as data.

Arrays are [N, C, H, W], [N, F], or [N, T, F] for series of T steps; N, the batch, is not part of a spec. Padding is
explicit, in pixels.
A layer reads the layer before it unless `inputs` names others ("previous" among them stands for it: an `Add` of
["previous", "start"] closes a residual block); `name` is given by position when left empty.
Weights are kept as PyTorch lays them out (dense [out, in], convolution [out, in, kH, kW]).
"""

from typing import ClassVar, Literal

from gan_core.errors import SpecError
from gan_core.specs.augmenting_layers import (
    PhaseShuffle,
    RandomColour,
    RandomCutout,
    RandomFlip,
    RandomQuarterTurn,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from gan_core.specs.image_layers import (
    AveragePool,
    Blur,
    Crop,
    GlobalPool,
    MaxPool,
    Pad,
    PixelShuffle,
    Resize,
    Upsample,
    WithinEdges,
)
from gan_core.specs.initializers import Initializer, Normal, Zeros
from gan_core.specs.layer_base import Layer, LayerSpec
from gan_core.specs.norm_layers import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, MinibatchDeviation, PixelNorm
from gan_core.specs.recurrent_layers import GRU, LSTM
from gan_core.specs.spec import NonNegativeInt, PositiveInt, Share
from gan_core.specs.weighted_layers import Conv, ConvTranspose, Dense

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "Add",
    "Attention",
    "AveragePool",
    "BatchNorm",
    "Blur",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Crop",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "Gain",
    "GlobalPool",
    "GroupNorm",
    "InstanceNorm",
    "Layer",
    "LayerNorm",
    "LayerSpec",
    "LeakyReLU",
    "MaxPool",
    "Maxout",
    "MinibatchDeviation",
    "MinibatchDiscrimination",
    "Modulate",
    "Multiply",
    "OneHot",
    "PReLU",
    "Pad",
    "PhaseShuffle",
    "PixelNorm",
    "PixelShuffle",
    "RandomColour",
    "RandomCutout",
    "RandomFlip",
    "RandomQuarterTurn",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "Reshape",
    "Resize",
    "Scale",
    "SiLU",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Tanh",
    "Upsample",
    "WithinEdges",
]


class ReLU(LayerSpec, frozen=True, kw_only=True):
    """max(x, 0)."""


class LeakyReLU(LayerSpec, frozen=True, kw_only=True):
    """x where x > 0, else slope · x."""

    slope: Share = 0.2


class ELU(LayerSpec, frozen=True, kw_only=True):
    """x where x > 0, else exp(x) − 1."""


class Tanh(LayerSpec, frozen=True, kw_only=True):
    """Hyperbolic tangent."""


class Sigmoid(LayerSpec, frozen=True, kw_only=True):
    """1 / (1 + exp(−x))."""


class Dropout(LayerSpec, frozen=True, kw_only=True):
    """Sets a share `rate` of the values to 0 and divides the others by 1 − rate, in training only.

    per_channel: whether a channel of an image [C, H, W] is kept or dropped as a whole (Tompson et al. 2015,
    arXiv:1411.4280, section 3.2; PyTorch's Dropout2d): neighbouring pixels say nearly the same.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("per_channel",)

    rate: Share = 0.5
    per_channel: bool = False

    def check(self) -> None:
        """A rate of 1 would leave nothing."""
        if self.rate == 1:
            raise SpecError("dropout.rate: expected less than 1, got 1.0")


class Flatten(LayerSpec, frozen=True, kw_only=True):
    """[N, C, H, W] → [N, C·H·W], the width running fastest."""


class Reshape(LayerSpec, frozen=True, kw_only=True):
    """[N, …] → [N, *shape]."""

    shape: tuple[PositiveInt, ...]


class Embedding(LayerSpec, frozen=True, kw_only=True):
    """Labels [N] in 0 … classes − 1 → [N, units]: one learned row a class."""

    classes: PositiveInt
    units: PositiveInt
    weight_init: Initializer = Normal(standard_deviation=1.0)


class OneHot(LayerSpec, frozen=True, kw_only=True):
    """Labels [N] in 0 … classes − 1 → [N, classes]: 1 at the label, else 0, to be joined to what a network reads."""

    classes: PositiveInt


class Concat(LayerSpec, frozen=True, kw_only=True):
    """Joins its inputs along the features [N, F] or the channels [N, C, H, W]."""


class Add(LayerSpec, frozen=True, kw_only=True):
    """Sum of its inputs, all of one shape."""


class Scale(LayerSpec, frozen=True, kw_only=True):
    """factor · x."""

    factor: float

    def check(self) -> None:
        """A factor of 0 would cut the network."""
        if self.factor == 0:
            raise SpecError("scale.factor: expected a number other than 0")


class Maxout(LayerSpec, frozen=True, kw_only=True):
    """Goodfellow et al. 2013 (arXiv:1302.4389): the largest of `pieces` neighbours.

    [N, units · pieces] → [N, units], or the same with channels: output j is the maximum over the inputs
    j · pieces … j · pieces + pieces − 1. Of equal values the first counts.
    """

    pieces: PositiveInt = 2


class MinibatchDiscrimination(LayerSpec, frozen=True, kw_only=True):
    """Salimans et al. 2016 (arXiv:1606.03498, section 3.2): how near a sample is to the others of its batch.

    With M_i = x_i T, T of [F, B, C]: o_b(x_i) = Σ_{j≠i} exp(−‖M_ib − M_jb‖₁), on [N, F] → [N, B]. The paper joins the
    result to x; a `Concat` does that.
    """

    kernels: PositiveInt = 32
    dimensions: PositiveInt = 5
    weight_init: Initializer = Normal(standard_deviation=1.0)


class PReLU(LayerSpec, frozen=True, kw_only=True):
    """He et al. 2015 (arXiv:1502.01852): x where x > 0, else slope · x, with a learned slope a channel."""

    slope_init: Initializer = Normal(mean=0.25, standard_deviation=0.0)


class SiLU(LayerSpec, frozen=True, kw_only=True):
    """x / (1 + exp(−x)) (Elfwing et al. 2018, arXiv:1702.03118; "swish")."""


class GELU(LayerSpec, frozen=True, kw_only=True):
    """x · Φ(x), Φ the distribution function of N(0, 1) (Hendrycks, Gimpel 2016, arXiv:1606.08415).

    form: "exact", or the paper's approximation ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))) where "tanh" is said.
    """

    form: Literal["exact", "tanh"] = "exact"


class Softmax(LayerSpec, frozen=True, kw_only=True):
    """exp(x) over its sum over the features [N, F], or over the channels of each pixel [N, C, H, W]."""


class Multiply(LayerSpec, frozen=True, kw_only=True):
    """Product of its inputs, all of one shape."""


class Modulate(LayerSpec, frozen=True, kw_only=True):
    """x · (1 + scale) + shift, of three inputs (x, scale, shift): what makes a norm conditional.

    scale, shift: one number a channel, [N, C], or one a value, of the shape of x. After a batch norm without scale and
    bias it is conditional batch norm (de Vries et al. 2017, arXiv:1707.00683), after an instance norm AdaIN (Huang,
    Belongie 2017, arXiv:1703.06868), with maps SPADE (Park et al. 2019, arXiv:1903.07291).
    """


class Gain(LayerSpec, frozen=True, kw_only=True):
    """gain · x, with one learned number that starts at 0: how much of a branch is let in (γ of SAGAN)."""

    weight_init: Initializer = Zeros()


class Attention(LayerSpec, frozen=True, kw_only=True):
    """Each pixel's mean of all values, weighted by how well its query fits their keys.

    Of three inputs: queries [N, c, H, W], keys [N, c, h, w], values [N, d, h, w] → [N, d, H, W]; the weights of a pixel
    are the softmax of its query's products with all keys (Zhang et al. 2019, arXiv:1805.08318, where convolutions of
    1×1 make the three). scaled: whether the products are divided by √c (Vaswani et al. 2017, arXiv:1706.03762).
    """

    scaled: bool = False


class Slice(LayerSpec, frozen=True, kw_only=True):
    """The features or channels `start` … `start` + `count` − 1."""

    start: NonNegativeInt = 0
    count: PositiveInt
