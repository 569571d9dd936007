"""Constants of formulas: brought to the device once for each unit that runs them, not at each of its runs."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

import numpy as np

from gan_core.operations.ops import Array

COMPARED_BYTES = 2**16  # to compare the bytes of a larger array would take as long as to bring it over
MOST = 256  # a formula with more has other ones at each run

Kept = dict[Hashable, tuple[np.ndarray, Array]]


class Constants:
    """The constants of a backend that runs its steps as they are: its `Ops.constant` is a call of this.

    bring: a NumPy array → a new array on the device, for what changes with each run.
    """

    def __init__(self, bring: Callable[[np.ndarray], Array]) -> None:
        self.bring = bring
        self._kept: Kept | None = None

    def __call__(self, value: np.ndarray) -> Array:
        """Return the array of these values: within a unit that had it before, the same one."""
        value = np.asarray(value)
        kept, name = self._kept, _name(value)
        if kept is None or name is None:
            return self.bring(value)
        if name in kept:
            return kept[name][1]
        array = self.bring(value.copy() if value.flags.writeable else value)  # a framework may share its memory
        if len(kept) < MOST:
            kept[name] = value, array  # the value too, so that its place in memory stays its own
        return array

    @contextmanager
    def kept_in(self, kept: Kept) -> Iterator[None]:
        """A context in which constants are looked up in `kept`, that of a unit, and added to it."""
        before, self._kept = self._kept, kept
        try:
            yield
        finally:
            self._kept = before


def _name(value: np.ndarray) -> Hashable | None:
    """What stands for an array's values, or None where that would cost more than it saves."""
    if not value.flags.writeable and value.base is None:
        return id(value)
    return (value.dtype.str, value.shape, value.tobytes()) if value.nbytes <= COMPARED_BYTES else None
