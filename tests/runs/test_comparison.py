"""Real images above generated ones: which stand there, and for which runs; no framework needed."""

import numpy as np
import pytest
from PIL import Image

from gan_core.data.dataset import Dataset
from gan_core.presets.loading import load_experiment
from gan_core.runs import comparison
from gan_core.runs.comparison import is_compared, write_comparison
from gan_core.runs.directory import RunDirectory
from gan_core.training.timetable import Timetable

CLASSES = 10
# real images of a class are as light as its number says
REAL = Dataset(
    name="shades",
    samples=(np.repeat(np.arange(CLASSES), 5)[:, None, None, None] * np.full((1, 28, 28), 20)).astype(np.uint8),
    labels=np.repeat(np.arange(CLASSES), 5),
    classes=CLASSES,
)


@pytest.fixture
def blocks(monkeypatch) -> list:
    """Title and pixels of each block that is drawn."""
    seen, draw = [], comparison.titled_grid

    def noting(these, columns, largest):
        seen.extend((block.title, block.pictures[0][1]) for block in these)
        return draw(these, columns, largest)

    monkeypatch.setattr(comparison, "titled_grid", noting)
    return seen


def tiles(grid: np.ndarray, columns: int) -> list[int]:
    """The shade at the middle of each tile of 56 pixels and its margin."""
    rows = (grid.shape[0] - 2) // 58
    return [int(grid[row * 58 + 30, column * 58 + 30, 0]) for row in range(rows) for column in range(columns)]


def test_real_rows_stand_above_generated_ones_of_the_same_classes(tmp_path, blocks):
    """A sheet of 10 × 10 of labels by row; two rows of it are two of each class."""
    experiment = load_experiment("mnist-cgan", ["sampling.rows=10", "sampling.columns=10"])
    directory = RunDirectory.create(tmp_path / "run")
    generated = np.repeat(np.linspace(-1, 1, CLASSES), 10)[:, None, None, None] * np.ones((1, 28, 28))

    write_comparison(directory, Timetable(experiment, len(REAL)), REAL, 10, generated)

    (above, real), (below, fake) = blocks
    assert (above, below) == ("real", "generated, epoch 10")
    assert tiles(real, 10) == [20 * number for number in np.repeat(np.arange(CLASSES), 2)]
    assert tiles(fake, 10) == [round(255 * number / 9) for number in np.repeat(np.arange(CLASSES), 2)]
    with Image.open(directory.path / "samples" / "comparison.png") as page:
        assert page.height > 4 * 58


def test_real_images_are_others_at_each_step_and_the_same_when_drawn_again(tmp_path, blocks):
    experiment = load_experiment("mnist-mlp", ["sampling.rows=2", "sampling.columns=8"])
    directory = RunDirectory.create(tmp_path / "run")
    for step in (10, 20, 10):
        write_comparison(directory, Timetable(experiment, len(REAL)), REAL, step, np.zeros((16, 1, 28, 28)))

    first, second, again = (tiles(pixels, 8) for title, pixels in blocks if title == "real")
    assert first == again != second
    assert len(set(first)) > 3


def test_a_small_sheet_is_shown_whole(tmp_path, blocks):
    experiment = load_experiment("mnist-mlp", ["sampling.rows=1", "sampling.columns=3"])

    write_comparison(
        RunDirectory.create(tmp_path / "run"), Timetable(experiment, len(REAL)), REAL, 1, np.zeros((3, 1, 28, 28))
    )

    assert [len(tiles(pixels, 3)) for _, pixels in blocks] == [3, 3]


@pytest.mark.parametrize(
    ("preset", "data", "compared"),
    [
        ("mnist-mlp", REAL, True),
        ("cyclegan", REAL, False),
        ("mixture-8", Dataset(name="points", samples=np.zeros((5, 2)), kind="points"), False),
    ],
)
def test_points_and_translations_are_not_compared(preset, data, compared):
    assert is_compared(load_experiment(preset, []), data) is compared
