"""Layers that are defined by operations, the library's and its user's, as operators of ONNX: what was recorded of them.

A definition is recorded for two numbers of samples. Where the two differ in more than in that number, it cannot be
written for any number, and is refused.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from gan_core.contract import composed_layers, style_layers  # noqa: F401  (their definitions join those of `composed`)
from gan_core.contract.composed import check_composable, compose_layer
from gan_core.errors import SpecError
from gan_core.plans.plans import Node
from gan_core.recording.recorder import Recorder
from gan_core.recording.sizes import BATCH_SIZE, Size, follows_from_batch, text_of
from gan_core.recording.values import Value
from gan_core.sharing.onnx_graph import FLOAT, Place

NUMBERS_OF_SAMPLES = (11, 13)  # that no side of a layer, and no number of groups, is likely to be
ONE_INPUT = {
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "abs": "Abs", "relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid",
    "softplus": "Softplus", "softmax": "Softmax", "negative": "Neg",
}  # fmt: skip
TWO_INPUTS = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "power": "Pow", "matmul": "MatMul"}


class _Recorder(Recorder):
    """A recorder that keeps no function whole: ONNX has the operations alone."""

    whole = None  # type: ignore[assignment]


def formula_layer(at: Place) -> str:
    """Write a layer by its definition, and return the name of its output. Raises `SpecError` where that cannot be."""
    check_composable(at.node)
    (output, recorded), (_, again) = (_recorded(at.node, count) for count in NUMBERS_OF_SAMPLES)
    if _described(recorded) != _described(again):
        raise SpecError("its definition depends on the number of samples in a way that a file cannot say")
    return _Formula(at)(output)


def _recorded(node: Node, count: int) -> tuple[Value, list[Value]]:
    """The output of a layer's definition, and all values on the way to it, in order."""
    recorder, batch = _Recorder(), Size(count, BATCH_SIZE)
    inputs = tuple(recorder.made("input", (place,), (batch, *shape)) for place, shape in enumerate(node.input_shapes))
    weights = {key: recorder.made("parameter", (key,), plan.shape) for key, plan in node.plan.weights.items()}
    return compose_layer(node.layer, recorder, inputs, weights), recorder.values  # type: ignore[arg-type, return-value]


def _described(values: list[Value]) -> list[Any]:
    """Values as plain data that are equal where two recordings differ in the number of samples alone."""
    places = {value: place for place, value in enumerate(values)}

    def plain(part: Any) -> Any:
        if isinstance(part, Value):
            return ("value", places.get(part, part.word))
        if isinstance(part, tuple | list):
            return tuple(plain(inner) for inner in part)
        if isinstance(part, slice):
            return ("slice", plain(part.start), plain(part.stop), plain(part.step))
        if isinstance(part, np.ndarray):
            return (part.dtype.str, part.shape, part.tobytes())
        return text_of(part) if follows_from_batch(part) else part

    return [(value.word, plain(value.operands), plain(tuple(value.shape))) for value in values]


class _Formula:
    """Writes values of one layer's definition into a graph, each once."""

    def __init__(self, at: Place) -> None:
        self.at = at
        self._known: dict[Value, str] = {}

    def __call__(self, value: Value) -> str:
        """Write a value, and return its name in the graph."""
        if value not in self._known:
            self._known[value] = self._written(value)
        return self._known[value]

    def _written(self, value: Value) -> str:
        if value.word in ONE_INPUT:
            return self.at.add(ONE_INPUT[value.word], self(value.operands[0]))
        if value.word in TWO_INPUTS:
            return self.at.add(TWO_INPUTS[value.word], *(self._operand(part, value) for part in value.operands))
        write = _WORDS.get(value.word)
        if write is None:
            raise SpecError(f"its definition uses the operation '{value.word}', which a file cannot say")
        return write(self, value)

    def _operand(self, part: Any, whole: Value) -> str:
        """An operand of arithmetic: an array, or a number of the type of the result."""
        if isinstance(part, Value):
            return self.at.add("Cast", self(part), to=FLOAT) if part.integer and not whole.integer else self(part)
        if follows_from_batch(part):
            raise SpecError("its definition works with the number of samples, which a file cannot say")
        return self.at.graph.counts(part) if whole.integer else self.at.graph.number(part)

    def source(self, value: Value) -> str:
        """Write an input, a weight or a constant."""
        (part,) = value.operands
        if value.word == "input":
            return self.at.inputs[int(part)]
        if value.word == "parameter":
            return self.at.weight(str(part))
        return self.at.graph.array(part, "constant") if value.integer else self.at.graph.number(part)

    def same(self, value: Value) -> str:
        """Write what has the values of its operand."""
        return self(value.operands[0])

    def clip(self, value: Value) -> str:
        """Write the bounds of a value."""
        x, low, high = value.operands
        return self.at.add("Clip", self(x), self.at.graph.number(low), self.at.graph.number(high))

    def sum(self, value: Value) -> str:
        """Write a sum over axes, which disappear."""
        x, axes = value.operands
        return self.at.add("ReduceSum", self(x), self.at.graph.counts(list(axes)), keepdims=0)

    def mean(self, value: Value) -> str:
        """Write a mean over everything."""
        return self.at.add("ReduceMean", self(value.operands[0]), keepdims=0)

    def reshape(self, value: Value) -> str:
        """Write another shape; the axis that follows from the number of samples is worked out."""
        open_axes = [axis for axis, size in enumerate(value.shape) if follows_from_batch(size)]
        if len(open_axes) > 1:
            raise SpecError("its definition has two axes that follow from the number of samples")
        sides = [-1 if axis in open_axes else int(size) for axis, size in enumerate(value.shape)]
        return self.at.add("Reshape", self(value.operands[0]), self.at.graph.counts(sides))

    def concat(self, value: Value) -> str:
        """Write arrays joined along an axis."""
        parts, axis = value.operands
        return self.at.add("Concat", *(self(part) for part in parts), axis=axis)

    def transpose(self, value: Value) -> str:
        """Write another order of axes."""
        x, axes = value.operands
        return self.at.add("Transpose", self(x), perm=list(axes))

    def slice(self, value: Value) -> str:
        """Write some places of each axis; an axis with one place disappears."""
        x, key = value.operands
        rows: list[tuple[int, int, int, int]] = []  # axis, first, after the last, step
        for axis, entry in enumerate(key):
            if isinstance(entry, slice):
                if entry.start in (None, 0) and entry.step in (None, 1) and entry.stop in (None, x.shape[axis]):
                    continue
                given = (entry.start, entry.stop)
                if any(map(follows_from_batch, given)) or follows_from_batch(x.shape[axis]):
                    raise SpecError("its definition takes a part of the samples, which a file cannot say")
                rows.append((axis, *entry.indices(int(x.shape[axis]))))
            else:
                rows.append((axis, entry, entry + 1 or 2**31, 1))
        axes, starts, ends, steps = (self.at.graph.counts(list(column)) for column in zip(*rows, strict=True))
        cut = self.at.add("Slice", self(x), starts, ends, axes, steps)
        gone = [axis for axis, entry in enumerate(key) if not isinstance(entry, slice)]
        return self.at.add("Squeeze", cut, self.at.graph.counts(gone)) if gone else cut

    def at_least(self, value: Value) -> str:
        """Write 1 where a whole number reaches a threshold, else 0."""
        x, threshold = value.operands
        reached = self.at.add("GreaterOrEqual", self._operand(x, x), self._operand(threshold, x))
        return self.at.add("Cast", reached, to=FLOAT)

    def item(self, value: Value) -> str:
        """Write one of the two parts of a split; nothing else has several results here."""
        call, place = value.operands
        if call.word != "split" or follows_from_batch(call.operands[1]):
            raise SpecError(f"its definition uses the operation '{call.word}', which a file cannot say")
        x, count = call.operands
        first, last = (0, count) if place == 0 else (count, 2**31)
        return self.at.add("Slice", self(x), *(self.at.graph.counts([one]) for one in (first, last, 0)))


_WORDS: dict[str, Callable[[_Formula, Value], str]] = {
    **dict.fromkeys(("input", "parameter", "constant"), _Formula.source),
    **dict.fromkeys(("detach", "leaf"), _Formula.same),
    "clip": _Formula.clip,
    "sum": _Formula.sum,
    "mean": _Formula.mean,
    "reshape": _Formula.reshape,
    "concat": _Formula.concat,
    "transpose": _Formula.transpose,
    "slice": _Formula.slice,
    "at_least": _Formula.at_least,
    "item": _Formula.item,
}
