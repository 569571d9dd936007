"""A layer of your own, on any framework: `python examples/add_a_layer.py torch 2000`."""

import sys

import gan_core
from gan_core.contract.composed import Arrays, Weights, compose_layer
from gan_core.operations.ops import Array, Ops
from gan_core.plans.layer_plans import LayerPlan, Shapes, WeightPlan, only_shape
from gan_core.plans.shape_rules import plan_layer
from gan_core.specs.initializers import Ones
from gan_core.specs.layers import LayerSpec


class Swish(LayerSpec, frozen=True, kw_only=True):
    """x · sigmoid(β x), β trained (Ramachandran, Zoph, Le 2017, arXiv:1710.05941); in files ``type = "swish"``."""


@plan_layer.register
def _plan(layer: Swish, shapes: Shapes) -> LayerPlan:
    beta = WeightPlan(shape=(1,), initializer=Ones(), fan_in=1, fan_out=1)
    return LayerPlan(output_shape=only_shape(shapes), weights={"beta": beta})


@compose_layer.register
def _swish(layer: Swish, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    return inputs[0] * ops.sigmoid(weights["beta"] * inputs[0])  # in PyTorch, Paddle and Keras


if __name__ == "__main__":
    backend, steps = sys.argv[1:] or ("torch", "2000")
    changes = [f'networks.discriminator.layers.{place}={{type="swish"}}' for place in (2, 4)]
    run = gan_core.train("digits-mlp", backend, steps=int(steps), changes=changes)
    print(run.path, run.metrics()[-1])
