"""The whole step on one page, from the outside in: the units of a step, then one update, then what follows from it.

A step walks over the phases that are due. Neighbours that run once, in the same steps, form a unit, which a backend may
compile as a whole; a repeated phase is a unit that is called several times. A unit runs its updates in order, and an
update is `run_update`: evaluate the objective, take gradients, move the player, and have clipping and averages follow.

What a step holds is data: counts (updates before a step, batches before a step) follow from the phases alone, so a run
can start at any step.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from gan_core.contract.backend import NativeNetwork
from gan_core.errors import SpecError, nearest
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.objectives.context import Outcome, UpdateContext
from gan_core.operations.arrays import described, dtype_of, shape_of
from gan_core.operations.ops import Array, Ops
from gan_core.specs.optimizers import clip_gradients
from gan_core.training.batch_count import BatchCount
from gan_core.training.inputs import UpdateInputs, nested
from gan_core.training.models import Models

# --- the units of a step


class Alternation:
    """The order of updates, which follows from the phases of an experiment.

    batches_per_epoch: of the data, for phases that are counted anew in each epoch; None where there is none.
    draws: phase → the draws of its objective, by name.
    """

    def __init__(self, experiment: Experiment, batches_per_epoch: int | None = None) -> None:
        """Raise `SpecError` for a phase that is counted anew in each epoch where a step is no batch."""
        self.experiment, self.batches_per_epoch = experiment, batches_per_epoch
        self.draws = {phase.name: experiment.draws_of(phase) for phase in experiment.phases}
        self._takes_a_batch = {
            name: any(draw.takes_a_batch for draw in draws.values()) for name, draws in self.draws.items()
        }
        taking = [phase for phase in experiment.phases if self._takes_a_batch[phase.name]]
        self._batches = BatchCount(taking)
        self._check_anew()

    def phases_at(self, step: int) -> list[Phase]:
        """Return the phases that are due at a step (the first step is 0), in order."""
        return [phase for phase in self.experiment.phases if phase.due(self._step_of(phase, step))]

    def units(self, phases: Sequence[Phase]) -> list[tuple[tuple[Phase, ...], int]]:
        """Return the units of a step: groups of phases, each with the number of times that it runs.

        Neighbours that run once, and always in the same steps, share a unit; a phase that is repeated, or due at other
        steps than those beside it, is a unit by itself, so that few phases are compiled for several units.
        """
        units: list[tuple[tuple[Phase, ...], int]] = []
        for phase in phases:
            before = units[-1] if units else None
            if before and phase.repeats == before[1] == 1 and phase.timing == before[0][-1].timing:
                units[-1] = ((*before[0], phase), 1)
            else:
                units.append(((phase,), phase.repeats))
        return units

    def updates_before(self, player: str, step: int) -> int:
        """Return how often a player has moved before a step."""
        return sum(
            self._times_due(phase, step) * phase.repeats for phase in self.experiment.phases if player in phase.players
        )

    def batches_before(self, step: int) -> int:
        """Return how many batches of real samples were taken before a step."""
        return self._batches.before(step)

    def takes_a_batch(self, phase: Phase) -> bool:
        """Return whether each update of a phase reads a batch of real samples."""
        return self._takes_a_batch[phase.name]

    def _step_of(self, phase: Phase, step: int) -> int:
        """The number of a step by which a phase is timed: that in its epoch, or that in the training."""
        return step % self.batches_per_epoch if phase.each_epoch_anew and self.batches_per_epoch else step

    def _times_due(self, phase: Phase, step: int) -> int:
        """How many of the steps before `step` a phase was due at."""
        if not (phase.each_epoch_anew and self.batches_per_epoch):
            return phase.times_due(step)
        epochs, rest = divmod(step, self.batches_per_epoch)
        return epochs * -(-self.batches_per_epoch // phase.every_steps) + -(-rest // phase.every_steps)

    def _check_anew(self) -> None:
        """Refuse phases that are counted by epochs where steps are no batches, so that none begins with an epoch."""
        phases = self.experiment.phases
        anew = [phase for phase in phases if phase.each_epoch_anew]
        a_step = [(phase.repeats, phase.every_steps) for phase in phases if self._takes_a_batch[phase.name]]
        for phase in anew:
            if self._takes_a_batch[phase.name] or a_step != [(1, 1)]:
                raise SpecError(
                    f"phase '{phase.name}': each_epoch_anew takes steps of one batch each: one other phase that takes "
                    "real samples, with repeats 1 and every_steps 1; or set each_epoch_anew=false"
                )


def unit_function(
    experiment: Experiment, phases: tuple[Phase, ...], models: Models
) -> Callable[[Mapping[str, Any]], dict[str, Array]]:
    """Return the function of a unit: it runs one update of each phase, in order, and returns all of their scalars.

    It reads the `flattened` inputs of these updates. What a phase shares within the step lives as long as the call.
    """

    def unit(inputs: Mapping[str, Any]) -> dict[str, Array]:
        scalars: dict[str, Array] = {}
        shared: dict[str, Any] = {}
        for phase, update_inputs in zip(phases, nested(inputs, len(phases)), strict=True):
            scalars |= run_update(experiment, phase, models, update_inputs, shared)
        return scalars

    unit.__name__ = " and ".join(f"phase '{phase.name}'" for phase in phases)
    return unit


# --- one update


def run_update(
    experiment: Experiment, phase: Phase, models: Models, inputs: UpdateInputs, shared: dict[str, Any]
) -> dict[str, Array]:
    """Evaluate a phase's objective once, move its players, and return the scalars as ``phase/name``.

    shared: what earlier phases of the step left; this phase adds its share. Raises `SpecError` where the
    objective returns anything but what it has to.
    """
    moved = {name: moved_networks(experiment, name, models) for name in phase.players}
    weights_of = {name: weights_in(networks) for name, networks in moved.items()}
    weights = [weight for own in weights_of.values() for weight in own]

    # forward: the objective calls networks and operations, and returns a loss
    outcome = _evaluated(experiment, phase, models, inputs, shared, weights)

    # backward: the gradient of the loss at the weights of the players that move, and of no other; its mean over workers
    gradients = iter(models.ops.averaged(models.ops.gradients(outcome.loss, weights, differentiable=False)))

    # the move, by each player's rule, and the new values of what the objective keeps
    for name, own in weights_of.items():
        optimizer = experiment.players[name].optimizer
        clipped = clip_gradients(models.ops, optimizer, list(islice(gradients, len(own))))
        models.optimizers[name].apply(clipped, inputs.settings_of(name))
    models.variables.assign({f"{phase.name}/{name}": value for name, value in outcome.variables.items()})
    for key, values in outcome.buffers.items():
        models.networks[key].assign(values)

    # what follows from the move: a bound on the weights, and averages of the networks that moved
    for name, networks in moved.items():
        if (limit := experiment.players[name].clip_weights) is not None:
            for network in networks.values():
                clip_weights(models.ops, network, limit)
    for name, average in experiment.averages.items():
        if any(average.of in networks for networks in moved.values()):
            follow(models.ops, models.networks[name], models.networks[average.of], average.decay)

    return {f"{phase.name}/{name}": _logged(models.ops, value) for name, value in outcome.scalars.items()}


def moved_networks(experiment: Experiment, player: str, models: Models) -> dict[str, NativeNetwork]:
    """Return the networks of a player, by name."""
    return {name: models.networks[name] for name in experiment.players[player].networks}


def weights_in(networks: Mapping[str, NativeNetwork]) -> list[Array]:
    """Return the weights of networks in the order in which an optimizer of them has them."""
    return [weight for network in networks.values() for weight in network.weights().values()]


def clip_weights(ops: Ops, network: NativeNetwork, limit: float) -> None:
    """Clip every weight of a network to ±limit, in place."""

    def clipped() -> dict[str, Array]:
        return {name: ops.clip(weight, -limit, limit) for name, weight in network.weights().items()}

    network.assign(ops.detached(clipped))


def follow(ops: Ops, average: NativeNetwork, network: NativeNetwork, decay: float) -> None:
    """Move an average towards a network, in place: w̄ ← decay · w̄ + (1 − decay) · w; buffers are copied as they are."""

    def moved() -> dict[str, Array]:
        before = average.weights()
        return {name: before[name] * decay + weight * (1 - decay) for name, weight in network.weights().items()}

    average.assign(ops.detached(moved) | network.buffers())


# --- the evaluation of an objective, and the check of its outcome


def _evaluated(
    experiment: Experiment,
    phase: Phase,
    models: Models,
    inputs: UpdateInputs,
    shared: dict[str, Any],
    weights: Sequence[Array],
) -> Outcome:
    """The outcome of a phase's objective, checked; a fault in it is told with the phase's name."""
    workers = models.ops.workers
    context = UpdateContext(
        ops=models.ops,
        networks=models.networks,
        draws=inputs.draws,
        optimizers=models.optimizers,
        mask_key=inputs.mask_key,
        variables=_variables_of(phase, models),
        shared=shared,
        checks=True,
        rows=experiment.training.batch_size // workers.count if workers.several else 0,
    )
    try:
        outcome = phase.objective.evaluate(context)
        check_outcome(outcome, context.variables, dtype_of(weights[0]) if weights else dtype_of(outcome.loss))
    except SpecError as error:
        raise SpecError(f"phase '{phase.name}': {error}") from None
    return outcome


def _variables_of(phase: Phase, models: Models) -> dict[str, Array]:
    prefix = f"{phase.name}/"
    return {
        name.removeprefix(prefix): array for name, array in models.variables.arrays().items() if name.startswith(prefix)
    }


def check_outcome(outcome: Outcome, variables: Mapping[str, Array], dtype: str) -> None:
    """Raise `SpecError` unless loss and logged values are scalars, and variables keep their names, shapes and dtypes.

    variables: the variables before the update, by name. dtype: the dtype of the weights, as "float32".
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
    """A scalar to log as an array; an objective may return it as a plain number."""
    return ops.constant(np.asarray(float(value))) if isinstance(value, int | float) else value
