"""A run, opened: drawing samples of it takes its networks and nothing else."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gan_core.operations.workers import ONE_WORKER
from gan_core.runs.opened import OpenedRun
from gan_core.training import feeding
from gan_core.training.machine import Machine
from gan_core.training.state import State

RELEASED = Path(__file__).parents[1] / "fixtures" / "run-format-1"


class Network:
    """Notes what it was built from; all values of its samples are its first weight."""

    def __init__(self, plan, values) -> None:
        self.plan, self.values = plan, values

    def outputs(self, inputs, call):
        assert not call.training
        size = self.values["dense_1.weight"].ravel()[0]
        return {self.plan.output: np.full((len(inputs["z"]), *self.plan.output_shape), size)}


class Unit:
    def __init__(self, function) -> None:
        self.function = function

    def __call__(self, inputs):
        return self.function(inputs)


MACHINE = Machine(backend="torch")


class SamplingBackend:
    """A backend that can build networks and run them. Whatever else is asked of it is an error."""

    def __init__(self) -> None:
        self.built: list[str] = []
        self.ops = SimpleNamespace(workers=ONE_WORKER)

    def build_network(self, plan, values) -> Network:
        self.built.append(plan.name)
        return Network(plan, values)

    def compile(self, function, plans) -> Unit:
        return Unit(function)

    def to_numpy(self, array) -> np.ndarray:
        return array

    def build_optimizer(self, optimizer, networks):
        raise AssertionError("samples need no optimizer")

    def build_variables(self, initial):
        raise AssertionError("samples need no variables")


@pytest.fixture
def backend(monkeypatch) -> SamplingBackend:
    backend = SamplingBackend()
    monkeypatch.setattr("gan_core.training.machine.load_backend", lambda *_, **__: backend)

    def feeds(*arguments):
        raise AssertionError("samples need no batches and no reader")

    monkeypatch.setattr(feeding.Feeder, "__init__", feeds)
    monkeypatch.setattr(feeding, "batches_of", feeds)
    return backend


def test_new_samples_need_no_optimizer_no_batches_and_no_reader(backend) -> None:
    run = OpenedRun(RELEASED)
    samples = run.sampler_on(MACHINE).sample(16, "sample 0", None)

    weight = run.state().networks["generator"]["dense_1.weight"].ravel()[0]
    np.testing.assert_array_equal(samples, np.full((16, *run.experiment.sample_shape), weight))


def test_networks_that_are_not_sampled_are_not_built(backend) -> None:
    OpenedRun(RELEASED).sampler_on(MACHINE)

    assert backend.built == ["generator"]


def test_a_sampler_stands_at_the_state_that_it_is_told(backend) -> None:
    run = OpenedRun(RELEASED)
    state = State(step=0, networks={"generator": {"dense_1.weight": np.full(1, 7.0)}}, optimizers={}, updates={})
    samples = run.sampler_on(MACHINE, state).sample(2, "sample 0", None)

    assert (samples == 7.0).all()


def test_the_same_purpose_gives_the_same_latents(backend) -> None:
    sampler = OpenedRun(RELEASED).sampler_on(MACHINE)
    one, again, another = (sampler.sampling_inputs("generator", 5, purpose, None)["z"] for purpose in "aab")

    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, another)
