"""Precision, recall, density, coverage, diversity and the two-sample test against their definitions."""

import numpy as np
import pytest

from gan_core.errors import UsageError
from gan_core.metrics import (
    density_coverage,
    distances,
    mean_pairwise_distance,
    mean_similarity,
    ms_ssim,
    neighbour_scores,
    precision_recall,
    two_sample_test,
)
from gan_core.metrics.diversity import SCALE_WEIGHTS, scales_that_fit
from tolerances import assert_close


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def slow_distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.array([[np.sqrt(((x - y) ** 2).sum()) for y in second] for x in first])


def slow_radii(features: np.ndarray, k: int) -> np.ndarray:
    within = slow_distances(features, features)
    return np.array([sorted(np.delete(row, i))[k - 1] for i, row in enumerate(within)])


def slow_scores(real: np.ndarray, generated: np.ndarray, k: int, m: int) -> dict[str, float]:
    """The four definitions, sample by sample."""
    distances = slow_distances(real, generated)
    near, near_generated, near_density = slow_radii(real, k), slow_radii(generated, k), slow_radii(real, m)
    reach = range(len(real)), range(len(generated))
    return {
        "precision": np.mean([any(distances[i, j] <= near[i] for i in reach[0]) for j in reach[1]]),
        "recall": np.mean([any(distances[i, j] <= near_generated[j] for j in reach[1]) for i in reach[0]]),
        "density": sum(distances[i, j] < near_density[i] for i in reach[0] for j in reach[1]) / (m * len(generated)),
        "coverage": np.mean([any(distances[i, j] < near_density[i] for j in reach[1]) for i in reach[0]]),
    }


@pytest.mark.parametrize("rows", [7, 1024])
def test_all_four_are_their_definitions(monkeypatch, rows):
    """Sets of different sizes and an offset that would cancel digits, in one block and in several."""
    monkeypatch.setattr(distances, "BLOCK_ROWS", rows)
    real, generated = 1e3 + normal(0, 60, 5), 1e3 + 0.5 + 0.8 * normal(1, 45, 5)

    scores = neighbour_scores(real, generated, 3, 5)

    assert scores == pytest.approx(slow_scores(real, generated, 3, 5), abs=1e-12)
    assert precision_recall(real, generated) == (scores["precision"], scores["recall"])
    assert density_coverage(real, generated) == (scores["density"], scores["coverage"])


def test_the_same_samples_score_one():
    """Ties at the radius are decided one way: closed balls for precision, open ones for density."""
    features = normal(2, 300, 12)

    assert neighbour_scores(features, features.copy()) == {"precision": 1, "recall": 1, "density": 1, "coverage": 1}


def test_disjoint_sets_score_zero():
    features = normal(3, 100, 4)

    scores = neighbour_scores(features, features + 100)

    assert scores == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}


def test_a_collapsed_generator_is_precise_and_recalls_nothing():
    """All samples at the densest real point: precision 1, no recall, no more coverage than a few balls."""
    real = normal(4, 400, 2)
    middle = real[np.linalg.norm(real, axis=1).argmin()]

    scores = neighbour_scores(real, np.tile(middle, (200, 1)))

    assert scores["precision"] == 1
    assert scores["recall"] == 1 / 400  # the point itself
    assert scores["density"] > 1
    assert scores["coverage"] < 0.1


def test_equal_distributions_have_the_expected_coverage():
    """Naeem et al. 2020, section 3.3: density 1 and coverage 1 − 2⁻⁵, here over 1,000 samples of each."""
    density, coverage = density_coverage(normal(5, 1000, 3), normal(6, 1000, 3))

    assert density == pytest.approx(1, abs=0.06)
    assert coverage == pytest.approx(1 - 2**-5, abs=0.03)


def test_all_four_fall_with_a_growing_shift():
    real, generated = normal(7, 300, 3), normal(8, 300, 3)

    rows = [neighbour_scores(real, generated + shift) for shift in (0, 1, 2, 4, 8)]

    for name in rows[0]:
        values = [row[name] for row in rows]
        assert values == sorted(values, reverse=True)
        assert values[-1] == 0


def test_too_few_samples_for_the_neighbours():
    with pytest.raises(UsageError, match="at least 4 generated samples, got 3"):
        precision_recall(normal(0, 10, 2), normal(0, 3, 2))
    with pytest.raises(UsageError, match="at least 6 real samples, got 5"):
        density_coverage(normal(0, 5, 2), normal(0, 10, 2))


def test_pairwise_distance_is_the_mean_over_pairs():
    features = 50 + normal(9, 30, 4)
    distances = slow_distances(features, features)
    expected = distances.sum() / (30 * 29)

    assert_close(np.array(mean_pairwise_distance(features)), np.array(expected), "metric")
    assert mean_pairwise_distance(np.tile(features[:1], (20, 1))) == 0
    with pytest.raises(UsageError, match="at least 2"):
        mean_pairwise_distance(features[:1])


def slow_ms_ssim(first: np.ndarray, second: np.ndarray, scales: int) -> float:
    """One channel, window by window, as Wang et al. print it."""
    offsets = np.arange(11) - 5
    window = np.exp(-(offsets[:, None] ** 2 + offsets[None, :] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    weights = np.array(SCALE_WEIGHTS[:scales]) / sum(SCALE_WEIGHTS[:scales]) * sum(SCALE_WEIGHTS)
    result = 1.0
    for scale in range(scales):
        terms = []
        for i in range(first.shape[0] - 10):
            for j in range(first.shape[1] - 10):
                a, b = first[i : i + 11, j : j + 11], second[i : i + 11, j : j + 11]
                mean_a, mean_b = (window * a).sum(), (window * b).sum()
                spread = (window * (a - mean_a) ** 2).sum() + (window * (b - mean_b) ** 2).sum()
                shared = (window * (a - mean_a) * (b - mean_b)).sum()
                term = (2 * shared + 0.03**2) / (spread + 0.03**2)
                if scale == scales - 1:
                    term *= (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
                terms.append(term)
        result *= max(np.mean(terms), 0) ** weights[scale]
        first, second = (
            x[: x.shape[0] // 2 * 2, : x.shape[1] // 2 * 2]
            .reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2)
            .mean(axis=(1, 3))
            for x in (first, second)
        )
    return result


@pytest.mark.parametrize(("side", "scales"), [(14, 1), (28, 2), (45, 3)])
def test_ms_ssim_is_its_definition(side, scales):
    first = np.random.default_rng(10).random((2, 1, side, side))
    second = np.clip(first + 0.2 * normal(11, 2, 1, side, side), 0, 1)

    values = ms_ssim(first, second)

    expected = [slow_ms_ssim(a[0], b[0], scales) for a, b in zip(first, second, strict=True)]
    assert scales_that_fit((side, side)) == scales
    assert_close(values, np.array(expected), "similarity")
    assert_close(ms_ssim(first, first), np.ones(2), "similarity")


def test_five_scales_need_176_pixels():
    assert [scales_that_fit((side, 300)) for side in (10, 175, 176, 500)] == [0, 4, 5, 5]


def test_similarity_is_one_for_one_image_and_lower_for_noise():
    noise = np.random.default_rng(12).random((40, 3, 16, 16)) * 2 - 1

    same, scales = mean_similarity(np.tile(noise[:1], (40, 1, 1, 1)), (-1, 1), pairs=50)
    varied, _ = mean_similarity(noise, (-1, 1), pairs=50)

    assert scales == 1
    assert same == pytest.approx(1, abs=1e-12)
    assert varied < 0.2
    with pytest.raises(UsageError, match="at least 11 pixels"):
        mean_similarity(noise[:, :, :8, :8], (-1, 1))


def test_two_sample_test_on_equal_and_on_different_sets():
    """Equal distributions: p-values spread over [0, 1]; far apart: every sample told, p = 2⁻ⁿ."""
    equal = [two_sample_test(normal(2 * i, 100, 3), normal(2 * i + 1, 100, 3)) for i in range(12)]
    apart = two_sample_test(normal(0, 100, 3), normal(1, 100, 3) + 20)

    assert {test.tested for test in equal} == {100}
    assert 0.4 < np.mean([test.accuracy for test in equal]) < 0.6
    assert 0.1 < np.mean([test.p_value for test in equal]) < 0.9
    assert (apart.accuracy, apart.p_value) == (1.0, pytest.approx(2.0**-100))


def test_two_sample_test_rises_with_a_shift():
    first, second = normal(20, 400, 3), normal(21, 400, 3)

    tests = [two_sample_test(first, second + shift) for shift in (0.0, 0.5, 1.5, 5.0)]

    accuracies = [test.accuracy for test in tests]
    assert accuracies == sorted(accuracies)
    assert tests[-1].p_value < 1e-50 < tests[0].p_value
    with pytest.raises(UsageError, match="at least 20 generated samples, got 19"):
        two_sample_test(first, second[:19])
