"""How PyTorch says each layer in a program."""

from functools import singledispatch

from gan_core.plans.plans import Node
from gan_core.recording.language import Said
from gan_core.recording.module_layers import (
    arguments,
    common_layer,
)
from gan_core.specs import layers as L
from gan_core.specs.reducing_layers import LogSumExp


@singledispatch
def said(layer: L.Layer, node: Node) -> Said | None:
    return common_layer(layer, node)


@said.register
def dense(layer: L.Dense, node: Node) -> Said:
    more = arguments({"bias": layer.bias}, {"bias": True})
    return Said(f"nn.Linear({node.input_shapes[0][-1]}, {layer.units}{more})", "{module}({0})")


@said.register
def batch_norm(layer: L.BatchNorm, node: Node) -> Said:
    channels, *sides = node.input_shapes[0]
    given = {"eps": layer.epsilon, "momentum": layer.running_update_rate, "affine": layer.affine}
    more = arguments(given, {"eps": 1e-5, "momentum": 0.1, "affine": True})
    kind = f"BatchNorm{2 if sides else 1}d"
    note = (
        "" if layer.running_update_rate == 0.1 else "momentum is the share of the new batch; PyTorch's default is 0.1"
    )
    if layer.running_variance == "biased":
        return Said(f"Biased{kind}({channels}{more})", "{module}({0})", note)
    return Said(f"nn.{kind}({channels}{more})", "{module}({0})", note)


@said.register
def layer_norm(layer: L.LayerNorm, node: Node) -> Said:
    more = arguments({"eps": layer.epsilon, "affine": layer.affine}, {"eps": 1e-5, "affine": True})
    note = "layer norm with a scale a channel"
    return Said(f"nn.GroupNorm(1, {node.input_shapes[0][0]}{more})", "{module}({0})", note)


@said.register
def instance_norm(layer: L.InstanceNorm, node: Node) -> Said:
    more = arguments({"eps": layer.epsilon, "affine": layer.affine}, {"eps": 1e-5, "affine": False})
    return Said(f"nn.InstanceNorm2d({node.input_shapes[0][0]}{more})", "{module}({0})")


@said.register
def group_norm(layer: L.GroupNorm, node: Node) -> Said:
    more = arguments({"eps": layer.epsilon, "affine": layer.affine}, {"eps": 1e-5, "affine": True})
    return Said(f"nn.GroupNorm({layer.groups}, {node.input_shapes[0][0]}{more})", "{module}({0})")


@said.register
def tanh(layer: L.Tanh, node: Node) -> Said:
    return Said("", "torch.tanh({0})")


@said.register
def sigmoid(layer: L.Sigmoid, node: Node) -> Said:
    return Said("", "torch.sigmoid({0})")


@said.register
def gelu(layer: L.GELU, node: Node) -> Said:
    return Said("", "F.gelu({0}" + (', approximate="tanh")' if layer.form == "tanh" else ")"))


@said.register
def softmax(layer: L.Softmax, node: Node) -> Said:
    return Said("", "F.softmax({0}, dim=1)")


@said.register
def prelu(layer: L.PReLU, node: Node) -> Said:
    return Said(f"nn.PReLU({node.input_shapes[0][0]})", "{module}({0})")


@said.register
def gain(layer: L.Gain, node: Node) -> Said:
    return Said("nn.Parameter(torch.zeros(()))", "{0} * {module}")


@said.register
def flatten(layer: L.Flatten, node: Node) -> Said:
    return Said("", "{0}.flatten(1)")


@said.register
def reshape(layer: L.Reshape, node: Node) -> Said:
    return Said("", f"{{0}}.reshape(-1, {', '.join(map(str, node.plan.output_shape))})")


@said.register
def concat(layer: L.Concat, node: Node) -> Said:
    return Said("", f"torch.cat([{', '.join(f'{{{place}}}' for place in range(len(node.inputs)))}], dim=1)")


@said.register
def one_hot(layer: L.OneHot, node: Node) -> Said:
    return Said("", f"F.one_hot({{0}}, {layer.classes}).to(torch.get_default_dtype())")


@said.register
def maxout(layer: L.Maxout, node: Node) -> Said:
    units, *sides = node.plan.output_shape
    return Said("", f"{{0}}.reshape(-1, {', '.join(map(str, (units, layer.pieces, *sides)))}).amax(2)")


@said.register
def log_sum_exp(layer: LogSumExp, node: Node) -> Said:
    return Said("", "torch.logsumexp({0}, dim=1, keepdim=True)")
