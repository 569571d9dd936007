"""The curve of precision against recall against the paper's formulas, one angle and one cluster after another."""

import math

import numpy as np
import pytest

from gan_core import metrics as M
from gan_core.errors import UsageError
from gan_core.metrics.precision_recall_curve import ANGLES, CLUSTERS, EDGE

RANDOM = np.random.default_rng(0)
HISTOGRAMS = {
    "two": (RANDOM.dirichlet(np.ones(CLUSTERS)), RANDOM.dirichlet(np.ones(CLUSTERS))),
    "sharp": (RANDOM.dirichlet(np.full(CLUSTERS, 0.1)), RANDOM.dirichlet(np.full(CLUSTERS, 0.1))),
    "one of them collapsed": (np.full(CLUSTERS, 1 / CLUSTERS), np.eye(CLUSTERS)[3]),
    "equal": (np.full(CLUSTERS, 1 / CLUSTERS),) * 2,
    "apart": (np.eye(CLUSTERS)[3], np.eye(CLUSTERS)[4]),
}


def by_the_paper(real: np.ndarray, generated: np.ndarray) -> tuple[list[float], list[float]]:
    """α(λ) = Σ min(λ P(ω), Q(ω)) and β(λ) = Σ min(P(ω), Q(ω) / λ), P being real: equations 5 and 6."""
    alphas, betas = [], []
    for number in range(ANGLES):
        slope = math.tan(EDGE + number * (math.pi / 2 - 2 * EDGE) / (ANGLES - 1))
        alphas.append(sum(min(slope * p, q) for p, q in zip(real, generated, strict=True)))
        betas.append(sum(min(p, q / slope) for p, q in zip(real, generated, strict=True)))
    return alphas, betas


def f_score(alpha: float, beta: float, weight: float) -> float:
    bottom = weight**2 * alpha + beta
    return (1 + weight**2) * alpha * beta / bottom if bottom else 0.0


def of_clusters(real: np.ndarray, generated: np.ndarray) -> M.PrecisionRecallCurve:
    """The curve of one clustering that is known, [1, N] and [1, M]."""
    shares = (np.bincount(clusters[0], minlength=CLUSTERS) / clusters.size for clusters in (real, generated))
    precision, recall = M.curve_of_histograms(*shares)
    return M.PrecisionRecallCurve(precision=precision, recall=recall, real=real, generated=generated)


@pytest.mark.parametrize("name", HISTOGRAMS)
def test_the_curve_of_histograms_is_the_paper_s(name: str):
    alphas, betas = by_the_paper(*HISTOGRAMS[name])

    precision, recall = M.curve_of_histograms(*HISTOGRAMS[name])

    np.testing.assert_allclose(precision, alphas, rtol=0, atol=1e-12)
    np.testing.assert_allclose(recall, betas, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", HISTOGRAMS)
def test_the_two_numbers_are_the_largest_f_scores_on_the_curve(name: str):
    precision, recall = M.curve_of_histograms(*HISTOGRAMS[name])
    none = np.zeros((1, 1), int)
    curve = M.PrecisionRecallCurve(precision=precision, recall=recall, real=none, generated=none)
    points = list(zip(*by_the_paper(*HISTOGRAMS[name]), strict=True))

    assert curve.scores.recall == pytest.approx(max(f_score(*point, 8.0) for point in points), abs=1e-12)
    assert curve.scores.precision == pytest.approx(max(f_score(*point, 1 / 8) for point in points), abs=1e-12)


def test_equal_sets_have_all_in_common_and_sets_apart_nothing():
    points = RANDOM.standard_normal((60, 3))

    assert M.precision_recall_curve(points, points).scores == pytest.approx((1.0, 1.0), abs=1e-12)
    assert M.precision_recall_curve(points, points + 100).scores == (0.0, 0.0)


def test_a_set_that_makes_a_half_has_precision_and_half_the_recall():
    """Two distant groups, one of them never made: F_8 of the corner (1, ½) is 65 · ½ / (64 + ½)."""
    near, far = RANDOM.standard_normal((200, 2)), 1000 + RANDOM.standard_normal((200, 2))
    copies = np.repeat(near, 2, axis=0)

    precision, recall = M.precision_recall_curve(np.concatenate([near, far]), copies).scores

    assert recall == pytest.approx(65 * 0.5 / 64.5, abs=0.01)
    assert precision > 0.99 * (1 + 1 / 64) * 0.5 / (1 / 64 + 0.5)


def test_real_and_generated_change_places():
    """Up to the clusterings, which are of the same samples in another order."""
    real, generated = RANDOM.standard_normal((400, 2)), 0.6 * RANDOM.standard_normal((400, 2))

    one, other = M.precision_recall_curve(real, generated).scores, M.precision_recall_curve(generated, real).scores

    assert (one.precision, one.recall) == pytest.approx((other.recall, other.precision), abs=0.02)
    assert one.precision > one.recall + 0.02


def test_sets_of_different_numbers_are_held_against_each_other_by_their_shares():
    real = np.repeat(np.arange(20.0)[:, None], 10, axis=0)

    assert M.precision_recall_curve(real, np.tile(real, (3, 1))).scores == pytest.approx((1.0, 1.0), abs=1e-12)


def test_the_same_samples_and_seed_give_the_same_curve():
    real, generated = RANDOM.standard_normal((2, 100, 2))

    one, other = (M.precision_recall_curve(real, generated, seed=3) for _ in range(2))

    np.testing.assert_array_equal(one.precision, other.precision)


def test_few_samples_are_refused():
    with pytest.raises(UsageError, match="needs at least 20 generated samples, got 19"):
        M.precision_recall_curve(RANDOM.standard_normal((20, 2)), RANDOM.standard_normal((19, 2)))


def test_a_value_on_a_part_is_what_the_curve_loses_without_it():
    """K times the score less K − 1 times that of all other parts, the clusters being given."""
    sets = [RANDOM.choice(CLUSTERS, size=(1, count), p=RANDOM.dirichlet(np.ones(CLUSTERS))) for count in (300, 200)]
    whole = np.array(of_clusters(*sets).scores)
    without = np.array(of_clusters(sets[0][:, 60:], sets[1][:, 40:]).scores)

    values = M.curve_on_parts(of_clusters(*sets), 5)

    assert len(values) == 5
    assert values[0] == pytest.approx(tuple(5 * whole - 4 * without), abs=1e-12)
    assert M.curve_on_parts(of_clusters(*sets), 0) == []


def test_the_deviation_of_the_clusterings_is_in_that_of_the_parts():
    """Standard errors add in squares: that of the parts is no smaller than that of the clusterings."""
    real, generated = RANDOM.choice(CLUSTERS, size=(2, 2, 300), p=RANDOM.dirichlet(np.ones(CLUSTERS)))
    shares = np.array([np.bincount(one, minlength=CLUSTERS) / 300 for one in (*real, *generated)])
    alone = np.array([of_clusters(real[[one]], generated[[one]]).scores for one in (0, 1)])
    precision, recall = np.mean([M.curve_of_histograms(*pair) for pair in (shares[[0, 2]], shares[[1, 3]])], axis=0)
    both = M.PrecisionRecallCurve(precision=precision, recall=recall, real=real, generated=generated)

    found = np.array(M.curve_on_parts(both, 5))

    assert (found.std(axis=0, ddof=1) / np.sqrt(5) >= 0.999 * alone.std(axis=0, ddof=1) / np.sqrt(2)).all()
