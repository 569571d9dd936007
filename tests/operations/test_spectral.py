"""Spectral normalisation on NumPy: the singular value, its derivative, and the vector it starts from."""

import numpy as np
import pytest

from gan_core.errors import SpecError
from gan_core.experiments.initial_values import initial_values
from gan_core.operations.spectral import leading_singular_vector, singular_value
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.initializers import Orthogonal, Zeros
from gan_core.specs.networks import Input, Network
from gan_core.testing import complex_step
from gan_core.testing.numpy_ops import NumpyOps

LAYERS = [
    (L.Dense(units=5, spectral_norm=True), (3,)),
    (L.Dense(units=3, spectral_norm=True), (7,)),
    (L.Conv(channels=4, kernel=3, spectral_norm=True), (2, 5, 5)),
    (L.ConvTranspose(channels=4, kernel=3, spectral_norm=True), (2, 5, 5)),
]


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_the_initial_vector_gives_the_largest_singular_value_at_once(layer, shape):
    """Against NumPy's SVD; [out, rest] whichever axis of the weight is out."""
    plan = plan_network("net", Network(inputs={"x": Input(kind="data", shape=shape)}, layers=(layer,)))
    values = {name.rpartition(".")[2]: value for name, value in initial_values(plan, seed=1).items()}
    weight = np.moveaxis(values["weight"], 1, 0) if isinstance(layer, L.ConvTranspose) else values["weight"]
    matrix = weight.reshape(len(weight), -1)
    largest = np.linalg.svd(matrix, compute_uv=False)[0]

    for out_axis, turned in ((0, matrix), (1, matrix.T)):
        value, vector = singular_value(NumpyOps(), turned, values["singular_vector"], out_axis)
        np.testing.assert_allclose(value, largest, rtol=1e-13)
        np.testing.assert_allclose(vector, values["singular_vector"], atol=1e-13)
    assert values["singular_vector"][np.argmax(np.abs(values["singular_vector"]))] > 0


def test_power_iteration_converges_and_then_training_and_evaluation_agree():
    generator = np.random.default_rng(0)
    matrix, vector = generator.normal(0, 1, (4, 9)), generator.normal(0, 1, 4)

    for _ in range(200):
        value, vector = singular_value(NumpyOps(), matrix, vector, 0)

    np.testing.assert_allclose(value, np.linalg.svd(matrix, compute_uv=False)[0], rtol=1e-13)


def test_its_derivative_takes_both_vectors_for_constants():
    """dσ/dW = u' vᵀ, also where u is far from converged and σ's true derivative is another."""
    generator = np.random.default_rng(0)
    matrix, vector = generator.normal(0, 1, (3, 4)), generator.normal(0, 1, 3)
    v = matrix.T @ vector / np.linalg.norm(matrix.T @ vector)
    u = matrix @ v / np.linalg.norm(matrix @ v)

    found = complex_step.gradients(lambda given: singular_value(NumpyOps(), given["w"], vector, 0)[0], {"w": matrix})

    np.testing.assert_allclose(found["w"], np.outer(u, v), atol=1e-15)


def test_a_weight_of_zeros_is_refused():
    layer = L.Dense(units=2, spectral_norm=True, weight_init=Zeros())
    plan = plan_network("net", Network(inputs={"x": Input(kind="data", shape=(3,))}, layers=(layer,)))

    with pytest.raises(SpecError, match="spectral_norm: a weight that starts as zeros"):
        initial_values(plan, seed=0)


def test_the_sign_of_the_vector_is_settled():
    weight = np.random.default_rng(0).normal(0, 1, (3, 4))

    np.testing.assert_array_equal(
        leading_singular_vector({"weight": weight}, 0), leading_singular_vector({"weight": -weight}, 0)
    )


@pytest.mark.parametrize("shape", [(4, 9), (9, 4)])
def test_an_orthogonal_weight_starts_from_a_vector_without_zeros_on_either_side(shape):
    """Whatever the rounding of the weight: all of its singular values are 1, and any vector would do."""
    weight = Orthogonal().draw(np.random.default_rng(0), shape, 1, 1)
    moved = weight * (1 + 1e-15 * np.random.default_rng(1).standard_normal(shape))

    found, other = (leading_singular_vector({"weight": given}, 0) for given in (weight, moved))

    np.testing.assert_allclose(found, other, atol=1e-12)
    assert np.abs(found).min() > 1e-3
    assert np.abs(weight.T @ found).min() > 1e-3
