"""The pictures of the laboratory: densities and points, real and generated side by side, and all models at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.data.dataset import Dataset

MARGIN = 1.25  # the plotted square reaches so many times as far as the real points
BINS = 100


def draw_trial(path: Path, samples: np.ndarray, dataset: Dataset, result: Mapping[str, Any]) -> None:
    """Write the figure of a trial: density above, points below; real ones left, generated `samples` [N, 2] right.

    Generated points outside the square are counted in the title, not drawn.
    """
    from matplotlib.figure import Figure

    real = dataset.samples[: len(samples)]
    reach = MARGIN * float(np.abs(dataset.samples).max())
    figure = Figure(figsize=(8, 8.4), layout="constrained")
    grid = figure.subplots(2, 2)
    for column, (title, points) in enumerate({"real": real, "generated": samples}.items()):
        outside = int((np.abs(points) > reach).any(axis=1).sum())
        grid[0, column].hist2d(
            points[:, 0], points[:, 1], bins=BINS, range=[[-reach, reach]] * 2, cmap="magma", norm="log", cmin=1
        )
        grid[0, column].set_facecolor("black")
        grid[0, column].set_title(title + (f" ({outside} outside)" if outside else ""))
        grid[1, column].scatter(points[:, 0], points[:, 1], s=2, alpha=0.5, linewidths=0)
    if dataset.centres is not None:
        grid[1, 1].scatter(*dataset.centres.T, s=30, marker="+", color="black", linewidths=0.8)
    for axes in grid.flat:
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    figure.suptitle(caption(result), fontsize="medium")
    figure.savefig(path, dpi=100)


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
            axes.scatter(shown[:, 0], shown[:, 1], s=1, alpha=0.5, linewidths=0)
            axes.set_title(f"{model}, {modes} modes", fontsize="small")
    figure.savefig(path, dpi=100)
