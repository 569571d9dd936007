"""Words of your own for `examples/mine.toml`: a layer, a loss, data and an objective, for all frameworks."""

import numpy as np

from gan_core.contract.composed import compose_layer
from gan_core.data.dataset import Dataset
from gan_core.data.spec import Data
from gan_core.objectives import Objective
from gan_core.objectives.context import Outcome, generate
from gan_core.objectives.draws import RealSamples, generator_draws
from gan_core.objectives.losses import LOSSES
from gan_core.plans.layer_plans import LayerPlan, only_shape
from gan_core.plans.shape_rules import plan_layer
from gan_core.specs.layers import LayerSpec
from gan_core.specs.spec import PositiveFloat, PositiveInt, Variant


class Wave(LayerSpec, frozen=True, kw_only=True):
    """x · (1 + height · tanh(x)); in files ``type = "wave"``."""

    height: PositiveFloat = 0.5


@plan_layer.register
def _plan(layer: Wave, shapes):
    return LayerPlan(output_shape=only_shape(shapes))


@compose_layer.register
def _wave(layer: Wave, ops, inputs, weights):
    return inputs[0] * (1.0 + layer.height * ops.tanh(inputs[0]))


@LOSSES.register("exponential")
class Exponential:
    """The loss of boosting, exp(−D(x)) + exp(D(G(z)))."""

    @staticmethod
    def discriminator(ops, real, fake):
        """What the discriminator minimises."""
        return ops.mean(ops.exp(-real)) + ops.mean(ops.exp(fake))

    @staticmethod
    def generator(ops, real, fake):
        """What the generator minimises."""
        return ops.mean(ops.exp(-fake))


class Spiral(Variant, Data, frozen=True, kw_only=True):
    """Points [2] on a spiral that ends at radius .9; in files ``type = "spiral"``."""

    points: PositiveInt = 10_000

    def load(self, data_dir):
        """Return the points."""
        turn = np.sqrt(np.linspace(0.05, 1, self.points))
        points = 0.9 * turn[:, None] * np.stack([np.cos(9 * turn), np.sin(9 * turn)], axis=1)
        return Dataset(name="spiral", samples=points, kind="points")


class MatchMoments(Variant, Objective, frozen=True):
    """A batch of samples is to have the mean and spread of a real one; in files ``type = "match_moments"``."""

    def check_plans(self, plans):
        """Any generator will do."""

    def draws(self, plans):
        """What must be drawn for one evaluation."""
        return {"real": RealSamples()} | generator_draws(plans["generator"])

    def evaluate(self, context):
        """The loss, over `ops` and networks."""
        mean, (fake, _), real = context.ops.mean, generate(context, "generator", None), context.draws["real"]
        loss = (mean(fake) - mean(real)) ** 2 + (mean(fake * fake) - mean(real * real)) ** 2
        return Outcome(loss=loss, scalars={"loss": loss})
