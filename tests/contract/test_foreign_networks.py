"""Networks that a backend meets layer by layer: shapes, orders of features, and what has none of ours."""

import math

import numpy as np
import pytest

from gan_core.contract.feature_orders import Value
from gan_core.contract.foreign_networks import Given, Reading, named_inputs
from gan_core.errors import SpecError
from gan_core.specs import layers as L
from gan_core.specs.networks import Input

DENSE = {"weight": ("d.0", (1, 0)), "bias": ("d.1", (0,))}


def latent(reading: Reading, *shape: int) -> Value:
    return reading.input("z", Given(kind="latent", shape=shape))


def test_names_and_inputs_are_left_out_where_they_are_usual():
    reading = Reading(channels_last=False)
    x = reading.add(L.Dense(units=4), [latent(reading, 3)], DENSE)
    y = reading.add(L.Add(), [reading.add(L.ReLU(), [x]), x])
    network = reading.network(list(reading.outputs([y])))

    assert [(layer.name, layer.inputs) for layer in network.layers] == [("", ()), ("", ()), ("", ("relu_1", "dense_1"))]
    assert network.outputs == ()


def test_an_output_that_is_not_the_last_layer_is_named():
    reading = Reading(channels_last=False)
    x = reading.add(L.Dense(units=4), [latent(reading, 3)], DENSE)
    reading.add(L.ReLU(), [x])

    assert reading.network(list(reading.outputs([x]))).outputs == ("dense_1",)


def test_a_reshape_to_channels_last_moves_the_rows_before_it():
    """[N, 12] → [N, 2, 3, 2] (H, W, C): canonical feature c·6 + h·3 + w is the user's (h·3 + w)·2 + c."""
    reading = Reading(channels_last=True)
    x = reading.add(L.Dense(units=12), [latent(reading, 3)], DENSE)
    y = reading.reshape(reading.add(L.ReLU(), [x]), (2, 3, 2))

    assert y.shape == (2, 2, 3)
    expected = np.arange(12).reshape(2, 3, 2).transpose(2, 0, 1).reshape(-1)
    np.testing.assert_array_equal(reading.arrays["dense_1.weight"].orders[0], expected)
    np.testing.assert_array_equal(reading.arrays["dense_1.bias"].orders[0], expected)


def test_a_flattened_image_moves_the_columns_behind_it():
    reading = Reading(channels_last=True)
    image = reading.input("x", Given(kind="data", shape=(2, 3, 4)))
    flat = reading.reshape(image, (24,))
    reading.add(L.Dense(units=1), [flat], DENSE)

    order = reading.arrays["dense_1.weight"].orders[1]
    np.testing.assert_array_equal(order, np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1).reshape(-1))


def test_a_value_goes_in_and_comes_out_in_the_users_order():
    reading = Reading(channels_last=True)
    image = reading.input("x", Given(kind="data", shape=(2, 3, 4)))
    canonical = np.arange(48.0).reshape(2, 4, 2, 3)

    np.testing.assert_array_equal(image.inward(canonical), canonical.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(image.outward(image.inward(canonical)), canonical)


def test_features_that_two_layers_read_cannot_change_places():
    reading = Reading(channels_last=True)
    x = reading.add(L.Dense(units=12), [latent(reading, 3)], DENSE)
    reading.add(L.ReLU(), [x])
    reading.add(L.Tanh(), [x])
    with pytest.raises(SpecError, match="a reshape or a join of features in this order"):
        reading.reshape(x, (2, 3, 2))


@pytest.mark.parametrize("shape", [(5, 1, 1), (5,)])
def test_a_latent_is_flat(shape: tuple[int, ...]):
    reading = Reading(channels_last=False)
    value = latent(reading, *shape)

    assert reading.inputs["z"] == Input(kind="latent", shape=(5,))
    assert value.shape == shape


def test_zeros_join_the_padding_of_the_next_convolution():
    reading = Reading(channels_last=False)
    image = reading.input("x", Given(kind="data", shape=(2, 6, 6)))
    padded = reading.add(L.ReLU(), [reading.pad(image, ((1, 0), (2, 1)))])
    made = reading.add(L.Conv(channels=3, kernel=3, padding=1), [padded], {"weight": ("w", (0, 1, 2, 3))})

    layer = reading.layers["conv_1"]
    assert (layer.padding, layer.padding_end) == ((2, 3), (1, 2))
    assert made.shape == (3, 7, 9)


def test_zeros_before_anything_else_are_a_layer():
    reading = Reading(channels_last=False)
    image = reading.input("x", Given(kind="data", shape=(2, 6, 6)))
    reading.add(L.BatchNorm(), [reading.pad(image, ((1, 0), (1, 0)))])

    assert L.Pad(pixels=1, pixels_end=0, mode="zeros", name="pad_1", inputs=("x",)) == reading.layers["pad_1"]
    with pytest.raises(SpecError, match="zeros around an image"):
        reading.add(L.BatchNorm(), [reading.pad(image, ((1, 0), (0, 1)))])


def test_what_does_not_fit_is_said_in_a_line():
    reading = Reading(channels_last=False)
    with pytest.raises(SpecError, match="no counterpart here for conv: expected an input of"):
        reading.add(L.Conv(channels=2, kernel=3), [latent(reading, 4)])
    with pytest.raises(SpecError, match="moves values between samples"):
        reading.reshape(latent(reading, 4), (3,))


def test_labels_tell_their_classes_by_the_layer_that_reads_them():
    reading = Reading(channels_last=False)
    labels = reading.input("c", Given(kind="label", shape=()))
    reading.add(L.Embedding(classes=7, units=2), [labels], {"weight": ("e", (0, 1))})

    assert reading.inputs["c"].classes == 7


def test_inputs_go_by_name_or_in_order():
    given = [Given(shape=(size,)) for size in (1, 2)]

    assert named_inputs(["a", "b"], {"b": given[0], "a": given[1]}) == {"a": given[1], "b": given[0]}
    assert named_inputs(["a", "b"], {"0": given[0], "1": given[1]}) == {"a": given[0], "b": given[1]}
    with pytest.raises(SpecError, match="reads 2 inputs"):
        named_inputs(["a", "b"], {"0": given[0]})
    with pytest.raises(SpecError, match="its input 'b' is not among those"):
        named_inputs(["a", "b"], {"a": given[0], "c": given[1]})


def test_every_order_is_undone():
    reading = Reading(channels_last=True)
    x = reading.add(L.Dense(units=12), [latent(reading, 3)], DENSE)
    reading.reshape(x, (2, 3, 2))
    array = reading.arrays["dense_1.weight"]
    value = np.arange(math.prod((3, 12)), dtype=float).reshape(3, 12)

    np.testing.assert_array_equal(array.native_value(array.canonical(value)), value)
