"""Padding and crops in the parts that frameworks take, worked by hand."""

import pytest

from gan_core.plans.edges import NO_EDGES
from gan_core.plans.layer_plans import LayerPlan
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.weighted_layers import pair
from gan_core.testing.subjects import of_layers

NO_REST = ((0, 0), (0, 0))


def planned(layer: L.Layer, side: int = 8) -> LayerPlan:
    (node,) = plan_network("net", of_layers(layer, shape=(2, side, side))).nodes
    return node.plan


@pytest.mark.parametrize(
    ("padding", "end", "symmetric", "rest", "full"),
    [
        (0, None, (0, 0), NO_REST, (8, 8)),
        (2, None, (2, 2), NO_REST, (12, 12)),
        (1, 2, (0, 0), ((1, 2), (1, 2)), (11, 11)),
        (0, 1, (0, 0), ((0, 1), (0, 1)), (9, 9)),
        ((2, 1), None, (2, 1), NO_REST, (12, 10)),
        ((2, 1), (2, 0), (0, 0), ((2, 2), (1, 0)), (12, 9)),
    ],
)
def test_a_convolution_pads_by_itself_where_all_edges_are_alike(padding, end, symmetric, rest, full):
    """Else all of it is padded before, in one pass over memory."""
    edges = planned(L.Conv(channels=3, kernel=4, padding=padding, padding_end=end)).edges

    assert (edges.before, edges.after) == (pair(padding), pair(padding if end is None else end))
    assert (edges.symmetric, edges.rest, edges.full_sides) == (symmetric, rest, full)


@pytest.mark.parametrize(
    ("padding", "end", "symmetric", "rest"),
    [
        (1, None, (1, 1), NO_REST),
        (1, 2, (1, 1), ((0, 1), (0, 1))),
        (2, 0, (0, 0), ((2, 0), (2, 0))),
        ((1, 2), (1, 0), (1, 0), ((0, 0), (2, 0))),
    ],
)
def test_a_transposed_convolution_crops_the_smaller_edge_by_itself(padding, end, symmetric, rest):
    """What is left is cropped after; the sides before any crop are the output's plus both edges."""
    plan = planned(L.ConvTranspose(channels=3, kernel=4, stride=2, padding=padding, padding_end=end))

    assert (plan.edges.symmetric, plan.edges.rest) == (symmetric, rest)
    assert plan.edges.full_sides == (18, 18)  # (8 − 1) · 2 + 4


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "end", "side", "same"),
    [
        (3, 1, 1, None, 8, True),  # 8 windows, 10 pixels
        (4, 2, 1, None, 8, True),  # 4 windows, 10 pixels
        (5, 2, 1, 2, 8, True),  # 4 windows, 11 pixels: the odd one at the end
        (5, 2, 2, 1, 8, False),
        (5, 2, 2, None, 8, False),
        (5, 2, 2, None, 7, True),  # 4 windows, 11 pixels of 7
        (3, 2, 0, 1, 8, True),
        (1, 1, 0, None, 8, True),
        (1, 2, 0, None, 8, True),  # a kernel smaller than its stride misses none
    ],
)
def test_same_is_counted_as_tensorflow_does(kernel, stride, padding, end, side, same):
    """⌈side / stride⌉ windows, and the pixels they lack halved, the odd one at the bottom and the right."""
    layer = L.Conv(channels=1, kernel=kernel, stride=stride, padding=padding, padding_end=end)

    assert planned(layer, side).edges.same is same


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
def test_padding_that_shows_the_image_is_an_operation_of_its_own(mode):
    edges = planned(L.Conv(channels=1, kernel=3, padding=1, padding_mode=mode)).edges

    assert (edges.symmetric, edges.rest, edges.mode, edges.same) == ((0, 0), ((1, 1), (1, 1)), mode, False)


def test_same_is_left_alone_where_a_kernel_skips_pixels():
    """5 pixels from the first to the last that a 3×3 kernel reads: 'same' in size, but carried out otherwise."""
    plan = planned(L.Conv(channels=1, kernel=3, padding=2, dilation=2))

    assert plan.output_shape == (1, 8, 8)
    assert not plan.edges.same


def test_same_of_a_transposed_convolution_is_counted_at_its_output():
    assert planned(L.ConvTranspose(channels=1, kernel=4, stride=2, padding=1)).edges.same
    assert not planned(L.ConvTranspose(channels=1, kernel=4, stride=2)).edges.same


@pytest.mark.parametrize(("stride", "step"), [(None, 3), (1, 1), (2, 2)])
@pytest.mark.parametrize("kind", [L.AveragePool, L.MaxPool])
def test_a_pool_steps_by_its_size_unless_told_otherwise(kind, stride, step):
    assert planned(kind(size=3, stride=stride)).pool_step == step


def test_other_layers_have_no_edges():
    assert planned(L.ReLU()).edges == NO_EDGES
