"""Every metric at the edges: the number is finite and right, or it is refused in one line."""

import warnings
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from gan_core import metrics as M
from gan_core.errors import UsageError
from gan_core.metrics.two_sample import _bounds
from tolerances import assert_close


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def as_images(features: np.ndarray) -> np.ndarray:
    """Pictures of 11 × 11 equal pixels each, from the first feature."""
    return np.broadcast_to(features[:, :1, None, None], (len(features), min(1, features.shape[1]), 11, 11))


def as_probabilities(features: np.ndarray) -> np.ndarray:
    share = (1 + np.tanh(features[:, :1])) / 2
    return np.concatenate([share, 1 - share], axis=1)


def moments_of(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    gathered = M.Moments(features.shape[1])
    gathered.add(features)
    return gathered.mean, gathered.covariance()


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], object]] = {
    "frechet": M.frechet_distance,
    "frechet of moments": lambda a, b: M.frechet_distance_of_moments(*moments_of(a), *moments_of(b)),
    "frechet extrapolated": M.frechet_extrapolated,
    "kernel": lambda a, b: M.kernel_distance(a, b, subsets=3),
    "squared mmd": M.squared_mmd,
    "precision": M.precision_recall,
    "density": M.density_coverage,
    "all four": lambda a, b: tuple(M.neighbour_scores(a, b).values()),
    "precision-recall-curve": lambda a, b: M.precision_recall_curve(a, b).scores,
    "two-sample": lambda a, b: (M.two_sample_test(a, b).accuracy, M.two_sample_test(a, b).p_value),
    "pairwise distance": lambda _, b: M.mean_pairwise_distance(b),
    "ms-ssim": lambda _, b: M.mean_similarity(as_images(b), (-1.0, 1.0), pairs=20),
    "inception": lambda _, b: M.inception_score(as_probabilities(b)),
    "modes": lambda a, b: M.mode_coverage(b, a[:3], 0.5).reverse_kl,
    "path length": lambda _, b: M.perceptual_path_length(lambda share: b * (1 + share[:, None]), len(b)),
    "tsne": lambda _, b: M.tsne(b),
}
FAR = normal(1, 120, 3)
FAR[0] = 1e8
EDGES: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "two samples": (normal(2, 2, 3), normal(3, 2, 3)),
    "ten samples": (normal(2, 10, 3), normal(3, 10, 3)),
    "one feature": (normal(2, 120, 1), normal(3, 120, 1)),
    "tied distances": (normal(2, 120, 3).round(), normal(3, 120, 3).round()),
    "one sample": (normal(2, 1, 3), normal(3, 1, 3)),
    "no samples": (np.zeros((0, 3)), np.zeros((0, 3))),
    "one against many": (normal(2, 120, 3), normal(3, 1, 3)),
    "no features": (np.zeros((120, 0)), np.zeros((120, 0))),
    "constant features": (np.full((120, 3), 0.1), np.full((120, 3), 0.1)),
    "one constant set": (normal(2, 120, 3), np.full((120, 3), 0.1)),
    "one constant feature": (normal(2, 120, 3) * [1, 0, 1], normal(3, 120, 3) * [1, 0, 1]),
    "copies": (np.repeat(normal(2, 12, 3), 10, axis=0), np.repeat(normal(2, 12, 3), 10, axis=0)),
    "fewer than features": (normal(2, 20, 64), normal(3, 20, 64)),
    "one far sample": (normal(2, 120, 3), FAR),
    "tiny": (1e-200 * normal(2, 120, 3), 1e-200 * normal(3, 120, 3)),
    "huge": (1e24 * normal(2, 120, 3), 1e24 * normal(3, 120, 3)),
    "whole numbers": (normal(2, 120, 3).round().astype(int), normal(3, 120, 3).round().astype(int)),
}
BAD = {"NaN": np.nan, "infinite": np.inf, "minus infinite": -np.inf, "beyond": 1e30}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("metric", METRICS)
def test_a_number_at_an_edge_is_finite_or_refused(metric, edge):
    """Without a warning of NumPy's on the way, which would be an overflow or 0/0 that happened to come out."""
    real, generated = EDGES[edge]
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            value = METRICS[metric](real, generated)
        except UsageError:
            return
    assert np.isfinite(value).all()


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("metric", METRICS)
def test_what_is_not_finite_is_refused(metric, bad):
    if (metric, bad) in {("inception", name) for name in ("infinite", "minus infinite", "beyond")}:
        pytest.skip("these are probabilities of 0 and 1")
    real, generated = normal(2, 120, 3), normal(3, 120, 3)
    generated[7] = BAD[bad]

    with pytest.raises(
        UsageError, match=r"7 has (features|pixels) that are (NaN or infinite|beyond 1e25; scale them down)"
    ):
        METRICS[metric](real, generated)


A, B = normal(4, 120, 3), normal(5, 120, 3)
REFUSED = {
    "no neighbours": lambda: M.precision_recall(A, B, 0),
    "neither pair": lambda: M.neighbour_scores(A, B, None, None),
    "no subsets": lambda: M.kernel_distance(A, B, subsets=0),
    "subsets of one": lambda: M.kernel_distance(A, B, subset_size=1),
    "no splits": lambda: M.inception_score(as_probabilities(B), 0),
    "no pairs": lambda: M.mean_similarity(as_images(B), (-1.0, 1.0), pairs=0),
    "a range of one value": lambda: M.mean_similarity(as_images(B), (1.0, 1.0)),
    "images of two sizes": lambda: M.ms_ssim(as_images(A), as_images(B)[:3]),
    "a step of nothing": lambda: M.perceptual_path_length(lambda _: A, 120, step=0.0),
    "a walk that loses paths": lambda: M.perceptual_path_length(lambda _: A[:9], 120),
    "centres of another width": lambda: M.mode_coverage(A, np.zeros((2, 5)), 0.1),
    "a deviation that is NaN": lambda: M.mode_coverage(A, A[:2], np.nan),
    "shares that do not sum to 1": lambda: M.entropy_bits(np.array([0.5, 0.2])),
    "classes that are no whole numbers": lambda: M.class_shares(A[:, 0], 3),
    "complex features": lambda: M.frechet_distance(A + 1j, B),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_nothing_can_be_worked_out_of_is_one_line(what):
    with pytest.raises(UsageError) as caught:
        REFUSED[what]()
    assert "\n" not in str(caught.value)


def one_by_one(real: np.ndarray, generated: np.ndarray, k: int, m: int) -> dict[str, float]:
    """The four definitions over all pairs, each distance from its difference."""

    def squared(first, second):
        return np.square(first[:, None, :] - second[None, :, :]).sum(axis=2)

    def radii(features, number):
        return np.sort(squared(features, features), axis=1)[:, number]  # the first is the sample itself

    between, balls = squared(real, generated), squared(real, generated) < radii(real, m)[:, None]
    return {
        "precision": (between <= radii(real, k)[:, None]).any(axis=0).mean(),
        "recall": (between <= radii(generated, k)).any(axis=1).mean(),
        "density": balls.sum() / (m * len(generated)),
        "coverage": balls.any(axis=1).mean(),
    }


@pytest.mark.parametrize("far", [1e3, 1e8, 1e12, 1e16])
def test_one_far_generated_sample_leaves_precision_and_recall_of_sets_apart_at_zero(far):
    real, generated = normal(6, 1000, 16), 5 + normal(7, 1000, 16)
    generated[0] = far

    scores = M.neighbour_scores(real, generated)

    assert scores == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}


FAR_SETS = {
    "a far real sample": (np.array([0]), np.array([], int)),
    "far samples in both": (np.array([0, 1]), np.array([0, 1])),
    "a tenth of both": (np.arange(20), np.arange(20)),
    "half of both": (np.arange(100), np.arange(100)),
}


@pytest.mark.parametrize("at", [1e4, 1e9, 1e13])
@pytest.mark.parametrize("which", FAR_SETS)
def test_all_four_are_their_definitions_with_far_samples(which, at):
    """Alone or in a cluster, whose own distances are as exact as those near the origin."""
    real, generated = normal(8, 200, 6), 0.3 + normal(9, 200, 6)
    real[FAR_SETS[which][0]] += at
    generated[FAR_SETS[which][1]] += at

    assert M.neighbour_scores(real, generated) == pytest.approx(one_by_one(real, generated, 3, 5), abs=1e-12)


def test_ties_are_inside_closed_balls_and_outside_open_ones():
    """Whole numbers, where many distances are equal, and copies of one set."""
    real = np.random.default_rng(10).integers(0, 3, (200, 4)).astype(float)
    generated = np.random.default_rng(11).integers(0, 3, (150, 4)).astype(float)

    assert M.neighbour_scores(real, generated) == pytest.approx(one_by_one(real, generated, 3, 5), abs=1e-12)
    assert M.precision_recall(np.repeat(real, 4, axis=0), np.repeat(real, 4, axis=0)) == (1, 1)


def test_scores_of_neighbours_do_not_depend_on_the_unit_or_the_origin():
    real, generated = normal(12, 200, 6), 0.3 + normal(13, 200, 6)
    expected = M.neighbour_scores(real, generated)

    for unit in (2.0**-600, 2.0**-100, 2.0**60):
        assert M.neighbour_scores(real * unit, generated * unit) == expected
    moved = [(features + 1e6) for features in (real, generated)]
    assert M.neighbour_scores(*moved) == pytest.approx(one_by_one(*moved, 3, 5), abs=1e-12)


@pytest.mark.parametrize("far", [1e3, 1e8, 1e20])
def test_far_samples_do_not_hide_a_difference_from_the_two_sample_test(far):
    real, generated = normal(14, 300, 8), 2 + normal(15, 300, 8)
    for of in (real, generated):
        spoilt = of.copy()
        spoilt[:3] = far
        pair = (spoilt, generated) if of is real else (real, spoilt)
        assert M.two_sample_test(*pair).accuracy > 0.97


def test_the_two_sample_test_leaves_ordinary_features_as_they_are():
    """Normal, heavy-tailed (Student's t of 3), and rectified ones of which 2 in 100 are above 0."""
    generator = np.random.default_rng(16)
    features = np.stack(
        [generator.standard_normal(10_000), generator.standard_t(3, 10_000), np.maximum(normal(17, 10_000) - 2.05, 0)],
        axis=1,
    )
    low, high = _bounds(features)

    np.testing.assert_array_equal(np.clip(features, low, high), features)


def test_repeated_samples_are_counted():
    features = normal(18, 50, 3)

    assert M.two_sample_test(features, np.repeat(features[:25], 2, axis=0)).repeated == 25
    assert M.two_sample_test(features, features + 1).repeated == 0


def test_the_bias_of_the_frechet_distance_is_the_stated_one():
    """Two sets of one Gaussian of unit variance: (D(D + 1)/2 + 2D) / N, and nothing left of it in the extrapolation."""
    count, dimensions = 1000, 32
    pairs = [(normal(100 + i, count, dimensions), normal(200 + i, count, dimensions)) for i in range(8)]
    stated = (dimensions * (dimensions + 1) / 2 + 2 * dimensions) / count

    assert np.mean([M.frechet_distance(*pair) for pair in pairs]) == pytest.approx(stated, rel=0.05)
    assert abs(np.mean([M.frechet_extrapolated(*pair) for pair in pairs])) < 0.05 * stated


def test_the_extrapolated_frechet_distance_keeps_a_true_distance():
    first, second = normal(300, 4000, 8), normal(301, 4000, 8) + 0.5

    assert M.frechet_extrapolated(first, second) == pytest.approx(8 * 0.25, rel=0.06)
    with pytest.raises(UsageError, match="at least 4 real samples, got 3"):
        M.frechet_extrapolated(first[:3], second)


@pytest.mark.parametrize("offset", [0.0, 30.0, 1e6])
@pytest.mark.parametrize("far", [0.0, 1e8])
def test_the_kernel_distance_is_exact_far_from_the_origin(offset, far):
    """Against fractions of whole numbers, for features that lie far away together, and for one that lies far alone."""
    first, second = (np.round(64 * normal(seed, 20, 4)) / 64 + offset for seed in (20, 21))
    second[0] += far

    def kernel(x: np.ndarray, y: np.ndarray) -> Fraction:
        return (sum(Fraction(a) * Fraction(b) for a, b in zip(x.tolist(), y.tolist(), strict=True)) / 4 + 1) ** 3

    def within(rows: np.ndarray) -> Fraction:
        return sum(kernel(x, y) for i, x in enumerate(rows) for j, y in enumerate(rows) if i != j) / Fraction(20 * 19)

    exact = within(first) + within(second) - 2 * sum(kernel(x, y) for x in first for y in second) / Fraction(400)
    assert M.squared_mmd(first, second) == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize("count", [2, 10, 100])
def test_up_to_a_hundred_paths_lose_none(count):
    """The percentiles are the lengths of the shortest and the longest path, which stay."""
    speeds = np.arange(1, count + 1, dtype=float)

    length = M.perceptual_path_length(lambda share: (speeds * share)[:, None], count)

    assert length == pytest.approx(np.mean(speeds**2), rel=1e-8)


def test_longer_path_lengths_are_trimmed_as_in_stylegan():
    """Of 1,000: the percentiles lie between the 10th and 11th sample of either end, and the outer of the two stay."""
    speeds = np.arange(1, 1001, dtype=float)

    length = M.perceptual_path_length(lambda share: (speeds * share)[:, None], 1000)

    assert length == pytest.approx(np.mean(speeds[9:-9] ** 2), rel=1e-8)


def test_splits_of_the_inception_score_are_cut_as_in_the_papers_code():
    """13 rows in 10 parts: part i is from i·13 // 10 to (i + 1)·13 // 10, so the three larger ones are spread."""
    rows = np.random.default_rng(19).dirichlet(np.ones(4), 13)
    parts = [rows[i * 13 // 10 : (i + 1) * 13 // 10] for i in range(10)]

    def score(part: np.ndarray) -> float:
        return float(np.exp(np.mean(np.sum(part * np.log(part / part.mean(axis=0)), axis=1))))

    scores = [score(part) for part in parts]
    assert sorted(map(len, parts)) == [1] * 7 + [2] * 3
    assert_close(np.array(M.inception_score(rows)), np.array([np.mean(scores), np.std(scores)]), "metric")


def test_agreement_is_counted_for_each_class():
    labels, classes = np.array([0, 0, 1, 1, 1, 3]), np.array([0, 2, 1, 1, 0, 3])

    np.testing.assert_array_equal(M.agreement_by_class(classes, labels, 4), [0.5, 2 / 3, np.nan, 1.0])
