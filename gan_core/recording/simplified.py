"""Recorded formulas in the terms of the field: what has a name there, as a mean square error, is one operation."""

from collections.abc import Callable
from typing import Any

from gan_core.recording.sizes import text_of
from gan_core.recording.values import Value

CONSTANT_WEIGHTS, GIVEN_WEIGHTS = "constant", "given"
OWN_WEIGHTS = "own_weights"  # the parameter of a function that is called with any weights of a network
ARITHMETIC = frozenset({"add", "subtract", "multiply", "divide", "negative"})
SCORED = frozenset({"call", "head", "item"})  # what networks gave, as it is


class Simplifier:
    """Rewrites values, each once."""

    def __init__(self) -> None:
        self._known: dict[Value, Value] = {}

    def __call__(self, value: Value) -> Value:
        """Return the value in the field's terms; the same value for the same one."""
        if value not in self._known:
            self._known[value] = self._rewritten(value)
        return self._known[value]

    def _rewritten(self, value: Value) -> Value:
        operands = self._operands(value.operands)
        same = all(one is other for one, other in zip(_flat(operands), _flat(value.operands), strict=True))
        made = value if same else _like(value, value.word, operands)
        for rule in _RULES.get(made.word, ()):
            found = rule(made)
            if found is not None:
                return found
        return made

    def _operands(self, operands: Any) -> Any:
        if isinstance(operands, Value):
            return self(operands)
        if isinstance(operands, tuple):
            return tuple(self._operands(part) for part in operands)
        if isinstance(operands, dict):
            return {key: self._operands(part) for key, part in operands.items()}
        return operands


def _flat(operands: Any) -> list[Any]:
    if isinstance(operands, tuple):
        return [leaf for part in operands for leaf in _flat(part)]
    return [leaf for part in operands.values() for leaf in _flat(part)] if isinstance(operands, dict) else [operands]


def _like(value: Value, word: str, operands: tuple[Any, ...]) -> Value:
    return Value(value.recorder, value.shape, word, operands, value.hints, value.integer, value.constant)


def _without_one(value: Value) -> Value | None:
    """X · 1 is x."""
    one, other = value.operands
    return one if type(other) is float and other == 1.0 else None


def _same_shape(value: Value) -> Value | None:
    """A reshape to the shape that is there already."""
    (one,) = value.operands
    return one if [text_of(size) for size in one.shape] == [text_of(size) for size in value.shape] else None


def _divided(value: Value) -> Value | None:
    """X · (1 / n) is x / n, where 1 / n is no short decimal."""
    one, other = value.operands
    if isinstance(one, Value) and isinstance(other, float):
        divisor = getattr(other, "divisor", None)
        if divisor is None and 0 < other < 1 and len(repr(float(other))) > 8 and 1 / round(1 / other) == other:
            divisor = round(1 / other)
        return None if divisor is None else _like(value, "divide", (one, divisor))
    return None


def _square(value: Value) -> Value | None:
    one, other = value.operands
    return _like(value, "power", (one, 2)) if isinstance(one, Value) and _same(one, other) else None


def _same(one: Any, other: Any) -> bool:
    """Whether two operands are worked out alike."""
    if isinstance(one, Value) and isinstance(other, Value):
        alike = one.word in ARITHMETIC and one.word == other.word and len(one.operands) == len(other.operands)
        return one is other or (alike and all(map(_same, one.operands, other.operands)))
    return type(one) is type(other) and isinstance(one, int | float) and one == other


def _cross_entropy(value: Value) -> Value | None:
    """mean(softplus(−l)) is the cross-entropy of logits against targets of 1, mean(softplus(l)) against 0."""
    (inner,) = value.operands
    if inner.word == "softplus":
        (logits,) = inner.operands
        if logits.word == "negative" and logits.operands[0].word in SCORED:
            return _like(value, "cross_entropy", (logits.operands[0], 1.0))
        return _like(value, "cross_entropy", (logits, 0.0)) if logits.word in SCORED else None
    if inner.word == "subtract" and isinstance(inner.operands[0], Value) and inner.operands[0].word == "softplus":
        (logits,), product = inner.operands[0].operands, inner.operands[1]
        if isinstance(product, Value) and product.word == "multiply" and product.operands[0] is logits:
            return _like(value, "cross_entropy", (logits, product.operands[1]))
    return None


def _mean_error(value: Value) -> Value | None:
    """mean((a − b)²) and mean(|a − b|)."""
    (inner,) = value.operands
    words = {"power": "mean_square", "abs": "mean_absolute"}
    if inner.word not in words or (inner.word == "power" and inner.operands[1] != 2):
        return None
    difference = inner.operands[0]
    if difference.word == "subtract" and isinstance(difference.operands[0], Value):
        one, other = difference.operands
        if not isinstance(other, Value) or other.shape == one.shape:
            return _like(value, words[inner.word], (one, other))
    if inner.word == "power" and difference.word in SCORED:
        return _like(value, "mean_square", (difference, 0.0))
    return None


def _with_constant_weights(value: Value) -> Value | None:
    """A call with the network's own weights as constants: gradients pass to what it reads alone."""
    network, given, weights, head = value.operands
    if isinstance(weights, tuple) and weights and all(_is_own_constant(network, *pair) for pair in weights):
        return _like(value, "call", (network, given, CONSTANT_WEIGHTS, head))
    if isinstance(weights, tuple) and weights:
        sources = {weight.operands[0] if weight.word == "simulated" else weight.word for _, weight in weights}
        if sources == {"given_weight"}:
            return _like(value, "call", (network, given, GIVEN_WEIGHTS, head))
        if len(sources) == 1 and isinstance(source := sources.pop(), Value):
            return _like(value, "call", (network, given, source, head))
    return None


def _is_own_constant(network: str, name: str, weight: Value) -> bool:
    own = weight.operands[0] if weight.word == "detach" else None
    return isinstance(own, Value) and own.word == "weight" and own.operands == (network, name)


_RULES: dict[str, tuple[Callable[[Value], Value | None], ...]] = {
    "multiply": (_square, _without_one, _divided),
    "reshape": (_same_shape,),
    "call": (_with_constant_weights,),
    "mean": (_cross_entropy, _mean_error),
}
