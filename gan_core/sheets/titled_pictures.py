"""Pictures under titles: many in one picture, or one after another in an animated GIF."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gan_core.errors import UsageError

if TYPE_CHECKING:  # Pillow is loaded when a picture is made
    from PIL.Image import Image

Titled = tuple[str, Path | np.ndarray]  # what stands above a picture, and the picture: a file, or uint8 [H, W, 3]
GAP = 8  # pixels around each picture
SMALLEST_LETTERS, LARGEST_LETTERS = 13, 30  # pixels
LETTERS_IN_WIDTH = 24  # of a title above a picture, roughly
WHOLE_GIF_SECONDS = 10.0
SHORTEST_FRAME, LONGEST_FRAME, LAST_FRAME = 0.08, 0.5, 2.5  # seconds


@dataclass(frozen=True, kw_only=True)
class Block:
    """Pictures that belong together, row by row, with a title above them all ("" for none)."""

    title: str = ""
    pictures: Sequence[Titled]


def titled_grid(blocks: Sequence[Block], columns: int, largest: int) -> "Image":
    """Return a picture of blocks below each other, each in rows of `columns` pictures with their titles above them.

    All pictures get cells of one size, that of the largest; smaller ones are enlarged by a whole factor where it fits.
    largest: pixels of the longer side; where the whole would be longer, all pictures are made smaller. Raises
    `UsageError` for a file that is no picture.
    """
    down = sum(-(-len(block.pictures) // columns) for block in blocks)
    return _draw(blocks, _layout([block.pictures for block in blocks], columns, down, largest))


def write_frames(path: Path, frames: Sequence[Sequence[Titled]], largest: int) -> None:
    """Write an animated GIF that never ends; a frame is a row of titled pictures, as many in each.

    The whole takes 10 s, a frame .08 to .5 s, and the last one 2.5 s. largest, errors: as for `titled_grid`.
    """
    from PIL import Image

    layout = _layout(frames, len(frames[0]), 1, largest)
    each = min(max(WHOLE_GIF_SECONDS / len(frames), SHORTEST_FRAME), LONGEST_FRAME)
    seconds = [each] * (len(frames) - 1) + [LAST_FRAME]
    quick = Image.Quantize.FASTOCTREE  # a hundredth of the time of the default, hardly to be told from it
    first, *others = (_draw([Block(pictures=frame)], layout).quantize(256, method=quick) for frame in frames)
    milliseconds = [round(1000 * one) for one in seconds]
    first.save(path, format="GIF", save_all=True, append_images=others, duration=milliseconds, loop=0)


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """columns: in a row. width, height: of the pictures (pixels). title_lines: above each. letters, bold: fonts."""

    columns: int
    width: int
    height: int
    title_lines: int
    letters: Any
    bold: Any

    @property
    def line(self) -> int:
        return round(1.35 * float(self.letters.size))


def _layout(groups: Sequence[Sequence[Titled]], columns: int, down: int, largest: int) -> _Layout:
    """Return the layout that several groups of pictures share; down: the rows of the whole."""
    sizes = [_size(picture) for _, picture in chain.from_iterable(groups)]
    width, height = max(size[0] for size in sizes), max(size[1] for size in sizes)
    across = min(columns, max(map(len, groups)))
    factor = min(1.0, largest / max(across * (width + GAP), down * (height + GAP)))
    width, height = max(1, round(width * factor)), max(1, round(height * factor))
    size = min(max(width // (LETTERS_IN_WIDTH // 2), SMALLEST_LETTERS), LARGEST_LETTERS)
    letters = font_of("DejaVuSans.ttf", size)
    titles = [title for title, _ in chain.from_iterable(groups)]
    return _Layout(
        columns=columns,
        width=max(width, *(round(letters.getlength(line)) for title in titles for line in title.split("\n"))),
        height=height,
        title_lines=max(len(title.split("\n")) if title else 0 for title in titles),
        letters=letters,
        bold=font_of("DejaVuSans-Bold.ttf", size),
    )


def _draw(blocks: Sequence[Block], layout: _Layout) -> "Image":
    from PIL import Image, ImageDraw

    places = list(_places(blocks, layout))
    right = max(left + layout.width for _, _, left, _ in places)
    wide = max(right, *(GAP + round(layout.bold.getlength(block.title)) for block in blocks)) + GAP
    tall = max(top + layout.title_lines * layout.line + layout.height for _, _, _, top in places) + GAP
    page = Image.new("RGB", (wide, tall), "white")
    pen = ImageDraw.Draw(page)
    for title, picture, left, top in places:
        if picture is None:
            pen.text((left, top), title, fill="black", font=layout.bold)
            continue
        pen.multiline_text((left, top), title, fill="black", font=layout.letters)
        page.paste(_fitted(picture, layout), (left, top + layout.title_lines * layout.line))
    return page


def _places(blocks: Sequence[Block], layout: _Layout) -> Iterator[tuple[str, Path | np.ndarray | None, int, int]]:
    """Yield title, picture (None: the title is a block's), left and top of all that is drawn, in pixels."""
    top = GAP
    for block in blocks:
        if block.title:
            yield block.title, None, GAP, top
            top += layout.line
        for position, (title, picture) in enumerate(block.pictures):
            row, column = divmod(position, layout.columns)
            below = top + row * (layout.title_lines * layout.line + layout.height + GAP)
            yield title, picture, GAP + column * (layout.width + GAP), below
        rows = -(-len(block.pictures) // layout.columns)
        top += rows * (layout.title_lines * layout.line + layout.height + GAP)


def font_of(file: str, size: int) -> Any:
    """Return a font that matplotlib brings, which has the letters of more languages than Pillow's own."""
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / file, size)


def _size(picture: Path | np.ndarray) -> tuple[int, int]:
    if isinstance(picture, np.ndarray):
        return picture.shape[1], picture.shape[0]
    with _opened(picture) as image:
        return image.size


def _fitted(picture: Path | np.ndarray, layout: _Layout) -> "Image":
    """Return a picture in the size in which it fits its cell."""
    from PIL import Image

    image = Image.fromarray(picture).convert("RGB") if isinstance(picture, np.ndarray) else read_picture(picture)
    fits = min(layout.width / image.width, layout.height / image.height)
    if fits >= 1:
        return image.resize((image.width * int(fits), image.height * int(fits)), Image.Resampling.NEAREST)
    size = max(1, round(image.width * fits)), max(1, round(image.height * fits))
    return image.resize(size, Image.Resampling.LANCZOS)


def read_picture(path: Path) -> "Image":
    """Return a picture of a run in colours, its file closed. Raises `UsageError` for one that is damaged."""
    with _opened(path) as image:
        try:
            return image.convert("RGB")
        except (OSError, ValueError, SyntaxError) as error:
            raise UsageError(f"{path} is damaged: {str(error)[:200]}") from None


def _opened(path: Path) -> "Image":
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(path)
    except UnidentifiedImageError:
        raise UsageError(f"{path} is damaged, or no picture; remove it") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
