"""A layer of one's own in one file. Run:  python examples/add_a_layer.py --backend torch --steps 300."""

import argparse

from gan_core.backend import Array, Ops, load_backend
from gan_core.composed import Arrays, Weights, compose_layer
from gan_core.events import ScalarsLogged
from gan_core.experiment_files import with_changes
from gan_core.initializers import Ones
from gan_core.layers import LayerSpec
from gan_core.presets import preset
from gan_core.shapes import LayerPlan, Shapes, WeightPlan, plan_layer
from gan_core.trainer import Trainer


class Swish(LayerSpec, frozen=True, kw_only=True):
    """x · sigmoid(β x), β trained (Ramachandran, Zoph, Le 2017, arXiv:1710.05941); in files ``type = "swish"``."""


@plan_layer.register
def _plan(layer: Swish, shapes: Shapes) -> LayerPlan:
    beta = WeightPlan(shape=(1,), initializer=Ones(), fan_in=1, fan_out=1)
    return LayerPlan(output_shape=shapes[0], weights={"beta": beta})


@compose_layer.register
def _swish(layer: Swish, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    return inputs[0] * ops.sigmoid(weights["beta"] * inputs[0])  # in PyTorch, Paddle and Keras


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--backend", required=True)
parser.add_argument("--steps", default="300")
given = parser.parse_args()
bends = [f'networks.discriminator.layers.{place}={{type="swish"}}' for place in (2, 4)]
made = with_changes(preset("digits-mlp"), [*bends, f"training.steps={given.steps}"])
for event in Trainer(made, load_backend(given.backend), made.data.load(None)).events():
    if isinstance(event, ScalarsLogged):
        print(event.step, {name: round(value, 4) for name, value in event.scalars.items()})
