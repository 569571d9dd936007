"""A loss of your own, on any framework: `python examples/write_a_loss.py paddle 2000`.

The loss is two functions of logits [N, 1] over `ops`; its name can then stand in any experiment.
"""

import sys

import gan_core
from gan_core.objectives.losses import LOSSES


@LOSSES.register("exponential")
class Exponential:
    """The loss of boosting."""

    @staticmethod
    def discriminator(ops, real, fake):
        """exp(−D(x)) + exp(D(G(z)))."""
        return ops.mean(ops.exp(-real)) + ops.mean(ops.exp(fake))

    @staticmethod
    def generator(ops, real, fake):
        """exp(−D(G(z)))."""
        return ops.mean(ops.exp(-fake))


if __name__ == "__main__":
    backend, steps = sys.argv[1:] or ("torch", "2000")
    changes = [f"phases.{phase}.objective.loss=exponential" for phase in ("discriminator", "generator")]
    run = gan_core.train("digits-mlp", backend, steps=int(steps), changes=changes)
    print(run.path, run.metrics()[-1])
