"""How layers are said in frameworks of modules, which share the names ``nn`` and ``F``: what both say alike."""

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

from gan_core.plans.plans import Node
from gan_core.recording.language import Said
from gan_core.specs import layers as L
from gan_core.specs.augmenting_layers import Augmentation
from gan_core.specs.reducing_layers import InnerProduct


def arguments(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """Return keyword arguments as text, each behind a comma, without those that are the framework's defaults."""
    told = {name: value for name, value in given.items() if defaults.get(name) != value}
    return "".join(f", {name}={value!r}" for name, value in told.items()).replace("'", '"')


def convolution_arguments(node: Node, layer: L.Conv | L.ConvTranspose, more: Mapping[str, Any]) -> str:
    """Return the arguments of a convolution from its channels on, with what is not a default. more: others by name."""
    edges = node.plan.edges.symmetric
    padding = edges[0] if edges[0] == edges[1] else edges
    given = {"stride": layer.stride, "padding": padding, **more, "groups": layer.groups}
    given |= {"dilation": layer.dilation}
    defaults = {"stride": 1, "padding": 0, "groups": 1, "dilation": 1, "output_padding": 0, "bias": True}
    ends = f"{node.input_shapes[0][0]}, {layer.channels}, {layer.kernel}"
    return ends + arguments(given, defaults)


def padded_input(node: Node) -> str:
    """Return the input of a convolution with the padding that its layer does not add: left, right, top, bottom."""
    edges = node.plan.edges
    if not edges.are_left:
        return "{0}"
    mode = "" if edges.mode == "zeros" else f', mode="{edges.mode}"'
    return f"F.pad({{0}}, {[*edges.rest[1], *edges.rest[0]]}{mode})"


def cropped_output(node: Node, call: str) -> str:
    """Return a transposed convolution's output without the rows and columns that its layer does not cut off."""
    (top, _), (left, _) = node.plan.edges.rest
    _, height, width = node.plan.output_shape
    cut = f"[:, :, {top}:{top + height}, {left}:{left + width}]"
    return f"{call}{cut}" if node.plan.edges.are_left else call


@singledispatch
def common_layer(layer: L.Layer, node: Node) -> Said | None:
    """Return how frameworks of modules say a layer, or None where each says it in its own way."""
    return None


@common_layer.register
def _relu(layer: L.ReLU, node: Node) -> Said:
    return Said("", "F.relu({0})")


@common_layer.register
def _leaky_relu(layer: L.LeakyReLU, node: Node) -> Said:
    return Said("", f"F.leaky_relu({{0}}, {layer.slope})")


@common_layer.register
def _elu(layer: L.ELU, node: Node) -> Said:
    return Said("", "F.elu({0})")


@common_layer.register
def _silu(layer: L.SiLU, node: Node) -> Said:
    return Said("", "F.silu({0})")


@common_layer.register
def _dropout(layer: L.Dropout, node: Node) -> Said:
    return Said(f"nn.Dropout{'2d' if layer.per_channel else ''}({layer.rate})", "{module}({0})")


@common_layer.register
def _embedding(layer: L.Embedding, node: Node) -> Said:
    return Said(f"nn.Embedding({layer.classes}, {layer.units})", "{module}({0})")


@common_layer.register
def _upsample(layer: L.Upsample, node: Node) -> Said:
    return Said("", f'F.interpolate({{0}}, scale_factor={layer.factor}, mode="nearest")')


@common_layer.register
def _average_pool(layer: L.AveragePool, node: Node) -> Said:
    return Said("", f"F.avg_pool2d({{0}}, {layer.size}{_step(layer.size, node)})")


@common_layer.register
def _max_pool(layer: L.MaxPool, node: Node) -> Said:
    return Said("", f"F.max_pool2d({{0}}, {layer.size}{_step(layer.size, node)})")


def _step(size: int, node: Node) -> str:
    return "" if node.plan.pool_step == size else f", {node.plan.pool_step}"


@common_layer.register
def _pixel_shuffle(layer: L.PixelShuffle, node: Node) -> Said:
    return Said("", f"F.pixel_shuffle({{0}}, {layer.factor})")


@common_layer.register
def _add(layer: L.Add, node: Node) -> Said:
    return Said("", " + ".join(f"{{{place}}}" for place in range(len(node.inputs))))


@common_layer.register
def _multiply(layer: L.Multiply, node: Node) -> Said:
    return Said("", " * ".join(f"{{{place}}}" for place in range(len(node.inputs))))


@common_layer.register
def _scale(layer: L.Scale, node: Node) -> Said:
    return Said("", f"{{0}} * {layer.factor}")


@common_layer.register
def _crop(layer: L.Crop, node: Node) -> Said:
    _, height, width = node.plan.output_shape
    first = layer.before
    return Said("", f"{{0}}[:, :, {first}:{first + height}, {first}:{first + width}]")


@common_layer.register
def _slice(layer: L.Slice, node: Node) -> Said:
    return Said("", f"{{0}}[:, {layer.start}:{layer.start + layer.count}]")


@common_layer.register
def _inner_product(layer: InnerProduct, node: Node) -> Said:
    return Said("", "({0} * {1}).sum(1, keepdim=True)")


@common_layer.register
def _pad(layer: L.Pad, node: Node) -> Said:
    mode = "" if layer.mode == "zeros" else f', mode="{layer.mode}"'
    return Said("", f"F.pad({{0}}, {[*layer.edge] * 2}{mode})")


@common_layer.register
def _global_pool(layer: L.GlobalPool, node: Node) -> Said:
    return Said("", f"{{0}}.{'sum' if layer.kind == 'sum' else 'mean'}((2, 3))")


@common_layer.register
def _modulate(layer: L.Modulate, node: Node) -> Said:
    spread = "[:, :, None, None]" if len(node.input_shapes[1]) == 1 and len(node.input_shapes[0]) == 3 else ""
    return Said("", f"{{0}} * (1 + {{1}}{spread}) + {{2}}{spread}")


@common_layer.register
def _minibatch_discrimination(layer: L.MinibatchDiscrimination, node: Node) -> Said:
    sizes = f"{node.input_shapes[0][0]}, {layer.kernels}, {layer.dimensions}"
    return Said(f"MinibatchDiscrimination({sizes})", "{module}({0})")


@common_layer.register
def _minibatch_deviation(layer: L.MinibatchDeviation, node: Node) -> Said:
    return Said("", f"minibatch_deviation({{0}}, {layer.group_size}, {layer.epsilon})")


@common_layer.register
def _pixel_norm(layer: L.PixelNorm, node: Node) -> Said:
    return Said("", f"pixel_norm({{0}}, {layer.epsilon})")


def augmentation_arguments(layer: Augmentation) -> str:
    """Return what differs from an augmentation's defaults, as arguments."""
    given = {name: getattr(layer, name) for name in layer.__struct_fields__ if name not in ("name", "inputs")}
    defaults = {name: getattr(type(layer)(), name) for name in given}
    return arguments(given, defaults).removeprefix(", ")


@common_layer.register
def _augmentation(layer: Augmentation, node: Node) -> Said:
    return Said(f"{type(layer).__name__}({augmentation_arguments(layer)})", "{module}({0})")


@common_layer.register
def _blur(layer: L.Blur, node: Node) -> Said:
    before, after, mode = layer.padding_before[0], layer.padding_after[0], layer.padding_mode
    more = arguments({"stride": layer.stride, "mode": mode}, {"stride": 1, "mode": "zeros"})
    factor = "" if layer.gain == 1 else f"{layer.gain} * "
    return Said("", f"{factor}blur({{0}}, {list(layer.weights)}, {(before, after)}{more})")
