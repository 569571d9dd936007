"""A phase of your own, on any framework: `python examples/new_phase.py torch 2000`."""

import sys

import msgspec

import gan_core
from gan_core.experiments.experiment import Phase
from gan_core.objectives import Objective
from gan_core.objectives.context import Outcome, generate
from gan_core.objectives.draws import RealSamples, generator_draws
from gan_core.specs.spec import Variant


class MatchMoments(Variant, Objective, frozen=True):
    """A batch of samples is to have the mean and spread of a real one: every 4 steps, beside the usual phases."""

    def check_plans(self, plans):
        """Any generator will do."""

    def draws(self, plans):
        """What must be drawn for one evaluation."""
        return {"real": RealSamples()} | generator_draws(plans["generator"])

    def evaluate(self, context):
        """The loss, over `ops` and networks: no framework in sight."""
        mean, (fake, _), real = context.ops.mean, generate(context, "generator", None), context.draws["real"]
        loss = (mean(fake) - mean(real)) ** 2 + (mean(fake * fake) - mean(real * real)) ** 2
        return Outcome(loss=loss, scalars={"loss": loss})


if __name__ == "__main__":
    plain = gan_core.preset("digits-mlp")
    backend, steps = sys.argv[1:] or ("torch", "2000")
    phase = Phase(name="moments", player="generator", objective=MatchMoments(), every_steps=4)
    experiment = msgspec.structs.replace(plain, phases=(*plain.phases, phase))
    print(gan_core.train(experiment, backend, steps=int(steps)).metrics()[-1])
