"""The figures of a sweep: samples side by side, a row a comparison, and the curves of the losses likewise."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_core.runs.loss_curve import curves_of
from gan_core.runs.montage import sheets_of
from gan_core.sweeps.plan import SweepPlan
from gan_core.sweeps.table import Done, Swept

SMOOTHED = 50  # points of a curve, after averaging: what lies below is noise of single batches
STYLES = ("-", "--", ":", "-.")
MOST_BESIDE = 6  # curves of more variants in one axis are a tangle


def write_sample_figure(path: Path, plan: SweepPlan, done: Done) -> bool:
    """Write the last sheet of each variant's first finished seed; return False where there are no sheets."""
    from matplotlib.figure import Figure

    first: dict[str, Swept] = {}
    for (variant, _), swept in done.items():
        first.setdefault(variant, swept)
    parts = [(title, part) for title, variants in plan.comparisons.items() for part in _parts(list(variants))]
    widest = max(len(variants) for _, variants in parts)
    figure = Figure(figsize=(3.6 * widest, 3.8 * len(parts)), layout="constrained")
    every = figure.subplots(len(parts), widest, squeeze=False)
    for axes in every.flat:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_frame_on(False)
    drawn = False
    for row, (comparison, variants) in zip(every, parts, strict=True):
        row[0].set_ylabel(comparison, fontsize="small", wrap=True)
        for axes, variant in zip(row, variants, strict=False):
            axes.set_title(plan.titles[variant], fontsize="small")
            drawn = (variant in first and _draw_sheet(axes, first[variant])) or drawn
    if drawn:
        figure.savefig(path, format="png", dpi=90)
    return drawn


def write_loss_figure(path: Path, plan: SweepPlan, done: Done) -> None:
    """Write the losses of all variants: an axis a comparison, a colour a variant, a line a seed and phase.

    A comparison of more than 6 variants has as many axes as it needs, the first variant in each of them.
    """
    from matplotlib.figure import Figure

    parts = [(title, part) for title, variants in plan.comparisons.items() for part in _parts(list(variants))]
    figure = Figure(figsize=(12, 2.6 * len(parts)), layout="constrained")
    every = figure.subplots(len(parts), 1, squeeze=False)[:, 0]
    for axes, (comparison, variants) in zip(every, parts, strict=True):
        for number, variant in enumerate(variants):
            runs = [swept for (name, _), swept in done.items() if name == variant]
            for swept in runs:
                _draw_losses(axes, swept, f"C{number}", f"{plan.titles[variant]}, " if swept is runs[0] else None)
        axes.set_title(comparison, fontsize="small")
        axes.set_ylabel("loss")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(fontsize="x-small", loc="upper left", bbox_to_anchor=(1.0, 1.0))  # beside: curves fill it all
    every[-1].set_xlabel("step")
    figure.savefig(path, dpi=110)


def loss_panel(runs: Mapping[int, Swept]) -> bytes:
    """Return the losses of one variant as a PNG: a colour a seed, a line a phase. runs: by seed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 2.4), layout="constrained")
    axes = figure.subplots()
    for number, (seed, swept) in enumerate(runs.items()):
        _draw_losses(axes, swept, f"C{number}", f"seed {seed}, " if len(runs) > 1 else "")
    axes.set_xlabel("step", fontsize="small")
    axes.tick_params(labelsize="small")
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(fontsize=5.5, loc="best")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def _parts(variants: list[str]) -> list[list[str]]:
    """A comparison's variants in parts of which each fits into one axis, and begins with the first."""
    first, others = variants[0], variants[1:]
    size = MOST_BESIDE - 1
    return [[first, *others[start : start + size]] for start in range(0, max(1, len(others)), size)]


def _draw_sheet(axes: Any, swept: Swept) -> bool:
    """Draw a run's last sheet, which it wrote at its last step; return False where it has none."""
    from matplotlib.image import imread

    sheets = sheets_of(swept.run.directory)
    if sheets:
        axes.imshow(imread(sheets[max(sheets)]), cmap="gray", interpolation="nearest")
    return bool(sheets)


def _draw_losses(axes: Any, swept: Swept, colour: str, title: str | None) -> None:
    """Draw a run's losses. title: what comes before a phase's name in the legend; None: the legend does without."""
    curves = {name: points for name, points in curves_of(swept.run.metrics()).items() if name.endswith("/loss")}
    for style, (name, points) in zip(STYLES, curves.items(), strict=False):
        size = max(1, len(points) // SMOOTHED)
        parts = [points[start : start + size] for start in range(0, len(points), size)]
        steps = [part[-1][0] for part in parts]
        means = [sum(value for _, value in part) / len(part) for part in parts]
        label = None if title is None else f"{title}{name}"
        axes.plot(steps, means, style, color=colour, linewidth=0.9, alpha=0.8, label=label)
