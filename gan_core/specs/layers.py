"""The layers a network can be made of, as data.

Arrays are [N, C, H, W] (or [N, F]); N, the batch, is not part of a spec. Padding is explicit, in pixels.
A layer reads the layer before it unless `inputs` names others; `name` is given by position when left empty.
Weights are kept as PyTorch lays them out (dense [out, in], convolution [out, in, kH, kW]).
"""

from typing import Annotated, ClassVar, Literal

import msgspec

from gan_core.errors import SpecError
from gan_core.specs.initializers import GlorotUniform, Initializer, Normal, Ones, Zeros
from gan_core.specs.spec import Family, NonNegativeInt, PositiveFloat, PositiveInt, Share, Variant


class Layer(Family):
    """Base of the layers: what a network may contain."""

    __slots__ = ()
    name: str
    inputs: tuple[str, ...]


class LayerSpec(Variant, Layer, frozen=True, kw_only=True):
    """Base to derive a layer from: what every layer says of itself."""

    is_base: ClassVar[bool] = True

    name: Annotated[
        str,
        msgspec.Meta(pattern=r"^[A-Za-z0-9_]{0,64}\Z", description="up to 64 letters without accents, digits and _"),
    ] = ""
    inputs: tuple[str, ...] = ()


class _Weighted(LayerSpec, frozen=True, kw_only=True):
    bias: bool = True
    weight_init: Initializer = GlorotUniform()
    bias_init: Initializer = Zeros()
    spectral_norm: bool = False
    """Whether the weight is divided by its largest singular value (see `gan_core.operations.spectral`)."""


class Dense(_Weighted, frozen=True, kw_only=True):
    """y = x W^T + b on [N, F] → [N, units]."""

    units: PositiveInt


class _Convolution(_Weighted, frozen=True, kw_only=True):
    channels: PositiveInt
    kernel: PositiveInt
    stride: PositiveInt = 1
    padding: NonNegativeInt = 0
    padding_end: NonNegativeInt | None = None
    """Padding at the bottom and the right where it differs from the top and the left ('same' with an even kernel)."""

    @property
    def padding_before_after(self) -> tuple[int, int]:
        """Padding at the top/left and at the bottom/right, in pixels."""
        return self.padding, self.padding if self.padding_end is None else self.padding_end


class Conv(_Convolution, frozen=True, kw_only=True):
    """Cross-correlation: [N, C, H, W] → [N, channels, H', W'], H' = (H + padding − kernel) // stride + 1."""


class ConvTranspose(_Convolution, frozen=True, kw_only=True):
    """The gradient of `Conv` at its input: H' = (H − 1) stride + kernel − padding (both sides) + output_padding."""

    output_padding: NonNegativeInt = 0

    def check(self) -> None:
        """`output_padding` only chooses between sizes that one stride maps together."""
        if self.output_padding >= self.stride:
            raise SpecError(
                f"conv_transpose.output_padding: expected less than the stride {self.stride}, got {self.output_padding}"
            )


class BatchNorm(LayerSpec, frozen=True, kw_only=True):
    """Ioffe, Szegedy 2015 (arXiv:1502.03167), over all axes but the channels.

    running ← (1 − running_update_rate) running + running_update_rate · batch, at each call in training mode.
    `running_variance` says whether the variance kept for evaluation is the unbiased one (n − 1, PyTorch's)
    or the biased one (n, that of Keras and Paddle); training always divides by the biased one.
    """

    running_update_rate: Share = 0.1
    epsilon: PositiveFloat = 1e-5
    running_variance: Literal["unbiased", "biased"] = "unbiased"
    affine: bool = True
    scale_init: Initializer = Ones()


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
    """Sets a share `rate` of the values to 0 and divides the others by 1 − rate, in training only."""

    rate: Share = 0.5

    def check(self) -> None:
        """A rate of 1 would leave nothing."""
        if self.rate == 1:
            raise SpecError("dropout.rate: expected less than 1, got 1.0")


class Flatten(LayerSpec, frozen=True, kw_only=True):
    """[N, C, H, W] → [N, C·H·W], the width running fastest."""


class Reshape(LayerSpec, frozen=True, kw_only=True):
    """[N, …] → [N, *shape]."""

    shape: tuple[PositiveInt, ...]


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


class Embedding(LayerSpec, frozen=True, kw_only=True):
    """Labels [N] in 0 … classes − 1 → [N, units]: one learned row a class."""

    classes: PositiveInt
    units: PositiveInt
    weight_init: Initializer = Normal(standard_deviation=1.0)


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


class LayerNorm(LayerSpec, frozen=True, kw_only=True):
    """Ba, Kiros, Hinton 2016 (arXiv:1607.06450): mean 0 and (biased) variance 1 over all values of each sample.

    Scale and bias are one a channel, as in the code of WGAN-GP.
    """

    epsilon: PositiveFloat = 1e-5
    affine: bool = True
    scale_init: Initializer = Ones()


class InstanceNorm(LayerSpec, frozen=True, kw_only=True):
    """Ulyanov, Vedaldi, Lempitsky 2016 (arXiv:1607.08022): mean 0 and (biased) variance 1 over each channel's pixels.

    Of one sample on [N, C, H, W]; the same in training and in evaluation mode.
    """

    epsilon: PositiveFloat = 1e-5
    affine: bool = False
    scale_init: Initializer = Ones()
