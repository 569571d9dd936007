"""The pictures of the laboratory: densities and points, real and generated side by side, and all models at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.laboratory.densities import MOST_POINTS, draw_density
from gan_core.runs.loss_curve import curves_of

MARGIN = 1.25  # the plotted square reaches so many times as far as the real points, where no reach is set

FEW_LINES = 10  # of losses, of which the first is drawn too


def draw_trial(
    path: Path,
    samples: np.ndarray,
    dataset: Dataset,
    result: Mapping[str, Any],
    losses: Sequence[Mapping[str, Any]] = (),
    reach: float | None = None,
) -> None:
    """Write the figure of a trial: densities and points, real (blue) beside generated `samples` [N, 2] (red).

    Generated points outside the square of ±`reach` are counted in the title, not drawn. losses: the trial's lines,
    whose scalars are drawn below over the epochs.
    """
    from matplotlib.figure import Figure

    reach = reach_of(dataset.samples) if reach is None else reach
    figure = Figure(figsize=(10, 8.4 if losses else 5.8), layout="constrained")
    panels = "AB;CC" if losses else "AB"
    places = dict(zip(("real", "generated", "losses"), "ABC", strict=True))
    drawn = figure.subplot_mosaic(panels, height_ratios=[5, 2.4] if losses else [1])
    axes = {name: drawn[place] for name, place in places.items() if place in drawn}
    shown = {"real": (dataset.samples[: len(samples)], "Blues"), "generated": (samples, "Reds")}
    for title, (points, colours) in shown.items():
        outside = int((np.abs(points) > reach).any(axis=1).sum())
        draw_density(axes[title], points, reach, dataset.mode_deviation, colours)
        axes[title].set_title(title + (f" ({outside} outside)" if outside else ""))
    if dataset.centres is not None:
        x, y = dataset.centres.T
        axes["generated"].scatter(x, y, s=30, marker="+", color="black", linewidths=0.8)
    if losses:
        _draw_losses(axes["losses"], losses)
    figure.suptitle(caption(result), fontsize="medium")
    figure.savefig(path, dpi=100)


def reach_of(points: np.ndarray) -> float:
    """Return how far the square reaches that shows real points [N, 2] with some room around them."""
    return MARGIN * float(np.abs(points).max())


def _draw_losses(axes: Any, losses: Sequence[Mapping[str, Any]]) -> None:
    """Draw every scalar of a trial's lines over the epochs; of many lines without that of the first step.

    Its losses are those of networks that know nothing, and would press all others into a line.
    """
    lines = losses[1:] if len(losses) > FEW_LINES else losses
    steps_of_lines, epochs = ([line[key] for line in losses] for key in ("step", "epoch"))
    for name, points in curves_of(lines).items():
        steps, values = zip(*points, strict=True)  # a phase that rested is drawn at the step that its value is of
        axes.plot(np.interp(steps, steps_of_lines, epochs), values, label=name, linewidth=0.8)
    axes.set_xlabel("epoch")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="lower right", bbox_to_anchor=(1, 1), ncols=5, frameon=False)


def caption(result: Mapping[str, Any]) -> str:
    """Return a trial's numbers in two lines."""
    return (
        f"{result['model']}, {result['modes']} modes, {result['backend']}, seed {result['seed']}, "
        f"{result['steps']:,} steps\n"
        f"within radius {result['covered_within_radius']}, high quality in {result['covered']}, "
        f"≥1% in {result['covered_by_share']}, high quality {100 * result['high_quality']:.1f}%, "
        f"reverse KL {result['reverse_kl']:.2f}"
    )


def shown_results(
    results: Sequence[Mapping[str, Any]], points: Mapping[str, np.ndarray]
) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Return the result to show for each model and number of modes.

    It is the first one whose samples are in `points`, by the trial's name; else the first of all.
    """
    first: dict[tuple[str, int], Mapping[str, Any]] = {}
    for result in sorted(results, key=lambda result: result["name"] not in points):
        first.setdefault((result["model"], result["modes"]), result)
    return first


def draw_densities(
    path: Path,
    modes: int,
    results: Sequence[Mapping[str, Any]],
    points: Mapping[str, np.ndarray],
    dataset: Dataset,
    reach: float | None = None,
) -> None:
    """Write the densities of one number of modes in a row: real ones (blue), then those of each model (red).

    results, points: as for `draw_overview`. dataset: the real points. reach: of the squares, as in `draw_trial`.
    """
    from matplotlib.figure import Figure

    shown = {model: result for (model, count), result in shown_results(results, points).items() if count == modes}
    drawn = {model: points[result["name"]] for model, result in shown.items() if result["name"] in points}
    reach = reach_of(dataset.samples) if reach is None else reach
    figure = Figure(figsize=(3.2 * (len(drawn) + 1), 3.6), layout="constrained")
    row = figure.subplots(1, len(drawn) + 1, squeeze=False)[0]
    for axes, (title, samples) in zip(row, {"real": dataset.samples, **drawn}.items(), strict=True):
        draw_density(axes, samples, reach, dataset.mode_deviation, "Blues" if title == "real" else "Reds")
        axes.set_title(f"{title}, {modes} modes", fontsize="small")
        axes.tick_params(labelsize="small")
    figure.savefig(path, dpi=100)


def draw_overview(path: Path, results: Sequence[Mapping[str, Any]], points: Mapping[str, np.ndarray]) -> None:
    """Write one scatter plot for each model (row) and number of modes (column), of the `shown_results`.

    points: the name of a trial → its samples [N, 2], where they are still on the disk; ``real MODES`` → real points.
    """
    from matplotlib.figure import Figure

    nothing = np.empty((0, 2))
    first = shown_results(results, points)
    models = list(dict.fromkeys(result["model"] for result in results))
    columns = sorted({modes for _, modes in first})
    figure = Figure(figsize=(2.6 * len(columns), 2.6 * (len(models) + 1)), layout="constrained")
    grid = figure.subplots(len(models) + 1, len(columns), squeeze=False)
    for column, modes in enumerate(columns):
        real = points[f"real {modes}"]
        reach = MARGIN * float(np.abs(real).max())
        for row, model in enumerate(["real", *models]):
            axes = grid[row, column]
            axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xticks=[], yticks=[])
            result = first.get((model, modes))
            shown = real if row == 0 else points.get(result["name"], nothing) if result else nothing
            axes.scatter(*shown[:MOST_POINTS].T, s=1, alpha=0.5, linewidths=0)
            axes.set_title(f"{model}, {modes} modes", fontsize="small")
    figure.savefig(path, dpi=100)
