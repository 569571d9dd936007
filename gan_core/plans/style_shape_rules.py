"""Shape rules of the layers of styles; they join those of `shape_rules`."""

from gan_core.errors import SpecError
from gan_core.plans.layer_plans import LayerPlan, Shapes, WeightPlan, listed, only_shape, with_channels
from gan_core.plans.shape_rules import plan_layer
from gan_core.specs.style_layers import AddNoise, Bias, LearnedConstant, ModulatedConv, StyleMixing


@plan_layer.register
def _modulated_conv(layer: ModulatedConv, shapes: Shapes) -> LayerPlan:
    if len(shapes) != 2 or len(shapes[0]) != 3 or shapes[1] != shapes[0][:1]:
        raise SpecError(f"expected an image [channels, height, width] and a style [channels], got {listed(shapes)}")
    return plan_layer(layer.plain, shapes[:1])


@plan_layer.register
def _bias(layer: Bias, shapes: Shapes) -> LayerPlan:
    shape = with_channels(shapes)
    bias = WeightPlan(shape=shape[:1], initializer=layer.bias_init, fan_in=1, fan_out=1)
    return LayerPlan(output_shape=shape, weights={"bias": bias})


@plan_layer.register
def _learned_constant(layer: LearnedConstant, shapes: Shapes) -> LayerPlan:
    with_channels(shapes)
    weight = WeightPlan(shape=layer.shape, initializer=layer.weight_init, fan_in=1, fan_out=1)
    return LayerPlan(output_shape=layer.shape, weights={"weight": weight})


@plan_layer.register
def _add_noise(layer: AddNoise, shapes: Shapes) -> LayerPlan:
    if len(shapes) != 2 or len(shapes[0]) != 3 or shapes[1] != (1, *shapes[0][1:]):
        raise SpecError(f"expected an image and noise of one channel and its sides, got {listed(shapes)}")
    weight = WeightPlan(shape=(1,), initializer=layer.weight_init, fan_in=1, fan_out=1)
    return LayerPlan(output_shape=shapes[0], weights={"weight": weight})


@plan_layer.register
def _style_mixing(layer: StyleMixing, shapes: Shapes) -> LayerPlan:
    features, *sides = only_shape(shapes, ("features", "1", "2"))
    if sides != [1, 2]:
        raise SpecError(f"expected two latents side by side, [features, 1, 2], got the shape {[features, *sides]}")
    return LayerPlan(output_shape=(layer.layers * features,), random=layer.chance > 0)
