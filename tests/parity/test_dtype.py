"""A float32 backend computes in float32, and differs from float64 by rounding alone."""

import numpy as np
import pytest

from gan_core.contract.backend import Backend
from gan_core.specs.optimizers import Adam, Sgd
from gan_core.testing.layer_cases import CASES
from gan_core.testing.subjects import Subject
from tolerances import assert_close

NAMES = [
    "dense",
    "conv-k4-s2-p1+2",
    "conv_transpose-k3-s2-p1+None-o1",
    "batch_norm-unbiased-4d",
    "leaky_relu-.2-kinked-2d",
    "dropout-.3-4d",
    "embedding-concat-tanh",
    "max_pool-2-s1",
]


@pytest.mark.parametrize("name", NAMES)
def test_float32_is_float64_up_to_rounding(backend32: Backend, name: str) -> None:
    """Value, gradients and statistics, all of them float32 arrays."""
    subject = Subject(CASES[name].network, spread=CASES[name].spread)
    found, wanted = subject.measure(backend32), subject.expected()
    assert {array.dtype.name for array in [found.value, *found.gradients.values()]} == {"float32"}
    assert_close(found.value, wanted.value, "float32", "value")
    for key, gradient in wanted.gradients.items():
        assert_close(found.gradients[key], gradient, "float32", key)
    for key, statistic in wanted.statistics.items():
        assert_close(found.statistics[key], statistic, "float32", key)


@pytest.mark.parametrize("name", ["batch_norm-unbiased-4d", "batch_norm-plain-4d", "leaky_relu-.2-kinked-2d"])
def test_second_gradients_in_float32(backend32: Backend, name: str) -> None:
    """Of layers that a backend may run by another kernel than in float64."""
    subject = Subject(CASES[name].network, spread=CASES[name].spread)
    found = subject.measure_second(backend32)
    for key, slopes in subject.expected_second(subject.expected().gradients).items():
        assert_close(found[key], slopes, "float32", key)


@pytest.mark.parametrize("rule", [Adam(learning_rate=1e-3), Sgd(learning_rate=0.1, momentum=0.9)], ids=["adam", "sgd"])
def test_optimizers_keep_float32(backend32: Backend, rule: Adam | Sgd) -> None:
    subject = Subject(CASES["dense"].network)
    network = backend32.build_network(subject.plan, subject.values)
    optimizer = backend32.build_optimizer(rule, [network])

    def update(given: dict[str, object]) -> dict[str, object]:
        weights = list(network.weights().values())
        total = sum((backend32.ops.mean(weight * weight) for weight in weights), 0.0)
        optimizer.apply(backend32.ops.gradients(total, weights, differentiable=False), given)
        return {"total": total}

    backend32.compile(update, [subject.plan])(rule.settings(0))
    arrays = [*network.read().values(), *optimizer.read().values()]
    assert {array.dtype.name for array in arrays} == {"float32"}
    assert all(np.isfinite(array).all() for array in arrays)


def test_two_dtypes_live_side_by_side(backend64: Backend, backend32: Backend) -> None:
    """Opening one does not change the other."""
    subject = Subject(CASES["dense"].network)
    kinds = [subject.measure(backend).value.dtype.name for backend in (backend64, backend32, backend64)]
    assert kinds == ["float64", "float32", "float64"]


def test_description_names_the_backend_and_its_dtype(backend64: Backend, backend32: Backend) -> None:
    assert [backend.describe()["dtype"] for backend in (backend64, backend32)] == ["float64", "float32"]
    assert backend64.describe()["backend"] == backend64.name
