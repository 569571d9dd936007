"""Sheets of samples, each as its kind is shown; images in a grid, several sheets side by side."""

from pathlib import Path

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.files.regular_files import check_kind
from gan_core.files.whole_files import written_whole
from gan_core.sheets import mixed, numbers, series, sounds  # noqa: F401  (their kinds join the table)
from gan_core.sheets.kinds import KINDS, Kind

SMALLEST_TILE = 48  # pixels; smaller images are enlarged by a whole factor so that a person can see them
MARGIN = 2
AT_ONCE = 1000  # images turned to bytes at once, in float64


@KINDS.register("image")
class Image(Kind):
    """Images [C, H, W], grey or in colour."""

    extractors = ("", "classifier", "pixels", "inception", "FILE.onnx")
    each = ".png"

    def holds(self, shape: tuple[int, ...]) -> bool:
        """Whether a sample has three axes."""
        return len(shape) == 3

    def write_sheet(self, path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> None:
        """Write the images in rows."""
        write_images(path, image_grid(samples, columns, dataset.value_range))

    def sheet_pixels(self, count: int, columns: int, shape: tuple[int, ...]) -> int:
        """Return the pixels that `image_grid` makes."""
        return sheet_pixels(count, columns, shape)

    def write_one(self, path: Path, sample: np.ndarray, dataset: Dataset) -> None:
        """Write a PNG, grey where the image has one channel."""
        pixels = image_pixels(sample[None], dataset.value_range)[0]
        write_images(path, pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def kind_for(word: str, shape: tuple[int, ...]) -> Kind:
    """Return the kind that a word names if samples of the shape can be of it, else the one that the shape suggests."""
    if word in KINDS and KINDS[word].holds(shape):
        return KINDS[word]
    return KINDS[{1: "points" if shape == (2,) else "table", 2: "series"}.get(len(shape), "image")]


def kind_of(dataset: Dataset) -> Kind:
    """Return the kind of a data set's samples."""
    return kind_for(dataset.kind, dataset.shape)


def shown_as(dataset: Dataset) -> str:
    """Return the word of the kind that a data set's samples are shown as: the data's own if the shape allows."""
    kind = kind_of(dataset)
    return next(word for word, entry in KINDS.items() if entry is kind)


def write_sheet(path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> None:
    """Write samples [N, *shape] to a PNG as their kind is shown; the arguments are those of `Kind.write_sheet`."""
    kind_of(dataset).write_sheet(path, samples, columns, dataset, title)


def write_whole_sheet(path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> list[Path]:
    """Write a sheet and the files that go along with its kind, each whole or not at all; return their paths.

    Raises as `Kind.write_sheet` does, and `WriteError`.
    """
    kind, paths = kind_of(dataset), [path]
    with written_whole(path) as temporary:
        kind.write_sheet(temporary, samples, columns, dataset, title)
    for ending, write in kind.beside.items():
        paths.append(path.with_suffix(ending))
        check_kind(paths[-1], "a file")
        with written_whole(paths[-1]) as temporary:
            write(temporary, samples, dataset)
    return paths


def write_images(path: Path, grid: np.ndarray) -> None:
    """Write a uint8 picture [H, W, 3] or [H, W] to a PNG."""
    from PIL.Image import fromarray

    fromarray(grid).save(path)


def image_grid(samples: np.ndarray, columns: int, value_range: tuple[float, float]) -> np.ndarray:
    """Return images [N, C, H, W] (C of 1 or 3, in `value_range`) as one picture [H', W', 3], uint8, row by row.

    Values outside the range are clipped. Raises `DataError` for samples of another shape.
    """
    tiles = image_pixels(samples, value_range)
    tiles = np.broadcast_to(tiles, (*tiles.shape[:3], 3))
    factor = _factor(tiles.shape[1], tiles.shape[2])
    tiles = tiles.repeat(factor, axis=1).repeat(factor, axis=2)
    rows = -(-len(tiles) // columns)
    height, width = tiles.shape[1] + MARGIN, tiles.shape[2] + MARGIN
    sheet = np.full((rows * height + MARGIN, columns * width + MARGIN, 3), 40, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // columns * height + MARGIN, index % columns * width + MARGIN
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def image_pixels(samples: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """Return images [N, C, H, W] (C of 1 or 3, in `value_range`) as uint8 [N, H, W, C].

    Values outside the range are clipped. Raises `DataError` for samples of another shape.
    """
    if samples.ndim != 4 or samples.shape[1] not in (1, 3):
        raise DataError(f"samples of shape {list(samples.shape[1:])} cannot be shown; expected [1 or 3, H, W]")
    low, high = value_range
    pixels = np.empty((len(samples), *samples.shape[2:], samples.shape[1]), np.uint8)
    for start in range(0, len(samples), AT_ONCE):
        part = samples[start : start + AT_ONCE].astype(np.float64)
        scaled = np.clip((part - low) / (high - low), 0, 1) * 255
        pixels[start : start + AT_ONCE] = np.round(scaled).astype(np.uint8).transpose(0, 2, 3, 1)
    return pixels


def sheet_pixels(count: int, columns: int, shape: tuple[int, ...]) -> int:
    """Return how many pixels `image_grid` needs for `count` samples of a shape [C, H, W]; 0 for any other shape."""
    if len(shape) != 3:
        return 0
    factor = _factor(shape[1], shape[2])
    return -(-count // columns) * columns * (shape[1] * factor + MARGIN) * (shape[2] * factor + MARGIN)


def _factor(height: int, width: int) -> int:
    return max(1, -(-SMALLEST_TILE // max(height, width)))


def write_side_by_side(path: Path, sources: dict[str, Path]) -> None:
    """Write several pictures next to each other; sources: title → the file of the picture below it."""
    from matplotlib.figure import Figure
    from matplotlib.image import imread

    pictures = {title: imread(source) for title, source in sources.items()}
    ratio = max(picture.shape[0] / picture.shape[1] for picture in pictures.values())
    figure = Figure(figsize=(5 * len(pictures), 5 * ratio + 0.5), layout="constrained")
    for axes, (title, picture) in zip(
        figure.subplots(1, len(pictures), squeeze=False)[0], pictures.items(), strict=True
    ):
        axes.imshow(picture, cmap="gray", interpolation="nearest")
        axes.set_title(title)
        axes.axis("off")
    figure.savefig(path, dpi=150)
