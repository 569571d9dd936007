"""Layers that change images or sounds at random in training, each sample by itself, within a discriminator.

Real and generated samples, and the generator's gradient, go through them; in evaluation mode they do nothing. What they
draw is the same in every framework.
"""

from typing import Annotated, ClassVar

import msgspec

from gan_core.errors import SpecError
from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import NonNegativeFloat, PositiveInt, Share


class Augmentation(LayerSpec, frozen=True, kw_only=True):
    """Base of the augmentations, of images [N, C, H, W] that keep their shape.

    chance: the share of samples that are changed. adaptive: whether `chance` is where it starts, and an
        `AdaptiveAugmentation` among the terms of the discriminator's objective moves it from there.
    """

    is_base: ClassVar[bool] = True
    left_out_if_default: ClassVar[tuple[str, ...]] = ("chance", "adaptive")

    chance: Share = 1.0
    adaptive: bool = False


class RandomColour(Augmentation, frozen=True, kw_only=True):
    """Zhao et al. 2020 (arXiv:2006.10738, "colour"): another brightness, then saturation, then contrast.

    x + b; then c (x − m) + m with m the mean of a pixel's channels; then k (x − m) + m with m the mean of the sample.

    brightness: b ~ U(−brightness, brightness). saturation: c ~ U(1 − saturation, 1 + saturation). contrast: likewise
    k. The defaults are those of the authors' code, for values in [−1, 1].
    """

    brightness: NonNegativeFloat = 0.5
    saturation: Share = 1.0
    contrast: Share = 0.5


class RandomTranslation(Augmentation, frozen=True, kw_only=True):
    """Zhao et al. 2020 (arXiv:2006.10738, "translation"): moved by whole pixels, with zeros from beyond the edge.

    share: of a side, up to which it moves, each way and along each axis as likely.
    """

    share: Share = 0.125


class RandomCutout(Augmentation, frozen=True, kw_only=True):
    """Zhao et al. 2020 (arXiv:2006.10738, "cutout"; DeVries, Taylor 2017, arXiv:1708.04552): a rectangle of zeros.

    share: of a side, that the rectangle has; its centre is anywhere in the image, and what lies beyond an edge is cut.
    """

    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5


class RandomFlip(Augmentation, frozen=True, kw_only=True):
    """Mirrored, left for right, half the time (Karras et al. 2020, arXiv:2006.06676, "pixel blitting")."""


class RandomQuarterTurn(Augmentation, frozen=True, kw_only=True):
    """Turned by 0, 90, 180 or 270 degrees (Karras et al. 2020, arXiv:2006.06676, "pixel blitting"); squares alone."""


class RandomRotation(Augmentation, frozen=True, kw_only=True):
    """Turned about its middle, reflected at the edges (Karras et al. 2020, arXiv:2006.06676, "geometric"); squares.

    Three shears (Paeth 1986), each of which moves rows or columns and reads between two pixels.

    degrees: up to which it is turned, each way and as likely. After a `RandomQuarterTurn`, 45 is any angle.
    """

    degrees: Annotated[float, msgspec.Meta(gt=0, le=45)] = 45.0


class RandomZoom(Augmentation, frozen=True, kw_only=True):
    """Made larger or smaller about its middle, reflected at the edges (Karras et al. 2020, "geometric").

    By 2^(deviation · n) with n of N(0, 1); pixels are read between their neighbours, and passed over where it becomes
    smaller.

    stretch: whether the width becomes larger by as much as the height becomes smaller, in place of both alike.
    """

    deviation: Annotated[float, msgspec.Meta(gt=0, le=0.25)] = 0.2
    stretch: bool = False


class PhaseShuffle(Augmentation, frozen=True, kw_only=True):
    """Donahue et al. 2019 (arXiv:1802.04208, section 3.3): moved along the width, with its reflection from beyond.

    So a discriminator of sounds [C, 1, length] cannot tell generated ones by the phase of what transposed convolutions
    leave. In the authors' code all samples of a call move alike; here each by itself.

    shift: pixels, up to which it moves, each way and as likely.
    """

    shift: PositiveInt = 2


def check_changes(layer: Augmentation) -> None:
    """Raise `SpecError` for an augmentation that never changes a sample."""
    if layer.chance == 0 and not layer.adaptive:
        raise SpecError("chance: 0 changes nothing; leave the layer out, or set adaptive = true")
