"""How far a training is, in a notebook: one output, drawn again in its place, with losses and the newest sheet."""

import base64
import html
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.live_lines import duration, rate_in_words
from gan_core.runs.checkpoints import step_name
from gan_core.runs.training_news import LOSS, TrainingNews
from gan_core.training.events import Event, RunEnded, RunStarted, RunStopped, SamplesDrawn, ScalarsLogged

EVERY_SECONDS = 0.5
WIDTH, HEIGHT = 420, 130  # pixels of the curves
MOST_POINTS = 300  # of a curve; above, every second one is left out
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b")
LARGEST_SHEET_BYTES = 2**20  # of a sheet, in a notebook that keeps its outputs


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


class NotebookView:
    """A bar, the losses, their curves and the newest sheet, in one output of a cell.

    run: the folder whose sheets are shown, or None. It is drawn at most twice a second.
    """

    def __init__(self, experiment: Experiment, title: str, run: Path | None) -> None:
        self.title, self.run, self.news = title, run, TrainingNews(experiment)
        self.curves: dict[str, list[tuple[int, float]]] = {}
        self.handle: Any = None
        self.drawn_at = 0.0
        self.ended = ""

    def __call__(self, event: Event) -> None:
        """Show what an event tells."""
        self.news(event)
        match event:
            case RunStarted():
                self._draw()
            case ScalarsLogged():
                self._add(event)
            case RunEnded():
                self.ended = f"{event.step:,} steps in {duration(event.seconds)}"
            case RunStopped():
                self.ended = f"stopped after step {event.step:,}"
        now = isinstance(event, RunEnded | RunStopped | SamplesDrawn)
        if now or time.monotonic() - self.drawn_at > EVERY_SECONDS:
            self._draw()

    def close(self) -> None:
        """Draw what a training came to that ended early."""
        if self.handle is not None and not self.ended:
            self.ended = "ended early"
            self._draw()

    def _add(self, event: ScalarsLogged) -> None:
        for name, value in event.scalars.items():
            if name.endswith(LOSS):
                points = self.curves.setdefault(name, [])
                points.append((event.step, value))
                if len(points) > MOST_POINTS:
                    del points[1::2]

    def _draw(self) -> None:
        display: Callable[..., Any] = import_module("IPython.display").display

        self.drawn_at = time.monotonic()
        shown = {"text/html": self.page(), "text/plain": self.words()}
        if self.handle is None:
            self.handle = display(shown, raw=True, display_id=True)
        else:
            self.handle.update(shown, raw=True)

    def words(self) -> str:
        """Return the view as a line of text, for readers without HTML."""
        return f"{self.title}: {'  '.join([*self._facts(), *self.news.losses()])}"

    def page(self) -> str:
        """Return the view as HTML."""
        share = 100 * self.news.pace.done / max(1, self.news.steps)
        losses = "&emsp;".join(map(html.escape, self.news.losses())) or "the first step is being prepared"
        return (
            f'<div style="font-family:sans-serif;font-size:13px;max-width:68em">'
            f"<b>{html.escape(self.title)}</b>&emsp;{'&emsp;'.join(map(html.escape, self._facts()))}"
            f'<div style="background:#8883;height:6px;border-radius:3px;margin:4px 0">'
            f'<div style="background:#2a9d5c;height:6px;border-radius:3px;width:{share:.1f}%"></div></div>'
            f'<div style="font-family:monospace">{losses}</div>'
            f'<div style="display:flex;gap:16px;flex-wrap:wrap;align-items:flex-start;margin-top:6px">'
            f"{curves_svg(self.curves)}{self._sheet()}</div></div>"
        )

    def _facts(self) -> list[str]:
        pace = self.news.pace
        if self.ended:
            return [self.ended]
        rate = pace.rate()
        left = pace.left(rate)
        told = [f"{pace.done:,}/{self.news.steps:,} steps", rate_in_words(rate, "steps")]
        return [text for text in [*told, "" if left is None else f"{duration(left)} left"] if text]

    def _sheet(self) -> str:
        step = self.news.sheet_step
        path = self.run / "samples" / f"{step_name(step)}.png" if self.run and step else None
        if path is None or not path.is_file() or path.stat().st_size > LARGEST_SHEET_BYTES:
            return ""
        picture = base64.b64encode(path.read_bytes()).decode()
        return (
            f'<figure style="margin:0"><img src="data:image/png;base64,{picture}" alt="samples of step {step}" '
            f'style="max-width:420px;height:auto"><figcaption>step {step:,}</figcaption></figure>'
        )


def curves_svg(curves: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Return the losses over the steps as an SVG; "" where there is nothing to draw yet.

    curves: by name, points as (step, value).
    """
    points = [point for curve in curves.values() for point in curve]
    steps, values = [step for step, _ in points], [value for _, value in points]
    if len(set(steps)) < 2:
        return ""
    low, high = min(values), max(values)
    across, up = max(steps) - min(steps), (high - low) or 1.0

    def place(step: int, value: float) -> str:
        x, y = WIDTH * (step - min(steps)) / across, HEIGHT * (1 - (value - low) / up)
        return f"{x:.1f},{y:.1f}"

    lines, names = [], []
    for number, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(place(*point) for point in curve)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        names.append(f'<span style="color:{colour}">{html.escape(name)}</span>')
    return (
        f'<figure style="margin:0"><svg width="{WIDTH}" height="{HEIGHT}" viewBox="-2 -2 {WIDTH + 4} {HEIGHT + 4}" '
        f'style="max-width:100%;border-left:1px solid #888;border-bottom:1px solid #888">{"".join(lines)}</svg>'
        f"<figcaption>{' '.join(names)}, {low:.3g} … {high:.3g}</figcaption></figure>"
    )
