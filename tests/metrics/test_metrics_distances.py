"""Fréchet and kernel distances against closed forms, slow direct sums, and what they must do on extreme sets."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from gan_core.errors import UsageError
from gan_core.metrics import Moments, frechet_distance, frechet_distance_of_moments, kernel_distance, squared_mmd
from tolerances import assert_close


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def moments_of(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return features.mean(axis=0), np.atleast_2d(np.cov(features.T))


def test_frechet_between_commuting_gaussians_is_the_closed_form():
    """For diagonal covariances: |μ₁ − μ₂|² + Σ (σ₁ − σ₂)²."""
    first, second = np.array([1.0, 4.0, 9.0]), np.array([4.0, 4.0, 0.25])
    shift = np.array([1.0, -2.0, 0.5])

    distance = frechet_distance_of_moments(np.zeros(3), np.diag(first), shift, np.diag(second))

    assert_close(np.array(distance), np.array(5.25 + 1 + 0 + 2.5**2), "frechet")


def test_frechet_of_one_feature_is_two_differences():
    """In one dimension: (μ₁ − μ₂)² + (σ₁ − σ₂)²."""
    first, second = normal(0, 50, 1), 3 + 2 * normal(1, 70, 1)

    expected = (first.mean() - second.mean()) ** 2 + (first.std(ddof=1) - second.std(ddof=1)) ** 2

    assert_close(np.array(frechet_distance(first, second)), np.array(expected), "frechet")


def exact_frechet(first: np.ndarray, second: np.ndarray) -> float:
    """The formula as printed, matrix root and all, with 60 digits."""
    with mpmath.workdps(60):
        (mean_1, cov_1), (mean_2, cov_2) = moments_of(first), moments_of(second)
        values = mpmath.eig(mpmath.matrix(cov_1.tolist()) * mpmath.matrix(cov_2.tolist()), left=False, right=False)
        roots = sum(mpmath.sqrt(abs(mpmath.re(value))) for value in values)
        trace = mpmath.mpf(np.trace(cov_1)) + mpmath.mpf(np.trace(cov_2))
        return float(
            sum((mpmath.mpf(a) - mpmath.mpf(b)) ** 2 for a, b in zip(mean_1, mean_2, strict=True)) + trace - 2 * roots
        )


@pytest.mark.parametrize("count", [30, 200])
def test_frechet_agrees_with_the_printed_formula(count):
    """Full-rank covariances that do not commute, from features and from moments."""
    first, second = normal(2, count, 8) @ normal(3, 8, 8), normal(4, count, 8) @ normal(5, 8, 8) + 0.3
    expected = np.array(exact_frechet(first, second))

    assert_close(np.array(frechet_distance(first, second)), expected, "frechet")
    assert_close(np.array(frechet_distance_of_moments(*moments_of(first), *moments_of(second))), expected, "frechet")


@pytest.mark.parametrize(("count", "other"), [(5, 7), (5, 100), (2, 2), (21, 20)])
def test_fewer_samples_than_features_agree_with_the_singular_covariances(count, other):
    """20 features, covariances of lower rank: the product form and Tr of a real matrix root give the same."""
    first, second = normal(6, count, 20), 1 + 2 * normal(7, other, 20)
    (mean_1, cov_1), (mean_2, cov_2) = moments_of(first), moments_of(second)
    values, vectors = linalg.eigh(cov_1)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.sqrt(np.maximum(linalg.eigvalsh(root @ cov_2 @ root), 0)).sum()
    expected = np.array(np.square(mean_1 - mean_2).sum() + np.trace(cov_1) + np.trace(cov_2) - 2 * shared)

    # roots of eigenvalues that should be 0 cost the reference half its digits
    assert_close(np.array(frechet_distance(first, second)), expected, "frechet of roots")
    assert_close(np.array(frechet_distance_of_moments(mean_1, cov_1, mean_2, cov_2)), expected, "frechet of roots")


@pytest.mark.parametrize("count", [2, 10, 64, 65, 500])
def test_frechet_of_a_set_with_itself_is_zero(count):
    """To rounding of the traces, with full and with singular covariance."""
    features = 100 + normal(8, count, 64)

    assert 0 <= frechet_distance(features, features.copy()) < 1e-11
    assert 0 <= frechet_distance_of_moments(*moments_of(features), *moments_of(features)) < 1e-11


def test_frechet_of_collapsed_sets_is_finite():
    """No spread at all, on one side and on both: the distance of the means, plus the other's spread."""
    point, spread = np.full((40, 6), 2.0), normal(9, 40, 6)
    expected = np.square(2 - spread.mean(axis=0)).sum() + np.trace(np.cov(spread.T))

    assert frechet_distance(point, point + 3) == 6 * 9
    assert_close(np.array(frechet_distance(spread, point)), np.array(expected), "frechet")
    assert_close(
        np.array(frechet_distance_of_moments(*moments_of(spread), *moments_of(point))), np.array(expected), "frechet"
    )


@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 8), st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6))
@settings(max_examples=60, deadline=None)
def test_frechet_is_real_finite_symmetric_and_not_negative(count, other, dimensions, seed, scale):
    """Over random small sets with repeated and constant columns, at any scale."""
    generator = np.random.default_rng(seed)
    first = scale * generator.standard_normal((count, dimensions)) * generator.integers(0, 2, dimensions)
    second = scale * generator.standard_normal((other, dimensions)) * generator.integers(0, 2, dimensions)

    there, back = frechet_distance(first, second), frechet_distance(second, first)

    assert isinstance(there, float)
    assert np.isfinite(there)
    assert there >= 0
    size = np.square(first).sum() + np.square(second).sum()
    assert abs(there - back) <= 1e-13 * size


def test_frechet_grows_with_a_shift_and_with_a_spread():
    first, second = normal(10, 400, 16), normal(11, 400, 16)

    shifted = [frechet_distance(first, second + shift) for shift in (0, 0.2, 0.5, 1, 3)]
    widened = [frechet_distance(first, second * factor) for factor in (1, 1.3, 2, 4)]

    assert shifted == sorted(shifted)
    assert widened == sorted(widened)
    assert shifted[0] < 1 < 16 * 9 * 0.9 < shifted[-1]


def test_moments_added_in_batches_are_those_of_the_whole():
    """Uneven batches far from the origin, merged from two halves: NumPy's mean and covariance."""
    features = 1e4 + normal(12, 1000, 7)
    halves = [Moments(7), Moments(7), Moments(7)]
    for half, part in zip(halves, (features[:337], features[337:], features[:0]), strict=True):
        for start in range(0, len(part), 100):
            half.add(part[start : start + 100])
    halves[2].merge(halves[0])
    halves[2].merge(halves[1])

    assert halves[2].count == 1000
    assert_close(halves[2].mean, features.mean(axis=0), "moments")
    assert_close(halves[2].covariance(), np.cov(features.T), "moments")


def slow_squared_mmd(first: np.ndarray, second: np.ndarray) -> float:
    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return (sum(a * b for a, b in zip(x, y, strict=True)) / len(x) + 1) ** 3

    n, m = len(first), len(second)
    within = sum(kernel(first[i], first[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    other = sum(kernel(second[i], second[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return within + other - 2 * sum(kernel(x, y) for x in first for y in second) / (n * m)


def test_squared_mmd_is_its_definition():
    first, second = normal(13, 9, 4), normal(14, 7, 4) + 0.5

    assert_close(np.array(squared_mmd(first, second)), np.array(slow_squared_mmd(first, second)), "metric")


def test_squared_mmd_is_unbiased():
    """Its mean over many draws from one distribution is 0 within four standard errors; a biased estimate is not."""
    generator = np.random.default_rng(15)
    values = [squared_mmd(generator.standard_normal((10, 3)), generator.standard_normal((10, 3))) for _ in range(2000)]

    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(2000)
    assert np.min(values) < 0


def test_kernel_distance_of_whole_sets_is_squared_mmd():
    """One subset of all samples is no subset at all."""
    first, second = normal(16, 50, 6), normal(17, 50, 6) + 1

    mean, deviation = kernel_distance(first, second, subsets=3, subset_size=1000)

    assert_close(np.array(mean), np.array(squared_mmd(first, second)), "metric")
    assert deviation < 1e-12


def test_kernel_distance_grows_with_a_shift():
    first, second = normal(18, 300, 5), normal(19, 300, 5)

    values = [kernel_distance(first, second + shift, subsets=20, subset_size=100)[0] for shift in (0, 0.3, 1, 2)]

    assert values == sorted(values)
    assert abs(values[0]) < 0.05 < values[-1]


@pytest.mark.parametrize("metric", [frechet_distance, squared_mmd, kernel_distance])
def test_one_sample_is_too_few(metric):
    with pytest.raises(UsageError, match="needs at least 2 generated samples, got 1"):
        metric(normal(0, 10, 3), normal(0, 1, 3))


def test_bad_features_are_one_line():
    with pytest.raises(UsageError, match="real samples have 3 features, generated ones 4"):
        frechet_distance(normal(0, 10, 3), normal(0, 10, 4))
    bad = normal(0, 10, 3)
    bad[4, 1] = np.nan
    with pytest.raises(UsageError, match="generated sample 4"):
        frechet_distance(normal(0, 10, 3), bad)
    with pytest.raises(UsageError, match=r"shape \[10\]"):
        frechet_distance(normal(0, 10), normal(0, 10))
    with pytest.raises(UsageError, match="2 samples, got 0"):
        Moments(3).covariance()
    with pytest.raises(UsageError, match="3 features cannot take in 4"):
        Moments(3).add(normal(0, 5, 4))
