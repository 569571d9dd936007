# %% [markdown]
# # Write a loss, and see it agree
#
# A loss of your own is two functions: what the discriminator minimises, and what the generator does. They are written
# once, over the few operations that all frameworks have, and then run on each of them. This notebook writes one,
# checks it on numbers worked by hand, trains with it, and has three frameworks agree on it.

# %%
# %%writefile my_loss.py
"""The exponential loss of boosting, as the loss of a GAN."""

from gan_core.objectives.losses import LOSSES


@LOSSES.register("exponential")
class Exponential:
    """exp(−margin), as in AdaBoost."""

    @staticmethod
    def discriminator(ops, real, fake):
        """exp(−D(x)) + exp(D(G(z))), both averaged over the batch; real, fake: logits [N, 1]."""
        return ops.mean(ops.exp(-real)) + ops.mean(ops.exp(fake))

    @staticmethod
    def generator(ops, real, fake):
        """exp(−D(G(z))), averaged over the batch."""
        return ops.mean(ops.exp(-fake))


# %% [markdown]
# ## By hand first
#
# `NumpyOps` has the same operations on NumPy. For logits of 0 the discriminator's loss is exp 0 + exp 0 = 2, the
# generator's 1.

# %%
import my_loss
import numpy as np

from gan_core.testing.numpy_ops import NumpyOps

ops, zeros = NumpyOps(), np.zeros((4, 1))
print(my_loss.Exponential.discriminator(ops, zeros, zeros), my_loss.Exponential.generator(ops, None, zeros))

# %% [markdown]
# ## Train with it
#
# The loss stands in both phases of the game. `imports` names the file that it is in: the run keeps a copy, so that it
# can be resumed anywhere.

# %%
import gan_core

changes = {
    "imports": ["my_loss.py"],
    "phases.discriminator.objective.loss": "exponential",
    "phases.generator.objective.loss": "exponential",
}
sheets = {"sampling.every_steps": 200}
run = gan_core.train("digits-mlp", "torch", steps=800, changes=changes | sheets, print_every=400)

# %%
from IPython.display import Image

Image(run.path / "montage.png")

# %% [markdown]
# ## Do three frameworks agree on it?

# %%
experiment = gan_core.load_experiment("digits-mlp", changes | {"training.steps": 30, "training.dtype": "float64"})
result = gan_core.compare(experiment, ["torch", "paddle", "keras"], "lockstep")
print("agree:", result.agrees, f" largest difference within {result.within} steps: {result.worst:.1e}")

# %% [markdown]
# Nothing was written for any of the three. Gradients, and second ones where a penalty needs them, follow from the
# operations.
#
# ## Where next
#
# - [Words of your own](../extending.md): layers, objectives, penalties, data sets, metrics likewise.
# - [The same loss as an example](../../examples/write_a_loss.py) in one file.
