"""What every metric asks of its arrays, and the one line that says so."""

import numpy as np

from gan_core.errors import UsageError


def checked_features(metric: str, which: str, features: np.ndarray, least: int) -> np.ndarray:
    """Return features as float64 [N, D]. Raises `UsageError` unless there are `least` of them, all finite.

    metric, which: name the place of the fault: "precision", "real".
    """
    if features.ndim != 2:
        raise UsageError(f"{metric}: {which} features have the shape {list(features.shape)}; expected [samples, D]")
    if len(features) < least:
        raise UsageError(f"{metric} needs at least {least} {which} samples, got {len(features)}; raise samples=N")
    as_float = np.ascontiguousarray(features, dtype=np.float64)
    if not np.isfinite(as_float).all():
        bad = int(np.flatnonzero(~np.isfinite(as_float).all(axis=1))[0])
        raise UsageError(f"{metric}: {which} sample {bad} has features that are NaN or infinite")
    return as_float


def checked_pair(metric: str, real: np.ndarray, generated: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Return both sets as float64. Raises `UsageError` where one does not do, or their widths differ."""
    first = checked_features(metric, "real", real, least)
    second = checked_features(metric, "generated", generated, least)
    if first.shape[1] != second.shape[1]:
        raise UsageError(f"{metric}: real samples have {first.shape[1]} features, generated ones {second.shape[1]}")
    return first, second
