"""What every metric asks of its arrays; an array that falls short is a one-line `UsageError`."""

import numpy as np

from gan_core.errors import UsageError

LARGEST = 1e25  # of a feature: the variance of cubes of squares of it is still a float64


def checked_features(metric: str, which: str, features: np.ndarray, least: int) -> np.ndarray:
    """Return features as float64 [N, D]. Raises `UsageError` unless there are `least` of them, all finite.

    metric, which: the words for the place of a fault, as "precision" and "real". Finite is at most 1e25: what is larger
    overflows in some metric, and is no feature.
    """
    if features.ndim != 2:
        raise UsageError(f"{metric}: {which} features have the shape {list(features.shape)}; expected [samples, D]")
    if len(features) < least:
        raise UsageError(f"{metric} needs at least {least} {which} samples, got {len(features)}; raise samples=N")
    if features.shape[1] == 0:
        raise UsageError(f"{metric}: {which} samples have no features; expected at least 1")
    if features.dtype.kind not in "biuf":
        raise UsageError(f"{metric}: {which} features are of type {features.dtype}; expected real numbers")
    as_float = np.ascontiguousarray(features, dtype=np.float64)
    check_finite(metric, f"{which} sample", as_float)
    return as_float


def check_finite(metric: str, each: str, values: np.ndarray, what: str = "features") -> None:
    """Raise `UsageError` unless all values [N, …] are finite and at most 1e25.

    metric, each, what: the words for the metric, for one of the N and for its values, in the message.
    """
    good = (np.abs(values) <= LARGEST).reshape(len(values), -1).all(axis=1)  # NaN is not
    if good.all():
        return
    bad = int(np.flatnonzero(~good)[0])
    kind = "beyond 1e25; scale them down" if np.isfinite(values[bad]).all() else "NaN or infinite"
    raise UsageError(f"{metric}: {each} {bad} has {what} that are {kind}")


def checked_pair(metric: str, real: np.ndarray, generated: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Return both sets as float64 [N, D], [M, D]. Raises `UsageError` as `checked_features`, or for two values of D."""
    first = checked_features(metric, "real", real, least)
    second = checked_features(metric, "generated", generated, least)
    if first.shape[1] != second.shape[1]:
        raise UsageError(f"{metric}: real samples have {first.shape[1]} features, generated ones {second.shape[1]}")
    return first, second


def check_count(metric: str, what: str, value: int, least: int = 1) -> None:
    """Raise `UsageError` if a number (of neighbours, splits, subsets or pairs) is below `least`."""
    if value < least:
        raise UsageError(f"{metric}: {what} = {value}; expected at least {least}")


def scale_to_one(largest: float) -> float:
    """Return the power of two that brings the largest value to about 1, exactly: 0.5 to below 1."""
    return float(np.ldexp(1.0, -int(np.frexp(largest)[1])))
