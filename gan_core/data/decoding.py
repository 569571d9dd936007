"""One image file to uint8 pixels of a fixed shape, whatever its size, mode and bit depth; with Pillow."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from gan_core.data.channels import flattened, raw_layout
from gan_core.data.quiet import quiet
from gan_core.data.unreadable import reason_of_error, reason_of_unknown
from gan_core.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

ENDINGS = (
    *(".apng", ".avif", ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".mpo"),
    *(".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
)
# A file is only offered to these decoders: Pillow would run Ghostscript on an EPS file that is called .png.
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
ORIENTATION_TAG = 0x0112  # of EXIF
# A JPEG is decoded at 1/2, 1/4 or 1/8 of its size, but to so many times the target's at least: with 2 an edge came out
# up to 9 levels off, with 8 at most 2 (44 photographs), and a 12-megapixel photograph still takes a fifth of the time.
OVERSAMPLING = 8
# The same where the scale leaves a part of a pixel at the border, which then counts as a whole one.
OVERSAMPLING_OF_PARTS = 16
LARGEST_MEGAPIXELS = 89.478485  # Pillow's own limit, against files of few bytes that ask for all the memory

Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, kw_only=True)
class Target:
    """What every image becomes: uint8 [channels, height, width].

    resize: "crop" takes the largest centred part that has the target's proportions; "stretch" takes all of the image.
    largest_megapixels: images of more are refused before they are decoded.
    """

    height: int
    width: int
    channels: int
    resize: Literal["crop", "stretch"]
    largest_megapixels: float = LARGEST_MEGAPIXELS

    @property
    def shape(self) -> tuple[int, int, int]:
        """[channels, height, width]."""
        return (self.channels, self.height, self.width)


@dataclass(frozen=True, kw_only=True)
class HalfTarget(Target):
    """What one half of every image becomes, of two pictures that lie side by side in one file."""

    half: Literal["left", "right"]


@contextmanager
def decoding() -> Iterator[None]:
    """Prepare Pillow for `decode` while the block runs; the thread that starts all others enters it, once."""
    import warnings

    from PIL import Image

    # Pillow loads its decoders on first use, and a thread that comes while another is at it finds no decoder.
    Image.init()
    # Filters, loggers and limits belong to the process, so they cannot be set in the threads.
    limit, logger = Image.MAX_IMAGE_PIXELS, logging.getLogger("PIL")
    level = logger.level
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")  # oddities of files that it decodes all the same
        try:
            logger.setLevel(logging.CRITICAL + 1)  # what it says of a damaged file is in the reason
            Image.MAX_IMAGE_PIXELS = None  # `Target.largest_megapixels` stands in its place
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit
            logger.setLevel(level)


def decode(path: Path, target: Target) -> np.ndarray:
    """Return the pixels of an image file, uint8 `target.shape`. Raises `DataError` with the reason alone.

    The image is turned upright (EXIF), laid on white where it is transparent, scaled with an antialiased bicubic
    filter (Parmar et al. 2022, arXiv:2104.11222, on why that matters) and, for one channel, turned to ITU-R 601 luma.
    Of an animation, the first frame counts. Colour profiles are not applied.
    """
    from PIL import UnidentifiedImageError

    try:
        if not path.is_file():  # a device or a pipe would be waited for
            raise DataError("no regular file")
        scaled = _opened(path, target).convert("L" if target.channels == 1 else "RGB")
        pixels = np.asarray(scaled)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(reason_of_unknown(path)) from None
    except Exception as error:  # noqa: BLE001  decoders raise nearly anything for damaged files
        raise DataError(reason_of_error(error)) from None
    return pixels[None] if target.channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def attempt(path: Path, target: Target) -> np.ndarray | str:
    """Return the pixels of an image file as `decode` does, or the reason why it cannot be read."""
    try:
        return decode(path, target)
    except DataError as error:
        return str(error)


def _opened(path: Path, target: Target) -> "Image.Image":
    """Return the image of a file at the target's size, in the mode L or RGB."""
    from PIL import Image

    known = [name for name in FORMATS if name in Image.OPEN]  # an older Pillow has no AVIF
    with Image.open(path, formats=known) as image:
        _check_pixels(image.size, target)
        size, layout = image.size, raw_layout(image)
        # What `draft` leaves covers the whole image, but rarely with whole pixels: 1801 become 225.1 of 226.
        # The middle of a file of two may lie within one of them, so such a file is decoded at its whole size.
        scale = 1 if isinstance(target, HalfTarget) else _draft_scale(size, target)
        drafted = image.draft(None, (size[0] // scale, size[1] // scale)) if scale > 1 else None
        with quiet(image.format == "TIFF"):
            image.load()
        covered: Box = (0, 0, *image.size) if drafted is None else drafted[1]
        if image.size != size and drafted is None:  # a TIFF that Pillow itself has turned upright
            size = image.size
        upright = _upright(flattened(image, layout, path), image, covered, size)
        return _scaled(_halved(upright, target.half) if isinstance(target, HalfTarget) else upright, target)


def _check_pixels(size: tuple[int, int], target: Target) -> None:
    pixels, limit = size[0] * size[1], round(1e6 * target.largest_megapixels)
    if pixels > limit:
        raise DataError(
            f"{size[0]} × {size[1]} pixels, more than the limit of {limit:,}, which guards against bombs; "
            "data.largest_megapixels raises it"
        )


def _draft_scale(size: tuple[int, int], target: Target) -> int:
    """Return how many times smaller than its size a JPEG may be decoded."""
    width, height = size
    for scale in (8, 4, 2):
        whole = width % scale == 0 and height % scale == 0
        least = scale * (OVERSAMPLING if whole else OVERSAMPLING_OF_PARTS) * max(target.width, target.height)
        if min(width, height) >= least:
            return scale
    return 1


@dataclass(frozen=True, kw_only=True)
class _Upright:
    """An image turned upright.

    covered: the part of `image` that holds the picture. size: [width, height] of the picture before it was drafted.
    """

    image: "Image.Image"
    covered: Box
    size: tuple[int, int]


def _upright(flat: "Image.Image", source: "Image.Image", covered: Box, size: tuple[int, int]) -> _Upright:
    from PIL.Image import Transpose

    # ImageOps.exif_transpose would do, but writes the EXIF again as well, and fails where that is damaged.
    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    orientation = _orientation(source)
    if orientation not in turns:
        return _Upright(image=flat, covered=covered, size=size)
    width, height = flat.size
    left, top, right, bottom = covered
    if orientation in (2, 3, 7, 8):  # the left becomes the right, before the axes change places
        left, right = width - right, width - left
    if orientation in (3, 4, 6, 7):
        top, bottom = height - bottom, height - top
    box = (left, top, right, bottom) if orientation < 5 else (top, left, bottom, right)
    return _Upright(
        image=flat.transpose(turns[orientation]), covered=box, size=size if orientation < 5 else (size[1], size[0])
    )


def _orientation(image: "Image.Image") -> int:
    """Return the orientation, 1 to 8 as EXIF numbers them; 1, upright, where EXIF says nothing or cannot be read."""
    try:
        orientation = image.getexif().get(ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001  damage in what is beside the pixels leaves them good
        return 1
    return orientation if isinstance(orientation, int) else 1


def _halved(upright: _Upright, half: Literal["left", "right"]) -> _Upright:
    """Return a half of an image as an image of its own, so that no filter sees across the middle."""
    width, height = upright.size
    if width % 2:
        raise DataError(f"its width of {width} pixels is odd; expected two pictures of one width side by side")
    left = 0 if half == "left" else width // 2
    covered: Box = (0, 0, width // 2, height)
    image = upright.image.crop((left, 0, left + width // 2, height))
    return _Upright(image=image, covered=covered, size=(width // 2, height))


def _scaled(upright: _Upright, target: Target) -> "Image.Image":
    from PIL.Image import Resampling

    across, down = upright.covered[2] - upright.covered[0], upright.covered[3] - upright.covered[1]
    width, height = upright.size
    part = (0.0, 0.0, float(width), float(height)) if target.resize == "stretch" else cropped(width, height, target)
    box = (
        upright.covered[0] + part[0] * across / width,
        upright.covered[1] + part[1] * down / height,
        upright.covered[0] + part[2] * across / width,
        upright.covered[1] + part[3] * down / height,
    )
    return upright.image.resize((target.width, target.height), Resampling.BICUBIC, box=box)


def cropped(width: int, height: int, target: Target) -> Box:
    """Return the largest centred part of an image that has the target's proportions, in whole pixels.

    Half ones would blur an image that needs no scaling. The proportions are right to half a pixel.
    """
    if width * target.height >= height * target.width:
        part = (max(1, _rounded(height * target.width, target.height)), height)
    else:
        part = (width, max(1, _rounded(width * target.height, target.width)))
    left, top = (width - part[0]) // 2, (height - part[1]) // 2
    return (left, top, left + part[0], top + part[1])


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
