"""A random number depends on what it is for, and on nothing else."""

import numpy as np
import pytest
from scipy import stats

from gan_core.errors import SpecError
from gan_core.experiments.initial_values import initial_values
from gan_core.presets import preset
from gan_core.randomness import labels, latents, mask_key, permutation, stream
from gan_core.specs.networks import Input


def first(*key: object) -> list[float]:
    return stream(*key).random(4).tolist()


def test_every_part_of_the_key_counts() -> None:
    keys = [(0, "a"), (1, "a"), (0, "b"), (0, "a", 1), (0, "a", 0, 1), (0, "a", 1, 1), (0, "a", 2), (0, "a", 0, 2)]
    assert len({tuple(first(*key)) for key in keys}) == len(keys)


def test_call_order_does_not_count() -> None:
    forwards = [first(0, "noise", step) for step in range(5)]
    backwards = [first(0, "noise", step) for step in reversed(range(5))]
    assert forwards == backwards[::-1]


def test_step_5000_needs_none_of_the_steps_before() -> None:
    alone = first(0, "noise", 5000)
    for step in range(4990, 5000):
        stream(0, "noise", step).random(1000)
    assert first(0, "noise", 5000) == alone


def test_long_draws_do_not_run_into_the_next_step_or_part() -> None:
    """The counter's low half is left to the draw."""
    long = set(stream(0, "noise", 0).random(20_000).tolist())
    assert not long & set(stream(0, "noise", 1).random(20_000).tolist())
    assert not long & set(stream(0, "noise", 0, 1).random(20_000).tolist())


def test_pinned_values() -> None:
    """A run of an earlier version can be repeated: these numbers may never change."""
    weights = stream(0, "weights/generator/dense_1.weight").standard_normal(3)
    assert weights.tolist() == pytest.approx([0.03902022, 1.86393342, 0.58741097], abs=5e-9)
    assert stream(7, "noise", 5000, 2).random(2).tolist() == pytest.approx([0.37811425, 0.61332788], abs=5e-9)
    assert mask_key(0, "discriminator/masks", 0, 0).tolist() == [669753077, 1484430316]
    assert permutation(0, "batch order", 0, 6).tolist() == [2, 4, 3, 0, 1, 5]


def test_latents_are_normal() -> None:
    drawn = latents(stream(0, "latents"), Input(kind="latent", shape=(50,)), 400)
    assert drawn.shape == (400, 50)
    assert stats.kstest(drawn.ravel(), "norm").pvalue > 0.01


def test_uniform_latents_fill_minus_1_to_1() -> None:
    drawn = latents(stream(0, "latents"), Input(kind="latent", shape=(50,), distribution="uniform"), 400)
    assert stats.kstest(drawn.ravel(), "uniform", args=(-1, 2)).pvalue > 0.01


def test_first_numbers_of_neighbouring_steps_are_normal_and_not_correlated() -> None:
    """Each step opens a stream of its own, so the first number of each matters as much as a long draw."""
    drawn = np.array([stream(0, "noise", step).standard_normal() for step in range(4000)])
    assert stats.kstest(drawn, "norm").pvalue > 0.01
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 4 / 4000**0.5


def test_labels_are_even() -> None:
    counts = np.bincount(labels(stream(0, "labels"), 10, 10_000), minlength=10)
    assert len(counts) == 10
    assert stats.chisquare(counts).pvalue > 0.01


def test_an_order_holds_each_item_once_and_changes_with_the_epoch() -> None:
    orders = [permutation(0, "batch order", epoch, 100) for epoch in range(3)]
    assert all(sorted(order.tolist()) == list(range(100)) for order in orders)
    assert len({order.tobytes() for order in orders}) == 3


def test_mask_keys_fit_32_bits() -> None:
    keys = np.array([mask_key(0, "masks", step, 0) for step in range(500)])
    assert keys.dtype == np.int64
    assert keys.min() >= 0
    assert 2**31 < keys.max() < 2**32


def test_a_layer_s_weights_do_not_depend_on_the_others() -> None:
    """Each weight has its own stream by name, so networks that share a layer's name and place share its start."""
    plans = preset("digits-mlp").plans
    values = initial_values(plans["generator"], 0)
    again = initial_values(plans["generator"], 0)
    other = initial_values(plans["generator"], 1)
    assert all(np.array_equal(values[name], again[name]) for name in values)
    assert not np.array_equal(values["dense_1.weight"], other["dense_1.weight"])
    assert not np.array_equal(values["dense_1.bias"][:10], values["dense_2.bias"][:10])


@pytest.mark.parametrize("shape", [(4,), (4, 3, 2)])
def test_one_hot_latents_are_one_of_their_categories(shape):
    """A 1 at one place of the first axis, everywhere else along the others; each category as often as the others."""
    given = Input(kind="latent", shape=shape, distribution="one_hot")

    drawn = latents(stream(0, "test"), given, 4000).reshape(4000, 4, -1)

    assert set(np.unique(drawn)) == {0.0, 1.0}
    np.testing.assert_array_equal(drawn.sum(axis=1), 1.0)
    np.testing.assert_array_equal(drawn, np.broadcast_to(drawn[:, :, :1], drawn.shape))
    assert np.abs(drawn[:, :, 0].mean(axis=0) - 0.25).max() < 0.03


def test_a_one_hot_latent_of_one_category_is_refused():
    with pytest.raises(SpecError, match="of one category is always 1"):
        Input(kind="latent", shape=(1,), distribution="one_hot")
