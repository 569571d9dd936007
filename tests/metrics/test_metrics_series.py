"""Scores of series: each is best for samples of the same distribution, and worse for what it looks at."""

import numpy as np
import pytest

from gan_core.metrics import autocorrelation_distance, discriminative_score, feature_distances, predictive_score
from gan_core.metrics.series import autocorrelations


def waves(seed: int, count: int = 200) -> np.ndarray:
    """Return sines of one frequency, [count, 12, 2]."""
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, (count, 1, 2))
    return 0.5 + 0.5 * np.sin(2 * np.pi * np.arange(12)[:, None] / 12 + phases)


def shuffled(series: np.ndarray) -> np.ndarray:
    """Return the same values with their steps in another order."""
    return np.random.default_rng(9).permuted(series, axis=1)


def test_marginals_do_not_see_the_order_of_steps():
    np.testing.assert_allclose(feature_distances(waves(0), shuffled(waves(0))), 0, atol=1e-12)


def test_marginals_see_a_feature_that_is_moved():
    assert feature_distances(waves(0), waves(1) + np.array([0, 2.0])).round(1).tolist() == [0.0, 1.0]


def test_a_sine_is_correlated_with_itself_half_a_turn_later_by_minus_one():
    np.testing.assert_allclose(autocorrelations(waves(0, 5000))[5], -1, atol=0.05)


def test_a_feature_that_never_changes_has_no_autocorrelation():
    np.testing.assert_array_equal(autocorrelations(np.ones((3, 6, 1))), 0)


@pytest.mark.parametrize("score", [autocorrelation_distance, discriminative_score, predictive_score])
def test_a_score_is_low_for_real_series_and_high_for_shuffled_ones(score):
    assert score(waves(0), waves(1)) < 0.15
    assert score(waves(0), shuffled(waves(1))) > 0.2


def test_the_classifier_gives_the_same_number_each_time():
    assert discriminative_score(waves(0), waves(1), 3) == discriminative_score(waves(0), waves(1), 3)
