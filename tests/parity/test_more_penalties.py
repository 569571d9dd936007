"""R1 and DRAGAN against their definitions, worked out for a linear critic whose gradient is known."""

import numpy as np
import pytest

from gan_core.objectives.penalties import R1, Dragan

W = np.array([[0.6], [-0.8], [1.2]])  # D(x) = x W: the gradient of every sample is W, its length √2.44


def evaluate(backend, penalty, draws):
    real = np.random.default_rng(1).standard_normal((5, 3))

    def unit(given):
        def critic(x):
            return backend.ops.matmul(x, given["weight"])

        value = penalty.evaluate(backend.ops, critic, given["real"], given["real"] * 0.5, given)
        (slope,) = backend.ops.gradients(value, [given["leaf"]], differentiable=False)
        return {"value": value, "slope": slope}

    def with_leaf(given):
        leaf = backend.ops.differentiable_leaf(given["weight"])
        return unit({**given, "weight": leaf, "leaf": leaf})

    result = backend.compile(with_leaf, [])({"real": real, "weight": W} | draws)
    return {name: backend.to_numpy(value) for name, value in result.items()}


def test_r1_is_half_the_squared_length_of_the_gradient(backend64):
    """½ |W|² = 1.22, and its derivative at W is W itself."""
    found = evaluate(backend64, R1(), {})

    assert float(found["value"]) == pytest.approx(1.22, abs=1e-14)
    np.testing.assert_allclose(found["slope"], W, rtol=0, atol=1e-14)


def test_dragan_pulls_the_length_of_the_gradient_to_1(backend64):
    """(|W| − 1)², whatever the noise, since the critic is linear; its derivative at W is 2 (|W| − 1) W / |W|."""
    random = np.random.default_rng(2)
    draws = {"dragan.mix": random.random(5), "dragan.noise": random.random((5, 3))}
    length = np.sqrt(2.44)

    found = evaluate(backend64, Dragan(), draws)

    assert float(found["value"]) == pytest.approx((length - 1) ** 2, abs=1e-12)
    np.testing.assert_allclose(found["slope"], 2 * (length - 1) * W / length, rtol=0, atol=1e-11)
