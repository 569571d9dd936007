"""The operations over which losses, objectives, penalties and update rules are written, once for every framework."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

from gan_core.operations.workers import Workers


class Array(Protocol):
    """A framework's array as formulas see it: a shape, arithmetic with arrays and numbers, and slices, as NumPy's.

    Everything else is an operation of `Ops`.
    """

    @property
    def shape(self) -> Sequence[int]:
        """Length of each axis."""

    def __neg__(self) -> "Array": ...
    def __add__(self, other: "Array | float", /) -> "Array": ...
    def __radd__(self, other: "Array | float", /) -> "Array": ...
    def __sub__(self, other: "Array | float", /) -> "Array": ...
    def __rsub__(self, other: "Array | float", /) -> "Array": ...
    def __mul__(self, other: "Array | float", /) -> "Array": ...
    def __rmul__(self, other: "Array | float", /) -> "Array": ...
    def __truediv__(self, other: "Array | float", /) -> "Array": ...
    def __rtruediv__(self, other: "Array | float", /) -> "Array": ...
    def __pow__(self, other: "Array | float", /) -> "Array": ...
    def __getitem__(self, key: Any, /) -> "Array": ...


Scalar = Array | float  # a number, on the host or on the device
Arrays = TypeVar("Arrays", bound=Array | Sequence[Array] | Mapping[str, Array])


class Ops(Protocol):
    """The operations that losses and update rules may use. All are differentiable twice.

    workers: the processes that share each batch; a formula sees this worker's rows alone. The loss that is minimised is
    the mean of the workers' losses, so that a mean over samples needs no exchange.
    """

    workers: Workers

    def constant(self, value: np.ndarray) -> Array:
        """An array of the backend's dtype (integers stay int64) on its device."""

    def arange(self, count: int) -> Array:
        """0, 1, … count − 1, made on the device; int64."""

    def exp(self, x: Array) -> Array:
        """eˣ."""

    def log(self, x: Array) -> Array:
        """Natural logarithm."""

    def sqrt(self, x: Array) -> Array:
        """Square root."""

    def abs(self, x: Array) -> Array:
        """Absolute value; its derivative at 0 is 0."""

    def relu(self, x: Array) -> Array:
        """max(x, 0); its derivative at 0 is 0."""

    def tanh(self, x: Array) -> Array:
        """Hyperbolic tangent."""

    def sigmoid(self, x: Array) -> Array:
        """1 / (1 + e⁻ˣ)."""

    def softplus(self, x: Array) -> Array:
        """log(1 + eˣ), exact to the last digits for any x."""

    def clip(self, x: Array, low: float, high: float) -> Array:
        """min(max(x, low), high)."""

    def sum(self, x: Array, axes: tuple[int, ...]) -> Array:
        """Sum over `axes`, which disappear."""

    def mean(self, x: Array) -> Array:
        """Mean over everything, a scalar."""

    def reshape(self, x: Array, shape: tuple[int, ...]) -> Array:
        """The same values in another shape, last axis running fastest."""

    def concat(self, parts: Sequence[Array], axis: int) -> Array:
        """Arrays joined along an axis."""

    def split(self, x: Array, count: int) -> tuple[Array, Array]:
        """The first `count` rows and the others."""

    def matmul(self, x: Array, y: Array) -> Array:
        """Matrix product of [A, B] and [B, C], or of as many such pairs, [N, A, B] and [N, B, C]."""

    def transpose(self, x: Array, axes: tuple[int, ...]) -> Array:
        """The axes in another order: axis i of the result is axis `axes[i]` of x."""

    def softmax(self, x: Array) -> Array:
        """eˣ over its sum along the last axis, for any x."""

    def detached(self, function: Callable[[], Arrays]) -> Arrays:
        """The value of `function()` (an array, or a list or table of arrays) as constants.

        Neither what the function does nor what it returns, if made before, is differentiated through.
        """

    def differentiable_leaf(self, x: Array) -> Array:
        """The same values as an input that gradients can be taken at."""

    def gradients(self, output: Array, inputs: Sequence[Array], *, differentiable: bool) -> list[Array]:
        """Gradient of a scalar at each input (zeros where it does not depend on it).

        differentiable: whether the result will itself be differentiated.
        """

    def bitwise_and(self, x: Array, y: Array | int) -> Array:
        """Bits set in both; int64. A number stays one: no array of it comes from the host."""

    def bitwise_xor(self, x: Array, y: Array | int) -> Array:
        """Bits set in one; int64. A number stays one."""

    def shift_right(self, x: Array, bits: int) -> Array:
        """X // 2**bits for x ≥ 0; int64."""

    def at_least(self, x: Array, threshold: float) -> Array:
        """1 where x, integers or not, ≥ threshold, else 0, in the backend's dtype; its derivative is 0."""

    def real(self, x: Array) -> Array:
        """Integers as numbers of the backend's dtype, of which float32 holds those up to 2²⁴ exactly."""

    def averaged(self, arrays: Sequence[Array]) -> list[Array]:
        """Each array's mean over the workers, in one exchange; of one worker the arrays as they are.

        Differentiable as often as asked: its adjoint is itself. All workers call it in the same order.
        """

    def gathered(self, x: Array) -> Array:
        """The rows [N, …] of all workers, by rank; of one worker the array as it is. Differentiable likewise."""
