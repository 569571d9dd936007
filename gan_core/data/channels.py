"""What a picture's mode, bit depth and transparency mean: 8 bits a channel on white, in grey or in colour.

Pillow's conversions cut 16 bits off at 255, and forget transparency that a file states as one colour where its depth is
not 8 bits; here each is worked out from the stored values.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gan_core.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

ALPHA_MODES = ("RGBA", "RGBa", "LA", "La", "PA")
PHOTOMETRIC_TAG, WHITE_IS_ZERO = 262, 0  # of TIFF
TWELVE_BITS = 4095
# PNG gives the transparent colour in the file's own depth, Pillow the pixels of 2 and 4 bits spread over 0 … 255.
GREY_STEPS = {"L;2": 85, "L;4": 17}


class RawLayout(NamedTuple):
    """How a file stores its pixels, which Pillow forgets once they are loaded.

    raw: Pillow's word for the layout of the bytes, as "RGB;16B". inverted: whether 0 is white in 16 bits.
    """

    raw: str
    inverted: bool


def raw_layout(image: "Image.Image") -> RawLayout:
    """Return how the pixels of an image are stored that is open but not loaded yet."""
    tiles = getattr(image, "tile", None) or [("", (), 0, "")]
    arguments = tiles[0][3]
    raw = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    tags = getattr(image, "tag_v2", {})
    inverted = image.mode == "I;16" and tags.get(PHOTOMETRIC_TAG) == WHITE_IS_ZERO
    return RawLayout(raw if isinstance(raw, str) else "", inverted)


def flattened(image: "Image.Image", layout: RawLayout, path: Path) -> "Image.Image":
    """Return a loaded image with 8 bits a channel and no transparency, in the mode L or RGB.

    path: the image's file, which is read again for the one layout that Pillow halves. Raises `DataError` for pixels
    whose range is unknown.
    """
    if image.mode == "F":
        raise DataError("its pixels are floats, whose range is unknown; save it with 8 or 16 bits")
    if image.mode.startswith("I"):
        return _from_16_bits(image, layout)
    if image.mode in ALPHA_MODES or image.mode == "P":
        return _on_white(image)
    colour = image.info.get("transparency")
    flat = image.convert("L" if image.mode in ("1", "L") else "RGB")
    if colour is None or image.mode not in ("1", "L", "RGB"):
        return flat
    return _whitened(flat, _transparent(image, colour, layout, path))


def _on_white(image: "Image.Image") -> "Image.Image":
    """Return an image that has an alpha channel, or a palette that may have one, laid on white."""
    from PIL import Image

    palette = image.palette.mode if image.palette is not None else ""
    if image.mode == "P" and "transparency" not in image.info and not palette.endswith("A"):
        return image.convert("RGB")
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _whitened(flat: "Image.Image", transparent: np.ndarray) -> "Image.Image":
    """Return an image with white pixels where `transparent`, bool [H, W], holds."""
    from PIL import Image

    pixels = np.array(flat)
    pixels[transparent] = 255
    return Image.fromarray(pixels)


def _transparent(image: "Image.Image", colour: object, layout: RawLayout, path: Path) -> np.ndarray:
    """Return where an image has its transparent colour, bool [H, W]; colour: a number or three, in the file's depth."""
    pixels = np.asarray(image)
    if image.mode == "1":
        return np.asarray(pixels == bool(colour))
    stored_colour = np.array(colour, np.int64)
    if stored_colour.size != (3 if image.mode == "RGB" else 1):
        raise DataError("its transparent colour is not of the kind of its pixels")
    if image.mode == "L":
        return np.asarray(pixels == stored_colour * GREY_STEPS.get(layout.raw, 1))
    if layout.raw == "RGB;16B":
        high, low = (pixels == stored_colour >> 8), (_low_bytes(path) == stored_colour & 255)
        return np.asarray((high & low).all(axis=2))
    return np.asarray((pixels == stored_colour).all(axis=2))


def _low_bytes(path: Path) -> np.ndarray:
    """Return the lower half of every value of a PNG with 16 bits a colour, uint8 [H, W, 3]; Pillow keeps the upper."""
    from PIL import Image

    with Image.open(path, formats=("PNG",)) as image:
        image.tile = [type(tile)(*tile[:3], "RGB;16L") for tile in image.tile]
        image.load()
        return np.asarray(image)


def _from_16_bits(image: "Image.Image", layout: RawLayout) -> "Image.Image":
    """Return a grey image of 16 bits in 8; Pillow's conversion would turn nearly all of it white."""
    from PIL import Image

    values = np.asarray(image)
    if values.min() < 0:
        raise DataError("its pixels are signed, whose range is unknown; save it with 8 or 16 bits, from 0 up")
    if values.max() > 65535:
        raise DataError("its pixels have 32 bits, whose range is unknown; save it with 8 or 16 bits")
    whole = TWELVE_BITS if layout.raw.startswith("I;12") else 65535
    flat = ((np.minimum(values, whole).astype(np.uint32) * 255 + whole // 2) // whole).astype(np.uint8)
    if layout.inverted:
        flat = 255 - flat
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        flat[values == transparent] = 255
    return Image.fromarray(flat)
