"""Arrays that objectives keep, as Paddle tensors."""

from collections.abc import Mapping

import numpy as np
import paddle
from paddle import Tensor

from .ops import Operations


class Variables:
    """See `gan_core.contract.backend.NativeVariables`."""

    def __init__(self, initial: Mapping[str, np.ndarray], ops: Operations) -> None:
        self.ops = ops
        self.slots = {name: ops.constant(value) for name, value in initial.items()}

    def arrays(self) -> dict[str, Tensor]:
        return dict(self.slots)

    def assign(self, values: Mapping[str, Tensor]) -> None:
        with paddle.no_grad():
            for name, value in values.items():
                paddle.assign(value, output=self.slots[name])

    def read(self) -> dict[str, np.ndarray]:
        return {name: value.numpy() for name, value in self.slots.items()}

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        self.assign({name: self.ops.constant(values[name]) for name in self.slots})
