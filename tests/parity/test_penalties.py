"""The gradient penalty: each sample's own norm, and a derivative that matches the reference."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from gan_core.contract.backend import Backend, Call
from gan_core.objectives.penalties import GradientPenalty
from gan_core.operations.ops import Array
from gan_core.plans.plans import Plan, plan_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.testing import complex_step
from gan_core.testing.reference_layers import ReferenceNetwork
from gan_core.testing.subjects import of_layers
from tolerances import assert_close

CRITICS: dict[str, Network] = {
    "points-tanh": of_layers(L.Dense(units=5), L.Tanh(), L.Dense(units=1), shape=(2,)),
    "points-leaky": of_layers(
        L.Dense(units=6), L.LeakyReLU(), L.Dense(units=4), L.LeakyReLU(), L.Dense(units=1), shape=(2,)
    ),
    "images-elu": of_layers(
        L.Conv(channels=3, kernel=3, stride=2, padding=1), L.ELU(), L.Flatten(), L.Dense(units=1), shape=(2, 4, 4)
    ),
    "images-pool": of_layers(
        L.Conv(channels=2, kernel=2), L.Sigmoid(), L.AveragePool(size=3), L.Flatten(), L.Dense(units=1), shape=(1, 4, 4)
    ),
    "labels": Network(
        inputs={"sample": Input(kind="data", shape=(2,)), "label": Input(kind="label", classes=3)},
        layers=(
            L.Embedding(classes=3, units=2, inputs=("label",)),
            L.Concat(inputs=("sample", "embedding_1")),
            L.Dense(units=4),
            L.Tanh(),
            L.Dense(units=1),
        ),
    ),
}
COUNT = 4
REAL_STEP = 1e-4  # small enough that no leaky unit changes sides


class Critic:
    """A discriminator with weights, a batch, and the reference's answers."""

    def __init__(self, network: Network) -> None:
        generator = np.random.default_rng(7)
        self.plan: Plan = plan_network("discriminator", network)
        self.sample = network.input_of_kind("data") or ""
        self.values = {name: generator.normal(0, 0.8, plan.shape) for name, plan in self.plan.weights.items()}
        shape = (COUNT, *network.inputs[self.sample].shape)
        self.given = {"real": generator.normal(0, 1, shape), "fake": generator.normal(0, 1, shape)}
        self.given |= {"mix": generator.uniform(0, 1, COUNT), "label": generator.integers(0, 3, COUNT)}

    def inputs(self, given: Mapping[str, Array], sample: Array) -> dict[str, Array]:
        return {name: sample if name == self.sample else given["label"] for name in self.plan.inputs}

    def summed(self, arrays: Mapping[str, np.ndarray]) -> complex:
        """Return Σ D(x) for a batch "x" and weights."""
        call = Call(training=True, weights={name: arrays[name] for name in self.values}, random=None)
        network = ReferenceNetwork(self.plan, self.values)
        return network(self.inputs(self.given, arrays["x"]), call).sum()

    def mixed(self) -> dict[str, np.ndarray]:
        """Return x̂ as "x", with the weights."""
        mix = self.given["mix"].reshape(COUNT, *[1] * (self.given["real"].ndim - 1))
        return {"x": mix * self.given["real"] + (1 - mix) * self.given["fake"], **self.values}

    def norms(self) -> tuple[np.ndarray, np.ndarray]:
        """Return each sample's input gradient and its length."""
        arrays = self.mixed()
        gradient = complex_step.gradients(lambda x: self.summed({**arrays, **x}), {"x": arrays["x"]})["x"]
        return gradient, np.sqrt(np.sum(gradient.reshape(COUNT, -1) ** 2, axis=1))


@cache
def critic(name: str) -> Critic:
    return Critic(CRITICS[name])


def measure(
    backend: Backend, subject: Critic, given: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the penalty and its gradient at the weights, in canonical layout."""
    network, carrier = (backend.build_network(subject.plan, subject.values) for _ in range(2))
    call = Call(training=True, weights=None, random=None)

    def function(arrays: Mapping[str, Any]) -> dict[str, Array]:
        penalty = GradientPenalty().evaluate(
            backend.ops,
            lambda x: network(subject.inputs(arrays, x), call),
            arrays["real"],
            arrays["fake"],
            {"gradient_penalty.mix": arrays["mix"]},
        )
        gradients = backend.ops.gradients(penalty, list(network.weights().values()), differentiable=False)
        carrier.assign(dict(zip(network.weights(), gradients, strict=True)))
        return {"penalty": penalty}

    value = backend.to_numpy(backend.compile(function, [subject.plan])(given)["penalty"])
    return value, carrier.read()


@pytest.mark.parametrize("name", CRITICS)
def test_value_is_the_mean_over_samples_of_each_ones_own_excess(backend64: Backend, name: str) -> None:
    """Algorithm 1 of the paper: (‖∇D(x̂ₙ)‖ − 1)², averaged over n; 1e-12 under the root moves it by less than 1e-11."""
    _, norms = critic(name).norms()
    value, _ = measure(backend64, critic(name), critic(name).given)
    assert_close(value, np.mean((np.sqrt(norms**2 + 1e-12) - 1) ** 2), "gradient")


@pytest.mark.parametrize("name", CRITICS)
def test_weight_gradient_matches_differences_of_the_reference(backend64: Backend, name: str) -> None:
    """Along random directions: d/dθ of the mean excess is Σ vₙ · d/dθ ∇D(x̂ₙ), vₙ = 2 (1 − 1/‖gₙ‖) gₙ / N."""
    subject = critic(name)
    gradient, norms = subject.norms()
    lengths = np.sqrt(norms**2 + 1e-12).reshape(COUNT, *[1] * (gradient.ndim - 1))
    pull = 2 * (1 - 1 / lengths) * gradient / COUNT
    _, found = measure(backend64, subject, subject.given)
    generator = np.random.default_rng(8)
    for key, value in subject.values.items():
        way = generator.uniform(-1, 1, value.shape)
        wanted = complex_step.mixed(subject.summed, subject.mixed(), {"x": pull}, {key: way}, REAL_STEP)
        assert_close(np.sum(found[key] * way), wanted, "penalty", key)


def test_the_norm_is_not_that_of_the_whole_batch(backend64: Backend) -> None:
    """The penalty of a batch is the mean of the penalties of its samples one by one."""
    subject = critic("images-elu")
    whole, _ = measure(backend64, subject, subject.given)
    parts = [
        measure(backend64, subject, {key: value[n : n + 1] for key, value in subject.given.items()})[0]
        for n in range(COUNT)
    ]
    assert_close(whole, np.mean(parts), "gradient")


def test_a_flat_critic_gives_1_and_a_finite_gradient(backend64: Backend) -> None:
    """Where ∇D is 0 the root has no derivative; the penalty must not turn the weights into NaN."""
    subject = Critic(CRITICS["points-tanh"])
    subject.values = {name: np.zeros_like(value) for name, value in subject.values.items()}
    value, found = measure(backend64, subject, subject.given)
    assert_close(value, np.asarray((1e-6 - 1) ** 2), "gradient")
    assert all(np.isfinite(gradient).all() for gradient in found.values())
