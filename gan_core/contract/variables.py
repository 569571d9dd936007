"""Arrays that objectives keep, on the hooks of any framework."""

from collections.abc import Mapping

import numpy as np

from gan_core.contract.kept_arrays import KeptArrays
from gan_core.operations.ops import Array, Ops


class Variables:
    """See `gan_core.contract.backend.NativeVariables`."""

    def __init__(self, initial: Mapping[str, np.ndarray], ops: Ops, arrays: KeptArrays) -> None:
        self.ops, self.hooks = ops, arrays
        self.kept = {name: arrays.create(value) for name, value in initial.items()}

    def arrays(self) -> dict[str, Array]:
        """See `NativeVariables.arrays`."""
        return {name: self.hooks.value(kept) for name, kept in self.kept.items()}

    def assign(self, values: Mapping[str, Array]) -> None:
        """See `NativeVariables.assign`."""
        for name, value in values.items():
            self.hooks.assign(self.kept[name], value)

    def read(self) -> dict[str, np.ndarray]:
        """See `NativeVariables.read`."""
        return {name: self.hooks.read(kept, range(len(kept.shape))) for name, kept in self.kept.items()}

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        """See `NativeVariables.load`."""
        self.assign({name: self.ops.constant(values[name]) for name in self.kept})
