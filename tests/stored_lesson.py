"""A lesson that was measured before: digits-mlp for six steps on three frameworks, so that tests need none of them.

Made by ``gan lesson digits-mlp --steps 6``; `programs.json` holds the programs of its page.
"""

import json
from pathlib import Path
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.lessons.facts import said_by_preset
from gan_core.lessons.lesson import SHEET
from gan_core.lessons.page import Lesson
from gan_core.presets import preset
from gan_core.programs.program import Program
from gan_core.recording.program_parts import Line, Section

FOLDER = Path(__file__).parent / "lessons" / "digits"


def stored_measurements() -> dict[str, Any]:
    return json.loads((FOLDER / "measured.json").read_text(encoding="utf-8"))


def stored_programs() -> dict[str, Program]:
    plain = json.loads((FOLDER / "programs.json").read_text(encoding="utf-8"))
    return {
        name: Program(
            framework=one["framework"],
            sections=tuple(
                Section(topic=topic, lines=tuple(Line(text=text, key=key) for text, key in lines))
                for topic, lines in one["sections"]
            ),
        )
        for name, one in plain.items()
    }


def small_experiment() -> Experiment:
    return with_changes(preset("digits-mlp"), {"training.steps": 6, "training.dtype": "float64", **SHEET})


def stored_lesson(*, measured: bool = True, **changes: Any) -> Lesson:
    """The lesson; changes: of its fields."""
    fields: dict[str, Any] = {
        "experiment": small_experiment(),
        "docstring": said_by_preset("digits-mlp"),
        "programs": stored_programs(),
        "missing": {},
        "unmeasured": {},
        "measured": stored_measurements() if measured else None,
        "version": "0",
        "command": "gan lesson digits-mlp --steps 6",
    }
    return Lesson(**fields | changes)
