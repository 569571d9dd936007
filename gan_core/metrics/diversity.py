"""How much samples differ from each other: distances between features, similarity between images."""

import numpy as np
from scipy.ndimage import correlate1d

from gan_core.errors import UsageError
from gan_core.metrics.checks import check_count, check_finite, checked_features
from gan_core.randomness import stream

BLOCK_ROWS = 1024
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang et al. 2003, section 3.2
WINDOW, WINDOW_DEVIATION = 11, 1.5  # pixels
LUMINANCE_CONSTANT, CONTRAST_CONSTANT = 0.01**2, 0.03**2  # for pixels in [0, 1]
PAIRS_AT_ONCE = 256


def mean_pairwise_distance(features: np.ndarray) -> float:
    """Return the mean Euclidean distance between two different samples of features [N, D].

    The unbiased estimate of E‖x − x′‖: pairs of a sample with itself are left out. Units of the features; compare it
    with that of real samples. 0 for a generator that makes one sample. Raises `UsageError` below 2 samples.
    """
    rows = checked_features("diversity", "generated", features, 2)
    rows = rows - np.median(rows, axis=0)  # which one far sample does not move
    norms = np.einsum("nd,nd->n", rows, rows)
    total = 0.0
    for start in range(0, len(rows), BLOCK_ROWS):
        block = rows[start : start + BLOCK_ROWS]
        squared = (-2 * block) @ rows.T
        squared += norms[start : start + BLOCK_ROWS, None]
        squared += norms
        squared[np.arange(len(block)), np.arange(start, start + len(block))] = 0
        total += float(np.sqrt(np.maximum(squared, 0, out=squared), out=squared).sum())
    return total / (len(rows) * (len(rows) - 1))


def mean_similarity(
    images: np.ndarray, value_range: tuple[float, float], pairs: int = 1000, seed: int = 0
) -> tuple[float, int]:
    """Return the mean MS-SSIM of random pairs of different images [N, C, H, W], and how many scales it has.

    Odena et al. 2017 (arXiv:1610.09585, section 4.2) use it within a class: 1 where all images are alike, lower is
    more diverse; compare it with that of real images. Raises `UsageError` below 2 images.
    """
    if images.ndim != 4 or len(images) < 2:
        raise UsageError(f"ms-ssim: expected at least 2 images [N, C, H, W], got the shape {list(images.shape)}")
    check_count("ms-ssim", "pairs", pairs)
    if not (np.isfinite(value_range).all() and value_range[0] < value_range[1]):
        raise UsageError(f"ms-ssim: a value range of {value_range}; expected the lower and the higher of two numbers")
    check_finite("ms-ssim", "image", images, "pixels")
    generator = stream(seed, "ms-ssim pairs")
    first = generator.integers(0, len(images), pairs)
    second = (first + generator.integers(1, len(images), pairs)) % len(images)
    low, high = value_range
    scaled = (images.astype(np.float64) - low) / (high - low)
    values = []
    for start in range(0, pairs, PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        values.append(ms_ssim(scaled[first[part]], scaled[second[part]]))
    return float(np.concatenate(values).mean()), scales_that_fit(images.shape[2:])


def ms_ssim(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the multi-scale structural similarity [N] of images [N, C, H, W] with values in [0, 1].

    Wang, Simoncelli, Bovik 2003 (eq. 7): windows of 11 pixels, Gaussian of deviation 1.5, mean over valid positions and
    channels. Images too small for five scales (each at least 11 pixels) get those that fit, their exponents scaled to
    the sum that all five have. Contrast·structure below 0 counts as 0. Between scales 2×2 pixels are averaged, and
    an odd last row or column is left out, as by plain pooling; code that pads it (with zeros, or by mirroring)
    differs in the third digit there, and nowhere else. Raises `UsageError` below 11 pixels.
    """
    if first.ndim != 4 or first.shape != second.shape or first.size == 0:
        raise UsageError(
            f"ms-ssim: images of shapes {list(first.shape)} and {list(second.shape)}; expected [N, C, H, W]"
        )
    for images in (first, second):
        check_finite("ms-ssim", "image", images, "pixels")
    scales = scales_that_fit(first.shape[2:])
    if scales == 0:
        raise UsageError(f"ms-ssim needs images of at least {WINDOW} pixels a side, got {list(first.shape[2:])}")
    weights = np.array(SCALE_WEIGHTS[:scales]) * sum(SCALE_WEIGHTS) / sum(SCALE_WEIGHTS[:scales])
    product = np.ones(first.shape[:2])
    for scale, weight in enumerate(weights):
        luminance, contrast = _similarities(first, second)
        term = luminance * contrast if scale == scales - 1 else contrast
        product *= np.maximum(term.mean(axis=(2, 3)), 0) ** weight
        first, second = _halved(first), _halved(second)
    return np.asarray(product.mean(axis=1))


def scales_that_fit(sides: tuple[int, ...]) -> int:
    """Return how many scales, at most five, of an image with these sides hold a whole window."""
    return next((scale for scale in range(5) if min(sides) // 2**scale < WINDOW), 5)


def _similarities(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return luminance, and contrast times structure, at every valid window position."""
    mean_1, mean_2 = _blurred(first), _blurred(second)
    variance_1 = _blurred(first * first) - mean_1 * mean_1
    variance_2 = _blurred(second * second) - mean_2 * mean_2
    covariance = _blurred(first * second) - mean_1 * mean_2
    luminance = (2 * mean_1 * mean_2 + LUMINANCE_CONSTANT) / (mean_1**2 + mean_2**2 + LUMINANCE_CONSTANT)
    contrast = (2 * covariance + CONTRAST_CONSTANT) / (variance_1 + variance_2 + CONTRAST_CONSTANT)
    return luminance, contrast


def _blurred(images: np.ndarray) -> np.ndarray:
    half = WINDOW // 2
    window = np.exp(-0.5 * (np.arange(-half, half + 1) / WINDOW_DEVIATION) ** 2)
    window /= window.sum()
    blurred = correlate1d(correlate1d(images, window, axis=2), window, axis=3)
    return np.asarray(blurred[:, :, half:-half, half:-half])


def _halved(images: np.ndarray) -> np.ndarray:
    """Return the means of 2×2 pixels; an odd last row or column is left out."""
    height, width = images.shape[2] // 2 * 2, images.shape[3] // 2 * 2
    even = images[:, :, :height, :width]
    return np.asarray(even.reshape(*even.shape[:2], height // 2, 2, width // 2, 2).mean(axis=(3, 5)))
