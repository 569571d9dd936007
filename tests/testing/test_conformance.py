"""The conformance suite itself: it finds nothing in a sound backend, and says in a line what is wrong with another."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gan_core.contract.backend import Call
from gan_core.contract.update_rules import DefinedOptimizer
from gan_core.errors import UsageError
from gan_core.specs import layers as L
from gan_core.testing import PARTS, check_backend
from gan_core.testing.layer_cases import CASES
from gan_core.testing.layers import CHOSEN
from gan_core.testing.numpy_backend import KeptArrays, Network, NumpyBackend
from gan_core.testing.numpy_ops import NumpyOps

WITHOUT_GRADIENTS = [part for part in PARTS if not part.startswith("gradients")]


class TooLargeOps(NumpyOps):
    """A softplus that is 1e-9 off, as one that answers x above 20 is."""

    def softplus(self, x: np.ndarray) -> np.ndarray:
        return super().softplus(x) + 1e-9


class TooLarge(NumpyBackend):
    ops: Any = TooLargeOps()


class ForgettingNetwork(Network):
    """Keeps no running statistics."""

    def call_with(self, node, weights, inputs, call: Call):
        return super().call_with(node, weights, inputs, Call(training=call.training, weights={}, random=call.random))


class Forgetting(NumpyBackend):
    def build_network(self, plan, weights: Mapping[str, np.ndarray]) -> Network:
        return ForgettingNetwork(plan, weights)


class ViewingNetwork(Network):
    """Gives out its arrays themselves."""

    def read(self) -> dict[str, np.ndarray]:
        return dict(self.kept)


class Viewing(NumpyBackend):
    def build_network(self, plan, weights: Mapping[str, np.ndarray]) -> Network:
        return ViewingNetwork(plan, weights)


class Wordy(NumpyBackend):
    def describe(self, verbose: bool = False) -> dict[str, str]:
        return super().describe()


class ForgetfulOptimizer(DefinedOptimizer):
    """Loads no state."""

    def load(self, values: Mapping[str, np.ndarray], updates: int) -> None:
        pass


class Forgetful(NumpyBackend):
    def build_optimizer(self, optimizer, networks) -> DefinedOptimizer:
        return ForgetfulOptimizer(optimizer, networks, self.ops, KeptArrays())


class Losing(NumpyBackend):
    """Writes one array too few."""

    def export_weights(self, plan, values, path) -> None:
        super().export_weights(plan, {name: value for name, value in values.items() if name != "dense_1.bias"}, path)


def test_a_sound_backend_has_no_failures():
    assert check_backend(NumpyBackend(), WITHOUT_GRADIENTS) == []


def test_what_a_backend_lacks_is_a_line_for_each_case():
    """NumPy keeps no tape, so that every case that differentiates fails, and none other."""
    failures = check_backend(NumpyBackend())

    assert {line.split(",")[0] for line in failures} == {"gradients of operations", "gradients of layers"}
    assert all(
        line.endswith("raised NotImplementedError: NumPy keeps no tape: use complex_step.gradients")
        for line in failures
    )


@pytest.mark.parametrize(
    ("backend", "part", "words"),
    [
        (TooLarge, "operations", ["operations, softplus: value: off by 1.00e-09", "operations, softplus far out"]),
        (Wordy, "members", ["members, Backend: describe(verbose), expected describe()"]),
        (
            Forgetting,
            "layers",
            ["batch_norm_1.running_mean: off by", "spectral-dense, output: output of call 2"],
        ),
        (Viewing, "layers", ["dense, round trip: dense_1.weight as it was read before others were loaded: off by"]),
        (Viewing, "optimizers", ["sgd, read and loaded: conv_1.weight as it was read before a later update: off by"]),
        (Forgetful, "optimizers", ["adam, read and loaded: conv_1.weight, gone on with: off by"]),
        (Losing, "weight files", ["weight files, round trip: raised UsageError", "lacks 'dense_1.bias'"]),
    ],
)
def test_a_broken_backend_is_told_what_is_wrong(backend, part, words):
    failures = check_backend(backend(), [part])

    assert all(len(line.splitlines()) == 1 for line in failures)
    for word in words:
        assert any(word in line for line in failures), failures


def test_other_parts_say_nothing_of_a_fault():
    assert check_backend(TooLarge(), ["members", "integers and masks", "variables"]) == []


def test_an_unknown_part_is_refused_with_the_nearest_one():
    with pytest.raises(UsageError, match="parts: unknown part 'layer'; did you mean 'layers'"):
        check_backend(NumpyBackend(), ["layer"])


def test_every_layer_is_among_the_cases():
    seen = {type(layer) for name in CHOSEN for layer in CASES[name].network.layers}

    assert seen == set(L.Layer.variants.values())


def test_the_listener_hears_of_each_part():
    heard: list[str] = []

    check_backend(NumpyBackend(), ["members", "variables"], tell=heard.append)

    assert heard == ["members", "variables"]
