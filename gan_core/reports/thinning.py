"""Long curves for a page: of every bucket of neighbouring points the smallest and the largest are kept, and the mean.

What is left out lies between what is shown, so that no spike is lost. The means are what a page smooths: averages of
extremes would follow the extremes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_POINTS = 2000  # of a curve: two for each pixel of a wide screen's half
DIGITS = 6  # of a value, more than a chart shows


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A curve as a page holds it. Values that are no finite number are None, a gap.

    steps, values: its points. mean_steps, means: a point for each bucket, the middle of its steps and the mean of its
    finite values; the points themselves where none was left out. whole: how many points there were. in_bucket: how many
    of them stand behind two that are shown, 1 where none was left out.
    """

    steps: list[int]
    values: list[float | None]
    mean_steps: list[float]
    means: list[float | None]
    whole: int
    in_bucket: int


def thinned(points: Sequence[tuple[int, float]], most: int = MOST_POINTS) -> Curve:
    """Return a curve of at most about `most` points, the first and the last among them.

    points: (step, value) in order of steps. most: at least 4.
    """
    steps = np.array([step for step, _ in points], np.int64)
    values = np.array([value for _, value in points], np.float64)
    count = len(points)
    if count <= most:
        shown = [_plain(value) for value in values]
        return Curve(
            steps=steps.tolist(), values=shown, mean_steps=steps.tolist(), means=shown, whole=count, in_bucket=1
        )
    size = -(-2 * count // most)
    kept: set[int] = {0, count - 1}
    mean_steps: list[float] = []
    means: list[float | None] = []
    for start in range(0, count, size):
        part = values[start : start + size]
        finite = np.isfinite(part)
        mean_steps.append(_middle(steps[start : start + size]))
        if not finite.all():  # a gap is shown where it is
            kept.add(start + int(np.flatnonzero(~finite)[0]))
        if not finite.any():
            means.append(None)
            continue
        kept.add(start + int(np.where(finite, part, math.inf).argmin()))
        kept.add(start + int(np.where(finite, part, -math.inf).argmax()))
        means.append(_plain(part[finite].mean()))
    places = sorted(kept)
    return Curve(
        steps=steps[places].tolist(),
        values=[_plain(value) for value in values[places]],
        mean_steps=mean_steps,
        means=means,
        whole=count,
        in_bucket=size,
    )


def _middle(steps: np.ndarray) -> float:
    return float(steps[0] + steps[-1]) / 2


def _plain(value: float) -> float | None:
    """A value rounded to as many digits as a chart needs, None for NaN and infinities."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
