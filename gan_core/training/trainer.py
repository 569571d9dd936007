"""The alternating loop, once: it walks over the phases and yields events.

Nothing in a step waits for the device: scalars stay there until a line is logged. They are kept for every step in
between, so that a loss that became NaN is reported at the step and phase where it happened.
"""

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gan_core.contract.backend import Backend, CompiledUnit
from gan_core.data.dataset import Dataset
from gan_core.errors import GanError, TrainingError, one_line
from gan_core.experiments.cost import step_multiply_adds
from gan_core.experiments.data_fit import check_data
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.experiments.initial_values import all_initial_values
from gan_core.operations.ops import Array
from gan_core.specs.interval import Interval
from gan_core.training.alternation import unit_function
from gan_core.training.events import (
    CheckpointDue,
    Event,
    RunEnded,
    RunStarted,
    RunStopped,
    SamplesDrawn,
    ScalarsRead,
    StepEnded,
)
from gan_core.training.feeding import Feeder
from gan_core.training.models import build_models
from gan_core.training.sampler import Sampler
from gan_core.training.scalar_log import ScalarLog
from gan_core.training.sharing import Agreement, averaged_table, check_shareable
from gan_core.training.state import State
from gan_core.training.timetable import Timetable

AGREED_EVERY = 50  # steps at the most between two questions of several workers whether one was asked to stop


class Trainer:
    """One experiment on one backend, alone or as one of several workers that share each batch.

    experiment, backend, dataset: as they were passed. workers: this one and the others, as the backend has joined them.
    step: the number of steps done.
    seconds: the seconds that these steps took, without callbacks.
    models: networks, optimizers and variables on the device.
    alternation: the order of updates.
    feeder: the inputs of the steps.
    sampler: new samples of the networks as they are now.
    scalars: the scalars of the steps so far.
    timetable: its epochs, and what is due when.
    reading: how often `ScalarsRead` is told, or None; it changes no line of metrics.
    """

    def __init__(
        self,
        experiment: Experiment,
        backend: Backend,
        dataset: Dataset,
        initial: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    ) -> None:
        """Stand before the first step.

        initial: network → weights and buffers in canonical layout, in place of the experiment's initial values. Raises
        `DataError` where the data do not fit the networks, and `UsageError` for epochs that never end.
        """
        check_data(experiment, dataset)
        self.experiment, self.backend, self.dataset = experiment, backend, dataset
        self.timetable = Timetable(experiment, len(dataset))
        self.timetable.check()
        self.alternation = self.timetable.alternation
        self.workers = backend.ops.workers
        check_shareable(experiment, self.workers, len(dataset))
        self.feeder = Feeder(experiment, dataset, self.alternation, self.workers)
        self.models = build_models(experiment, backend, initial or all_initial_values(experiment))
        self.sampler = Sampler(experiment, backend, dataset, self.models.networks)
        self.agreement = Agreement(backend)
        self.scalars = ScalarLog(self.timetable, self.agreement.floats)
        self.reading: Interval | None = None
        self.step = 0
        self.seconds = 0.0
        self._stop_requested = False
        self._compiled: dict[tuple[str, ...], CompiledUnit] = {}
        self._never_run: dict[int, str] = {}  # units by identity, with what they do

    def events(self) -> Iterator[Event]:
        """Train to the last step, yielding what happens. Raises `TrainingError` when a scalar is not finite."""
        experiment = self.experiment
        last = experiment.training.steps
        every = (experiment.logging, experiment.sampling, experiment.checkpoint)
        cost = step_multiply_adds(experiment)  # before the first step: after the last one nothing may go wrong
        yield RunStarted(
            experiment=experiment,
            dataset=self.dataset,
            environment=self.backend.describe() | {"limits": "; ".join(self.backend.limits)},
            first_step=self.step,
        )
        pending: list[tuple[int, float, dict[str, Array]]] = []
        started_step, started_seconds = self.step, 0.0
        while self.step < last:
            start = time.perf_counter()
            scalars = self.run_step()
            self.seconds += time.perf_counter() - start
            pending.append((self.step, self.seconds, scalars))
            if self.step == started_step + 2:
                started_seconds = self.seconds  # the first two steps hold the compiling
            log, sample, checkpoint = (self.timetable.due(interval, self.step) for interval in every)
            stopping = self._stopping(last, at_once=log or sample or checkpoint)
            checkpoint = checkpoint or stopping
            read = self.reading is not None and self.timetable.due(self.reading, self.step)
            if log or sample or checkpoint or read or self.step == 1:
                start = time.perf_counter()
                rows = self.scalars.lines(pending)
                self.seconds += time.perf_counter() - start
                yield from rows
                pending = []
            if read:
                yield ScalarsRead(step=self.step, scalars=self.scalars.values())
            if sample or checkpoint:
                self._agree_on_numbers(checkpoint)
            if sample and self.workers.rank == 0:
                yield SamplesDrawn(step=self.step, samples=self.sampler.sheet())
            if checkpoint:
                yield CheckpointDue(step=self.step, read=self.state)
            yield StepEnded(step=self.step)
            if stopping:
                yield RunStopped(step=self.step)
                return
        yield self._ended(self.step - started_step - 2, self.seconds - started_seconds, cost)

    def request_stop(self) -> None:
        """Have `events` end after the step that it is at, with a checkpoint. A signal's handler may call it."""
        self._stop_requested = True

    def _stopping(self, last: int, *, at_once: bool) -> bool:
        """Whether to stop after this step. A signal reaches workers at different steps, so that they have to agree.

        at_once: whether they exchange something at this step anyway.
        """
        asked = self._stop_requested and self.step < last  # asked once: a signal may come at any line
        if not self.workers.several:
            return asked
        due = self.step < last and (at_once or self.step % AGREED_EVERY == 0)
        return due and self.agreement.any(asked)

    def _agree_on_numbers(self, checkpoint: bool) -> None:
        """Have all workers hold the same running statistics, and see that all else is the same before it is written."""
        if self.workers.several and not self.workers.synchronised_batch_norm:
            for network in self.models.networks.values():
                network.assign(averaged_table(self.backend.ops, network.buffers()))
        if self.workers.several and checkpoint:
            self.agreement.check_alike(self.state())

    def run_step(self) -> dict[str, Array]:
        """Walk once over the phases that are due; return the scalars of each phase's last update, on the device."""
        scalars: dict[str, Array] = {}
        for unit, inputs in self.feeder.prepared(self.step, self._unit):
            scalars |= self._run(unit, inputs)
        self.step += 1
        self.scalars.note(self.step, scalars)
        return scalars

    def state(self) -> State:
        """Return all that changes, from the device."""
        return State(
            step=self.step,
            networks={name: network.read() for name, network in self.models.networks.items()},
            optimizers={name: optimizer.read() for name, optimizer in self.models.optimizers.items()},
            updates=self.feeder.updates_of_state(self.step),
            variables=self.models.variables.read(),
            scalars=self.scalars.rare(),
        )

    def load(self, state: State) -> None:
        """Go on from a state, of whatever backend."""
        for name, network in self.models.networks.items():
            network.load(state.networks[name])
        for name, optimizer in self.models.optimizers.items():
            optimizer.load(state.optimizers[name], state.updates[name])
        self.models.variables.load(state.variables)
        self.step = state.step
        self.scalars.restore(state.scalars)
        self.feeder.go_to(state.step, state.updates)

    def set_seconds(self, seconds: float) -> None:
        """Set the seconds that the steps so far took, to count on from there.

        They are no part of a `State`, since checkpoints of equal numbers are equal files, whatever time they took.
        """
        self.seconds = seconds

    def _unit(self, phases: tuple[Phase, ...]) -> CompiledUnit:
        """The compiled unit of some phases, the same at every step."""
        key = tuple(phase.name for phase in phases)
        if key not in self._compiled:
            unit = unit_function(self.experiment, phases, self.models)
            self._compiled[key] = self.backend.compile(unit, list(self.experiment.plans.values()))
            self._never_run[id(self._compiled[key])] = unit.__name__
        return self._compiled[key]

    def _run(self, unit: CompiledUnit, prepared: Any) -> dict[str, Array]:
        """Run a unit; what fails in its first run is told in a line, with the phases that it holds."""
        phases = self._never_run.pop(id(unit), None)
        if phases is None:
            return unit.run(prepared)
        try:
            return unit.run(prepared)
        except (GanError, MemoryError):
            raise
        except Exception as error:
            raise TrainingError(
                f"{phases} failed in the first update: {type(error).__name__}: {one_line(error)}; "
                "GAN_DEBUG=1 shows where; the run was stopped"
            ) from error

    def _ended(self, steps: int, seconds: float, cost: float | None) -> RunEnded:
        step_seconds = seconds / steps if steps > 0 else math.nan
        return RunEnded(
            step=self.step,
            seconds=self.seconds,
            step_seconds=step_seconds,
            gflops=math.nan if cost is None else 2 * cost / step_seconds / 1e9,
        )
