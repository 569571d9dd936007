"""Which classes samples fall into, and how evenly."""

import numpy as np

from gan_core.errors import UsageError


def class_shares(classes: np.ndarray, number: int) -> np.ndarray:
    """Return the share [number] of each class among integer classes [N] in 0 … number − 1; they sum to 1."""
    if classes.ndim != 1 or len(classes) == 0:
        raise UsageError(f"classes: expected the class of at least 1 sample, got the shape {list(classes.shape)}")
    if classes.min() < 0 or classes.max() >= number:
        raise UsageError(f"classes run from {classes.min()} to {classes.max()}; expected 0 to {number - 1}")
    return np.bincount(classes, minlength=number) / len(classes)


def entropy_bits(shares: np.ndarray) -> float:
    """Return −Σ p log₂ p of shares [classes], in bits: log₂ classes when all are equal, 0 when there is one.

    Of a histogram of N samples it is too low by about (classes − 1) / (2 N ln 2) (Miller 1955): .006 bits for ten
    classes and 1,000 samples.
    """
    held = shares[shares > 0]
    return float(max(0.0, -(held * np.log2(held)).sum()))  # −0.0 for a single class


def label_agreement(classes: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of samples whose class [N] is the label [N] they were asked for."""
    if classes.shape != labels.shape or len(classes) == 0:
        raise UsageError(f"labels: {list(classes.shape)} classes for {list(labels.shape)} labels")
    return float((classes == labels).mean())
