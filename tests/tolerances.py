"""Every tolerance of the tests, with its reason. Errors are measured against the largest expected value.

A wrong formula, epsilon, slope or layout is off by 1e-8 or more (docs: leaky ReLU with a float32 slope 1.5e-8, batch
norm with a float32 epsilon 1.6e-13), so each bound lies as near to rounding as the sums allow.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """share: allowed error over max(floor, largest expected value)."""

    share: float
    floor: float
    why: str


TOLERANCES = {
    "exact": Tolerance(share=0.0, floor=1.0, why="copies and bits: nothing is rounded"),
    "value": Tolerance(share=5e-15, floor=1.0, why="sums of up to 100 terms in another order; 5e-16 measured"),
    "gradient": Tolerance(
        share=1e-14, floor=1.0, why="two such sums one after the other; 2e-15 measured, since complex steps are exact"
    ),
    "second": Tolerance(share=5e-11, floor=1.0, why="the reference is a central difference: 2e-16 / its step 2e-3"),
    "statistics": Tolerance(share=5e-15, floor=1.0, why="a mean over the batch, then one weighted sum"),
    "relative": Tolerance(share=2e-15, floor=0.0, why="one operation: a few units in the last place of the result"),
    "optimizer": Tolerance(share=1e-14, floor=0.0, why="20 updates, each a few units in the last place"),
    "network": Tolerance(share=1e-12, floor=1.0, why="up to six layers, each of which may amplify the one before it"),
    "penalty": Tolerance(share=5e-11, floor=1.0, why="the reference of the derivative is a central difference"),
    "float32": Tolerance(share=1e-5, floor=1.0, why="6e-8 a rounding, times sums of 100 terms"),
    "frechet": Tolerance(share=1e-13, floor=1.0, why="a sum of singular values, each a few units in the last place"),
    "frechet of roots": Tolerance(
        share=1e-6, floor=1.0, why="the reference's eigenvalues of 0 are rounding, 1e-15, and their roots 3e-8 each"
    ),
    "metric": Tolerance(share=1e-13, floor=1.0, why="sums of up to 1,000 terms in another order"),
    "moments": Tolerance(share=1e-11, floor=1.0, why="features of 1e4 with a spread of 1: 1e-16 · 1e4, squared sums"),
    "similarity": Tolerance(share=1e-10, floor=1.0, why="variances as differences of squares, over a constant of 9e-4"),
    "worked": Tolerance(share=1e-15, floor=1.0, why="numbers worked by hand, compared in float64"),
}


def assert_close(actual: np.ndarray, expected: np.ndarray, name: str, what: str = "") -> None:
    """Fail unless shapes agree and the largest error is within the named tolerance."""
    tolerance = TOLERANCES[name]
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    if expected.size == 0:
        return
    error = float(np.max(np.abs(actual - expected)))
    bound = tolerance.share * max(tolerance.floor, float(np.max(np.abs(expected))))
    assert error <= bound, f"{what}: off by {error:.2e}, allowed {bound:.1e} ({name}: {tolerance.why})"
