"""The statements of a step function, of which a language makes text: with names, and not yet in words.

A step function makes the updates of one phase, or of neighbouring phases that share what one of them made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gan_core.recording.values import Value, values_in


@dataclass(frozen=True, kw_only=True, eq=False)
class Let:
    """Names for a value: one, or as many as a call has outputs (`_` for one that nobody reads).

    flows: the phases whose gradients pass through it; none for a constant. inner: the gradients within whose
    computation it stands, or None.
    """

    names: tuple[str, ...]
    value: Value
    flows: frozenset[str] = frozenset()
    inner: Value | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Update:
    """The gradient of a loss at the weights of a phase's players, and their moves.

    loss: its name. players: with the networks that each moves. again: whether a later update of the same step passes
    through what this one passes through. partial: whether some weights may have no part in the loss, as in that of a
    penalty on gradients alone; their gradient is 0, which their rule reads like any other.
    """

    phase: str
    loss: str
    players: Mapping[str, tuple[str, ...]]
    again: bool = False
    partial: bool = False

    @property
    def networks(self) -> tuple[str, ...]:
        """All networks that it moves."""
        return tuple(name for names in self.players.values() for name in names)


@dataclass(frozen=True, kw_only=True, eq=False)
class Keep:
    """The new value of a variable that an objective keeps from one update to the next."""

    name: str
    value: Value


@dataclass(frozen=True, kw_only=True, eq=False)
class SetChance:
    """The new chance of all of a network's augmentations that are adaptive."""

    network: str
    value: Value


@dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """Every weight of a network is clipped to ±limit."""

    network: str
    limit: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Follow:
    """An average moves towards a network: w̄ ← decay · w̄ + (1 − decay) · w; buffers are copied."""

    average: str
    network: str
    decay: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Define:
    """A function within the step: a loss of the weights that a network is called with.

    name: of the function. parameter: of the weights. lets: its statements. result: what it returns.
    """

    name: str
    parameter: str
    lets: tuple[Let, ...]
    result: Value


Statement = Define | Let | Update | Keep | SetChance | Clip | Follow


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What a step function is given: a name, and the value that stands for it. number: a single number, no array.

    source: (phase, draw) or (phase, number).
    """

    name: str
    value: Value
    number: bool
    source: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class StepFunction:
    """One function of a program.

    name: its name. title: what it does, in a sentence. phases: the phases whose updates it makes. parameters: in
    order. statements: in order. logged: label → value, of what it returns to be printed. names: the names of values.
    attached: the values that a framework which keeps a graph of its own could differentiate.
    """

    name: str
    title: str
    phases: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    statements: tuple[Statement, ...]
    logged: Mapping[str, Value]
    names: Mapping[Value, str]
    attached: frozenset[Value] = field(default_factory=frozenset)


def reached(roots: list[Value]) -> set[Value]:
    """Return all values that some values come from, themselves included."""
    found: set[Value] = set()
    waiting = list(roots)
    while waiting:
        value = waiting.pop()
        if value not in found:
            found.add(value)
            waiting.extend(values_in(value.operands))
    return found
