"""Inception score, classes, mode coverage, path length and t-SNE against known answers."""

import numpy as np
import pytest

from gan_core.errors import UsageError
from gan_core.metrics import (
    class_error,
    class_shares,
    entropy_bits,
    inception_score,
    label_agreement,
    matched_error,
    mode_coverage,
    perceptual_path_length,
    tsne,
)
from tolerances import assert_close


def test_inception_score_of_perfect_even_classes_is_their_number():
    certain = np.eye(10)[np.arange(1000) % 10]

    mean, deviation = inception_score(certain)

    assert mean == pytest.approx(10, rel=1e-12)
    assert deviation == pytest.approx(0, abs=1e-12)


def test_inception_score_of_one_class_or_of_no_opinion_is_one():
    one_class, undecided = np.eye(10)[np.zeros(100, int)], np.full((100, 10), 0.1)

    assert inception_score(one_class) == pytest.approx((1, 0), abs=1e-12)
    assert inception_score(undecided) == pytest.approx((1, 0), abs=1e-12)


def test_inception_score_is_its_definition():
    """The exponential of the mean KL, sums written out, over three uneven parts."""
    generator = np.random.default_rng(0)
    rows = generator.dirichlet(np.ones(5), 20)
    expected = []
    for part in (rows[:6], rows[6:13], rows[13:]):  # at i·20 // 3, as the paper's code cuts
        marginal = [sum(row[c] for row in part) / len(part) for c in range(5)]
        kl = [sum(row[c] * np.log(row[c] / marginal[c]) for c in range(5)) for row in part]
        expected.append(np.exp(sum(kl) / len(part)))

    assert_close(np.array(inception_score(rows, 3)), np.array([np.mean(expected), np.std(expected)]), "metric")


def test_inception_score_refuses_what_is_no_distribution():
    with pytest.raises(UsageError, match="sum to 1"):
        inception_score(np.ones((20, 3)))
    with pytest.raises(UsageError, match="at least 10 generated samples, got 9"):
        inception_score(np.eye(3)[np.zeros(9, int)])


def test_entropy_of_known_distributions():
    assert entropy_bits(np.full(8, 1 / 8)) == 3
    assert entropy_bits(np.array([1.0, 0, 0])) == 0
    assert entropy_bits(np.array([0.5, 0.25, 0.25])) == 1.5


def test_class_shares_and_agreement():
    classes = np.array([0, 2, 2, 1])

    np.testing.assert_array_equal(class_shares(classes, 4), [0.25, 0.25, 0.5, 0])
    assert label_agreement(classes, np.array([0, 2, 1, 1])) == 0.75
    with pytest.raises(UsageError, match="expected 0 to 1"):
        class_shares(classes, 2)
    with pytest.raises(UsageError, match="at least 1"):
        class_shares(classes[:0], 2)


CENTRES = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def test_mode_coverage_by_hand():
    """100 samples: 60 on the first mode, 38 on the second, one on the third, one at .2 from the fourth."""
    samples = np.concatenate([np.tile(CENTRES[0], (60, 1)), np.tile(CENTRES[1], (38, 1)), CENTRES[2:3], [[1.2, 1.0]]])

    found = mode_coverage(samples, CENTRES, 0.05)

    assert (found.modes, found.covered, found.covered_by_share, found.covered_within_radius) == (4, 3, 3, 3)
    assert found.high_quality == 0.99
    assert found.histogram == (0.6, 0.38, 0.01, 0.01)
    expected = sum(p * np.log(4 * p) for p in (0.6, 0.38, 0.01, 0.01))
    assert found.reverse_kl == pytest.approx(expected, rel=1e-12)


def test_a_stray_sample_covers_a_mode_but_not_its_share():
    """One in 1,000 is a high-quality sample of its mode, and less than 1% of all."""
    samples = np.concatenate([np.tile(CENTRES[0], (999, 1)), CENTRES[3:]])

    found = mode_coverage(samples, CENTRES, 0.01)

    assert (found.covered, found.covered_by_share, found.covered_within_radius) == (2, 1, 2)


def test_within_the_radius_is_not_high_quality():
    """.08 from each centre: within .1, but beyond 3 standard deviations of .02."""
    found = mode_coverage(CENTRES + np.array([0.08, 0]), CENTRES, 0.02)

    assert (found.covered, found.covered_within_radius, found.high_quality) == (0, 4, 0)


def test_real_samples_cover_all_modes_evenly():
    """3 standard deviations hold 1 − e^−4.5 = 98.9% of a Gaussian in the plane."""
    generator = np.random.default_rng(1)
    samples = np.repeat(CENTRES, 5000, axis=0) + 0.05 * generator.standard_normal((20_000, 2))

    found = mode_coverage(samples, CENTRES, 0.05)

    assert found.covered_by_share == 4
    assert found.high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.003)
    assert found.reverse_kl < 1e-12


def test_reverse_kl_is_against_the_given_frequencies():
    samples = np.repeat(CENTRES[:2], [75, 25], axis=0)

    assert mode_coverage(samples, CENTRES[:2], 0.1, np.array([0.75, 0.25])).reverse_kl == 0
    with pytest.raises(UsageError, match="frequency above 0"):
        mode_coverage(samples, CENTRES[:2], 0.1, np.array([1.0, 0.0]))
    with pytest.raises(UsageError, match="at least 1 generated"):
        mode_coverage(samples[:0], CENTRES, 0.1)


def test_path_length_of_a_straight_walk_is_its_speed_squared():
    """Where f = speed · t · direction, all paths of one speed: |direction|² speed²."""
    direction = np.array([3.0, 4.0])

    length = perceptual_path_length(lambda share: 2 * share[:, None] * direction, 500)

    assert length == pytest.approx(100, rel=1e-9)


def test_path_length_drops_outliers():
    """One path in 200 a million times faster is among the dropped 1%."""
    speed = np.ones(200)
    speed[17] = 1e6

    assert perceptual_path_length(lambda share: (speed * share)[:, None], 200) == pytest.approx(1, rel=1e-9)


def test_path_length_of_a_quadratic_walk_is_its_mean_speed_squared():
    """Where f = t²: the mean of (2t)² over t in [0, 1] is 4/3."""
    length = perceptual_path_length(lambda share: share[:, None] ** 2, 200_000)

    assert length == pytest.approx(4 / 3, rel=0.01)
    with pytest.raises(UsageError, match="at least 2 paths"):
        perceptual_path_length(lambda share: share[:, None], 1)


def test_tsne_keeps_two_far_groups_apart():
    generator = np.random.default_rng(2)
    features = np.concatenate([generator.standard_normal((60, 5)), 100 + generator.standard_normal((60, 5))])

    places = tsne(features)

    middles = places[:60].mean(axis=0), places[60:].mean(axis=0)
    assert places.shape == (120, 2)
    nearer = np.linalg.norm(places - middles[0], axis=1) < np.linalg.norm(places - middles[1], axis=1)
    np.testing.assert_array_equal(nearer, np.arange(120) < 60)
    with pytest.raises(UsageError, match="at least 91"):
        tsne(features[:90])


def test_categories_are_matched_to_classes_one_to_one():
    """Two categories of one class cannot both have its name: the smaller one is wrong. Errors are shares of samples."""
    labels = np.array([0, 0, 0, 1, 1, 2])
    assert class_error(np.array([0, 0, 1, 1, 1, 2]), labels) == pytest.approx(1 / 6)
    assert matched_error(np.array([2, 2, 2, 0, 0, 1]), labels) == 0
    assert matched_error(np.array([2, 2, 3, 0, 0, 1]), labels) == pytest.approx(1 / 6)
    assert matched_error(np.zeros(6, int), labels) == pytest.approx(1 / 2)
    with pytest.raises(UsageError, match="classes for"):
        matched_error(np.zeros(5, int), labels)
