"""Layers that the library or its user defines by operations, recorded: for programs in which they are classes."""

from dataclasses import dataclass

from gan_core.contract import (  # noqa: F401  (their definitions join those of `composed`)
    composed_layers,
    recurrent_layers,
    style_layers,
)
from gan_core.contract.composed import check_composable, compose_layer
from gan_core.plans.plans import Node
from gan_core.recording.formulas import statements
from gan_core.recording.recorder import Recorder
from gan_core.recording.simplified import Simplifier
from gan_core.recording.sizes import BATCH_SIZE, Size
from gan_core.recording.values import Value

BATCH = 8  # samples, where a layer is recorded; what follows from it is written for any number


@dataclass(frozen=True, kw_only=True)
class RecordedLayer:
    """A layer's definition. inputs: their names. lines: (name, value) of its statements. output: what it returns.

    names: of all values that have one; a weight is ``self.weight``.
    """

    inputs: tuple[str, ...]
    lines: tuple[tuple[str, Value], ...]
    output: Value
    names: dict[Value, str]


def recorded_layer(node: Node) -> RecordedLayer:
    """Return the definition of a layer. Raises `SpecError` for one that has none, or keeps buffers."""
    check_composable(node)
    recorder, simplify, batch = Recorder(), Simplifier(), Size(BATCH, BATCH_SIZE)
    inputs = tuple(recorder.made("input", (place,), (batch, *shape)) for place, shape in enumerate(node.input_shapes))
    weights = {key: recorder.made("parameter", (key,), plan.shape) for key, plan in node.plan.weights.items()}
    output = simplify(compose_layer(node.layer, recorder, inputs, weights))  # type: ignore[arg-type]
    names = {value: "x" if place == 0 else f"x_{place + 1}" for place, value in enumerate(inputs)}
    names |= {value: f"self.{key}" for key, value in weights.items()}
    given = tuple(names[value] for value in inputs)
    order = list(dict.fromkeys(simplify(value) for value in recorder.values))
    lines = tuple(statements(output, order, names))
    return RecordedLayer(inputs=given, lines=lines, output=output, names=names)
