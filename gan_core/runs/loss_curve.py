"""The figure ``losses.png``: every scalar over the steps, drawn whenever a sheet or a checkpoint is written.

The losses stand in one panel, what the discriminator says of real and generated samples in another. The figure holds
each logged line of the run, and every step of the process that draws it.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.files.whole_files import written_whole
from gan_core.objectives.judgements import is_judgement, is_probability
from gan_core.runs.cheap_drawing import CheapDrawing
from gan_core.runs.directory import RunDirectory
from gan_core.training.events import ScalarsLogged
from gan_core.training.timetable import Timetable

MOST_ROWS = 4000  # above, every second one is left out: more than a figure shows
FEW_POINTS = 60
DOTS = 120  # an inch
MOST_CURVES = 40

Points = Sequence[tuple[int, float]]  # step, value


class LossCurve:
    """Gathers a training's scalars and draws them into its run's directory."""

    def __init__(self, directory: RunDirectory, timetable: Timetable) -> None:
        self.directory, self.title = directory, timetable.experiment.name
        self.undecided = undecided_losses(timetable.experiment)
        self.epochs_per_step = timetable.epoch(timetable.steps) / timetable.steps
        self.rows: list[Mapping[str, Any]] = [*directory.metrics()]
        self.drawing = CheapDrawing(self._write)

    def add(self, event: ScalarsLogged) -> None:
        """Take in a logged line and the steps before it."""
        self.rows += [{"step": step, **scalars} for step, scalars in event.between]
        if not event.between:
            self.rows.append({"step": event.step, **event.scalars, "of_step": dict(event.of_step)})
        if len(self.rows) > MOST_ROWS:
            self.rows = [self.rows[0], *self.rows[1::2]]
        self.drawing.note()

    def _write(self) -> None:
        with written_whole(self.directory.file("losses.png")) as path:
            write_losses(path, self.rows, self.title, self.undecided, self.epochs_per_step)

    def close(self) -> None:
        """Draw what a run that failed or was interrupted has left undrawn, if the disk will have it."""
        with contextlib.suppress(OSError):
            self.drawing.now()


def write_losses(
    path: Any,
    rows: Sequence[Mapping[str, Any]],
    title: str,
    undecided: Mapping[str, float] = MappingProxyType({}),
    epochs_per_step: float | None = None,
) -> None:
    """Write the figure that `draw_losses` returns; the other arguments are its own."""
    draw_losses(rows, title, undecided, epochs_per_step).savefig(path, dpi=DOTS)


def draw_losses(
    rows: Sequence[Mapping[str, Any]],
    title: str,
    undecided: Mapping[str, float] = MappingProxyType({}),
    epochs_per_step: float | None = None,
) -> Any:
    """Return a figure of every scalar over the steps: the losses, and in panels below what D, or a critic, says.

    rows: those of ``metrics.jsonl``, or like them. undecided: scalar → its value where D = 1/2 everywhere, drawn as a
    dashed line. epochs_per_step: for a second axis, in epochs.
    """
    from matplotlib.figure import Figure

    curves = curves_of(rows)
    panels = [panel for panel in PANELS if any(panel.holds(name) for name in curves)] or [PANELS[0]]
    heights = [4.0, *(2.5 for _ in panels[1:])]
    figure = Figure(figsize=(8, sum(heights)), layout="constrained")
    every = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for axes, panel in zip(every, panels, strict=True):
        _draw_panel(axes, panel, {name: points for name, points in curves.items() if panel.holds(name)}, undecided)
    every[-1].set_xlabel("step")
    figure.suptitle(title)
    if epochs_per_step:
        top = every[0].secondary_xaxis("top", functions=_conversions(epochs_per_step))
        top.set_xlabel("epoch")
    return figure


def undecided_losses(experiment: Experiment) -> dict[str, float]:
    """Return the loss of each phase where D = 1/2 everywhere, by the scalar's name, of phases that have such a number.

    For the losses of Goodfellow et al. 2014 (arXiv:1406.2661) these are 2 ln 2 and ln 2: where they stay, the two
    networks are in balance.
    """
    known = {f"{phase.name}/loss": phase.objective.undecided_loss() for phase in experiment.phases}
    return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """A part of the figure. holds: whether a scalar is drawn there. unit: its vertical axis, as text."""

    holds: Callable[[str], bool]
    unit: str
    bounds: tuple[float, float] | None = None


PANELS = (
    _Panel(holds=lambda name: not is_judgement(name), unit="loss"),
    _Panel(holds=is_probability, unit="probability to be real", bounds=(0.0, 1.0)),
    _Panel(holds=lambda name: is_judgement(name) and not is_probability(name), unit="mean score"),
)
SYMBOLS = {"real_probability": "D(x)", "fake_probability": "D(G(z))", "real_score": "D(x)", "fake_score": "D(G(z))"}


def _draw_panel(axes: Any, panel: _Panel, curves: Mapping[str, Points], undecided: Mapping[str, float]) -> None:
    for name, points in curves.items():
        marker = "." if len(points) <= FEW_POINTS else None
        phase, _, scalar = name.rpartition("/")
        label = f"{SYMBOLS[scalar]}, {phase}" if scalar in SYMBOLS else name
        (line,) = axes.plot(*zip(*points, strict=True), label=label, linewidth=0.8, marker=marker, markersize=4)
        if name in undecided:
            told = f"{name} where D = 1/2: {undecided[name]:.3f}"
            axes.axhline(undecided[name], color=line.get_color(), linestyle="--", linewidth=1.0, label=told)
    if panel.bounds:
        axes.set_ylim(*panel.bounds)
        axes.axhline(sum(panel.bounds) / 2, color="black", linestyle="--", linewidth=1.0)
    axes.set_ylabel(panel.unit)
    axes.grid(alpha=0.3)
    if curves:
        axes.legend(fontsize="small", ncols=1 + len(curves) // 10)


def _conversions(epochs_per_step: float) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    return (lambda step: step * epochs_per_step), (lambda epoch: epoch / epochs_per_step)


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
