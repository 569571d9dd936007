"""The alternating loop, once: it walks the phases, feeds them, and yields events.

Nothing in a step waits for the device: scalars stay there until a line is logged. They are kept for every step in
between, so that a loss that became NaN is reported at the step and phase where it happened.
"""

import math
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from gan_core import randomness
from gan_core.contract.backend import Backend, Call, CompiledUnit
from gan_core.data.dataset import Batches, Dataset
from gan_core.errors import GanError, TrainingError, one_line
from gan_core.experiments.cost import step_multiply_adds
from gan_core.experiments.data_fit import check_data
from gan_core.experiments.domain_shapes import data_input
from gan_core.experiments.experiment import Experiment, Phase, Training
from gan_core.experiments.initial_values import all_initial_values, initial_variables
from gan_core.experiments.translations import domain_read
from gan_core.objectives.context import Draw
from gan_core.operations.ops import Array
from gan_core.specs.layers import Dropout
from gan_core.specs.networks import condition_of
from gan_core.specs.optimizers import Aged
from gan_core.training.alternation import Alternation, Models, unit_function
from gan_core.training.events import CheckpointDue, Event, RunEnded, RunStarted, RunStopped, SamplesDrawn, StepEnded
from gan_core.training.scalar_log import ScalarLog
from gan_core.training.state import State

SAMPLE_CHUNK = 250
PREPARED_BYTES = 4 * 2**20
Block = list[list[tuple[CompiledUnit, dict[str, np.ndarray | float]]]]  # a list of units for each step


class Trainer:
    """One experiment on one backend. Raises `DataError` where the data do not fit the networks."""

    def __init__(
        self,
        experiment: Experiment,
        backend: Backend,
        dataset: Dataset,
        initial: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    ) -> None:
        check_data(experiment, dataset)
        training = experiment.training
        self.experiment, self.backend, self.dataset = experiment, backend, dataset
        self.dtype = np.dtype(training.dtype)
        self.batches = Batches(dataset, training.batch_size, training.seed, training.order, training.dtype)
        self.other_batches = other_batches(training, dataset)
        self.alternation = Alternation(experiment)
        self._optimizers: dict[str, Any] = {name: player.optimizer for name, player in experiment.players.items()}
        self._earlier = dict.fromkeys(experiment.players, 0)  # age of a player's optimizer state less its updates here
        self.needs_masks = any(
            isinstance(node.layer, Dropout) for plan in experiment.plans.values() for node in plan.nodes
        )
        self.models = build_models(experiment, backend, initial or all_initial_values(experiment))
        self._compiled: dict[tuple[str, ...], CompiledUnit] = {}
        self._never_run: dict[int, str] = {}  # units by identity, with what they do
        self._prepared: deque[list[tuple[CompiledUnit, Any]]] = deque()
        self._reader = ThreadPoolExecutor(1)
        self._ahead: Future[Block] | None = None
        self._samplers: dict[str, Any] = {}
        self.scalars = ScalarLog(experiment, backend.to_numpy)
        self.step = 0
        self.seconds = 0.0
        self.stop_requested = False

    def events(self) -> Iterator[Event]:
        """Train to the last step, yielding what happens. Raises `TrainingError` when a scalar is not finite.

        Whoever sets `stop_requested` (a signal's handler may) has it end after the step it is at, with a checkpoint.
        """
        experiment = self.experiment
        last = experiment.training.steps
        every = (experiment.logging.every_steps, experiment.sampling.every_steps, experiment.checkpoint.every_steps)
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
            stopping = self.stop_requested and self.step < last  # asked once: a signal may come at any line
            log, sample, checkpoint = (self.step % interval == 0 or self.step == last for interval in every)
            checkpoint = checkpoint or stopping
            if log or sample or checkpoint or self.step == 1:
                start = time.perf_counter()
                rows = self.scalars.lines(pending)
                self.seconds += time.perf_counter() - start
                yield from rows
                pending = []
            if sample:
                yield SamplesDrawn(step=self.step, samples=self.sheet())
            if checkpoint:
                yield CheckpointDue(step=self.step, read=self.state)
            yield StepEnded(step=self.step)
            if stopping:
                yield RunStopped(step=self.step)
                return
        yield self._ended(self.step - started_step - 2, self.seconds - started_seconds, cost)

    def run_step(self) -> dict[str, Array]:
        """Walk once over the phases that are due; return the scalars of each phase's last update, on the device."""
        if not self._prepared:
            self._prepare_steps()
        scalars: dict[str, Array] = {}
        for unit, inputs in self._prepared.popleft():
            scalars |= self._run(unit, inputs)
        self.step += 1
        self.scalars.note(self.step, scalars)
        return scalars

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

    def _prepare_steps(self) -> None:
        """Bring the inputs of the next steps to the device, and have those after them drawn meanwhile.

        Several at once, since between two steps this code would find the processor's caches full of weights, and take
        five times as long.
        """
        ahead = self._ahead or self._reader.submit(self._block, self.step)
        block = ahead.result()
        for inputs in block:
            self._prepared.append([(unit, unit.prepare(given)) for unit, given in inputs])
        self._ahead = self._reader.submit(self._block, self.step + len(block))

    def _block(self, first: int) -> Block:
        """Return the inputs of some steps from `first` on, as many as `PREPARED_BYTES` hold; run by the reader."""
        used = 0
        block: Block = []
        while not block or (used < PREPARED_BYTES and first + len(block) < self.experiment.training.steps):
            block.append(list(self._inputs_at(first + len(block))))
            arrays = [value for _, given in block[-1] for value in given.values() if isinstance(value, np.ndarray)]
            used += sum(array.nbytes for array in arrays)
        return block

    def _inputs_at(self, step: int) -> Iterator[tuple[CompiledUnit, dict[str, np.ndarray | float]]]:
        """Yield the units of a step in order, each with all that it needs from outside."""
        updates = {player: self.alternation.updates_before(player, step) for player in self.experiment.players}
        batch = self.alternation.batches_before(step)
        for phases, repeats in self.alternation.units(self.alternation.phases_at(step)):
            unit = self._unit(phases)
            for part in range(repeats):
                inputs: dict[str, np.ndarray | float] = {}
                for position, phase in enumerate(phases):
                    given = self._given(phase, step, part, batch, updates)
                    inputs |= {f"{position}/{name}": value for name, value in given.items()}
                    updates[phase.player] += 1
                    batch += self.alternation.needs_real(phase)
                yield unit, inputs

    def sheet(self) -> np.ndarray:
        """Return the samples of the run's sheets, [rows · columns, *shape]; translations beside what they were."""
        sampling = self.experiment.sampling
        count = sampling.rows * sampling.columns
        if self._shows_pairs():
            return self._pairs(-(-count // 2))[:count]
        return self.sample(count, "sheet", np.repeat(np.arange(sampling.rows), sampling.columns))

    def _shows_pairs(self) -> bool:
        """Whether what the sampling networks read can stand beside what they make: images of one size."""
        shape = self.experiment.sample_shape
        plans = [self.experiment.plans[network] for network in self.experiment.sampled]
        read = [plan.inputs[name].shape for plan in plans if (name := data_input(plan))]
        alike = all(one == shape or (one[0] == 1 and one[1:] == shape[1:]) for one in read)
        return len(read) == len(plans) and alike and self.dataset.kind == "image"

    def _pairs(self, count: int) -> np.ndarray:
        """Return `count` images and their translations in turn, [2 · count, *shape]; networks take turns too."""
        networks = self.experiment.sampled
        pairs = np.empty((count, 2, *self.experiment.sample_shape), self.dtype)
        for turn, network in enumerate(networks):
            read = data_input(self.experiment.plans[network]) or ""
            purpose = f"sheet/{read}" if len(networks) == 1 else f"sheet/{network}/{read}"
            if own := len(range(turn, count, len(networks))):
                inputs = self.sampling_inputs(network, own, purpose, None)
                pairs[turn :: len(networks), 0] = inputs[read]  # of one channel: the same in all
                pairs[turn :: len(networks), 1] = self.generate(network, inputs)
        return np.asarray(pairs.reshape(-1, *self.experiment.sample_shape))

    def sample(self, count: int, purpose: str, label: np.ndarray | None) -> np.ndarray:
        """Return `count` samples of the sampling networks in evaluation mode; several take turns.

        purpose: names the stream of latents. label: [count] for a network with labels, or a one-hot condition (modulo
        its classes), else drawn.
        """
        networks = self.experiment.sampled
        samples = np.empty((count, *self.experiment.sample_shape), self.dtype)
        for turn, network in enumerate(networks):
            own = len(range(turn, count, len(networks)))
            stream = purpose if len(networks) == 1 else f"{purpose}/{network}"
            labels = None if label is None else label[turn :: len(networks)]
            if own:
                inputs = self.sampling_inputs(network, own, stream, labels)
                samples[turn :: len(networks)] = self.generate(network, inputs)
        return samples

    def sampling_inputs(
        self, network: str, count: int, purpose: str, label: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Return what a network reads to make `count` samples.

        Samples to translate come from the domain that its phase feeds it, shuffled.
        """
        inputs: dict[str, np.ndarray] = {}
        condition = condition_of(self.experiment.plans[network].inputs)
        for name, given in self.experiment.plans[network].inputs.items():
            generator = randomness.stream(self.experiment.training.seed, f"{purpose}/{name}")
            if given.kind == "data":
                domain = domain_read(self.experiment, self.dataset, network)
                order = generator.permutation(len(domain))
                inputs[name] = domain.take(order[np.arange(count) % len(order)], self.dtype)
            elif given.kind == "label":
                drawn = randomness.labels(generator, given.classes or 1, count)
                inputs[name] = drawn if label is None else label % (given.classes or 1)
            elif name == condition and label is not None:
                inputs[name] = randomness.one_hot(label % given.shape[0], given)
            else:
                inputs[name] = randomness.latents(generator, given, count)
        return inputs

    def generate(self, network: str, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return a network's output in evaluation mode for inputs of any count, in chunks."""
        if network not in self._samplers:
            call = Call(training=False, weights=None, keep_mask=None)
            native = self.models.networks[network]

            def sampler(given: Mapping[str, Any]) -> dict[str, Array]:
                return {"samples": native(given, call)}

            sampler.__name__ = f"the sampling of '{network}'"
            self._samplers[network] = self.backend.compile(sampler, [self.experiment.plans[network]])
        count = len(next(iter(inputs.values())))
        chunks = []
        for start in range(0, count, SAMPLE_CHUNK):
            part = {name: value[start : start + SAMPLE_CHUNK] for name, value in inputs.items()}
            chunks.append(np.array(self.backend.to_numpy(self._samplers[network](part)["samples"])))
        return np.concatenate(chunks)

    def state(self) -> State:
        """Return all that changes, from the device."""
        return State(
            step=self.step,
            networks={name: network.read() for name, network in self.models.networks.items()},
            optimizers={name: optimizer.read() for name, optimizer in self.models.optimizers.items()},
            updates={
                player: self.alternation.updates_before(player, self.step) + earlier
                for player, earlier in self._earlier.items()
            },
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
        if self._ahead is not None:
            self._ahead.result()  # the reader is at rest before it starts elsewhere
        self._prepared, self._ahead = deque(), None
        for name, player in self.experiment.players.items():
            earlier = state.updates[name] - self.alternation.updates_before(name, state.step)
            self._earlier[name] = earlier
            self._optimizers[name] = Aged(player.optimizer, earlier) if earlier else player.optimizer

    def _unit(self, phases: tuple[Phase, ...]) -> CompiledUnit:
        key = tuple(phase.name for phase in phases)
        if key not in self._compiled:
            unit = unit_function(self.experiment, phases, self.models)
            self._compiled[key] = self.backend.compile(unit, list(self.experiment.plans.values()))
            self._never_run[id(self._compiled[key])] = unit.__name__
        return self._compiled[key]

    def _given(
        self, phase: Phase, step: int, part: int, batch: int, updates: Mapping[str, int]
    ) -> dict[str, np.ndarray | float]:
        """Everything an update needs from outside: its draws, its mask key, its optimizer's settings."""
        training = self.experiment.training
        given: dict[str, np.ndarray | float] = {}
        indices = self.batches.indices(batch)
        for name, draw in self.alternation.draws[phase.name].items():
            if draw.kind == "real":
                given[name] = self.dataset.take(indices, self.dtype)
            elif draw.kind == "real_label":
                given[name] = self.dataset.labels[indices]  # type: ignore[index]  # check_data saw to it
            elif draw.kind == "other":
                assert self.other_batches is not None  # check_data saw to it
                given[name] = self.other_batches.dataset.take(self.other_batches.indices(batch), self.dtype)
            else:
                generator = randomness.stream(training.seed, f"{phase.name}/{name}", step, part)
                given[name] = self._drawn(generator, draw, updates[phase.player])
        if self.needs_masks:
            given["mask_key"] = randomness.mask_key(training.seed, f"{phase.name}/masks", step, part)
        floats = phase.objective.floats(self._optimizers, updates)
        settings = self._optimizers[phase.player].settings(updates[phase.player])
        numbers = floats | {f"settings.{name}": value for name, value in settings.items()}
        return given | {name: float(value) for name, value in numbers.items()}  # an integer would travel as an array

    def _drawn(self, generator: np.random.Generator, draw: Draw, updates: int) -> np.ndarray:
        count = self.experiment.training.batch_size
        if draw.make is not None:
            return draw.make(generator, count, updates)
        if draw.kind == "uniform_values":
            return generator.random((count, *self.dataset.shape))
        if draw.given is None:
            return generator.random(count)
        if draw.kind == "label":
            return randomness.labels(generator, draw.given.classes or 1, count)
        return randomness.latents(generator, draw.given, count)

    def _ended(self, steps: int, seconds: float, cost: float | None) -> RunEnded:
        step_seconds = seconds / steps if steps > 0 else math.nan
        return RunEnded(
            step=self.step,
            seconds=self.seconds,
            step_seconds=step_seconds,
            gflops=math.nan if cost is None else 2 * cost / step_seconds / 1e9,
        )


def build_models(experiment: Experiment, backend: Backend, initial: Mapping[str, Mapping[str, np.ndarray]]) -> Models:
    """Return the native networks and optimizers, with the given weights."""
    networks = {name: backend.build_network(plan, initial[name]) for name, plan in experiment.plans.items()}
    optimizers = {
        name: backend.build_optimizer(player.optimizer, [networks[network] for network in player.networks])
        for name, player in experiment.players.items()
    }
    variables = backend.build_variables(initial_variables(experiment))
    return Models(ops=backend.ops, networks=networks, optimizers=optimizers, variables=variables)


def other_batches(training: Training, dataset: Dataset) -> Batches | None:
    """Return the batches of a data set's second domain, in an order of their own."""
    if dataset.second_domain is None:
        return None
    return Batches(
        dataset.second_domain,
        training.batch_size,
        training.seed,
        training.order,
        training.dtype,
        purpose="other batch order",
    )
