"""Where the boxes of a network stand, as rows and columns: a chain from top to bottom, or the two arms of a U.

A network is nearly a chain, so that no general layout of graphs is needed: its longest way is a column, what feeds it
and what hangs off it stands in columns beside that, and layers that skip others run along its other side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, pairwise

from gan_core.diagrams.boxes import Box

LEAST_SKIPS = 2  # one within the other, that make a U
SHORTEST_SKIP = 3  # boxes, from the one that is read to the one that reads it


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A place: row 0 is the top, column 0 that of the main chain. Columns below 0 are left of it."""

    row: int
    column: int


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The cells of all boxes, by name. is_u: whether the chain goes down in column 0 and up again in column 1."""

    cells: Mapping[str, Cell]
    is_u: bool = False


def grid(boxes: Sequence[Box], folded: Sequence[str] = ()) -> Grid:
    """Return where boxes stand, each of which comes after those that it reads. folded: those in repeated sections."""
    way = _longest_way(boxes)
    levels = _levels(boxes, way, folded)
    on_chain = _arms(way, levels) if levels else {name: Cell(row=row, column=0) for row, name in enumerate(way)}
    return Grid(cells=_with_the_rest(boxes, on_chain, left=bool(levels)), is_u=bool(levels))


def _longest_way(boxes: Sequence[Box]) -> list[str]:
    """The names along the longest way from the first input to the first output, or to that from any input."""
    end = next(box.name for box in boxes if box.role == "output")
    starts = {next(box.name for box in boxes if box.role == "input")}
    ways = _ways(boxes, starts)
    if end not in ways:
        ways = _ways(boxes, {box.name for box in boxes if box.role == "input"})
    way = [end]
    while (before := ways[way[-1]][1]) is not None:
        way.append(before)
    return way[::-1]


def _ways(boxes: Sequence[Box], starts: set[str]) -> dict[str, tuple[int, str | None]]:
    """For each box that a start leads to: how many boxes stand before it on the longest way, and which is the last."""
    ways: dict[str, tuple[int, str | None]] = {}
    for box in boxes:
        before = max((name for name in box.reads if name in ways), key=lambda name: ways[name][0], default=None)
        if before is not None:
            ways[box.name] = ways[before][0] + 1, before
        elif box.name in starts:
            ways[box.name] = 0, None
    return ways


def _levels(boxes: Sequence[Box], way: Sequence[str], folded: Sequence[str]) -> list[tuple[int, int]]:
    """The skips that make the chain a U, as places in it, from the outermost; none where it is none."""
    place = {name: index for index, name in enumerate(way)}
    skips = [
        (place[name], place[box.name])
        for box in boxes
        for name in box.reads
        if box.name in place and name in place and not {name, box.name} <= {*folded}
    ]
    long = sorted(skip for skip in skips if skip[1] - skip[0] >= SHORTEST_SKIP)
    nested = all(outer[0] < inner[0] and inner[1] < outer[1] for outer, inner in pairwise(long))
    return long if nested and len(long) >= LEAST_SKIPS else []


def _arms(way: Sequence[str], levels: Sequence[tuple[int, int]]) -> dict[str, Cell]:
    """The cells of a U: of each skip both ends in one row; what is between the innermost ones goes round the bottom."""
    cells: dict[str, Cell] = {}
    top = 0
    for (left, right), (first, last) in zip(levels, [(-1, len(way)), *levels], strict=False):
        down, up = way[first + 1 : left + 1], way[right:last]
        row = top + max(len(down), len(up)) - 1
        cells |= {name: Cell(row=row - index, column=0) for index, name in enumerate(reversed(down))}
        cells |= {name: Cell(row=row - index, column=1) for index, name in enumerate(up)}
        top = row + 1
    left, right = levels[-1]
    bottom = way[left + 1 : right]
    down, up = bottom[: (len(bottom) + 1) // 2], bottom[(len(bottom) + 1) // 2 :]
    cells |= {name: Cell(row=top + index, column=0) for index, name in enumerate(down)}
    return cells | {name: Cell(row=top + index, column=1) for index, name in enumerate(reversed(up))}


def _with_the_rest(boxes: Sequence[Box], on_chain: Mapping[str, Cell], left: bool) -> dict[str, Cell]:
    """The cells of all boxes: what feeds the chain stands a row above its first reader, the rest below what it reads.

    left: whether their columns are left of the chain.
    """
    cells = dict(on_chain)
    taken = {(cell.row, cell.column) for cell in cells.values()}
    readers: dict[str, list[str]] = {box.name: [] for box in boxes}
    for box in boxes:
        for name in box.reads:
            readers[name].append(box.name)
    for name in _feeding(readers, cells):
        known = [cells[reader] for reader in readers[name] if reader in cells]
        first, last = min(cell.row for cell in known), max(cell.row for cell in known)
        near = next((cell.column for cell in known if cell.row == first and cell.column not in (0, 1)), None)
        cells[name] = _free(range(first - 1, last), taken, near, left)
    for box in boxes:
        if box.name not in cells:
            known = [cells[name] for name in box.reads]
            row = max(cell.row for cell in known) + 1 if known else 0
            near = next((cell.column for cell in known if cell.row == row - 1 and cell.column > 0), None)
            cells[box.name] = _free(range(row, row + 1), taken, near, left)
    top = min(cell.row for cell in cells.values())
    return {name: Cell(row=cell.row - top, column=cell.column) for name, cell in cells.items()}


def _feeding(readers: Mapping[str, Sequence[str]], placed: Mapping[str, Cell]) -> list[str]:
    """The boxes that lead to placed ones, each after all of its readers that do, else in their order."""
    leading = {*placed}
    for name in reversed([*readers]):
        if not leading.isdisjoint(readers[name]):
            leading.add(name)
    done = {*placed}
    order: list[str] = []
    while waiting := [name for name in readers if name in leading - done]:
        ready = [name for name in waiting if all(reader in done for reader in readers[name] if reader in leading)]
        order += ready
        done |= {*ready}
    return order


def _free(rows: range, taken: set[tuple[int, int]], near: int | None, left: bool) -> Cell:
    """The first of the rows, in the nearest column in which all of them are free, which are then taken."""
    outwards = count(-1, -1) if left else count(1)
    wanted = outwards if near is None else chain([near], outwards)
    column = next(column for column in wanted if not any((row, column) in taken for row in rows))
    taken |= {(row, column) for row in rows}
    return Cell(row=rows[0], column=column)
