"""Kept arrays — those that stay on the device from one call to the next: weights, optimizer state, variables."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np

from gan_core.operations.ops import Array


class KeptArrays(Protocol):
    """How one framework keeps arrays: the hooks on which the halves that all backends share stand.

    A kept array is whatever the framework writes in place, a tensor or a variable, in native layout.
    """

    def create(self, value: np.ndarray) -> Array:
        """A kept array of the backend's dtype with a copy of these values."""

    def zeros_like(self, kept: Array) -> Array:
        """A kept array of zeros, of the same shape and order in memory, that is not differentiated."""

    def value(self, kept: Array) -> Array:
        """The present values, for formulas."""

    def assign(self, kept: Array, value: Array) -> None:
        """Write values in place (within a compiled function too); nothing is differentiated through it."""

    def read(self, kept: Array, axes: Sequence[int]) -> np.ndarray:
        """The present values with their axes in another order, row by row in memory of their own: copied once."""

    def transpose(self, array: Array, axes: Sequence[int]) -> Array:
        """The axes in another order, differentiable."""

    def untracked(self) -> AbstractContextManager[object]:
        """A context in which nothing is recorded for gradients."""
