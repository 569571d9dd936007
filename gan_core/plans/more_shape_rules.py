"""Shape rules of the layers that every backend runs by their definition in `gan_core.contract.composed_layers`."""

from gan_core.errors import SpecError
from gan_core.plans.edges import padding_edges
from gan_core.plans.layer_plans import (
    BufferPlan,
    LayerPlan,
    Shape,
    Shapes,
    WeightPlan,
    listed,
    only_shape,
    refuse_reflection,
    scale_and_bias,
    with_channels,
)
from gan_core.plans.shape_rules import plan_layer
from gan_core.specs import layers as L
from gan_core.specs.augmenting_layers import (
    Augmentation,
    PhaseShuffle,
    RandomQuarterTurn,
    RandomRotation,
    check_changes,
)
from gan_core.specs.reducing_layers import InnerProduct, LogSumExp
from gan_core.specs.table_layers import TableOutput

CHANCE = "chance"  # the buffer of an augmentation whose chance moves
IMAGE = ("channels", "height", "width")


@plan_layer.register
def _group_norm(layer: L.GroupNorm, shapes: Shapes) -> LayerPlan:
    shape = with_channels(shapes)
    if shape[0] % layer.groups:
        raise SpecError(f"cannot divide {shape[0]} channels or features into {layer.groups} groups")
    if shape[0] == layer.groups and _pixels(shape) == 1:
        raise SpecError("a single value has no variance")
    return LayerPlan(output_shape=shape, weights=scale_and_bias(layer, shape))


@plan_layer.register(L.PixelNorm)
@plan_layer.register(L.Softmax)
def _across_channels(layer: L.Layer, shapes: Shapes) -> LayerPlan:
    return LayerPlan(output_shape=with_channels(shapes))


@plan_layer.register
def _log_sum_exp(layer: LogSumExp, shapes: Shapes) -> LayerPlan:
    only_shape(shapes, ("features",))
    return LayerPlan(output_shape=(1,))


@plan_layer.register
def _inner_product(layer: InnerProduct, shapes: Shapes) -> LayerPlan:
    if len(shapes) != 2 or shapes[0] != shapes[1] or len(shapes[0]) != 1:
        raise SpecError(f"expected two inputs of as many features, got {listed(shapes)}")
    return LayerPlan(output_shape=(1,))


@plan_layer.register
def _table_output(layer: TableOutput, shapes: Shapes) -> LayerPlan:
    noise = sum(size for size in layer.blocks if size > 1)
    if len(shapes) not in (1, 2) or shapes[0] != (sum(layer.blocks),) or (len(shapes) == 2 and shapes[1] != (noise,)):
        raise SpecError(
            f"expected {sum(layer.blocks)} logits, as the blocks have, and {noise} numbers of noise or none; got "
            f"{listed(shapes)}"
        )
    return LayerPlan(output_shape=shapes[0])


@plan_layer.register
def _minibatch_deviation(layer: L.MinibatchDeviation, shapes: Shapes) -> LayerPlan:
    channels, *sides = only_shape(shapes, IMAGE)
    return LayerPlan(output_shape=(channels + 1, *sides), batch_independent=False)


@plan_layer.register
def _prelu(layer: L.PReLU, shapes: Shapes) -> LayerPlan:
    shape = with_channels(shapes)
    weight = WeightPlan(shape=shape[:1], initializer=layer.slope_init, fan_in=1, fan_out=1)
    return LayerPlan(output_shape=shape, weights={"weight": weight})


@plan_layer.register
def _gain(layer: L.Gain, shapes: Shapes) -> LayerPlan:
    weight = WeightPlan(shape=(1,), initializer=layer.weight_init, fan_in=1, fan_out=1)
    return LayerPlan(output_shape=only_shape(shapes), weights={"weight": weight})


@plan_layer.register
def _modulate(layer: L.Modulate, shapes: Shapes) -> LayerPlan:
    if len(shapes) != 3:
        raise SpecError(f"expected three inputs (x, scale, shift), got {len(shapes)}")
    x, scale, shift = shapes
    if not x or scale not in (x[:1], x) or shift not in (x[:1], x):
        raise SpecError(
            f"cannot modulate {listed((x,))} by {listed((scale, shift))}: expected one number a channel, or one a value"
        )
    return LayerPlan(output_shape=x)


@plan_layer.register
def _attention(layer: L.Attention, shapes: Shapes) -> LayerPlan:
    if len(shapes) != 3 or any(len(shape) != 3 for shape in shapes):
        raise SpecError(f"expected three inputs [channels, height, width]: queries, keys, values; got {listed(shapes)}")
    queries, keys, values = shapes
    if queries[0] != keys[0]:
        raise SpecError(f"queries have {queries[0]} channels and keys {keys[0]}; expected as many")
    if keys[1:] != values[1:]:
        raise SpecError(
            f"keys are of {listed((keys[1:],))} pixels and values of {listed((values[1:],))}; expected the same"
        )
    pairs = _pixels(queries) * _pixels(keys)
    return LayerPlan(output_shape=(values[0], *queries[1:]), multiply_adds=pairs * (queries[0] + values[0]))


@plan_layer.register
def _global_pool(layer: L.GlobalPool, shapes: Shapes) -> LayerPlan:
    return LayerPlan(output_shape=only_shape(shapes, IMAGE)[:1])


@plan_layer.register
def _within_edges(layer: L.WithinEdges, shapes: Shapes) -> LayerPlan:
    return LayerPlan(output_shape=only_shape(shapes, IMAGE))


@plan_layer.register
def _pixel_shuffle(layer: L.PixelShuffle, shapes: Shapes) -> LayerPlan:
    channels, *sides = only_shape(shapes, IMAGE)
    if channels % layer.factor**2:
        raise SpecError(f"cannot spread {channels} channels over squares of {layer.factor}×{layer.factor} pixels")
    return LayerPlan(output_shape=(channels // layer.factor**2, *(side * layer.factor for side in sides)))


@plan_layer.register
def _resize(layer: L.Resize, shapes: Shapes) -> LayerPlan:
    channels, *sides = only_shape(shapes, IMAGE)
    out = [side * layer.scale for side in sides]
    for side, wanted in zip(sides, out, strict=True):
        if abs(wanted - round(wanted)) > 1e-6 * wanted or round(wanted) < 1:  # 2/3 of 6 is 4 but for rounding
            raise SpecError(f"a scale of {layer.scale:g} makes {wanted:g} pixels of {side}; expected a whole number")
    return LayerPlan(output_shape=(channels, *map(round, out)))


@plan_layer.register
def _blur(layer: L.Blur, shapes: Shapes) -> LayerPlan:
    channels, *sides = only_shape(shapes, IMAGE)
    if layer.padding_mode == "reflect":
        refuse_reflection(len(layer.weights) // 2, min(sides))
    made = ((side - 1) // layer.stride + 1 for side in sides)
    return LayerPlan(output_shape=(channels, *made), edges=padding_edges(layer, sides))


@plan_layer.register
def _one_hot(layer: L.OneHot, shapes: Shapes) -> LayerPlan:
    only_shape(shapes, ())
    return LayerPlan(output_shape=(layer.classes,))


@plan_layer.register
def _pad(layer: L.Pad, shapes: Shapes) -> LayerPlan:
    channels, *sides = only_shape(shapes, IMAGE)
    if layer.mode == "reflect":
        refuse_reflection(max(layer.edge), min(sides))
    return LayerPlan(output_shape=(channels, *(side + sum(layer.edge) for side in sides)))


@plan_layer.register
def _crop(layer: L.Crop, shapes: Shapes) -> LayerPlan:
    channels, *sides = only_shape(shapes, IMAGE)
    left = [side - layer.before - (layer.before if layer.after is None else layer.after) for side in sides]
    if min(left) < 1:
        raise SpecError(f"leaves {min(left)} pixels of {min(sides)}; expected at least 1")
    return LayerPlan(output_shape=(channels, *left))


@plan_layer.register
def _slice(layer: L.Slice, shapes: Shapes) -> LayerPlan:
    count, *sides = with_channels(shapes)
    if layer.start + layer.count > count:
        last = layer.start + layer.count - 1
        raise SpecError(f"takes {layer.start} to {last} of {count} channels or features, counted from 0")
    return LayerPlan(output_shape=(layer.count, *sides))


def _pixels(shape: Shape) -> int:
    """How many values a channel has."""
    pixels = 1
    for side in shape[1:]:
        pixels *= side
    return pixels


@plan_layer.register
def _augmentation(layer: Augmentation, shapes: Shapes) -> LayerPlan:
    shape = only_shape(shapes, IMAGE)
    check_changes(layer)
    if isinstance(layer, RandomQuarterTurn) and shape[1] != shape[2]:
        raise SpecError(f"a quarter turn makes {shape[1]}×{shape[2]} pixels {shape[2]}×{shape[1]}; squares alone turn")
    if isinstance(layer, RandomRotation) and shape[1] != shape[2]:
        raise SpecError(f"{shape[1]}×{shape[2]} pixels do not stay so when they are turned; squares alone turn")
    if isinstance(layer, PhaseShuffle):
        refuse_reflection(layer.shift, shape[2])
    buffers = {CHANCE: BufferPlan(shape=(), start=layer.chance)} if layer.adaptive else {}
    return LayerPlan(output_shape=shape, buffers=buffers, random=True)
