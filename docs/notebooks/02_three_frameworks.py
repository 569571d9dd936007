# %% [markdown]
# # The same on three frameworks
#
# A program that is ported from one framework to another often runs, trains, and is wrong: padding lies elsewhere, a
# momentum means its opposite, an epsilon stands inside the root. Here an experiment is written once, and each
# framework has to give the same numbers. This notebook shows that it does, and how far one can expect that.
#
# It needs all three: `pip install -e '.[all]'`.

# %%
import gan_core

# %% [markdown]
# ## One experiment, three processes
#
# Two frameworks in one process can crash each other. So `compare` starts a process for each, which draws the same
# random numbers, begins with the same weights and takes the same steps. In float64 nothing hides behind rounding.

# %%
experiment = gan_core.load_experiment("digits-mlp", {"training.steps": 100, "training.dtype": "float64"})
result = gan_core.compare(experiment, ["torch", "paddle", "keras"], "lockstep")

# %%
print("agree:", result.agrees, f" largest difference within {result.within} steps: {result.worst:.1e}")
for kind in result.kinds:
    print(f"  {kind.kind:20} {kind.worst:.1e}   at step {kind.step}, in {kind.array}")

# %% [markdown]
# The differences are relative to each array's largest value. float64 keeps about 16 digits, so 1e-16 is the last one.
# Training multiplies what rounding begins with, step by step:

# %%
from IPython.display import Image

Image("lockstep/lockstep.png")

# %% [markdown]
# A sheet of samples from each framework, after the same 100 steps and from the same latents:

# %%
Image("lockstep/sheets.png")

# %% [markdown]
# ## How long it stays so
#
# A GAN's training is chaotic. Move one weight of *one* framework by one unit in its last place, and after some
# hundred steps its losses are others too. That is the *chaos floor*: no port can agree for longer than a framework
# agrees with itself. `gan_core.compare(..., chaos_floor=True)` measures it, or, on the command line, `--chaos-floor`:
#
# ```sh
# gan compare digits-mlp --backends torch,paddle,keras --dtype float64 --steps 300 --chaos-floor
# ```

# %% [markdown]
# ## Where next
#
# - [What differs between the frameworks](../frameworks.md): the faults and habits that had to be found for this.
# - [How far each preset was compared](../results.md#presets).
# - A run that [moves from one framework to another](06_moving_house.py).
