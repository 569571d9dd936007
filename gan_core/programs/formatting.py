"""Programs laid out as `ruff format` does it, with the keys of their lines kept."""

import subprocess
import sys
from collections.abc import Iterable, Sequence

from gan_core.errors import GanError
from gan_core.recording.program_parts import Line, Section

WIDTH = 100
NO_KEY = "-"
_MARK = "# @ "
_TOPIC = "# @@ "


def formatted(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Return sections laid out anew: lines of at most `WIDTH` columns where that is possible, and blank lines as usual.

    Lines that a long one becomes have its key. Raises `GanError` where the text is no Python, which is a fault here.
    """
    text = "\n\n\n".join("\n".join(_marked(one)) for one in sections) + "\n"
    return tuple(_read(_laid_out(text).splitlines()))


def _marked(section: Section) -> Iterable[str]:
    """The lines of a section with a comment before each that begins a new key; within brackets there is none."""
    yield f"{_TOPIC}{section.topic}"
    known, depth = "", 0
    for line in section.lines:
        if line.text and line.key != known and depth == 0:
            known = line.key
            yield f"{line.text[: len(line.text) - len(line.text.lstrip())]}{_MARK}{known or NO_KEY}"
        yield line.text
        depth += _opened(line.text)


def _opened(text: str) -> int:
    """How many more brackets a line opens than it closes, outside of words in quotes."""
    bare = "".join(part for place, part in enumerate(text.replace("'", '"').split('"')) if place % 2 == 0)
    return sum(letter in "([{" for letter in bare) - sum(letter in ")]}" for letter in bare)


def _laid_out(text: str) -> str:
    command = [sys.executable, "-m", *f"ruff format --isolated --quiet --line-length {WIDTH} -".split()]
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=False)  # noqa: S603  ours
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise GanError(f"the program could not be laid out ({reason}); it needs the package ruff")
    return done.stdout


def _read(lines: Sequence[str]) -> Iterable[Section]:
    topic, key = "", ""
    found: list[Line] = []
    for line in lines:
        if line.startswith(_TOPIC):
            if topic:
                yield Section(topic=topic, lines=_trimmed(found))
            topic, found, key = line.removeprefix(_TOPIC), [], ""
        elif line.lstrip().startswith(_MARK):
            key = line.lstrip().removeprefix(_MARK)
            key = "" if key == NO_KEY else key
        else:
            found.append(Line(text=line, key=key if line else ""))
    yield Section(topic=topic, lines=_trimmed(found))


def _trimmed(lines: list[Line]) -> tuple[Line, ...]:
    while lines and not lines[-1].text:
        lines.pop()
    while lines and not lines[0].text:
        lines.pop(0)
    return tuple(lines)
