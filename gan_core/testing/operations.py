"""Operations: each of `Ops` against NumPy, value and derivatives, and the bits of masks."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, cast

import numpy as np

from gan_core.contract.backend import Backend
from gan_core.operations.ops import Array, Ops
from gan_core.operations.random_bits import keep_mask
from gan_core.testing import complex_step
from gan_core.testing.cases import Case, expect_close, expect_equal
from gan_core.testing.numpy_ops import NUMPY

Expression = Callable[[Ops, Array], Array]

SHAPE = (4, 6)
MATRIX = np.random.default_rng(1).normal(0, 1, (6, 3))
DIRECTIONS = np.random.default_rng(2).uniform(-1, 1, (3, *SHAPE))
# distinct, on both sides of every kink (0, and the bounds of clip), at least .02 from it
MIXED = np.random.default_rng(3).permutation(np.linspace(-1.53, 1.47, 24)).reshape(SHAPE)
POSITIVE = np.random.default_rng(4).uniform(0.3, 3.0, SHAPE)

EXPRESSIONS: dict[str, tuple[Expression, np.ndarray]] = {
    "exp": (lambda ops, x: ops.exp(x), MIXED),
    "log": (lambda ops, x: ops.log(x), POSITIVE),
    "sqrt": (lambda ops, x: ops.sqrt(x), POSITIVE),
    "abs": (lambda ops, x: ops.abs(x), MIXED),
    "relu": (lambda ops, x: ops.relu(x), MIXED),
    "tanh": (lambda ops, x: ops.tanh(x), MIXED),
    "sigmoid": (lambda ops, x: ops.sigmoid(x), MIXED),
    "softplus": (lambda ops, x: ops.softplus(x), MIXED),
    "clip": (lambda ops, x: ops.clip(x, -0.5, 0.7), MIXED),
    "sum-none": (lambda ops, x: ops.sum(x, ()), MIXED),
    "sum-0": (lambda ops, x: ops.sum(x, (0,)), MIXED),
    "sum-1": (lambda ops, x: ops.sum(x, (1,)), MIXED),
    "sum-both": (lambda ops, x: ops.sum(x, (0, 1)), MIXED),
    "mean": (lambda ops, x: ops.mean(x), MIXED),
    "reshape": (lambda ops, x: ops.reshape(x, (3, 2, 4)), MIXED),
    "reshape-to-scalars": (lambda ops, x: ops.reshape(x, (24,)), MIXED),
    "concat-0": (lambda ops, x: ops.concat([x, x * x], 0), MIXED),
    "concat-1": (lambda ops, x: ops.concat([x * x, x, x], 1), MIXED),
    "matmul": (lambda ops, x: ops.matmul(x, ops.constant(MATRIX)), MIXED),
    "matmul-both": (lambda ops, x: ops.matmul(ops.reshape(x, (6, 4)), x), MIXED),
    "matmul-batches": (lambda ops, x: ops.matmul(ops.reshape(x, (2, 4, 3)), ops.reshape(x * x, (2, 3, 4))), MIXED),
    "transpose": (lambda ops, x: ops.transpose(ops.reshape(x, (2, 3, 4)), (2, 0, 1)) * 1.5, MIXED),
    "softmax": (lambda ops, x: ops.softmax(x * 3.0), MIXED),
    "softmax-of-batches": (lambda ops, x: ops.softmax(ops.reshape(x, (2, 3, 4))), MIXED),
    "plus": (lambda ops, x: 1.5 + x + ops.constant(POSITIVE), MIXED),
    "minus": (lambda ops, x: 1.5 - x - ops.constant(POSITIVE), MIXED),
    "negative": (lambda _, x: -x, MIXED),
    "times": (lambda _, x: 2.0 * x * x, MIXED),
    "divided": (lambda _, x: 1.0 / x + x / 3.0, POSITIVE),
    "power": (lambda _, x: x**3, MIXED),
    "slices": (lambda _, x: x[:2, 1:4] * x[2:, 3:6], MIXED),
    "broadcast": (lambda ops, x: x * ops.reshape(ops.sum(x, (1,)), (4, 1)), MIXED),
}
# where frameworks like to answer x, or nothing, for log(1 + eˣ)
FAR = np.array([-800.0, -40.0, -20.5, 0.0, 20.5, 40.0, 800.0])

INTEGERS = np.array([0, 1, 5, 2**16 + 3, 2**31 + 9, 2**32 - 1], np.int64)
BIT_EXPRESSIONS: dict[str, Expression] = {
    "bitwise_and": lambda ops, x: ops.bitwise_and(x, ops.constant(np.array([3, 1, 4, 2**16, 2**31, 2**32 - 1]))),
    "bitwise_xor": lambda ops, x: ops.bitwise_xor(x, ops.constant(np.array([3, 1, 4, 2**16, 2**31, 2**31]))),
    "bitwise_xor-array-of-one": lambda ops, x: ops.bitwise_xor(x, ops.constant(np.asarray(0xDEADBEEF))),
    "bitwise_and-number": lambda ops, x: ops.bitwise_and(x + x, 2**32 - 1),
    "bitwise_xor-number": lambda ops, x: ops.bitwise_xor(x, 0xDEADBEEF),
    "arange": lambda ops, x: ops.arange(x.shape[0]) + x,
    "shift_right": lambda ops, x: ops.shift_right(x, 15),
    "product-below-2**63": lambda _, x: x * 0x735A2D97,
    "sum-above-2**32": lambda _, x: x + x[5],
}


def scalar(ops: Ops, expression: Expression, x: Array) -> Array:
    """Return Σ y + ½ y², whose second derivative shows that of y."""
    y = expression(ops, x)
    return ops.sum(y + y * y * 0.5, tuple(range(len(y.shape))))


def differentiate(backend: Backend, expression: Expression, x: np.ndarray) -> dict[str, np.ndarray]:
    """Return the value, the gradient of `scalar`, and the gradient of that gradient's squared norm."""
    ops = backend.ops

    def function(given: Mapping[str, Any]) -> dict[str, Array]:
        leaf = ops.differentiable_leaf(given["x"])
        (first,) = ops.gradients(scalar(ops, expression, leaf), [leaf], differentiable=True)
        square = ops.sum(first * first, tuple(range(len(first.shape))))
        (second,) = ops.gradients(square, [leaf], differentiable=False)
        return {"value": expression(ops, given["x"]), "first": first, "second": second}

    return read(backend, backend.compile(function, [])({"x": x}))


def value_of(backend: Backend, expression: Expression, x: np.ndarray) -> np.ndarray:
    run = backend.compile(lambda given: {"value": expression(backend.ops, given["x"])}, [])
    return backend.to_numpy(run({"x": x})["value"])


def read(backend: Backend, arrays: Mapping[str, Array]) -> dict[str, np.ndarray]:
    return {name: backend.to_numpy(array) for name, array in arrays.items()}


def on_numpy(expression: Expression, x: np.ndarray) -> np.ndarray:
    """The value of an expression in NumPy."""
    return np.asarray(expression(NUMPY, cast("Any", x)))


def expected_derivatives(expression: Expression, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of `scalar`, and the slopes of its squared norm along `DIRECTIONS`."""

    def function(arrays: Mapping[str, np.ndarray]) -> complex:
        return complex(cast("Any", scalar(NUMPY, expression, cast("Any", arrays["x"]))))

    first = complex_step.gradients(function, {"x": x})["x"]
    slopes = [2 * complex_step.mixed(function, {"x": x}, {"x": first}, {"x": way}) for way in DIRECTIONS]
    return first, np.array(slopes)


def added_constant(value: np.ndarray, ops: Ops, x: Array) -> Array:
    """An array plus a constant."""
    return x + ops.constant(value)


def values_of_operations(backend: Backend) -> Iterator[Case]:
    """Values, dtypes of constants, and numbers that change from call to call."""

    def value(name: str) -> None:
        expression, x = EXPRESSIONS[name]
        expect_close(value_of(backend, expression, x), on_numpy(expression, x), "value", "value")

    def far() -> None:
        softplus = EXPRESSIONS["softplus"][0]
        for x, found, wanted in zip(FAR, value_of(backend, softplus, FAR), on_numpy(softplus, FAR), strict=True):
            expect_close(found, wanted, "relative", f"softplus at {x:g}")

    def halves() -> None:
        run = backend.compile(lambda given: dict(zip("ab", backend.ops.split(given["x"], 1), strict=True)), [])
        found = read(backend, run({"x": MIXED}))
        expect_close(found["a"], MIXED[:1], "exact", "the first rows")
        expect_close(found["b"], MIXED[1:], "exact", "the other rows")

    def constants() -> None:
        for value, wanted in ((np.ones(2, np.uint8), "int64"), (np.ones(2, np.float32), "float64")):
            found = value_of(backend, partial(added_constant, value), value)
            expect_equal(found.dtype.name, wanted, f"the dtype of a constant from {value.dtype}")

    def floats() -> None:
        run = backend.compile(lambda given: {"y": given["x"] * given["rate"]}, [])
        for rate in (0.1, 1e-3 / 3, 2.0):
            found = backend.to_numpy(run({"x": POSITIVE, "rate": rate})["y"])
            expect_close(found, POSITIVE * rate, "exact", f"an input that is the number {rate}")

    def read_at_once() -> None:
        numbers = [0.1, 1e-3 / 3, -2.0]
        expect_equal(backend.to_floats([ops.constant(np.asarray(number)) for number in numbers]), numbers, "values")

    ops = backend.ops
    yield from ((name, partial(value, name)) for name in EXPRESSIONS)
    yield from (("softplus far out", far), ("split", halves), ("constant", constants), ("numbers as inputs", floats))
    yield "several scalars read at once", read_at_once


def summed(expression: Expression, ops: Ops, x: Array) -> Array:
    """The sum of an expression of a vector."""
    return ops.sum(expression(ops, x), (0,))


def gradients_of_operations(backend: Backend) -> Iterator[Case]:
    """First and second gradients, kinks, constants, and what does not depend."""
    ops = backend.ops

    def derivatives(name: str) -> None:
        expression, x = EXPRESSIONS[name]
        found, (first, slopes) = differentiate(backend, expression, x), expected_derivatives(expression, x)
        expect_close(found["first"], first, "gradient", "gradient")
        expect_close(np.sum(found["second"] * DIRECTIONS, axis=(1, 2)), slopes, "second", "second gradient")

    def kinks() -> None:
        for name in ("relu", "abs"):
            slope = gradient_at(partial(summed, EXPRESSIONS[name][0], ops), np.zeros(3))
            expect_close(slope, np.zeros(3), "exact", f"the derivative of {name} at 0")

    def detached() -> None:
        slope = gradient_at(lambda x: ops.sum(x * ops.detached(lambda: x * x), (0, 1)), MIXED)
        expect_close(slope, MIXED * MIXED, "relative", "d/dx of x · constant(x²)")

    def independent() -> None:
        def function(given: Mapping[str, Any]) -> dict[str, Array]:
            x, y = ops.differentiable_leaf(given["x"]), ops.differentiable_leaf(given["y"])
            return {"y": ops.gradients(ops.sum(x * x, (0, 1)), [x, y], differentiable=False)[1]}

        found = read(backend, backend.compile(function, [])({"x": MIXED, "y": POSITIVE[:2]}))
        expect_close(found["y"], np.zeros((2, 6)), "exact", "the gradient at what the output does not depend on")

    def gradient_at(function: Callable[[Array], Array], x: np.ndarray) -> np.ndarray:
        def step(given: Mapping[str, Any]) -> dict[str, Array]:
            leaf = ops.differentiable_leaf(given["x"])
            return {"first": ops.gradients(function(leaf), [leaf], differentiable=False)[0]}

        return read(backend, backend.compile(step, [])({"x": x}))["first"]

    yield from ((name, partial(derivatives, name)) for name in EXPRESSIONS)
    yield from (("kinks", kinks), ("detached", detached), ("independent", independent))


def drawn_mask(shape: tuple[int, ...], rate: float, offsets: tuple[int, ...], ops: Ops, key: Array) -> Array:
    """The mask of a dropout layer."""
    return keep_mask(ops, key, "net/1/dropout", shape, rate, offsets)


def integers(backend: Backend) -> Iterator[Case]:
    """Operations on int64, and the masks that are made of them: the same bits as in NumPy."""

    def bits(name: str) -> None:
        found = value_of(backend, BIT_EXPRESSIONS[name], INTEGERS)
        expect_equal(found.dtype.name, "int64", "dtype")
        expect_equal(found.tolist(), on_numpy(BIT_EXPRESSIONS[name], INTEGERS).tolist(), "value")

    def threshold() -> None:
        found = value_of(backend, lambda ops, x: ops.at_least(x, 2**31 + 9), INTEGERS)
        expect_close(found, np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0]), "exact", "value")

    def masks() -> None:
        key, shape = np.array([12345, 2**32 - 7], np.int64), (4, 3, 5)
        for rate, offsets in ((0.1, (0,)), (0.5, (60,)), (0.9, (30, 2**33))):
            mask = partial(drawn_mask, shape, rate, offsets)
            expect_close(value_of(backend, mask, key), on_numpy(mask, key), "exact", f"a mask of the rate {rate}")

    yield from ((name, partial(bits, name)) for name in BIT_EXPRESSIONS)
    yield from (("at_least", threshold), ("masks", masks))
