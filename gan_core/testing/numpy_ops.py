"""The operations of the contract on NumPy arrays, real or complex.

With a complex argument x + ih (h tiny) the imaginary part of a result over h is the derivative, exact to rounding.
Operations with a kink (relu, abs, clip) decide by the real part.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, cast

import numpy as np

from gan_core.operations.ops import Ops
from gan_core.operations.workers import Workers


class NumpyOps:
    """See `gan_core.operations.ops.Ops`; float64 or complex128, whatever comes in; of one worker."""

    workers = Workers()

    def averaged(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        return list(arrays)

    def gathered(self, x: np.ndarray) -> np.ndarray:
        return x

    def constant(self, value: np.ndarray) -> np.ndarray:
        value = np.asarray(value)
        if value.dtype.kind == "c":
            return value
        return value.astype(np.int64 if value.dtype.kind in "iu" else np.float64)

    def arange(self, count: int) -> np.ndarray:
        return np.arange(count, dtype=np.int64)

    def exp(self, x: np.ndarray) -> np.ndarray:
        return np.exp(x)

    def log(self, x: np.ndarray) -> np.ndarray:
        return np.log(x)

    def sqrt(self, x: np.ndarray) -> np.ndarray:
        return np.sqrt(x)

    def abs(self, x: np.ndarray) -> np.ndarray:
        return x * np.sign(np.real(x))

    def relu(self, x: np.ndarray) -> np.ndarray:
        return np.where(np.real(x) > 0, x, 0.0)

    def tanh(self, x: np.ndarray) -> np.ndarray:
        return np.tanh(x)

    def sigmoid(self, x: np.ndarray) -> np.ndarray:
        small = np.exp(-self.abs(x))
        return np.where(np.real(x) >= 0, 1.0, small) / (1.0 + small)

    def softplus(self, x: np.ndarray) -> np.ndarray:
        size = np.where(np.real(x) >= 0, x, -x)
        return np.where(np.real(x) >= 0, x, 0.0) + np.log1p(np.exp(-size))

    def clip(self, x: np.ndarray, low: float, high: float) -> np.ndarray:
        return np.where(np.real(x) < low, low, np.where(np.real(x) > high, high, x))

    def sum(self, x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        return np.sum(x, axis=axes)

    def mean(self, x: np.ndarray) -> np.ndarray:
        return np.mean(x)

    def reshape(self, x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return np.reshape(x, shape)

    def concat(self, parts: Sequence[np.ndarray], axis: int) -> np.ndarray:
        return np.concatenate(parts, axis=axis)

    def split(self, x: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        return x[:count], x[count:]

    def matmul(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return x @ y

    def transpose(self, x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        return np.transpose(x, axes)

    def softmax(self, x: np.ndarray) -> np.ndarray:
        powers = np.exp(x - np.max(np.real(x), axis=-1, keepdims=True))
        return powers / np.sum(powers, axis=-1, keepdims=True)

    def detached(self, function: Callable[[], Any]) -> Any:
        return _real(function())

    def differentiable_leaf(self, x: np.ndarray) -> np.ndarray:
        return x

    def gradients(self, output: np.ndarray, inputs: Sequence[np.ndarray], *, differentiable: bool) -> NoReturn:
        raise NotImplementedError("NumPy keeps no tape: use complex_step.gradients")

    def bitwise_and(self, x: np.ndarray, y: np.ndarray | int) -> np.ndarray:
        return np.bitwise_and(x, y)

    def bitwise_xor(self, x: np.ndarray, y: np.ndarray | int) -> np.ndarray:
        return np.bitwise_xor(x, y)

    def shift_right(self, x: np.ndarray, bits: int) -> np.ndarray:
        return np.right_shift(x, bits)

    def at_least(self, x: np.ndarray, threshold: float) -> np.ndarray:
        return (np.real(x) >= threshold).astype(np.float64)

    def real(self, x: np.ndarray) -> np.ndarray:
        return x.astype(np.float64)


def _real(value: Any) -> Any:
    """The real parts, in tables and lists as they were: what is constant has no derivative."""
    if isinstance(value, Mapping):
        return {name: _real(part) for name, part in value.items()}
    return [_real(part) for part in value] if isinstance(value, list | tuple) else np.real(value)


NUMPY: Ops = cast("Ops", NumpyOps())  # NumPy's own types say more than the contract's, and other things
