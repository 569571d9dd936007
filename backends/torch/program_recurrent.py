"""How PyTorch says recurrent layers in a program."""

from gan_core.plans.plans import Node
from gan_core.recording.language import Said
from gan_core.recording.module_layers import arguments
from gan_core.specs import layers as L

from .program_layers import said


@said.register(L.GRU)
@said.register(L.LSTM)
def recurrent(layer: L.GRU | L.LSTM, node: Node) -> Said:
    more = arguments({"bias": layer.bias, "batch_first": True}, {"bias": True})
    made = f"nn.{type(layer).__name__}({node.input_shapes[0][-1]}, {layer.units}{more})"
    return Said(made, "{module}({0})[0]")
