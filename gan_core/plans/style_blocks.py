"""The layers that blocks of styles stand for; their rules join those of `blocks`."""

import math

from gan_core.errors import SpecError, nearest
from gan_core.plans.blocks import Surroundings, expand_block, expect_image
from gan_core.specs import layers as L
from gan_core.specs.initializers import Ones
from gan_core.specs.style_blocks import StyledConv
from gan_core.specs.style_layers import AddNoise, Bias, ModulatedConv


@expand_block.register
def _styled_conv(block: StyledConv, around: Surroundings) -> tuple[L.Layer, ...]:
    expect_image(around)
    _check_latents(block, around)
    part, sides = around.part, around.shape[1:]
    layers: list[L.Layer] = [
        L.Slice(name=part("style"), inputs=(block.styles,), start=block.style * block.features, count=block.features),
        L.Dense(
            name=part("affine"),
            inputs=(part("style"),),
            units=around.shape[0],
            bias_init=Ones(),
            equalised=block.equalised,
        ),
        ModulatedConv(
            name=part("conv"),
            inputs=(around.reads, part("affine")),
            channels=block.channels,
            kernel=block.kernel,
            scale=block.scale,
            demodulate=block.demodulate,
            equalised=block.equalised,
        ),
    ]
    if block.scale == "up":
        layers.append(L.Blur(name=part("blur"), inputs=(layers[-1].name,), weights=block.blur, gain=4.0))
        if more := block.kernel - 2:
            before = max(0, more - 1) // 2
            layers.append(L.Crop(name=part("crop"), inputs=(layers[-1].name,), before=before, after=more - before))
        sides = (2 * sides[0], 2 * sides[1])
    if block.noise:
        last, count = layers[-1].name, math.prod(sides)
        layers += [
            L.Slice(name=part("numbers"), inputs=(block.noise,), start=block.noise_start, count=count),
            L.Reshape(name=part("image"), inputs=(part("numbers"),), shape=(1, *sides)),
            AddNoise(name=part("noise"), inputs=(last, part("image"))),
        ]
    ends = part("bias") if block.activation else around.name
    layers.append(Bias(name=ends, inputs=(layers[-1].name,)))
    if block.activation:
        layers.append(L.LeakyReLU(name=part("activation"), inputs=(ends,)))
        layers.append(L.Scale(name=around.name, inputs=(part("activation"),), factor=math.sqrt(2)))
    return tuple(layers)


def _check_latents(block: StyledConv, around: Surroundings) -> None:
    """Raise `SpecError` unless what styles and noise are taken from stands before the block as numbers in a row."""
    for field, name in (("styles", block.styles), *((("noise", block.noise),) if block.noise else ())):
        if name not in around.shapes:
            raise SpecError(f"{field}: '{name}' does not stand before it{nearest(name, around.shapes)}")
        if len(around.shapes[name]) != 1:
            raise SpecError(f"{field}: '{name}' has the shape {list(around.shapes[name])}; expected [numbers]")
