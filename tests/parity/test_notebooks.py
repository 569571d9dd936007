"""The notebooks of the documents run from the first cell to the last, in an empty folder."""

import importlib.util

import pytest

pytest.importorskip("jupytext")
pytest.importorskip("nbclient")
from website.notebooks import Executed, page_of, paths, run_notebook

NOTEBOOKS = paths()
QUICK = "01_five_minutes"
ALL = ("torch", "paddle", "keras")


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=() if path.stem == QUICK else pytest.mark.slow) for path in NOTEBOOKS],
    ids=lambda path: path.stem,
)
def test_a_notebook_runs_to_its_end(backend32, path):
    if backend32.name != "torch":
        pytest.skip("the notebooks name their frameworks; they run once, beside the tests of the first")
    needed = ALL if '"keras"' in path.read_text(encoding="utf-8") else ()
    if any(importlib.util.find_spec(name) is None for name in needed):
        pytest.skip("needs all frameworks")
    notebook = run_notebook(path)

    text, _ = page_of(Executed(path=path, notebook=notebook, seconds=0, kept=False))
    assert text.startswith("# ")
