"""Tolerances of comparisons with references, each with its reason. Errors are measured against the largest value.

A wrong formula, epsilon, slope or layout is off by 1e-8 or more (a leaky ReLU with a float32 slope by 1.5e-8, a batch
norm with a float32 epsilon by 1.6e-13), so each bound lies as near to rounding as the sums allow.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """A bound of errors.

    share: allowed error over max(floor, largest expected value). why: the reason for its size.
    """

    share: float
    floor: float
    why: str


TOLERANCES: Mapping[str, Tolerance] = {
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
}


def difference(actual: np.ndarray, expected: np.ndarray, name: str, tolerance: Tolerance) -> str | None:
    """What is wrong with an array, in a line: its shape, or an error above the tolerance of that name; else None."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape:
        return f"shape {actual.shape}, expected {expected.shape}"
    if expected.size == 0:
        return None
    error = float(np.max(np.abs(actual - expected)))
    bound = tolerance.share * max(tolerance.floor, float(np.max(np.abs(expected))))
    if error <= bound:
        return None
    return f"off by {error:.2e}, allowed {bound:.1e} ({name}: {tolerance.why})"
