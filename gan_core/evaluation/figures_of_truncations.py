"""Pictures of scores over truncations: precision against recall, and each other score by itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gan_core.evaluation.scorer import Row
from gan_core.files.whole_files import written_whole

PAIR = ("recall", "precision")  # drawn against each other
COLUMNS = 3  # panels in a row


def write_truncations(path: Path, labels: Sequence[str], points: Sequence[Sequence[Row]], axis: str) -> None:
    """Write precision against recall, and a panel for each other score over the truncations, with intervals as bars.

    labels: a word for each truncation, the strongest first. points: the rows of each. axis: what the truncations are.
    What real samples get in place of generated ones is a cross, or a dashed line. Raises `WriteError`.
    """
    from matplotlib.figure import Figure

    scores = {row.metric: [_row(rows, row.metric) for rows in points] for row in points[-1]}
    paired = all(name in scores for name in PAIR)
    others = [name for name in scores if not (paired and name in PAIR)]
    count = len(others) + paired
    columns = min(COLUMNS if count != 4 else 2, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(max(5.0, 3.8 * columns), 3.2 * rows + 0.3), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for axes in panels[count:]:
        axes.axis("off")
    if paired:
        _draw_pair(panels.pop(0), labels, *(scores[name] for name in PAIR))
    for name, axes in zip(others, panels, strict=False):
        _draw_score(axes, labels, scores[name])
        axes.set_xlabel(axis, fontsize="small")
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=120)


def _row(rows: Sequence[Row], metric: str) -> Row | None:
    """The row of a score, which a few samples may be without."""
    return next((row for row in rows if row.metric == metric), None)


def _draw_pair(axes: Any, labels: Sequence[str], across: Sequence[Row | None], along: Sequence[Row | None]) -> None:
    pairs = [(label, x, y) for label, x, y in zip(labels, across, along, strict=True) if x and y]
    xs, ys = [x.value for _, x, _ in pairs], [y.value for _, _, y in pairs]
    axes.errorbar(
        xs,
        ys,
        xerr=_reaches([x for _, x, _ in pairs]),
        yerr=_reaches([y for _, _, y in pairs]),
        marker="o",
        markersize=4,
        elinewidth=0.8,
        alpha=0.9,
    )
    for label, x, y in zip((label for label, _, _ in pairs), xs, ys, strict=True):
        axes.annotate(label, (x, y), textcoords="offset points", xytext=(5, 5), fontsize="small")
    last = pairs[-1]
    if last[1].floor is not None and last[2].floor is not None:
        axes.plot(last[1].floor, last[2].floor, "x", color="0.3", markersize=8, label="real samples")
        axes.legend(fontsize="small", loc="lower left")  # where no generator that is worth a curve lies
    axes.set(xlim=(-0.05, 1.1), ylim=(-0.05, 1.1), xlabel="recall", ylabel="precision")
    axes.set_title("precision against recall", fontsize="medium")
    axes.grid(color="0.92")


def _draw_score(axes: Any, labels: Sequence[str], found: Sequence[Row | None]) -> None:
    known = [(place, row) for place, row in enumerate(found) if row is not None]
    rows = [row for _, row in known]
    places = [place for place, _ in known]
    axes.errorbar(places, [row.value for row in rows], yerr=_reaches(rows), marker="o", markersize=4, capsize=2)
    if rows[-1].floor is not None:
        axes.axhline(rows[-1].floor, color="0.4", linestyle="--", linewidth=1, label="real samples")
        axes.legend(fontsize="small")
    axes.set_xticks(range(len(labels)), labels)
    axes.set_title(f"{rows[-1].metric} (better: {rows[-1].better})", fontsize="medium")
    axes.grid(color="0.92")


def _reaches(rows: Sequence[Row]) -> list[list[float]]:
    """How far the intervals reach below and above the values, [2, points]; 0 where there are none."""
    ends = [(row.value, *(row.interval or (row.value, row.value))) for row in rows]
    return [[max(0.0, value - low) for value, low, _ in ends], [max(0.0, high - value) for value, _, high in ends]]
