"""A lesson as a notebook: the same sections, with cells that run each program in a process of its own."""

import base64
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from gan_core.data.places import search_places
from gan_core.diagrams.diagram import game_diagram, network_diagram
from gan_core.errors import GanError, UsageError, one_line
from gan_core.experiments.loss_words import losses_in_words
from gan_core.files.whole_files import written_whole
from gan_core.lessons.alignment import aligned
from gan_core.lessons.differences import rows_of, title_of
from gan_core.lessons.measured_parts import sizes_in_words
from gan_core.lessons.package_data import text_of
from gan_core.lessons.page import EXTRA, Lesson, exercises_of, program_file
from gan_core.lessons.words import Words
from gan_core.printing import Tell

FILE = "lesson.ipynb"
STEPS = 50  # of each program's run
LONGEST_CELL = 900  # seconds
QUIET = 2 * "-" + "log-level=ERROR"  # an option of the kernel's, which would warn of how it is reached


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
            notebook,
            timeout=LONGEST_CELL,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=[QUIET],
        )
        try:
            client.execute()
        except nbclient.exceptions.CellExecutionError as error:
            reason = one_line(f"{error.ename}: {error.evalue}", 300)
            raise GanError(f"a cell of {FILE} failed: {reason}") from None
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
    name, programs = lesson.experiment.name, lesson.programs
    files = {framework: program_file(framework) for framework in programs}
    cells = [
        text(f"# {words('notebook.title', name=name, count=len(programs))}\n\n{words('notebook.intro')}"),
        text(_game(lesson, words)),
        *(text(_svg(drawing)) for drawing in _drawings(lesson)),
        text(f"## {words('notebook.programs')}"),
        *(text(f"### {title_of(one)}\n\n```python\n{_networks_and_steps(lesson, one)}\n```") for one in programs),
        text(_differences(lesson, words)),
        text(f"## {words('notebook.setup')}\n\n{words('notebook.run', steps=STEPS)}"),
        code(_script("setup.txt", PLACES=_data(data_dir), STEPS=STEPS)),
        *(code(_script("run_program.txt", PROGRAM=files[one], TITLE=title_of(one))) for one in programs),
    ]
    if lesson.measured is not None:
        cells += _measured_cells(lesson, lesson.measured, words, nbformat)
    return [*cells, text(_exercises(lesson, words))]


def _measured_cells(lesson: Lesson, measured: Mapping[str, Any], words: Words, nbformat: ModuleType) -> list[Any]:
    text, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    titles = {row.name: row.text(words.language, "title").replace("`", "") for row in rows_of(lesson.experiment)}
    frameworks = {name: title_of(name) for name in measured["backends"]}
    first = next(iter(frameworks.values()))
    # a figure's font may lack letters of other languages, so that figures are in English
    return [
        text(f"## {words('lockstep.title')}\n\n{words('lockstep.intro', framework=first)} {words('notebook.chart')}"),
        code(_script("lockstep.txt", FRAMEWORKS=frameworks)),
        text(f"## {words('ports.title')}\n\n{words('ports.intro', framework=first)}"),
        code(_script("ports.txt", TITLES={name: titles[name] for name in measured["ports"] if name in titles})),
        text(f"## {words('samples.title')}\n\n{words('notebook.samples')}"),
        code(_script("samples.txt", FRAMEWORKS=frameworks)),
    ]


def _game(lesson: Lesson, words: Words) -> str:
    losses = losses_in_words(lesson.experiment)
    lines = [f"{place}. `{name}`: {text}" for place, (name, text) in enumerate(losses.items(), 1)]
    parts = [lesson.experiment.summary, *lesson.docstring, words("game.phases")]
    return "\n\n".join([f"## {words('game.title')}", *filter(None, parts), "\n".join(lines)])


def _drawings(lesson: Lesson) -> list[str]:
    networks = [network_diagram(lesson.experiment, name) for name in lesson.experiment.networks]
    return [game_diagram(lesson.experiment), *networks]


def _svg(drawing: str) -> str:
    """A drawing as a picture in Markdown: notebooks take SVG as it stands out of their text."""
    return f"![](data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()})"


def _networks_and_steps(lesson: Lesson, framework: str) -> str:
    """The part of a program that is the experiment's own; the file beside the notebook has all of it."""
    sections = [one for one in lesson.programs[framework].sections if one.topic.partition(" ")[0] in ("network", "gan")]
    return "\n\n\n".join("\n".join(line.text for line in one.lines) for one in sections)


def _differences(lesson: Lesson, words: Words) -> str:
    told = lesson.frameworks
    rows = [
        [row.text(words.language, part) for part in ("title", *told, "ignored")]
        + (["; ".join(sizes_in_words(lesson.measured, row, words))] if lesson.measured else [])
        for row in rows_of(lesson.experiment)
    ]
    headings = [words("differences.topic"), *map(title_of, told), words("differences.ignored")]
    headings += [words("differences.size")] if lesson.measured else []
    table = [headings, ["---"] * len(headings), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join([f"## {words('differences.title')}\n", *(f"| {' | '.join(row)} |" for row in table)])


def _exercises(lesson: Lesson, words: Words) -> str:
    parts = [f"## {words('exercises.title')}"]
    for number, one in enumerate(exercises_of(lesson, aligned(lesson.programs), words), 1):
        options = "\n".join(f"- {option}" for option in one.options)
        folded = [
            f"<details><summary>{words(f'exercises.{part}')}</summary>\n\n{getattr(one, part)}\n\n</details>"
            for part in ("hint", "solution")
        ]
        parts += [f"### {words('exercises.heading', number=number)}", one.question, *filter(None, [options]), *folded]
    return "\n\n".join(parts)


def _script(name: str, **values: Any) -> str:
    """A cell of the package, below the values that it works with."""
    settings = "".join(f"{key} = {value!r}\n" for key, value in values.items())
    return f"{settings}\n{text_of(f'notebook_cells/{name}')}".strip()


def _data(data_dir: str | Path | None) -> list[str]:
    """The folders where the programs' data are looked for."""
    return [str(place.absolute()) for place in search_places(Path(data_dir) if data_dir else None)]
