"""What stands in a box: its layers with their settings in lines, its parameters, the shape of its output."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from gan_core.diagrams.boxes import Box, Row
from gan_core.diagrams.letters import text_width, together, wrapped
from gan_core.diagrams.scene import Shape, Word

WIDEST, NARROWEST = 280, 150  # boxes of layers
NARROWEST_END = 84  # an input or an output
PADDING = 10
NAME, PLAIN, SMALL = 13, 12, 11  # sizes of letters
LINE = 16
BLANK = 7  # between words of one line

Line = list[Word]  # of words with x from the inner left edge, and y 0


def is_end(box: Box) -> bool:
    """Return whether a box is an input or an output, which is as wide as its words."""
    return box.role in ("input", "output")


def width_of(box: Box, repeats: int = 1) -> float:
    """Return how wide a box is to be, in pixels, so that its lines need not be broken, up to the widest."""
    lines = [*_lines_of_end(box)] if is_end(box) else [*_lines(box, repeats, WIDEST - 2 * PADDING)]
    needed = max(sum(word.width for word in line if word.ends or not word.x) for line in lines)
    needed = max([needed + BLANK, *(word.x + word.width for line in lines for word in line if not word.ends)])
    wanted = needed + 2 * PADDING
    return max(NARROWEST_END, wanted) if is_end(box) else min(WIDEST, max(NARROWEST, wanted))


def shape_of(box: Box, width: float, repeats: int = 1) -> Shape:
    """Return a box with its words, its corner at (0, 0). repeats: how often it stands there."""
    lines = [*_lines_of_end(box)] if is_end(box) else [*_lines(box, repeats, width - 2 * PADDING)]
    return filled(lines, width, role=box.role, title=_title(box, repeats))


def filled(lines: Sequence[Line], width: float, role: str, title: str = "") -> Shape:
    """Return a box of a width around lines of words, its corner at (0, 0)."""
    words = [
        Word(
            text=word.text,
            x=width - PADDING if word.ends else PADDING + word.x,
            y=PADDING + LINE * index + 11,
            size=word.size,
            bold=word.bold,
            muted=word.muted,
            ends=word.ends,
        )
        for index, line in enumerate(lines)
        for word in line
    ]
    height = LINE * len(lines) + 2 * PADDING - 3
    return Shape(x=0, y=0, width=width, height=height, role=role, title=title, words=tuple(words))


def in_line(*words: tuple[str, int, bool, bool]) -> Line:
    """Return words side by side: text, size, whether bold, whether muted."""
    line: Line = []
    x = 0.0
    for text, size, bold, muted in words:
        line.append(Word(text=text, x=x, y=0, size=size, bold=bold, muted=muted))
        x += text_width(text, size, bold) + BLANK
    return line


def paragraph(text: str, width: float, size: int = SMALL, *, muted: bool = True) -> list[Line]:
    """Return a text in lines of at most `width` pixels."""
    return [in_line((line, size, False, muted)) for line in wrapped(text, width, size)]


def _lines_of_end(box: Box) -> Iterator[Line]:
    (row,) = box.rows
    yield in_line((row.name, NAME, True, False), *([(row.settings, SMALL, False, True)] if row.settings else []))
    yield in_line((box.shape, PLAIN, False, False))


def _lines(box: Box, repeats: int, inner: float) -> Iterator[Line]:
    """The lines of a box that is `inner` pixels wide within its edges."""
    for main, group in groupby(box.rows, key=lambda row: row.main):
        rows = [*group]
        if main:
            yield from _lines_of_main(rows[0], inner)
        else:
            said = [_light(row) for row in rows]
            yield from paragraph(together(" · ".join(said), " · "), inner, PLAIN, muted=False)
    if box.inside:
        yield from paragraph(together(box.inside, " · "), inner)
    each = " each" if repeats > 1 else ""
    counted = [f"{box.parameters:,} parameters{each}"] if box.parameters else []
    shape = Word(text=box.shape, x=0, y=0, size=PLAIN, bold=True, ends=True)
    if counted and text_width(counted[0], SMALL) + BLANK + shape.width > inner:
        yield in_line((counted.pop(), SMALL, False, True))
    yield [*in_line(*((text, SMALL, False, True) for text in counted)), shape]


def _light(row: Row) -> str:
    """A layer that another is drawn with, its settings in the brackets in which its kind stands, if it does."""
    if not row.settings:
        return row.name
    return f"{row.name[:-1]}, {row.settings})" if row.name.endswith(")") else f"{row.name} ({row.settings})"


def _lines_of_main(row: Row, inner: float) -> Iterator[Line]:
    beside = text_width(row.name, NAME, bold=True) + BLANK + text_width(row.settings, SMALL)
    if row.settings and beside <= inner:
        yield in_line((row.name, NAME, True, False), (row.settings, SMALL, False, True))
        return
    for line in wrapped(row.name, inner, NAME, bold=True):
        yield in_line((line, NAME, True, False))
    if row.settings:
        yield from paragraph(together(row.settings), inner)


def _title(box: Box, repeats: int) -> str:
    """What the pointer is told: the layers by name."""
    times = f"{repeats} times: " if repeats > 1 else ""
    return times + (", ".join(box.layers) or f"{box.rows[0].name} {box.shape}")
