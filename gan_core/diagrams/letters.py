"""How wide text is, in a font that is wider than most, so that what is measured fits whichever font a reader has."""

from functools import cache
from pathlib import Path
from typing import Any

FONTS = '"Segoe UI", "Helvetica Neue", Roboto, "DejaVu Sans", Arial, sans-serif'
MEASURED = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}  # no wider font stands in `FONTS`
MEASURED_SIZE = 100  # pixels
NO_BREAK = "\u00a0"


@cache
def _font(bold: bool) -> Any:
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / MEASURED[bold]), MEASURED_SIZE)


@cache
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a text in pixels. size: of its letters, in pixels."""
    return float(_font(bold).getlength(text)) * size / MEASURED_SIZE


def wrapped(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Return a text in lines of at most `width` pixels, broken at blanks, else within a word.

    A no-break space holds words together where they fit into a line; it becomes a blank.
    """
    pieces = [part for part in text.split(" ") if part]
    whole = [[part] if text_width(part, size, bold) <= width else part.split(NO_BREAK) for part in pieces]
    lines: list[str] = []
    for word in (word for parts in whole for word in parts):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size, bold) <= width:
            lines[-1] = joined
            continue
        lines.append(word)
        while text_width(lines[-1], size, bold) > width and len(lines[-1]) > 1:
            long = lines.pop()
            kept = next(end for end in range(len(long) - 1, 0, -1) if end == 1 or _fits(long[:end], width, size, bold))
            lines += [long[:kept], long[kept:]]
    return [line.replace(NO_BREAK, " ") for line in lines]


def together(text: str, between: str = ", ") -> str:
    """Return a text whose parts between commas, or another mark, `wrapped` leaves in one piece where they fit.

    The mark stays at the end of a line.
    """
    stays = between.replace(" ", NO_BREAK, 1) if between.startswith(" ") else between
    return stays.join(part.replace(" ", NO_BREAK) for part in text.split(between))


def _fits(text: str, width: float, size: float, bold: bool) -> bool:
    return text_width(text, size, bold) <= width
