"""What the project's own pages have measured or said of a preset: rows of dated tables, found by its name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATE = re.compile(r"^(\d{1,2} (and \d{1,2} )?)?[A-Z][a-z]+ 20\d\d")
PICTURE = re.compile(r"\[([^\]]*)\]\(([^)\s]+\.png)\)")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a table. section: the heading above it. date: the day that the text above it begins with, or "".

    heads, cells: the table's first line, and the row, cell by cell.
    """

    section: str
    date: str
    heads: tuple[str, ...]
    cells: tuple[str, ...]

    @property
    def names(self) -> set[str]:
        """The words in code of its first cell, among which a preset's name may be."""
        return set(re.findall(r"`([\w-]+)`", self.cells[0]))


def rows_of(page: Path) -> Iterator[Row]:
    """Yield the rows of a page's tables, in order."""
    section = date = ""
    heads: tuple[str, ...] = ()
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section, date = line.lstrip("# "), ""
        elif found := DATE.match(line):
            date = found[0]
        if not line.startswith("|"):
            heads = ()
        elif not heads:
            heads = _cells(line)
        elif not set(line) <= set("|-: "):
            yield Row(section=section, date=date, heads=heads, cells=_cells(line))


def tables_of(page: Path, name: str) -> dict[tuple[str, str, tuple[str, ...]], list[Row]]:
    """Return the rows on a preset, by the section, date and heads of their table."""
    found: dict[tuple[str, str, tuple[str, ...]], list[Row]] = {}
    for row in rows_of(page):
        if name in row.names:
            found.setdefault((row.section, row.date, row.heads), []).append(row)
    return found


def caption_of(page: Path, picture: str) -> str:
    """Return what a page says of a picture of it, for those who do not see it; "" for none."""
    text = " ".join(page.read_text(encoding="utf-8").split())
    return next((words for words, target in PICTURE.findall(text) if target == picture), "")


def anchor_of(heading: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
