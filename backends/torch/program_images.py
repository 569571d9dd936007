"""How PyTorch says convolutions and other layers of pictures in a program."""

from gan_core.plans.plans import Node
from gan_core.recording.language import Said
from gan_core.recording.module_layers import (
    convolution_arguments,
    cropped_output,
    padded_input,
)
from gan_core.specs import layers as L

from .program_layers import said


@said.register
def conv(layer: L.Conv, node: Node) -> Said:
    made = f"nn.Conv2d({convolution_arguments(node, layer, {'bias': layer.bias})})"
    return Said(made, f"{{module}}({padded_input(node)})")


@said.register
def conv_transpose(layer: L.ConvTranspose, node: Node) -> Said:
    more = {"output_padding": layer.output_padding, "bias": layer.bias}
    made = f"nn.ConvTranspose2d({convolution_arguments(node, layer, more)})"
    return Said(made, cropped_output(node, "{module}({0})"))


@said.register
def resize(layer: L.Resize, node: Node) -> Said:
    return Said("", f'F.interpolate({{0}}, size={node.plan.output_shape[1:]}, mode="bilinear")')


@said.register
def attention(layer: L.Attention, node: Node) -> Said:
    scaled = ", scaled=True" if layer.scaled else ""
    return Said("", f"attention({{0}}, {{1}}, {{2}}{scaled})")
