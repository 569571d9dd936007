"""The models of a training: networks, optimizers and variables as a backend holds them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gan_core.contract.backend import Backend, NativeNetwork, NativeOptimizer, NativeVariables
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.initial_values import initial_variables
from gan_core.operations.ops import Ops


@dataclass(frozen=True, kw_only=True)
class Models:
    """All of an experiment that lives on the device.

    ops: the operations of the framework.
    networks: the networks and averages of networks, by name.
    optimizers: the optimizers, by player.
    variables: the variables that objectives keep, as ``phase/name``.
    """

    ops: Ops
    networks: Mapping[str, NativeNetwork]
    optimizers: Mapping[str, NativeOptimizer]
    variables: NativeVariables


def build_models(experiment: Experiment, backend: Backend, values: Mapping[str, Mapping[str, np.ndarray]]) -> Models:
    """Return the models with fresh optimizers and variables. values: network → weights and buffers, canonical."""
    networks = {name: backend.build_network(plan, values[name]) for name, plan in experiment.plans.items()}
    optimizers = {
        name: backend.build_optimizer(player.optimizer, [networks[network] for network in player.networks])
        for name, player in experiment.players.items()
    }
    variables = backend.build_variables(initial_variables(experiment))
    return Models(ops=backend.ops, networks=networks, optimizers=optimizers, variables=variables)
