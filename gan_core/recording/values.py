"""Recorded values: arrays that have a shape and remember the operation and the operands that they came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gan_core.errors import SpecError
from gan_core.recording.sizes import follows_from_batch

Shape = tuple[int, ...]


class Recording(Protocol):
    """What records values: see `gan_core.recording.recorder.Recorder`."""

    def made(self, word: str, operands: tuple[Any, ...], shape: Shape, *, integer: bool = False) -> "Value":
        """Record a value."""

    def joined(self, word: str, one: Any, other: Any) -> "Value":
        """Record an operation on two operands."""

    def sliced(self, value: "Value", key: tuple[Any, ...]) -> "Value":
        """Record a slice."""


@dataclass(eq=False)
class Value:
    """A recorded array.

    recorder: what it was recorded by. shape: the length of each axis; one that follows from the batch size is a `Size`.
    word: the operation that made it: the name of one of `Ops`, an operator ("add"), or one of `SOURCES`.
    operands: what that operation worked on: values, numbers, names, or tuples of them.
    hints: what the formula's author calls it, nearest first; see `author_names`. integer: whether it holds whole
    numbers.
    constant: whether it was made where nothing is differentiated through.
    """

    recorder: Recording = field(repr=False)
    shape: Shape
    word: str
    operands: tuple[Any, ...] = ()
    hints: tuple[str, ...] = ()
    integer: bool = False
    constant: bool = False

    def __neg__(self) -> "Value":
        return self.recorder.made("negative", (self,), self.shape)

    def __add__(self, other: Any) -> "Value":
        return self.recorder.joined("add", self, other)

    def __radd__(self, other: Any) -> "Value":
        return self.recorder.joined("add", other, self)

    def __sub__(self, other: Any) -> "Value":
        return self.recorder.joined("subtract", self, other)

    def __rsub__(self, other: Any) -> "Value":
        return self.recorder.joined("subtract", other, self)

    def __mul__(self, other: Any) -> "Value":
        return self.recorder.joined("multiply", self, other)

    def __rmul__(self, other: Any) -> "Value":
        return self.recorder.joined("multiply", other, self)

    def __truediv__(self, other: Any) -> "Value":
        return self.recorder.joined("divide", self, other)

    def __rtruediv__(self, other: Any) -> "Value":
        return self.recorder.joined("divide", other, self)

    def __pow__(self, other: Any) -> "Value":
        return self.recorder.joined("power", self, other)

    def __getitem__(self, key: Any) -> "Value":
        return self.recorder.sliced(self, key if isinstance(key, tuple) else (key,))

    def __len__(self) -> int:
        return self.shape[0]

    def __bool__(self) -> bool:
        raise SpecError(
            "a formula branches on the numbers of an array, or calls a method of a framework's: it can be trained "
            "with, but not written out as a program"
        )

    @property
    def hint(self) -> str:
        """The nearest single name of its author's, or none."""
        return next((hint for hint in self.hints if "," not in hint), "")

    def parts(self) -> Iterator["Value"]:
        """Yield the values among its operands, in order."""
        yield from values_in(self.operands)


# words of values that no operation made: what a step is given, what it keeps, and what it differentiates at
SOURCES = frozenset(
    {"draw", "number", "variable", "weight", "slot", "constant", "input", "parameter", "given_weight", "chance"}
)


def values_in(operands: Any) -> Iterator[Value]:
    """Yield the values in operands, which may stand in tuples and tables."""
    if isinstance(operands, Value):
        yield operands
    elif isinstance(operands, tuple | list):
        for part in operands:
            yield from values_in(part)
    elif isinstance(operands, dict):
        for part in operands.values():
            yield from values_in(part)


def broadcast(*shapes: Shape) -> Shape:
    """Return the shape of an operation on arrays of these shapes, as NumPy has it, with what follows from the batch."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    return tuple(_longest(sizes) for sizes in zip(*padded, strict=True))


def _longest(sizes: Sequence[int]) -> int:
    found = 1
    for size in sizes:
        if size in {1, found}:
            found = size if follows_from_batch(size) and size == found else found
        elif found == 1:
            found = size
        else:
            raise SpecError(f"arrays of {found} and {size} values along an axis do not fit each other")
    return found
