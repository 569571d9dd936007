"""Feeding: the inputs of coming steps are worked out beside the training and brought to the device in time."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from gan_core import randomness
from gan_core.contract.backend import CompiledUnit
from gan_core.data.dataset import Batches, Dataset
from gan_core.experiments.experiment import Experiment, Phase, Training
from gan_core.objectives.draws import Domain, DrawSource
from gan_core.operations.workers import ONE_WORKER, Workers
from gan_core.specs.optimizers import Aged
from gan_core.training.alternation import Alternation
from gan_core.training.inputs import UpdateInputs, flattened

PREPARED_BYTES = 4 * 2**20
Phases = tuple[Phase, ...]
Block = list[list[tuple[Phases, dict[str, np.ndarray | float]]]]  # for each step its units, each with its inputs


class Feeder:
    """The inputs of an experiment's steps.

    Every step's inputs follow from its number alone, so a thread (the reader) works out those of the next steps while
    the device computes.

    workers: this process and those with which it shares each batch, of which it draws its own rows.
    batches: the batches of each domain of the data, of all workers.
    needs_masks: whether any network draws random numbers, dropout say, so that updates need a key.
    """

    def __init__(
        self, experiment: Experiment, dataset: Dataset, alternation: Alternation, workers: Workers = ONE_WORKER
    ) -> None:
        self.experiment, self.dataset, self.alternation, self.workers = experiment, dataset, alternation, workers
        self.batches = batches_of(experiment.training, dataset)
        self.needs_masks = any(plan.random for plan in experiment.plans.values())
        self._rules: dict[str, Any] = {name: player.optimizer for name, player in experiment.players.items()}
        self._earlier = dict.fromkeys(experiment.players, 0)  # age of a player's optimizer state less its updates here
        self._prepared: deque[list[tuple[CompiledUnit, Any]]] = deque()
        self._reader = ThreadPoolExecutor(1)
        self._ahead: Future[Block] | None = None

    # --- from the host to the device

    def prepared(self, step: int, unit_of: Callable[[Phases], CompiledUnit]) -> list[tuple[CompiledUnit, Any]]:
        """Return the units of a step in order, each with its inputs on the device, as `CompiledUnit.run` takes them.

        step: counts from 0. Steps are asked for one after the other; `go_to` starts elsewhere. unit_of: phases → their
        compiled unit.
        """
        if not self._prepared:
            self._prepare(step, unit_of)
        return self._prepared.popleft()

    def go_to(self, step: int, updates: Mapping[str, int]) -> None:
        """Start from a step. updates: player → updates since the state of its optimizer was zero, see `State`."""
        if self._ahead is not None:
            self._ahead.result()  # the reader is at rest before it starts elsewhere
        self._prepared, self._ahead = deque(), None
        for name, player in self.experiment.players.items():
            earlier = updates[name] - self.alternation.updates_before(name, step)
            self._earlier[name] = earlier
            self._rules[name] = Aged(player.optimizer, earlier) if earlier else player.optimizer

    def updates_of_state(self, step: int) -> dict[str, int]:
        """Return player → updates before a step since the state of its optimizer was zero."""
        return {
            player: self.alternation.updates_before(player, step) + earlier for player, earlier in self._earlier.items()
        }

    def _prepare(self, step: int, unit_of: Callable[[Phases], CompiledUnit]) -> None:
        """Bring the inputs of the next steps to the device, and have the reader work out those after them.

        Several steps at once: between two steps the processor's caches hold the networks' weights and none of this
        code, which then takes five times as long.
        """
        ahead = self._ahead or self._reader.submit(self._block, step)
        block = ahead.result()
        for units in block:
            pairs = [(unit_of(phases), inputs) for phases, inputs in units]
            self._prepared.append([(unit, unit.prepare(inputs)) for unit, inputs in pairs])
        self._ahead = self._reader.submit(self._block, step + len(block))

    def _block(self, first: int) -> Block:
        """The inputs of some steps from `first` on, as many as `PREPARED_BYTES` hold; run by the reader."""
        used = 0
        block: Block = []
        while not block or (used < PREPARED_BYTES and first + len(block) < self.experiment.training.steps):
            block.append([(phases, flattened(updates)) for phases, updates in self.inputs_at(first + len(block))])
            arrays = [value for _, inputs in block[-1] for value in inputs.values() if isinstance(value, np.ndarray)]
            used += sum(array.nbytes for array in arrays)
        return block

    # --- on the host

    def inputs_at(self, step: int) -> Iterator[tuple[Phases, list[UpdateInputs]]]:
        """Yield the units of a step in order, a repeated one as often as it runs, each with its updates' inputs."""
        updates = {player: self.alternation.updates_before(player, step) for player in self.experiment.players}
        batch_number = self.alternation.batches_before(step)
        taken: int | None = None  # the batch that was taken last in this step
        for phases, repeats in self.alternation.units(self.alternation.phases_at(step)):
            for part in range(repeats):
                inputs = []
                for phase in phases:
                    again = taken if phase.batch == "step" else None
                    number = batch_number if again is None else again
                    inputs.append(self.inputs_of_update(phase, step, part, number, updates))
                    for player in phase.players:
                        updates[player] += 1
                    if self.alternation.takes_a_batch(phase) and again is None:
                        taken, batch_number = batch_number, batch_number + 1
                yield phases, inputs

    def batch_size(self, phase: Phase, batch_number: int) -> int:
        """Return the samples N of an update: of its own batch of real ones, or of the last one that was taken.

        batch_number: of the batch that the next update to take one takes.
        """
        taken = batch_number if self.alternation.takes_a_batch(phase) else max(0, batch_number - 1)
        return self.batches["first"].size(taken)

    def inputs_of_update(
        self, phase: Phase, step: int, part: int, batch_number: int, updates: Mapping[str, int]
    ) -> UpdateInputs:
        """Return the inputs of one update of a phase.

        part: the number of the update among those of the phase in this step, from 0. batch_number: the batch of real
        samples that it takes. updates: player → updates before this one.
        """
        seed = self.experiment.training.seed
        draws: dict[str, np.ndarray | float] = {}
        for name, draw in self.alternation.draws[phase.name].items():
            purpose = f"{phase.name}/{name}"
            source = DrawSource(
                batch_size=self.batch_size(phase, batch_number),
                updates=updates[phase.players[0]],
                batches=self.batches,
                batch_number=batch_number,
                open_stream=lambda purpose=purpose: randomness.stream(seed, purpose, step, part),  # type: ignore[misc]
            )
            draws[name] = draw.drawn_for(source, self.workers)
        return UpdateInputs(
            draws=draws | _floats(phase.objective.floats(self._rules, updates)),
            mask_key=randomness.mask_key(seed, f"{phase.name}/masks", step, part) if self.needs_masks else None,
            settings=_floats(
                {
                    f"{player}/{name}": value
                    for player in phase.players
                    for name, value in self._rules[player].settings(updates[player]).items()
                }
            ),
        )


def _floats(numbers: Mapping[str, float]) -> dict[str, float]:
    """The numbers as Python floats: an integer would travel to the device as an array."""
    return {name: float(value) for name, value in numbers.items()}


def batches_of(training: Training, dataset: Dataset) -> dict[Domain, Batches]:
    """Return the batches of each domain of a data set; those of the second domain come in an order of their own.

    Raises `DataError` for a domain that holds no whole batch.
    """
    settings = (training.batch_size, training.seed, training.order, training.dtype)
    batches: dict[Domain, Batches] = {"first": Batches(dataset, *settings, last_batch=training.last_batch)}
    if dataset.second_domain is not None:
        batches["second"] = Batches(dataset.second_domain, *settings, purpose="other batch order")
    return batches
