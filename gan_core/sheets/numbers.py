"""Sheets of samples that are rows of numbers: points in the plane, tables as histograms.

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


def real_samples(dataset: Dataset) -> np.ndarray:
    """Return `REAL_SHOWN` real samples at most, from all over the data, float64 [N, *shape], as networks see them."""
    count = min(len(dataset), REAL_SHOWN)
    return dataset.take(np.arange(count) * len(dataset) // count, np.dtype("float64"))


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
