"""How initial weights are spread."""

import math

import numpy as np
import pytest
from scipy import stats

from gan_core.randomness import stream
from gan_core.specs import initializers as I

SHAPE, FAN_IN, FAN_OUT = (300, 20, 3, 3), 180, 2700
COUNT = math.prod(SHAPE)


def draw(initializer: I.Initializer, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    values = initializer.draw(stream(0, "test"), shape, FAN_IN, FAN_OUT)
    assert values.shape == shape
    assert values.dtype == np.float64
    return values


def test_zeros_and_ones() -> None:
    assert not draw(I.Zeros()).any()
    assert (draw(I.Ones()) == 1).all()


@pytest.mark.parametrize(
    ("initializer", "mean", "deviation"),
    [
        (I.Normal(), 0.0, 0.02),
        (I.Normal(mean=1.0, standard_deviation=0.5), 1.0, 0.5),
        (I.GlorotNormal(), 0.0, math.sqrt(2 / 2880)),
        (I.KaimingNormal(), 0.0, math.sqrt(2 / 180)),
        (I.KaimingNormal(slope=0.2), 0.0, math.sqrt(2 / (1.04 * 180))),
    ],
)
def test_normal_ones(initializer: I.Initializer, mean: float, deviation: float) -> None:
    """Kolmogorov-Smirnov, and the deviation within four times its own spread."""
    values = draw(initializer).ravel()
    assert stats.kstest(values, "norm", args=(mean, deviation)).pvalue > 0.01
    assert abs(values.std() / deviation - 1) < 4 / math.sqrt(2 * COUNT)


@pytest.mark.parametrize(
    ("initializer", "limit"),
    [
        (I.Uniform(limit=0.3), 0.3),
        (I.FanInUniform(), 1 / math.sqrt(180)),
        (I.GlorotUniform(), math.sqrt(6 / 2880)),
        (I.KaimingUniform(), math.sqrt(6 / 180)),
        (I.KaimingUniform(slope=math.sqrt(5)), 1 / math.sqrt(180)),
    ],
)
def test_uniform_ones_stay_within_their_limit_and_fill_it(initializer: I.Initializer, limit: float) -> None:
    values = draw(initializer).ravel()
    assert 0.999 * limit < np.abs(values).max() <= limit
    assert stats.kstest(values, "uniform", args=(-limit, 2 * limit)).pvalue > 0.01


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (5, 5), (6, 2, 3, 3), (30, 2, 3, 3), (1, 7)])
@pytest.mark.parametrize("gain", [1.0, 1.7])
def test_orthogonal(shape: tuple[int, ...], gain: float) -> None:
    """The shorter side's vectors have length `gain` and stand at right angles."""
    matrix = draw(I.Orthogonal(gain=gain), shape).reshape(shape[0], -1)
    product = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    assert np.abs(product - gain**2 * np.eye(len(product))).max() < 1e-13


def test_orthogonal_has_no_preferred_direction() -> None:
    """Bare QR makes a diagonal of one sign; the sign correction makes the draw uniform."""
    corner = [I.Orthogonal().draw(stream(0, "test", step), (2, 2), 2, 2)[0, 0] for step in range(2000)]
    assert abs(np.mean(corner)) < 4 / math.sqrt(2 * 2000)
