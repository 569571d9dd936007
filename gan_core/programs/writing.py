"""An experiment written out as one plain training program of a framework."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from gan_core.contract.devices import EXACT
from gan_core.contract.loading import load_backend
from gan_core.errors import UsageError, WriteError
from gan_core.experiments.experiment import Experiment
from gan_core.files.whole_files import written_whole
from gan_core.presets import entry_of
from gan_core.presets.loading import load_experiment
from gan_core.programs.formatting import WIDTH, formatted
from gan_core.programs.parts import program_parts
from gan_core.programs.program import Program, program_of

STYLES = ("full", "tutorial")


def write_program(
    source: str | Path | Experiment,
    backend: str,
    *,
    changes: Mapping[str, Any] | Sequence[str] | None = None,
    style: Literal["full", "tutorial"] = "full",
    allow_imports: bool | None = None,
) -> Program:
    """Return an experiment as a training program of a framework, which imports nothing of this library.

    source, changes, allow_imports: as for `load_experiment`. backend: the framework. style: "full" keeps checkpoints
    and goes on from them, and prints all that the library logs; "tutorial" is shorter and prints losses alone.

    Nothing is trained and no data are read: a folder that the experiment names need not be there. Raises `SpecError`
    for an objective, a draw or data, and `BackendError` for a layer or an optimizer, that cannot be written, each by
    name.
    """
    if style not in STYLES:
        raise UsageError(f"style '{style}': expected {' or '.join(STYLES)}")
    experiment = load_experiment(source, changes, allow_imports=allow_imports)
    if experiment.training.products != EXACT:
        raise UsageError(
            f"training.products is {experiment.training.products}: written programs have exact products; change it to "
            f"{EXACT}"
        )
    language = load_backend(backend).language
    parts = program_parts(experiment, _notes(source), brief=style == "tutorial")
    program = program_of(parts, language)
    return Program(framework=program.framework, sections=formatted(program.sections))


def save_program(program: Program, path: Path) -> Path:
    """Write a program's text to a file that is not there yet; return the path.

    Raises `UsageError` for one that is, and `WriteError` where it cannot be written.
    """
    if path.exists():
        raise UsageError(f"{path} exists already; name another file with out=FILE, or remove it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as unfinished:
            unfinished.write_text(program.text, encoding="utf-8")
    except OSError as error:
        raise WriteError(f"{path} could not be written: {error.strerror}") from None
    return path


def _notes(source: str | Path | Experiment) -> list[str]:
    """What a preset says of itself, wrapped: its paper, and what is odd in its settings."""
    entry = entry_of(source)
    lines: list[str] = []
    for paragraph in entry.paragraphs if entry else []:
        lines += [*textwrap.wrap(paragraph, WIDTH - 2), ""]
    return lines[:-1]
