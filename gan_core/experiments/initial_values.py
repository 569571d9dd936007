"""The weights an experiment starts from, by canonical name."""

from collections.abc import Mapping

import numpy as np

from gan_core.experiments.experiment import Experiment
from gan_core.plans.plans import Plan
from gan_core.randomness import stream


def initial_values(plan: Plan, seed: int) -> dict[str, np.ndarray]:
    """Return weights and buffers of a network, float64; each has its own stream, so layers can be added."""
    values = {}
    for name, weight in plan.weights.items():
        generator = stream(seed, f"weights/{plan.name}/{name}")
        values[name] = weight.initializer.draw(generator, weight.shape, weight.fan_in, weight.fan_out)
    for node in plan.nodes:
        own = {key: values[f"{node.name}.{key}"] for key in node.plan.weights}
        for key, buffer in node.plan.buffers.items():
            start = buffer.start(own) if callable(buffer.start) else np.full(buffer.shape, buffer.start)
            values[f"{node.name}.{key}"] = start
    return values


def with_derived(plan: Plan, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return a network's arrays, those buffers that follow from its weights worked out where they are missing."""
    found = dict(values)
    for node in plan.nodes:
        own = {key: np.asarray(values[f"{node.name}.{key}"], np.float64) for key in node.plan.weights}
        for key, buffer in node.plan.buffers.items():
            if f"{node.name}.{key}" not in found and callable(buffer.start):
                found[f"{node.name}.{key}"] = buffer.start(own)
    return found


def initial_variables(experiment: Experiment) -> dict[str, np.ndarray]:
    """Return what the phases' objectives keep, as it is before the first step, by ``phase/name``."""
    return {
        f"{phase.name}/{name}": value
        for phase in experiment.phases
        for name, value in phase.objective.variables(experiment.plans).items()
    }


def all_initial_values(experiment: Experiment) -> dict[str, dict[str, np.ndarray]]:
    """Return `initial_values` of every network; an average starts as what it follows."""
    seed, plans = experiment.training.seed, experiment.plans
    values = {name: initial_values(plans[name], seed) for name in experiment.networks}
    for name, average in experiment.averages.items():
        values[name] = {key: value.copy() for key, value in values[average.of].items()}
    return values
