"""The hooks on arrays that stay on the device, in PyTorch."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

import numpy as np
import torch
from torch import Tensor

from .ops import Operations


class KeptArrays:
    """See `gan_core.contract.kept_arrays.KeptArrays`."""

    def __init__(self, ops: Operations) -> None:
        self.ops = ops

    def create(self, value: np.ndarray) -> Tensor:
        return self.ops.array(value).clone()

    def zeros_like(self, kept: Tensor) -> Tensor:
        return torch.zeros_like(kept, requires_grad=False)

    def value(self, kept: Tensor) -> Tensor:
        return kept

    @torch.no_grad()
    def assign(self, kept: Tensor, value: Tensor) -> None:
        kept.copy_(value)

    def read(self, kept: Tensor, axes: Sequence[int]) -> np.ndarray:
        turned = kept.detach().permute(tuple(axes))
        return turned.contiguous().cpu().numpy() if turned.is_cuda else np.array(turned.numpy(), order="C")

    def transpose(self, array: Tensor, axes: Sequence[int]) -> Tensor:
        return array.permute(*axes)

    def untracked(self) -> AbstractContextManager[object]:
        return torch.no_grad()
