"""Units whose work is recorded once and carried out again: the same bits, on inputs that are really new.

A GPU records work without doing it. The recorder here does the same on the processor, where anybody can look: its
replay calls the function on the arrays that the first call had, and writes its results over those of the last one.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
import pytest

from gan_core.contract.backend import Backend
from gan_core.experiments.experiment import Experiment
from gan_core.presets.loading import load_experiment
from gan_core.specs.optimizers import ExponentialDecay
from gan_core.training.state import State
from gan_core.training.trainer import Trainer


class Repeating:
    """Carries recorded work out again on the processor. records: how often work was recorded."""

    def __init__(self) -> None:
        self.records = 0

    def run(self, work: Callable[[], Any]) -> Any:
        return work()

    def record(self, work: Callable[[], Any]) -> Callable[[], Any]:
        self.records += 1
        kept: list[Any] = []

        def replay() -> Any:
            names, joined, others = work()
            if not kept:
                kept.append((names, joined, others))
            elif joined is not None:
                kept[0][1].copy_(joined)
            for name, value in others.items():
                kept[0][2][name].copy_(value)
            return kept[0]

        return replay


class Refusing(Repeating):
    """Can record nothing."""

    def record(self, work: Callable[[], Any]) -> Callable[[], Any]:
        raise RuntimeError("operation not permitted when stream is capturing\nand much more")


@pytest.fixture
def unit_of(backend64: Backend) -> Callable[..., Any]:
    """A function and a recorder → the unit that a GPU would have."""
    if backend64.name != "torch":
        pytest.skip("a unit of PyTorch's")
    kernels = importlib.import_module("gan_backends.torch.kernels")
    return lambda function, recorder: kernels.Unit(function, backend64.ops, recorder)


class WithUnits:
    """A backend whose functions are compiled by another one."""

    def __init__(self, backend: Backend, compile_unit: Callable[..., Any]) -> None:
        self.backend, self.compile = backend, compile_unit

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)


def scheduled(name: str, steps: int) -> Experiment:
    """A preset in float64 whose learning rates fall at every update."""
    experiment = load_experiment(name, [f"training.steps={steps}", "training.dtype=float64"])
    schedule = ExponentialDecay(rate=0.5, every=5)
    players = {
        player: msgspec.structs.replace(one, optimizer=msgspec.structs.replace(one.optimizer, schedule=schedule))
        for player, one in experiment.players.items()
    }
    return msgspec.structs.replace(experiment, players=players)


def trained(experiment: Experiment, backend: Any) -> tuple[list[dict[str, float]], State]:
    """The scalars of each step, read when all are done, and the state at the end."""
    trainer = Trainer(experiment, backend, experiment.data.load(None))
    rows = [trainer.run_step() for _ in range(experiment.training.steps)]
    return [{key: float(backend.to_numpy(value)) for key, value in row.items()} for row in rows], trainer.state()


def arrays_of(state: State) -> dict[str, np.ndarray]:
    tables = {**state.networks, **state.optimizers, "variables": state.variables}
    return {f"{table}.{name}": array for table, arrays in tables.items() for name, array in arrays.items()}


@pytest.mark.parametrize(("name", "steps"), [("digits-mlp", 20), ("unrolled", 6), ("minibatch-discrimination", 4)])
def test_recorded_steps_give_the_bits_of_steps_as_they_are(
    name: str, steps: int, backend64: Backend, unit_of: Callable[..., Any]
) -> None:
    """Batch norm's statistics, fused Adam's and simulated updates' rates and counts, and constants all move on."""
    experiment, recorder = scheduled(name, steps), Repeating()
    rows, state = trained(experiment, backend64)
    recorded_rows, recorded_state = trained(
        experiment, WithUnits(backend64, lambda function, _: unit_of(function, recorder))
    )
    assert recorder.records > 0
    assert recorded_rows == rows
    for key, array in arrays_of(state).items():
        np.testing.assert_array_equal(arrays_of(recorded_state)[key], array, key)


def squares(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"rows": given["x"] * given["x"], "sum": (given["x"] * given["rate"]).sum(), "count": given["n"][0]}


def test_each_run_reads_its_own_inputs_and_its_results_stay(unit_of: Callable[..., Any]) -> None:
    unit = unit_of(squares, Repeating())
    inputs = [{"x": np.arange(6.0) + run, "rate": 0.5 + run, "n": np.array([run, 7])} for run in range(6)]
    prepared = [unit.prepare(one) for one in inputs]  # several ahead, as a training has it
    results = [unit.run(one) for one in prepared]
    for given, found in zip(inputs, results, strict=True):
        np.testing.assert_array_equal(found["rows"].numpy(), given["x"] ** 2)
        assert float(found["sum"]) == np.sum(given["x"] * given["rate"])
        assert int(found["count"]) == given["n"][0]


def test_inputs_of_other_shapes_have_a_recording_of_their_own(unit_of: Callable[..., Any]) -> None:
    recorder = Repeating()
    unit = unit_of(squares, recorder)
    for run in range(8):
        given = {"x": np.arange(3.0 + run % 2), "rate": 2.0, "n": np.array([run])}
        assert float(unit(given)["sum"]) == 2 * np.sum(given["x"])
    assert recorder.records == 2


def test_what_cannot_be_recorded_runs_as_it_is_and_says_so_once(
    unit_of: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    unit = unit_of(squares, Refusing())
    for run in range(5):
        found = unit({"x": np.ones(3), "rate": float(run), "n": np.array([run])})
        assert float(found["sum"]) == 3 * run
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("gan: note: squares cannot be recorded and is launched kernel by kernel: operation not")


def test_without_a_recorder_every_run_is_carried_out_as_it_is(unit_of: Callable[..., Any]) -> None:
    unit = unit_of(squares, None)
    for run in range(4):
        assert float(unit({"x": np.ones(3), "rate": float(run), "n": np.array([run])})["sum"]) == 3 * run
