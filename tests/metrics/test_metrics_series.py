"""Scores of series: each is best for samples of the same distribution, and worse for what it looks at."""

import msgspec
import numpy as np
import pytest

from gan_core.data.series import GoogleStock, Sines
from gan_core.data.spec import Data
from gan_core.errors import UsageError
from gan_core.evaluation.scorer import Drawn, Row, make_scorer
from gan_core.metrics import autocorrelation_distance, discriminative_score, feature_distances, predictive_score
from gan_core.metrics.series import autocorrelations
from gan_core.presets import preset
from gan_core.training.machine import Machine


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


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (np.full((4, 12, 2), np.nan), "generated series 0 has values that are NaN or infinite"),
        (waves(0)[:, :2], r"generated series are \[200, 2, 2\] of float64; expected numbers .* of 3 steps"),
        (waves(0)[:, :, :1], r"real series are \[12, 2\], generated ones \[12, 1\]"),
    ],
)
@pytest.mark.parametrize("score", [feature_distances, autocorrelation_distance, discriminative_score, predictive_score])
def test_series_that_cannot_be_compared_are_refused(score, series, message):
    with pytest.raises(UsageError, match=message):
        score(waves(0), series)


def test_any_seed_makes_a_forest():
    assert 0 <= discriminative_score(waves(0, 20), waves(1, 20), seed=2**40) <= 0.5


def series_scores(data: Data, names: list[str]) -> list[Row]:
    """The scores of real series in place of generated ones, with intervals where they have any."""
    made = msgspec.structs.replace(preset("timegan"), data=data)
    scorer = make_scorer(made, data.load(None), Machine(backend="numpy"), features="auto", count=200)
    drawn = Drawn(samples=scorer.real.stand_in.samples, labels=None, features=scorer.stand_in)
    return scorer.rows(scorer.metric_inputs(drawn, intervals=20), names)


def test_windows_that_overlap_give_no_interval_against_real_ones():
    against, alone = series_scores(GoogleStock(), ["autocorrelation", "diversity"])

    assert against.interval is None
    assert alone.interval is not None


def test_the_interval_of_a_discriminative_score_is_that_of_its_accuracy():
    (row,) = series_scores(Sines(series=400), ["discriminative"])

    assert row.interval is not None
    assert 0 <= row.interval.low <= row.value <= row.interval.high <= 0.5
    assert row.interval.high - row.value == pytest.approx(1.96 * 0.5 / np.sqrt(80), abs=0.02)
