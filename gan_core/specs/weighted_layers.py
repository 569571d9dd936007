"""Dense layers and convolutions: the layers that are a product with a weight, plus a bias."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import msgspec

from gan_core.errors import SpecError
from gan_core.specs.initializers import GlorotUniform, Initializer, Zeros
from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import NonNegativeInt, PositiveFloat, PositiveInt, variant_name

# Not tuple[…, …]: msgspec 0.22 crashes on a fixed tuple beside a bounded number.
TWO = msgspec.Meta(min_length=2, max_length=2)
Size = PositiveInt | Annotated[tuple[PositiveInt, ...], TWO]
Pixels = NonNegativeInt | Annotated[tuple[NonNegativeInt, ...], TWO]


class _Weighted(LayerSpec, frozen=True, kw_only=True):
    left_out_if_default: ClassVar[tuple[str, ...]] = ("equalised",)

    bias: bool = True
    weight_init: Initializer = GlorotUniform()
    bias_init: Initializer = Zeros()
    spectral_norm: bool = False
    """Whether the weight is divided by its largest singular value (see `gan_core.operations.spectral`)."""
    equalised: PositiveFloat | None = None
    """Equalised learning rate (Karras et al. 2018, arXiv:1710.10196, section 4.1): each call uses equalised / √fan_in
    times the weight and `equalised` times the bias, so that Adam moves every layer at the same pace. A number below 1
    slows a layer down. A weight whose `weight_init` is left out then starts as N(0, 1 / equalised²). None: both are
    used as they are."""

    def check(self) -> None:
        """What spectral norm divides has no scale that could be equalised."""
        if self.equalised is not None and self.spectral_norm:
            word = variant_name(type(self).__name__)
            raise SpecError(f"{word}.equalised: spectral_norm takes the weight's scale away again; choose one of both")


class Dense(_Weighted, frozen=True, kw_only=True):
    """y = x W^T + b on [N, F] → [N, units], or on each step of a series, [N, T, F] → [N, T, units].

    equalised: each call uses equalised / √F times the weight and `equalised` times the bias: an equalised learning rate
    (Karras et al. 2018, arXiv:1710.10196, section 4.1). The weight then starts as N(0, 1 / equalised²), unless
    `weight_init` says otherwise.
    """

    units: PositiveInt


class _Convolution(_Weighted, frozen=True, kw_only=True):
    """What both kinds of convolutions say; a size is one number for both axes, or [rows, columns].

    padding, padding_end: pixels at the top and the left, and at the bottom and the right where that differs ('same'
    with an even kernel). dilation: from one pixel that the kernel reads to the next, in pixels (Yu, Koltun 2016,
    arXiv:1511.07122). groups: the channels are divided into as many groups of neighbours, each convolved by itself
    (Krizhevsky et al. 2012); as many groups as channels is a depthwise convolution.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("dilation", "groups", "equalised")

    channels: PositiveInt
    kernel: Size
    stride: Size = 1
    padding: Pixels = 0
    padding_end: Pixels | None = None
    dilation: Size = 1
    groups: PositiveInt = 1

    @property
    def padding_before(self) -> tuple[int, int]:
        """Padding at the top and at the left, in pixels."""
        return pair(self.padding)

    @property
    def padding_after(self) -> tuple[int, int]:
        """Padding at the bottom and at the right, in pixels."""
        return self.padding_before if self.padding_end is None else pair(self.padding_end)

    @property
    def reach(self) -> tuple[int, int]:
        """Rows and columns from the first to the last that the kernel reads, in pixels."""
        rows, columns = (
            (size - 1) * step + 1 for size, step in zip(pair(self.kernel), pair(self.dilation), strict=True)
        )
        return rows, columns

    def check(self) -> None:
        """Every group makes as many channels."""
        super().check()
        if self.channels % self.groups:
            word = variant_name(type(self).__name__)
            raise SpecError(f"{word}.groups: expected a divisor of the {self.channels} channels, got {self.groups}")


class Conv(_Convolution, frozen=True, kw_only=True):
    """Cross-correlation: [N, C, H, W] → [N, channels, H', W'].

    H' = (H + padding − (kernel − 1) dilation − 1) // stride + 1, padding of both sides. The weight is
    [channels, C / groups, kH, kW]. padding_mode: whether the padding is zeros, the image reflected at its edge (which
    is not repeated), or its edge repeated. equalised: as in `Dense`, with the weights of one output in F's place.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("dilation", "groups", "padding_mode", "equalised")

    padding_mode: Literal["zeros", "reflect", "replicate"] = "zeros"


class ConvTranspose(_Convolution, frozen=True, kw_only=True):
    """The gradient of `Conv` at its input: [N, C, H, W] → [N, channels, H', W'].

    H' = (H − 1) stride + (kernel − 1) dilation + 1 − padding (both sides) + output_padding. The weight is
    [C, channels / groups, kH, kW].
    """

    output_padding: Pixels = 0

    def check(self) -> None:
        """`output_padding` only chooses between sizes that one stride maps together."""
        super().check()
        if any(more >= step for more, step in zip(pair(self.output_padding), pair(self.stride), strict=True)):
            raise SpecError(
                "conv_transpose.output_padding: expected less than the stride "
                f"{described(self.stride)}, got {described(self.output_padding)}"
            )


def pair(size: int | Sequence[int]) -> tuple[int, int]:
    """Rows and columns of a size that may be one number for both."""
    rows, columns = (size, size) if isinstance(size, int) else size
    return rows, columns


def described(size: int | Sequence[int]) -> str:
    """A size in words: "3", "3×5"."""
    return str(size) if isinstance(size, int) else "×".join(map(str, size))
