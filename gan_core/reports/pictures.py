"""Pictures in a page: as they lie on the disk where they fit, else made smaller, which is said."""

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gan_core.errors import UsageError
from gan_core.files.regular_files import read_file

if TYPE_CHECKING:  # Pillow is loaded when a picture is read
    from PIL.Image import Image

BUDGET = 6_000_000  # bytes of all sheets of a page; 4/3 of it in base64, so that a page stays below 10 MB
OTHERS_BUDGET = 700_000  # bytes of the other pictures: real samples, walks, figures
LARGEST_FILE = 2**26  # bytes of a picture
LARGEST_SIDE = 1024  # pixels of a sheet that is made smaller
LARGEST_FIGURE = 1600  # pixels of other pictures
HEAVY = 120_000  # bytes of another picture, above which it is encoded anew
QUALITIES = (90, 75, 60)  # of WebP, tried in turn
TRIED = 3  # sheets, by which it is judged whether all fit


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as a page holds it. raw: the bytes of a file of the kind "png" or "webp". width, height: in pixels."""

    kind: str
    raw: bytes
    width: int
    height: int

    @property
    def address(self) -> str:
        """The picture as a ``data:`` address."""
        return f"data:image/{self.kind};base64,{base64.b64encode(self.raw).decode()}"


@dataclass(frozen=True, kw_only=True)
class Sheets:
    """The sheets of a run that a page holds, step → picture, and what was done to keep to the page's size.

    quality: of WebP, None where no sheet was encoded anew. shrunk: whether some were made smaller. left_out: how many
    were. faults: a line for each that is no picture.
    """

    pictures: dict[int, Picture]
    quality: int | None = None
    shrunk: bool = False
    left_out: int = 0
    faults: Sequence[str] = field(default_factory=list)


def read_picture(path: Path) -> Picture:
    """Return a picture as it lies on the disk. Raises `UsageError` for what is no picture, or a very large file."""
    picture, _ = _read(path)
    return picture


def figure(path: Path) -> Picture:
    """Return a picture for a page, a large or heavy one encoded anew. Raises `UsageError` for what is no picture."""
    picture, image = _read(path)
    if max(image.size) <= LARGEST_FIGURE and len(picture.raw) <= HEAVY:
        return picture
    made = _encoded(image, 85, LARGEST_FIGURE)
    return made if len(made.raw) < len(picture.raw) or max(image.size) > LARGEST_FIGURE else picture


def thumbnail(path: Path, side: int) -> Picture:
    """Return a picture of at most so many pixels a side. Raises `UsageError` for what is no picture."""
    picture, image = _read(path)
    return _encoded(image, 80, side) if max(image.size) > side else picture


def sheets(paths: dict[int, Path], budget: int = BUDGET) -> Sheets:
    """Return a run's sheets for a page, of `budget` bytes in all.

    paths: step → file. They are taken as they are where they fit; else as WebP of the best quality in which they do;
    else every so many of them, evenly spread, the first and the last among them.
    """
    faults: list[str] = []
    found: dict[int, Picture] = {}
    for step, path in paths.items():
        try:
            found[step] = read_picture(path)
        except UsageError as error:
            faults.append(str(error))
    if sum(len(one.raw) for one in found.values()) <= budget or not found:
        return Sheets(pictures=found, faults=faults)
    shrunk = any(max(one.width, one.height) > LARGEST_SIDE for one in found.values())
    quality, each = _quality(list(found.values()), budget)
    steps = _spread([*found], max(1, int(budget // each)))
    while True:
        made = {step: _encoded(_opened(found[step]), quality, LARGEST_SIDE) for step in steps}
        if sum(len(one.raw) for one in made.values()) <= budget or len(steps) == 1:
            break
        steps = _spread(steps, max(1, len(steps) * 3 // 4))
    return Sheets(pictures=made, quality=quality, shrunk=shrunk, left_out=len(found) - len(made), faults=faults)


def _quality(pictures: Sequence[Picture], budget: int) -> tuple[int, float]:
    """Return the quality in which so many pictures fit, else the least, and the bytes that one then takes, roughly."""
    tried = [pictures[place] for place in _spread(range(len(pictures)), TRIED)]
    images = [_opened(one) for one in tried]
    for quality in QUALITIES:
        each = max(len(_encoded(image, quality, LARGEST_SIDE).raw) for image in images)
        if each * len(pictures) <= budget:
            break
    return quality, each


def _spread(items: Sequence[int], most: int) -> list[int]:
    """Return at most so many of the items, evenly spread, the first and the last among them; the last alone of one."""
    if len(items) <= most:
        return list(items)
    if most == 1:
        return [items[-1]]
    return [items[round(place * (len(items) - 1) / (most - 1))] for place in range(most)]


def _read(path: Path) -> tuple[Picture, "Image"]:
    from PIL import Image, UnidentifiedImageError

    try:
        raw = read_file(path, LARGEST_FILE)
        if raw is None:
            raise UsageError(f"{path} is larger than {LARGEST_FILE} bytes; that is no picture of a run")
        with Image.open(io.BytesIO(raw), formats=["PNG"]) as image:
            image.load()
            return Picture(kind="png", raw=raw, width=image.width, height=image.height), image
    except UnidentifiedImageError:
        raise UsageError(f"{path} is no PNG picture") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UsageError(f"{path} is damaged: {str(error).splitlines()[0][:200]}") from None


def _opened(picture: Picture) -> "Image":
    from PIL import Image

    with Image.open(io.BytesIO(picture.raw)) as image:
        image.load()
        return image


def _encoded(image: "Image", quality: int, side: int) -> Picture:
    from PIL import Image

    made = image.convert("RGB")
    if max(made.size) > side:
        made.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    made.save(buffer, format="WEBP", quality=quality, method=4)
    return Picture(kind="webp", raw=buffer.getvalue(), width=made.width, height=made.height)


def total(pictures: Iterable[Picture]) -> int:
    """Return the bytes of pictures."""
    return sum(len(one.raw) for one in pictures)
