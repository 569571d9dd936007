"""An objective as data that knows what it needs and how it is worked out.

It declares the arrays it wants (`draws`) and evaluates itself in an `UpdateContext`, over operations and networks, so
one definition runs on every framework.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from gan_core.errors import SpecError, nearest
from gan_core.objectives.context import Outcome, UpdateContext
from gan_core.objectives.draws import Domain, Draw
from gan_core.plans.plans import Plan
from gan_core.specs.optimizers import Optimizer
from gan_core.specs.spec import Family

Plans = Mapping[str, Plan]


@dataclass(frozen=True, kw_only=True)
class Translation:
    """The domains of the data between which a network translates: that of its inputs and that of its outputs."""

    reads: Domain
    makes: Domain


class Objective(Family):
    """Base of the objectives."""

    __slots__ = ()

    @abstractmethod
    def check_plans(self, plans: Plans) -> None:
        """Raise `SpecError` if the networks it names are missing or do not fit each other."""
        raise NotImplementedError

    def check_batch(self, batch_size: int) -> None:
        """Raise `SpecError` if it cannot use batches of this size."""

    @abstractmethod
    def draws(self, plans: Plans) -> dict[str, Draw]:
        """Return the arrays it needs from outside, by name."""
        raise NotImplementedError

    def simulated_players(self) -> tuple[str, ...]:
        """Return the players whose optimizers it needs."""
        return ()

    def floats(self, optimizers: Mapping[str, Optimizer], updates: Mapping[str, int]) -> dict[str, float]:
        """Return the numbers it needs from outside, by name.

        updates: how often each player has moved so far.
        """
        return {}

    def variables(self, plans: Plans) -> dict[str, np.ndarray]:
        """Return what it keeps from one update to the next, by name, as it is before the first."""
        return {}

    def outputs(self) -> dict[str, str]:
        """Return the networks that it judges samples with, and what their outputs are to it.

        "logits" (a sigmoid or softmax is part of the loss), "scores" (any number), or "any"; checks ask for it.
        """
        return {}

    def trains(self) -> tuple[str, ...]:
        """Return the networks that are meant to move by it, or none where that is not known."""
        return ()

    def translations(self) -> dict[str, Translation]:
        """Return from which domain of the data to which each network translates that makes samples of samples."""
        return {}

    def leaves(self) -> tuple[str, ...]:
        """Return the names of what it leaves in `UpdateContext.shared` for later phases of the step."""
        return ()

    def takes(self) -> tuple[str, ...]:
        """Return the names of what it takes from `UpdateContext.shared`."""
        return ()

    @abstractmethod
    def evaluate(self, context: UpdateContext) -> Outcome:
        """Return the loss, scalars to log, and the new values of its variables."""
        raise NotImplementedError


def labelled(plan: Plan) -> bool:
    """Whether a network reads labels."""
    return any(given.kind == "label" for given in plan.inputs.values())


def check_known(plans: Plans, names: Iterable[str]) -> None:
    """Raise `SpecError` unless all networks exist."""
    for name in names:
        if name not in plans:
            raise SpecError(f"objective: unknown network '{name}'{nearest(name, plans)}")


def check_reads(plans: Plans, reader: str, made: tuple[int, ...], maker: str) -> None:
    """Raise `SpecError` unless the data inputs of `reader` are one, of the shape `made` by `maker`."""
    wanted = [given.shape for given in plans[reader].inputs.values() if given.kind == "data"]
    if wanted != [made]:
        raise SpecError(
            f"network '{reader}' reads data of shape {[list(shape) for shape in wanted]}, "
            f"but '{maker}' makes {list(made)}"
        )


def check_ends_flat(plans: Plans, network: str) -> None:
    """Raise `SpecError` unless a network's output is [units]."""
    if len(plans[network].output_shape) != 1:
        raise SpecError(
            f"network '{network}' ends in the shape {list(plans[network].output_shape)}; "
            "expected [units]: put a Flatten at its end"
        )


def refuse_labels(plans: Plans, names: Iterable[str]) -> None:
    """Raise `SpecError` if one of the networks reads labels, which the objective has no use for."""
    for name in names:
        if labelled(plans[name]):
            raise SpecError(f"network '{name}' reads labels, which this objective does not hand it")
