"""Sheets in a page: as they are where they fit, else re-encoded, else fewer."""

import io

import numpy as np
import pytest
from PIL import Image

from gan_core.errors import UsageError
from gan_core.reports.pictures import figure, read_picture, sheets, thumbnail
from stored_run import sheet


@pytest.fixture
def paths(tmp_path):
    found = {}
    for number in range(12):
        found[number] = tmp_path / f"{number}.png"
        sheet(number, 64).save(found[number])
    return found


def test_sheets_that_fit_are_taken_as_they_are(paths):
    made = sheets(paths, 10**6)

    assert {step: one.raw for step, one in made.pictures.items()} == {
        step: path.read_bytes() for step, path in paths.items()
    }
    assert (made.quality, made.left_out) == (None, 0)


def test_sheets_that_do_not_fit_are_encoded_anew_and_all_are_there(paths):
    made = sheets(paths, 60_000)

    assert [*made.pictures] == [*paths]
    assert made.quality in (90, 75, 60)
    assert sum(len(one.raw) for one in made.pictures.values()) <= 60_000


def test_where_even_that_is_too_much_some_are_left_out_and_counted(paths):
    made = sheets(paths, 8_000)

    assert sum(len(one.raw) for one in made.pictures.values()) <= 8_000
    assert {0, 11} <= {*made.pictures}
    assert made.left_out == 12 - len(made.pictures) > 0


def test_what_is_no_picture_is_a_line(paths):
    paths[3].write_bytes(paths[3].read_bytes()[:100])

    made = sheets(paths, 10**6)
    assert len(made.pictures) == 11
    assert len(made.faults) == 1
    assert made.faults[0].startswith(f"{paths[3]} is ")


def test_a_page_of_another_kind_is_refused(tmp_path):
    (tmp_path / "a.png").write_text("<svg/>", encoding="utf-8")

    with pytest.raises(UsageError, match="is no PNG picture"):
        read_picture(tmp_path / "a.png")


def test_large_figures_are_shown_smaller(tmp_path):
    Image.fromarray(np.zeros((20, 3000, 3), np.uint8)).save(tmp_path / "wide.png")

    assert figure(tmp_path / "wide.png").width == 1600
    with Image.open(io.BytesIO(thumbnail(tmp_path / "wide.png", 300).raw)) as image:
        assert image.size == (300, 2)
