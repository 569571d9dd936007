"""The answers of commands on standard output: tables for people, JSON and files for programs."""

import codecs
import json
import os
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from gan_core.printing import OUTPUT

SHORT_CELL = 14  # columns that a cell takes to be read in one piece
PIPE_WIDTH = 200  # columns of a table in a file or a pipe, which gets whole lines


def print_json(content: Any) -> None:
    """Print plain data as JSON in ASCII, which every encoding holds and every reader reads."""
    OUTPUT.answers = True
    print(json.dumps(content, indent=2))


def print_file(text: str) -> None:
    r"""Print the text of a TOML or JSON file such that it reads back whatever the encoding of the stream.

    Outside UTF-8 a letter beyond ASCII becomes ``\u00d7``, which is the same letter to both formats.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    plain = codecs.lookup(encoding).name == "utf-8" and os.name != "nt"  # there a shell reads it anew, in its own
    print(text if plain else escaped(text), end="")


def escaped(text: str) -> str:
    r"""Return a TOML or JSON text, whose strings are the only place of other letters, in ASCII with ``\u`` escapes."""
    if text.startswith("{"):
        return json.dumps(json.loads(text), indent=2) + "\n"
    return "".join(letter if letter.isascii() else _escape(letter) for letter in text)


def _escape(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def terminal_columns() -> int | None:
    """Return how many columns the terminal of standard output has; None in a file or a pipe."""
    from rich.console import Console

    screen = Console()
    return screen.width if screen.is_terminal else None


def columns() -> int:
    """Return how many columns a line of standard output has: those of the terminal; in a file or a pipe, many."""
    return terminal_columns() or PIPE_WIDTH


def print_table(
    rows: Sequence[Mapping[str, Any]],
    title: str | None = None,
    optional: Sequence[str] = (),
    *,
    wide: bool | None = None,
) -> None:
    """Print a table; the names in the first column are never cut, and long cells take several lines.

    optional: columns that a narrow terminal goes without; the first of them is left out first. wide: print all columns
    as in a pipe; None where nobody can ask for it. Where even the others have no room, each row is a few lines: its
    name, and below it the rest.
    """
    from rich.console import Console

    width = PIPE_WIDTH if wide else columns()
    keys = list(rows[0])
    left_out = [key for key in optional if key in keys]
    while left_out and _least_width(rows, keys) > width:
        keys.remove(left_out.pop(0))
    if _least_width(rows, keys) > width:
        print("\n".join([*([title] if title else []), *(line for row in rows for line in _stacked(row, keys, width))]))
    else:
        Console(width=width, highlight=False, markup=False, emoji=False).print(_table(rows, keys, title))
    if missing := [key for key in rows[0] if key not in keys]:
        option = "" if wide is None else ", or --wide,"
        print(textwrap.fill(f"a wider terminal{option} shows {', '.join(missing)} too", width))


def _stacked(row: Mapping[str, Any], keys: Sequence[str], width: int) -> list[str]:
    """A row for a terminal that is too narrow for a table: the first cell, and below it the others."""
    name, *others = keys
    told = [(key, _cell(row[key])) for key in others if _cell(row[key])]
    texts = [cell for _, cell in told] if len(others) == 1 else [f"{key}: {cell}" for key, cell in told]
    below = [textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ") for text in texts]
    return [_cell(row[name]), *(line for lines in below for line in lines)]


def _table(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], title: str | None) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for key in keys:
        numeric = all(isinstance(row[key], int | float) for row in rows)
        widest = max(len(_cell(row[key])) for row in rows)
        whole = key == keys[0] or numeric or widest <= SHORT_CELL
        table.add_column(
            key,
            justify="right" if numeric else "left",
            overflow="fold",
            min_width=widest if whole else None,
            no_wrap=whole,  # so that the other columns share what is left
        )
    for row in rows:
        table.add_row(*(_cell(row[key]) for key in keys))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return "—"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _least_width(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> int:
    """Return the columns in which a table is pleasant to read: short cells whole, long ones in some 30."""
    return sum(3 + min(30, max(len(key), *(len(_cell(row[key])) for row in rows))) for key in keys)
