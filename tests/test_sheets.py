"""Sheets of samples."""

import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.sheets import MARGIN, image_grid, write_sheet


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
