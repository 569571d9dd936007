"""The hooks on arrays that stay on the device, in PaddlePaddle."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

import numpy as np
import paddle
from paddle import Tensor

from .ops import Operations


class KeptArrays:
    """See `gan_core.contract.kept_arrays.KeptArrays`."""

    def __init__(self, ops: Operations) -> None:
        self.ops = ops

    def create(self, value: np.ndarray) -> Tensor:
        return self.ops.array(value)

    def zeros_like(self, kept: Tensor) -> Tensor:
        return paddle.zeros_like(kept)

    def value(self, kept: Tensor) -> Tensor:
        return kept

    @paddle.no_grad()
    def assign(self, kept: Tensor, value: Tensor) -> None:
        paddle.assign(value, output=kept)

    def read(self, kept: Tensor, axes: Sequence[int]) -> np.ndarray:
        return np.asarray(np.transpose(kept.numpy(), axes), order="C")  # `numpy` copies

    def transpose(self, array: Tensor, axes: Sequence[int]) -> Tensor:
        return array.transpose(list(axes))

    def untracked(self) -> AbstractContextManager[object]:
        return paddle.no_grad()
