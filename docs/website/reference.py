"""The reference: public names of Python with their docstrings, and the words of experiment files."""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import gan_core
from gan_core.cli.explanations import PLACES
from gan_core.cli.field_types import fields_of
from gan_core.cli.words import KINDS, Word
from website.staging import write

PYTHON = {  # page → its title, what it is for, and the names on it
    "python": (
        "Python",
        "All that `import gan_core` brings.",
        tuple(f"{module}.{name}" for name, module in gan_core._PUBLIC.items()),
    ),
    "results": (
        "What functions return",
        "The results of `compare`, `sweep`, `port` and `Run.evaluate`.",
        (
            "gan_core.lockstep.compare.Comparison",
            "gan_core.lockstep.compare.Kind",
            "gan_core.evaluation.evaluate.Result",
            "gan_core.sweeps.runner.SweepResult",
            "gan_core.porting.port.Ported",
            "gan_core.porting.networks.Difference",
        ),
    ),
    "experiment": (
        "An experiment",
        "The specs that an experiment is made of; in a file each is a table.",
        (
            *(
                f"gan_core.experiments.experiment.{name}"
                for name in ("Training", "Sampling", "Average", "Logging", "Checkpoint", "Evaluation")
            ),
            "gan_core.experiments.phases.Player",
            "gan_core.experiments.phases.Phase",
            "gan_core.specs.networks.Network",
        ),
    ),
    "events": (
        "Events and callbacks",
        "What a training tells those who listen: `train(…, callbacks=[…])` calls each with every event.",
        tuple(
            f"gan_core.training.events.{name}"
            for name in (
                *("RunStarted", "StepEnded", "ScalarsLogged", "ScalarsRead", "SamplesDrawn", "CheckpointDue"),
                *("RunEnded", "RunStopped"),
            )
        ),
    ),
    "own_parts": (
        "Parts of your own",
        "What a loss, an objective, a layer or a data set of your own is written with.",
        (
            "gan_core.operations.ops.Ops",
            "gan_core.objectives.base.Objective",
            "gan_core.objectives.context.UpdateContext",
            "gan_core.objectives.context.Outcome",
            "gan_core.specs.registry.Registry",
        ),
    ),
    "backend": (
        "The contract of backends",
        "What a framework has to do to run all experiments, and the suite that proves that it does.",
        (
            *(
                f"gan_core.contract.backend.{name}"
                for name in ("Backend", "Call", "NativeNetwork", "NativeOptimizer", "NativeVariables", "CompiledUnit")
            ),
            "gan_core.testing.conformance.check_backend",
        ),
    ),
    "errors": (
        "Errors",
        "What the library raises, in one line that says what was wrong and what to do. All are a `gan_core.GanError`.",
        tuple(
            f"gan_core.errors.{name}"
            for name in (
                *("UsageError", "SpecError", "DataError", "BackendError", "DamagedError"),
                *("ForeignFileError", "WriteError", "TrainingError", "StoppedError"),
            )
        ),
    ),
}
ELSEWHERE = {"presets", "fields", "backends"}  # kinds of words that have pages of another form


def named(path: str) -> Any:
    """Return the object of a dotted path, its module first."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def without_docstring() -> list[str]:
    """Return the public names of the reference that say nothing of themselves: the objects and their public members."""
    return [
        name
        for _, _, paths in PYTHON.values()
        for path in paths
        for name, member in _members(path, named(path))
        if not inspect.getdoc(member)
    ]


def _members(path: str, of: Any) -> Iterator[tuple[str, Any]]:
    yield path, of
    if inspect.isclass(of):
        for name, member in vars(of).items():
            if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property | classmethod)):
                yield f"{path}.{name}", getattr(of, name)


def write_reference(folder: Path) -> None:
    """Write the pages of the reference into ``reference`` of a folder."""
    for name, (title, purpose, paths) in PYTHON.items():
        write(folder / "reference" / f"{name}.md", python_page(title, purpose, paths))
    for kind in word_kinds():
        write(folder / "reference" / "words" / f"{kind}.md", words_page(kind))
    write(folder / "reference" / "words" / "fields.md", fields_page())


def word_kinds() -> list[str]:
    """Return the kinds of words that have a page with a section for each."""
    return [kind for kind in KINDS if kind not in ELSEWHERE]


def python_page(title: str, purpose: str, paths: tuple[str, ...]) -> str:
    """Return a page of names with what their docstrings say, under the name by which each is imported."""
    lines = [f"# {title}", "", purpose]
    for path in paths:
        public = gan_core._PUBLIC.get(path.rpartition(".")[2]) == path.rpartition(".")[0]
        heading = f"gan_core.{path.rpartition('.')[2]}" if public else path.rpartition(".")[2]
        lines += ["", f"::: {path}", "    options:", f"      heading: {heading}", f"      toc_label: {heading}"]
    return "\n".join(lines) + "\n"


def words_page(kind: str) -> str:
    """Return the page of a kind of words, with a section for each: what it says, its fields."""
    words = KINDS[kind]()
    lines = [f"# {kind[0].upper()}{kind[1:]}", "", f"`gan list {kind}` lists them, `gan explain NAME` tells one."]
    if kind in PLACES:
        lines += ["", f"Given as `{PLACES[kind].format(name='NAME')}`."]
    for word in words:
        lines += ["", f"## {word.name}", "", as_markdown(word.text), *_facts(word), *_fields(word)]
    return "\n".join(lines) + "\n"


def fields_page() -> str:
    """Return the page of all keys of an experiment file."""
    lines = ["# Fields", "", "Every key of an experiment file that does not depend on a word in it.", ""]
    lines += ["| field | type | default |", "|---|---|---|"]
    for word in KINDS["fields"]():
        cells = (f"`{word.name}`", word.facts["type"], f"`{word.facts['default']}`" if "default" in word.facts else "")
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _facts(word: Word) -> Iterator[str]:
    if word.facts:
        yield ""
        yield "; ".join(f"{key}: {fact}" for key, fact in word.facts.items()) + "."


def _fields(word: Word) -> Iterator[str]:
    if word.spec is None or not (fields := fields_of(word.spec)):
        return
    yield from ("", "| field | type | default |", "|---|---|---|")
    for field in fields:
        kind = field.type.replace("|", "\\|")
        default = f"`{field.default}`" if field.default else "must be given"
        yield f"| `{field.name}` | {kind} | {default} |"


def as_markdown(text: str) -> str:
    """Return a docstring as Markdown: its examples as code, and what Markdown would take for markup as letters."""
    lines: list[str] = []
    example = False
    for line in text.splitlines():
        begins = line.startswith(">>> ")
        if begins and not example:
            lines += ["", "```pycon"]
            example = True
        elif example and not line.strip():
            lines.append("```")
            example = False
        lines.append(line if example else _plain(line))
    return "\n".join([*lines, "```"] if example else lines)


def _plain(line: str) -> str:
    parts = re.split(r"(``?[^`]+``?)", line)
    return "".join(part if index % 2 else re.sub(r"([*_<])", r"\\\1", part) for index, part in enumerate(parts))
