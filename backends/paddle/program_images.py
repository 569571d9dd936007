"""How PaddlePaddle says convolutions and other layers of pictures in a program."""

from gan_core.plans.plans import Node
from gan_core.recording.language import Said
from gan_core.recording.module_layers import (
    convolution_arguments,
    cropped_output,
    padded_input,
)
from gan_core.specs import layers as L

from .kernels import default_or_none
from .program_layers import said


@said.register
def conv(layer: L.Conv, node: Node) -> Said:
    made = f"nn.Conv2D({convolution_arguments(node, layer, {'bias_attr': default_or_none(layer.bias)})})"
    channels = node.input_shapes[0][0]
    once = channels == layer.groups != 1 and layer.channels % channels == 0  # a kernel of its own
    return Said(made, f"{{module}}({padded_input(node)})", once=once)


@said.register
def conv_transpose(layer: L.ConvTranspose, node: Node) -> Said:
    more = {"output_padding": layer.output_padding, "bias_attr": default_or_none(layer.bias)}
    made = f"nn.Conv2DTranspose({convolution_arguments(node, layer, more)})"
    return Said(made, cropped_output(node, "{module}({0})"), once=True)


@said.register
def resize(layer: L.Resize, node: Node) -> Said:
    return Said("", f'F.interpolate({{0}}, size={list(node.plan.output_shape[1:])}, mode="bilinear")', once=True)


@said.register
def attention(layer: L.Attention, node: Node) -> Said:
    scaled = ", scaled=True" if layer.scaled else ""
    twice = Said("", f"attention({{0}}, {{1}}, {{2}}{scaled}, softmax=softmax_twice)")
    return Said("", f"attention({{0}}, {{1}}, {{2}}{scaled})", twice=twice)
