"""What stands for each layer in PyTorch without this library: the words of a module of its own."""

from collections.abc import Sequence
from functools import singledispatch

from gan_core.contract.native_script import LayerWords, common_words, cropped, in_table, padded, sizes
from gan_core.plans.plans import Node
from gan_core.specs import layers as L


@singledispatch
def standard_layer(layer: L.Layer, node: Node, inputs: Sequence[str]) -> LayerWords:
    return common_words(layer, node, inputs)


@standard_layer.register
def dense(layer: L.Dense, node: Node, inputs: Sequence[str]) -> LayerWords:
    return in_table(node, f"nn.Linear({node.input_shapes[0][-1]}, {layer.units}, bias={layer.bias})", inputs[0])


@standard_layer.register
def conv(layer: L.Conv, node: Node, inputs: Sequence[str]) -> LayerWords:
    return in_table(node, f"nn.Conv2d({sizes(node, layer)}, bias={layer.bias})", padded(node, inputs[0]))


@standard_layer.register
def conv_transpose(layer: L.ConvTranspose, node: Node, inputs: Sequence[str]) -> LayerWords:
    more = f"output_padding={layer.output_padding}, bias={layer.bias}"
    module, call = in_table(node, f"nn.ConvTranspose2d({sizes(node, layer)}, {more})", inputs[0])
    return module, cropped(node, call)


@standard_layer.register
def batch_norm(layer: L.BatchNorm, node: Node, inputs: Sequence[str]) -> LayerWords:
    channels, *sides = node.input_shapes[0]
    settings = f"eps={layer.epsilon}, momentum={layer.running_update_rate}, affine={layer.affine}"
    return in_table(node, f"nn.BatchNorm{2 if sides else 1}d({channels}, {settings})", inputs[0])


@standard_layer.register
def layer_norm(layer: L.LayerNorm, node: Node, inputs: Sequence[str]) -> LayerWords:
    settings = f"eps={layer.epsilon}, affine={layer.affine}"
    return in_table(node, f"nn.GroupNorm(1, {node.input_shapes[0][0]}, {settings})", inputs[0])


@standard_layer.register
def instance_norm(layer: L.InstanceNorm, node: Node, inputs: Sequence[str]) -> LayerWords:
    settings = f"eps={layer.epsilon}, affine={layer.affine}"
    return in_table(node, f"nn.InstanceNorm2d({node.input_shapes[0][0]}, {settings})", inputs[0])


@standard_layer.register
def tanh(layer: L.Tanh, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"torch.tanh({inputs[0]})"


@standard_layer.register
def sigmoid(layer: L.Sigmoid, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"torch.sigmoid({inputs[0]})"


@standard_layer.register(L.Flatten)
@standard_layer.register(L.Reshape)
def reshape(layer: L.Layer, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"{inputs[0]}.reshape(-1, {', '.join(map(str, node.plan.output_shape))})"


@standard_layer.register
def concat(layer: L.Concat, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"torch.cat([{', '.join(inputs)}], dim=1)"


@standard_layer.register
def maxout(layer: L.Maxout, node: Node, inputs: Sequence[str]) -> LayerWords:
    units, *sides = node.plan.output_shape
    shape = ", ".join(str(size) for size in (units, layer.pieces, *sides))
    return None, f"{inputs[0]}.reshape(-1, {shape}).amax(2)"
