"""Definitions of composed layers on NumPy arrays, where their setting shows in hand-worked numbers."""

import numpy as np
import pytest

from gan_core.contract import composed_layers  # noqa: F401  (its definitions join those of `composed`)
from gan_core.contract.composed import compose_layer
from gan_core.errors import SpecError
from gan_core.specs import layers as L
from gan_core.testing.numpy_ops import NUMPY


def composed(layer: L.Layer, *inputs: np.ndarray, **weights: np.ndarray) -> np.ndarray:
    return np.asarray(compose_layer(layer, NUMPY, inputs, weights))


def test_deviations_are_of_every_second_sample_where_groups_are_pairs():
    """Samples 0 and 2 are one group, 1 and 3 the other, as in the authors' code; ±1 about the mean, and ±3."""
    x = np.array([0.0, 10.0, 2.0, 16.0]).reshape(4, 1, 1, 1)

    y = composed(L.MinibatchDeviation(group_size=2, epsilon=1e-12), x)

    np.testing.assert_allclose(y[:, 1, 0, 0], [1, 3, 1, 3])


def test_a_batch_that_no_group_divides_is_one_group():
    x = np.array([0.0, 3.0, 6.0]).reshape(3, 1, 1, 1)

    np.testing.assert_allclose(composed(L.MinibatchDeviation(group_size=2), x)[:, 1, 0, 0], np.sqrt(6))


def test_a_reflected_edge_is_not_repeated():
    x = np.arange(9.0).reshape(1, 1, 3, 3)

    assert composed(L.Pad(pixels=1), x)[0, 0, 0].tolist() == [4, 3, 4, 5, 4]
    assert composed(L.Pad(pixels=1, mode="replicate"), x)[0, 0, 0].tolist() == [0, 0, 1, 2, 2]


def test_zeros_stand_where_they_are_wanted():
    x = np.arange(1.0, 5.0).reshape(1, 1, 2, 2)

    assert composed(L.Pad(pixels=1, pixels_end=0, mode="zeros"), x)[0, 0].tolist() == [[0, 0, 0], [0, 1, 2], [0, 3, 4]]
    with pytest.raises(SpecError, match="at least 1 pixel"):
        L.Pad(pixels=0)


def test_channels_become_the_pixels_of_squares():
    x = np.arange(4.0).reshape(1, 4, 1, 1)

    assert composed(L.PixelShuffle(), x)[0, 0].tolist() == [[0, 1], [2, 3]]


def test_attention_far_from_all_keys_but_one_takes_its_value():
    """One query of 100 at two keys, of 1 and of 0: the weights are 1 and e⁻¹⁰⁰."""
    query, keys = np.full((1, 1, 1, 1), 100.0), np.array([1.0, 0.0]).reshape(1, 1, 1, 2)
    values = np.array([7.0, 9.0]).reshape(1, 1, 1, 2)

    np.testing.assert_allclose(composed(L.Attention(), query, keys, values), 7.0)
