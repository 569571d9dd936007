"""Series: generated ones beside real ones, as lines, or feature by feature where these have names; and CSV files."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.files.whole_files import written_whole
from gan_core.sheets.kinds import KINDS, FileWriter, Kind
from gan_core.sheets.numbers import GENERATED, REAL, real_samples

MOST_SERIES = 8
MOST_LINES = 10
MOST_FEATURES = 12
CURVES = 10  # of each kind, in a panel


def in_units(series: np.ndarray, dataset: Dataset) -> np.ndarray:
    """Return series [N, T, F] in the units of their features, float64; as they are where these are not known."""
    if not dataset.features:
        return series.astype(np.float64)
    low, high = (np.array([getattr(one, end) for one in dataset.features]) for end in ("low", "high"))
    return np.asarray(low + series.astype(np.float64) * (high - low))


def write_rows(path: Path, series: np.ndarray, dataset: Dataset) -> None:
    """Write series [N, T, F] as CSV, a row a step, in the units of their features; whole or not at all.

    The first two columns are the number of the series and the step, from 1. Raises `WriteError`.
    """
    steps_first = series if dataset.features else time_last(series).transpose(0, 2, 1)  # channels without names: [C, T]
    values = in_units(steps_first, dataset)
    names = [one.name for one in dataset.features] or [f"feature {place}" for place in range(values.shape[2])]
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["series", "step", *names])
        for number, one in enumerate(values, start=1):
            writer.writerows(
                [number, step, *(f"{value:.7g}" for value in row)] for step, row in enumerate(one.tolist(), start=1)
            )


@KINDS.register("series")
class Series(Kind):
    """Series [T], [C, T] or [T, F]."""

    files: ClassVar[Mapping[str, FileWriter]] = {".csv": write_rows}

    def holds(self, shape: tuple[int, ...]) -> bool:
        """Whether a sample has one axis or two."""
        return len(shape) in (1, 2)

    def write_sheet(self, path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> None:
        """Write the curves of each feature, real and generated; of features without names, lines."""
        write = write_features if dataset.features and samples.ndim == 3 else write_series
        write(path, samples, dataset, title)


def write_features(path: Path, samples: np.ndarray, dataset: Dataset, title: str) -> None:
    """Write a panel for each feature of series [N, T, F]: generated ones over real ones, in the feature's units."""
    from matplotlib.figure import Figure

    chosen = np.arange(min(CURVES, len(dataset))) * len(dataset) // min(CURVES, len(dataset))
    real = in_units(dataset.take(chosen, np.dtype("float64")), dataset)
    generated = in_units(samples[:CURVES], dataset)
    shown = dataset.features[:MOST_FEATURES]
    across = min(3, len(shown))
    down = -(-len(shown) // across)
    figure = Figure(figsize=(4 * across, 2.6 * down + 0.6), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for place, (feature, axes) in enumerate(zip(shown, panels, strict=False)):
        _draw_curves(axes, real[:, :, place], REAL, "real")
        _draw_curves(axes, generated[:, :, place], GENERATED, "generated")
        axes.set_title(feature.name, fontsize="small")
        axes.margins(x=0)
        axes.tick_params(labelsize="x-small")
    for axes in panels[len(shown) :]:
        axes.axis("off")
    panels[0].legend(fontsize="x-small")
    several = len(dataset.features)
    figure.suptitle(f"{title} (features 1 to {len(shown)} of {several})" if len(shown) < several else title)
    figure.savefig(path, dpi=100)


def _draw_curves(axes: Any, curves: np.ndarray, colour: str, name: str) -> None:
    steps = np.arange(1, curves.shape[1] + 1)
    for number, curve in enumerate(curves):
        axes.plot(steps, curve, linewidth=1, color=colour, alpha=0.8, label=name if number == 0 else None)


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


def time_last(series: np.ndarray) -> np.ndarray:
    """Return series [N, T], [N, C, T] or [N, T, F] as [N, lines, T]; time is the longer axis, or the last."""
    if series.ndim == 2:
        return series[:, None]
    return series if series.shape[2] >= series.shape[1] else series.transpose(0, 2, 1)
