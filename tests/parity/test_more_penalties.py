"""R1, DRAGAN, drift and the divergence against their definitions, for a linear critic whose gradient is known."""

import numpy as np
import pytest

from gan_core.objectives.penalties import R1, Divergence, Dragan, Drift

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


def test_drift_is_the_mean_square_of_real_scores(backend64):
    """Mean (x W)², and its derivative at W is 2 mean x (x W)."""
    real = np.random.default_rng(1).standard_normal((5, 3))
    found = evaluate(backend64, Drift(), {})

    assert float(found["value"]) == pytest.approx(float(np.mean((real @ W) ** 2)), rel=1e-13)
    np.testing.assert_allclose(found["slope"], 2 * real.T @ (real @ W) / 5, rtol=1e-12)


@pytest.mark.parametrize("points", ["samples", "between"])
@pytest.mark.parametrize("power", [2.0, 6.0])
def test_the_divergence_is_a_power_of_the_length_of_the_gradient(backend64, points, power):
    """|W|^p wherever the points lie, since the critic is linear; its derivative at W is p |W|^(p − 2) W."""
    found = evaluate(
        backend64,
        Divergence(power=power, points=points),
        {"divergence.mix": np.random.default_rng(3).random(5)} if points == "between" else {},
    )

    assert float(found["value"]) == pytest.approx(2.44 ** (power / 2), rel=1e-13)
    np.testing.assert_allclose(found["slope"], power * 2.44 ** (power / 2 - 1) * W, rtol=1e-12)


def test_a_divergence_on_samples_is_the_mean_of_both_kinds(backend64):
    """For D(x) = Σ x³ / 3 the gradient is x²: ½ mean Σ x⁴ at the real samples, and as much at the halved ones."""
    real = np.random.default_rng(1).standard_normal((5, 3))
    ops = backend64.ops

    def unit(given):
        def critic(x):
            return ops.reshape(ops.sum(x * x * x, (1,)), (5, 1)) * (1 / 3)

        return {"value": Divergence(power=2.0).evaluate(ops, critic, given["real"], given["real"] * 0.5, {})}

    found = backend64.to_numpy(backend64.compile(unit, [])({"real": real})["value"])

    expected = 0.5 * np.mean(np.sum(real**4, axis=1)) * (1 + 0.5**4)
    assert float(found) == pytest.approx(expected, rel=1e-13)
