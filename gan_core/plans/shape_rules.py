"""Shape rules — for each layer its output shape, weights, buffers, edges and cost, from its spec and its input shapes.

Shapes and pools are worked out here, padding and crops in `edges`; backends read the results. A new layer joins with
``@plan_layer.register`` and, unless every backend has it, with ``@gan_core.contract.composed.compose_layer.register``.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, singledispatch
from types import MappingProxyType

import numpy as np

from gan_core.errors import SpecError
from gan_core.operations.spectral import SINGULAR_VECTOR, leading_singular_vector
from gan_core.plans.edges import NO_EDGES, Edges, crop_edges, padding_edges
from gan_core.specs import layers as L
from gan_core.specs.initializers import Initializer, Zeros

Shape = tuple[int, ...]
Shapes = tuple[Shape, ...]


@dataclass(frozen=True, kw_only=True)
class WeightPlan:
    """One trained array of a layer: its shape in canonical layout (PyTorch's), and the rule for its first values.

    fan_in, fan_out: inputs and outputs of one unit, from which the initializer works out a spread.
    """

    shape: Shape
    initializer: Initializer
    fan_in: int
    fan_out: int


@dataclass(frozen=True, kw_only=True)
class BufferPlan:
    """One array of a layer that calls in training mode write, and that is not trained.

    start: its first values — a number, or a function of the layer's initial weights by name.
    """

    shape: Shape
    start: float | Callable[[Mapping[str, np.ndarray]], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class LayerPlan:
    """A layer's effect on shapes (without the batch, channels first), and the arrays it keeps.

    weights, buffers: by the layer's names for them (``weight``, ``running_mean``). edges: padding of a convolution,
    crop of a transposed one. pool_step: from one pooling window to the next, in pixels.
    multiply_adds: of one sample, matrix products and convolutions alone.
    batch_independent: whether a sample's output depends on that sample only, in training mode.
    """

    output_shape: Shape
    weights: Mapping[str, WeightPlan] = field(default_factory=lambda: MappingProxyType({}))
    buffers: Mapping[str, BufferPlan] = field(default_factory=lambda: MappingProxyType({}))
    edges: Edges = NO_EDGES
    pool_step: int = 1
    multiply_adds: int = 0
    batch_independent: bool = True


@singledispatch
def plan_layer(layer: L.Layer, shapes: Shapes) -> LayerPlan:
    """The plan of one layer; shapes: of its inputs, without the batch. Raises `SpecError` where they do not fit."""
    raise SpecError(f"no shape rule for a layer '{type(layer).__name__}'; register one with plan_layer.register")


@plan_layer.register(L.ReLU)
@plan_layer.register(L.LeakyReLU)
@plan_layer.register(L.ELU)
@plan_layer.register(L.Tanh)
@plan_layer.register(L.Sigmoid)
@plan_layer.register(L.Dropout)
@plan_layer.register(L.Scale)
def _elementwise(layer: L.Layer, shapes: Shapes) -> LayerPlan:
    return LayerPlan(output_shape=_one(shapes))


@plan_layer.register
def _dense(layer: L.Dense, shapes: Shapes) -> LayerPlan:
    (features,) = _one(shapes, ("features",))
    weight = WeightPlan(
        shape=(layer.units, features), initializer=layer.weight_init, fan_in=features, fan_out=layer.units
    )
    return LayerPlan(
        output_shape=(layer.units,),
        weights=_with_bias(layer.bias, weight, layer.units, layer.bias_init),
        buffers=_singular_vector(layer, layer.units, 0),
        multiply_adds=features * layer.units,
    )


@plan_layer.register
def _conv(layer: L.Conv, shapes: Shapes) -> LayerPlan:
    channels, *sides = _one(shapes, ("channels", "height", "width"))
    before, after = layer.padding_before_after
    out = []
    for side in sides:
        padded = side + before + after
        if layer.kernel > padded:
            raise SpecError(f"kernel {layer.kernel} is larger than its padded input of {padded} pixels")
        out.append((padded - layer.kernel) // layer.stride + 1)
    weight = _kernel(layer, channels, (layer.channels, channels))
    return LayerPlan(
        output_shape=(layer.channels, *out),
        weights=_with_bias(layer.bias, weight, layer.channels, layer.bias_init),
        buffers=_singular_vector(layer, layer.channels, 0),
        edges=padding_edges(layer, sides),
        multiply_adds=math.prod(weight.shape) * math.prod(out),
    )


@plan_layer.register
def _conv_transpose(layer: L.ConvTranspose, shapes: Shapes) -> LayerPlan:
    channels, *sides = _one(shapes, ("channels", "height", "width"))
    before, after = layer.padding_before_after
    out = [(side - 1) * layer.stride + layer.kernel - before - after + layer.output_padding for side in sides]
    if min(out) < 1:
        raise SpecError(f"padding {before}+{after} leaves {min(out)} pixels; expected at least 1")
    weight = _kernel(layer, channels, (channels, layer.channels))
    return LayerPlan(
        output_shape=(layer.channels, *out),
        weights=_with_bias(layer.bias, weight, layer.channels, layer.bias_init),
        buffers=_singular_vector(layer, layer.channels, 1),
        edges=crop_edges(layer, out),
        multiply_adds=math.prod(weight.shape) * math.prod(sides),
    )


@plan_layer.register
def _batch_norm(layer: L.BatchNorm, shapes: Shapes) -> LayerPlan:
    shape = _with_channels(shapes)
    channels = shape[:1]
    return LayerPlan(
        output_shape=shape,
        weights=_scale_and_bias(layer, shape),
        buffers={
            "running_mean": BufferPlan(shape=channels, start=0.0),
            "running_variance": BufferPlan(shape=channels, start=1.0),
        },
        batch_independent=False,
    )


@plan_layer.register
def _layer_norm(layer: L.LayerNorm, shapes: Shapes) -> LayerPlan:
    shape = _with_channels(shapes)
    if math.prod(shape) == 1:
        raise SpecError("a single value has no variance")
    return LayerPlan(output_shape=shape, weights=_scale_and_bias(layer, shape))


@plan_layer.register
def _instance_norm(layer: L.InstanceNorm, shapes: Shapes) -> LayerPlan:
    shape = _one(shapes, ("channels", "height", "width"))
    if math.prod(shape[1:]) == 1:
        raise SpecError("a single pixel has no variance")
    return LayerPlan(output_shape=shape, weights=_scale_and_bias(layer, shape))


@plan_layer.register
def _maxout(layer: L.Maxout, shapes: Shapes) -> LayerPlan:
    count, *sides = _with_channels(shapes)
    if count % layer.pieces:
        raise SpecError(f"cannot divide {count} channels or features into groups of {layer.pieces}")
    return LayerPlan(output_shape=(count // layer.pieces, *sides))


@plan_layer.register
def _minibatch_discrimination(layer: L.MinibatchDiscrimination, shapes: Shapes) -> LayerPlan:
    (features,) = _one(shapes, ("features",))
    products = layer.kernels * layer.dimensions
    weight = WeightPlan(
        shape=(features, layer.kernels, layer.dimensions),
        initializer=layer.weight_init,
        fan_in=features,
        fan_out=products,
    )
    return LayerPlan(
        output_shape=(layer.kernels,),
        weights={"weight": weight},
        multiply_adds=features * products,
        batch_independent=False,
    )


@plan_layer.register
def _flatten(layer: L.Flatten, shapes: Shapes) -> LayerPlan:
    return LayerPlan(output_shape=(math.prod(_one(shapes)),))


@plan_layer.register
def _reshape(layer: L.Reshape, shapes: Shapes) -> LayerPlan:
    shape = _one(shapes)
    if math.prod(shape) != math.prod(layer.shape):
        raise SpecError(f"cannot turn {list(shape)} into {list(layer.shape)}: the number of values differs")
    return LayerPlan(output_shape=layer.shape)


@plan_layer.register(L.AveragePool)
@plan_layer.register(L.MaxPool)
def _pool(layer: L.AveragePool | L.MaxPool, shapes: Shapes) -> LayerPlan:
    channels, *sides = _one(shapes, ("channels", "height", "width"))
    if layer.size > min(sides):
        raise SpecError(f"window {layer.size} is larger than its input of {min(sides)} pixels")
    step = layer.stride or layer.size
    return LayerPlan(output_shape=(channels, *((side - layer.size) // step + 1 for side in sides)), pool_step=step)


@plan_layer.register
def _upsample(layer: L.Upsample, shapes: Shapes) -> LayerPlan:
    channels, *sides = _one(shapes, ("channels", "height", "width"))
    return LayerPlan(output_shape=(channels, *(side * layer.factor for side in sides)))


@plan_layer.register
def _embedding(layer: L.Embedding, shapes: Shapes) -> LayerPlan:
    _one(shapes, ())
    weight = WeightPlan(
        shape=(layer.classes, layer.units), initializer=layer.weight_init, fan_in=layer.classes, fan_out=layer.units
    )
    return LayerPlan(output_shape=(layer.units,), weights={"weight": weight})


@plan_layer.register
def _concat(layer: L.Concat, shapes: Shapes) -> LayerPlan:
    first = shapes[0]
    if any(shape[1:] != first[1:] or not shape for shape in shapes):
        raise SpecError(f"cannot join {_listed(shapes)}: all axes but the first must agree")
    return LayerPlan(output_shape=(sum(shape[0] for shape in shapes), *first[1:]))


@plan_layer.register
def _add(layer: L.Add, shapes: Shapes) -> LayerPlan:
    if len(set(shapes)) != 1:
        raise SpecError(f"cannot add {_listed(shapes)}: the shapes must be equal")
    return LayerPlan(output_shape=shapes[0])


def _one(shapes: Shapes, axes: tuple[str, ...] | None = None) -> Shape:
    """The only input's shape; with `axes` (their names), it must have as many. Raises `SpecError`."""
    if len(shapes) != 1:
        raise SpecError(f"expected one input, got {len(shapes)}")
    if axes is not None and len(shapes[0]) != len(axes):
        hint = "; put a Flatten before it" if axes == ("features",) and len(shapes[0]) > 1 else ""
        raise SpecError(f"expected an input of [{', '.join(axes)}], got the shape {list(shapes[0])}{hint}")
    return shapes[0]


def _with_channels(shapes: Shapes) -> Shape:
    """The only input's shape, which must not be that of a label. Raises `SpecError`."""
    shape = _one(shapes)
    if not shape:
        raise SpecError("expected an input with channels or features, got the shape []")
    return shape


def _scale_and_bias(layer: L.BatchNorm | L.LayerNorm | L.InstanceNorm, shape: Shape) -> dict[str, WeightPlan]:
    """The weights of a norm: one scale and one bias a channel, or none."""
    if not layer.affine:
        return {}
    return {
        "weight": WeightPlan(shape=shape[:1], initializer=layer.scale_init, fan_in=1, fan_out=1),
        "bias": WeightPlan(shape=shape[:1], initializer=Zeros(), fan_in=1, fan_out=1),
    }


def _kernel(layer: L.Conv | L.ConvTranspose, channels: int, ends: tuple[int, int]) -> WeightPlan:
    """The weight of a convolution; channels: of its input; ends: the sizes of its first two axes."""
    area = layer.kernel**2
    return WeightPlan(
        shape=(*ends, layer.kernel, layer.kernel),
        initializer=layer.weight_init,
        fan_in=channels * area,
        fan_out=layer.channels * area,
    )


def _with_bias(bias: bool, weight: WeightPlan, units: int, initializer: Initializer) -> dict[str, WeightPlan]:
    if not bias:
        return {"weight": weight}
    plan = WeightPlan(shape=(units,), initializer=initializer, fan_in=weight.fan_in, fan_out=weight.fan_out)
    return {"weight": weight, "bias": plan}


def _singular_vector(layer: L.Dense | L.Conv | L.ConvTranspose, units: int, out_axis: int) -> dict[str, BufferPlan]:
    """The buffer of spectral normalisation, [units]; out_axis: the weight's axis of that length."""
    if not layer.spectral_norm:
        return {}
    return {SINGULAR_VECTOR: BufferPlan(shape=(units,), start=partial(leading_singular_vector, out_axis=out_axis))}


def _listed(shapes: Shapes) -> str:
    return " and ".join(str(list(shape)) for shape in shapes)
