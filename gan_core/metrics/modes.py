"""How many modes of a known mixture samples reach, by every count that papers and tutorials use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gan_core.errors import UsageError
from gan_core.metrics.checks import checked_features
from gan_core.metrics.intervals import Interval
from gan_core.randomness import stream

DEVIATIONS = 3.0  # a sample of high quality lies within so many standard deviations of its nearest centre
SMALLEST_SHARE = 0.01
RESAMPLINGS = 1000
RADIUS = 0.1  # the tutorial's, in the units of the points


@dataclass(frozen=True, kw_only=True)
class ModeCoverage:
    """What samples reach of a number of modes, `modes`.

    covered: modes with a high-quality sample. covered_by_share: modes with so many of them that they are at least 1%
    of all samples. covered_within_radius: modes with any sample within the radius. high_quality: share of samples.
    reverse_kl: KL(samples ‖ real) of the histogram over modes, in nats; 0 when modes are as frequent as the real
    ones. histogram: share of the samples nearest to each mode.
    """

    modes: int
    covered: int
    covered_by_share: int
    covered_within_radius: int
    high_quality: float
    reverse_kl: float
    histogram: tuple[float, ...]


def mode_coverage(
    samples: np.ndarray,
    centres: np.ndarray,
    standard_deviation: float,
    frequencies: np.ndarray | None = None,
    radius: float = RADIUS,
) -> ModeCoverage:
    """Count the modes [modes, D] that samples [N, D] reach, each sample belonging to its nearest centre.

    High quality, "covered" and reverse KL as in Srivastava et al. 2017 (VEEGAN, arXiv:1705.07761, section 5.1) and Lin
    et al. 2018 (PacGAN, arXiv:1712.04086, section 4.1): within 3 standard deviations of the centre. frequencies: the
    shares [modes] of the real modes, equal if None. radius: within which any sample covers a mode, in units of the
    samples. Raises `UsageError` for no samples, and for arrays that do not fit.

    >>> centres = np.array([[-1.0, 0.0], [1.0, 0.0]])
    >>> coverage = mode_coverage(np.array([[1.0, 0.01], [1.0, -0.01]]), centres, standard_deviation=0.02)
    >>> coverage.covered, coverage.modes, coverage.high_quality, coverage.histogram
    (1, 2, 1.0, (0.0, 1.0))
    """
    points, centres, distances = _distances(samples, centres, standard_deviation, radius)
    nearest = distances.argmin(axis=1)
    good = distances[np.arange(len(points)), nearest] <= DEVIATIONS * standard_deviation
    good_counts = np.bincount(nearest[good], minlength=len(centres))
    histogram = np.bincount(nearest, minlength=len(centres)) / len(points)
    expected = np.full(len(centres), 1 / len(centres)) if frequencies is None else frequencies
    if expected.shape != (len(centres),) or not (expected > 0).all():
        raise UsageError(f"modes: expected a frequency above 0 for each of {len(centres)} modes")
    held = histogram > 0
    return ModeCoverage(
        modes=len(centres),
        covered=int((good_counts > 0).sum()),
        covered_by_share=int((good_counts >= SMALLEST_SHARE * len(points)).sum()),
        covered_within_radius=int((distances <= radius).any(axis=0).sum()),
        high_quality=float(good.mean()),
        reverse_kl=max(0.0, float((histogram[held] * np.log(histogram[held] / expected[held])).sum())),
        histogram=tuple(histogram.tolist()),
    )


def resampled_coverage(
    samples: np.ndarray, centres: np.ndarray, standard_deviation: float, radius: float = RADIUS, seed: int = 0
) -> list[Interval]:
    """Return the intervals of the three counts of `mode_coverage`: covered, by share, within the radius.

    1,000 sets of as many samples are drawn from these with repetition (Efron 1979). They never reach a mode that these
    do not reach, so their counts are too low on average. Both ends are therefore as far from the count as 2.5% of
    theirs are below it: about as many modes would be found anew by other samples as would be lost (Good 1953), one for
    each that a single sample reaches.
    """
    points, centres, distances = _distances(samples, centres, standard_deviation, radius)
    own = np.arange(len(centres)) == distances.argmin(axis=1)[:, None]
    reached = np.hstack([(distances <= DEVIATIONS * standard_deviation) & own, distances <= radius]).astype(float)

    def counts(times: np.ndarray) -> list[int]:
        good_counts, within = np.split(times @ reached, 2)
        return _counts(good_counts, within, len(points))

    return resampled_counts(counts, len(points), len(centres), seed)


def resampled_counts(
    counts: Callable[[np.ndarray], Sequence[int]], samples: int, most: int, seed: int = 0
) -> list[Interval]:
    """Return the intervals of counts of what samples reach, as `resampled_coverage` has them.

    counts: the counts, of how often [samples] each sample is there. most: what there is to be reached.
    """
    generator = stream(seed, "resampled modes")
    drawn = [
        counts(np.bincount(generator.integers(0, samples, samples), minlength=samples)) for _ in range(RESAMPLINGS)
    ]
    found = np.array(counts(np.ones(samples, np.int64)))
    reach = np.maximum(found - np.percentile(np.array(drawn), 2.5, axis=0, method="nearest"), 0)
    ends = zip(found - reach, np.minimum(found + reach, most), strict=True)
    return [Interval(float(low), float(high)) for low, high in ends]


def _counts(good_counts: np.ndarray, within: np.ndarray, samples: int) -> list[int]:
    """Return the three counts of modes, from how many good samples and how many within the radius each mode has."""
    return [
        int((good_counts > 0).sum()),
        int((good_counts >= SMALLEST_SHARE * samples).sum()),
        int((within > 0).sum()),
    ]


def reverse_kl_influences(samples: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return by how much each sample [N, D] moves the reverse KL against equally frequent modes: [N], of mean 0."""
    points, centres, distances = _distances(samples, centres, 0.0, 0.0)
    nearest = distances.argmin(axis=1)
    ratios = np.log(np.bincount(nearest)[nearest] * len(centres) / len(points))
    return np.asarray(ratios - ratios.mean())


def _distances(
    samples: np.ndarray, centres: np.ndarray, standard_deviation: float, radius: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return samples [N, D], centres [modes, D] and their distances [N, modes], checked."""
    points = checked_features("modes", "generated", samples, 1)
    centres = checked_features("modes", "centre", centres, 1)
    if points.shape[1] != centres.shape[1]:
        raise UsageError(f"modes: samples have {points.shape[1]} coordinates, centres {centres.shape[1]}")
    if not (standard_deviation >= 0 and radius >= 0):
        raise UsageError(f"modes: a deviation of {standard_deviation} and a radius of {radius}; expected at least 0")
    return points, centres, np.linalg.norm(points[:, None, :] - centres[None, :, :], axis=2)
