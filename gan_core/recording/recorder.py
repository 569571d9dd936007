"""`Ops` whose arrays are recorded values: a formula that runs on it leaves what it did, in order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np

from gan_core.errors import SpecError
from gan_core.operations.workers import Workers
from gan_core.recording.author_names import author_names
from gan_core.recording.sizes import follows_from_batch
from gan_core.recording.values import SOURCES, Shape, Value, broadcast


class Recorder:
    """Records what runs on it; see `gan_core.operations.ops.Ops` for its operations.

    values: all that was made, in order. Operations that work on each number by itself share `_each`.
    """

    workers = Workers()

    def __init__(self) -> None:
        self.values: list[Value] = []
        self._constant = 0
        self._paused = False

    # --- making values

    def made(self, word: str, operands: tuple[Any, ...], shape: Shape, *, integer: bool = False) -> Value:
        """Record one value; see `Value`."""
        value = Value(
            self,
            tuple(shape),
            word,
            operands,
            author_names(of_a_call=word == "call"),
            integer=integer,
            constant=self._constant > 0,
        )
        if not self._paused:
            self.values.append(value)
        return value

    def joined(self, word: str, one: Any, other: Any) -> Value:
        """Record an operation on two arrays, or on an array and a number."""
        shapes = [part.shape for part in (one, other) if isinstance(part, Value)]
        integer = all(part.integer if isinstance(part, Value) else isinstance(part, int) for part in (one, other))
        return self.made(word, (one, other), broadcast(*shapes), integer=integer)

    def sliced(self, value: Value, key: tuple[Any, ...]) -> Value:
        """Record a slice; key: whole numbers and slices, an entry an axis from the first on."""
        shape: list[int] = []
        for axis, size in enumerate(value.shape):
            entry = key[axis] if axis < len(key) else slice(None)
            if isinstance(entry, slice):
                shape.append(_length(entry, size))
            elif not isinstance(entry, int):
                raise SpecError(f"a formula picks values by {entry!r}; only numbers and slices can be written out")
        if all(
            isinstance(entry, slice) and _is_whole(entry, size) for entry, size in zip(key, value.shape, strict=False)
        ):
            return value
        return self.made("slice", (value, key), tuple(shape), integer=value.integer)

    def whole(self, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Record a known function as one operation, whose result has the shape that the function's own would have."""
        with self._apart():
            result = function(self, *arguments)
        if isinstance(result, Value):
            return self.made(name, arguments, result.shape, integer=result.integer)
        call = self.made(name, arguments, ())
        return tuple(self.made("item", (call, place), part.shape) for place, part in enumerate(result))

    @contextmanager
    def _apart(self) -> Iterator[None]:
        paused, self._paused = self._paused, True
        yield
        self._paused = paused

    # --- the operations

    def averaged(self, arrays: Sequence[Value]) -> list[Value]:
        """Return the arrays: a formula is that of one worker."""
        return list(arrays)

    def gathered(self, x: Value) -> Value:
        """Return the rows of one worker."""
        return x

    def constant(self, value: np.ndarray) -> Value:
        """Record an array of numbers."""
        value = np.asarray(value)
        return self.made("constant", (value,), value.shape, integer=value.dtype.kind in "iu")

    def arange(self, count: int) -> Value:
        """Record the numbers from 0 on."""
        return self.constant(np.arange(count, dtype=np.int64))

    def _each(self, word: str, x: Value, *more: Any) -> Value:
        return self.made(word, (x, *more), x.shape, integer=x.integer)

    def exp(self, x: Value) -> Value:
        """Record eˣ."""
        return self._each("exp", x)

    def log(self, x: Value) -> Value:
        """Record the natural logarithm."""
        return self._each("log", x)

    def sqrt(self, x: Value) -> Value:
        """Record the square root."""
        return self._each("sqrt", x)

    def abs(self, x: Value) -> Value:
        """Record the absolute value."""
        return self._each("abs", x)

    def relu(self, x: Value) -> Value:
        """Record max(x, 0)."""
        return self._each("relu", x)

    def tanh(self, x: Value) -> Value:
        """Record the hyperbolic tangent."""
        return self._each("tanh", x)

    def sigmoid(self, x: Value) -> Value:
        """Record 1 / (1 + e⁻ˣ)."""
        return self._each("sigmoid", x)

    def softplus(self, x: Value) -> Value:
        """Record log(1 + eˣ)."""
        return self._each("softplus", x)

    def softmax(self, x: Value) -> Value:
        """Record the softmax along the last axis."""
        return self._each("softmax", x)

    def clip(self, x: Value, low: float, high: float) -> Value:
        """Record min(max(x, low), high)."""
        return self._each("clip", x, low, high)

    def sum(self, x: Value, axes: tuple[int, ...]) -> Value:
        """Record a sum over axes."""
        shape = tuple(size for axis, size in enumerate(x.shape) if axis not in axes)
        return self.made("sum", (x, tuple(axes)), shape) if axes else x

    def mean(self, x: Value) -> Value:
        """Record a mean over everything."""
        return self.made("mean", (x,), ())

    def reshape(self, x: Value, shape: tuple[int, ...]) -> Value:
        """Record another shape, −1 worked out."""
        return self.made("reshape", (x,), _filled(x.shape, tuple(shape)), integer=x.integer)

    def concat(self, parts: Sequence[Value], axis: int) -> Value:
        """Record arrays joined along an axis."""
        parts = [part for part in parts if part.shape[axis] != 0]
        if len(parts) == 1:
            return parts[0]
        shape = list(parts[0].shape)
        for part in parts[1:]:
            shape[axis] = shape[axis] + part.shape[axis]
        return self.made("concat", (tuple(parts), axis), tuple(shape), integer=parts[0].integer)

    def split(self, x: Value, count: int) -> tuple[Value, Value]:
        """Record the first rows and the others."""
        call = self.made("split", (x, count), ())
        rest = x.shape[0] - count
        first = self.made("item", (call, 0), (count, *x.shape[1:]), integer=x.integer)
        return first, self.made("item", (call, 1), (rest, *x.shape[1:]), integer=x.integer)

    def matmul(self, x: Value, y: Value) -> Value:
        """Record a matrix product."""
        return self.made("matmul", (x, y), (*x.shape[:-1], y.shape[-1]))

    def transpose(self, x: Value, axes: tuple[int, ...]) -> Value:
        """Record another order of axes."""
        return self.made("transpose", (x, tuple(axes)), tuple(x.shape[axis] for axis in axes))

    def detached(self, function: Callable[[], Any]) -> Any:
        """Record what a function makes as constants."""
        self._constant += 1
        try:
            made = function()
        finally:
            self._constant -= 1
        return self._constants(made)

    def differentiable_leaf(self, x: Value) -> Value:
        """Record an array that gradients are taken at."""
        return self.made("leaf", (x,), x.shape)

    def gradients(self, output: Value, inputs: Sequence[Value], *, differentiable: bool) -> list[Value]:
        """Record the gradients of a scalar at inputs."""
        call = self.made("gradients", (output, tuple(inputs), differentiable), ())
        return [self.made("item", (call, place), part.shape) for place, part in enumerate(inputs)]

    def simulated_updates(
        self, network: Any, state: Any, loss_of: Callable[[Mapping[str, Value]], Value], count: int
    ) -> dict[str, Value]:
        """Record updates of a network that are only simulated, by the loss of weights that stand for any."""
        name, weights = network.plan.name, network.plan.weights
        given = {key: self.made("given_weight", (name, key), plan.shape) for key, plan in weights.items()}
        call = self.made("simulated_updates", (name, state.player, loss_of(given), count), ())
        return {key: self.made("simulated", (call, key), plan.shape) for key, plan in weights.items()}

    def bitwise_and(self, x: Value, y: Value | int) -> Value:
        """Record the bits set in both."""
        return self.joined("bitwise_and", x, y)

    def bitwise_xor(self, x: Value, y: Value | int) -> Value:
        """Record the bits set in one."""
        return self.joined("bitwise_xor", x, y)

    def shift_right(self, x: Value, bits: int) -> Value:
        """Record x // 2**bits."""
        return self._each("shift_right", x, bits)

    def at_least(self, x: Value, threshold: float) -> Value:
        """Record 1 where x ≥ threshold, else 0."""
        return self.made("at_least", (x, threshold), x.shape)

    def real(self, x: Value) -> Value:
        """Record integers as numbers of the framework's own precision."""
        return self.made("real", (x,), x.shape)

    def _constants(self, made: Any) -> Any:
        if isinstance(made, Value):
            known = (made.word in SOURCES and made.word != "weight") or made.word == "detach"
            return made if known else self.made("detach", (made,), made.shape, integer=made.integer)
        if isinstance(made, Mapping):
            return {name: self._constants(part) for name, part in made.items()}
        return [self._constants(part) for part in made] if isinstance(made, list | tuple) else made


def _filled(before: Shape, shape: Shape) -> Shape:
    """A shape with its −1 worked out from the shape before."""
    if -1 not in shape:
        return shape
    place = shape.index(-1)
    known = shape[:place] + shape[place + 1 :]
    batch = [size for size in before if follows_from_batch(size)]
    if batch and not any(follows_from_batch(size) for size in known):
        rest = prod(int(size) for size in before if size is not batch[0])
        others = prod(map(int, known))
        if rest == others:
            return (*shape[:place], batch[0], *shape[place + 1 :])
        if rest % others == 0:
            return (*shape[:place], batch[0] * (rest // others), *shape[place + 1 :])
    size = prod(map(int, before)) // prod(map(int, known))
    return (*shape[:place], size, *shape[place + 1 :])


def _is_whole(entry: slice, size: int) -> bool:
    return entry.start in (None, 0) and entry.step in (None, 1) and entry.stop in (None, size)


def _length(entry: slice, size: int) -> int:
    """The number of places that a slice of an axis of `size` has."""
    if _is_whole(entry, size):
        return size
    start, stop, step = entry.indices(int(size))
    if entry.start in (None, 0) and step == 1 and follows_from_batch(entry.stop) and stop == entry.stop:
        stop_in_words: int = entry.stop
        return stop_in_words
    return len(range(start, stop, step))
