"""Layers defined by operations, as classes of a framework of tapes."""

import textwrap

from gan_core.contract.recorded_layers import recorded_layer
from gan_core.plans.plans import Node
from gan_core.recording.expressions import Writer
from gan_core.recording.language import Said
from gan_core.recording.sizes import BATCH_SIZE
from gan_core.recording.tape_language import TapeLanguage
from gan_core.specs.spec import variant_name


def composed_layer(node: Node, language: TapeLanguage) -> Said:
    """Return how a layer is said that the framework has no words for: a class, from the layer's own definition.

    First weights are given by argument, ``weight_initializer``. Raises `SpecError` for a layer without a definition.
    """
    recorded, plans = recorded_layer(node), node.plan.weights
    writer = Writer(
        words=language.words,
        names=recorded.names,
        channels_last=language.channels_last,
        transpose=language.transpose,
    )
    body = [f"{name} = {writer.defining(value)}" for name, value in recorded.lines]
    body.append(f"return {writer.text(recorded.output, layout='last')}")
    if any(BATCH_SIZE in line for line in body):
        body.insert(0, f"{BATCH_SIZE} = {recorded.inputs[0]}.shape[0]")
    several = len(recorded.inputs) > 1
    shape, batch, given = ("shapes", "shapes[0][0]", "inputs") if several else ("shape", "shape[0]", recorded.inputs[0])
    if several:
        body.insert(0, f"{', '.join(recorded.inputs)} = inputs")
    kind = "".join(part.capitalize() for part in variant_name(type(node.layer).__name__).split("_"))
    name = f"{kind}{'x'.join(map(str, node.input_shapes[0]))}"
    title = (type(node.layer).__doc__ or "").strip().splitlines() or [""]
    channels, *sides = node.plan.output_shape
    lines = [f'"""{title[0].rstrip(".")}."""', ""]
    if plans:
        lines += [
            f"def __init__(self, {', '.join(f'{key}_initializer' for key in plans)}, **options):",
            "    super().__init__(**options)",
            *(f"    self.{key}_initializer = {key}_initializer" for key in plans),
            "",
            f"def build(self, {shape}):",
            *(
                f'    self.{key} = self.add_weight({plan.shape}, self.{key}_initializer, name="{key}")'
                for key, plan in plans.items()
            ),
            "",
        ]
    lines += [
        f"def compute_output_shape(self, {shape}):",
        f"    return ({batch}, {', '.join(map(str, (*sides, channels)))})",
        "",
        f"def call(self, {given}):",
        *(f"    {line}" for line in body),
    ]
    text = f"class {name}(layers.Layer):\n" + textwrap.indent("\n".join(lines), "    ")
    inputs = ", ".join(f"{{{place}}}" for place in range(len(node.inputs)))
    return Said(f"{name}({{more}})", f"{{module}}([{inputs}])" if several else f"{{module}}({inputs})", definition=text)
