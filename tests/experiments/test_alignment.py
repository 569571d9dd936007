"""Who stands beside whom when two lists of layers are laid side by side."""

from hypothesis import given
from hypothesis import strategies as st

from gan_core.experiments.alignment import align

RELU, TANH, FLATTEN = {"type": "relu"}, {"type": "tanh"}, {"type": "flatten"}


def dense(units: int) -> dict:
    return {"type": "dense", "units": units}


def test_equal_lists_are_paired_one_by_one():
    layers = [dense(8), RELU, dense(1)]

    assert align(layers, layers) == [(0, 0), (1, 1), (2, 2)]


def test_a_layer_put_in_between_is_one_insertion():
    assert align([dense(8), RELU, dense(1)], [dense(8), FLATTEN, RELU, dense(1)]) == [
        *((0, 0), (None, 1), (1, 2), (2, 3)),
    ]


def test_a_repeated_block_put_in_between_stays_in_one_piece_and_begins_with_what_is_new():
    """Not the ReLU and the dense layer after it, which is as short a way to say it."""
    left, right = [dense(8), RELU, dense(1)], [dense(8), RELU, dense(9), RELU, dense(1)]

    assert align(left, right) == [(0, 0), (1, 1), (None, 2), (None, 3), (2, 4)]


def test_wider_layers_are_partners_even_where_a_later_one_is_as_wide():
    left, right = [dense(8), RELU, dense(16), RELU, dense(32)], [dense(16), RELU, dense(32), RELU, dense(64)]

    assert align(left, right) == [(index, index) for index in range(5)]


def test_a_layer_in_the_place_of_one_of_another_type_is_its_partner():
    assert align([dense(8), RELU, dense(1)], [dense(8), TANH, dense(1)]) == [(0, 0), (1, 1), (2, 2)]


def test_what_layers_read_does_not_part_them():
    left = [{"type": "add", "inputs": ("dense_1", "dense_2")}, RELU]
    right = [FLATTEN, {"type": "add", "inputs": ("dense_2", "dense_3")}, RELU]

    assert align(left, right) == [(None, 0), (0, 1), (1, 2)]


def test_very_long_lists_are_paired_by_place():
    left, right = [dense(1), *[RELU] * 600, dense(2)], [dense(3), *[TANH] * 601, dense(4)]

    pairs = align(left, right)

    assert pairs[:2] == [(0, 0), (1, 1)]
    assert pairs[-2:] == [(601, 601), (None, 602)]
    assert len(pairs) == 603


LISTS = st.lists(st.sampled_from([RELU, TANH, FLATTEN, dense(1), dense(2)]), max_size=12)


@given(left=LISTS, right=LISTS)
def test_every_layer_stands_once_and_in_order(left, right):
    pairs = align(left, right)

    assert [i for i, _ in pairs if i is not None] == [*range(len(left))]
    assert [j for _, j in pairs if j is not None] == [*range(len(right))]
