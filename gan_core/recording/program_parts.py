"""What a language makes a program of: an experiment in plain parts, all names chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gan_core.plans.plans import Plan
from gan_core.recording.steps import StepFunction
from gan_core.specs.optimizers import Constant, Optimizer


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a program. key: what it says, the same in the programs of all frameworks, or ""."""

    text: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """Lines of one topic, the same in the programs of all frameworks: "imports", "network generator", "step 1"."""

    topic: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class NetworkPart:
    """A network. name: in the experiment, and of the attribute. class_name: of its class. plan: with all shapes.

    twice: whether its gradients at what it reads are differentiated again, as gradient penalties ask for.
    """

    name: str
    class_name: str
    plan: Plan
    twice: bool = False


@dataclass(frozen=True, kw_only=True)
class PlayerPart:
    """A player. networks: that it moves. optimizer: its rule. attribute: of the optimizer."""

    name: str
    networks: tuple[str, ...]
    optimizer: Optimizer
    attribute: str

    @property
    def schedule(self) -> str:
        """The attribute of its learning rate's schedule, or "" where the rate stays."""
        constant = isinstance(self.optimizer.schedule, Constant)
        return "" if constant else self.attribute.replace("optimizer", "schedule")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """How an array comes about that a step function is given.

    kind: "batch": the array `name` of the batch of data; "shuffled": that array in another order; "normal": N(0, 1);
    "uniform": U(low, high); "one_hot": rows with a 1 among `classes`; "labels": whole numbers below `classes`;
    "gumbel": −log(−log u), u of U(0, 1); "flips": 1 with the probability `share`, else 0; "pool": the decisions over a
    pool of `classes` samples.
    each: the shape of one sample's part, channels first.
    """

    kind: str
    name: str = ""
    each: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 1.0
    classes: int = 0
    share: float = 0.0


@dataclass(frozen=True, kw_only=True)
class StepCall:
    """One call of a step function within a step. condition: of the step's number, or "" for always.

    repeats: calls in a row. takes: "next": a new batch of data each time; "step": the step's; "": none.
    arguments: in the order of the function's parameters.
    """

    function: StepFunction
    condition: str
    repeats: int
    takes: str
    arguments: tuple[Drawn, ...]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What an objective keeps between updates. attribute: its name in the program. start: its first value."""

    attribute: str
    start: np.ndarray


@dataclass(frozen=True, kw_only=True)
class ProgramParts:
    """All that a program says.

    name: of the experiment. title: its summary, for the docstring. notes: lines of the docstring, with the paper and
    what is odd. networks: in order, averages left out; averages: name → the network that each follows.
    kept: variable, as "phase/name" → what it is. calls: of a step, in order. batch_size, steps, seed: of the training.
    domains: the arrays of data that steps read, by domain of the data. shuffled: whether batches come in a new order
    each epoch. keeps_last: whether an epoch's smaller last batch is trained on. sheet: rows, columns, and the networks
    that draw it with what they read. every: steps between log lines, sheets and checkpoints, as expressions in which
    ``epoch`` are the steps of one. data_imports, data_lines, data_default, bytes: see `gan_core.programs.data_text`.
    batches_per_step: on average. by_categories: the categories of each column of a mixed table whose rows are drawn by
    them, () for data whose batches are parts of an epoch. brief: whether checkpoints and all scalars but losses are
    left out.
    """

    name: str
    title: str
    notes: tuple[str, ...]
    networks: tuple[NetworkPart, ...]
    averages: Mapping[str, str]
    players: tuple[PlayerPart, ...]
    functions: tuple[StepFunction, ...]
    kept: Mapping[str, Kept]
    calls: tuple[StepCall, ...]
    batch_size: int
    steps: int
    seed: int
    domains: tuple[tuple[str, ...], ...]
    shuffled: bool
    keeps_last: bool
    sheet: Mapping[str, Any]
    every: Mapping[str, str]
    data_imports: tuple[str, ...]
    data_lines: tuple[str, ...]
    data_default: str
    bytes: tuple[str, ...] = ()
    batches_per_step: float = 1.0
    by_categories: tuple[int, ...] = ()
    brief: bool = False

    @property
    def kept_attributes(self) -> list[str]:
        """The attributes of what objectives keep."""
        return [one.attribute for one in self.kept.values()]

    @property
    def changing(self) -> list[str]:
        """The attributes of networks, averages, optimizers and learning-rate schedules: what a checkpoint holds."""
        names = [*(one.name for one in self.networks), *self.averages]
        for player in self.players:
            names.append(player.attribute)
            if player.schedule:
                names.append(player.schedule)
        return names

    def has_heads(self, name: str) -> bool:
        """Whether a network, or the one that an average follows, has several outputs."""
        return len(self.network(self.averages.get(name, name)).plan.outputs) > 1

    def network(self, name: str) -> NetworkPart:
        """Return a network of a name."""
        return next(one for one in self.networks if one.name == name)
