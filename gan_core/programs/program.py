"""A whole program: its sections in order, and its text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gan_core.programs import main_text
from gan_core.recording.language import COMMON_HELPERS, Language, section
from gan_core.recording.program_parts import Line, ProgramParts, Section


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program. sections: in order. language: the framework's name."""

    framework: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """Its source."""
        return "\n\n\n".join("\n".join(line.text for line in one.lines) for one in self.sections) + "\n"


def program_of(parts: ProgramParts, language: Language) -> Program:
    """Return the program of an experiment in a framework's language. Raises `BackendError` for what has no words."""
    networks = [section(f"network {part.name}", list(language.network(part))) for part in parts.networks]
    steps: list[Line | str] = list(language.gan(parts))
    for function in parts.functions:
        steps += ["", *(_moved(line) for line in language.step(function, parts))]
    steps += ["", *main_text.whole_step(parts, language), "", *main_text.sample(parts, language)]
    if not parts.brief:
        steps += ["", *main_text.keeping(parts, language)]
    gan = section("gan", steps)
    helpers = _helpers(parts, language, [*networks, gan])
    batches = language.batches(parts)
    text = "\n".join([*helpers, *batches, *(line.text for one in [*networks, gan] for line in one.lines)])
    return Program(
        framework=language.framework,
        sections=(
            section(
                "docstring",
                [
                    *_docstring(parts, language),
                    "",
                    *main_text.imports(parts, language, text),
                    "",
                    *main_text.settings(parts, language),
                ],
            ),
            section("data", [*parts.data_lines, "", "", *batches]),
            *([section("helpers", helpers)] if helpers else []),
            *networks,
            gan,
            section("sheet", main_text.sheet(parts, language)),
            section("main", main_text.main(parts, language)),
        ),
    )


def _moved(line: Line) -> Line:
    return Line(text=f"    {line.text}" if line.text else "", key=line.key)


def _docstring(parts: ProgramParts, language: Language) -> Sequence[str]:
    if not parts.notes:
        return [f'"""{parts.title}, in {language.framework}."""']
    return [f'"""{parts.title}, in {language.framework}.', "", *parts.notes, '"""']


def _helpers(parts: ProgramParts, language: Language, sections: Sequence[Section]) -> list[str]:
    """The definitions that the program needs beside its own, each once, found by their names in its text."""
    text = "\n".join(line.text for one in sections for line in one.lines)
    said = [language.layer(node) for part in parts.networks for node in part.plan.nodes]
    definitions = dict.fromkeys(one.definition for one in said if one.definition)
    lines: list[str] = []
    for definition in definitions:
        lines += (["", ""] if lines else []) + definition.splitlines()
    text += "\n".join(lines)
    helpers = COMMON_HELPERS | dict(language.helpers)
    wanted = _named_in(text, helpers)
    for name, helper in helpers.items():
        if name in wanted:
            lines += (["", ""] if lines else []) + helper.rstrip("\n").splitlines()
    return lines


def _named_in(text: str, helpers: Mapping[str, str]) -> set[str]:
    """The helpers that a text names, and those that they name in turn."""
    found: set[str] = set()
    waiting = [text]
    while waiting:
        read = waiting.pop()
        for name in helpers.keys() - found:
            if re.search(rf"(?<!def )(?<!class )\b{name}\(|^class \w+\({name}\)", read, re.MULTILINE):
                found.add(name)
                waiting.append(helpers[name])
    return found
