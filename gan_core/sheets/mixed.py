"""Mixed tables: each column of generated rows over the real ones, and how the columns go together in both."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from gan_core.data.associations import associations
from gan_core.data.columns import Column, decoded, write_table
from gan_core.data.dataset import Dataset
from gan_core.sheets.kinds import KINDS, FileWriter, Kind
from gan_core.sheets.numbers import GENERATED, REAL, draw_histograms, real_samples

MOST_COLUMNS = 20
ACROSS = 5  # panels
LETTERS = 14  # of a name beside a matrix


def _write_rows(path: Path, samples: np.ndarray, dataset: Dataset) -> None:
    """Write generated rows as CSV, with the columns of the table."""
    write_table(path, dataset.columns, samples)


@KINDS.register("mixed")
class Mixed(Kind):
    """Encoded rows [W] of a mixed table, see `gan_core.data.columns`."""

    files: ClassVar[Mapping[str, FileWriter]] = {".csv": _write_rows}

    def holds(self, shape: tuple[int, ...]) -> bool:
        """Whether a sample has one axis."""
        return len(shape) == 1

    def write_sheet(self, path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> None:
        """Write the shares of each column's values, and the associations of the columns, real and generated."""
        from matplotlib.figure import Figure

        shown = dataset.columns[:MOST_COLUMNS]
        real, generated = decoded(dataset.columns, real_samples(dataset)), decoded(dataset.columns, samples)
        down = -(-len(shown) // ACROSS)
        figure = Figure(figsize=(2.6 * ACROSS, 2.2 * down + 5.2), layout="constrained")
        halves: Any = figure.subfigures(2, 1, height_ratios=(2.2 * down, 4.6))
        above, below = halves
        panels = above.subplots(down, ACROSS, squeeze=False).ravel()
        for axes, column in zip(panels, shown, strict=False):
            draw = _draw_shares if column.categories else _draw_numbers
            draw(axes, column, real[column.name], generated[column.name])
        for axes in panels[len(shown) :]:
            axes.axis("off")
        panels[0].legend(fontsize="small")
        matrices = [associations(shown, values) for values in (real, generated)]
        _draw_matrices(below, shown, matrices)
        several = len(dataset.columns)
        figure.suptitle(f"{title} (columns 1 to {len(shown)} of {several})" if len(shown) < several else title)
        figure.savefig(path, dpi=100)


def _draw_numbers(axes: Any, column: Column, real: np.ndarray, generated: np.ndarray) -> None:
    draw_histograms(axes, real, generated, column.name)


def _draw_shares(axes: Any, column: Column, real: np.ndarray, generated: np.ndarray) -> None:
    """Draw how often each category is, real and generated; without their names where there are many."""
    places = np.arange(len(column.categories))
    for values, move, colour, name in ((real, -0.2, REAL, "real"), (generated, 0.2, GENERATED, "generated")):
        shares = [float((values == word).mean()) for word in column.categories]
        axes.bar(places + move, shares, width=0.4, color=colour, label=name)
    axes.set_title(column.name, fontsize="small")
    few = len(places) <= ACROSS
    axes.set_xticks(places if few else [], [word[:LETTERS] for word in column.categories] if few else [])
    axes.set_yticks([])
    axes.tick_params(labelsize="x-small")


def _draw_matrices(figure: Any, columns: Sequence[Column], matrices: Sequence[np.ndarray]) -> None:
    """Draw the associations of real and of generated rows side by side, and their difference."""
    real, generated = matrices
    titles = ("associations, real", "generated", "generated − real")
    panels = figure.subplots(1, len(titles))
    names = [column.name[:LETTERS] for column in columns]
    image = None
    for axes, title, matrix in zip(panels, titles, (real, generated, generated - real), strict=True):
        image = axes.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r", interpolation="nearest")
        axes.set_title(title, fontsize="medium")
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize="x-small")
        axes.set_yticks(range(len(names)), names if axes is panels[0] else [], fontsize="x-small")
    figure.colorbar(image, ax=panels, shrink=0.8)
