"""How Keras says recurrent layers in a program."""

from gan_core.errors import BackendError
from gan_core.plans.plans import Node
from gan_core.recording.language import CALLED, Said
from gan_core.recording.module_layers import arguments
from gan_core.specs import layers as L

from .program_layers import said


@said.register(L.GRU)
@said.register(L.LSTM)
def recurrent(layer: L.GRU | L.LSTM, node: Node) -> Said:
    if isinstance(layer, L.LSTM) and layer.bias:
        raise BackendError(
            f"layer '{node.name}': Keras's LSTM has one bias where this one has two, which Adam moves otherwise; set "
            "bias=false for a program, or take a gru"
        )
    bias = arguments({"use_bias": layer.bias}, {"use_bias": True})
    return Said(f"layers.{type(layer).__name__}({layer.units}, return_sequences=True{bias}{{more}})", CALLED)
