"""Which updates a step holds, what each is given, and one update worked out: forward, loss, gradient, step.

This is the alternation as data. Counts (updates before a step, batches before a step) follow from the phases alone,
so a run can start at any step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gan_core.contract.backend import NativeNetwork, NativeOptimizer, NativeVariables
from gan_core.errors import SpecError, nearest
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.objectives.context import Draw, Outcome, UpdateContext
from gan_core.operations.arrays import described, dtype_of, shape_of
from gan_core.operations.ops import Array, Ops
from gan_core.specs.optimizers import clip_gradients


@dataclass(frozen=True, kw_only=True)
class Models:
    """The native side of an experiment."""

    ops: Ops
    networks: Mapping[str, NativeNetwork]
    optimizers: Mapping[str, NativeOptimizer]
    variables: NativeVariables


class Alternation:
    """The order of updates, worked out from the phases."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.draws = {phase.name: phase.objective.draws(experiment.plans) for phase in experiment.phases}
        self._real = {name: _needs_real(draws) for name, draws in self.draws.items()}

    def phases_at(self, step: int) -> list[Phase]:
        """The phases that are due at a step (the first step is 0), in order."""
        return [phase for phase in self.experiment.phases if step % phase.every_steps == 0]

    def units(self, phases: Sequence[Phase]) -> list[tuple[tuple[Phase, ...], int]]:
        """Groups of phases that are run as one unit, each with the number of times: a repeated phase stands alone."""
        units: list[tuple[tuple[Phase, ...], int]] = []
        for phase in phases:
            if phase.repeats == 1 and units and units[-1][1] == 1:
                units[-1] = ((*units[-1][0], phase), 1)
            else:
                units.append(((phase,), phase.repeats))
        return units

    def updates_before(self, player: str, step: int) -> int:
        """How often a player has moved before a step."""
        return sum(
            _times_due(phase, step) * phase.repeats for phase in self.experiment.phases if phase.player == player
        )

    def batches_before(self, step: int) -> int:
        """How many batches of real samples were taken before a step."""
        return sum(
            _times_due(phase, step) * phase.repeats for phase in self.experiment.phases if self._real[phase.name]
        )

    def needs_real(self, phase: Phase) -> bool:
        """Whether each update of a phase takes a batch of real samples."""
        return self._real[phase.name]


def unit_function(
    experiment: Experiment, phases: tuple[Phase, ...], models: Models
) -> Callable[[Mapping[str, Any]], dict[str, Array]]:
    """Return the function that runs some phases once, in order, from inputs named ``position/name``."""
    names: list[list[tuple[str, str]]] = []  # of each phase's inputs, with and without the position; found at first use

    def unit(inputs: Mapping[str, Any]) -> dict[str, Array]:
        if not names:
            for position in range(len(phases)):
                prefix = f"{position}/"
                names.append([(name, name.removeprefix(prefix)) for name in inputs if name.startswith(prefix)])
        scalars: dict[str, Array] = {}
        shared: dict[str, Array] = {}
        for phase, pairs in zip(phases, names, strict=True):
            given = {short: inputs[name] for name, short in pairs}
            scalars |= run_update(experiment, phase, models, given, shared)
        return scalars

    unit.__name__ = " and ".join(f"phase '{phase.name}'" for phase in phases)
    return unit


def run_update(
    experiment: Experiment, phase: Phase, models: Models, given: Mapping[str, Any], shared: dict[str, Array]
) -> dict[str, Array]:
    """Evaluate a phase once, move its player, and return the scalars as ``phase/name``.

    given: the draws by name, ``mask_key`` if dropout needs one, and ``settings.*`` of the optimizer. shared: what
    earlier phases of the step have left; this one adds its own.
    """
    player = experiment.players[phase.player]
    context = UpdateContext(
        ops=models.ops,
        networks=models.networks,
        draws=given,
        optimizers=models.optimizers,
        mask_key=given.get("mask_key"),
        variables=_variables_of(phase, models),
        shared=shared,
        checks=True,
    )
    weights = [weight for name in player.networks for weight in models.networks[name].weights().values()]
    try:
        outcome = phase.objective.evaluate(context)
        check_outcome(outcome, context.variables, dtype_of(weights[0]) if weights else dtype_of(outcome.loss))
    except SpecError as error:
        raise SpecError(f"phase '{phase.name}': {error}") from None
    gradients = models.ops.gradients(outcome.loss, weights, differentiable=False)
    settings = {name.removeprefix("settings."): value for name, value in given.items() if name.startswith("settings.")}
    models.optimizers[phase.player].apply(clip_gradients(models.ops, player.optimizer, gradients), settings)
    models.variables.assign({f"{phase.name}/{name}": value for name, value in outcome.variables.items()})
    if player.clip_weights is not None:
        for name in player.networks:
            clip_weights(models.ops, models.networks[name], player.clip_weights)
    for name, average in experiment.averages.items():
        if average.of in player.networks:
            follow(models.ops, models.networks[name], models.networks[average.of], average.decay)
    return {f"{phase.name}/{name}": _logged(models.ops, value) for name, value in outcome.scalars.items()}


def check_outcome(outcome: Outcome, variables: Mapping[str, Array], dtype: str) -> None:
    """Raise `SpecError` unless loss and logged values are scalars, and variables keep their names, shapes and dtypes.

    variables: as they were before. dtype: of the weights.
    """
    if not isinstance(outcome, Outcome):
        raise SpecError(f"evaluate returned {described(outcome)}; expected an Outcome")
    if shape_of(outcome.loss) != () or dtype_of(outcome.loss) != dtype:
        raise SpecError(
            f"the loss is {described(outcome.loss)}; expected a scalar, an array [] of {dtype}: take its mean or sum"
        )
    for name, value in outcome.scalars.items():
        if shape_of(value) != () and not isinstance(value, int | float):
            raise SpecError(f"the scalar '{name}' is {described(value)}; expected an array []")
    for name, value in outcome.variables.items():
        if name not in variables:
            raise SpecError(f"unknown variable '{name}'{nearest(name, variables)}")
        if (shape_of(value), dtype_of(value)) != (shape_of(variables[name]), dtype_of(variables[name])):
            raise SpecError(f"the new '{name}' is {described(value)}; expected {described(variables[name])}")


def _logged(ops: Ops, value: Array | float) -> Array:
    """Return a scalar to log as an array, which an objective may give as a plain number."""
    return ops.constant(np.asarray(float(value))) if isinstance(value, int | float) else value


def clip_weights(ops: Ops, network: NativeNetwork, limit: float) -> None:
    """Clip every weight of a network to ±limit, in place."""

    def clipped() -> dict[str, Array]:
        return {name: ops.clip(weight, -limit, limit) for name, weight in network.weights().items()}

    network.assign(ops.detached(clipped))


def follow(ops: Ops, average: NativeNetwork, network: NativeNetwork, decay: float) -> None:
    """Move an average's weights towards a network's, and take over its buffers, in place."""

    def moved() -> dict[str, Array]:
        own = average.weights()
        return {name: own[name] * decay + weight * (1 - decay) for name, weight in network.weights().items()}

    average.assign(ops.detached(moved) | network.buffers())


def _variables_of(phase: Phase, models: Models) -> dict[str, Array]:
    prefix = f"{phase.name}/"
    return {
        name.removeprefix(prefix): array for name, array in models.variables.arrays().items() if name.startswith(prefix)
    }


def _times_due(phase: Phase, step: int) -> int:
    return -(-step // phase.every_steps)


def _needs_real(draws: Mapping[str, Draw]) -> bool:
    return any(draw.kind in ("real", "real_label", "other") for draw in draws.values())
