"""Every tolerance of the tests, with its reason. Errors are measured against the largest expected value.

A wrong formula, epsilon, slope or layout is off by 1e-8 or more (docs: leaky ReLU with a float32 slope 1.5e-8, batch
norm with a float32 epsilon 1.6e-13), so each bound lies as near to rounding as the sums allow.
"""

import numpy as np

from gan_core.testing.tolerances import TOLERANCES as OF_BACKENDS
from gan_core.testing.tolerances import Tolerance, difference

TOLERANCES = {
    **OF_BACKENDS,
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
    wrong = difference(actual, expected, name, TOLERANCES[name])
    assert wrong is None, f"{what}: {wrong}"
