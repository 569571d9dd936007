"""How Keras says each layer in a program."""

from functools import singledispatch

from gan_core.errors import BackendError
from gan_core.plans.plans import Node
from gan_core.recording.language import Said
from gan_core.recording.module_layers import arguments
from gan_core.recording.tape_layers import (
    IN_ORDER,
    bias_argument,
    common_layer,
    padded,
    reordered,
    sides_text,
    steps_argument,
    transposed_edges,
)
from gan_core.specs import layers as L
from gan_core.specs.reducing_layers import LogSumExp
from gan_core.specs.weighted_layers import pair


@singledispatch
def said(layer: L.Layer, node: Node) -> Said | None:
    return common_layer(layer, node)


@said.register
def dense(layer: L.Dense, node: Node) -> Said:
    return Said(f"layers.Dense({layer.units}{bias_argument(layer)}{{more}})", IN_ORDER)


@said.register
def conv(layer: L.Conv, node: Node) -> Said:
    if layer.groups > 1 or pair(layer.dilation) != (1, 1):
        raise BackendError(f"layer '{node.name}': TensorFlow differentiates no groups or dilation on the CPU")
    edges = node.plan.edges
    pixels = tuple(zip(edges.before, edges.after, strict=True))
    pads = any(map(any, pixels))
    sizes = f"{layer.channels}, {layer.kernel}{steps_argument(layer, same=pads and edges.same)}"
    made = f"layers.Conv2D({sizes}{bias_argument(layer)}{{more}})"
    return Said(made, f"{{module}}({padded('{0}', pixels, edges.mode)})" if pads and not edges.same else IN_ORDER)


@said.register
def conv_transpose(layer: L.ConvTranspose, node: Node) -> Said:
    if layer.groups > 1 or pair(layer.dilation) != (1, 1):
        raise BackendError(f"layer '{node.name}': Keras has no transposed convolution with groups or dilation")
    same, crop = transposed_edges(node)
    if min(map(min, crop)) < 0:
        raise BackendError(f"layer '{node.name}': Keras has no transposed convolution with this output_padding")
    sizes = f"{layer.channels}, {layer.kernel}{steps_argument(layer, same=same)}"
    made = f"layers.Conv2DTranspose({sizes}{bias_argument(layer)}{{more}})"
    cuts = not same and any(map(any, crop))
    return Said(made, f"layers.Cropping2D({sides_text(crop)})({{module}}({{0}}))" if cuts else IN_ORDER)


@said.register
def batch_norm(layer: L.BatchNorm, node: Node) -> Said:
    stays = round(1 - layer.running_update_rate, 12)
    given = {"momentum": stays, "epsilon": layer.epsilon, "center": layer.affine, "scale": layer.affine}
    more = arguments(given, {"momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True}).removeprefix(", ")
    note = "momentum is the share of the old statistics that stays; Keras's default is 0.99"
    note = "" if stays == 0.99 else note
    if layer.running_variance == "biased":
        twice = Said(f"ComposedBatchNormalization({more}{{more}})", IN_ORDER, note)
        return Said(f"layers.BatchNormalization({more}{{more}})", IN_ORDER, note, twice=twice)
    return Said(f"UnbiasedBatchNormalization({more}{{more}})", IN_ORDER, note)


@said.register
def layer_norm(layer: L.LayerNorm, node: Node) -> Said:
    return _norm(1, layer, "layer norm with a scale a channel")


@said.register
def instance_norm(layer: L.InstanceNorm, node: Node) -> Said:
    return _norm(-1, layer, "instance norm: a group a channel")


@said.register
def group_norm(layer: L.GroupNorm, node: Node) -> Said:
    return _norm(layer.groups, layer, "")


def _norm(groups: int, layer: L.LayerNorm | L.InstanceNorm | L.GroupNorm, note: str) -> Said:
    given = {"epsilon": layer.epsilon, "center": layer.affine, "scale": layer.affine}
    more = arguments(given, {"epsilon": 0.001, "center": True, "scale": True})
    twice = Said(f"ComposedGroupNormalization({groups}{more}{{more}})", IN_ORDER, note)
    return Said(f"layers.GroupNormalization({groups}{more}{{more}})", IN_ORDER, note, twice=twice)


@said.register
def tanh(layer: L.Tanh, node: Node) -> Said:
    return Said('layers.Activation("tanh")', IN_ORDER)


@said.register
def sigmoid(layer: L.Sigmoid, node: Node) -> Said:
    return Said('layers.Activation("sigmoid")', IN_ORDER)


@said.register
def gelu(layer: L.GELU, node: Node) -> Said:
    return Said("", f"ops.gelu({{0}}, approximate={layer.form == 'tanh'})")


@said.register
def softmax(layer: L.Softmax, node: Node) -> Said:
    return Said("layers.Softmax()", IN_ORDER)


@said.register
def prelu(layer: L.PReLU, node: Node) -> Said:
    shared = "shared_axes=[1, 2]" if len(node.input_shapes[0]) == 3 else ""
    return Said(f"layers.PReLU({shared}{{more}})", IN_ORDER)


@said.register
def gain(layer: L.Gain, node: Node) -> Said:
    return Said("Gain({more})", IN_ORDER)


@said.register
def flatten(layer: L.Flatten, node: Node) -> Said:
    return reordered(node)


@said.register
def reshape(layer: L.Reshape, node: Node) -> Said:
    return reordered(node)


@said.register
def concat(layer: L.Concat, node: Node) -> Said:
    return Said("", f"layers.Concatenate()([{', '.join(f'{{{place}}}' for place in range(len(node.inputs)))}])")


@said.register
def one_hot(layer: L.OneHot, node: Node) -> Said:
    return Said("", f"ops.one_hot({{0}}, {layer.classes})")


@said.register
def maxout(layer: L.Maxout, node: Node) -> Said:
    shape = ", ".join(map(str, (*node.plan.output_shape[1:], node.plan.output_shape[0], layer.pieces)))
    return Said("", f"ops.max(ops.reshape({{0}}, (-1, {shape})), axis=-1)")


@said.register
def resize(layer: L.Resize, node: Node) -> Said:
    return Said(f"layers.Resizing{node.plan.output_shape[1:]}", IN_ORDER)


@said.register
def log_sum_exp(layer: LogSumExp, node: Node) -> Said:
    return Said("", "ops.logsumexp({0}, axis=1, keepdims=True)")


@said.register
def attention(layer: L.Attention, node: Node) -> Said:
    return Said("", f"attention({{0}}, {{1}}, {{2}}{', scaled=True' if layer.scaled else ''})")
