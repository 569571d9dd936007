"""How Keras says each layer in a program."""

from functools import singledispatch

from gan_core.plans.plans import Node
from gan_core.recording.language import CALLED, Said
from gan_core.recording.module_layers import arguments, augmentation_arguments
from gan_core.specs import layers as L
from gan_core.specs.augmenting_layers import Augmentation
from gan_core.specs.reducing_layers import InnerProduct, LogSumExp

_ORDER_NOTE = "counted in the order [C, H, W], so that weights mean what they mean in other frameworks"


@singledispatch
def said(layer: L.Layer, node: Node) -> Said | None:
    return None


@said.register
def dense(layer: L.Dense, node: Node) -> Said:
    bias = arguments({"use_bias": layer.bias}, {"use_bias": True})
    return Said(f"layers.Dense({layer.units}{bias}{{more}})", CALLED)


@said.register
def batch_norm(layer: L.BatchNorm, node: Node) -> Said:
    stays = round(1 - layer.running_update_rate, 12)
    given = {"momentum": stays, "epsilon": layer.epsilon, "center": layer.affine, "scale": layer.affine}
    more = arguments(given, {"momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True}).removeprefix(", ")
    note = "momentum is the share of the old statistics that stays; Keras's default is 0.99"
    note = "" if stays == 0.99 else note
    if layer.running_variance == "biased":
        twice = Said(f"ComposedBatchNormalization({more}{{more}})", CALLED, note)
        return Said(f"layers.BatchNormalization({more}{{more}})", CALLED, note, twice=twice)
    return Said(f"UnbiasedBatchNormalization({more}{{more}})", CALLED, note)


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
    twice = Said(f"ComposedGroupNormalization({groups}{more}{{more}})", CALLED, note)
    return Said(f"layers.GroupNormalization({groups}{more}{{more}})", CALLED, note, twice=twice)


@said.register
def tanh(layer: L.Tanh, node: Node) -> Said:
    return Said('layers.Activation("tanh")', CALLED)


@said.register
def sigmoid(layer: L.Sigmoid, node: Node) -> Said:
    return Said('layers.Activation("sigmoid")', CALLED)


@said.register
def gelu(layer: L.GELU, node: Node) -> Said:
    return Said("", f"ops.gelu({{0}}, approximate={layer.form == 'tanh'})")


@said.register
def softmax(layer: L.Softmax, node: Node) -> Said:
    return Said("layers.Softmax()", CALLED)


@said.register
def prelu(layer: L.PReLU, node: Node) -> Said:
    shared = "shared_axes=[1, 2]" if len(node.input_shapes[0]) == 3 else ""
    return Said(f"layers.PReLU({shared}{{more}})", CALLED)


@said.register
def gain(layer: L.Gain, node: Node) -> Said:
    return Said("Gain({more})", CALLED)


@said.register
def flatten(layer: L.Flatten, node: Node) -> Said:
    return _reordered(node)


@said.register
def reshape(layer: L.Reshape, node: Node) -> Said:
    return _reordered(node)


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
def log_sum_exp(layer: LogSumExp, node: Node) -> Said:
    return Said("", "ops.logsumexp({0}, axis=1, keepdims=True)")


def _reordered(node: Node) -> Said:
    """Return any shape as any other in the order of [N, C, H, W], turned where that is not the order of the values."""
    before, after = node.input_shapes[0], node.plan.output_shape
    text = "{0}"
    turned = [len(shape) == 3 and shape[0] > 1 and any(side > 1 for side in shape[1:]) for shape in (before, after)]
    if turned[0]:
        text = f"layers.Permute((3, 1, 2))({text})"
    if len(after) == 1:
        text = f"layers.Flatten()({text})"
    elif turned[1]:
        text = f"layers.Permute((2, 3, 1))(layers.Reshape({after})({text}))"
    else:
        text = f"layers.Reshape({(*after[1:], after[0])})({text})"
    made, _, rest = text.partition(")(")  # the outermost layer and what it reads
    return Said(f"{made})", f"{{module}}({rest}", _ORDER_NOTE if any(turned) else "")


@said.register
def _relu(layer: L.ReLU, node: Node) -> Said:
    return Said("layers.ReLU()", CALLED)


@said.register
def _leaky_relu(layer: L.LeakyReLU, node: Node) -> Said:
    return Said(f"layers.LeakyReLU({layer.slope})", CALLED)


@said.register
def _elu(layer: L.ELU, node: Node) -> Said:
    return Said("layers.ELU()", CALLED)


@said.register
def _dropout(layer: L.Dropout, node: Node) -> Said:
    return Said(f"layers.{'SpatialDropout2D' if layer.per_channel else 'Dropout'}({layer.rate}{{more}})", CALLED)


@said.register
def _augmentation(layer: Augmentation, node: Node) -> Said:
    return Said(f"{type(layer).__name__}({augmentation_arguments(layer)}{{more}})", CALLED)


@said.register
def _embedding(layer: L.Embedding, node: Node) -> Said:
    return Said(f"layers.Embedding({layer.classes}, {layer.units}{{more}})", CALLED)


@said.register
def _add(layer: L.Add, node: Node) -> Said:
    return Said("", " + ".join(f"{{{place}}}" for place in range(len(node.inputs))))


@said.register
def _multiply(layer: L.Multiply, node: Node) -> Said:
    return Said("", " * ".join(f"{{{place}}}" for place in range(len(node.inputs))))


@said.register
def _scale(layer: L.Scale, node: Node) -> Said:
    return Said(f"layers.Rescaling({layer.factor})", CALLED)


@said.register
def _slice(layer: L.Slice, node: Node) -> Said:
    return Said("", f"{{0}}[..., {layer.start}:{layer.start + layer.count}]")


@said.register
def _inner_product(layer: InnerProduct, node: Node) -> Said:
    return Said("", "ops.sum({0} * {1}, axis=1, keepdims=True)")


@said.register
def _silu(layer: L.SiLU, node: Node) -> Said:
    return Said('layers.Activation("silu")', CALLED)
