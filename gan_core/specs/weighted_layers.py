"""Dense layers and convolutions: the layers that are a product with a weight, plus a bias."""

from gan_core.errors import SpecError
from gan_core.specs.initializers import GlorotUniform, Initializer, Zeros
from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import NonNegativeInt, PositiveInt


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
