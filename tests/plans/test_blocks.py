"""Blocks are their layers: the plan has each part by name, and what does not fit is refused in a line."""

import pytest

from gan_core.errors import SpecError
from gan_core.experiments.describe import describe
from gan_core.experiments.files import from_text, to_toml, with_changes
from gan_core.experiments.initial_values import all_initial_values
from gan_core.plans.plans import Plan, plan_network
from gan_core.presets import preset
from gan_core.specs import layers as L
from gan_core.specs.blocks import ConditionalNorm, Projection, Residual, SelfAttention
from gan_core.specs.initializers import Orthogonal
from gan_core.specs.networks import Input, Network

IMAGE = (8, 4, 4)


def planned(*layers: L.Layer, shape: tuple[int, ...] = IMAGE) -> Plan:
    inputs = {"x": Input(kind="data", shape=shape), "label": Input(kind="label", classes=5)}
    return plan_network("net", Network(inputs=inputs, layers=layers))


def names(plan: Plan) -> list[str]:
    return [node.name for node in plan.nodes]


def test_a_block_of_the_same_shape_adds_the_image_itself():
    plan = planned(Residual(name="one", channels=8))

    assert names(plan) == ["one_activation_1", "one_conv_1", "one_activation_2", "one_conv_2", "one"]
    assert plan.nodes[-1].inputs == ("one_conv_2", "x")
    assert plan.output_shape == IMAGE
    assert plan.parameters == 2 * (8 * 8 * 9 + 8)


def test_a_block_doubles_or_halves_the_side_beside_the_convolutions_too():
    up, down = planned(Residual(channels=4, scale="up")), planned(Residual(channels=4, scale="down", first=True))

    assert up.output_shape == (4, 8, 8)
    assert down.output_shape == (4, 2, 2)
    assert names(up)[-3:] == ["residual_1_shortcut", "residual_1_shortcut_up", "residual_1"]
    assert names(down)[0] == "residual_1_conv_1"
    assert {"residual_1_down", "residual_1_shortcut_down"} <= set(names(down))


def test_a_condition_is_a_row_a_class_and_starts_without_effect():
    plan = planned(Residual(name="one", channels=8, norm="batch", condition="label", bias=False))
    weights = plan.weights

    assert weights["one_norm_1_scale.weight"].shape == weights["one_norm_2_shift.weight"].shape == (5, 8)
    assert not any(name.startswith("one_norm_1_norm.") for name in weights)
    assert "one_conv_1.bias" not in weights
    assert "one_conv_2.bias" not in weights
    made = preset("cifar-projection", width=0.03)
    values = all_initial_values(made)["generator"]
    assert values["residual_1_norm_1_scale.weight"].any() == values["residual_3_norm_2_shift.weight"].any() == False  # noqa: E712


def test_features_as_a_condition_may_have_first_weights_and_spectral_norm_of_their_own():
    block = Residual(
        name="one",
        inputs=("x",),
        channels=8,
        norm="batch",
        epsilon=1e-4,
        condition="told",
        condition_init=Orthogonal(),
        condition_spectral_norm=True,
    )
    plan = planned(L.Embedding(name="told", inputs=("label",), classes=5, units=3), block)
    nodes = {node.name: node for node in plan.nodes}

    assert plan.weights["one_norm_2_shift.weight"].shape == (8, 3)
    assert nodes["one_norm_1_scale"].layer.weight_init == Orthogonal()
    assert "one_norm_1_scale.singular_vector" in plan.buffers
    assert nodes["one_norm_2_norm"].layer.epsilon == 1e-4
    assert "one_conv_1.singular_vector" not in plan.buffers


def test_attention_has_an_eighth_of_the_channels_to_compare():
    pooled, plain = planned(SelfAttention()), planned(SelfAttention(pooled=False))

    assert pooled.weights["self_attention_1_queries.weight"].shape == (1, 8, 1, 1)
    assert pooled.weights["self_attention_1_values.weight"].shape == (4, 8, 1, 1)
    assert plain.weights["self_attention_1_values.weight"].shape == (8, 8, 1, 1)
    assert "self_attention_1_output.weight" not in plain.weights
    assert pooled.output_shape == plain.output_shape == IMAGE


def test_a_projection_is_one_number_with_a_row_for_each_class():
    plan = planned(L.GlobalPool(), Projection(condition="label", spectral_norm=True))

    assert plan.output_shape == (1,)
    assert plan.weights["projection_1_class.weight"].shape == (8, 5)
    assert set(plan.buffers) == {"projection_1_class.singular_vector", "projection_1_dense.singular_vector"}


def test_layers_after_a_block_read_it_by_its_name():
    plan = planned(Residual(name="one", channels=4), L.Tanh(), L.Add(inputs=("one", "tanh_1")))

    assert plan.nodes[-2].inputs == ("one",)
    assert [node.block and node.block[0] for node in plan.nodes][-3:] == ["one", None, None]


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ((L.Flatten(), Residual(channels=4)), r"'residual_1': expected an input of \[channels, height, width\], got"),
        ((Residual(channels=4, norm="batch", condition="class"),), "condition: 'class' does not stand before it"),
        (
            (ConditionalNorm(condition="x"),),
            r"condition: 'x' has the shape \[8, 4, 4\]; expected labels or \[features\]",
        ),
        ((ConditionalNorm(condition="label", inputs=("label",)),), "expected an input with channels or features"),
        ((Projection(condition="label"),), r"expected an input of \[features\].*put a GlobalPool before it"),
        ((Residual(channels=4, inputs=("x", "x")),), "'residual_1': expected one input, got 2"),
        ((Residual(channels=4, inputs=("y",)),), "reads 'y', which does not stand before it"),
        ((Residual(name="x", channels=4),), "the name is taken already"),
        ((L.Tanh(name="a_conv_1"), Residual(name="a", channels=4)), "layer 'a_conv_1': the name is taken already"),
    ],
)
def test_a_block_that_does_not_fit_is_refused_with_its_place(layers, words):
    with pytest.raises(SpecError, match=words):
        planned(*layers)


def test_a_condition_without_a_norm_is_refused():
    with pytest.raises(SpecError, match=r"residual.condition: needs a norm"):
        Residual(channels=4, condition="label")


def test_a_file_has_the_block_and_a_change_reaches_its_fields():
    made = preset("cifar-sagan", width=0.03)

    assert 'type = "self_attention"' in to_toml(made)
    assert from_text(to_toml(made), ".toml") == made
    wider = with_changes(made, {"networks.discriminator.layers.residual_2.hidden": 7})
    assert wider.plans["discriminator"].weights["residual_2_conv_1.weight"].shape[0] == 7


def test_a_block_is_shown_as_a_line_above_its_layers():
    lines = describe(preset("cifar-projection", width=0.03)).splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("  residual "))

    assert "channels 8, scale up, norm batch, condition label" in lines[first]
    assert lines[first].split()[-2] == "8×8×8"
    assert lines[first + 1].startswith("    norm_1_scale (embedding)")
    parts = lines[first + 1 : next(i for i, line in enumerate(lines) if i > first and line.startswith("  residual "))]
    numbers = [int(line.split()[-1].replace(",", "")) for line in parts]
    assert sum(numbers) == int(lines[first].split()[-1].replace(",", ""))
