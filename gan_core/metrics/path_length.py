"""Perceptual path length: how far features move when a latent moves a little."""

from collections.abc import Callable

import numpy as np

from gan_core.errors import UsageError
from gan_core.metrics.checks import checked_features
from gan_core.randomness import stream

STEP = 1e-4  # Karras et al. 2019, section 4.1
DROPPED_PERCENT = 1.0  # at either end, as in the paper's code


def perceptual_path_length(
    walk: Callable[[np.ndarray], np.ndarray], count: int, step: float = STEP, seed: int = 0
) -> float:
    """Return the mean of ‖f(t + step) − f(t)‖² / step² over `count` paths, t ~ U(0, 1), outliers dropped.

    Karras et al. 2019 (arXiv:1812.04948, section 4.1, full paths in Z). walk: from the share t [count] of the way
    along each path to features f [count, D] of the samples there; the same paths at every call. Squared units of the
    features; lower is smoother. The paper's d is a squared distance of VGG features (LPIPS), so numbers compare only
    within one extractor. Paths below the 1st percentile and above the 99th are dropped; as in the paper's code these
    are lengths of paths, the lower and the higher of the two that a percentile lies between, so that fewer than 101
    paths lose none. Raises `UsageError` below 2 paths, or where features are not finite.
    """
    return mean_length(path_lengths(walk, count, step, seed))


def path_lengths(walk: Callable[[np.ndarray], np.ndarray], count: int, step: float = STEP, seed: int = 0) -> np.ndarray:
    """Return ‖f(t + step) − f(t)‖² / step² of each of `count` paths, [count]; see `perceptual_path_length`."""
    if count < 2:
        raise UsageError(f"path-length needs at least 2 paths, got {count}; raise samples=N")
    if not (np.isfinite(step) and step > 0):
        raise UsageError(f"path-length: step = {step}; expected a small number above 0, such as {STEP}")
    share = stream(seed, "path length").random(count)
    before, after = (checked_features("path-length", "path", walk(at), 2) for at in (share, share + step))
    if before.shape != after.shape or len(before) != count:
        raise UsageError(f"path-length: {count} paths gave features {list(before.shape)} and {list(after.shape)}")
    return np.asarray(np.square(after - before).sum(axis=1) / step**2)


def mean_length(lengths: np.ndarray) -> float:
    """Return the mean of lengths [N] without those below the 1st percentile and above the 99th."""
    low, high = _bounds(lengths)
    return float(lengths[(lengths >= low) & (lengths <= high)].mean())


def length_influences(lengths: np.ndarray) -> np.ndarray:
    """Return by how much each path moves `mean_length` of lengths [N]: [N], of mean 0.

    Those of a trimmed mean (Tukey, McLaughlin 1963): what is dropped counts as the nearest length that is not.
    """
    low, high = _bounds(lengths)
    kept = np.clip(lengths, low, high)
    return np.asarray((kept - kept.mean()) / ((lengths >= low) & (lengths <= high)).mean())


def _bounds(lengths: np.ndarray) -> tuple[float, float]:
    low = np.percentile(lengths, DROPPED_PERCENT, method="lower")
    return float(low), float(np.percentile(lengths, 100 - DROPPED_PERCENT, method="higher"))
