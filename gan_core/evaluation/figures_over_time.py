"""Pictures of evaluations over time: a panel for each score, and a panel of class shares for each evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.files.whole_files import written_whole

COLUMNS = 5  # panels of classes in a row
MOST_PANELS = 20  # of a run; of more evaluations, every so many
MOST_SCORES = 30
FEW_POINTS = 60


@dataclass(frozen=True, kw_only=True)
class ClassPanel:
    """The shares [classes] of one evaluation, their entropy in bits, and its moment in words."""

    title: str
    shares: np.ndarray
    bits: float


def write_class_distribution(
    path: Path, runs: Mapping[str, Sequence[ClassPanel]], real: np.ndarray | None = None
) -> None:
    """Write a panel of bars for each evaluation of each run, in rows, with one scale and a line where all are even.

    runs: name → its panels, one or more; each run begins a row. real: the shares [classes] of real samples, shown as
    ticks, or None. Raises `WriteError`.
    """
    from matplotlib.figure import Figure

    thinned = {name: _thinned(panels) for name, panels in runs.items()}
    columns = min(COLUMNS, max(map(len, thinned.values())))
    rows = {name: -(-len(panels) // columns) for name, panels in thinned.items()}
    high = 1.08 * max(float(panel.shares.max()) for panels in thinned.values() for panel in panels)
    if real is not None:
        high = max(high, 1.08 * float(real.max()))
    figure = Figure(figsize=(max(5.0, 2.7 * columns), 2.3 * sum(rows.values()) + 0.7), layout="constrained")
    parts = figure.subfigures(len(rows), 1, squeeze=False, height_ratios=list(rows.values()))[:, 0]
    for part, (name, panels) in zip(parts, thinned.items(), strict=True):
        part.suptitle(name, fontsize="medium", fontweight="bold")
        grid = part.subplots(rows[name], columns, squeeze=False, sharey=True)
        for place, axes in enumerate(grid.ravel()):
            if place >= len(panels):
                axes.axis("off")
                continue
            _draw_classes(axes, panels[place], real)
            axes.set_ylim(0, high)
        for axes in grid[:, 0]:
            axes.set_ylabel("share", fontsize="small")
    names, drawn = _legend(parts[0])
    figure.legend(drawn, names, loc="outside lower center", ncols=len(names), fontsize="small")
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=110)


def write_scores(
    path: Path,
    runs: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
    floors: Mapping[str, Mapping[str, float]],
    axis: str,
) -> None:
    """Write a panel for each score, with a line for each run, and what real samples get as a dashed one.

    runs: name → score → its points, (epoch or step, value). floors: name → score → the value of real samples in place
    of generated ones, where it is known. axis: "epoch" or "step". Raises `WriteError`.
    """
    from matplotlib.figure import Figure

    scores = list(dict.fromkeys(score for of_run in runs.values() for score in of_run))[:MOST_SCORES]
    columns = min(3, len(scores))
    rows = -(-len(scores) // columns)
    figure = Figure(figsize=(max(5.0, 3.6 * columns), 2.5 * rows + 0.6), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for score, axes in zip(scores, grid, strict=False):
        _draw_score(axes, score, runs, floors)
        axes.set_xlabel(axis, fontsize="small")
    for axes in grid[len(scores) :]:
        axes.axis("off")
    names, drawn = _legend(figure)
    figure.legend(drawn, names, loc="outside lower center", ncols=min(3, len(names)), fontsize="small")
    if len(runs) == 1:
        figure.suptitle(f"{next(iter(runs))}, evaluated during training")
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=110)


def _draw_classes(axes: Any, panel: ClassPanel, real: np.ndarray | None) -> None:
    classes = len(panel.shares)
    axes.bar(range(classes), panel.shares, width=0.8, label="generated, by the classifier")
    axes.axhline(1 / classes, color="0.4", linewidth=0.9, linestyle="--", label=f"even: {np.log2(classes):.3f} bits")
    if real is not None:
        axes.plot(range(len(real)), real, linestyle="", marker="_", markersize=9, color="black", label="real")
    axes.set_title(f"{panel.title}: {panel.bits:.3f} bits", fontsize="small")
    axes.set_xticks(range(0, classes, 1 + classes // 16))
    axes.tick_params(labelsize="x-small")


def _draw_score(
    axes: Any,
    score: str,
    runs: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
    floors: Mapping[str, Mapping[str, float]],
) -> None:
    drawn: set[float] = set()
    for number, (name, of_run) in enumerate(runs.items()):
        if points := of_run.get(score):
            marker = "." if len(points) <= FEW_POINTS else None
            axes.plot(*zip(*points, strict=True), color=f"C{number}", marker=marker, linewidth=1, label=name)
        floor = floors.get(name, {}).get(score)
        if floor is not None and floor not in drawn:
            drawn.add(floor)
            axes.axhline(floor, color="0.4", linewidth=0.9, linestyle="--", label="real against real")
    axes.set_title(score, fontsize="small")
    axes.tick_params(labelsize="x-small")
    axes.grid(alpha=0.3)


def _legend(figure: Any) -> tuple[list[str], list[Any]]:
    """Return the names of all that is drawn, each once, and what is drawn so."""
    known: dict[str, Any] = {}
    for axes in figure.get_axes():
        for drawn, name in zip(*axes.get_legend_handles_labels(), strict=True):
            known.setdefault(name, drawn)
    return list(known), list(known.values())


def _thinned(panels: Sequence[ClassPanel]) -> list[ClassPanel]:
    if len(panels) <= MOST_PANELS:
        return list(panels)
    return [panels[round(place * (len(panels) - 1) / (MOST_PANELS - 1))] for place in range(MOST_PANELS)]
