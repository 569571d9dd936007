"""Sheets of samples: images in a grid, points, tables and series as plots, several sheets side by side."""

from pathlib import Path

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.sheets.numbers import write_points, write_series, write_table

SMALLEST_TILE = 48  # pixels; smaller images are enlarged by a whole factor so that a person can see them
MARGIN = 2
AT_ONCE = 1000  # images turned to bytes at once, in float64


def write_sheet(path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> None:
    """Write samples [N, *shape] to a PNG, as `shown_as` says of the data set.

    columns: how many images stand in a row. title: what stands above a plot; images have none. Raises `DataError` for
    a shape that cannot be shown.
    """
    match shown_as(dataset):
        case "image":
            write_images(path, image_grid(samples, columns, dataset.value_range))
        case "points":
            write_points(path, samples, dataset, title)
        case "table":
            write_table(path, samples, dataset, title)
        case "series":
            write_series(path, samples, dataset, title)


def shown_as(dataset: Dataset) -> str:
    """Return how samples are shown ("image", "points", "table", "series"): by the data's kind if the shape allows."""
    axes = len(dataset.shape)
    if dataset.kind == "series" and axes in (1, 2):
        return "series"
    if axes == 1:
        return "points" if dataset.shape == (2,) and dataset.kind != "table" else "table"
    return "series" if axes == 2 else "image"


def write_images(path: Path, grid: np.ndarray) -> None:
    """Write a uint8 picture [H, W, 3] to a PNG."""
    from PIL import Image

    Image.fromarray(grid).save(path)


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
