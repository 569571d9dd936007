"""The checkerboard lattice that transposed convolutions leave in images, measured in their mean power spectrum."""

from itertools import product

import numpy as np

from gan_core.errors import UsageError
from gan_core.metrics.checks import check_finite

LEAST_PERIODS = 4  # in a side: below, a lattice's frequency has no neighbours of its own


def lattice_level(images: np.ndarray, period: int) -> float:
    """Return how far the power at a lattice's frequencies stands above that beside them, in decibels.

    A transposed convolution of stride s whose kernel is no multiple of s adds up more products at some pixels than at
    others, in a pattern of period s (Odena, Dumoulin, Olah 2016, "Deconvolution and checkerboard artifacts",
    doi:10.23915/distill.00003). Its power lies at the frequencies (a/s, b/s), a and b whole numbers and not both 0
    modulo s. Here the power there, averaged over images and channels, is divided by the mean of the bins beside it:
    10 log₁₀ of the mean ratio. 0 is no lattice; images of a scene have about that, and sharp or grainy ones too, since
    all bins of a neighbourhood rise together. The bins right beside a frequency on the far side of the spectrum's fold
    count as its neighbours, as the spectrum is periodic.

    images: [N, C, H, W], any range. period: s in pixels, 2 or more; rows and columns beyond a multiple of it are left
    out. Raises `UsageError` for images of fewer than four periods a side, and for values that are not finite.
    """
    if images.ndim != 4 or min(images.shape[2:]) < LEAST_PERIODS * period or period < 2:
        raise UsageError(
            f"lattice of period {period}: expected images [N, C, H, W] of at least {LEAST_PERIODS * period} pixels a "
            f"side and a period of 2 or more, got {list(images.shape)}"
        )
    check_finite("lattice", "image", images, "values")
    height, width = (side // period * period for side in images.shape[2:])
    power = np.zeros((height, width))
    for start in range(0, len(images), 500):  # so that 10,000 spectra never stand in memory at once
        part = np.asarray(images[start : start + 500, :, :height, :width], dtype=np.float64)
        power += (np.abs(np.fft.fft2(part)) ** 2).sum(axis=(0, 1))
    ratios = []
    for a, b in product(range(period), repeat=2):
        if (a, b) == (0, 0):
            continue
        row, column = a * height // period, b * width // period
        beside = [
            power[(row + down) % height, (column + right) % width]
            for down, right in product((-1, 0, 1), repeat=2)
            if (down, right) != (0, 0)
        ]
        ratios.append(power[row, column] / max(float(np.mean(beside)), np.finfo(float).tiny))
    return float(10 * np.log10(max(float(np.mean(ratios)), 1e-30)))
