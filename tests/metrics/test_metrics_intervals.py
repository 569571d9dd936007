"""Intervals of scores: influences against the jackknife, shares, differences, and how often they hold the truth."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from gan_core import metrics as M
from gan_core.errors import UsageError
from gan_core.evaluation.conditional_scores import within_classes
from gan_core.evaluation.metric import Metric, MetricInputs, Score
from gan_core.evaluation.scores import METRICS
from gan_core.evaluation.sure_scores import scores_with_intervals
from gan_core.features.extractor import Features
from gan_core.metrics.copying import rank_influences
from gan_core.metrics.intervals import Estimate, count_of_parts, on_parts
from gan_core.metrics.modes import resampled_coverage, reverse_kl_influences
from gan_core.metrics.path_length import length_influences, mean_length

RANDOM = np.random.default_rng(0)
REAL, MADE = RANDOM.standard_normal((150, 4)), 0.3 + 1.4 * RANDOM.standard_normal((120, 4))
CENTRES = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


def probabilities(of: np.ndarray) -> np.ndarray:
    shares: np.ndarray = np.exp(2 * of)
    return shares / shares.sum(axis=1, keepdims=True)


def entropy(rows: np.ndarray) -> float:
    return M.entropy_bits(M.class_shares(rows.argmax(axis=1), 4))


def entropy_influences(rows: np.ndarray) -> np.ndarray:
    classes = rows.argmax(axis=1)
    return M.entropy_influences(classes, M.class_shares(classes, 4))


Scored = tuple[Callable[..., float], Callable[..., tuple[np.ndarray, ...]], tuple[np.ndarray, ...]]
SCORES: dict[str, Scored] = {
    "frechet": (M.frechet_distance, M.frechet_influences, (REAL, MADE)),
    "frechet to statistics": (
        lambda made: M.frechet_to_statistics(REAL.mean(axis=0), np.cov(REAL.T), made),
        lambda made: (M.influences_to_statistics(REAL.mean(axis=0), np.cov(REAL.T), made),),
        (MADE,),
    ),
    "kernel": (M.squared_mmd, M.kernel_influences, (REAL, MADE)),
    "rank": (M.copying_rank, rank_influences, (abs(REAL[:, 0]), abs(MADE[:, 0]))),
    "inception": (
        lambda rows: M.inception_score(rows, splits=1)[0],
        lambda rows: (M.inception_influences(rows, splits=1),),
        (probabilities(MADE),),
    ),
    "vendi": (M.vendi_score, lambda rows: (M.vendi_influences(rows),), (MADE,)),
    "entropy": (entropy, lambda rows: (entropy_influences(rows),), (MADE,)),
    "reverse KL": (
        lambda points: M.mode_coverage(points, CENTRES, 0.1).reverse_kl,
        lambda points: (reverse_kl_influences(points, CENTRES),),
        (MADE[:, :2],),
    ),
    "path length": (mean_length, lambda lengths: (length_influences(lengths),), (MADE[:, 0] ** 2,)),
}


@pytest.mark.parametrize("name", SCORES)
def test_an_influence_is_what_a_score_loses_without_a_sample(name: str):
    """N − 1 times the loss, the jackknife's; they part by 1/N."""
    score, influences, samples = SCORES[name]
    whole = score(*samples)
    for number, own in enumerate(influences(*samples)):
        count = len(samples[number])
        without = [
            score(*(np.delete(one, left_out, axis=0) if place == number else one for place, one in enumerate(samples)))
            for left_out in range(count)
        ]
        lost = (count - 1) * (whole - np.array(without))

        np.testing.assert_allclose(own.mean(), 0, atol=1e-9 * own.std())
        assert np.corrcoef(own, lost)[0, 1] > 0.98
        assert own.std() == pytest.approx(lost.std(), rel=0.15)


def test_a_share_of_none_has_an_interval():
    assert M.interval(Estimate(0.0, parts=[0.0] * 20, share_of=1000)) == M.interval_of_share(0.0, 1000)
    assert 0 < M.interval_of_share(0.0, 1000).high < 0.005


def test_a_score_of_few_parts_has_no_interval():
    assert M.interval(Estimate(1.0, parts=[1.0, 2.0, 3.0])) is None


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_has_no_interval_of_one(share: float):
    with pytest.raises(UsageError, match=r"expected 0 … 1"):
        M.interval_of_share(share, 10)


def test_a_difference_against_the_same_real_samples_leaves_out_their_error():
    real, noise = RANDOM.standard_normal(20), 0.1 * RANDOM.standard_normal((2, 20))
    first, second = (Estimate(mean, parts=mean + real + own) for mean, own in zip((1.0, 1.5), noise, strict=True))
    same, others = (M.interval_of_difference(first, second, known) for known in (True, False))

    assert same is not None
    assert others is not None
    assert 0.4 < same.low < 0.5 < same.high < 0.6
    assert others.low < 0 < others.high


def test_a_difference_of_two_shares_needs_no_parts():
    ends = M.interval_of_difference(Estimate(0.5, share_of=1000), Estimate(0.6, share_of=1000), same_reference=True)

    assert ends == pytest.approx((0.1 - 0.0434, 0.1 + 0.0434), abs=2e-4)


@pytest.mark.parametrize(("samples", "parts"), [((10_000, 10_000), 20), ((300, 1000), 15), ((99, 1000), 0)])
def test_parts_have_at_least_twenty_samples(samples: tuple[int, int], parts: int):
    assert count_of_parts(20, *samples) == parts


def test_a_metric_of_ones_own_is_worked_out_on_each_part():
    """Whose interval is that of a mean."""
    rows = RANDOM.standard_normal((400, 1))
    inputs = MetricInputs(
        real=Features(values=rows), samples=rows, generated=Features(values=rows), value_range=(-1, 1), parts=20
    )
    own = Metric(
        work_out=lambda given: [Score(name="own", value=float(given.samples.mean()), better="as real", used=400)]
    )
    (score,) = scores_with_intervals(own, inputs)

    assert score.interval is not None
    assert score.interval.high - score.interval.low == pytest.approx(4 / 20, rel=0.4)
    assert scores_with_intervals(own, replace(inputs, parts=0))[0].interval is None


def test_a_metric_that_a_part_is_too_small_for_has_no_interval():
    def work_out(given: MetricInputs) -> list[Score]:
        if len(given.samples) < 100:
            raise UsageError("too few")
        return [Score(name="own", value=1.0, better="lower", used=100)]

    rows = np.zeros((100, 1))
    inputs = MetricInputs(
        real=Features(values=rows), samples=rows, generated=Features(values=rows), value_range=(-1, 1), parts=5
    )

    assert scores_with_intervals(Metric(work_out=work_out), inputs)[0].interval is None


def test_a_mode_of_one_sample_may_have_been_missed():
    points = np.concatenate([np.repeat(CENTRES[:2], 50, axis=0), CENTRES[2:]])
    covered, by_share, _ = resampled_coverage(points, CENTRES, 0.1)

    assert covered == (2, 3)
    assert by_share == (2, 2)


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "scale"), [(0.1, 1.3), (0.0, 1.0)], ids=["apart", "alike"])
def test_the_interval_of_the_extrapolated_distance_holds_the_true_one(shift: float, scale: float):
    """In 95 of 100 sets of samples, or more where the distributions are alike."""
    dimensions, count, sets, held = 32, 800, 150, 0
    deviations = 1 / np.sqrt(1 + np.arange(dimensions))
    true = M.frechet_distance_of_moments(
        np.zeros(dimensions), np.diag(deviations**2), np.full(dimensions, shift), np.diag((scale * deviations) ** 2)
    )
    for number in range(sets):
        random = np.random.default_rng(number)
        real = deviations * random.standard_normal((count, dimensions))
        made = shift + scale * deviations * random.standard_normal((count, dimensions))
        value = M.frechet_extrapolated(real, made, number)
        ends = M.interval(Estimate(value, on_parts(value, 20, *M.frechet_influences(real, made))))
        held += ends is not None and ends.low <= true <= ends.high

    assert held >= 0.88 * sets


def test_the_vendi_score_is_of_the_eigenvalues_of_the_cosines() -> None:
    """Of all pairs, as the paper has it; twice the same samples are as many."""
    rows = MADE / np.linalg.norm(MADE, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(rows @ rows.T / len(rows))
    values = values[values > 1e-12]

    assert M.vendi_score(MADE) == pytest.approx(np.exp(-(values * np.log(values)).sum()), rel=1e-9)
    assert M.vendi_score(np.concatenate([MADE, MADE])) == pytest.approx(M.vendi_score(MADE), rel=1e-9)


def test_a_sample_without_a_direction_has_no_vendi_score() -> None:
    with pytest.raises(UsageError, match="generated sample 1 has features that are all 0"):
        M.vendi_score(np.array([[1.0, 0.0], [0.0, 0.0]]))


def test_the_distance_within_classes_sees_classes_that_are_swapped() -> None:
    """Which the distance over all samples does not."""
    labels = np.repeat([0, 1], 100)
    real = RANDOM.standard_normal((200, 2)) + 5 * labels[:, None]
    inputs = MetricInputs(
        real=Features(values=real),
        samples=real,
        generated=Features(values=real),
        value_range=(-1, 1),
        labels=labels,
        real_labels=1 - labels,
        parts=10,
    )
    mean, *each = scores_with_intervals(METRICS["frechet-by-class"], inputs)

    assert M.frechet_distance(real, real) == pytest.approx(0, abs=1e-9)
    assert mean.value == pytest.approx(50, rel=0.1)
    assert [score.name for score in each] == ["frechet of class 0", "frechet of class 1"]
    assert mean.interval is not None
    assert mean.interval.low < 50 < mean.interval.high


def test_classes_of_unlike_sizes_have_as_many_parts_and_small_ones_are_left_out() -> None:
    """Or refused, where all are small."""
    labels = np.repeat([0, 1, 2], [100, 25, 3])
    real = RANDOM.standard_normal((128, 2))
    features = Features(values=real)
    inputs = MetricInputs(
        real=features,
        samples=real,
        generated=features,
        value_range=(-1, 1),
        labels=labels,
        real_labels=labels,
        parts=50,
    )
    scores = within_classes(inputs)

    assert [len(score.parts) for score in scores] == [25, 25, 25]
    with pytest.raises(UsageError, match=r"needs 20 samples of a class, .*; raise samples=N"):
        within_classes(replace(inputs, labels=np.arange(128)))
