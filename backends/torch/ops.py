"""The operations of the contract, in PyTorch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from gan_core.contract.constants import Constants
from gan_core.contract.exchanges import Exchanges

from .joining import summed


class Operations(Exchanges):
    """See `gan_core.operations.ops.Ops`."""

    def __init__(self, dtype: str, device: str, products: str = "exact") -> None:
        self.products = products
        self.dtype = getattr(torch, dtype)
        self.numpy_dtype = np.dtype(dtype)
        self.device = torch.device(device.replace("gpu", "cuda"))  # its word for NVIDIA's and AMD's
        self.constants = Constants(self.array)

    def array(self, value: np.ndarray) -> Tensor:
        """An array as `constant` makes it, new at each call."""
        value = np.asarray(value)
        kind = np.int64 if value.dtype.kind in "iu" else self.numpy_dtype
        return torch.from_numpy(np.require(value, kind, ["C", "W"])).to(self.device)

    def constant(self, value: np.ndarray) -> Tensor:
        return self.constants(value)

    def arange(self, count: int) -> Tensor:
        return torch.arange(count, device=self.device)

    def exp(self, x: Tensor) -> Tensor:
        return torch.exp(x)

    def log(self, x: Tensor) -> Tensor:
        return torch.log(x)

    def sqrt(self, x: Tensor) -> Tensor:
        return torch.sqrt(x)

    def abs(self, x: Tensor) -> Tensor:
        return torch.abs(x)

    def relu(self, x: Tensor) -> Tensor:
        return torch.relu(x)

    def tanh(self, x: Tensor) -> Tensor:
        return torch.tanh(x)

    def sigmoid(self, x: Tensor) -> Tensor:
        return torch.sigmoid(x)

    def softplus(self, x: Tensor) -> Tensor:
        return F.softplus(x, threshold=40.0)  # the identity above it; the default of 20 is 2e-9 off in float64

    def clip(self, x: Tensor, low: float, high: float) -> Tensor:
        return torch.clamp(x, low, high)

    def sum(self, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        return torch.sum(x, dim=axes) if axes else x

    def mean(self, x: Tensor) -> Tensor:
        return torch.mean(x)

    def reshape(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        return torch.reshape(x, shape)

    def concat(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        return torch.cat(tuple(parts), dim=axis)

    def split(self, x: Tensor, count: int) -> tuple[Tensor, Tensor]:
        return torch.split(x, [count, x.shape[0] - count])

    def matmul(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.matmul(x, y)

    def transpose(self, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        return torch.permute(x, axes)

    def softmax(self, x: Tensor) -> Tensor:
        return torch.softmax(x, dim=-1)

    def detached(self, function: Callable[[], Any]) -> Any:
        with torch.no_grad():
            return _constants(function())

    def differentiable_leaf(self, x: Tensor) -> Tensor:
        return x if x.requires_grad else x.detach().requires_grad_()

    def gradients(self, output: Tensor, inputs: Sequence[Tensor], *, differentiable: bool) -> list[Tensor]:
        if not output.requires_grad:
            return [torch.zeros_like(x) for x in inputs]
        return list(
            torch.autograd.grad(
                output, tuple(inputs), create_graph=differentiable, allow_unused=True, materialize_grads=True
            )
        )

    def bitwise_and(self, x: Tensor, y: Tensor | int) -> Tensor:
        return torch.bitwise_and(x, y)

    def bitwise_xor(self, x: Tensor, y: Tensor | int) -> Tensor:
        return torch.bitwise_xor(x, y)

    def shift_right(self, x: Tensor, bits: int) -> Tensor:
        return torch.bitwise_right_shift(x, bits)

    def at_least(self, x: Tensor, threshold: float) -> Tensor:
        return (x >= threshold).to(self.dtype)

    def real(self, x: Tensor) -> Tensor:
        return x.to(self.dtype)

    def summed(self, x: Tensor) -> Tensor:
        return summed(x)


def _constants(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _constants(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_constants(part) for part in value]
    return value.detach()
