"""How sure a score is: intervals from its values on parts of the samples, and of differences of two scores.

A score of N samples that came in random order is put into K parts of N / K samples, and has a value on each. The
deviation s of these values says how far other samples would move the score: its standard error is s / √K, as for batch
means in simulations (Schmeiser 1982, "Batch size effects in the analysis of simulation output"), and the interval is
Student's with K − 1 degrees of freedom. No sample is drawn twice. A bootstrap would draw them so, and a distance of
two distributions grows by its repeats alone.

The value on a part is either the score worked out on the part, or the score plus the mean over the part of its
*influences*: by how much one sample more of a kind would move it, times N (the infinitesimal jackknife, Jaeckel 1972).
The second is for scores that a part alone is too small for.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gan_core.errors import UsageError

CONFIDENCE = 0.95
PARTS = 20
LEAST_PARTS = 5
LEAST_IN_PART = 20  # samples


class Interval(NamedTuple):
    """The ends of an interval that holds, in 95 of 100 evaluations, what the score comes to on average."""

    low: float
    high: float


class Estimate(NamedTuple):
    """A score, and what is known of its error.

    parts: its values on the parts of the samples, () where there are none. share_of: of a share, the number of samples
    that it is a share of; 0 for other scores. reach: half the width of its interval, where neither of these is known.
    """

    value: float
    parts: Sequence[float] = ()
    share_of: int = 0
    reach: float | None = None


def count_of_parts(wanted: int, *samples: int) -> int:
    """Return into how many parts sets of samples are put: at most `wanted`, each of 20 samples at least, or 0.

    >>> count_of_parts(20, 10_000, 1_000), count_of_parts(20, 200), count_of_parts(20, 60)
    (20, 10, 0)
    """
    number = min(wanted, *(count // LEAST_IN_PART for count in samples))
    return number if number >= LEAST_PARTS else 0


def slices_of(count: int, parts: int) -> list[slice]:
    """Return so many parts of `count` samples, one after another, whose sizes differ by one at most; [] for 0."""
    ends = [part * count // parts for part in range(parts + 1)] if parts else []
    return [slice(start, end) for start, end in pairwise(ends)]


def on_parts(value: float, parts: int, *influences: np.ndarray) -> list[float]:
    """Return a score's values on parts of its samples, from the influences [N] of each of its sets of samples."""
    moved = [[float(one[part].mean()) for part in slices_of(len(one), parts)] for one in influences]
    return [value + sum(of_part) for of_part in zip(*moved, strict=True)]


def interval(estimate: Estimate) -> Interval | None:
    """Return the interval of a score, or None for one whose error nobody knows.

    A share's holds Wilson's interval too, and lies in 0 … 1: a share of none may be one of very few.

    >>> interval(Estimate(2.0, parts=[1.0, 2.0, 3.0, 2.0, 2.0]))
    Interval(low=1.1220109669149172, high=2.8779890330850826)
    >>> interval(Estimate(0.0, share_of=100))
    Interval(low=0.0, high=0.03699349820698568)
    """
    low = high = estimate.value
    if len(estimate.parts) >= LEAST_PARTS:
        reach = half_width(estimate.parts)
        low, high = low - reach, high + reach
    elif not estimate.share_of:
        return None
    if estimate.share_of:
        from_share = interval_of_share(estimate.value, estimate.share_of)
        low, high = max(0.0, min(low, from_share.low)), min(1.0, max(high, from_share.high))
    return Interval(low, high)


def interval_of_share(share: float, count: int) -> Interval:
    """Return Wilson's interval (1927) of a share among `count` samples that were drawn one by one.

    Raises `UsageError` for no samples, and for a share beyond 0 … 1.
    """
    if count < 1 or not 0 <= share <= 1:
        raise UsageError(f"a share of {share} of {count} samples; expected 0 … 1 of at least 1")
    z = _normal_quantile()
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return Interval(max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach)))


def interval_of_difference(first: Estimate, second: Estimate, same_reference: bool) -> Interval | None:
    """Return the interval of second − first, or None where the error of one is not known.

    same_reference: whether both were compared with the same real samples in the same order. What these add to the error
    is then the same in both, part by part, and the differences of the parts are without it.
    """
    difference = second.value - first.value
    of_parts = [len(one.parts) for one in (first, second) if len(one.parts) >= LEAST_PARTS]
    if len(of_parts) < 2:
        reaches = [one.reach for one in (first, second) if one.reach is not None]
        if len(reaches) < 2 and not (first.share_of and second.share_of):
            return None
        reach = math.hypot(*reaches)
    elif same_reference and of_parts[0] == of_parts[1]:
        reach = half_width([b - a for a, b in zip(first.parts, second.parts, strict=True)])
    else:
        reach = _reach_of_two(first.parts, second.parts)
    if first.share_of and second.share_of:  # Agresti, Caffo 2000: one hit and one miss more in each
        variances = [_variance_of_share(one) for one in (first, second)]
        reach = max(reach, _normal_quantile() * math.sqrt(sum(variances)))
    return Interval(difference - reach, difference + reach)


def half_width(values: Sequence[float]) -> float:
    """Return half the width of Student's interval of the mean that values let expect, two or more of them.

    It is t · s / √n, with the sample deviation s and the quantile t of n − 1 degrees of freedom; for three values t is
    4.30.
    """
    return _student(len(values) - 1) * float(np.std(values, ddof=1)) / math.sqrt(len(values))


def _reach_of_two(first: Sequence[float], second: Sequence[float]) -> float:
    """Half the width of Welch's interval (1947) of the difference of two means."""
    variances = [float(np.var(values, ddof=1)) / len(values) for values in (first, second)]
    if not (total := sum(variances)):
        return 0.0
    freedom = total**2 / sum(one**2 / (len(of) - 1) for one, of in zip(variances, (first, second), strict=True))
    return _student(freedom) * math.sqrt(total)


def _variance_of_share(share: Estimate) -> float:
    """That of a share with one hit and one miss more."""
    count = share.share_of + 2
    more = (min(max(share.value, 0.0), 1.0) * share.share_of + 1) / count
    return more * (1 - more) / count


def _student(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _normal_quantile() -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + CONFIDENCE) / 2))
