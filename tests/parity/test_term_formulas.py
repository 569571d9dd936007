"""Formulas of terms against NumPy: values, slopes, and slopes of slopes."""

import numpy as np
import pytest

from gan_core.contract.backend import Backend
from gan_core.objectives.self_supervised_terms import information_loss
from gan_core.objectives.weight_terms import squared_products
from gan_core.operations.quarter_turns import quarter_numbers, quarter_turns

STEP = 1e-200  # of a complex step: exact, since nothing is subtracted


def information(places: np.ndarray, wholes: np.ndarray) -> tuple[complex, list[np.ndarray]]:
    """InfoNCE by loops over images and places, and its gradient at both; complex numbers pass through."""
    count, features = places.shape[:2]
    rows = places.reshape(count, features, -1)
    size = rows.shape[2]
    loss, at_rows, at_wholes = 0.0, np.zeros_like(rows), np.zeros_like(wholes)

    def spread(image: int, other: int, place: int, slope: complex) -> None:
        at_rows[other, :, place] += slope * wholes[image]
        at_wholes[image] += slope * rows[other, :, place]

    for image in range(count):
        others = [(other, place) for other in range(count) if other != image for place in range(size)]
        far = {key: np.exp(wholes[image] @ rows[key[0], :, key[1]]) for key in others}
        for place in range(size):
            near = np.exp(wholes[image] @ rows[image, :, place])
            whole = near + sum(far.values())
            loss -= np.log(near / whole) / (count * size)
            spread(image, image, place, (near / whole - 1) / (count * size))
            for (other, there), value in far.items():
                spread(image, other, there, value / whole / (count * size))
    return loss, [at_rows.reshape(places.shape), at_wholes]


def orthogonality(filters: np.ndarray) -> tuple[complex, list[np.ndarray]]:
    products = filters @ filters.T * (1 - np.eye(len(filters)))
    return (products**2).sum(), [4 * products @ filters]


def random(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.standard_normal(shape) for shape in shapes]


@pytest.mark.parametrize(
    ("formula", "reference", "arrays"),
    [
        (information_loss, information, random((4, 3, 2, 2), (4, 3))),
        (squared_products, orthogonality, random((4, 7))),
        (squared_products, orthogonality, random((5, 2))),
    ],
)
def test_a_formula_and_its_slopes_are_the_references(backend64: Backend, formula, reference, arrays) -> None:
    ops = backend64.ops
    along = [np.random.default_rng(1).standard_normal(array.shape) for array in arrays]

    def unit(given):
        leaves = [ops.differentiable_leaf(given[f"at_{place}"]) for place in range(len(arrays))]
        value = formula(ops, *leaves)
        slopes = ops.gradients(value, leaves, differentiable=True)
        rise = ops.constant(np.zeros(()))
        for place, slope in enumerate(slopes):
            axes = tuple(range(len(slope.shape)))
            rise = rise + ops.sum(slope * given[f"along_{place}"], axes)
        seconds = ops.gradients(rise, leaves, differentiable=False)
        named = {f"slope_{place}": slope for place, slope in enumerate(slopes)}
        return {"value": value, **named, **{f"second_{place}": second for place, second in enumerate(seconds)}}

    given = {f"at_{place}": array for place, array in enumerate(arrays)}
    given |= {f"along_{place}": array for place, array in enumerate(along)}
    found = {name: backend64.to_numpy(array) for name, array in backend64.compile(unit, [])(given).items()}

    value, slopes = reference(*arrays)
    _, stepped = reference(*(array + 1j * STEP * step for array, step in zip(arrays, along, strict=True)))
    np.testing.assert_allclose(found["value"], value, rtol=1e-13)
    for place, slope in enumerate(slopes):
        np.testing.assert_allclose(found[f"slope_{place}"], slope, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(found[f"second_{place}"], stepped[place].imag / STEP, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("count", [3, 6, 8])
def test_images_are_turned_by_quarters_in_the_order_of_the_batch(backend64: Backend, count: int) -> None:
    """With the reverse turn as gradient, which a product with the turned images shows."""
    images, other = random((count, 2, 3, 3), (count, 2, 3, 3))
    ops = backend64.ops

    def unit(given):
        leaf = ops.differentiable_leaf(given["images"])
        turned = quarter_turns(ops, leaf)
        (back,) = ops.gradients(ops.sum(turned * given["other"], (0, 1, 2, 3)), [leaf], differentiable=False)
        return {"turned": turned, "back": back, "numbers": ops.real(quarter_numbers(ops, given["images"]))}

    result = backend64.compile(unit, [])({"images": images, "other": other})
    found = {name: backend64.to_numpy(array) for name, array in result.items()}

    numbers = [4 * place // count for place in range(count)]
    turned = [np.rot90(image, number, (1, 2)) for image, number in zip(images, numbers, strict=True)]
    back = [np.rot90(image, -number, (1, 2)) for image, number in zip(other, numbers, strict=True)]
    np.testing.assert_array_equal(found["numbers"], numbers)
    np.testing.assert_array_equal(found["turned"], turned)
    np.testing.assert_array_equal(found["back"], back)
