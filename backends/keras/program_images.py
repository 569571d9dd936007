"""How Keras says convolutions and other layers of pictures in a program."""

from gan_core.errors import BackendError
from gan_core.plans.plans import Node
from gan_core.recording.language import CALLED, Said
from gan_core.recording.module_layers import arguments
from gan_core.recording.module_styles import modulated_arguments
from gan_core.specs import layers as L
from gan_core.specs.style_layers import AddNoise, Bias, LearnedConstant, ModulatedConv, StyleMixing
from gan_core.specs.weighted_layers import pair

from .program_layers import said

_Sides = tuple[tuple[int, int], ...]  # before and after, of the rows and of the columns


def _steps_argument(layer: L.Conv | L.ConvTranspose, *, same: bool) -> str:
    """Return the strides and the padding of a convolution, as far as they are not the default."""
    strides = f", {layer.stride}" if same or pair(layer.stride) != (1, 1) else ""
    return f'{strides}, "same"' if same else strides


def _padded(text: str, pixels: _Sides, mode: str) -> str:
    """Return an image with rows at the top and the bottom, and columns at the left and the right."""
    if mode == "zeros":
        return f"layers.ZeroPadding2D({_sides_text(pixels)})({text})"
    if mode == "reflect":
        return f'ops.pad({text}, ((0, 0), {pixels[0]}, {pixels[1]}, (0, 0)), mode="reflect")'
    return f"replicated({text}, {pixels[0]}, {pixels[1]})"


def _sides_text(pixels: _Sides) -> str:
    """Return rows and columns at the edges as an argument, one number where all are alike."""
    each = {side for axis in pixels for side in axis}
    return str(each.pop()) if len(each) == 1 else str(tuple(pixels))


def _transposed_edges(node: Node) -> tuple[bool, _Sides]:
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


def _bias_argument(layer: L.Dense | L.Conv | L.ConvTranspose) -> str:
    """Return what says that a layer has no bias, or ""."""
    return arguments({"use_bias": layer.bias}, {"use_bias": True})


@said.register
def conv(layer: L.Conv, node: Node) -> Said:
    if layer.groups > 1 or pair(layer.dilation) != (1, 1):
        raise BackendError(f"layer '{node.name}': TensorFlow differentiates no groups or dilation on the CPU")
    edges = node.plan.edges
    pixels = tuple(zip(edges.before, edges.after, strict=True))
    pads = any(map(any, pixels))
    sizes = f"{layer.channels}, {layer.kernel}{_steps_argument(layer, same=pads and edges.same)}"
    made = f"layers.Conv2D({sizes}{_bias_argument(layer)}{{more}})"
    return Said(made, f"{{module}}({_padded('{0}', pixels, edges.mode)})" if pads and not edges.same else CALLED)


@said.register
def conv_transpose(layer: L.ConvTranspose, node: Node) -> Said:
    if layer.groups > 1 or pair(layer.dilation) != (1, 1):
        raise BackendError(f"layer '{node.name}': Keras has no transposed convolution with groups or dilation")
    same, crop = _transposed_edges(node)
    if min(map(min, crop)) < 0:
        raise BackendError(f"layer '{node.name}': Keras has no transposed convolution with this output_padding")
    sizes = f"{layer.channels}, {layer.kernel}{_steps_argument(layer, same=same)}"
    made = f"layers.Conv2DTranspose({sizes}{_bias_argument(layer)}{{more}})"
    cuts = not same and any(map(any, crop))
    return Said(made, f"layers.Cropping2D({_sides_text(crop)})({{module}}({{0}}))" if cuts else CALLED)


@said.register
def resize(layer: L.Resize, node: Node) -> Said:
    return Said(f"layers.Resizing{node.plan.output_shape[1:]}", CALLED)


@said.register
def attention(layer: L.Attention, node: Node) -> Said:
    return Said("", f"attention({{0}}, {{1}}, {{2}}{', scaled=True' if layer.scaled else ''})")


@said.register
def _upsample(layer: L.Upsample, node: Node) -> Said:
    return Said(f"layers.UpSampling2D({layer.factor})", CALLED)


@said.register(L.AveragePool)
@said.register(L.MaxPool)
def _pool(layer: L.AveragePool | L.MaxPool, node: Node) -> Said:
    kind = "AveragePooling2D" if isinstance(layer, L.AveragePool) else "MaxPooling2D"
    step = "" if node.plan.pool_step == layer.size else f", strides={node.plan.pool_step}"
    return Said(f"layers.{kind}({layer.size}{step})", CALLED)


@said.register
def _pixel_shuffle(layer: L.PixelShuffle, node: Node) -> Said:
    return Said("", f"pixel_shuffle({{0}}, {layer.factor})")


@said.register
def _crop(layer: L.Crop, node: Node) -> Said:
    _, height, width = node.plan.output_shape
    first = layer.before
    return Said("", f"{{0}}[:, {first}:{first + height}, {first}:{first + width}]")


@said.register
def _pad(layer: L.Pad, node: Node) -> Said:
    return Said("", _padded("{0}", (layer.edge,) * 2, layer.mode))


@said.register
def _global_pool(layer: L.GlobalPool, node: Node) -> Said:
    if layer.kind == "mean":
        return Said("layers.GlobalAveragePooling2D()", CALLED)
    return Said("", "ops.sum({0}, axis=(1, 2))")


@said.register
def _modulate(layer: L.Modulate, node: Node) -> Said:
    spread = "[:, None, None]" if len(node.input_shapes[1]) == 1 and len(node.input_shapes[0]) == 3 else ""
    return Said("", f"{{0}} * (1 + {{1}}{spread}) + {{2}}{spread}")


@said.register
def _minibatch_discrimination(layer: L.MinibatchDiscrimination, node: Node) -> Said:
    return Said(f"MinibatchDiscrimination({layer.kernels}, {layer.dimensions}{{more}})", CALLED)


@said.register
def _minibatch_deviation(layer: L.MinibatchDeviation, node: Node) -> Said:
    return Said(f"MinibatchDeviation({layer.group_size}, {layer.epsilon})", CALLED)


@said.register
def _pixel_norm(layer: L.PixelNorm, node: Node) -> Said:
    return Said("", f"pixel_norm({{0}}, {layer.epsilon})")


@said.register
def _blur(layer: L.Blur, node: Node) -> Said:
    edge = (layer.padding_before[0], layer.padding_after[0])
    text = _padded("{0}", (edge, edge), layer.padding_mode) if any(edge) else "{0}"
    factor = "" if layer.gain == 1 else f"{layer.gain} * "
    more = arguments({"stride": layer.stride}, {"stride": 1})
    return Said("", f"{factor}blur({text}, {list(layer.weights)}{more})")


@said.register
def _modulated_conv(layer: ModulatedConv, node: Node) -> Said:
    sizes = f"{layer.channels}, {layer.kernel}{modulated_arguments(layer)}"
    return Said(f"ModulatedConv({sizes}{{more}})", "{module}([{0}, {1}])")


@said.register
def _bias(layer: Bias, node: Node) -> Said:
    return Said("Bias({more})", CALLED)


@said.register
def _learned_constant(layer: LearnedConstant, node: Node) -> Said:
    return Said(f"LearnedConstant({', '.join(map(str, layer.shape))}{{more}})", CALLED)


@said.register
def _add_noise(layer: AddNoise, node: Node) -> Said:
    return Said("AddNoise({more})", "{module}([{0}, {1}])")


@said.register
def _style_mixing(layer: StyleMixing, node: Node) -> Said:
    return Said(f"StyleMixing({layer.layers}, {layer.chance}{{more}})", CALLED)
