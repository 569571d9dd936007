"""Blocks: a few layers that are named as one, in a file and in a line; a network's plan has the layers themselves.

The parts of a block "up" are called ``up_conv_1``, ``up_norm_1`` and so on; its output has the block's own name. A
condition is the name of an input with labels, or of a layer or latent of the shape [features].
"""

from typing import ClassVar, Literal

from gan_core.errors import SpecError
from gan_core.specs.initializers import GlorotUniform, Initializer, Zeros
from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import PositiveFloat, PositiveInt, Share


class Block(LayerSpec, frozen=True, kw_only=True):
    """Base of the blocks."""

    is_base: ClassVar[bool] = True


class ConditionalNorm(Block, frozen=True, kw_only=True):
    """Batch norm, or instance norm, whose scale and bias depend on a class or on features: norm(x) · (1 + γ) + β.

    de Vries et al. 2017 (arXiv:1707.00683), Miyato, Koyama 2018 (arXiv:1802.05637). γ and β of a label are a row a
    class, of features a dense layer without bias.

    condition: what they depend on. spectral_norm: of the dense layers, where features are the condition.
    weight_init: of the rows, or of the dense layers; spectral norm needs another than zeros.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("weight_init",)

    condition: str
    norm: Literal["batch", "instance"] = "batch"
    epsilon: PositiveFloat = 1e-5
    spectral_norm: bool = False
    weight_init: Initializer = Zeros()


class Residual(Block, frozen=True, kw_only=True):
    """Two convolutions of 3×3 beside a shortcut (He et al. 2016, arXiv:1603.05027), as GANs have them.

    norm, ReLU, convolution, norm, ReLU, convolution, plus x (Gulrajani et al. 2017, arXiv:1704.00028; Miyato et al.
    2018, arXiv:1802.05957). The shortcut is x itself where the shape stays, else a convolution of 1×1.

    channels: of the output. hidden: between the two convolutions; by default as many.
    scale: "up" repeats pixels before the first convolution, "down" averages 2×2 after the last one.
    norm: "none" for most discriminators. condition: makes both norms conditional, see `ConditionalNorm`.
    slope: of a leaky ReLU; 0 is ReLU.
    bias: of the last convolution and of the shortcut. A norm after the last block of a generator takes those of all its
        blocks away again, so that they are best left out there.
    first: without the first norm and ReLU, for the block that reads an image.
    weight_init, shortcut_init: of the convolutions of 3×3, and of the one of 1×1.
    epsilon: of the norms.
    condition_init, condition_spectral_norm: of what the norms make of a condition, as in `ConditionalNorm`.
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("epsilon", "condition_init", "condition_spectral_norm")

    channels: PositiveInt
    hidden: PositiveInt | None = None
    scale: Literal["none", "up", "down"] = "none"
    norm: Literal["none", "batch", "instance"] = "none"
    condition: str = ""
    slope: Share = 0.0
    bias: bool = True
    first: bool = False
    spectral_norm: bool = False
    weight_init: Initializer = GlorotUniform()
    shortcut_init: Initializer = GlorotUniform()
    epsilon: PositiveFloat = 1e-5
    condition_init: Initializer = Zeros()
    condition_spectral_norm: bool = False

    def check(self) -> None:
        """A condition needs a norm."""
        if self.condition and self.norm == "none":
            raise SpecError('residual.condition: needs a norm that it can change; set norm = "batch", or leave it out')


class SelfAttention(Block, frozen=True, kw_only=True):
    """x + γ · (attention over all pixels), γ starting at 0 (Zhang et al. 2019, arXiv:1805.08318, eq. 3).

    Queries and keys have 1/reduction of the channels. pooled: whether keys and values are the largest of 2×2 pixels,
    and values half of the channels, as in the authors' code; else values have all channels, as in the paper.
    """

    reduction: PositiveInt = 8
    pooled: bool = True
    spectral_norm: bool = False
    weight_init: Initializer = GlorotUniform()


class Projection(Block, frozen=True, kw_only=True):
    """v · x + b + (row of the class) · x, [N, F] → [N, 1]: a discriminator told the class (Miyato, Koyama 2018).

    arXiv:1802.05637, eq. 3; condition: the class. weight_init: of both.
    """

    condition: str
    bias: bool = True
    spectral_norm: bool = False
    weight_init: Initializer = GlorotUniform()
