"""The figures of a sweep: samples side by side, a row a comparison, and the curves of the losses likewise."""

from pathlib import Path
from typing import Any

from gan_core.runs.loss_curve import curves_of
from gan_core.sheets.sheets import image_grid, shown_as
from gan_core.sweeps.plan import SweepPlan
from gan_core.sweeps.table import Done, Swept

COLUMNS, ROWS = 8, 4  # of the samples of one variant
POINTS = 500
SMOOTHED = 50  # points of a curve, after averaging: what lies below is noise of single batches
STYLES = ("-", "--", ":", "-.")


def write_sample_figure(path: Path, plan: SweepPlan, done: Done) -> bool:
    """Write samples of each variant's first finished seed; return False for data that are no images or points."""
    from matplotlib.figure import Figure

    first: dict[str, Swept] = {}
    for (variant, _), swept in done.items():
        first.setdefault(variant, swept)
    widest = max(len(variants) for variants in plan.comparisons.values())
    figure = Figure(figsize=(3.6 * widest, 2.2 * len(plan.comparisons)), layout="constrained")
    every = figure.subplots(len(plan.comparisons), widest, squeeze=False)
    for axes in every.flat:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_frame_on(False)
    for row, (comparison, variants) in zip(every, plan.comparisons.items(), strict=True):
        row[0].set_ylabel(comparison, fontsize="small", wrap=True)
        for axes, variant in zip(row, variants, strict=False):
            axes.set_title(plan.titles[variant], fontsize="small")
            if variant in first and not _draw_samples(axes, first[variant]):
                return False
    figure.savefig(path, dpi=110)
    return True


def write_loss_figure(path: Path, plan: SweepPlan, done: Done) -> None:
    """Write the losses of all variants: an axis a comparison, a colour a variant, a line a seed and phase."""
    from matplotlib.figure import Figure

    count = len(plan.comparisons)
    figure = Figure(figsize=(9, 2.6 * count), layout="constrained")
    every = figure.subplots(count, 1, squeeze=False)[:, 0]
    for axes, (comparison, variants) in zip(every, plan.comparisons.items(), strict=True):
        for number, variant in enumerate(variants):
            runs = [swept for (name, _), swept in done.items() if name == variant]
            for swept in runs:
                _draw_losses(axes, swept, f"C{number}", plan.titles[variant] if swept is runs[0] else None)
        axes.set_title(comparison, fontsize="small")
        axes.set_ylabel("loss")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="x-small")
    every[-1].set_xlabel("step")
    figure.savefig(path, dpi=110)


def _draw_samples(axes: Any, swept: Swept) -> bool:
    run = swept.run
    sampler = run.sampler_on(run.machine(None, "cpu", None))
    kind = shown_as(sampler.dataset)
    if kind == "image":
        samples = sampler.sample(ROWS * COLUMNS, "sheet", None)
        axes.imshow(image_grid(samples, COLUMNS, sampler.dataset.value_range), interpolation="nearest")
    elif kind == "points":
        axes.scatter(*sampler.sample(POINTS, "sheet", None).T, s=2)
        axes.set_aspect("equal")
    return kind in ("image", "points")


def _draw_losses(axes: Any, swept: Swept, colour: str, title: str | None) -> None:
    curves = {name: points for name, points in curves_of(swept.run.metrics()).items() if name.endswith("/loss")}
    for style, (name, points) in zip(STYLES, curves.items(), strict=False):
        size = max(1, len(points) // SMOOTHED)
        parts = [points[start : start + size] for start in range(0, len(points), size)]
        steps = [part[-1][0] for part in parts]
        means = [sum(value for _, value in part) / len(part) for part in parts]
        label = f"{title}, {name}" if title else None
        axes.plot(steps, means, style, color=colour, linewidth=0.9, alpha=0.8, label=label)
