"""A run in a notebook: a few lines of HTML with the newest sheet and a small curve, made from what is on the disk."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from gan_core.errors import GanError, UsageError
from gan_core.reports.pictures import thumbnail
from gan_core.reports.record import RunRecord, read_record
from gan_core.reports.thinning import thinned

WIDTH, HEIGHT = 320, 120  # pixels of the curves
SHEET = 240  # pixels of the sheet's longer side
MOST_CURVES, MOST_SCORES = 4, 5
MOST_POINTS = 300
COLOURS = ("#1f77b4", "#d95f02", "#1b9e77", "#9c4f9e")  # seen on white and on black
TEXT = "max-width:340px;overflow-wrap:anywhere"  # so that the sheet stands beside it
BOX = "display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start;font-family:system-ui,sans-serif;font-size:13px"


def fragment(path: Path, allow_imports: bool = False) -> str:
    """Return a run as HTML for a notebook; whatever is missing is left out, and a folder that is no run is a line.

    allow_imports: whether the modules that the run has kept may run.
    """
    try:
        record = read_record(path, allow_imports=allow_imports)
    except (GanError, OSError) as error:
        return f"<div><b>Run</b> <code>{escape(str(path))}</code>: {escape(str(error))}</div>"
    parts = [f'<div style="{TEXT}">{_facts(record)}{_losses(record)}</div>', _sheet(record)]
    return f'<div style="{BOX}">{"".join(parts)}</div>'


def _facts(record: RunRecord) -> str:
    steps = "?" if record.steps is None else f"{record.steps:,}"
    state = "" if record.finished else ", not finished"
    head = f"<b>{escape(record.name)}</b>"
    where = f" on {escape(record.backend)}" if record.backend else ""
    lines = [f"{head}{where}: step {record.last_step:,} of {steps}{state}", f"<code>{escape(str(record.path))}</code>"]
    if scores := _scores(record):
        lines.append(escape(scores))
    if record.faults:
        lines.append(escape(record.faults[0]))
    return "".join(f"<div>{line}</div>" for line in lines)


def _scores(record: RunRecord) -> str:
    """The scores of the newest evaluation, the first few."""
    if record.evaluation is not None and record.evaluation.rows:
        rows = [row for row in record.evaluation.rows if row.value is not None][:MOST_SCORES]
        return ", ".join(f"{row.metric} {row.value:.4g}" for row in rows) + f" (step {record.evaluation.step:,})"
    if not record.evaluations:
        return ""
    last = record.evaluations[-1]
    named = {name: last[name] for name in (last.get("floors") or {}) if isinstance(last.get(name), int | float)}
    shown = ", ".join(f"{name} {value:.4g}" for name, value in list(named.items())[:MOST_SCORES])
    return f"{shown} (step {last['step']:,})" if shown else ""


def _losses(record: RunRecord) -> str:
    """The losses as a small drawing."""
    losses = {name: points for name, points in record.curves.items() if name.endswith("/loss")}
    drawn = {name: _finite(points) for name, points in list(losses.items())[:MOST_CURVES]}
    drawn = {name: points for name, points in drawn.items() if len(points) > 1}
    if not drawn:
        return ""
    steps = [step for points in drawn.values() for step, _ in points]
    values = [value for points in drawn.values() for _, value in points]
    first, width = min(steps), max(steps) - min(steps) or 1
    low, height = min(values), max(values) - min(values) or 1.0
    lines, legend = [], []
    for colour, (name, points) in zip(COLOURS, drawn.items(), strict=False):
        across = [WIDTH * (step - first) / width for step, _ in points]
        down = [HEIGHT * (1 - (value - low) / height) for _, value in points]
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
        lines.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.3"/>')
        legend.append(f'<span style="color:{colour}">■</span> {escape(name)} {points[-1][1]:.3g}')
    drawing = (
        f'<svg role="img" aria-label="losses" viewBox="-4 -4 {WIDTH + 8} {HEIGHT + 8}" width="{WIDTH}" '
        f'style="max-width:100%;border:1px solid #8884;border-radius:4px;margin-top:6px">{"".join(lines)}</svg>'
    )
    return f"{drawing}<div>{' &nbsp; '.join(legend)}</div>"


def _finite(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    curve = thinned(points, MOST_POINTS)
    pairs = zip(curve.steps, curve.values, strict=True)
    return [(step, value) for step, value in pairs if value is not None]


def _sheet(record: RunRecord) -> str:
    """The newest sheet that is a picture."""
    for step in sorted(record.sheets, reverse=True)[:2]:
        try:
            picture = thumbnail(record.sheets[step], SHEET)
        except UsageError:
            continue
        text = f"samples of {escape(record.name)}, step {step:,}"
        return f'<img src="{picture.address}" alt="{text}" title="{text}" style="max-width:{SHEET}px">'
    return ""
