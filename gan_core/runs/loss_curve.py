"""The figure ``losses.png``: every scalar over the steps, drawn whenever a sheet or a checkpoint is written.

It holds each logged line of the run, and every step of the process that draws it.
"""

import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

from gan_core.files.whole_files import written_whole
from gan_core.runs.directory import RunDirectory
from gan_core.training.events import ScalarsLogged

MOST_ROWS = 4000  # above, every second one is left out: more than a figure shows
LARGEST_SHARE = 0.05  # of the time, for drawing
FEW_POINTS = 60
MOST_CURVES = 40


class LossCurve:
    """Gathers a training's scalars and draws them into its run's directory."""

    def __init__(self, directory: RunDirectory, title: str) -> None:
        self.directory, self.title = directory, title
        self.rows: list[Mapping[str, Any]] = [*directory.metrics()]
        self._drawn_at, self._seconds = -float("inf"), 0.0
        self._news = False

    def add(self, event: ScalarsLogged) -> None:
        """Take in a logged line and the steps before it."""
        self.rows += [{"step": step, **scalars} for step, scalars in event.between]
        if not event.between:
            self.rows.append({"step": event.step, **event.scalars, "of_step": dict(event.of_step)})
        if len(self.rows) > MOST_ROWS:
            self.rows = [self.rows[0], *self.rows[1::2]]
        self._news = True

    def draw_if_cheap(self) -> None:
        """Draw what is new, unless drawing would take more than a small share of the time."""
        if time.monotonic() - self._drawn_at >= self._seconds / LARGEST_SHARE:
            self.draw()

    def draw(self) -> None:
        """Draw what is new."""
        if not self._news:
            return
        start = time.monotonic()
        with written_whole(self.directory.file("losses.png")) as path:
            write_losses(path, self.rows, self.title)
        self._news, self._drawn_at = False, time.monotonic()
        self._seconds = self._drawn_at - start

    def close(self) -> None:
        """Draw what a run that failed or was interrupted has left undrawn, if the disk will have it."""
        with contextlib.suppress(OSError):
            self.draw()


def write_losses(path: Any, rows: Sequence[Mapping[str, Any]], title: str) -> None:
    """Write a figure of every scalar over the steps; of rows of ``metrics.jsonl``, or like them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot()
    curves = curves_of(rows)
    for name, points in curves.items():
        marker = "." if len(points) <= FEW_POINTS else None
        axes.plot(*zip(*points, strict=True), label=name, linewidth=0.8, marker=marker, markersize=4)
    axes.set_xlabel("step")
    axes.set_title(title)
    axes.grid(alpha=0.3)
    if curves:
        axes.legend(fontsize="small", ncols=1 + len(curves) // 10)
    figure.savefig(path, dpi=120)


def curves_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[int, float]]]:
    """Return each scalar's points, (step, value): a value that lines repeat stands once, at the step that it is of."""
    curves: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        earlier = row.get("of_step")
        for name, value in row.items():
            drawn = name in curves or ("/" in name and len(curves) < MOST_CURVES)
            if not drawn or not isinstance(value, int | float):
                continue
            step = earlier.get(name.partition("/")[0], row["step"]) if isinstance(earlier, dict) else row["step"]
            points = curves.setdefault(name, [])
            if not points or step > points[-1][0]:
                points.append((step, value))
    return curves
