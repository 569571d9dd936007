"""What `gan diff` finds between two experiments."""

import msgspec
import pytest

from gan_core.experiments.differences import Difference, differences
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import from_text, to_toml, with_changes
from gan_core.presets import PRESETS, preset
from gan_core.specs.layers import Dropout


def of_fields(found: list[Difference]) -> list[tuple[str, object, object]]:
    return [(row.key, row.left, row.right) for row in found if not row.derived]


def derived(found: list[Difference]) -> dict[str, tuple[object, object]]:
    return {row.key: (row.left, row.right) for row in found if row.derived}


def with_layers(experiment: Experiment, network: str, layers: tuple) -> Experiment:
    changed = msgspec.structs.replace(experiment.networks[network], layers=layers)
    return msgspec.structs.replace(experiment, networks=experiment.networks | {network: changed})


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_and_what_its_file_reads_back_to_are_the_same(name: str):
    made = preset(name)

    assert differences(made, from_text(to_toml(made), ".toml")) == []


def test_a_field_that_files_leave_out_counts_with_its_default():
    digits = preset("digits-mlp")

    found = differences(digits, with_changes(digits, {"phases.generator.batch": "step"}))

    assert of_fields(found) == [("phases.generator.batch", "next", "step")]


def test_a_key_is_one_that_set_takes():
    left, right = preset("mnist-mlp"), preset("mnist-wgan-gp")
    rows = [row for row in differences(left, right) if not row.derived and None not in (row.left, row.right)]

    changed = with_changes(left, {row.key: row.right for row in rows})

    assert len(rows) > 10
    assert {row.key for row in differences(changed, right)}.isdisjoint(row.key for row in rows)


def test_an_inserted_layer_is_one_difference_and_what_is_read_behind_it_stays():
    """The layers behind it have other numbers now, and those that read them by name read the same as before."""
    left = preset("pix2pix")
    layers = left.networks["discriminator"].layers
    right = with_layers(left, "discriminator", (*layers[:3], Dropout(rate=0.25), *layers[3:]))

    found = differences(left, right)

    assert [(row.key, row.left, row.right_words) for row in found if not row.derived] == [
        ("networks.discriminator.layers.dropout_1", None, "dropout (rate 0.25)")
    ]


def test_a_deeper_u_net_differs_in_its_innermost_layers_alone():
    found = differences(preset("pix2pix"), preset("pix2pix", size=128))
    of_layers = [row for row in found if row.key.startswith("networks.generator.layers")]

    assert len(of_layers) == 8
    assert [row.left for row in of_layers] == [None] * 8


def test_a_layer_that_the_second_calls_otherwise_has_both_keys():
    left = preset("digits-mlp")
    first, *others = left.networks["generator"].layers
    wider = msgspec.structs.replace(others[2], units=77)
    right = with_layers(
        left, "generator", (first, msgspec.structs.replace(first, units=9), *others[:2], wider, *others[3:])
    )

    rows = [row for row in differences(left, right) if row.right == 77]

    assert [(row.key, row.right_key) for row in rows] == [
        ("networks.generator.layers.dense_2.units", "networks.generator.layers.dense_3.units")
    ]


def test_a_layer_of_another_type_in_the_same_place_is_one_difference():
    left = preset("digits-mlp")

    found = differences(left, with_changes(left, {"networks.generator.layers.leaky_relu_1": {"type": "relu"}}))

    assert [(row.key, row.left_words, row.right_words) for row in found] == [
        ("networks.generator.layers.leaky_relu_1", "leaky_relu", "relu")
    ]


def test_the_order_of_phases_is_a_difference():
    left = preset("digits-mlp")
    right = msgspec.structs.replace(left, phases=left.phases[::-1])

    assert of_fields(differences(left, right)) == [
        ("phases (order)", ["discriminator", "generator"], ["generator", "discriminator"])
    ]


def test_a_network_that_one_alone_has_is_one_difference():
    found = {row.key: (row.left_words, row.right_words) for row in differences(preset("pix2pix"), preset("bicyclegan"))}

    assert found["networks.encoder"] == ("—", "13 layers")


def test_a_rule_for_first_values_of_another_kind_is_one_difference():
    left = preset("mnist-mlp")
    rule = {"type": "normal", "mean": 1.0, "standard_deviation": 0.02}

    found = differences(left, with_changes(left, {"networks.generator.layers.batch_norm_1.scale_init": rule}))

    assert of_fields(found) == [("networks.generator.layers.batch_norm_1.scale_init", {"type": "ones"}, rule)]


def test_parameters_and_multiply_adds_follow():
    """A wider layer of 784 inputs and 256 outputs: 100 more units are 100·(784 + 1 + 256) more parameters."""
    left = preset("mnist-mlp")

    found = derived(differences(left, with_changes(left, {"networks.discriminator.layers.dense_1.units": 612})))

    assert found["discriminator: parameters"] == (533_505, 533_505 + 104_100)
    assert found["discriminator: multiply-adds a sample"] == (532_736, 532_736 + 100 * (784 + 256))
    assert {"phase generator: multiply-adds an update", "a step: multiply-adds"} <= found.keys()
    assert "generator: parameters" not in found


def test_the_shape_of_an_output_follows():
    found = derived(differences(preset("pix2pix"), preset("pix2pix", size=128)))

    assert found["generator: output"] == ([3, 64, 64], [3, 128, 128])


def test_numbers_that_differ_are_told_apart_in_words():
    left = preset("digits-mlp")
    change = {"players.generator.optimizer.learning_rate": 2.00000001e-4}

    (row,) = differences(
        with_changes(left, {"players.generator.optimizer.learning_rate": 2e-4}), with_changes(left, change)
    )

    assert row.left_words != row.right_words
