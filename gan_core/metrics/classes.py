"""Which classes samples fall into, and how evenly."""

import numpy as np

from gan_core.errors import UsageError

SUM_TOLERANCE = 1e-6


def class_shares(classes: np.ndarray, number: int) -> np.ndarray:
    """Return the share [number] of each class among integer classes [N] in 0 … number − 1; they sum to 1.

    >>> class_shares(np.array([0, 0, 0, 2]), number=3).tolist()
    [0.75, 0.0, 0.25]
    """
    if classes.ndim != 1 or len(classes) == 0:
        raise UsageError(f"classes: expected the class of at least 1 sample, got the shape {list(classes.shape)}")
    if classes.dtype.kind not in "iu":
        raise UsageError(f"classes are of type {classes.dtype}; expected whole numbers")
    if classes.min() < 0 or classes.max() >= number:
        raise UsageError(f"classes run from {classes.min()} to {classes.max()}; expected 0 to {number - 1}")
    return np.bincount(classes, minlength=number) / len(classes)


def entropy_bits(shares: np.ndarray) -> float:
    """Return −Σ p log₂ p of shares [classes], in bits: log₂ classes when all are equal, 0 when there is one.

    Of a histogram of N samples it is too low by about (classes − 1) / (2 N ln 2) (Miller 1955): .006 bits for ten
    classes and 1,000 samples.

    >>> entropy_bits(np.array([0.25, 0.25, 0.25, 0.25])), entropy_bits(np.array([1.0, 0.0]))
    (2.0, 0.0)
    """
    if shares.ndim != 1 or not (shares >= 0).all() or abs(shares.sum() - 1) > SUM_TOLERANCE:
        raise UsageError("entropy: expected shares of classes, at least 0 and of sum 1")
    held = shares[shares > 0]
    return float(max(0.0, -(held * np.log2(held)).sum()))  # −0.0 for a single class


def label_agreement(classes: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of samples, 0 … 1, whose class [N] is the label [N] that the generator was asked for."""
    if classes.shape != labels.shape or len(classes) == 0:
        raise UsageError(f"labels: {list(classes.shape)} classes for {list(labels.shape)} labels")
    return float((classes == labels).mean())


def agreement_by_class(classes: np.ndarray, labels: np.ndarray, number: int) -> np.ndarray:
    """Return `label_agreement` among the samples of each label, [number]; NaN for a label that no sample has."""
    label_agreement(classes, labels)  # for its errors
    asked, hit = (np.bincount(each, minlength=number) for each in (labels, labels[classes == labels]))
    with np.errstate(invalid="ignore"):
        return np.asarray(hit / asked)
