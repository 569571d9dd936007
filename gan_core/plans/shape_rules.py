"""Shape rules — for each layer its output shape, weights, buffers, edges and cost, from its spec and its input shapes.

Shapes and pools are worked out here, padding and crops in `edges`; backends read the results. A new layer joins with
``@plan_layer.register`` and, unless every backend has it, with ``@gan_core.contract.composed.compose_layer.register``.
"""

import math
from functools import singledispatch

from gan_core.errors import SpecError
from gan_core.plans.edges import crop_edges, padding_edges
from gan_core.plans.layer_plans import (
    BufferPlan,
    LayerPlan,
    Shapes,
    WeightPlan,
    equalised,
    first_weights,
    kernel,
    listed,
    only_shape,
    refuse_reflection,
    scale_and_bias,
    singular_vector,
    with_bias,
    with_channels,
)
from gan_core.specs import layers as L
from gan_core.specs.recurrent_layers import RecurrentLayer
from gan_core.specs.weighted_layers import described, pair


@singledispatch
def plan_layer(layer: L.Layer, shapes: Shapes) -> LayerPlan:
    """The plan of one layer; shapes: of its inputs, without the batch. Raises `SpecError` where they do not fit."""
    raise SpecError(f"no shape rule for a layer '{type(layer).__name__}'; register one with plan_layer.register")


@plan_layer.register(L.ReLU)
@plan_layer.register(L.LeakyReLU)
@plan_layer.register(L.ELU)
@plan_layer.register(L.Tanh)
@plan_layer.register(L.Sigmoid)
@plan_layer.register(L.Scale)
@plan_layer.register(L.SiLU)
@plan_layer.register(L.GELU)
def _elementwise(layer: L.Layer, shapes: Shapes) -> LayerPlan:
    return LayerPlan(output_shape=only_shape(shapes))


@plan_layer.register
def _dropout(layer: L.Dropout, shapes: Shapes) -> LayerPlan:
    if not layer.per_channel:
        shape = only_shape(shapes)
        return LayerPlan(output_shape=shape, mask_shape=shape, random=True)
    channels, *sides = only_shape(shapes, ("channels", "height", "width"))
    return LayerPlan(output_shape=(channels, *sides), mask_shape=(channels, 1, 1), random=True)


@plan_layer.register
def _dense(layer: L.Dense, shapes: Shapes) -> LayerPlan:
    shape = only_shape(shapes)
    *steps, features = shape if len(shape) == 2 else only_shape(shapes, ("features",))
    weight = WeightPlan(
        shape=(layer.units, features), initializer=first_weights(layer), fan_in=features, fan_out=layer.units
    )
    return LayerPlan(
        output_shape=(*steps, layer.units),
        weights=with_bias(layer.bias, weight, layer.units, layer.bias_init),
        buffers=singular_vector(layer, layer.units, 0),
        factors=equalised(layer, weight.fan_in),
        multiply_adds=math.prod(steps) * features * layer.units,
    )


@plan_layer.register(L.GRU)
@plan_layer.register(L.LSTM)
def _recurrent(layer: RecurrentLayer, shapes: Shapes) -> LayerPlan:
    steps, features = only_shape(shapes, ("steps", "features"))
    rows, weights = layer.gates * layer.units, {}
    sides = {"input": features, "hidden": layer.units}
    for name, columns in sides.items():
        shape, rule = (rows, columns), layer.weight_init
        weights[f"{name}_weight"] = WeightPlan(shape=shape, initializer=rule, fan_in=columns, fan_out=rows)
    for name, columns in sides.items() if layer.bias else ():
        rule = layer.bias_init
        weights[f"{name}_bias"] = WeightPlan(shape=(rows,), initializer=rule, fan_in=columns, fan_out=rows)
    products = steps * rows * (features + layer.units)
    return LayerPlan(output_shape=(steps, layer.units), weights=weights, multiply_adds=products)


@plan_layer.register
def _conv(layer: L.Conv, shapes: Shapes) -> LayerPlan:
    channels, *sides = only_shape(shapes, ("channels", "height", "width"))
    edges = padding_edges(layer, sides)
    if layer.padding_mode == "reflect":
        for before, after, side in zip(edges.before, edges.after, sides, strict=True):
            refuse_reflection(max(before, after), side)
    out = []
    for padded, reach, stride in zip(edges.full_sides, layer.reach, pair(layer.stride), strict=True):
        if reach > padded:
            dilated = "" if pair(layer.dilation) == (1, 1) else f" with dilation {described(layer.dilation)}"
            raise SpecError(
                f"kernel {described(layer.kernel)}{dilated} is larger than its padded input of {padded} pixels"
            )
        out.append((padded - reach) // stride + 1)
    weight = kernel(layer, channels, (layer.channels, channels // layer.groups))
    return LayerPlan(
        output_shape=(layer.channels, *out),
        weights=with_bias(layer.bias, weight, layer.channels, layer.bias_init),
        buffers=singular_vector(layer, layer.channels, 0),
        factors=equalised(layer, weight.fan_in),
        edges=edges,
        multiply_adds=math.prod(weight.shape) * math.prod(out),
    )


@plan_layer.register
def _conv_transpose(layer: L.ConvTranspose, shapes: Shapes) -> LayerPlan:
    channels, *sides = only_shape(shapes, ("channels", "height", "width"))
    axes = zip(sides, pair(layer.stride), layer.reach, layer.padding_before, layer.padding_after, strict=True)
    out = [(side - 1) * stride + reach - before - after for side, stride, reach, before, after in axes]
    out = [side + more for side, more in zip(out, pair(layer.output_padding), strict=True)]
    if min(out) < 1:
        axis = out.index(min(out))
        taken = f"{layer.padding_before[axis]}+{layer.padding_after[axis]}"
        raise SpecError(f"padding {taken} leaves {min(out)} pixels; expected at least 1")
    weight = kernel(layer, channels, (channels, layer.channels // layer.groups))
    return LayerPlan(
        output_shape=(layer.channels, *out),
        weights=with_bias(layer.bias, weight, layer.channels, layer.bias_init),
        buffers=singular_vector(layer, layer.channels // layer.groups, 1),
        factors=equalised(layer, weight.fan_in),
        edges=crop_edges(layer, out),
        multiply_adds=math.prod(weight.shape) * math.prod(sides),
    )


@plan_layer.register
def _batch_norm(layer: L.BatchNorm, shapes: Shapes) -> LayerPlan:
    shape = with_channels(shapes)
    channels = shape[:1]
    return LayerPlan(
        output_shape=shape,
        weights=scale_and_bias(layer, shape),
        buffers={
            "running_mean": BufferPlan(shape=channels, start=0.0),
            "running_variance": BufferPlan(shape=channels, start=1.0),
        },
        batch_independent=False,
    )


@plan_layer.register
def _layer_norm(layer: L.LayerNorm, shapes: Shapes) -> LayerPlan:
    shape = with_channels(shapes)
    if math.prod(shape) == 1:
        raise SpecError("a single value has no variance")
    return LayerPlan(output_shape=shape, weights=scale_and_bias(layer, shape))


@plan_layer.register
def _instance_norm(layer: L.InstanceNorm, shapes: Shapes) -> LayerPlan:
    shape = only_shape(shapes, ("channels", "height", "width"))
    if math.prod(shape[1:]) == 1:
        raise SpecError("a single pixel has no variance")
    return LayerPlan(output_shape=shape, weights=scale_and_bias(layer, shape))


@plan_layer.register
def _maxout(layer: L.Maxout, shapes: Shapes) -> LayerPlan:
    count, *sides = with_channels(shapes)
    if count % layer.pieces:
        raise SpecError(f"cannot divide {count} channels or features into groups of {layer.pieces}")
    return LayerPlan(output_shape=(count // layer.pieces, *sides))


@plan_layer.register
def _minibatch_discrimination(layer: L.MinibatchDiscrimination, shapes: Shapes) -> LayerPlan:
    (features,) = only_shape(shapes, ("features",))
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
    return LayerPlan(output_shape=(math.prod(only_shape(shapes)),))


@plan_layer.register
def _reshape(layer: L.Reshape, shapes: Shapes) -> LayerPlan:
    shape = only_shape(shapes)
    if math.prod(shape) != math.prod(layer.shape):
        raise SpecError(f"cannot turn {list(shape)} into {list(layer.shape)}: the number of values differs")
    return LayerPlan(output_shape=layer.shape)


@plan_layer.register(L.AveragePool)
@plan_layer.register(L.MaxPool)
def _pool(layer: L.AveragePool | L.MaxPool, shapes: Shapes) -> LayerPlan:
    channels, *sides = only_shape(shapes, ("channels", "height", "width"))
    if layer.size > min(sides):
        raise SpecError(f"window {layer.size} is larger than its input of {min(sides)} pixels")
    step = layer.stride or layer.size
    return LayerPlan(output_shape=(channels, *((side - layer.size) // step + 1 for side in sides)), pool_step=step)


@plan_layer.register
def _upsample(layer: L.Upsample, shapes: Shapes) -> LayerPlan:
    channels, *sides = only_shape(shapes, ("channels", "height", "width"))
    return LayerPlan(output_shape=(channels, *(side * layer.factor for side in sides)))


@plan_layer.register
def _embedding(layer: L.Embedding, shapes: Shapes) -> LayerPlan:
    only_shape(shapes, ())
    weight = WeightPlan(
        shape=(layer.classes, layer.units), initializer=layer.weight_init, fan_in=layer.classes, fan_out=layer.units
    )
    return LayerPlan(output_shape=(layer.units,), weights={"weight": weight})


@plan_layer.register
def _concat(layer: L.Concat, shapes: Shapes) -> LayerPlan:
    first = shapes[0]
    if any(shape[1:] != first[1:] or not shape for shape in shapes):
        raise SpecError(f"cannot join {listed(shapes)}: all axes but the first must agree")
    return LayerPlan(output_shape=(sum(shape[0] for shape in shapes), *first[1:]))


@plan_layer.register(L.Add)
@plan_layer.register(L.Multiply)
def _alike(layer: L.Layer, shapes: Shapes) -> LayerPlan:
    if len(set(shapes)) != 1:
        done = "add" if isinstance(layer, L.Add) else "multiply"
        raise SpecError(f"cannot {done} {listed(shapes)}: the shapes must be equal")
    return LayerPlan(output_shape=shapes[0])
