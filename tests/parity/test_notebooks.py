"""The notebooks of the documents run from the first cell to the last, in an empty folder."""

import importlib.util
import re
from pathlib import Path

import pytest

jupytext = pytest.importorskip("jupytext", reason="jupytext is not installed")
notebooks = pytest.importorskip("website.notebooks", reason="nbclient is not installed")
FIRST = notebooks.paths()[0]
ALL = ("torch", "paddle", "keras")  # a module each


@pytest.fixture(autouse=True)
def _once(backend32):
    if backend32.name != "torch":
        pytest.skip("the notebooks name their frameworks; they run once, beside the tests of the first")


def page(path: Path, shorter: int = 1) -> str:
    """Return the page of a notebook that was run, its trainings so many times shorter."""
    notebook = jupytext.read(path)
    for cell in notebooks.code_cells(notebook):
        cell.source = re.sub(r"steps=(\d+)", lambda match: f"steps={int(match[1]) // shorter}", cell.source)
    text, _ = notebooks.page_of(
        notebooks.Executed(path=path, notebook=notebooks.run_notebook(notebook), seconds=0, kept=False)
    )
    return text


def test_the_first_notebook_runs_to_its_end():
    text = page(FIRST, shorter=100)

    assert text.startswith("# A GAN in five minutes\n")
    assert "![What the cell above shows.](01_five_minutes_0.png)" in text
    assert "real images:" in text


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.stem)
def test_a_notebook_runs_to_its_end(path):
    text = path.read_text(encoding="utf-8")
    if ("paddle" in text or "keras" in text) and not all(importlib.util.find_spec(name) for name in ALL):
        pytest.skip("needs all frameworks")

    assert page(path).startswith("# ")
