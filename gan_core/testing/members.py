"""Members: a backend and what it builds, held against each `Protocol` of the contract."""

import inspect
from collections.abc import Iterator
from functools import partial
from types import FunctionType

import numpy as np

from gan_core.contract.backend import (
    Backend,
    CompiledUnit,
    NativeNetwork,
    NativeOptimizer,
    NativeVariables,
)
from gan_core.operations.ops import Ops
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.optimizers import Sgd
from gan_core.testing.cases import Case, MismatchError
from gan_core.testing.subjects import of_layers


def members(backend: Backend) -> Iterator[Case]:
    """Every member of every protocol is there, and takes the arguments that the protocol names."""
    plan = plan_network("net", of_layers(L.Dense(units=1), shape=(2,)))
    values = {"dense_1.weight": np.ones((1, 2)), "dense_1.bias": np.ones(1)}
    network = backend.build_network(plan, values)
    carriers: dict[type, object] = {
        Backend: backend,
        Ops: backend.ops,
        NativeNetwork: network,
        NativeOptimizer: backend.build_optimizer(Sgd(learning_rate=1.0), [network]),
        NativeVariables: backend.build_variables({"a": np.ones(2)}),
        CompiledUnit: backend.compile(dict, [plan]),
    }
    for protocol, carrier in carriers.items():
        yield protocol.__name__, partial(expect_members, protocol, carrier)


def expect_members(protocol: type, carrier: object) -> None:
    """Raise `MismatchError` for a member that is missing, or a method with other arguments than the protocol's."""
    for name in members_of(protocol):
        if not hasattr(carrier, name):
            raise MismatchError(f"no member '{name}'")
        declared = inspect.getattr_static(protocol, name, None)
        if inspect.isfunction(declared):
            wanted = list(inspect.signature(declared).parameters)[1:]
            method = type(carrier).__call__.__get__(carrier) if name == "__call__" else getattr(carrier, name)
            there = list(inspect.signature(method).parameters)
            if there != wanted:
                raise MismatchError(f"{name}({', '.join(there)}), expected {name}({', '.join(wanted)})")


def members_of(protocol: type) -> list[str]:
    """The members that a protocol asks for: attributes, properties and methods, in order."""
    attributes = list(inspect.get_annotations(protocol))
    functions = [
        name
        for name, value in vars(protocol).items()
        if (name == "__call__" or not name.startswith("_")) and isinstance(value, FunctionType | property)
    ]
    return [*attributes, *functions]
