"""Sections of a network that stand several times in a row, such as residual blocks, drawn once with their number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gan_core.diagrams.boxes import Box, Row

LONGEST_SECTION = 12  # boxes


@dataclass(frozen=True, kw_only=True)
class Fold:
    """A section that is drawn once. boxes: the names of its boxes. repeats: how often it stands in the network."""

    boxes: tuple[str, ...]
    repeats: int


def fold(boxes: Sequence[Box]) -> tuple[list[Box], list[Fold]]:
    """Return the boxes with repeated sections once, and those sections.

    A section is repeated where the next boxes are the same, names aside, of the same shapes, and read the same boxes
    relative to themselves; it may read the box before it, its own ones and inputs of the network, and what comes after
    reads its last box alone.
    """
    kept: list[Box] = []
    folds: list[Fold] = []
    renamed: dict[str, str] = {}
    start, signatures = 0, _signatures(boxes)
    while start < len(boxes):
        length, repeats = _repetition(boxes, signatures, start)
        copies = [boxes[start + copy * length : start + (copy + 1) * length] for copy in range(repeats)]
        for same in zip(*copies, strict=True):
            reads = tuple(dict.fromkeys(renamed.get(name, name) for name in same[0].reads))
            kept.append(replace(_as_one(same), reads=reads))
            renamed |= {box.name: same[0].name for box in same}
        if repeats > 1:
            folds.append(Fold(boxes=tuple(box.name for box in copies[0]), repeats=repeats))
        start += length * repeats
    return kept, folds


def _as_one(same: Sequence[Box]) -> Box:
    """One box for several that are the same, with the names of the first and of the last where they have names."""
    rows = tuple(_row_of(rows) for rows in zip(*(box.rows for box in same), strict=True))
    return replace(same[0], rows=rows, layers=tuple(name for box in same for name in box.layers))


def _row_of(rows: Sequence[Row]) -> Row:
    first, last = rows[0], rows[-1]
    if first.name == last.name:
        return first
    own, kind = first.name.split(" ", maxsplit=1)
    return replace(first, name=f"{own} … {last.name.split(' ')[0]} {kind}")


def _repetition(boxes: Sequence[Box], signatures: Sequence[object], start: int) -> tuple[int, int]:
    """How long the section at `start` is, in boxes, and how often it stands there: of all, what covers most boxes."""
    best = (1, 1)
    for length in range(1, min(LONGEST_SECTION, (len(boxes) - start) // 2) + 1):
        section, repeats = signatures[start : start + length], 1
        while signatures[start + repeats * length : start + (repeats + 1) * length] == section:
            repeats += 1
        while repeats > 1 and not _closed(boxes, start, length, repeats):
            repeats -= 1
        if repeats > 1 and length * repeats > best[0] * best[1]:
            best = (length, repeats)
    return best


def _signatures(boxes: Sequence[Box]) -> list[object]:
    """What must be equal of repeated boxes: all but the names of layers, and what they read relative to themselves."""
    places = {box.name: place for place, box in enumerate(boxes)}
    return [
        (
            box.role,
            [(row.name.split(" ")[-1], row.settings) for row in box.rows],
            (box.shape, box.parameters, box.inside),
            [name if boxes[places[name]].role == "input" else index - places[name] for name in box.reads],
        )
        for index, box in enumerate(boxes)
    ]


def _closed(boxes: Sequence[Box], start: int, length: int, repeats: int) -> bool:
    """Whether the sections read nothing but themselves, the box before and inputs, and are read at their end alone."""
    end = start + length * repeats
    inside = {box.name for box in boxes[start:end]}
    before = {boxes[start - 1].name} if start else set()
    free = inside | before | {box.name for box in boxes if box.role == "input"}
    reads_well = boxes[start].role != "input" and all(name in free for box in boxes[start:end] for name in box.reads)
    hidden = inside - {boxes[end - 1].name}
    return reads_well and not any(name in hidden for box in boxes[end:] for name in box.reads)
