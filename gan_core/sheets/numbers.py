"""Sheets of samples that are no images: points in the plane, tables as histograms, series as lines.

Real samples are grey and generated ones blue; the title says what is left out of a sheet.
"""

from pathlib import Path
from typing import Any

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.sheets.kinds import KINDS, Kind

REAL, GENERATED = "0.75", "tab:blue"
REAL_SHOWN = 2000
MOST_FEATURES = 16
BINS = 40
MOST_SERIES = 8
MOST_LINES = 10
SMALLEST = 1e-9  # of a range; what varies less is one value


@KINDS.register("points")
class Points(Kind):
    """Points [2] in the plane."""

    def holds(self, shape: tuple[int, ...]) -> bool:
        """Whether a sample is two numbers."""
        return shape == (2,)

    def write_sheet(self, path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> None:
        """Write a scatter plot."""
        write_points(path, samples, dataset, title)


@KINDS.register("table")
class Table(Kind):
    """Rows of features [F]."""

    def holds(self, shape: tuple[int, ...]) -> bool:
        """Whether a sample is a row of numbers."""
        return len(shape) == 1

    def write_sheet(self, path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> None:
        """Write a histogram for each feature."""
        write_table(path, samples, dataset, title)


@KINDS.register("series")
class Series(Kind):
    """Series [T], [C, T] or [T, F]."""

    def holds(self, shape: tuple[int, ...]) -> bool:
        """Whether a sample has one axis or two."""
        return len(shape) in (1, 2)

    def write_sheet(self, path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> None:
        """Write lines."""
        write_series(path, samples, dataset, title)


def write_points(path: Path, samples: np.ndarray, dataset: Dataset, title: str) -> None:
    """Write a scatter plot of generated points [N, 2] over the real ones."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot()
    real = real_samples(dataset)
    axes.scatter(real[:, 0], real[:, 1], s=6, color=REAL, label="real")
    axes.scatter(samples[:, 0], samples[:, 1], s=6, color=GENERATED, alpha=0.5, label="generated")
    if dataset.centres is not None:
        axes.scatter(dataset.centres[:, 0], dataset.centres[:, 1], s=40, marker="+", color="black", label="centres")
    axes.set_aspect("equal")
    axes.set_title(title)
    axes.legend(loc="upper right", fontsize="small")
    figure.savefig(path, dpi=100)


def write_table(path: Path, samples: np.ndarray, dataset: Dataset, title: str) -> None:
    """Write a histogram of each feature of generated samples [N, features] over the real ones."""
    from matplotlib.figure import Figure

    real = real_samples(dataset)
    features = samples.shape[1]
    shown = min(features, MOST_FEATURES)
    columns = min(shown, 4)
    rows = -(-shown // columns)
    figure = Figure(figsize=(max(5, 2.6 * columns), 2.2 * rows + 0.6), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for feature, axes in enumerate(panels[:shown]):
        draw_histograms(axes, real[:, feature], samples[:, feature], f"feature {feature}")
    for axes in panels[shown:]:
        axes.axis("off")
    panels[0].legend(fontsize="small")
    figure.suptitle(title if shown == features else f"{title} (features 0 to {shown - 1} of {features})")
    figure.savefig(path, dpi=100)


def write_series(path: Path, samples: np.ndarray, dataset: Dataset, title: str) -> None:
    """Write generated series [N, …] (see `time_last`) as lines, to the right of real ones."""
    from matplotlib.figure import Figure

    pairs = [(time_last(real_samples(dataset)), "real"), (time_last(samples), "generated")]
    rows = min(MOST_SERIES, len(samples))
    lines = pairs[1][0].shape[1]
    figure = Figure(figsize=(9, 1.3 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, 2, squeeze=False, sharex=True, sharey=True)
    for column, (series, name) in enumerate(pairs):
        panels[0, column].set_title(name, fontsize="medium")
        for row, lines_of_sample in enumerate(series[:rows]):
            for line in lines_of_sample[:MOST_LINES]:
                panels[row, column].plot(line, linewidth=1)
            panels[row, column].margins(x=0)
    left_out = f" (lines 0 to {MOST_LINES - 1} of {lines})" if lines > MOST_LINES else ""
    figure.suptitle(f"{title}{left_out}")
    figure.savefig(path, dpi=100)


def real_samples(dataset: Dataset) -> np.ndarray:
    """Return `REAL_SHOWN` real samples at most, from all over the data, float64 [N, *shape], as networks see them."""
    count = min(len(dataset), REAL_SHOWN)
    return dataset.take(np.arange(count) * len(dataset) // count, np.dtype("float64"))


def time_last(series: np.ndarray) -> np.ndarray:
    """Return series [N, T], [N, C, T] or [N, T, F] as [N, lines, T]; time is the longer axis, or the last."""
    if series.ndim == 2:
        return series[:, None]
    return series if series.shape[2] >= series.shape[1] else series.transpose(0, 2, 1)


def draw_histograms(axes: Any, real: np.ndarray, generated: np.ndarray, name: str) -> None:
    """Draw two histograms of shares over the range of the real values and a quarter of its width on either side.

    A generator that is far off would otherwise press the real values into one bar; values outside are counted into the
    bars at the ends.
    """
    low, high = float(real.min()), float(real.max())
    width = high - low
    if width <= SMALLEST * max(abs(low), abs(high), SMALLEST):
        width = max(abs(low), 1.0)
    edges = np.linspace(low - 0.25 * width, high + 0.25 * width, BINS + 1)
    for values, style in (
        (real, {"color": REAL, "label": "real", "histtype": "stepfilled"}),
        (generated, {"color": GENERATED, "label": "generated", "histtype": "step", "linewidth": 1.5}),
    ):
        shown = np.clip(values[~np.isnan(values)], edges[0], edges[-1])
        axes.hist(shown, bins=edges, weights=np.full(len(shown), 1 / max(1, len(shown))), **style)
    axes.set_title(name, fontsize="small")
    axes.set_yticks([])
    axes.tick_params(labelsize="small")
