"""The level of a lattice against patterns whose spectrum is known."""

import numpy as np
import pytest

from gan_core.errors import UsageError
from gan_core.metrics.lattice import lattice_level

NOISE = np.random.default_rng(0).normal(size=(400, 1, 32, 32))


def stripes(period: int, side: int = 32) -> np.ndarray:
    """1 in every period-th row and column, 0 elsewhere."""
    on = (np.arange(side) % period == 0).astype(float)
    return on[:, None] * on[None, :]


@pytest.mark.parametrize("period", [2, 3, 4])
def test_noise_has_no_lattice(period):
    """White noise has the same power at every frequency: the ratio is 1 up to the mean of 400 images."""
    assert lattice_level(NOISE, period) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("period", [2, 3, 4])
def test_a_lattice_is_found_at_its_own_period(period):
    """The pattern is of known height: |Fourier sum| = height · cells at its frequencies, noise has N · side² there."""
    height, side = 0.5, 32 // period * period
    cells = (side // period) ** 2
    expected = 10 * np.log10(1 + (height * cells) ** 2 / side**2)

    assert lattice_level(NOISE + height * stripes(period), period) == pytest.approx(expected, abs=0.6)


def test_a_lattice_of_3_is_none_of_2():
    assert lattice_level(NOISE + 0.5 * stripes(3), 2) == pytest.approx(0, abs=0.5)


def test_grain_is_no_lattice():
    """Each pixel against its four neighbours: high frequencies have up to four times the power, smoothly."""
    around = sum(np.roll(NOISE, shift, axis) for shift in (-1, 1) for axis in (2, 3)) / 4

    assert lattice_level(NOISE - around, 2) == pytest.approx(0, abs=0.5)


def test_brightness_and_scale_do_not_matter():
    images = NOISE + 0.3 * stripes(2)

    assert lattice_level(7 * images + 100, 2) == pytest.approx(lattice_level(images, 2), abs=1e-6)


@pytest.mark.parametrize("shape", [(4, 32, 32), (4, 1, 11, 32)])
def test_images_without_four_periods_are_refused(shape):
    with pytest.raises(UsageError, match="at least 12 pixels a side"):
        lattice_level(np.zeros(shape), 3)


def test_values_that_are_not_finite_are_refused():
    images = NOISE[:3].copy()
    images[1] = np.nan

    with pytest.raises(UsageError, match="image 1 has values that are NaN"):
        lattice_level(images, 2)
