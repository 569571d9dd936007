"""Images as the FID network takes them: bytes, resized to 299 × 299 in one of three published ways, about −1 … 1.

Which way matters more than most generators differ by, so that it is part of the extractor's name:

- "tensorflow", that of the paper's code (Heusel et al. 2017), and of torch-fidelity: bilinear as TensorFlow 1 does it,
  pixel i of the output at i · H / 299 of the input, without antialiasing; then (x − 128) / 128;
- "pytorch-fid", that of the package: bilinear, pixel i at (i + ½) H / 299 − ½, no antialiasing; then x / 127.5 − 1;
- "clean", that of Parmar et al. 2022 (arXiv:2104.11222): Pillow's bicubic filter, which antialiases, with what
  overshoots cut off; then (x − 128) / 128.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from gan_core.errors import UsageError
from gan_core.features.inception_network import SIDE


def as_bytes(samples: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """Return images [N, 3, H, W] as whole numbers 0 … 255 in float64, as a file of them would hold; grey ones thrice.

    value_range: that of the samples. Raises `UsageError` for samples that are no images of 1 or 3 channels.
    """
    if samples.ndim != 4 or samples.shape[1] not in (1, 3):
        raise UsageError(
            f"the Inception network takes images of 1 or 3 channels, got samples of the shape {list(samples.shape[1:])}"
        )
    low, high = value_range
    levels = np.clip(np.rint((samples.astype(np.float64) - low) * (255 / (high - low))), 0, 255)
    return np.asarray(np.repeat(levels, 3, axis=1) if samples.shape[1] == 1 else levels)


def like_tensorflow(images: np.ndarray) -> np.ndarray:
    """Return images [N, 3, 299, 299] of images [N, 3, H, W] of 0 … 255, resized and scaled as by TensorFlow 1."""
    return (_bilinear(images, half_pixels=False) - 128) / 128


def like_pytorch_fid(images: np.ndarray) -> np.ndarray:
    """Return images [N, 3, 299, 299] of images [N, 3, H, W] of 0 … 255, resized and scaled as by pytorch-fid."""
    return _bilinear(images, half_pixels=True) / 127.5 - 1


def like_clean_fid(images: np.ndarray) -> np.ndarray:
    """Return images [N, 3, 299, 299] of images [N, 3, H, W] of 0 … 255, resized and scaled as by clean-fid."""
    from PIL import Image

    resized = np.empty((*images.shape[:2], SIDE, SIDE))
    for place in np.ndindex(images.shape[:2]):
        plane = Image.fromarray(images[place].astype(np.float32))
        resized[place] = np.asarray(plane.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return (np.clip(resized, 0, 255) - 128) / 128


RESIZES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tensorflow": like_tensorflow,
    "pytorch-fid": like_pytorch_fid,
    "clean": like_clean_fid,
}


def _bilinear(images: np.ndarray, half_pixels: bool) -> np.ndarray:
    rows, columns = (_weights(side, half_pixels) for side in images.shape[2:])
    return np.asarray(rows @ images @ columns.T)


@lru_cache(16)
def _weights(side: int, half_pixels: bool) -> np.ndarray:
    """Return how much of each of `side` pixels is in each of 299, [299, side]; beyond an edge the edge goes on."""
    places = np.arange(SIDE) * (side / SIDE)
    if half_pixels:
        places = np.maximum((np.arange(SIDE) + 0.5) * (side / SIDE) - 0.5, 0)
    before = places.astype(int)
    share, weights, every = places - before, np.zeros((SIDE, side)), np.arange(SIDE)
    weights[every, before] += 1 - share
    weights[every, np.minimum(before + 1, side - 1)] += share
    return weights
