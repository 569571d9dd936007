"""The text of recorded values as expressions of a framework: words for operations, brackets where they are needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from gan_core.errors import SpecError
from gan_core.recording.sizes import Share, Size, text_of
from gan_core.recording.values import Value, values_in

NOTHING, SUM, PRODUCT, UNARY, POWER, ATOM = range(6)  # how closely an expression binds
CHANNELS_LAST = (0, 2, 3, 1)  # [N, C, H, W] as [N, H, W, C]
CHANNELS_FIRST = (0, 3, 1, 2)
Layout = Literal["first", "last", "any"]


class Text(NamedTuple):
    """An expression, and how closely it binds."""

    text: str
    strength: int = ATOM

    def within(self, strength: int) -> str:
        """Return the text, in brackets if it binds less closely than its place asks."""
        return self.text if self.strength >= strength else f"({self.text})"


Word = Callable[["Writer", Value], Text]


@dataclass(kw_only=True)
class Writer:
    """Writes values of one function as expressions.

    words: operation → what writes it. names: of values that have one. attached: values of which the framework keeps a
    graph. channels_last: whether its pictures are [N, H, W, C]; recorded shapes are [N, C, H, W] in any case.
    used: the words that were written, by which a program knows what it has to define.
    """

    words: Mapping[str, Word]
    names: Mapping[Value, str]
    attached: frozenset[Value] = frozenset()
    channels_last: bool = False
    transpose: str = ""
    used: set[str] = field(default_factory=set)

    def text(self, value: Any, strength: int = NOTHING, layout: Layout = "any") -> str:
        """Return an operand as an expression for a place that binds with `strength`.

        layout: the order of axes of a picture that the place needs.
        """
        if not isinstance(value, Value):
            return _number(value).within(strength)
        has = self.layout(value)
        if layout == "any" or has in {"any", layout}:
            return self.expression(value).within(strength)
        axes = CHANNELS_LAST if layout == "last" else CHANNELS_FIRST
        return self.transpose.format(self.expression(value).within(ATOM), list(axes))

    def defining(self, value: Value) -> str:
        """Return the expression of a value that has a name, for the statement that gives it."""
        return self._word(value).text

    def layout(self, value: Value) -> Layout:
        """Return the order of axes that a value has in the framework: "any" where both are the same."""
        if not self.channels_last or len(value.shape) != 4 or all(size == 1 for size in value.shape[1:]):
            return "any"
        if value.word in {"draw", "input", "call", "head"}:
            return "last"
        if value.word in {"reshape", "transpose", "matmul", "constant", "parameter"}:
            return "first"
        if value.word == "item":
            return self.layout(_origin(value))
        found = {self.layout(part) for part in values_in(value.operands) if len(part.shape) == 4}
        return "last" if "last" in found else "first" if "first" in found else "any"

    def axis(self, value: Value, axis: int) -> int:
        """Return where an axis of a recorded value lies in the framework's."""
        return {0: 0, 1: 3, 2: 1, 3: 2}[axis % 4] if self.layout(value) == "last" else axis

    def expression(self, value: Value) -> Text:
        """Return a value as an expression, and how closely it binds."""
        return Text(self.names[value]) if value in self.names else self._word(value)

    def _word(self, value: Value) -> Text:
        if value.word not in self.words:
            raise SpecError(f"the operation '{value.word}' cannot be written out as a program of this framework")
        self.used.add(value.word)
        return self.words[value.word](self, value)


def _origin(item: Value) -> Value:
    """The array whose order of axes one of an operation's several results has."""
    call, place = item.operands
    if call.word == "gradients":
        return call.operands[1][place]  # type: ignore[no-any-return]
    return next(part for part in values_in(call.operands) if len(part.shape) == 4)


def _number(number: Any) -> Text:
    if isinstance(number, Size | Share):
        return Text(number.text, {1: SUM, 2: PRODUCT, 5: ATOM}[number.strength])
    text = (
        repr(int(number)) if isinstance(number, float) and number.is_integer() and abs(number) < 1e6 else repr(number)
    )
    if isinstance(number, float) and "e" not in text and "." not in text:
        text = f"{text}.0"
    return Text(text, UNARY if text.startswith("-") else ATOM)


# --- words that all frameworks share


def operator(sign: str, strength: int, *, loose_right: bool = False) -> Word:
    """Return the writer of an operator between two operands."""

    def write(writer: Writer, value: Value) -> Text:
        one, other = value.operands
        layout = writer.layout(value)
        right = strength if loose_right else strength + 1
        return Text(f"{writer.text(one, strength, layout)} {sign} {writer.text(other, right, layout)}", strength)

    return write


def function(name: str, *more: str) -> Word:
    """Return the writer of a function of a value, and what else it is given: numbers by their place, as "{1}"."""

    def write(writer: Writer, value: Value) -> Text:
        operands = [writer.text(part) for part in value.operands]
        rest = "".join(f", {text.format(*operands)}" for text in more)
        return Text(f"{name}({operands[0]}{rest})")

    return write


def method(call: str) -> Word:
    """Return the writer of a method of a value; call: with brackets, numbers by their place, as "clamp({1}, {2})"."""

    def write(writer: Writer, value: Value) -> Text:
        operands = [writer.text(part) for part in value.operands]
        return Text(f"{writer.text(value.operands[0], ATOM)}.{call.format(*operands)}")

    return write


def _negative(writer: Writer, value: Value) -> Text:
    return Text(f"-{writer.text(value.operands[0], UNARY)}", UNARY)


def _power(writer: Writer, value: Value) -> Text:
    base, exponent = value.operands
    return Text(f"{writer.text(base, ATOM)} ** {writer.text(exponent, UNARY)}", POWER)


def _slice(writer: Writer, value: Value) -> Text:
    array, key = value.operands
    keys = [_key(part) for part in key]
    if writer.layout(array) == "last":
        keys = [*keys, *[":"] * (4 - len(keys))]
        keys = [keys[axis] for axis in CHANNELS_LAST]
        while keys[-1] == ":":
            keys.pop()
    return Text(f"{writer.text(array, ATOM)}[{', '.join(keys)}]")


def _key(part: Any) -> str:
    if isinstance(part, int):
        return text_of(part)
    start, stop, step = ("" if one is None or one == 0 else text_of(one) for one in (part.start, part.stop, part.step))
    gap = " " if " " in start + stop else ""
    return f"{start}{gap if start else ''}:{gap}{stop}" + (f":{step}" if step not in ("", "1") else "")


def _item(writer: Writer, value: Value) -> Text:
    call, place = value.operands
    if value in writer.names:
        return Text(writer.names[value])
    return Text(f"{writer.text(call, ATOM)}[{place!r}]")


COMMON: dict[str, Word] = {
    "add": operator("+", SUM, loose_right=True),
    "subtract": operator("-", SUM),
    "multiply": operator("*", PRODUCT, loose_right=True),
    "divide": operator("/", PRODUCT),
    "power": _power,
    "negative": _negative,
    "slice": _slice,
    "item": _item,
    "head": _item,
}


def shape_text(value: Value) -> str:
    """Return the shape of a value as the arguments of a reshape; an axis that follows from the batch is worked out."""
    open_axes = [axis for axis, size in enumerate(value.shape) if isinstance(size, Size)]
    first = open_axes[0] if open_axes else -1
    return ", ".join("-1" if axis == first else text_of(size) for axis, size in enumerate(value.shape))
