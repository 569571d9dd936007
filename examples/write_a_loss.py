"""A loss of your own, on any framework: `python examples/write_a_loss.py --backend paddle`.

The loss is two functions of logits [N, 1] over `ops`; its name can then stand in any experiment.
"""

import argparse

import gan_core
from gan_core.objectives.losses import LOSSES, AdversarialLoss


def exponential_discriminator(ops, real, fake):
    """exp(−D(x)) + exp(D(G(z))), the loss of boosting."""
    return ops.mean(ops.exp(-real)) + ops.mean(ops.exp(fake))


def exponential_generator(ops, real, fake):
    """exp(−D(G(z)))."""
    return ops.mean(ops.exp(-fake))


LOSSES["exponential"] = AdversarialLoss(discriminator=exponential_discriminator, generator=exponential_generator)

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", default="torch")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--out")
    given = parser.parse_args()
    changes = [f"phases.{phase}.objective.loss=exponential" for phase in ("discriminator", "generator")]
    run = gan_core.train("digits-mlp", given.backend, steps=given.steps, out=given.out, changes=changes)
    print(run.path, run.metrics()[-1])
