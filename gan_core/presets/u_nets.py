"""Networks of translations from pairs: generators that copy detail across (U-Nets), and judges of patches."""

import math
from collections.abc import Callable, Mapping, Sequence

import msgspec

from gan_core.errors import SpecError
from gan_core.presets.convolutional import SCALE_NORMAL, SMALL_NORMAL
from gan_core.presets.pictures import scaled
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network

Norm = Callable[[], L.Layer]
PATCHES = {16: 1, 34: 2, 70: 3, 142: 4}  # side of a patch in pixels → convolutions that halve


def batch_norm() -> L.Layer:
    """Return batch norm as pix2pix starts it, its scales from N(1, .02)."""
    return L.BatchNorm(scale_init=SCALE_NORMAL)


def instance_norm() -> L.Layer:
    """Return what that batch norm is in batches of one sample: scales and biases, the sample's own statistics."""
    return L.InstanceNorm(affine=True, scale_init=SCALE_NORMAL)


def u_net_channels(size: int, width: float, first: int = 64, most: int = 512) -> list[int]:
    """Return the channels of a U-Net that halves a picture of `size` pixels down to one pixel.

    64-128-256-512-512 … as in pix2pix. Raises `SpecError` unless `size` is 8, 16, 32 …
    """
    halvings = round(math.log2(size))
    if size != 2**halvings or halvings < 3:
        raise SpecError(f"size: expected 8, 16, 32, 64 … (the U-Net halves the side down to 1), got {size}")
    return [scaled(min(first * 2**level, most), width) for level in range(halvings)]


def u_net(
    inputs: Mapping[str, Input],
    entrance: Sequence[L.Layer],
    channels: Sequence[int],
    made: int,
    norm: Norm,
    dropouts: int = 0,
) -> Network:
    """Return the generator of pix2pix (Isola et al. 2017, arXiv:1611.07004, section 6.1.1).

    Strided convolutions halve the picture down to one pixel, transposed ones double it again, and what the way down
    held at a size joins the way up there. The norm stands in all layers but the first, the innermost and the last. What
    is joined is joined before leaky ReLU .2 (down) and ReLU (up).

    inputs, entrance: of the network, and the layers, if any, that make one picture of them. channels: of each halving.
    made: the channels of the output, which is in −1 … 1. dropouts: the number of innermost doublings with dropout .5,
    the generator's noise.
    """
    deepest = len(channels)
    layers: list[L.Layer] = [*entrance, _halving(channels[0], bias=True, name="down_1")]
    for level, count in enumerate(channels[1:], start=2):
        layers.append(L.LeakyReLU(slope=0.2))
        if level == deepest:
            layers.append(_halving(count, bias=True))
        else:
            layers += [_halving(count, bias=False), renamed(norm(), f"down_{level}")]
    for level in range(deepest - 1, 0, -1):
        layers += [L.ReLU(), _doubling(channels[level - 1], bias=False), norm()]
        if deepest - level <= dropouts:
            layers.append(L.Dropout(rate=0.5))
        layers[-1] = renamed(layers[-1], f"up_{level}")
        layers.append(L.Concat(inputs=(f"up_{level}", f"down_{level}")))
    layers += [L.ReLU(), _doubling(made, bias=True), L.Tanh()]
    return Network(inputs=dict(inputs), layers=tuple(layers))


def patch_judge(
    inputs: Mapping[str, Input], entrance: Sequence[L.Layer], patch: int, width: float, norm: Norm
) -> Network:
    """Return the PatchGAN of Isola et al. 2017 (section 6.1.2): one logit for each patch of patch × patch pixels.

    C64-C128-C256-C512 for 70 pixels, the norm in all but the first, leaky ReLU .2. Raises `SpecError` for a side
    that no number of halvings gives.

    inputs, entrance: of the network, and the layers, if any, that make one picture of them.
    """
    if patch not in PATCHES:
        raise SpecError(f"patch: expected {', '.join(map(str, PATCHES))} pixels, got {patch}")
    layers: list[L.Layer] = [*entrance]
    for level in range(PATCHES[patch] + 1):
        count = scaled(64 * min(2**level, 8), width)
        stride = 2 if level < PATCHES[patch] else 1
        layers.append(_convolution(count, stride, bias=not level))
        layers += [*([norm()] if level else []), L.LeakyReLU(slope=0.2)]
    layers += [_convolution(1, 1, bias=True), L.Flatten()]
    return Network(inputs=dict(inputs), layers=tuple(layers))


def patch_for(size: int) -> int:
    """Return the side of the patches that cover as much of a picture as 70 pixels do of 256: 34 of 128, 16 of 64."""
    return next((patch for patch in (16, 34) if patch >= size * 70 / 256 - 2), 70)


def renamed(layer: L.Layer, name: str) -> L.Layer:
    """Return a layer under a name, by which others can read it."""
    return msgspec.structs.replace(layer, name=name)  # type: ignore[type-var]


def _halving(channels: int, bias: bool, name: str = "") -> L.Conv:
    convolution = _convolution(channels, 2, bias)
    return convolution if not name else renamed(convolution, name)  # type: ignore[return-value]


def _convolution(channels: int, stride: int, bias: bool) -> L.Conv:
    return L.Conv(channels=channels, kernel=4, stride=stride, padding=1, bias=bias, weight_init=SMALL_NORMAL)


def _doubling(channels: int, bias: bool) -> L.ConvTranspose:
    return L.ConvTranspose(channels=channels, kernel=4, stride=2, padding=1, bias=bias, weight_init=SMALL_NORMAL)
