"""The operations of the contract, in PaddlePaddle."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import Tensor
from paddle.autograd import PyLayer

from gan_core.contract.constants import Constants
from gan_core.contract.exchanges import Exchanges

from .joining import summed


class Operations(Exchanges):
    """See `gan_core.operations.ops.Ops`.

    differentiates_again: whether a leaf waits for its gradient, as a penalty's do, which is differentiated itself: what
    is worked out in between is better composed where the second derivative of a kernel is slow, or missing.
    """

    def __init__(self, dtype: str, device: str, products: str = "exact") -> None:
        self.differentiates_again = False
        self.products = products
        self.dtype = getattr(paddle, dtype)
        self.numpy_dtype = np.dtype(dtype)
        self.device = paddle.set_device(device)
        self.constants = Constants(self.array)

    def array(self, value: np.ndarray) -> Tensor:
        """An array as `constant` makes it, new at each call."""
        value = np.asarray(value)
        kind = np.int64 if value.dtype.kind in "iu" else self.numpy_dtype
        return paddle.to_tensor(np.asarray(value, kind), place=self.device)

    def constant(self, value: np.ndarray) -> Tensor:
        return self.constants(value)

    def arange(self, count: int) -> Tensor:
        return paddle.arange(count, dtype="int64")

    def exp(self, x: Tensor) -> Tensor:
        return paddle.exp(x)

    def log(self, x: Tensor) -> Tensor:
        return paddle.log(x)

    def sqrt(self, x: Tensor) -> Tensor:
        return paddle.sqrt(x)

    def abs(self, x: Tensor) -> Tensor:
        return paddle.abs(x)

    def relu(self, x: Tensor) -> Tensor:
        return F.relu(x)

    def tanh(self, x: Tensor) -> Tensor:
        return paddle.tanh(x)

    def sigmoid(self, x: Tensor) -> Tensor:
        return F.sigmoid(x)

    def softplus(self, x: Tensor) -> Tensor:
        return _Softplus.apply(x)

    def clip(self, x: Tensor, low: float, high: float) -> Tensor:
        return paddle.clip(x, low, high)

    def sum(self, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        return paddle.sum(x, axis=axes) if axes else x

    def mean(self, x: Tensor) -> Tensor:
        return paddle.mean(x)

    def reshape(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        return paddle.reshape(x, shape)

    def concat(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        if len({part.stop_gradient for part in parts}) == 2:  # its second derivative fails beside a constant
            parts = [_leaf(part) for part in parts]
        return paddle.concat(list(parts), axis=axis)

    def split(self, x: Tensor, count: int) -> tuple[Tensor, Tensor]:
        return tuple(paddle.split(x, [count, x.shape[0] - count]))

    def matmul(self, x: Tensor, y: Tensor) -> Tensor:
        return paddle.matmul(x, y)

    def transpose(self, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        return paddle.transpose(x, list(axes))

    def softmax(self, x: Tensor) -> Tensor:
        powers = paddle.exp(x - paddle.max(x.detach(), axis=-1, keepdim=True))  # `F.softmax` has no second derivative
        return powers / paddle.sum(powers, axis=-1, keepdim=True)

    def detached(self, function: Callable[[], Any]) -> Any:
        with paddle.no_grad():
            return _constants(function())

    def differentiable_leaf(self, x: Tensor) -> Tensor:
        self.differentiates_again = True
        return _leaf(x)

    def gradients(self, output: Tensor, inputs: Sequence[Tensor], *, differentiable: bool) -> list[Tensor]:
        self.differentiates_again = False
        found = paddle.grad(output, list(inputs), create_graph=differentiable, allow_unused=True)
        return [paddle.zeros_like(x) if slope is None else slope for x, slope in zip(inputs, found, strict=True)]

    def bitwise_and(self, x: Tensor, y: Tensor | int) -> Tensor:
        return paddle.bitwise_and(x, _whole(y))

    def bitwise_xor(self, x: Tensor, y: Tensor | int) -> Tensor:
        return paddle.bitwise_xor(x, _whole(y))

    def shift_right(self, x: Tensor, bits: int) -> Tensor:
        return paddle.bitwise_right_shift(x, _whole(bits))

    def at_least(self, x: Tensor, threshold: float) -> Tensor:
        return (x >= threshold).astype(self.dtype)

    def real(self, x: Tensor) -> Tensor:
        return x.astype(self.dtype)

    def summed(self, x: Tensor) -> Tensor:
        return summed(x)


def _leaf(x: Tensor) -> Tensor:
    if not x.stop_gradient:
        return x
    leaf = x.detach()
    leaf.stop_gradient = False
    return leaf


class _Softplus(PyLayer):
    """max(x, 0) + log(1 + e⁻ˡˣˡ): Paddle's own is log(1 + eˣ), and its `log1p` cannot be differentiated twice."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        root = paddle.exp(paddle.abs(x) * -0.5)
        return F.relu(x) + paddle.log1p(root * root)  # a square, as Paddle's exp never quite reaches 0

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (x,) = ctx.saved_tensor()
        return slope * F.sigmoid(x)


def _whole(number: Tensor | int) -> Tensor:
    """A whole number as the array that Paddle's operations on bits ask for."""
    return _whole_number(number) if isinstance(number, int) else number


@cache  # a handful of numbers, which would be made at each operation
def _whole_number(number: int) -> Tensor:
    return paddle.full([], number, "int64")


def _constants(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _constants(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_constants(part) for part in value]
    return value.detach()
