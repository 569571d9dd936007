"""Layers that are composed on every backend: what does not fit is refused in a line; no framework needed."""

import pytest

from gan_core.errors import SpecError
from gan_core.plans.mixtures import mixtures
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.reducing_layers import InnerProduct, LogSumExp

IMAGE = (6, 4, 5)


def planned(*layers: L.Layer, shape: tuple[int, ...] = IMAGE):
    return plan_network("net", Network(inputs={"x": Input(kind="data", shape=shape)}, layers=layers))


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (L.GroupNorm(groups=4), "cannot divide 6 channels or features into 4 groups"),
        (L.PixelShuffle(factor=2), "cannot spread 6 channels over squares of 2×2 pixels"),
        (L.Pad(pixels=4), "cannot reflect 4 pixels of an image with a side of 4"),
        (L.Crop(before=2), "leaves 0 pixels of 4; expected at least 1"),
        (L.Resize(scale=1.5), "a scale of 1.5 makes 7.5 pixels of 5; expected a whole number"),
        (L.Blur(weights=(1,) * 8, padding_mode="reflect"), "cannot reflect 4 pixels of an image with a side of 4"),
        (L.Slice(start=4, count=3), "takes 4 to 6 of 6 channels or features, counted from 0"),
        (L.Modulate(), r"expected three inputs \(x, scale, shift\), got 1"),
        (L.Attention(inputs=("x",) * 2), "expected three inputs .*: queries, keys, values"),
        (L.Multiply(inputs=("x", "pooled")), r"cannot multiply \[6, 4, 5\] and \[6\]: the shapes must be equal"),
        (LogSumExp(), r"expected an input of \[features\], got the shape \[6, 4, 5\]; put a Flatten before it"),
        (InnerProduct(inputs=("pooled", "x")), r"expected two inputs of as many features, got \[6\] and \[6, 4, 5\]"),
        (L.Modulate(inputs=("pooled", "x", "x")), r"cannot modulate \[6\] by \[6, 4, 5\] and \[6, 4, 5\]"),
    ],
)
def test_a_layer_that_does_not_fit_is_refused_with_its_reason(layer, words):
    with pytest.raises(SpecError, match=rf"^network 'net', layer '\w+': {words}"):
        planned(L.GlobalPool(name="pooled", inputs=("x",)), L.Tanh(name="y", inputs=("x",)), layer)


def test_whole_channels_are_dropped_of_images_alone():
    (node,) = planned(L.Dropout(per_channel=True)).nodes

    assert (node.plan.output_shape, node.plan.mask_shape) == (IMAGE, (6, 1, 1))
    with pytest.raises(SpecError, match=r"dropout_1': expected an input of \[channels, height, width\]"):
        planned(L.Dropout(per_channel=True), shape=(4,))


@pytest.mark.parametrize("layer", [L.OneHot(classes=3), L.Embedding(classes=3, units=2)])
def test_every_class_of_the_labels_must_be_known(layer):
    network = Network(inputs={"label": Input(kind="label", classes=4)}, layers=(layer,))

    with pytest.raises(SpecError, match="knows 3 classes, and 'label' has 4; expected as many"):
        plan_network("net", network)


def test_shares_of_a_resized_row_are_those_of_the_nearest_two():
    """Worked by hand: pixel 0 of 4 is at −¼ of 2, so the edge; pixel 1 at ¼: ¾ of pixel 0 and ¼ of pixel 1."""
    (node,) = planned(L.Resize(scale=2), shape=(1, 2, 2)).nodes
    rows, columns = mixtures(node)

    assert rows.tolist() == columns.tolist() == [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]


def test_a_blur_s_shares_are_its_weights_over_their_sum_in_rows_and_columns():
    assert L.Blur(weights=(1, 2, 1)).shares.tolist() == [
        [1 / 16, 1 / 8, 1 / 16], [1 / 8, 1 / 4, 1 / 8], [1 / 16, 1 / 8, 1 / 16]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "symmetric", "rest"),
    [
        (L.Blur(), (1, 1), ((0, 0), (0, 0))),
        (L.Blur(padding_mode="reflect"), (0, 0), ((1, 1), (1, 1))),
        (L.Blur(weights=(1, 3, 3, 1)), (0, 0), ((1, 2), (1, 2))),  # one more reads on behind than before
        (L.Blur(weights=(1,)), (0, 0), ((0, 0), (0, 0))),
    ],
)
def test_the_edges_of_a_blur_are_worked_out_in_its_plan(layer, symmetric, rest):
    edges = planned(layer, shape=(1, 3, 3)).nodes[0].plan.edges

    assert (edges.symmetric, edges.rest, edges.mode) == (symmetric, rest, layer.padding_mode)


def test_one_feature_has_no_group_to_normalise():
    with pytest.raises(SpecError, match="a single value has no variance"):
        planned(L.GroupNorm(groups=4), shape=(4,))


def test_queries_and_keys_must_match():
    layers = (
        L.Conv(channels=2, kernel=1, name="query", inputs=("x",)),
        L.Conv(channels=3, kernel=1, name="key", inputs=("x",)),
        L.Attention(inputs=("query", "key", "x")),
    )
    with pytest.raises(SpecError, match="queries have 2 channels and keys 3; expected as many"):
        planned(*layers)


def test_attention_costs_two_products_for_each_pair_of_pixels():
    plan = planned(L.Attention(inputs=("x", "x", "x")))

    assert plan.multiply_adds == (4 * 5) ** 2 * (6 + 6)
    assert plan.output_shape == IMAGE


def test_samples_see_each_other_through_their_deviation():
    assert not planned(L.MinibatchDeviation()).batch_independent
    assert planned(L.MinibatchDeviation()).output_shape == (7, 4, 5)
