"""The plan of one layer — the shapes of its output and its arrays — and the parts that several shape rules share."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

import numpy as np

from gan_core.errors import SpecError
from gan_core.operations.spectral import SINGULAR_VECTOR, leading_singular_vector
from gan_core.plans.edges import NO_EDGES, Edges
from gan_core.specs import layers as L
from gan_core.specs.initializers import GlorotUniform, Initializer, Normal, Zeros
from gan_core.specs.weighted_layers import pair

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

    weights, buffers: by the layer's names for them (``weight``, ``running_mean``). factors: what each call multiplies
    weights by before it uses them, where that is not 1 (an equalised learning rate). edges: padding of a convolution,
    crop of a transposed one. pool_step: from one pooling window to the next, in pixels. mask_shape: of the mask of a
    dropout, without the batch. random: whether it draws random numbers in training mode.
    multiply_adds: of one sample, matrix products and convolutions alone.
    batch_independent: whether a sample's output depends on that sample only, in training mode.
    """

    output_shape: Shape
    weights: Mapping[str, WeightPlan] = field(default_factory=lambda: MappingProxyType({}))
    buffers: Mapping[str, BufferPlan] = field(default_factory=lambda: MappingProxyType({}))
    factors: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    edges: Edges = NO_EDGES
    pool_step: int = 1
    mask_shape: Shape = ()
    random: bool = False
    multiply_adds: int = 0
    batch_independent: bool = True


def only_shape(shapes: Shapes, axes: tuple[str, ...] | None = None) -> Shape:
    """The only input's shape; with `axes` (their names), it must have as many. Raises `SpecError`."""
    if len(shapes) != 1:
        raise SpecError(f"expected one input, got {len(shapes)}")
    if axes is not None and len(shapes[0]) != len(axes):
        hint = "; put a Flatten before it" if axes == ("features",) and len(shapes[0]) > 1 else ""
        raise SpecError(f"expected an input of [{', '.join(axes)}], got the shape {list(shapes[0])}{hint}")
    return shapes[0]


def with_channels(shapes: Shapes) -> Shape:
    """The only input's shape, which must not be that of a label. Raises `SpecError`."""
    shape = only_shape(shapes)
    if not shape:
        raise SpecError("expected an input with channels or features, got the shape []")
    return shape


def scale_and_bias(
    layer: L.BatchNorm | L.LayerNorm | L.InstanceNorm | L.GroupNorm, shape: Shape
) -> dict[str, WeightPlan]:
    """The weights of a norm: one scale and one bias a channel, or none."""
    if not layer.affine:
        return {}
    return {
        "weight": WeightPlan(shape=shape[:1], initializer=layer.scale_init, fan_in=1, fan_out=1),
        "bias": WeightPlan(shape=shape[:1], initializer=Zeros(), fan_in=1, fan_out=1),
    }


def kernel(layer: L.Conv | L.ConvTranspose, channels: int, ends: tuple[int, int]) -> WeightPlan:
    """The weight of a convolution; channels: of its input; ends: the sizes of its first two axes.

    Raises `SpecError` where the channels are no multiple of the groups.
    """
    if channels % layer.groups:
        raise SpecError(f"cannot divide {channels} channels into {layer.groups} groups")
    sides = pair(layer.kernel)
    area = math.prod(sides)
    return WeightPlan(
        shape=(*ends, *sides),
        initializer=first_weights(layer),
        fan_in=channels // layer.groups * area,
        fan_out=layer.channels // layer.groups * area,
    )


def with_bias(bias: bool, weight: WeightPlan, units: int, initializer: Initializer) -> dict[str, WeightPlan]:
    """The plans of a layer's weight and, where it has one, of its bias [units]."""
    if not bias:
        return {"weight": weight}
    plan = WeightPlan(shape=(units,), initializer=initializer, fan_in=weight.fan_in, fan_out=weight.fan_out)
    return {"weight": weight, "bias": plan}


def equalised(layer: L.Dense | L.Conv | L.ConvTranspose, fan_in: int) -> dict[str, float]:
    """The factors of a layer with an equalised learning rate, by weight; none of any other."""
    if layer.equalised is None:
        return {}
    factors = {"weight": layer.equalised / math.sqrt(fan_in)} | ({"bias": layer.equalised} if layer.bias else {})
    return {name: factor for name, factor in factors.items() if factor != 1}


def first_weights(layer: L.Dense | L.Conv | L.ConvTranspose) -> Initializer:
    """The rule of a layer's first weights: its own, or N(0, 1 / equalised²) where it has none and is equalised."""
    if layer.equalised is not None and layer.weight_init == GlorotUniform():
        return Normal(standard_deviation=1 / layer.equalised)
    return layer.weight_init


def singular_vector(layer: L.Dense | L.Conv | L.ConvTranspose, units: int, out_axis: int) -> dict[str, BufferPlan]:
    """The buffer of spectral normalisation, [units]; out_axis: the weight's axis of that length."""
    if not layer.spectral_norm:
        return {}
    return {SINGULAR_VECTOR: BufferPlan(shape=(units,), start=partial(leading_singular_vector, out_axis=out_axis))}


def refuse_reflection(pixels: int, side: int) -> None:
    """Raise `SpecError` unless an image of that side has as many pixels to reflect beside its edge."""
    if pixels >= side:
        raise SpecError(f"cannot reflect {pixels} pixels of an image with a side of {side}")


def listed(shapes: Shapes) -> str:
    """The shapes in words, for errors."""
    return " and ".join(str(list(shape)) for shape in shapes)
