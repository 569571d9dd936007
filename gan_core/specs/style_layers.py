"""Layers of generators that are told by styles what to make (StyleGAN2; Karras et al. 2020, arXiv:1912.04958)."""

from typing import Annotated, ClassVar, Literal

import msgspec

from gan_core.errors import SpecError
from gan_core.specs.initializers import Initializer, Normal, Zeros
from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import PositiveFloat, PositiveInt, Share
from gan_core.specs.weighted_layers import Conv, ConvTranspose


class ModulatedConv(LayerSpec, frozen=True, kw_only=True):
    """A convolution with other weights for each sample: eq. 1–3 of the paper, of two inputs (x, style).

    x [N, C, H, W], style [N, C]. The weights of a sample are w'_oik = s_i w_oik, demodulated w'_oik / √(Σ_ik w'_oik² +
    epsilon). That is the same as one convolution for all samples, of x · s, whose output is divided by √(Σ_i s_i² Σ_k
    w_oik² + epsilon): so no weights of single samples are ever made.

    scale: "none" keeps the sides. "up" is the transposed convolution with a stride of 2, H' = 2 H + kernel − 2, which a
        `Blur` and a `Crop` are to follow; its weight is [C, channels, kernel, kernel].
    demodulate: whether the output has a variance of about 1 whatever the style. equalised: as in `Conv`.
    """

    channels: PositiveInt
    kernel: Annotated[int, msgspec.Meta(ge=1, le=15)] = 3
    scale: Literal["none", "up"] = "none"
    demodulate: bool = True
    epsilon: PositiveFloat = 1e-8
    equalised: PositiveFloat | None = None
    weight_init: Initializer = Normal(standard_deviation=1.0)

    def check(self) -> None:
        """Without a stride the sides stay only where the kernel has a middle."""
        if self.scale == "none" and self.kernel % 2 == 0:
            raise SpecError(f"modulated_conv.kernel: expected an odd number, so that the sides stay, got {self.kernel}")

    @property
    def plain(self) -> Conv | ConvTranspose:
        """The convolution that all samples share."""
        start = self.weight_init
        if self.equalised is not None and start == Normal(standard_deviation=1.0):
            start = Normal(standard_deviation=1 / self.equalised)
        if self.scale == "up":
            return ConvTranspose(
                channels=self.channels,
                kernel=self.kernel,
                stride=2,
                bias=False,
                weight_init=start,
                equalised=self.equalised,
            )
        return Conv(
            channels=self.channels,
            kernel=self.kernel,
            padding=self.kernel // 2,
            bias=False,
            weight_init=start,
            equalised=self.equalised,
        )


class Bias(LayerSpec, frozen=True, kw_only=True):
    """x + b, with one learned number b a channel or feature: a bias that is not added where the weights are."""

    bias_init: Initializer = Zeros()


class LearnedConstant(LayerSpec, frozen=True, kw_only=True):
    """A learned array [*shape], the same for all samples, whatever its input is: where a styled generator begins."""

    shape: tuple[PositiveInt, ...]
    weight_init: Initializer = Normal(standard_deviation=1.0)


class AddNoise(LayerSpec, frozen=True, kw_only=True):
    """x + strength · noise, of two inputs (x [N, C, H, W], noise [N, 1, H, W]), with one learned strength, 0 at first.

    Karras et al. 2019 (arXiv:1812.04948, section 3.2): what is left to chance, such as where hairs fall. The noise is a
    latent input of the network, or a part of one, so that it is drawn in training and in sampling alike.
    """

    weight_init: Initializer = Zeros()


class StyleMixing(LayerSpec, frozen=True, kw_only=True):
    """The styles of all layers, [N, layers · F], from two mapped latents side by side, [N, F, 1, 2].

    Karras et al. 2019 (arXiv:1812.04948, section 3.1): in training a share of the samples has the first latent's style
    up to some layer, drawn anew for each, and the second's from there on, so that a style tells a layer nothing of the
    next. In evaluation mode all layers have the first one's.

    chance: the share of samples that are mixed.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("chance",)

    layers: Annotated[int, msgspec.Meta(ge=2)]
    chance: Share = 0.9
