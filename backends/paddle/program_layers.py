"""How PaddlePaddle says each layer in a program."""

from functools import singledispatch

from gan_core.plans.plans import Node
from gan_core.recording.language import Said
from gan_core.recording.module_layers import (
    arguments,
    common_layer,
)
from gan_core.specs import layers as L
from gan_core.specs.reducing_layers import LogSumExp

from .kernels import default_or_none


@singledispatch
def said(layer: L.Layer, node: Node) -> Said | None:
    return common_layer(layer, node)


@said.register
def dense(layer: L.Dense, node: Node) -> Said:
    more = arguments({"bias_attr": default_or_none(layer.bias)}, {})
    return Said(f"nn.Linear({node.input_shapes[0][-1]}, {layer.units}{more})", "{module}({0})")


@said.register
def batch_norm(layer: L.BatchNorm, node: Node) -> Said:
    channels, *sides = node.input_shapes[0]
    given = {"momentum": round(1 - layer.running_update_rate, 12), "epsilon": layer.epsilon, **_affine(layer.affine)}
    more = arguments(given, {"momentum": 0.9, "epsilon": 1e-5})
    kind = f"BatchNorm{2 if sides else 1}D"
    note = (
        "" if layer.running_update_rate == 0.1 else "momentum is the share that is kept; PaddlePaddle's default is 0.9"
    )
    if layer.running_variance == "unbiased":
        return Said(f"Unbiased{kind}({channels}{more})", "{module}({0})", note)
    return Said(f"nn.{kind}({channels}{more})", "{module}({0})", note)


@said.register
def layer_norm(layer: L.LayerNorm, node: Node) -> Said:
    return _in_groups(layer, f"1, {node.input_shapes[0][0]}", "layer norm with a scale a channel")


@said.register
def instance_norm(layer: L.InstanceNorm, node: Node) -> Said:
    more = arguments({"epsilon": layer.epsilon, **_affine(layer.affine)}, {"epsilon": 1e-5})
    return Said(f"nn.InstanceNorm2D({node.input_shapes[0][0]}{more})", "{module}({0})")


@said.register
def group_norm(layer: L.GroupNorm, node: Node) -> Said:
    return _in_groups(layer, f"{layer.groups}, {node.input_shapes[0][0]}", "")


def _in_groups(layer: L.LayerNorm | L.GroupNorm, sizes: str, note: str) -> Said:
    settings = sizes + arguments({"epsilon": layer.epsilon, **_affine(layer.affine)}, {"epsilon": 1e-5})
    twice = Said(f"GroupNormByInstances({settings})", "{module}({0})", note)
    return Said(f"nn.GroupNorm({settings})", "{module}({0})", note, twice=twice) if layer.affine else twice


def _affine(wanted: bool) -> dict[str, bool | None]:
    return {"weight_attr": default_or_none(wanted), "bias_attr": default_or_none(wanted)}


@said.register
def tanh(layer: L.Tanh, node: Node) -> Said:
    return Said("", "paddle.tanh({0})")


@said.register
def sigmoid(layer: L.Sigmoid, node: Node) -> Said:
    return Said("", "F.sigmoid({0})")


@said.register
def gelu(layer: L.GELU, node: Node) -> Said:
    return Said("", "F.gelu({0}" + (", approximate=True)" if layer.form == "tanh" else ")"), once=True)


@said.register
def softmax(layer: L.Softmax, node: Node) -> Said:
    return Said("", "F.softmax({0}, axis=1)", twice=Said("", "softmax_twice({0}, axis=1)"))


@said.register
def prelu(layer: L.PReLU, node: Node) -> Said:
    channels = node.input_shapes[0][0]
    twice = Said(f"PReLUTwice({channels})", "{module}({0})")
    return Said(f"nn.PReLU({channels})", "{module}({0})", twice=twice)


@said.register
def gain(layer: L.Gain, node: Node) -> Said:
    made = "self.create_parameter([], default_initializer=nn.initializer.Constant(0.0))"
    return Said(made, "{0} * {module}")


@said.register
def flatten(layer: L.Flatten, node: Node) -> Said:
    return Said("", f"{{0}}.reshape([-1, {node.plan.output_shape[0]}])")


@said.register
def reshape(layer: L.Reshape, node: Node) -> Said:
    return Said("", f"{{0}}.reshape([-1, {', '.join(map(str, node.plan.output_shape))}])")


@said.register
def concat(layer: L.Concat, node: Node) -> Said:
    parts = ", ".join(f"{{{place}}}" for place in range(len(node.inputs)))
    return Said("", f"paddle.concat([{parts}], axis=1)", twice=Said("", f"concat_twice([{parts}], axis=1)"))


@said.register
def one_hot(layer: L.OneHot, node: Node) -> Said:
    return Said("", f"F.one_hot({{0}}, {layer.classes})")


@said.register
def maxout(layer: L.Maxout, node: Node) -> Said:
    units, *sides = node.plan.output_shape
    pieces = f"{{0}}.reshape([-1, {', '.join(map(str, (units, layer.pieces, *sides)))}])"
    return Said("", f"{pieces}.max(2)", twice=Said("", f"largest_twice({pieces})"))


@said.register
def log_sum_exp(layer: LogSumExp, node: Node) -> Said:
    return Said("", "paddle.logsumexp({0}, axis=1, keepdim=True)", once=True)


@said.register
def _dropout(layer: L.Dropout, node: Node) -> Said:
    kind = "Dropout2D" if layer.per_channel else "Dropout"
    twice = Said(f"{kind}Twice({layer.rate})", "{module}({0})")
    return Said(f"nn.{kind}({layer.rate})", "{module}({0})", twice=twice)


@said.register
def _embedding(layer: L.Embedding, node: Node) -> Said:
    twice = Said(f"EmbeddingTwice({layer.classes}, {layer.units})", "{module}({0})")
    return Said(f"nn.Embedding({layer.classes}, {layer.units})", "{module}({0})", twice=twice)


@said.register
def _upsample(layer: L.Upsample, node: Node) -> Said:
    twice = f"{{0}}.repeat_interleave({layer.factor}, axis=2).repeat_interleave({layer.factor}, axis=3)"
    call = f'F.interpolate({{0}}, scale_factor={layer.factor}, mode="nearest")'
    return Said("", call, twice=Said("", twice))


@said.register
def _max_pool(layer: L.MaxPool, node: Node) -> Said:
    sizes = f"{layer.size}, {node.plan.pool_step}"
    return Said("", f"F.max_pool2d({{0}}, {sizes})", twice=Said("", f"max_pool_twice({{0}}, {sizes})"))


@said.register
def _pixel_shuffle(layer: L.PixelShuffle, node: Node) -> Said:
    return Said("", f"F.pixel_shuffle({{0}}, {layer.factor})", once=True)
