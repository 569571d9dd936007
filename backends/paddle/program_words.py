"""PaddlePaddle's words for operations in programs."""

import numpy as np

from gan_core.recording.expressions import ATOM, Text, Word, Writer, function, method
from gan_core.recording.module_words import MODULE_WORDS, cross_entropy, leaf, mean_error, network_call, shaped
from gan_core.recording.sizes import text_of
from gan_core.recording.values import Value
from gan_core.recording.weight_words import own_weight


def like(array: str, number: str) -> str:
    """As many of a number as an array has values."""
    known = {"1.0": "paddle.ones_like({0})", "0.0": "paddle.zeros_like({0})"}
    return known.get(number, "paddle.full_like({0}, {1})").format(array, number)


def constant(writer: Writer, value: Value) -> Text:
    """An array of numbers, in one of the ways in which such arrays come."""
    (array,) = value.operands
    shape = ", ".join(text_of(size) for size in value.shape)
    if value.shape and bool(np.all(array == array.flat[0])):
        return Text(f"paddle.full([{shape}], {array.flat[0]!r})")
    return Text(f"paddle.to_tensor({array.tolist()!r})")


def gradients(writer: Writer, value: Value) -> Text:
    """Gradients at inputs, themselves to be differentiated where that was asked."""
    output, inputs, again = value.operands
    at = ", ".join(writer.text(part) for part in inputs)
    graph = ", create_graph=True" if again else ""
    return Text(f"paddle.grad({writer.text(output)}, {at if len(inputs) == 1 else f'[{at}]'}{graph})")


def concat(writer: Writer, value: Value) -> Text:
    parts, axis = value.operands
    along = f", axis={axis}" if axis else ""
    return Text(f"paddle.concat([{', '.join(writer.text(part) for part in parts)}]{along})")


def unit_entropy(writer: Writer, value: Value) -> Text:
    logits, unit = value.operands
    return Text(f"-F.log_softmax({writer.text(logits)}, axis=1)[:, {unit}].mean()", ATOM - 2)


WORDS: dict[str, Word] = {
    **MODULE_WORDS,
    "exp": function("paddle.exp"),
    "log": function("paddle.log"),
    "sqrt": function("paddle.sqrt"),
    "tanh": function("paddle.tanh"),
    "sigmoid": function("F.sigmoid"),
    "softplus": function("F.softplus", "threshold=40"),
    "softmax": function("F.softmax"),
    "clip": method("clip({1}, {2})"),
    "leaf": leaf(""),
    "reshape": shaped("reshape([{0}])"),
    "transpose": lambda writer, value: Text(
        f"{writer.text(value.operands[0], ATOM)}.transpose({list(value.operands[1])})"
    ),
    "concat": concat,
    "matmul": lambda writer, value: Text(
        f"{writer.text(value.operands[0], ATOM - 3)} @ {writer.text(value.operands[1], ATOM - 2)}", ATOM - 3
    ),
    "constant": constant,
    "gradients": gradients,
    "cross_entropy": cross_entropy(like, "F.binary_cross_entropy_with_logits"),
    "mean_square": mean_error(like, "F.mse_loss", "(({0}) ** 2).mean()"),
    "mean_absolute": mean_error(like, "F.l1_loss", "({0}).abs().mean()"),
    "class_entropy": lambda writer, value: Text(f"F.cross_entropy({', '.join(map(writer.text, value.operands))})"),
    "hot_entropy": lambda writer, value: Text(
        f"F.cross_entropy({', '.join(map(writer.text, value.operands))}, soft_label=True)"
    ),
    "unit_entropy": unit_entropy,
    "log_sum_exp_of_rows": function("paddle.logsumexp", "axis=1", "keepdim=True"),
    "one_hot_rows": function("F.one_hot", "{1}"),
    "canonical": own_weight("{0}.{1}", "weight", "{0}.T", "{0}"),
    "quarter_turns": function("quarter_turns"),
    "quarter_numbers": function("quarter_numbers"),
    "without_diagonal": function("without_diagonal"),
    "through_pool": function("through_pool", "{1}", "{2}"),
    "moved_chance": function("moved_chance", *(f"{{{place}}}" for place in range(1, 7))),
    "chance": lambda writer, value: Text(f"chance_of(self.{value.operands[0]})"),
    "call": network_call("as_constant({0}, {1})", "with_weights({0}, {2}, {1})"),
}

TWICE_WORDS: dict[str, Word] = {  # what PaddlePaddle cannot differentiate twice
    "mean": function("mean_twice"),
    "cross_entropy": cross_entropy(like, "cross_entropy_twice"),
}
