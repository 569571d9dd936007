"""Between which numbers a network's outputs lie, as far as its last layers tell: 0 … 1 after a sigmoid.

A rule goes by the word of a layer in files, and where that says nothing by a word among its fields, so that a layer
defined elsewhere (a softmax, an activation with a name for its function) is known too. Any other layer may give any
number.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gan_core.plans.plans import Node, Plan
from gan_core.specs.layers import Layer
from gan_core.specs.spec import variant_name

INFINITE = (-math.inf, math.inf)
Interval = tuple[float, float]

# What a function maps every number to, by its word without underscores.
FUNCTIONS: dict[str, Interval] = {
    "sigmoid": (0, 1),
    "hardsigmoid": (0, 1),
    "softmax": (0, 1),
    "tanh": (-1, 1),
    "hardtanh": (-1, 1),
    "softsign": (-1, 1),
    "gru": (-1, 1),
    "lstm": (-1, 1),
    "relu": (0, math.inf),
    "relu6": (0, 6),
    "softplus": (0, math.inf),
    "exp": (0, math.inf),
    "exponential": (0, math.inf),
    "elu": (-1, math.inf),
    "silu": (-0.2785, math.inf),
    "gelu": (-0.1701, math.inf),  # of either form
    "logsigmoid": (-math.inf, 0),
    "logsoftmax": (-math.inf, 0),
}
RISING: dict[
    str, Callable[[float], float]
] = {  # functions that keep the order of numbers, as far as a narrower input gives a narrower output
    "relu": lambda x: max(x, 0.0),
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "elu": lambda x: x if x > 0 else math.expm1(x),
}
CHOOSING = {
    *("flatten", "reshape", "upsample", "averagepool", "maxpool", "maxout"),
    *("pixelshuffle", "pad", "crop", "slice", "resize"),
}  # outputs lie among the inputs


REMEMBERING = {"gru", "lstm"}  # whose weights leave their outputs, made of tanh and shares, in the interval


@dataclass(frozen=True, kw_only=True)
class OutputRange:
    """The interval of a network's outputs, and the layer that makes it one ("" where nothing bounds them)."""

    low: float
    high: float
    layer: str = ""
    function: str = ""

    @property
    def bounded(self) -> bool:
        """Whether some numbers are out of reach."""
        return (self.low, self.high) != INFINITE

    def shown(self) -> str:
        """Return it in words: "0 … 1", "above 0"."""
        if self.high == math.inf:
            return "anything" if self.low == -math.inf else f"above {self.low:g}"
        return f"below {self.high:g}" if self.low == -math.inf else f"{self.low:g} … {self.high:g}"


def output_range(plan: Plan) -> OutputRange:
    """Return between which numbers the outputs of a network lie; of several heads, those of the first."""
    known: dict[str, OutputRange] = {}
    anything = OutputRange(low=-math.inf, high=math.inf)
    for node in plan.nodes:
        known[node.name] = _after(node, [known.get(name, anything) for name in node.inputs])
    return known[plan.output]


def _after(node: Node, inputs: list[OutputRange]) -> OutputRange:
    low, high = min(one.low for one in inputs), max(one.high for one in inputs)
    word, layer = _letters(variant_name(type(node.layer).__name__)), node.layer
    if word == "pad" and getattr(layer, "mode", "") == "zeros":
        return _named(min(low, 0.0), max(high, 0.0), inputs)
    if word in CHOOSING or word == "concat":
        return _named(low, high, inputs)
    if word == "add":
        return _named(sum(one.low for one in inputs), sum(one.high for one in inputs), inputs)
    if rule := SCALING.get(word):
        return _named(*rule(layer, low, high), inputs)
    if (function := _function(word, layer)) is not None and (not node.plan.weights or word in REMEMBERING):
        rising = RISING.get(function)
        ends = (rising(low), rising(high)) if rising else FUNCTIONS[function]
        return OutputRange(low=ends[0], high=ends[1], layer=node.name, function=function)
    return OutputRange(low=-math.inf, high=math.inf)


def _scale(layer: Any, low: float, high: float) -> Interval:
    ends = sorted((layer.factor * low, layer.factor * high))
    return ends[0], ends[1]


def _leaky(layer: Any, low: float, high: float) -> Interval:
    if layer.slope == 0:
        return max(low, 0.0), max(high, 0.0)
    return (low if low > 0 else layer.slope * low), (high if high > 0 else layer.slope * high)


def _dropout(layer: Any, low: float, high: float) -> Interval:
    return min(low, 0.0) / (1 - layer.rate), max(high, 0.0) / (1 - layer.rate)


SCALING: dict[str, Callable[[Any, float, float], Interval]] = {
    "scale": _scale,
    "leakyrelu": _leaky,
    "dropout": _dropout,
}


def _named(low: float, high: float, inputs: list[OutputRange]) -> OutputRange:
    """An interval that a layer passes on, with the name of the layer that first made it one."""
    if math.isnan(low) or math.isnan(high) or (low, high) == INFINITE:
        return OutputRange(low=-math.inf, high=math.inf)
    first = next((one for one in inputs if one.layer), inputs[0])
    return OutputRange(low=low, high=high, layer=first.layer, function=first.function)


def _function(word: str, layer: Layer) -> str | None:
    """The function that a layer applies to each value, by its own word or one among its fields."""
    words = [word, *(_letters(getattr(layer, name)) for name in type(layer).__struct_fields__ if name != "name")]  # type: ignore[attr-defined]
    return next((one for one in words if one in FUNCTIONS), None)


def _letters(word: object) -> str:
    return word.lower().replace("_", "") if isinstance(word, str) else ""
