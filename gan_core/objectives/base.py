"""The base of objectives: an objective is data that knows which arrays an update needs and how to work out its loss.

It lists the arrays (`draws`) and evaluates itself in an `UpdateContext`, over operations and networks, so that one
definition runs on every framework.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from gan_core.errors import SpecError, nearest
from gan_core.objectives.context import Outcome, UpdateContext
from gan_core.objectives.draws import Domain, Draw
from gan_core.plans.layer_plans import Shape
from gan_core.plans.plans import Plan
from gan_core.specs.optimizers import Optimizer
from gan_core.specs.spec import Family

Plans = Mapping[str, Plan]


@dataclass(frozen=True, kw_only=True)
class Translation:
    """The domains of the data between which a network translates: that of its inputs and that of its outputs."""

    reads: Domain
    makes: Domain


@dataclass(frozen=True, kw_only=True)
class ClassHead:
    """An output of a network that chooses a class for each sample, [classes] logits.

    network, head: the names of both. named: whether its classes are those of the data's labels, or categories that
    have found a meaning by themselves. others: how many units at its end stand for no class of real samples.
    """

    network: str
    head: str
    named: bool
    others: int = 0


class Objective(Family):
    """Base of the objectives."""

    __slots__ = ()

    @abstractmethod
    def check_plans(self, plans: Plans) -> None:
        """Raise `SpecError` if a network that it names is missing, or if its networks do not fit each other."""
        raise NotImplementedError

    def check_batch(self, batch_size: int) -> None:
        """Raise `SpecError` for a batch size that it cannot use."""

    @abstractmethod
    def draws(self, plans: Plans) -> dict[str, Draw]:
        """Return the draws: name → how the array of that name in `UpdateContext.draws` comes about at each update."""
        raise NotImplementedError

    def simulated_players(self) -> tuple[str, ...]:
        """Return the players whose updates it simulates, and whose optimizers it therefore reads."""
        return ()

    def floats(self, optimizers: Mapping[str, Optimizer], updates: Mapping[str, int]) -> dict[str, float]:
        """Return the numbers that depend on the count of updates, by their names in `UpdateContext.draws`.

        optimizers: player → its optimizer. updates: player → updates before this one.
        """
        return {}

    def variables(self, plans: Plans) -> dict[str, np.ndarray]:
        """Return the variables that it keeps from one update to the next: name → value before the first update."""
        return {}

    def outputs(self) -> dict[str, str]:
        """Return the networks that judge samples: name → what their outputs mean, for the checks of an experiment.

        "logits": a sigmoid or softmax is part of the loss. "scores": the loss takes any number. "any": nothing is said.
        """
        return {}

    def undecided_loss(self) -> float | None:
        """Return the loss where the discriminator cannot tell samples apart, D = 1/2 everywhere; None for no number."""
        return None

    def trains(self) -> tuple[str, ...]:
        """Return the networks that it is meant to train, or () where that is unknown."""
        return ()

    def translations(self) -> dict[str, Translation]:
        """Return the translations of networks that make samples of samples, by network."""
        return {}

    def leaves(self) -> tuple[str, ...]:
        """Return the names of the arrays that it leaves in `UpdateContext.shared` for later phases of the step."""
        return ()

    def takes(self) -> tuple[str, ...]:
        """Return the names of the arrays that it takes from `UpdateContext.shared`."""
        return ()

    def shares(self) -> tuple[str, ...]:
        """Return the names of the arrays in `UpdateContext.shared` that phases of a step have in common.

        The first phase of a step that shares them makes and leaves them, later ones take them.
        """
        return ()

    def spared_draws(self, plans: Plans) -> tuple[str, ...]:
        """Return the draws that it does without where an earlier phase of the step left what it `shares`."""
        return ()

    def heads(self, plans: Plans) -> dict[str, tuple[str, ...]] | None:
        """Return the outputs that it reads of networks with several, by network, or None where that is unknown."""
        return None

    def class_heads(self, plans: Plans) -> tuple[ClassHead, ...]:
        """Return the outputs of networks that choose a class for each sample."""
        return ()

    @abstractmethod
    def evaluate(self, context: UpdateContext) -> Outcome:
        """Return the loss, the scalars to log, and the new values of the variables."""
        raise NotImplementedError


def labelled(plan: Plan) -> bool:
    """Whether a network reads labels."""
    return any(spec.kind == "label" for spec in plan.inputs.values())


def check_known(plans: Plans, names: Iterable[str]) -> None:
    """Raise `SpecError` unless all networks exist."""
    for name in names:
        if name not in plans:
            raise SpecError(f"objective: unknown network '{name}'{nearest(name, plans)}")


def check_reads(plans: Plans, reader: str, shape: Shape, maker: str) -> None:
    """Raise `SpecError` unless the network `reader` has one data input, of a shape.

    shape: the shape of one sample of what the network `maker` makes.
    """
    shapes = [spec.shape for spec in plans[reader].inputs.values() if spec.kind == "data" and not spec.field]
    if shapes != [shape]:
        raise SpecError(
            f"network '{reader}' reads data of shape {[list(one) for one in shapes]}, but '{maker}' makes {list(shape)}"
        )


def check_ends_flat(plans: Plans, network: str) -> None:
    """Raise `SpecError` unless a network's output is [units]."""
    if len(plans[network].output_shape) != 1:
        raise SpecError(
            f"network '{network}' ends in the shape {list(plans[network].output_shape)}; "
            "expected [units]: put a Flatten at its end"
        )


def refuse_labels(plans: Plans, names: Iterable[str]) -> None:
    """Raise `SpecError` if one of the networks reads labels, for an objective that has none to offer."""
    for name in names:
        if labelled(plans[name]):
            raise SpecError(f"network '{name}' reads labels, which this objective does not hand it")
