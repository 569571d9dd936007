"""Pictures under titles: where they stand, how large they are, and the frames of an animation."""

import numpy as np
import pytest
from PIL import Image

from gan_core.errors import UsageError
from gan_core.sheets.titled_pictures import GAP, Block, titled_grid, write_frames

RED, BLUE = (255, 0, 0), (0, 0, 255)


def plain(colour: tuple[int, int, int], height: int = 200, width: int = 200) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def box_of(page: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all that has a colour."""
    rows, columns = np.nonzero((np.asarray(page.convert("RGB")) == colour).all(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def test_pictures_stand_in_rows_below_their_titles():
    pictures = [("one", plain(RED)), ("two", plain(BLUE)), ("three", plain((0, 255, 0)))]

    page = titled_grid([Block(pictures=pictures)], columns=2, largest=4096)

    red, blue, green = (box_of(page, colour) for colour in (RED, BLUE, (0, 255, 0)))
    assert red[0] == green[0] == GAP
    assert blue[0] == GAP + 200 + GAP
    assert red[1] == blue[1] < red[3] < green[1]
    assert np.asarray(page)[: red[1]].min() < 100  # letters above the first row, on white


def test_blocks_stand_below_each_other_under_their_titles():
    blocks = [Block(title="first", pictures=[("", plain(RED))]), Block(title="second", pictures=[("", plain(BLUE))])]

    page = titled_grid(blocks, columns=1, largest=4096)

    red, blue = box_of(page, RED), box_of(page, BLUE)
    assert red[3] < blue[1]
    assert np.asarray(page)[red[3] + 1 : blue[1]].min() < 100


def test_a_page_that_would_be_too_long_is_made_smaller():
    page = titled_grid([Block(pictures=[("", plain(RED))] * 10)], columns=10, largest=1000)

    assert 900 < page.width < 1100


def test_pictures_are_never_enlarged_beyond_the_largest_and_by_whole_factors_alone():
    """A picture of 60 pixels beside one of 200 becomes 180."""
    page = titled_grid([Block(pictures=[("", plain(RED, 60, 60)), ("", plain(BLUE))])], columns=2, largest=4096)

    left, top, right, bottom = box_of(page, RED)
    assert (right - left, bottom - top) == (180, 180)


def test_a_long_title_widens_its_cell():
    page = titled_grid([Block(pictures=[("a title of many words", plain(RED, 20, 20))] * 2)], columns=2, largest=4096)

    assert page.width > 2 * 100


def test_frames_follow_each_other_and_the_last_stays_longer(tmp_path):
    frames = [[(f"epoch {number}", plain(colour))] for number, colour in enumerate((RED, BLUE, RED), 1)]

    write_frames(tmp_path / "frames.gif", frames, largest=640)

    with Image.open(tmp_path / "frames.gif") as animation:
        assert (animation.n_frames, animation.info["loop"]) == (3, 0)
        seen, milliseconds = [], []
        for frame in range(3):
            animation.seek(frame)
            seen.append(animation.convert("RGB").getpixel((GAP + 100, animation.height - GAP - 50)))
            milliseconds.append(animation.info["duration"])
    assert [max(range(3), key=colour.__getitem__) for colour in seen] == [0, 2, 0]
    assert milliseconds[0] == milliseconds[1] < milliseconds[2]


def test_frames_of_pictures_of_two_sizes_are_alike(tmp_path):
    write_frames(tmp_path / "frames.gif", [[("a", plain(RED, 50, 80))], [("b", plain(BLUE))]], largest=640)

    with Image.open(tmp_path / "frames.gif") as animation:
        assert animation.n_frames == 2


def test_a_file_that_is_no_picture_is_named(tmp_path):
    path = tmp_path / "step-0000001.png"
    path.write_text("no picture")
    with pytest.raises(UsageError, match=r"step-0000001\.png is damaged, or no picture"):
        titled_grid([Block(pictures=[("", path)])], columns=1, largest=100)

    Image.fromarray(plain(RED)).save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UsageError, match=r"step-0000001\.png is damaged"):
        titled_grid([Block(pictures=[("", path)])], columns=1, largest=100)
