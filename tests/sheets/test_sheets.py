"""Sheets of samples."""

from typing import ClassVar

import numpy as np
import pytest
from matplotlib.figure import Figure

from gan_core.data.cancer_table import CancerTable
from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.sheets.kinds import KINDS
from gan_core.sheets.numbers import write_table
from gan_core.sheets.series import Series, write_series
from gan_core.sheets.sheets import MARGIN, image_grid, kind_of, shown_as, write_sheet, write_whole_sheet


def test_a_grid_is_filled_row_by_row():
    """Three 48-pixel tiles in two columns: the third stands in the second row."""
    tiles = np.stack([np.full((1, 48, 48), value) for value in (-1.0, 0.0, 1.0)])

    sheet = image_grid(tiles, columns=2, value_range=(-1, 1))

    assert sheet.shape == (2 * 50 + MARGIN, 2 * 50 + MARGIN, 3)
    assert [int(sheet[y, x, 0]) for y, x in ((10, 10), (10, 60), (60, 10))] == [0, 128, 255]


def test_colours_keep_their_order():
    red = np.zeros((1, 3, 64, 64))
    red[:, 0] = 1

    sheet = image_grid(red, columns=1, value_range=(0, 1))

    assert sheet[30, 30].tolist() == [255, 0, 0]


def test_small_images_are_enlarged_by_a_whole_factor():
    assert image_grid(np.zeros((1, 1, 8, 8)), 1, (-1, 1)).shape[0] == 48 + 2 * MARGIN


def test_samples_that_are_no_pictures_are_refused():
    with pytest.raises(DataError, match="cannot be shown"):
        image_grid(np.zeros((4, 5, 8, 8)), 2, (-1, 1))


def test_points_become_a_scatter_plot(tmp_path):
    data = Dataset(name="ring", samples=np.zeros((5, 2)), kind="points")

    write_sheet(tmp_path / "sheet.png", np.ones((3, 2)), 1, data, "title")

    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("shape", "kind", "shown"),
    [
        ((2,), "points", "points"),
        ((2,), "table", "table"),
        ((1,), "points", "table"),
        ((5,), "points", "table"),
        ((3,), "image", "table"),
        ((24,), "series", "series"),
        ((24, 5), "series", "series"),
        ((5, 24), "image", "series"),
        ((1, 8, 8), "image", "image"),
        ((1, 8, 8), "series", "image"),
    ],
)
def test_what_is_shown_fits_the_shape_whatever_the_data_set_says(tmp_path, shape, kind, shown):
    data = Dataset(name="mine", samples=np.random.default_rng(0).normal(size=(20, *shape)), kind=kind)

    assert shown_as(data) == shown
    write_sheet(tmp_path / "sheet.png", data.samples[:3] + 1, 2, data, "title")
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")


def drawn(write, data: Dataset, samples: np.ndarray, tmp_path):
    """The figure that a sheet is written from."""
    figures = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", lambda figure, *_, **__: figures.append(figure))
        write(tmp_path / "sheet.png", samples, data, "title")
    return figures[0]


def test_a_table_has_a_histogram_for_each_feature_and_says_how_many_it_leaves_out(tmp_path):
    samples = np.random.default_rng(0).normal(size=(50, 26))
    few, many = (
        drawn(write_table, Dataset(name="t", samples=samples[:, :count], kind="table"), samples[:, :count], tmp_path)
        for count in (5, 26)
    )

    assert [axes.get_title() for axes in few.axes if axes.axison] == [f"feature {number}" for number in range(5)]
    assert few.get_suptitle() == "title"
    assert len([axes for axes in many.axes if axes.axison]) == 16
    assert many.get_suptitle() == "title (features 0 to 15 of 26)"


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_values_far_from_the_real_ones_are_still_drawn(tmp_path, value):
    samples = np.random.default_rng(0).normal(size=(50, 2))
    far = samples.copy()
    far[:, 1] = value

    drawn(write_table, Dataset(name="t", samples=samples, kind="table"), far, tmp_path)


def test_series_are_lines_over_time_whichever_axis_it_is(tmp_path):
    """Two sines of 24 steps, as [lines, time] and as [time, lines], give the same lines."""
    phase = np.arange(3)[:, None, None] + np.arange(2)[None, :, None]
    series = np.sin(phase + np.arange(24) / 4)
    lines = []
    for samples in (series, series.transpose(0, 2, 1)):
        figure = drawn(write_series, Dataset(name="s", samples=samples, kind="series"), samples, tmp_path)
        lines.append([line.get_ydata() for axes in figure.axes for line in axes.lines])

    np.testing.assert_array_equal(lines[0], lines[1])
    np.testing.assert_array_equal(lines[0][0], series[0, 0])
    assert len(lines[0]) == 2 * 3 * 2


def test_a_kind_of_ones_own_says_what_goes_along_with_a_sheet(tmp_path, monkeypatch):
    monkeypatch.setattr(KINDS, "_entries", dict(KINDS._entries))
    monkeypatch.setattr(KINDS, "_modules", dict(KINDS._modules))

    @KINDS.register("words")
    class Words(Series):
        beside: ClassVar = {".txt": lambda path, samples, dataset: path.write_text(f"{dataset.name}: {len(samples)}")}

    data = Dataset(name="letters", samples=np.zeros((4, 3)), kind="words")
    paths = write_whole_sheet(tmp_path / "sheet.png", data.samples, 2, data, "title")

    assert shown_as(data) == "words"
    assert [path.name for path in paths] == ["sheet.png", "sheet.txt"]
    assert (tmp_path / "sheet.txt").read_text() == "letters: 4"


def test_a_mixed_table_is_shown_and_written_by_its_columns(tmp_path):
    data = CancerTable().load(None)
    write_sheet(tmp_path / "sheet.png", data.samples[:50], 1, data, "title")
    kind_of(data).files[".csv"](tmp_path / "rows.csv", data.samples[:3], data)
    assert (tmp_path / "sheet.png").stat().st_size > 10_000
    assert (tmp_path / "rows.csv").read_text().startswith("radius,texture,area,smoothness,concavity,concave points,")
