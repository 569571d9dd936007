"""What stands for each layer in Keras without this library: a layer of its own, in a functional model."""

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from keras import KerasTensor
from keras import layers as K

from gan_core.errors import BackendError
from gan_core.plans.plans import Node
from gan_core.specs import layers as L
from gan_core.specs.weighted_layers import pair

_Options = dict[str, Any]  # the name of a layer, and its dtype


@singledispatch
def standard_layer(layer: L.Layer, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    raise NotImplementedError


@standard_layer.register
def dense(layer: L.Dense, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Dense(layer.units, use_bias=layer.bias, **options)(inputs[0])


@standard_layer.register
def conv(layer: L.Conv, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    x, pixels = inputs[0], tuple(zip(node.plan.edges.before, node.plan.edges.after, strict=True))
    strided = pair(layer.stride) != (1, 1) and pair(layer.dilation) != (1, 1)
    if strided or layer.padding_mode != "zeros":
        lacking = "dilation together with a stride" if strided else f"padding_mode '{layer.padding_mode}'"
        raise BackendError(f"layer '{node.name}': Keras has no standard layer for {lacking}")
    if any(map(any, pixels)):
        x = K.ZeroPadding2D(pixels, **options | {"name": f"{node.name}_padding"})(x)
    more = {"dilation_rate": layer.dilation, "groups": layer.groups, "use_bias": layer.bias}
    return K.Conv2D(layer.channels, layer.kernel, layer.stride, **more, **options)(x)


@standard_layer.register
def conv_transpose(layer: L.ConvTranspose, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    if layer.groups > 1 or pair(layer.dilation) != (1, 1):
        raise BackendError(f"layer '{node.name}': Keras has no standard transposed convolution with groups or dilation")
    crop = []
    for axis, (stride, kernel) in enumerate(zip(pair(layer.stride), pair(layer.kernel), strict=True)):
        more = max(stride - kernel, 0) - pair(layer.output_padding)[axis]  # Keras adds the first below its output
        crop.append((node.plan.edges.before[axis], node.plan.edges.after[axis] + more))
    if min(map(min, crop)) < 0:
        raise BackendError(f"layer '{node.name}': Keras has no standard layer for its output_padding")
    y = K.Conv2DTranspose(layer.channels, layer.kernel, layer.stride, use_bias=layer.bias, **options)(inputs[0])
    named_crop = options | {"name": f"{node.name}_cropping"}
    return K.Cropping2D(crop, **named_crop)(y) if any(map(any, crop)) else y


@standard_layer.register
def batch_norm(layer: L.BatchNorm, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    settings = {"epsilon": layer.epsilon, "center": layer.affine, "scale": layer.affine}
    return K.BatchNormalization(momentum=1 - layer.running_update_rate, **settings, **options)(inputs[0])


@standard_layer.register(L.LayerNorm)
@standard_layer.register(L.InstanceNorm)
def group_norm(
    layer: L.LayerNorm | L.InstanceNorm, node: Node, inputs: Sequence[KerasTensor], options: _Options
) -> KerasTensor:
    groups = 1 if isinstance(layer, L.LayerNorm) else -1  # -1 is Keras's word for "a channel each"
    settings = {"epsilon": layer.epsilon, "center": layer.affine, "scale": layer.affine}
    return K.GroupNormalization(groups, **settings, **options)(inputs[0])


@standard_layer.register(L.Flatten)
@standard_layer.register(L.Reshape)
def reshape(layer: L.Layer, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    """Reshape in the order of [N, C, H, W]: turned to it before, and back after."""
    x, shape = inputs[0], node.plan.output_shape
    if len(node.input_shapes[0]) == 3:
        x = K.Permute((3, 1, 2), **options | {"name": f"{node.name}_channels_first"})(x)
    x = K.Reshape(shape, **options)(x)
    return K.Permute((2, 3, 1), **options | {"name": f"{node.name}_channels_last"})(x) if len(shape) == 3 else x


@standard_layer.register
def embedding(layer: L.Embedding, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Embedding(layer.classes, layer.units, **options)(inputs[0])


@standard_layer.register
def relu(layer: L.ReLU, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.ReLU(**options)(inputs[0])


@standard_layer.register
def leaky_relu(layer: L.LeakyReLU, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.LeakyReLU(layer.slope, **options)(inputs[0])


@standard_layer.register
def elu(layer: L.ELU, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.ELU(**options)(inputs[0])


@standard_layer.register(L.Tanh)
@standard_layer.register(L.Sigmoid)
def squashed(layer: L.Layer, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Activation("tanh" if isinstance(layer, L.Tanh) else "sigmoid", **options)(inputs[0])


@standard_layer.register
def dropout(layer: L.Dropout, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return (K.SpatialDropout2D if layer.per_channel else K.Dropout)(layer.rate, **options)(inputs[0])


@standard_layer.register(L.AveragePool)
@standard_layer.register(L.MaxPool)
def pooled(
    layer: L.AveragePool | L.MaxPool, node: Node, inputs: Sequence[KerasTensor], options: _Options
) -> KerasTensor:
    kind = K.AveragePooling2D if isinstance(layer, L.AveragePool) else K.MaxPooling2D
    return kind(layer.size, node.plan.pool_step, **options)(inputs[0])


@standard_layer.register
def upsample(layer: L.Upsample, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.UpSampling2D(layer.factor, **options)(inputs[0])


@standard_layer.register
def concat(layer: L.Concat, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Concatenate(**options)(inputs)


@standard_layer.register
def add(layer: L.Add, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Add(**options)(inputs)


@standard_layer.register
def scale(layer: L.Scale, node: Node, inputs: Sequence[KerasTensor], options: _Options) -> KerasTensor:
    return K.Rescaling(layer.factor, **options)(inputs[0])
