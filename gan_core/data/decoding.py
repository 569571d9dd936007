"""One image file to uint8 pixels of a fixed shape, whatever its size, mode and bit depth; with Pillow."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from gan_core.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
# A file is only offered to these decoders: Pillow would run Ghostscript on an EPS file that is called .png.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
ORIENTATION_TAG = 0x0112  # of EXIF


@dataclass(frozen=True, kw_only=True)
class Target:
    """What every image becomes: uint8 [channels, size, size].

    resize: "crop" scales the shorter side to `size` and takes the centre; "stretch" scales each side by itself.
    """

    size: int
    channels: int
    resize: Literal["crop", "stretch"]

    @property
    def shape(self) -> tuple[int, int, int]:
        """[channels, size, size]."""
        return (self.channels, self.size, self.size)


@contextmanager
def decoding() -> Iterator[None]:
    """Prepare Pillow for `decode`; entered once, by the thread that starts the others."""
    import warnings

    from PIL import Image

    # Pillow loads its decoders on first use, and a thread that comes while another is at it finds no decoder.
    Image.init()
    # Filters belong to the process, so they cannot be set in the threads.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")  # oddities of files that it decodes all the same
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def decode(path: Path, target: Target) -> np.ndarray:
    """Return the pixels of an image file, uint8 `target.shape`. Raises `DataError` with the reason alone.

    The image is turned upright (EXIF), laid on white where it is transparent, scaled with an antialiased bicubic
    filter (Parmar et al. 2022, arXiv:2104.11222, on why that matters) and, for one channel, turned to ITU-R 601 luma.
    Of an animation, the first frame counts. Colour profiles are not applied.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        if not path.is_file():  # a device or a pipe would be waited for
            raise DataError("no regular file")
        with Image.open(path, formats=FORMATS) as image:
            # A JPEG's own scaling by 2, 4 or 8, to twice the size at least, saves most of a photograph's decoding.
            image.draft(None, (2 * target.size, 2 * target.size))
            image.load()
            plain = _flattened(_upright(image))
            scaled = _scaled(plain, target).convert("L" if target.channels == 1 else "RGB")
        pixels = np.asarray(scaled)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError("not an image, or damaged at its start") from None
    except Exception as error:  # noqa: BLE001  decoders raise nearly anything for damaged files
        raise DataError(_reason(error)) from None
    return pixels[None] if target.channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def attempt(path: Path, target: Target) -> np.ndarray | str:
    """Return what `decode` returns, or the reason why it cannot."""
    try:
        return decode(path, target)
    except DataError as error:
        return str(error)


def _upright(image: "Image.Image") -> "Image.Image":
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
    turn = turns.get(image.getexif().get(ORIENTATION_TAG, 1))
    return image if turn is None else image.transpose(turn)


def _flattened(image: "Image.Image") -> "Image.Image":
    """The image with 8 bits a channel and no transparency, in the mode L or RGB."""
    from PIL import Image

    if image.mode == "F":
        raise DataError("its pixels are floats, whose range is unknown; save it with 8 or 16 bits")
    if image.mode.startswith("I"):
        return _from_16_bits(image)
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _from_16_bits(image: "Image.Image") -> "Image.Image":
    """Pillow's own conversion cuts off at 255, which makes nearly all of a 16-bit image white."""
    from PIL import Image

    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65535:
        raise DataError("its pixels have 32 bits, whose range is unknown; save it with 8 or 16 bits")
    return Image.fromarray(((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8))


def _scaled(image: "Image.Image", target: Target) -> "Image.Image":
    from PIL.Image import Resampling

    width, height = image.size
    left = top = 0
    if target.resize == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2  # whole pixels: half ones would blur
        width = height = side
    box = (left, top, left + width, top + height)
    return image.resize((target.size, target.size), Resampling.BICUBIC, box=box)


def _reason(error: Exception) -> str:
    from PIL import Image

    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return f"more pixels than Pillow's limit of {Image.MAX_IMAGE_PIXELS:,}, which guards against bombs"
    lines = str(error.strerror if isinstance(error, OSError) and error.strerror else error).splitlines()
    return lines[0][:120] if lines else type(error).__name__
