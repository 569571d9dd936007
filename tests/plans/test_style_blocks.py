"""Layers and blocks of styles: their shapes, the factors of equalised weights, and what does not fit in a line."""

import math

import pytest

from gan_core.errors import SpecError
from gan_core.plans.plans import Plan, plan_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.style_blocks import StyledConv
from gan_core.specs.style_layers import AddNoise, ModulatedConv, StyleMixing

INPUTS = {
    "x": Input(kind="data", shape=(8, 4, 4)),
    "styles": Input(kind="latent", shape=(12,)),
    "noise": Input(kind="latent", shape=(64,)),
}


def planned(*layers: L.Layer) -> Plan:
    return plan_network("net", Network(inputs=INPUTS, layers=layers))


def styled(**settings: object) -> StyledConv:
    given = {"channels": 4, "styles": "styles", "style": 1, "features": 6, "noise": "noise"}
    return StyledConv(**(given | settings))  # type: ignore[arg-type]


def test_a_styled_convolution_is_its_layers():
    plan = planned(styled(name="one", scale="up"))

    words = ("style", "affine", "conv", "blur", "crop", "numbers", "image", "noise", "bias", "activation")
    assert [node.name for node in plan.nodes] == [*(f"one_{word}" for word in words), "one"]
    assert plan.output_shape == (4, 8, 8)
    assert plan.nodes[2].plan.output_shape == (4, 9, 9)


def test_without_noise_and_activation_it_ends_in_its_bias():
    plan = planned(styled(name="one", kernel=1, noise="", activation=False))

    assert [node.name for node in plan.nodes] == ["one_style", "one_affine", "one_conv", "one"]


def test_equalised_weights_are_divided_by_the_root_of_their_inputs():
    plan = planned(styled(name="one"), L.Flatten(), L.Dense(units=3, equalised=0.01))

    assert plan.factors == pytest.approx(
        {
            "one_affine.weight": 1 / math.sqrt(6),
            "one_conv.weight": 1 / math.sqrt(8 * 9),
            "dense_1.weight": 0.01 / math.sqrt(4 * 16),
            "dense_1.bias": 0.01,
        }
    )


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (lambda: styled(styles="style"), "styles: 'style' does not stand before it; did you mean 'styles'"),
        (lambda: styled(noise="x"), r"noise: 'x' has the shape \[8, 4, 4\]; expected \[numbers\]"),
        (lambda: styled(style=2), "takes 12 to 17 of 12 channels or features"),
        (lambda: styled(scale="up", kernel=1), "styled_conv.kernel: expected 2 or more"),
        (lambda: ModulatedConv(channels=2, kernel=2), "modulated_conv.kernel: expected an odd number"),
        (
            lambda: ModulatedConv(channels=2, inputs=("x", "styles")),
            r"a style \[channels\], got \[8, 4, 4\] and \[12\]",
        ),
        (lambda: AddNoise(inputs=("x", "styles")), "expected an image and noise of one channel"),
        (lambda: StyleMixing(layers=4), r"two latents side by side, \[features, 1, 2\], got the shape \[8, 4, 4\]"),
        (lambda: L.Dense(units=2, equalised=1.0, spectral_norm=True), "dense.equalised: spectral_norm takes"),
    ],
)
def test_what_does_not_fit_is_told_in_a_line(layer, words):
    with pytest.raises(SpecError, match=words):
        planned(layer())
