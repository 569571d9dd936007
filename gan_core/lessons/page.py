"""The page of a lesson: one HTML file that holds all it needs, its drawings, charts, pictures and scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from markupsafe import Markup

from gan_core.diagrams.diagram import game_diagram, network_diagram
from gan_core.errors import UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.loss_words import losses_in_words
from gan_core.lessons.alignment import Topic, aligned
from gan_core.lessons.differences import Row, rows_of, title_of
from gan_core.lessons.exercises import Exercise, Subject, exercises
from gan_core.lessons.line_notes import line_notes
from gan_core.lessons.measured_parts import measured_context, sizes_in_words
from gan_core.lessons.package_data import FILES
from gan_core.lessons.words import Words
from gan_core.pages import templates
from gan_core.programs.program import Program

MOST_MARKS = 3  # at the edge of a line
EXTRA = "pip install 'gan-core[lesson]'"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """All that a page says.

    docstring: of the preset, a text a paragraph. programs: framework → its program. missing: framework → why it has
    none. unmeasured: framework → why it was not run. measured: what ``measured.json`` holds, or None for a page
    without. version: of this library. command: that made it, or "".
    """

    experiment: Experiment
    docstring: Sequence[str]
    programs: Mapping[str, Program]
    missing: Mapping[str, str]
    unmeasured: Mapping[str, str]
    measured: Mapping[str, Any] | None
    version: str
    command: str

    @property
    def frameworks(self) -> list[str]:
        """The frameworks of the table of differences: those of the columns, and others that were left out."""
        return list(dict.fromkeys([*self.programs, *self.missing, *self.unmeasured]))


def program_file(framework: str) -> str:
    """Return the name of a program's file beside the page."""
    return f"train_{framework}.py"


def check_packages() -> None:
    """Raise `UsageError` where what colours a page's code is not installed."""
    try:
        import pygments  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"a lesson needs {error.name}, which is not installed: pip install 'gan-core[lesson]'"
        ) from None


def page(lesson: Lesson, words: Words) -> str:
    """Return the page of a lesson as HTML."""
    topics = aligned(lesson.programs)
    rows = rows_of(lesson.experiment)
    titles = {name: title_of(name) for name in [*lesson.frameworks, *(lesson.measured or {}).get("backends", ())]}
    made = exercises_of(lesson, topics, words)
    notes = line_notes(topics, rows, lesson.experiment)
    context = _game(lesson, words) | {
        "missing": [words("page.missing", framework=titles[name], reason=why) for name, why in lesson.missing.items()]
        + [
            words("page.unmeasured", framework=titles[name], reason=why)
            for name, why in lesson.unmeasured.items()
            if name not in lesson.missing
        ],
        "titles": titles,
        "told": lesson.frameworks,
        "columns": _columns(lesson, topics, notes, rows, words),
        "rows": [_row(row, lesson, words) for row in rows],
        "exercises": made,
        "measured": lesson.measured is not None,
        "foot": words("page.made", version=lesson.version) + (f" `{lesson.command}`" if lesson.command else ""),
        "data": {
            "titles": titles,
            "rows": {row.name: _note(row, lesson.frameworks, words) for row in rows},
            "exercises": [{"kind": one.kind, "answer": one.answer} for one in made],
            "words": _spoken(words),
        },
    }
    if lesson.measured is not None:
        more = measured_context(lesson.experiment, lesson.measured, rows, titles, words)
        data = context["data"] | more.pop("data")
        context |= more | {"data": data}
    return rendered("lesson.html.jinja", context, words)


def exercises_of(lesson: Lesson, topics: Sequence[Topic], words: Words) -> list[Exercise]:
    """Return the exercises of a lesson. topics: its programs side by side."""
    subject = Subject(
        experiment=lesson.experiment,
        rows=rows_of(lesson.experiment),
        topics=topics,
        frameworks=[*lesson.programs],
        titles={name: title_of(name) for name in lesson.frameworks},
        measured=lesson.measured,
    )
    return exercises(subject, words)


def rendered(template: str, context: Mapping[str, Any], words: Words) -> str:
    """Return a template of lessons with its places filled."""
    return templates.rendered(FILES, template, context, words)


def _game(lesson: Lesson, words: Words) -> dict[str, Any]:
    experiment, measured = lesson.experiment, lesson.measured
    frameworks = ", ".join(title_of(name) for name in lesson.programs) or "—"
    losses = losses_in_words(experiment)
    sections = ["game", *(["code"] if lesson.programs else []), "differences"]
    sections += ["ports", "lockstep", "cost", "samples"] if measured else []
    return {
        "name": experiment.name,
        "summary": experiment.summary,
        "docstring": lesson.docstring,
        "lead": words("page.summary", frameworks=frameworks, steps=experiment.training.steps)
        if measured
        else words("page.summary_quick", frameworks=frameworks),
        "sections": [*sections, "exercises"],
        "phases": [
            {
                "text": words(
                    "game.phase",
                    name=phase.name,
                    players=", ".join(phase.players),
                    repeats=words("game.repeats", count=phase.repeats) if phase.repeats > 1 else "",
                ).replace("`", ""),
                "loss": losses[phase.name],
            }
            for phase in experiment.phases
        ],
        "game_svg": Markup(game_diagram(experiment)),  # noqa: S704  (drawn here, its texts escaped)
        "networks": [
            {
                "name": name,
                "parameters": f"{experiment.plans[name].parameters:,}",
                "svg": Markup(network_diagram(experiment, name)),  # noqa: S704
            }
            for name in experiment.networks
        ],
    }


def _columns(
    lesson: Lesson, topics: Sequence[Topic], notes: Mapping[int, Sequence[str]], rows: Sequence[Row], words: Words
) -> list[dict[str, Any]]:
    """Each column with its topics and cells; marks stand at the first line of a key alone."""
    numbers = {row.name: position for position, row in enumerate(rows, 1)}
    titles = {row.name: row.text(words.language, "title") for row in rows}
    columns = []
    for place, framework in enumerate(lesson.programs):
        shown: set[str] = set()
        parts, counted = [], 0
        for topic in topics:
            cells: list[dict[str, Any]] = []
            for row in topic.rows:
                counted += 1
                cell = row[place]
                if cell is None:
                    cells.append({})
                    continue
                names = notes.get(id(cell), ())
                new = [] if cell.key in shown else names
                shown.add(cell.key or str(counted))
                marks = [{"name": name, "number": numbers[name], "title": titles[name]} for name in new]
                place_of = {"row": "" if cell.alone else counted, "notes": " ".join(names), "marks": marks[:MOST_MARKS]}
                cells.append(asdict(cell) | place_of)
            parts.append({"title": _topic_title(topic.topic, words), "cells": cells})
        column = {"name": framework, "title": title_of(framework), "file": program_file(framework), "topics": parts}
        columns.append(column | {"first": place == 0})
    return columns


def _topic_title(topic: str, words: Words) -> str:
    kind, _, name = topic.partition(" ")
    known = words.names("code")
    return words(f"code.topic_{kind}", name=name) if f"topic_{kind}" in known else topic


def _note(row: Row, frameworks: Sequence[str], words: Words) -> dict[str, Any]:
    texts = {name: row.text(words.language, name) for name in frameworks}
    return {
        "title": row.text(words.language, "title"),
        "frameworks": {key: text for key, text in texts.items() if text},
    }


def _row(row: Row, lesson: Lesson, words: Words) -> dict[str, Any]:
    texts = {name: row.text(words.language, name) for name in lesson.frameworks}
    own = {part: row.text(words.language, part) for part in ("title", "ignored")}
    sizes = sizes_in_words(lesson.measured, row, words) if lesson.measured else []
    return {"name": row.name, "sizes": sizes, **own, **texts}


def _spoken(words: Words) -> dict[str, str]:
    """The words that the page's script says; {…} stays in them."""
    table = words.table
    return {
        "no_notes": table["code"]["no_notes"],
        "line_chosen": table["exercises"]["line_chosen"],
        "step": table["lockstep"]["step"],
        "threshold": table["ports"]["threshold"],
        "floor": table["lockstep"]["floor_name"],
        "at_step": table["samples"]["value"],
        "sheet_of": table["samples"]["of"],
        **{key: table["exercises"][key] for key in ("never", "empty", "right", "wrong")},
    }
