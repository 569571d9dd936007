# %% [markdown]
# # A run that moves house
#
# A run begins on PyTorch, is stopped, and goes on in Keras, as if nothing had been. Its checkpoint knows no
# framework: weights, optimizer state, running statistics and the place in every stream of random numbers have the
# same names and the same order of axes everywhere. This notebook moves a run, and measures what the move changed.
#
# Each command is a process of its own, with one framework in it.

# %% [markdown]
# ## Half the way on PyTorch

# %% language="sh"
# gan train digits-mlp --backend torch --dtype float64 --steps 60 --out moved

# %% [markdown]
# ## The other half in Keras

# %% language="sh"
# gan resume moved --backend keras --steps 120

# %% [markdown]
# ## The same run that stayed at home

# %% language="sh"
# gan train digits-mlp --backend torch --dtype float64 --steps 120 --out stayed

# %% [markdown]
# ## What the move changed
#
# Every line of metrics, one beside the other:

# %%
from gan_core import Run

moved, stayed = Run("moved"), Run("stayed")
print("moved ends on", moved.backend, "· stayed ends on", stayed.backend)
for one, other in zip(moved.metrics(), stayed.metrics(), strict=True):
    loss, same = one["generator/loss"], other["generator/loss"]
    print(f"step {one['step']:4}   generator/loss {loss:.15f}   {same:.15f}   apart by {abs(loss - same):.0e}")

# %% [markdown]
# And every weight at the end:

# %%
import numpy as np
from safetensors.numpy import load_file


def weights(run, network):
    """Return the weights of a network at the run's end."""
    return load_file(sorted((run.path / "checkpoints").iterdir())[-1] / f"{network}.safetensors")


for network in ("generator", "discriminator"):
    one, other = weights(moved, network), weights(stayed, network)
    worst = max(np.abs(one[name] - other[name]).max() / np.abs(other[name]).max() for name in one)
    print(f"{network:14} {len(one)} arrays, largest relative difference {worst:.0e}")

# %% [markdown]
# On the *same* framework a run that was stopped goes on bit for bit. Between two frameworks it is rounding that
# differs, and training multiplies it as it does everywhere.
#
# ## Where next
#
# - [What a run promises](../runs.md), and [how that was tested](../results.md#a-run-survives): killed at random
#   instants.
# - Weights out to a framework's own file, and back: `gan weights`, see [the command line](../commands.md).
