"""Programs side by side: lines that say the same in one row, and the words in which they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from gan_core.lessons.colouring import Piece, coloured
from gan_core.programs.program import Program
from gan_core.recording.program_parts import Line, Section

LIKE = 0.5  # the share of words that two lines have in common from which on single words are marked


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A line of a program.

    number: in its file, from 1 on. key: what it says, or "". pieces: its text, in colours. alone: whether it stands
    beside lines that have nothing to do with it.
    """

    number: int
    key: str
    pieces: tuple[Piece, ...]
    alone: bool = False

    @property
    def text(self) -> str:
        """The line."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, kw_only=True)
class Topic:
    """Lines of one topic. rows: one place a program, None where a program has no line that belongs to the others'."""

    topic: str
    rows: tuple[tuple[Cell | None, ...], ...]


def aligned(programs: Mapping[str, Program]) -> list[Topic]:
    """Return programs, by framework, side by side: their topics in order, each with its rows."""
    cells = [_cells(program) for program in programs.values()]
    topics: list[str] = []
    for program in programs.values():
        place = 0
        for name in (section.topic for section in program.sections):
            if name in topics:
                place = topics.index(name) + 1
            else:
                topics.insert(place, name)
                place += 1
    return [Topic(topic=name, rows=tuple(map(_marked, _rows([one.get(name, []) for one in cells])))) for name in topics]


def _cells(program: Program) -> dict[str, list[Cell]]:
    """The lines of a program by topic."""
    colours = iter(coloured(program.text))
    found: dict[str, list[Cell]] = {}
    number = 0
    for position, section in enumerate(program.sections):
        for _ in range(2 if position else 0):  # the empty lines between two sections
            next(colours)
            number += 1
        found.setdefault(section.topic, [])
        for line in _lines(section):
            number += 1
            found[section.topic].append(Cell(number=number, key=line.key, pieces=next(colours)))
    return found


def _lines(section: Section) -> list[Line]:
    return [Line(text=text, key=line.key) for line in section.lines for text in line.text.split("\n")]


def _rows(columns: Sequence[Sequence[Cell]]) -> list[tuple[Cell | None, ...]]:
    """Join columns one after the other: lines of the same key, or of the same text, stand in one row."""
    rows: list[tuple[Cell | None, ...]] = []
    for position, column in enumerate(columns):
        labels, new = [_label(row) for row in rows], [_label((cell,)) for cell in column]
        merged: list[tuple[Cell | None, ...]] = []
        empty = (None,) * position
        matcher = SequenceMatcher(a=labels, b=new, autojunk=False)
        for kind, first, last, start, end in matcher.get_opcodes():
            old, cells = rows[first:last], column[start:end]
            if kind == "equal" or (
                kind == "replace" and not any(_keyed(row) for row in [*old, *((c,) for c in cells)])
            ):
                merged += [(*row, cell) for row, cell in zip(old, cells, strict=False)]
                old, cells = old[len(cells) :], cells[len(old) :]
            merged += [(*row, None) for row in old]
            merged += [(*empty, cell) for cell in cells]
        rows = merged
    return rows


def _label(row: Sequence[Cell | None]) -> str:
    cell = next(cell for cell in row if cell is not None)
    return cell.key or f"= {cell.text.strip()}"


def _keyed(row: Sequence[Cell | None]) -> bool:
    return any(cell is not None and cell.key for cell in row)


def _marked(row: tuple[Cell | None, ...]) -> tuple[Cell | None, ...]:
    """A row with the words marked that not all of its lines have, where the lines are alike at all."""
    there = [cell for cell in row if cell is not None]
    if len({cell.text.strip() for cell in there}) == 1 and len(there) > 1:
        return row
    return tuple(
        None if cell is None else _marked_cell(cell, [one for one in there if one is not cell]) for cell in row
    )


def _marked_cell(cell: Cell, others: Sequence[Cell]) -> Cell:
    words = [piece.text for piece in cell.pieces]
    common, alike = set(range(len(words))), 0
    for other in others:
        matcher = SequenceMatcher(a=words, b=[piece.text for piece in other.pieces], autojunk=False)
        if matcher.ratio() >= LIKE:
            common &= {block.a + i for block in matcher.get_matching_blocks() for i in range(block.size)}
            alike += 1
    if alike == 0:
        return replace(cell, alone=not cell.key)
    pieces = (
        piece if position in common or not piece.text.strip() else replace(piece, differs=True)
        for position, piece in enumerate(cell.pieces)
    )
    return replace(cell, pieces=tuple(pieces))
