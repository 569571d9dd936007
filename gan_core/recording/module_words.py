"""Words for operations in frameworks of modules: what PyTorch and those that follow it write alike."""

from collections.abc import Callable, Sequence

from gan_core.recording.expressions import ATOM, COMMON, POWER, SUM, Text, Word, Writer, function, method, shape_text
from gan_core.recording.simplified import CONSTANT_WEIGHTS, OWN_WEIGHTS
from gan_core.recording.sizes import Size, text_of
from gan_core.recording.values import Value


def reduced(writer: Writer, value: Value) -> Text:
    """Write a sum over axes, or over everything."""
    array, axes = value.operands
    text = writer.text(array, ATOM)
    everything = len(axes) == len(array.shape)
    return Text(f"{text}.sum()" if everything else f"{text}.sum({_axes(axes)})")


def _axes(axes: Sequence[int]) -> str:
    return str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"


def detached(writer: Writer, value: Value) -> Text:
    """Write a constant: a value without its graph, where the framework has one for it."""
    (inner,) = value.operands
    if inner in writer.attached:
        return Text(f"{writer.text(inner, ATOM)}.detach()")
    return writer.expression(inner)


def leaf(made: str) -> Word:
    """Return the writer of a value that gradients are taken at. made: what is written behind the value for that.

    What has a name already is copied first, so that it stays as it is.
    """

    def write(writer: Writer, value: Value) -> Text:
        (inner,) = value.operands
        if inner in writer.names:
            return Text(f"{writer.text(inner, ATOM)}.detach(){made}")
        return Text(f"{writer.text(inner, ATOM)}{made}") if made else Text(writer.text(inner))

    return write


def cross_entropy(like: Callable[[str, str], str], call: str) -> Word:
    """Return the writer of the cross-entropy of logits. like: (array, number) → as many of a number. call: its name."""

    def write(writer: Writer, value: Value) -> Text:
        logits, target = value.operands
        text = writer.text(logits)
        wanted = writer.text(target) if isinstance(target, Value) else like(text, writer.text(target))
        return Text(f"{call}({text}, {wanted})")

    return write


def mean_error(like: Callable[[str, str], str], call: str, spelled: str) -> Word:
    """Return the writer of a mean error of two arrays, or of an array and a number.

    call: the framework's name. spelled: the formula for what has no name, {0} the difference.
    """

    def write(writer: Writer, value: Value) -> Text:
        one, other = value.operands
        if isinstance(other, Value):
            return Text(f"{call}({writer.text(one)}, {writer.text(other)})")
        if one in writer.names:
            return Text(f"{call}({writer.text(one)}, {like(writer.text(one), writer.text(other))})")
        return Text(spelled.format(f"{writer.text(one, SUM)} - {writer.text(other, SUM + 1)}"))

    return write


def shaped(call: str) -> Word:
    """Return the writer of a reshape. call: the method, {0} the shape."""

    def write(writer: Writer, value: Value) -> Text:
        return Text(f"{writer.text(value.operands[0], ATOM)}.{call.format(shape_text(value))}")

    return write


def network_call(constant: str, given_weights: str = "") -> Word:
    """Return the writer of a network's call.

    constant: with its own weights as constants, {0} network, {1} inputs. given_weights: with those of a variable, {2}.
    """

    def write(writer: Writer, value: Value) -> Text:
        name, given, weights, _ = value.operands
        inputs = ", ".join(writer.text(part, layout="last") for part in given)
        if isinstance(weights, Value):
            return Text(given_weights.format(f"self.{name}", inputs, writer.names[weights]))
        if weights:
            text = constant if weights == CONSTANT_WEIGHTS else given_weights
            return Text(text.format(f"self.{name}", inputs, OWN_WEIGHTS))
        return Text(f"self.{name}({inputs})")

    return write


def split(writer: Writer, value: Value) -> Text:
    """Write the first rows and the others."""
    array, count = value.operands
    rest = array.shape[0] - count
    parts = ", ".join(text_of(size) if not isinstance(size, Size) else size.text for size in (count, rest))
    return Text(f"{writer.text(array, ATOM)}.split([{parts}])")


def simulated_updates(writer: Writer, value: Value) -> Text:
    """Write updates of a network that are only simulated."""
    network, player, loss, count = value.operands
    return Text(f"simulated_updates(self.{network}, self.{player}_optimizer, {writer.text(loss)}, count={count})")


MODULE_WORDS: dict[str, Word] = {
    **COMMON,
    "mean": method("mean()"),
    "sum": reduced,
    "detach": detached,
    "split": split,
    "simulated_updates": simulated_updates,
    "abs": method("abs()"),
    "relu": function("F.relu"),
    "power": lambda writer, value: Text(
        f"{writer.text(value.operands[0], ATOM)} ** {writer.text(value.operands[1], ATOM)}", POWER
    ),
}
