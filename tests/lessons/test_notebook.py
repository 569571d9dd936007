"""A lesson as a notebook: the same sections, and cells that run."""

import json
import shutil
from pathlib import Path

import pytest

from gan_core.lessons.lesson import write_lesson
from gan_core.lessons.notebook import write_notebook
from gan_core.lessons.words import languages, read_words
from gan_core.printing import silent
from stored_lesson import FOLDER, stored_lesson

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")


def written(folder: Path, language: str = "en", *, execute: bool = False, **changes) -> dict:
    folder.mkdir()
    shutil.copy(FOLDER / "measured.json", folder)
    lesson, words = stored_lesson(**changes), read_words(language)
    write_lesson(lesson, words, folder)
    path = write_notebook(lesson, words, folder, execute=execute, data_dir=None, tell=silent)
    nbformat.validate(nbformat.read(path, as_version=4))
    return json.loads(path.read_text(encoding="utf-8"))


def texts(notebook: dict, kind: str) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


@pytest.mark.parametrize("language", languages())
def test_it_has_the_sections_of_the_page(tmp_path, language):
    words, text = read_words(language), "\n".join(texts(written(tmp_path / "new", language), "markdown"))

    for section in ("game", "differences", "lockstep", "ports", "samples", "exercises"):
        assert f"## {words(f'{section}.title')}" in text
    assert text.count("```python") == 3
    assert text.count("data:image/svg+xml;base64,") == 3
    assert text.count("<details>") == 10


def test_each_program_has_a_cell_that_runs_it_apart(tmp_path):
    cells = texts(written(tmp_path / "new"), "code")

    for name in ("torch", "paddle", "keras"):
        assert any(f"PROGRAM = 'train_{name}.py'" in cell and "run(PROGRAM, STEPS)" in cell for cell in cells)
    assert sum("subprocess.run(" in cell for cell in cells) == 1


def test_every_cell_is_python(tmp_path):
    for cell in texts(written(tmp_path / "new"), "code"):
        compile(cell, "cell", "exec")


def test_a_lesson_without_measurements_has_no_charts(tmp_path):
    text = "\n".join(texts(written(tmp_path / "new", measured=False), "code"))

    assert 'measured["floor"]' not in text


def test_its_cells_run_and_draw(tmp_path):
    """Without the programs, which need their frameworks: those are run by the parity tests."""
    pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    notebook = written(tmp_path / "new", execute=True, programs={})
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]

    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
    assert "Batch norm: what momentum is a share of | None | 1" in "".join(
        "".join(output.get("text", ())) for output in outputs
    )
