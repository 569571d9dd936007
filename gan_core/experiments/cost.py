"""Multiply-adds of a step, worked out by evaluating the objectives on arrays that have a shape and nothing else.

Counted are dense layers and convolutions (forward, gradient at the input, gradient at the weights), for the passes
that an update needs and no others. A gradient that is itself differentiated (a penalty) costs its own pass and twice
that again, each of its products having two factors. Activations, norms and optimizers are left out.

An objective may do what an array of numbers can and one of shapes cannot (branch on a value, call a method of its
framework's): then its cost is unknown, which is said as None and never an error.
"""

from typing import Any

from gan_core.experiments.domain_shapes import domain_shapes
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.experiments.shaped_arrays import CountedNetwork, CountedState, Counter, Shaped
from gan_core.objectives.context import UpdateContext
from gan_core.objectives.draws import Draw


def update_multiply_adds(experiment: Experiment, phase: Phase) -> int | None:
    """Return the multiply-adds of one update of a phase, or None where they are unknown."""
    return all_multiply_adds(experiment)[phase.name]


def all_multiply_adds(experiment: Experiment) -> dict[str, int | None]:
    """Return the multiply-adds of one update of each phase, by the phase's name; None where they are unknown."""
    return _evaluated(experiment)[0]


def draws_fed(experiment: Experiment) -> list[tuple[str, str, Draw | None]]:
    """Return (network, input, draw) for all that phases feed networks; the draw is None for what they worked out."""
    return _evaluated(experiment)[1].fed


def _evaluated(experiment: Experiment) -> tuple[dict[str, int | None], Counter]:
    counter = Counter()
    shared: dict[str, Any] = {}
    costs: dict[str, int | None] = {}
    for phase in experiment.phases:
        before = counter.total
        try:
            _count(experiment, phase, counter, shared)
        except Exception:  # noqa: BLE001  (whatever a user's objective does with an array that holds no numbers)
            costs[phase.name] = None
        else:
            costs[phase.name] = counter.total - before
    return costs, counter


def _count(experiment: Experiment, phase: Phase, counter: Counter, shared: dict[str, Any]) -> None:
    networks = {name: CountedNetwork(plan, counter) for name, plan in experiment.plans.items()}
    batch_size, domains = experiment.training.batch_size, domain_shapes(experiment)
    draws = {
        name: Shaped(draw.shape(batch_size, domains), draw=draw) for name, draw in experiment.draws_of(phase).items()
    }
    optimizers = {name: player.optimizer for name, player in experiment.players.items()}
    draws |= {name: Shaped(()) for name in phase.objective.floats(optimizers, dict.fromkeys(optimizers, 0))}
    context = UpdateContext(
        ops=counter,  # type: ignore[arg-type]
        networks=networks,  # type: ignore[arg-type]
        draws=draws,
        optimizers={name: CountedState(experiment, name) for name in optimizers},  # type: ignore[misc]
        mask_key=None,
        variables={name: Shaped(value.shape) for name, value in phase.objective.variables(experiment.plans).items()},
        shared=shared,
    )
    outcome = phase.objective.evaluate(context)
    moved = [name for player in phase.players for name in experiment.players[player].networks]
    weights = [weight for name in moved for weight in networks[name].weights().values()]
    counter.gradients(outcome.loss, weights, differentiable=False)  # type: ignore[arg-type]


def step_multiply_adds(experiment: Experiment) -> float | None:
    """Return the multiply-adds of an average step, or None if those of one of its phases are unknown."""
    costs = all_multiply_adds(experiment)
    total = 0.0
    for phase in experiment.phases:
        cost = costs[phase.name]
        if cost is None:
            return None
        total += cost * phase.repeats * _share(phase, experiment.training.steps)
    return total


def _share(phase: Phase, steps: int) -> float:
    """The share of a training's steps that a phase is due at."""
    always = (phase.first_step, phase.last_step) == (1, None)
    return 1 / phase.every_steps if always else phase.times_due(steps) / steps
