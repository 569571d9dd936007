"""What becomes of the files of any folder: read, refused with a reason, or passed over with a reason.

    python benchmarks/image_folder_survey.py DIR [--every-file]

Every image that is read is compared at its own size with a conversion that is worked out in NumPy from the stored
values (they should agree within 2 levels of 255), and what the decoders' libraries write to standard error is counted.
--every-file offers the loader all files, whatever they are called. At the end stands how far a JPEG and the same
picture as a PNG come apart, cropped and stretched, for every JPEG at sizes 32, 64 and 96.
"""

import argparse
import itertools
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps

from gan_core.data.decoding import ORIENTATION_TAG, Target, attempt, decoding
from gan_core.data.listing import HIDDEN, list_images

LARGEST_SIDE = 20_000
SIZES = (32, 64, 96)


def main() -> int:
    """Print the survey and return 0 if every file is accounted for and all pixels agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every-file", action="store_true", help="offer all files, whatever they are called")
    options = parser.parse_args()
    names, passed, hidden = files_of(options.folder, options.every_file)
    with decoding(), standard_error() as written:
        outcomes = {name: attempt(options.folder / name, native(options.folder / name)) for name in names}
    read = [name for name, outcome in outcomes.items() if not isinstance(outcome, str)]
    refused = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, str)}
    for title, reasons in (("refused", refused), ("passed over", passed)):
        for name, reason in sorted(reasons.items()):
            print(f"{title}: {name}: {reason}")
    off = compared(options.folder, {name: outcomes[name] for name in read})
    total = sum(len(files) for _, _, files in os.walk(options.folder))
    counted = len(read) + len(refused) + len(passed)
    print(f"{total} files: {len(read)} read, {len(refused)} refused, {len(passed)} passed over ({hidden} hidden)")
    print(f"sum {counted}" + ("" if counted == total else f", {total - counted} unaccounted for"))
    print(f"{len(written)} bytes on standard error from decoders")
    worst = jpeg_against_png(options.folder, read)
    print(f"JPEG against PNG, largest difference of 255: {worst}")
    return int(counted != total or bool(off) or bool(written))


def files_of(folder: Path, every: bool) -> tuple[list[str], dict[str, str], int]:
    """Return the files that are offered, those passed over with reasons, and how many of these are hidden."""
    listing = list_images(folder)
    passed: dict[str, str] = {}
    for name, reason in listing.passed_over.items():  # a hidden folder counts with all that is in it
        inside = [path for path in (folder / name).rglob("*") if path.is_file()] if (folder / name).is_dir() else []
        passed |= {str(path.relative_to(folder)): reason for path in inside} if inside else {name: reason}
    hidden = sum(reason == HIDDEN for reason in passed.values())
    names = [file.name for file in listing.files]
    return (sorted([*names, *passed]), {}, 0) if every else (names, passed, hidden)


def native(path: Path) -> Target:
    """Return a target of an image's own, upright size, so that nothing is scaled."""
    width, height = 64, 64
    try:
        with Image.open(path) as image:
            width, height = image.size
            if oriented(image) >= 5 and image.format != "TIFF":  # whose size Pillow gives as it is seen
                width, height = height, width
    except Exception:  # noqa: BLE001  what cannot be opened is refused later
        width, height = 64, 64
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        width, height = 64, 64
    return Target(height=height, width=width, channels=3, resize="stretch")


def oriented(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # noqa: BLE001  of damaged EXIF
        return 1


def compared(folder: Path, outcomes: dict[str, np.ndarray | str]) -> Counter[str]:
    """Print the images whose pixels are off by more than 2 levels, and how many were compared; return those off."""
    off: Counter[str] = Counter()
    same = skipped = 0
    for name, pixels in outcomes.items():
        expected = independent(folder / name)
        if expected is None or isinstance(pixels, str) or expected.shape != (*pixels.shape[1:], 3):
            skipped += 1
            shape = None if expected is None else expected.shape
            print(f"not compared: {name}: {pixels.shape if not isinstance(pixels, str) else ''} against {shape}")
            continue
        error = int(np.abs(pixels.transpose(1, 2, 0).astype(int) - expected).max())
        if error > 2:
            off[name] = error
            print(f"off by {error}: {name}")
        else:
            same += 1
    print(f"pixels: {same} within 2 levels, {len(off)} off, {skipped} not compared")
    return off


def independent(path: Path) -> np.ndarray | None:
    """Return [H, W, 3] of 0 … 255 from the stored values, with formulas written here; None where Pillow cannot load."""
    try:
        with Image.open(path) as image:
            raw, tags = image.tile[0][3] if image.tile else "", dict(getattr(image, "tag_v2", {}))
            raw = raw[0] if isinstance(raw, tuple) else raw
            image.load()
            upright = ImageOps.exif_transpose(image)
            return on_white(upright, image.info.get("transparency"), raw, tags)
    except Exception as error:  # noqa: BLE001
        print(f"independent conversion: {path.name}: {type(error).__name__}: {error}")
        return None


def on_white(image: Image.Image, key: object, raw: object, tags: dict[int, object]) -> np.ndarray | None:
    """Return [H, W, 3] of 0 … 255; key: the transparent colour. None for modes without a short formula."""
    values = np.asarray(image).astype(np.float64)
    if image.mode in ("1", "L") or image.mode.startswith("I"):
        return of_grey(image.mode, values, key, str(raw), tags)
    if image.mode == "P":
        return of_palette(image, key)
    if image.mode == "RGB":
        whole = np.ones(values.shape[:2])
        keyed = isinstance(key, tuple) and "16" not in str(raw)
        return blended(values / 255, (values != np.array(key)).any(axis=2) if keyed else whole)
    if image.mode in OF_MODE:
        return OF_MODE[image.mode](values)
    return None


def of_grey(mode: str, values: np.ndarray, key: object, raw: str, tags: dict[int, object]) -> np.ndarray:
    whole = {"1": 1, "L": 255}.get(mode, 4095 if raw.startswith("I;12") else 65535)
    grey = values / whole
    if tags.get(262) == 0 and mode.startswith("I;16"):
        grey = 1 - grey
    steps = {"L;2": 85, "L;4": 17}.get(raw, 1)
    wanted = (bool(key) if mode == "1" else key * steps) if isinstance(key, int) else -1
    return blended(np.stack([grey] * 3, axis=2), values != wanted)


def of_grey_and_alpha(values: np.ndarray) -> np.ndarray:
    return blended(np.stack([values[..., 0] / 255] * 3, axis=2), values[..., 1] / 255)


def of_colour_and_alpha(values: np.ndarray) -> np.ndarray:
    return blended(values[..., :3] / 255, values[..., 3] / 255)


def of_premultiplied(values: np.ndarray) -> np.ndarray:
    return np.round(np.clip(values[..., :3] + 255 - values[..., 3:], 0, 255))


def of_cmyk(values: np.ndarray) -> np.ndarray:
    return np.round((255 - values[..., :3]) * (255 - values[..., 3:]) / 255)


def of_ycc(values: np.ndarray) -> np.ndarray:
    y, blue, red = values[..., 0], values[..., 1] - 128, values[..., 2] - 128
    rows = [y + 1.402 * red, y - 0.344136 * blue - 0.714136 * red, y + 1.772 * blue]
    return np.round(np.clip(np.stack(rows, axis=2), 0, 255))


OF_MODE = {
    "LA": of_grey_and_alpha,
    "RGBA": of_colour_and_alpha,
    "RGBa": of_premultiplied,
    "RGBX": lambda values: values[..., :3],
    "CMYK": of_cmyk,
    "YCbCr": of_ycc,
}


def of_palette(image: Image.Image, key: object) -> np.ndarray:
    kind = image.palette.mode if image.palette is not None else "RGB"
    table = np.array(image.getpalette("RGBA" if kind == "RGBA" else "RGB")).reshape(-1, 4 if kind == "RGBA" else 3)
    opacity = table[:, 3] / 255 if kind == "RGBA" else np.ones(len(table))
    opacity = np.concatenate([opacity, np.ones(256 - len(opacity))])
    colours = np.concatenate([table[:, :3], np.zeros((256 - len(table), 3))])
    if isinstance(key, bytes):
        opacity[: len(key)] = np.frombuffer(key, np.uint8) / 255
    elif isinstance(key, int):
        opacity[key] = 0
    index = np.asarray(image)
    return blended(colours[index] / 255, opacity[index])


def blended(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    alpha = np.asarray(alpha, np.float64)[..., None]
    return np.round(255 * (colour * alpha + 1 - alpha))


def jpeg_against_png(folder: Path, names: list[str]) -> dict[str, tuple[int, str]]:
    """Return for crop and stretch the largest difference between a JPEG and the same pixels as a PNG, and of which."""
    worst = {"crop": (0, ""), "stretch": (0, "")}
    count = 0
    with tempfile.TemporaryDirectory() as name, decoding():
        png = Path(name) / "same.png"
        for file in names:
            if not lossless_copy(folder / file, png):
                continue
            count += 1
            for resize, size in itertools.product(worst, SIZES):
                target = Target(height=size, width=size, channels=3, resize=resize)
                one, other = attempt(folder / file, target), attempt(png, target)
                error = 255 if isinstance(one, str) or isinstance(other, str) else difference(one, other)
                worst[resize] = max(worst[resize], (error, f"{file} at {size}"))
    print(f"{count} JPEGs compared with PNGs of the same pixels")
    return worst


def difference(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - other).max())


def lossless_copy(path: Path, png: Path) -> bool:
    """Write the pixels of a JPEG as a PNG; return False for other files."""
    try:
        with Image.open(path) as image:
            if image.format not in ("JPEG", "MPO"):
                return False
            upright = ImageOps.exif_transpose(image)
            upright.convert("L" if upright.mode == "L" else "RGB").save(png)
    except Exception:  # noqa: BLE001
        return False
    return True


class standard_error:  # noqa: N801  a block, used as a function
    """Collect what libraries write to the file descriptor of standard error within the block."""

    def __enter__(self) -> bytearray:
        sys.stderr.flush()
        self.file, self.kept, self.text = tempfile.TemporaryFile(), os.dup(2), bytearray()
        os.dup2(self.file.fileno(), 2)
        return self.text

    def __exit__(self, *error: object) -> None:
        sys.stderr.flush()
        os.dup2(self.kept, 2)
        os.close(self.kept)
        self.file.seek(0)
        self.text += self.file.read()
        self.file.close()


if __name__ == "__main__":
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    sys.exit(main())
