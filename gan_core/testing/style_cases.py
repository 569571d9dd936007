"""Settings of the layers of styles, and of equalised learning rates, as small networks by telling names."""

from typing import Any

import msgspec

from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.style_blocks import StyledConv
from gan_core.specs.style_layers import AddNoise, Bias, LearnedConstant, ModulatedConv, StyleMixing
from gan_core.testing.subjects import of_layers

IMAGE = (2, 3, 4)
FEATURES = (3,)
MODULATED = {
    "modulated_conv": ModulatedConv(channels=3),
    "modulated_conv-up-equalised": ModulatedConv(channels=3, scale="up", equalised=0.5, epsilon=0.1),
    "modulated_conv-up-even-plain": ModulatedConv(channels=1, kernel=2, scale="up", demodulate=False),
    "modulated_conv-k1-plain": ModulatedConv(channels=3, kernel=1, demodulate=False, equalised=1.0),
}


def style_networks() -> dict[str, Network]:
    """Return the networks by their names; all but those of `KINKED` are smooth."""
    image = Input(kind="data", shape=IMAGE)
    noise = Input(kind="latent", shape=(1, *IMAGE[1:]))
    stride = L.ConvTranspose(channels=3, kernel=3, stride=2, padding_end=1, equalised=2.0)
    return {
        "equalised-dense": of_layers(L.Dense(units=2, equalised=0.01), shape=FEATURES),
        "equalised-dense-no-bias": of_layers(L.Dense(units=2, bias=False, equalised=1.0), shape=FEATURES),
        "equalised-conv": of_layers(L.Conv(channels=3, kernel=3, padding=1, equalised=1.0), shape=IMAGE),
        "equalised-conv-groups": of_layers(L.Conv(channels=4, kernel=2, groups=2, equalised=0.5), shape=IMAGE),
        "equalised-conv_transpose": of_layers(stride, shape=IMAGE),
        "blur-gain": of_layers(L.Blur(weights=(1, 3, 3, 1), gain=4.0), shape=IMAGE),
        "bias-2d": of_layers(Bias(), shape=FEATURES),
        "bias-4d": of_layers(Bias(), shape=IMAGE),
        "add_noise": Network(inputs={"x": image, "noise": noise}, layers=(AddNoise(inputs=("x", "noise")),)),
        "learned_constant": of_layers(LearnedConstant(shape=IMAGE), L.Flatten(), L.Dense(units=2), shape=FEATURES),
        "style_mixing": of_layers(StyleMixing(layers=4), shape=(3, 1, 2)),
        "style_mixing-half": of_layers(StyleMixing(layers=2, chance=0.5), shape=(2, 1, 2)),
        "style_mixing-never": of_layers(StyleMixing(layers=3, chance=0.0), shape=(2, 1, 2)),
        "styled_conv-up": _styled(scale="up"),
        "styled_conv-to-image": _styled(kernel=1, demodulate=False, activation=False, noise=""),
    } | {name: _modulated(layer) for name, layer in MODULATED.items()}


KINKED = ("styled_conv-up",)  # their inputs must keep away from 0


def _modulated(layer: ModulatedConv) -> Network:
    inputs = {"x": Input(kind="data", shape=IMAGE), "code": Input(kind="data", shape=FEATURES)}
    style = L.Dense(units=IMAGE[0], name="style", inputs=("code",))
    return Network(inputs=inputs, layers=(style, msgspec.structs.replace(layer, inputs=("x", "style"))))


def _styled(**settings: Any) -> Network:
    inputs = {
        "x": Input(kind="data", shape=(2, 2, 2)),
        "styles": Input(kind="data", shape=(6,)),
        "noise": Input(kind="latent", shape=(20,)),
    }
    given: dict[str, Any] = {
        "channels": 2,
        "styles": "styles",
        "style": 1,
        "features": 3,
        "noise": "noise",
        "noise_start": 4,
    }
    return Network(inputs=inputs, layers=(StyledConv(**(given | settings)),))
