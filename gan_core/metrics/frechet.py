"""The Fréchet distance between Gaussians fitted to two sets of features, without the square root of a matrix.

With Σ = AAᵀ for each set, Tr (Σ₁Σ₂)^½ is the sum of the singular values of A₁ᵀA₂. Any factor A does: the centred
features themselves where there are fewer samples than features, else the triangle of their QR decomposition. So
covariances are never squared, eigenvalues that are 0 stay harmless, and every number is real.
"""

import numpy as np
from scipy import linalg

from gan_core.errors import UsageError
from gan_core.metrics.checks import checked_features, checked_pair
from gan_core.randomness import stream

HALVINGS = 2  # how often the samples are halved to find the bias


def frechet_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """Return |μ₁ − μ₂|² + Tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) of features [N, D] and [M, D].

    Heusel et al. 2017 (arXiv:1706.08500, eq. 6); it is the FID when the features are Inception's. Squared units of the
    features; 0 for equal means and covariances, lower is better. Covariances are the unbiased ones (N − 1), as in the
    paper's code; the distance itself is biased upwards (Chong, Forsyth 2020, arXiv:1911.07023): for two sets of N
    samples of the same Gaussian of unit variance by (D(D + 1)/2 + 2D) / N, about D²/2N while N is well above D. So
    compare only equal numbers of samples; `frechet_extrapolated` says what the bias of these is. Raises `UsageError`
    for fewer than 2 samples of either.

    >>> real = np.array([[0.0], [2.0]])
    >>> round(frechet_distance(real, real + 3), 12)  # the means differ by 3, the deviations by nothing
    9.0
    """
    first, second = checked_pair("frechet", real, generated, 2)
    difference = first.mean(axis=0) - second.mean(axis=0)
    return _distance(difference, _factor(first), _factor(second))


def frechet_influences(real: np.ndarray, generated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much each sample moves `frechet_distance` of features [N, D] and [M, D]: [N] and [M], of mean 0.

    The derivative of the distance where a sample's weight grows, with Δ = μ₁ − μ₂ and T the linear map that carries the
    first Gaussian to the second (Dowson, Landau 1982): 2Δ·c + |c|² − c·Tc for c = x − μ₁, and likewise for the second.
    T comes from the polar factor of A₁A₂ᵀ, and no covariance is inverted. Where the sets are alike all influences are
    0 but for chance, and the variance that they let expect is about twice the true one. Raises `UsageError` as
    `frechet_distance`.
    """
    first, second = checked_pair("frechet", real, generated, 2)
    difference = first.mean(axis=0) - second.mean(axis=0)
    (first_rows, first_factor), (second_rows, second_factor) = _rows_and_factor(first), _rows_and_factor(second)
    polar = _polar(first_factor, second_factor)
    carried = polar @ second_factor, polar.T @ first_factor
    return (
        _influences(first, difference, first_rows, carried[0]),
        _influences(second, -difference, second_rows, carried[1]),
    )


def frechet_to_statistics(mean: np.ndarray, covariance: np.ndarray, generated: np.ndarray) -> float:
    """Return `frechet_distance` of features [M, D] from a Gaussian of a mean [D] and a covariance [D, D].

    Published statistics of a data set's features are such a Gaussian. Raises `UsageError` as
    `frechet_distance_of_moments`, and below 2 samples.
    """
    made = checked_features("frechet", "generated", generated, 2)
    _check_moments(made.shape[1], mean, covariance)
    return _distance(mean - made.mean(axis=0), _factor_of_covariance(covariance), _factor(made))


def influences_to_statistics(mean: np.ndarray, covariance: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """Return by how much each of the generated samples moves `frechet_to_statistics`, [M], of mean 0."""
    made = checked_features("frechet", "generated", generated, 2)
    _check_moments(made.shape[1], mean, covariance)
    own, (rows, factor) = _factor_of_covariance(covariance), _rows_and_factor(made)
    return _influences(made, made.mean(axis=0) - mean, rows, _polar(own, factor).T @ own)


def _polar(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the polar factor [R, S] of the product of factors [R, D] and [S, D]."""
    left, values, right = linalg.svd(first @ second.T, full_matrices=False, check_finite=False)
    held = values > len(values) * np.finfo(np.float64).eps * values.max(initial=0.0)
    return np.asarray(left[:, held] @ right[held])


def _rows_and_factor(features: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """Return Q [N, R] or None for the identity, and F [R, D] with QF the centred features over √(N − 1)."""
    centred = _centred(features)
    if len(centred) <= centred.shape[1]:
        return None, centred
    rows, factor = np.linalg.qr(centred)
    return rows, factor


def _influences(
    features: np.ndarray, difference: np.ndarray, rows: np.ndarray | None, carried: np.ndarray
) -> np.ndarray:
    """Return the influences [N] of one set. carried: [R, D], whose products with `rows` are the T(x − μ) / √(N − 1)."""
    centred = features - features.mean(axis=0)
    images = (carried if rows is None else rows @ carried) * np.sqrt(len(features) - 1)
    moved = np.einsum("nd,nd->n", centred, 2 * difference + centred - images)
    return np.asarray(moved - moved.mean())


def frechet_extrapolated(real: np.ndarray, generated: np.ndarray, seed: int = 0) -> float:
    """Return what `frechet_distance` of features [N, D] and [M, D] tends to as N and M grow: the value without bias.

    Chong, Forsyth 2020 (arXiv:1911.07023): the bias is linear in 1/N, so a line through the distance at all samples
    and at halves of them reaches the value at 1/N = 0; what it falls short of `frechet_distance` is the bias of these
    numbers. Halves are drawn at random, and all four pairs of them compared. For equal distributions it is 0 on
    average, so single values may be below. While N is not well above D the line is no line, and the result is
    only nearer than `frechet_distance`. Raises `UsageError` for fewer than 4 samples of either.
    """
    first, second = checked_pair("frechet extrapolated", real, generated, 4)
    whole = frechet_distance(first, second)
    halves = []
    for part in range(HALVINGS):
        generator = stream(seed, "frechet halves", part)
        halves += _between_halves(_halved(first, generator), _halved(second, generator))
    return 2 * whole - float(np.mean(halves))


def _halved(features: np.ndarray, generator: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the mean [D] and the factor [R, D] of two random halves."""
    order, middle = generator.permutation(len(features)), len(features) // 2
    parts = features[order[:middle]], features[order[middle : 2 * middle]]
    return [(part.mean(axis=0), _factor(part)) for part in parts]


def _between_halves(
    first: list[tuple[np.ndarray, np.ndarray]], second: list[tuple[np.ndarray, np.ndarray]]
) -> list[float]:
    return [
        _distance(first_mean - second_mean, first_factor, second_factor)
        for first_mean, first_factor in first
        for second_mean, second_factor in second
    ]


def frechet_distance_of_moments(
    real_mean: np.ndarray, real_covariance: np.ndarray, generated_mean: np.ndarray, generated_covariance: np.ndarray
) -> float:
    """Return `frechet_distance` of two Gaussians from their means [D] and covariances [D, D], see `Moments`.

    Eigenvalues below rounding (D · 2⁻⁵² of the largest) count as 0. Right to about 1e-15 of the traces: distances
    below that need the features themselves. Raises `UsageError` where shapes do not fit.
    """
    for mean, covariance in ((real_mean, real_covariance), (generated_mean, generated_covariance)):
        _check_moments(len(real_mean), mean, covariance)
    return _distance(
        real_mean - generated_mean, _factor_of_covariance(real_covariance), _factor_of_covariance(generated_covariance)
    )


def _check_moments(dimensions: int, mean: np.ndarray, covariance: np.ndarray) -> None:
    if mean.shape != (dimensions,) or covariance.shape != (dimensions, dimensions):
        raise UsageError(
            f"frechet: a mean of shape {list(mean.shape)} and a covariance of shape {list(covariance.shape)}; "
            f"expected [{dimensions}] and [{dimensions}, {dimensions}]"
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise UsageError("frechet: a mean or covariance holds NaN or infinity")


def _distance(difference: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Return the distance from factors [R, D] with FᵀF = Σ; the trace of Σ is the sum of a factor's squares."""
    shared = linalg.svdvals(first @ second.T, overwrite_a=True, check_finite=False).sum()
    traces = np.square(first).sum() + np.square(second).sum()
    return max(0.0, float(difference @ difference + traces - 2 * shared))  # rounding may fall below 0


def _factor(features: np.ndarray) -> np.ndarray:
    """Return F [min(N, D), D] with FᵀF the covariance of features [N, D]."""
    centred = _centred(features)
    if len(centred) > centred.shape[1]:
        return np.asarray(np.linalg.qr(centred, mode="r"))
    return centred


def _centred(features: np.ndarray) -> np.ndarray:
    """Return C [N, D] with CᵀC the covariance of features [N, D]."""
    return np.asarray((features - features.mean(axis=0)) / np.sqrt(len(features) - 1))


def _factor_of_covariance(covariance: np.ndarray) -> np.ndarray:
    values, vectors = linalg.eigh(covariance, check_finite=False)
    positive = values > len(values) * np.finfo(np.float64).eps * max(values.max(initial=0.0), 0.0)
    factor: np.ndarray = (vectors[:, positive] * np.sqrt(values[positive])).T
    return factor
