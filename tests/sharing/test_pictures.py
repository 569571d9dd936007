"""Pictures of a run for a notebook."""

from pathlib import Path

import pytest

import gan_core
from gan_core.errors import UsageError
from shared_runs import released, with_sheet


@pytest.fixture
def run(tmp_path: Path) -> gan_core.Run:
    return gan_core.load(with_sheet(with_sheet(released(tmp_path / "run"), 2, 10), 4, 200))


def test_a_plot_shows_every_loss_and_is_a_picture_to_a_notebook(run: gan_core.Run) -> None:
    figure = run.plot()

    told = {text.get_text() for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()}
    assert {"discriminator/loss", "generator/loss"} <= told
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_sheet_is_the_newest_or_that_of_a_step(run: gan_core.Run) -> None:
    assert run.sheet().getpixel((0, 0)) == (200, 200, 200)
    assert run.sheet(step=2).getpixel((0, 0)) == (10, 10, 10)
    with pytest.raises(UsageError, match=r"step=3: .* has no sheet of it; it has those of step 2, 4"):
        run.sheet(step=3)


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    run = gan_core.load(released(tmp_path / "run"))
    (tmp_path / "run" / "metrics.jsonl").write_text("")

    with pytest.raises(UsageError, match="has no sheets yet"):
        run.sheet()
    with pytest.raises(UsageError, match="has logged no losses yet"):
        run.plot()
    with pytest.raises(UsageError, match="is no run directory"):
        gan_core.load(tmp_path)
