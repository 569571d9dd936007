"""Text of others as Markdown that shows it as it is: no link, no picture, no markup and no second line comes of it."""

import re
from collections.abc import Sequence

MARKUP = re.compile(r"[\\`*_{}\[\]#|~!]")
ENTITIES = re.compile(r"[<>&@$]|:(?=//)|(?<=www)\.|^[-+=](?=.)|(?<=^\d)[.)](?= )|(?<=^\d\d)[.)](?= )", re.IGNORECASE)


def escaped(text: object) -> str:
    r"""Return a text on one line in which nothing is markup, and no address becomes a link.

    >>> escaped("a [link](b)\n# no <b>heading</b>")
    'a \\[link\\](b) \\# no &#60;b&#62;heading&#60;/b&#62;'
    """
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())
    parts = ENTITIES.split(line)
    found = ENTITIES.findall(line)
    entities = [f"&#{ord(letter)};" for letter in found] + [""]
    plain = (MARKUP.sub(lambda match: f"\\{match[0]}", part) for part in parts)
    return "".join(part + entity for part, entity in zip(plain, entities, strict=True))


def code(text: object) -> str:
    """Return a text as code within a line, whatever backticks stand in it; one of spaces alone is a hyphen."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split()) or "-"
    fence = "`" * (_longest_run(line) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def cell(text: str) -> str:
    """Return Markdown for a cell of a table, where a bar would end the cell even within code."""
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; heads and cells are Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell(one) for one in line)} |" for line in lines)


def block(text: str, language: str = "") -> str:
    """Return lines of code as a block, whatever backticks stand in them."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
