"""Every operation of the contract against NumPy: value, first and second derivative, and the bits of masks."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gan_core.contract.backend import Backend
from gan_core.operations.ops import Array
from gan_core.operations.random_bits import keep_mask
from gan_core.randomness import mask_key
from gan_core.testing import complex_step
from gan_core.testing.numpy_ops import NumpyOps
from gan_core.testing.operations import (
    BIT_EXPRESSIONS,
    DIRECTIONS,
    EXPRESSIONS,
    FAR,
    INTEGERS,
    MATRIX,
    MIXED,
    POSITIVE,
    SHAPE,
    differentiate,
    read,
    scalar,
    value_of,
)
from tolerances import assert_close


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_value_and_derivatives(backend64: Backend, name: str) -> None:
    expression, x = EXPRESSIONS[name]
    found = differentiate(backend64, expression, x)

    def function(arrays: Mapping[str, np.ndarray]) -> complex:
        return scalar(NumpyOps(), expression, arrays["x"])

    first = complex_step.gradients(function, {"x": x})["x"]
    slopes = [2 * complex_step.mixed(function, {"x": x}, {"x": first}, {"x": way}) for way in DIRECTIONS]
    assert_close(found["value"], expression(NumpyOps(), x), "value", "value")
    assert_close(found["first"], first, "gradient", "gradient")
    assert_close(np.sum(found["second"] * DIRECTIONS, axis=(1, 2)), np.array(slopes), "second", "second gradient")


def test_softplus_is_exact_everywhere(backend64: Backend) -> None:
    """log(1 + e⁻⁴⁰) = e⁻⁴⁰ to 17 digits; at 20.5 frameworks like to answer x, which is 1e-9 off."""
    value = value_of(backend64, lambda ops, x: ops.softplus(x), FAR)
    tiny = np.exp(-20.5) - np.exp(-41.0) / 2
    expected = np.array([0.0, np.exp(-40.0), tiny, np.log(2.0), 20.5 + tiny, 40.0, 800.0])
    for found, wanted in zip(value, expected, strict=True):
        assert_close(found, wanted, "relative")


@pytest.mark.parametrize("name", ["softplus", "sigmoid", "tanh"])
def test_derivatives_stay_finite_far_out(backend64: Backend, name: str) -> None:
    expression = EXPRESSIONS[name][0]
    found = differentiate(backend64, expression, FAR)
    assert all(np.isfinite(array).all() for array in found.values())


def test_softplus_derivative_is_exact_everywhere(backend64: Backend) -> None:
    """The sigmoid: e⁻⁴⁰ at −40, which a loss of a winning discriminator still has to feel."""
    ops = backend64.ops

    def function(given: Mapping[str, Any]) -> dict[str, Array]:
        leaf = ops.differentiable_leaf(given["x"])
        return {"first": ops.gradients(ops.sum(ops.softplus(leaf), (0,)), [leaf], differentiable=False)[0]}

    found = read(backend64, backend64.compile(function, [])({"x": FAR}))["first"]
    small = np.exp(-20.5)
    expected = [0.0, np.exp(-40.0), small / (1 + small), 0.5, 1 / (1 + small), 1.0, 1.0]
    for value, wanted in zip(found, expected, strict=True):
        assert_close(value, np.asarray(wanted), "relative")


@pytest.mark.parametrize("name", ["relu", "abs"])
def test_derivative_at_a_kink_is_0(backend64: Backend, name: str) -> None:
    expression = EXPRESSIONS[name][0]
    ops = backend64.ops

    def function(given: Mapping[str, Any]) -> dict[str, Array]:
        leaf = ops.differentiable_leaf(given["x"])
        return {"first": ops.gradients(ops.sum(expression(ops, leaf), (0,)), [leaf], differentiable=False)[0]}

    found = read(backend64, backend64.compile(function, [])({"x": np.zeros(3)}))["first"]
    assert_close(found, np.zeros(3), "exact")


def test_nothing_is_differentiated_through_detached(backend64: Backend) -> None:
    """d/dx of x · constant(x²) is x²."""
    ops = backend64.ops

    def function(given: Mapping[str, Any]) -> dict[str, Array]:
        leaf = ops.differentiable_leaf(given["x"])
        total = ops.sum(leaf * ops.detached(lambda: leaf * leaf), (0, 1))
        return {"first": ops.gradients(total, [leaf], differentiable=False)[0]}

    found = read(backend64, backend64.compile(function, [])({"x": MIXED}))["first"]
    assert_close(found, MIXED * MIXED, "relative")


@pytest.mark.parametrize("differentiable", [True, False])
def test_gradient_is_zeros_where_nothing_depends(backend64: Backend, differentiable: bool) -> None:
    ops = backend64.ops

    def function(given: Mapping[str, Any]) -> dict[str, Array]:
        x, y = ops.differentiable_leaf(given["x"]), ops.differentiable_leaf(given["y"])
        first, second = ops.gradients(ops.sum(x * x, (0, 1)), [x, y], differentiable=differentiable)
        return {"x": first, "y": second}

    found = read(backend64, backend64.compile(function, [])({"x": MIXED, "y": POSITIVE[:2]}))
    assert_close(found["x"], 2 * MIXED, "relative")
    assert_close(found["y"], np.zeros((2, 6)), "exact")


def test_second_gradient_is_zeros_of_a_linear_function(backend64: Backend) -> None:
    """The gradient of a constant gradient: a Wasserstein critic without hidden layers has one."""
    found = differentiate_linear(backend64)
    assert_close(found["first"], np.broadcast_to(MATRIX.sum(axis=1), SHAPE), "value")
    assert_close(found["second"], np.zeros(SHAPE), "exact")


def differentiate_linear(backend: Backend) -> dict[str, np.ndarray]:
    ops = backend.ops

    def function(given: Mapping[str, Any]) -> dict[str, Array]:
        leaf = ops.differentiable_leaf(given["x"])
        (first,) = ops.gradients(ops.sum(ops.matmul(leaf, given["m"]), (0, 1)), [leaf], differentiable=True)
        (second,) = ops.gradients(ops.sum(first * first, (0, 1)), [leaf], differentiable=False)
        return {"first": first, "second": second}

    return read(backend, backend.compile(function, [])({"x": MIXED, "m": MATRIX}))


def test_constant_keeps_integers_as_int64_and_casts_floats(backend64: Backend) -> None:
    ops = backend64.ops
    function = backend64.compile(
        lambda given: {
            "integers": ops.constant(np.array([1, 2**40], np.int64)),
            "small": ops.constant(np.array([3], np.uint8)),
            "floats": ops.constant(np.array([0.1], np.float32)),
            "given": given["x"],
        },
        [],
    )
    found = read(backend64, function({"x": np.array([5], np.int32)}))
    kinds = {name: array.dtype.name for name, array in found.items()}
    assert kinds == {"integers": "int64", "small": "int64", "floats": "float64", "given": "int64"}
    assert found["integers"].tolist() == [1, 2**40]


def test_a_float_may_change_from_call_to_call(backend64: Backend) -> None:
    """As the settings of an optimizer do, in full float64."""
    run = backend64.compile(lambda given: {"y": given["x"] * given["rate"]}, [])
    for rate in (0.1, 1e-3 / 3, 2.0):
        assert_close(backend64.to_numpy(run({"x": POSITIVE, "rate": rate})["y"]), POSITIVE * rate, "exact")


@pytest.mark.parametrize("name", BIT_EXPRESSIONS)
def test_integer_operations(backend64: Backend, name: str) -> None:
    found = value_of(backend64, BIT_EXPRESSIONS[name], INTEGERS)
    assert found.dtype == np.int64
    assert found.tolist() == BIT_EXPRESSIONS[name](NumpyOps(), INTEGERS).tolist()


def test_at_least_counts_the_threshold_itself(backend64: Backend) -> None:
    found = value_of(backend64, lambda ops, x: ops.at_least(x, 2**31 + 9), INTEGERS)
    assert found.dtype == np.float64
    assert found.tolist() == [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]


def mask_of(backend: Backend, key: np.ndarray, place: str, shape: tuple[int, ...], rate: float) -> np.ndarray:
    run = backend.compile(lambda given: {"mask": keep_mask(backend.ops, given["key"], place, shape, rate)}, [])
    return backend.to_numpy(run({"key": key})["mask"])


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5, 0.9])
def test_masks_have_the_same_bits_as_in_numpy(backend64: Backend, rate: float) -> None:
    key, shape = mask_key(0, "discriminator/masks", 5, 0), (16, 3, 8, 8)
    found = mask_of(backend64, key, "discriminator/1/dropout_1", shape, rate)
    assert np.array_equal(found, keep_mask(NumpyOps(), key, "discriminator/1/dropout_1", shape, rate))


def test_masks_of_both_dtypes_agree(backend64: Backend, backend32: Backend) -> None:
    key = mask_key(3, "generator/masks", 0, 1)
    double = mask_of(backend64, key, "generator/1/dropout_2", (1000,), 0.3)
    single = mask_of(backend32, key, "generator/1/dropout_2", (1000,), 0.3)
    assert single.dtype == np.float32
    assert np.array_equal(single, double)


def test_split_returns_both_halves_and_their_gradients(backend64):
    """Rows 0-1 weighted by 2 and rows 2-4 by 3: the gradient is those weights."""
    x = np.arange(10.0).reshape(5, 2)

    def unit(given):
        leaf = backend64.ops.differentiable_leaf(given["x"])
        first, rest = backend64.ops.split(leaf, 2)
        total = backend64.ops.mean(first) * 8.0 + backend64.ops.mean(rest) * 18.0  # 4 values weigh 2, 6 weigh 3
        return {"first": first, "rest": rest, "slope": backend64.ops.gradients(total, [leaf], differentiable=False)[0]}

    found = {name: backend64.to_numpy(value) for name, value in backend64.compile(unit, [])({"x": x}).items()}

    np.testing.assert_array_equal(found["first"], x[:2])
    np.testing.assert_array_equal(found["rest"], x[2:])
    np.testing.assert_allclose(found["slope"], [[2, 2], [2, 2], [3, 3], [3, 3], [3, 3]], rtol=0, atol=1e-15)
