"""Layers defined by operations, as classes of a framework of modules."""

import textwrap
from collections.abc import Callable

from gan_core.contract.recorded_layers import recorded_layer
from gan_core.plans.plans import Node
from gan_core.recording.expressions import Writer
from gan_core.recording.language import Said
from gan_core.recording.module_language import ModuleLanguage
from gan_core.recording.sizes import BATCH_SIZE
from gan_core.specs.spec import variant_name


def composed_class(node: Node, language: ModuleLanguage, parameter: Callable[[tuple[int, ...]], str]) -> Said:
    """Return how a layer is said that the framework has no words for: a class, from the layer's own definition.

    parameter: shape → the expression of a trained array. Raises `SpecError` for a layer that has no definition.
    """
    recorded = recorded_layer(node)
    writer = Writer(words=language.words, names=recorded.names)
    body = [f"{name} = {writer.defining(value)}" for name, value in recorded.lines]
    body.append(f"return {writer.text(recorded.output)}")
    if any(BATCH_SIZE in line for line in body):
        body.insert(0, f"{BATCH_SIZE} = len({recorded.inputs[0]})")
    made = [f"self.{key} = {parameter(plan.shape)}" for key, plan in node.plan.weights.items()]
    title = (type(node.layer).__doc__ or "").strip().splitlines() or [""]
    kind = "".join(part.capitalize() for part in variant_name(type(node.layer).__name__).split("_"))
    name = f"{kind}{'x'.join(map(str, node.input_shapes[0]))}" if _holds_sizes(node, body, made) else kind
    start = ["def __init__(self):", "    super().__init__()", *(f"    {line}" for line in made), ""] if made else []
    lines = [*start, f"def forward(self, {', '.join(recorded.inputs)}):", *(f"    {line}" for line in body)]
    text = f'class {name}({language.module}):\n    """{title[0].rstrip(".")}."""\n\n' + textwrap.indent(
        "\n".join(lines), "    "
    )
    inputs = ", ".join(f"{{{place}}}" for place in range(len(node.inputs)))
    return Said(f"{name}()", f"{{module}}({inputs})", definition=text)


def _holds_sizes(node: Node, body: list[str], made: list[str]) -> bool:
    """Whether the text holds the sizes of the layer's inputs, so that it serves no layer of other sizes."""
    sizes = {str(size) for shape in node.input_shapes for size in shape}
    return any(size in line for size in sizes for line in [*body, *made])
