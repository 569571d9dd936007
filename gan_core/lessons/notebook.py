"""A lesson as a notebook: the same sections, with cells that run each program in a process of its own."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from gan_core.data.places import search_places
from gan_core.errors import GanError, UsageError, one_line
from gan_core.files.whole_files import written_whole
from gan_core.lessons.differences import Row, rows_of, title_of
from gan_core.lessons.facts import losses_in_words
from gan_core.lessons.package_data import text_of
from gan_core.lessons.page import Lesson, made_exercises, program_file
from gan_core.lessons.words import Words
from gan_core.printing import Tell

FILE = "lesson.ipynb"
STEPS = 20  # of each program's run
LONGEST_CELL = 900  # seconds
EXTRA = "pip install 'gan-core[lesson]'"


def check_notebooks() -> None:
    """Raise `UsageError` where what writes and runs notebooks is not installed."""
    _modules()


def write_notebook(
    lesson: Lesson, words: Words, folder: Path, *, execute: bool, data_dir: str | Path | None, tell: Tell
) -> Path:
    """Write a lesson's notebook into its folder, and return its path.

    execute: whether its cells are run first, with what they print and draw kept. data_dir: where its programs look for
    data first. Raises `UsageError` where notebooks cannot be written, and `GanError` for a cell that fails.
    """
    nbformat, nbclient = _modules()
    notebook = nbformat.v4.new_notebook(cells=_cells(lesson, words, nbformat, data_dir))
    notebook.metadata |= {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    if execute:
        tell(f"running the cells of {FILE}: each program, {STEPS} steps")
        client = nbclient.NotebookClient(
            notebook, timeout=LONGEST_CELL, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        )
        try:
            client.execute()
        except nbclient.exceptions.CellExecutionError as error:
            raise GanError(f"a cell of {FILE} failed: {one_line(str(error))}") from None
    path = folder / FILE
    with written_whole(path) as unfinished:
        unfinished.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return path


def _modules() -> tuple[ModuleType, ModuleType]:
    try:
        import ipykernel  # noqa: F401  (runs the cells)
        import nbclient
        import nbformat
    except ImportError as error:
        raise UsageError(f"a notebook needs {error.name}, which is not installed: {EXTRA}") from None
    return nbformat, nbclient


def _cells(lesson: Lesson, words: Words, nbformat: ModuleType, data_dir: str | Path | None) -> list[Any]:
    text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    cells = [
        text(f"# {words('notebook.title', name=lesson.experiment.name, count=len(lesson.programs))}\n\n"
             f"{words('notebook.intro')}"),
        text(_game(lesson, words)),
        code(_script("drawings.py", NETWORKS=[*lesson.experiment.networks])),
        text(f"## {words('notebook.programs')}\n\n{words('code.intro').split('. ')[0]}."),
        *(text(f"### {title_of(name)}\n\n```python\n{_networks_and_steps(lesson, name)}\n```") for name in lesson.programs),
        text(_differences(lesson, words)),
        text(words("notebook.run")),
        code(_script("setup.py", DATA=_data(data_dir), STEPS=STEPS)),
        *(code(_script("run_program.py", PROGRAM=program_file(name), TITLE=title_of(name))) for name in lesson.programs),
    ]
    if lesson.measured is not None:
        titles = {row.name: row.text(words.language, "title").replace("`", "") for row in rows_of(lesson.experiment)}
        frameworks = {name: title_of(name) for name in lesson.measured["backends"]}
        said = {key: words(f"lockstep.{key}") for key in ("chart", "step", "floor_name")}
        more = {key: words(f"ports.{key}") for key in ("chart", "threshold")}
        cells += [
            text(f"## {words('lockstep.title')}\n\n{words('notebook.chart')}"),
            code(_script("lockstep.py", FRAMEWORKS=frameworks, WORDS=said)),
            text(f"## {words('ports.title')}"),
            code(_script("ports.py", TITLES=titles, WORDS=more | said)),
            text(f"## {words('samples.title')}\n\n{words('notebook.samples')}"),
            code(_script("samples.py", FRAMEWORKS=frameworks, WORDS={"real": words("samples.real")})),
        ]
    return [*cells, text(_exercises(lesson, words))]


def _script(name: str, **values: Any) -> str:
    """A cell of the package, below the values that it works with."""
    settings = "".join(f"{key} = {value!r}\n" for key, value in values.items())
    return f"{settings}\n{text_of(f'notebook/{name}')}".strip()


def _data(data_dir: str | Path | None) -> list[str]:
    """The folders where the programs' data are looked for."""
    return [str(place.absolute()) for place in search_places(Path(data_dir) if data_dir else None)]
