"""Keras's words for operations in programs, those of TensorFlow."""

import numpy as np

from gan_core.recording.expressions import (
    ATOM,
    COMMON,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Text,
    Word,
    Writer,
    function,
    shape_text,
)
from gan_core.recording.module_words import simulated_updates
from gan_core.recording.simplified import CONSTANT_WEIGHTS, OWN_WEIGHTS
from gan_core.recording.sizes import text_of
from gan_core.recording.tapes import TapeWriter, stopped
from gan_core.recording.values import Value
from gan_core.recording.weight_words import own_weight


def like(array: str, number: str) -> str:
    """As many of a number as an array has values."""
    known = {"1.0": "tf.ones_like({0})", "0.0": "tf.zeros_like({0})"}
    return known.get(number, "tf.ones_like({0}) * {1}").format(array, number)


def constant(writer: Writer, value: Value) -> Text:
    """An array of numbers, in one of the ways in which such arrays come."""
    (array,) = value.operands
    shape = ", ".join(text_of(size) for size in value.shape)
    if value.shape and bool(np.all(array == array.flat[0])):
        return Text(f"tf.fill(({shape},), {array.flat[0]!r})")
    return Text(f"tf.constant({array.tolist()!r}{'' if value.integer else ', dtype=keras.config.floatx()'})")


def gradients(writer: Writer, value: Value) -> Text:
    """Gradients from the tape that recorded what they are the gradients of."""
    output, inputs, _ = value.operands
    tape = writer.inner.get(value, "tape") if isinstance(writer, TapeWriter) else "tape"
    at = ", ".join(writer.text(part) for part in inputs)
    return Text(f"{tape}.gradient({writer.text(output)}, {at if len(inputs) == 1 else f'[{at}]'})")


def concat(writer: Writer, value: Value) -> Text:
    parts, axis = value.operands
    layout = writer.layout(value)
    listed = ", ".join(writer.text(part, layout=layout) for part in parts)
    return Text(f"tf.concat([{listed}], axis={writer.axis(value, axis)})")


def unit_entropy(writer: Writer, value: Value) -> Text:
    logits, unit = value.operands
    return Text(f"-tf.reduce_mean(tf.nn.log_softmax({writer.text(logits)})[:, {unit}])", UNARY)


def _reduced(writer: Writer, value: Value) -> Text:
    """A sum over axes, as they lie in the framework, or over everything."""
    array, axes = value.operands
    text = writer.text(array)
    if len(axes) == len(array.shape):
        return Text(f"tf.reduce_sum({text})")
    places = sorted(writer.axis(array, axis) for axis in axes)
    return Text(f"tf.reduce_sum({text}, axis={places[0] if len(places) == 1 else places})")


def _power(writer: Writer, value: Value) -> Text:
    base, exponent = value.operands
    if exponent == 2:
        return Text(f"tf.square({writer.text(base)})")
    return Text(f"{writer.text(base, ATOM)} ** {writer.text(exponent, UNARY)}", POWER)


def _leaf(writer: Writer, value: Value) -> Text:
    """A value that gradients are taken at; what has a name already stays apart from it."""
    (inner,) = value.operands
    return Text(f"tf.identity({writer.text(inner)})") if inner in writer.names else Text(writer.text(inner, ATOM))


def _reshape(writer: Writer, value: Value) -> Text:
    """Another shape, in the order of [N, C, H, W], in which the formula counts."""
    (array,) = value.operands
    channels, *sides = array.shape[1:] if len(array.shape) == 4 else (1,)
    mixes = channels != 1 and any(side != 1 for side in sides)
    text = writer.text(array, layout="first" if mixes else "any")
    return Text(f"tf.reshape({text}, ({shape_text(value)},))" if len(value.shape) == 1 else _shaped(text, value))


def _shaped(text: str, value: Value) -> str:
    return f"tf.reshape({text}, ({shape_text(value)}))"


def _split(writer: Writer, value: Value) -> Text:
    """The first rows and the others."""
    array, count = value.operands
    text = writer.text(array, ATOM)
    return Text(f"{text}[:{text_of(count)}], {text}[{text_of(count)}:]")


def _binary_cross_entropy(writer: Writer, value: Value) -> Text:
    logits, target = value.operands
    text = writer.text(logits)
    wanted = writer.text(target) if isinstance(target, Value) else like(text, writer.text(target))
    return Text(f"binary_cross_entropy({wanted}, {text})")


def _mean_error(each: str) -> Word:
    """Return the writer of a mean error. each: what is done to a difference, {0}."""

    def write(writer: Writer, value: Value) -> Text:
        one, other = value.operands
        layout = writer.layout(one)
        left = writer.text(one, SUM, layout)
        if not isinstance(other, Value) and other == 0:
            return Text(f"tf.reduce_mean({each.format(writer.text(one))})")
        return Text(f"tf.reduce_mean({each.format(f'{left} - {writer.text(other, SUM + 1, layout)}')})")

    return write


def _entropy_of_classes(call: str) -> Word:
    """Return the writer of the mean cross-entropy of logits [N, classes]. call: TensorFlow's, of each sample."""

    def write(writer: Writer, value: Value) -> Text:
        logits, target = value.operands
        return Text(f"tf.reduce_mean({call}(labels={writer.text(target)}, logits={writer.text(logits)}))")

    return write


def _network_call(writer: Writer, value: Value) -> Text:
    name, given, weights, _ = value.operands
    inputs = ", ".join(writer.text(part, layout="last") for part in given)
    listed = f"[{inputs}]" if len(given) > 1 else inputs
    if isinstance(weights, Value):
        return Text(f"call_with_weights(self.{name}, {writer.names[weights]}, {listed})")
    if weights:
        known = f"constant_weights(self.{name})" if weights == CONSTANT_WEIGHTS else OWN_WEIGHTS
        return Text(f"call_with_weights(self.{name}, {known}, {listed})")
    return Text(f"self.{name}({listed}, training=True)")


WORDS: dict[str, Word] = {
    **COMMON,
    "exp": function("tf.exp"),
    "log": function("tf.math.log"),
    "sqrt": function("tf.sqrt"),
    "abs": function("tf.abs"),
    "relu": function("tf.nn.relu"),
    "tanh": function("tf.tanh"),
    "sigmoid": function("tf.sigmoid"),
    "softplus": function("tf.nn.softplus"),
    "softmax": function("tf.nn.softmax"),
    "clip": function("tf.clip_by_value", "{1}", "{2}"),
    "mean": function("tf.reduce_mean"),
    "sum": _reduced,
    "power": _power,
    "reshape": _reshape,
    "transpose": lambda writer, value: Text(
        f"tf.transpose({writer.text(value.operands[0], layout='first')}, {list(value.operands[1])})"
    ),
    "concat": concat,
    "split": _split,
    "matmul": lambda writer, value: Text(
        f"{writer.text(value.operands[0], PRODUCT)} @ {writer.text(value.operands[1], PRODUCT + 1)}", PRODUCT
    ),
    "constant": constant,
    "detach": stopped("tf.stop_gradient({0})"),
    "leaf": _leaf,
    "gradients": gradients,
    "cross_entropy": _binary_cross_entropy,
    "mean_square": _mean_error("tf.square({0})"),
    "mean_absolute": _mean_error("tf.abs({0})"),
    "class_entropy": _entropy_of_classes("tf.nn.sparse_softmax_cross_entropy_with_logits"),
    "hot_entropy": _entropy_of_classes("tf.nn.softmax_cross_entropy_with_logits"),
    "unit_entropy": unit_entropy,
    "log_sum_exp_of_rows": function("tf.reduce_logsumexp", "axis=1", "keepdims=True"),
    "one_hot_rows": function("tf.one_hot", "{1}", "dtype=keras.config.floatx()"),
    "canonical": own_weight('{0}.get_layer("{1}")', "kernel", "tf.transpose({0})", "tf.transpose({0}, (3, 2, 0, 1))"),
    "quarter_turns": function("quarter_turns"),
    "quarter_numbers": function("quarter_numbers"),
    "without_diagonal": function("without_diagonal"),
    "through_pool": function("through_pool", "{1}", "{2}"),
    "moved_chance": function("moved_chance", *(f"{{{place}}}" for place in range(1, 7))),
    "chance": lambda writer, value: Text(f"chance_of(self.{value.operands[0]})"),
    "simulated_updates": simulated_updates,
    "call": _network_call,
}

TWICE_WORDS: dict[str, Word] = {}  # TensorFlow differentiates all of them twice
