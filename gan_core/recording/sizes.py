"""Numbers that remember how they follow from the batch size, so that a written program works for any batch."""

from collections.abc import Callable
from operator import add, floordiv, mod, mul, sub, truediv
from typing import Any

BATCH_SIZE = "batch_size"


class Size(int):
    """A whole number with the text that it is worked out by, such as ``batch_size // 2``.

    Arithmetic with other numbers gives numbers with texts again.
    """

    text: str
    strength: int

    def __new__(cls, value: int, text: str, strength: int = 5) -> "Size":
        """Return the number; strength: how closely the text binds, 5 for a name, 2 for a product, 1 for a sum."""
        made = super().__new__(cls, value)
        made.text, made.strength = text, strength
        return made

    def __add__(self, other: Any) -> Any:
        return _worked_out(add, "+", 1, self, other)

    def __radd__(self, other: Any) -> Any:
        return _worked_out(add, "+", 1, other, self)

    def __sub__(self, other: Any) -> Any:
        return _worked_out(sub, "-", 1, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _worked_out(sub, "-", 1, other, self)

    def __mul__(self, other: Any) -> Any:
        return _worked_out(mul, "*", 2, self, other)

    def __rmul__(self, other: Any) -> Any:
        return _worked_out(mul, "*", 2, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _worked_out(floordiv, "//", 2, self, other)

    def __mod__(self, other: Any) -> Any:
        return _worked_out(mod, "%", 2, self, other)

    def __truediv__(self, other: Any) -> Any:
        return _worked_out(truediv, "/", 2, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _worked_out(truediv, "/", 2, other, self)

    __hash__ = int.__hash__


class Share(float):
    """A number that is no whole one, with its text, such as ``1 / batch_size``."""

    text: str
    strength: int
    divisor: int | None  # of one that is 1 by something

    def __new__(cls, value: float, text: str, strength: int = 2, divisor: int | None = None) -> "Share":
        """Return the number, as `Size` does."""
        made = super().__new__(cls, value)
        made.text, made.strength, made.divisor = text, strength, divisor
        return made


def text_of(number: float) -> str:
    """Return a number as a program has it: by its text where it follows from the batch size."""
    return number.text if isinstance(number, Size | Share) else repr(number)


def follows_from_batch(number: Any) -> bool:
    """Whether a number has another value for another batch size."""
    return isinstance(number, Size | Share)


def _worked_out(operation: Callable[[Any, Any], Any], sign: str, strength: int, one: Any, other: Any) -> Any:
    """The result of an operation on two numbers; what is no number answers itself."""
    if not (isinstance(one, int | float) and isinstance(other, int | float)):
        return NotImplemented
    value = operation(*(int(part) if isinstance(part, Size) else part for part in (one, other)))
    if value == 0 or (isinstance(one, Size) and operation is floordiv and other == 1):
        return value if value == 0 else one
    left, right = _bound(one, strength), _bound(other, strength + 1)
    text = f"{left} {sign} {right}"
    if isinstance(value, int):
        return Size(value, text, strength)
    return Share(value, text, strength, other if isinstance(other, int) and operation is truediv and one == 1 else None)


def _bound(number: float, strength: int) -> str:
    text = text_of(number)
    return f"({text})" if follows_from_batch(number) and number.strength < strength else text  # type: ignore[attr-defined]
