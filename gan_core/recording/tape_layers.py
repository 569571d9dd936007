"""How layers are said in frameworks of tapes, as functions of arrays with channels last: what needs no word of its own.

Expressions have {more} where a layer's first weights and its name stand.
"""

from functools import singledispatch

from gan_core.plans.plans import Node
from gan_core.recording.language import Said
from gan_core.recording.module_layers import arguments
from gan_core.specs import layers as L
from gan_core.specs.reducing_layers import InnerProduct
from gan_core.specs.weighted_layers import pair

IN_ORDER = "{module}({0})"
Sides = tuple[tuple[int, int], ...]  # before and after, of the rows and of the columns
_ORDER_NOTE = "counted in the order [C, H, W], so that weights mean what they mean in other frameworks"


def bias_argument(layer: L.Dense | L.Conv | L.ConvTranspose) -> str:
    """Return what says that a layer has no bias, or ""."""
    return arguments({"use_bias": layer.bias}, {"use_bias": True})


def steps_argument(layer: L.Conv | L.ConvTranspose, *, same: bool) -> str:
    """Return the strides and the padding of a convolution, as far as they are not the default."""
    strides = f", {layer.stride}" if same or pair(layer.stride) != (1, 1) else ""
    return f'{strides}, "same"' if same else strides


def padded(text: str, pixels: Sides, mode: str) -> str:
    """Return an image with rows at the top and the bottom, and columns at the left and the right."""
    if mode == "zeros":
        return f"layers.ZeroPadding2D({sides_text(pixels)})({text})"
    if mode == "reflect":
        return f'ops.pad({text}, ((0, 0), {pixels[0]}, {pixels[1]}, (0, 0)), mode="reflect")'
    return f"replicated({text}, {pixels[0]}, {pixels[1]})"


def sides_text(pixels: Sides) -> str:
    """Return rows and columns at the edges as an argument, one number where all are alike."""
    each = {side for axis in pixels for side in axis}
    return str(each.pop()) if len(each) == 1 else str(tuple(pixels))


def transposed_edges(node: Node) -> tuple[bool, Sides]:
    """Return whether padding "same" cuts a transposed convolution's output right, and else what is cut off it."""
    layer, edges, (_, *sides) = node.layer, node.plan.edges, node.plan.output_shape
    assert isinstance(layer, L.ConvTranspose)
    whole = [side * step for side, step in zip(node.input_shapes[0][1:], pair(layer.stride), strict=True)]
    if edges.same and sides == whole:
        return True, ((0, 0), (0, 0))
    crop = []
    for axis, (stride, size) in enumerate(zip(pair(layer.stride), pair(layer.kernel), strict=True)):
        more = max(stride - size, 0) - pair(layer.output_padding)[axis]  # the layer adds the first below its output
        crop.append((edges.before[axis], edges.after[axis] + more))
    return False, tuple(crop)


def reordered(node: Node) -> Said:
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


@singledispatch
def common_layer(layer: L.Layer, node: Node) -> Said | None:
    """Return how frameworks of tapes say a layer, or None where each says it in its own way."""
    return None


@common_layer.register
def _relu(layer: L.ReLU, node: Node) -> Said:
    return Said("layers.ReLU()", IN_ORDER)


@common_layer.register
def _leaky_relu(layer: L.LeakyReLU, node: Node) -> Said:
    return Said(f"layers.LeakyReLU({layer.slope})", IN_ORDER)


@common_layer.register
def _elu(layer: L.ELU, node: Node) -> Said:
    return Said("layers.ELU()", IN_ORDER)


@common_layer.register
def _dropout(layer: L.Dropout, node: Node) -> Said:
    return Said(f"layers.{'SpatialDropout2D' if layer.per_channel else 'Dropout'}({layer.rate}{{more}})", IN_ORDER)


@common_layer.register
def _embedding(layer: L.Embedding, node: Node) -> Said:
    return Said(f"layers.Embedding({layer.classes}, {layer.units}{{more}})", IN_ORDER)


@common_layer.register
def _upsample(layer: L.Upsample, node: Node) -> Said:
    return Said(f"layers.UpSampling2D({layer.factor})", IN_ORDER)


@common_layer.register(L.AveragePool)
@common_layer.register(L.MaxPool)
def _pool(layer: L.AveragePool | L.MaxPool, node: Node) -> Said:
    kind = "AveragePooling2D" if isinstance(layer, L.AveragePool) else "MaxPooling2D"
    step = "" if node.plan.pool_step == layer.size else f", strides={node.plan.pool_step}"
    return Said(f"layers.{kind}({layer.size}{step})", IN_ORDER)


@common_layer.register
def _pixel_shuffle(layer: L.PixelShuffle, node: Node) -> Said:
    return Said("", f"pixel_shuffle({{0}}, {layer.factor})")


@common_layer.register
def _add(layer: L.Add, node: Node) -> Said:
    return Said("", " + ".join(f"{{{place}}}" for place in range(len(node.inputs))))


@common_layer.register
def _multiply(layer: L.Multiply, node: Node) -> Said:
    return Said("", " * ".join(f"{{{place}}}" for place in range(len(node.inputs))))


@common_layer.register
def _scale(layer: L.Scale, node: Node) -> Said:
    return Said(f"layers.Rescaling({layer.factor})", IN_ORDER)


@common_layer.register
def _crop(layer: L.Crop, node: Node) -> Said:
    _, height, width = node.plan.output_shape
    first = layer.before
    return Said("", f"{{0}}[:, {first}:{first + height}, {first}:{first + width}]")


@common_layer.register
def _slice(layer: L.Slice, node: Node) -> Said:
    return Said("", f"{{0}}[..., {layer.start}:{layer.start + layer.count}]")


@common_layer.register
def _inner_product(layer: InnerProduct, node: Node) -> Said:
    return Said("", "ops.sum({0} * {1}, axis=1, keepdims=True)")


@common_layer.register
def _silu(layer: L.SiLU, node: Node) -> Said:
    return Said('layers.Activation("silu")', IN_ORDER)


@common_layer.register
def _pad(layer: L.Pad, node: Node) -> Said:
    return Said("", padded("{0}", (layer.edge,) * 2, layer.mode))


@common_layer.register
def _global_pool(layer: L.GlobalPool, node: Node) -> Said:
    if layer.kind == "mean":
        return Said("layers.GlobalAveragePooling2D()", IN_ORDER)
    return Said("", "ops.sum({0}, axis=(1, 2))")


@common_layer.register
def _modulate(layer: L.Modulate, node: Node) -> Said:
    spread = "[:, None, None]" if len(node.input_shapes[1]) == 1 and len(node.input_shapes[0]) == 3 else ""
    return Said("", f"{{0}} * (1 + {{1}}{spread}) + {{2}}{spread}")


@common_layer.register
def _minibatch_discrimination(layer: L.MinibatchDiscrimination, node: Node) -> Said:
    return Said(f"MinibatchDiscrimination({layer.kernels}, {layer.dimensions}{{more}})", IN_ORDER)


@common_layer.register
def _minibatch_deviation(layer: L.MinibatchDeviation, node: Node) -> Said:
    return Said(f"MinibatchDeviation({layer.group_size}, {layer.epsilon})", IN_ORDER)


@common_layer.register
def _pixel_norm(layer: L.PixelNorm, node: Node) -> Said:
    return Said("", f"pixel_norm({{0}}, {layer.epsilon})")


@common_layer.register
def _blur(layer: L.Blur, node: Node) -> Said:
    edge = (layer.padding_before[0], layer.padding_after[0])
    text = padded("{0}", (edge, edge), layer.padding_mode) if any(edge) else "{0}"
    return Said("", f"blur({text}, {list(layer.weights)}{arguments({'stride': layer.stride}, {'stride': 1})})")
