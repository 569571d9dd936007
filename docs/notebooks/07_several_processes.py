# %% [markdown]
# # Several processes
#
# A training can be shared between several processes, on one machine or on many, with a GPU each where there are GPUs.
# Each process, a *worker*, takes its rows of every batch; their gradients are averaged. Here that is more than a way
# to be quicker: the numbers are those of one process, so a run that was shared can be trusted like one that was not.

# %%
import gan_core

settings = {"backend": "torch", "dtype": "float64", "steps": 60, "progress": False}

# %% [markdown]
# ## One process, then two

# %%
alone = gan_core.train("digits-mlp", out="alone", **settings)

# %%
shared = gan_core.train("digits-mlp", out="shared", workers=2, **settings)

# %% [markdown]
# `training.batch_size` is the whole batch either way; two workers hold half of it each. Batch norm takes the
# statistics of the whole batch by an exchange of its own, so that it is the same too.

# %%
for one, other in zip(alone.metrics(), shared.metrics(), strict=True):
    for name in ("discriminator/loss", "generator/loss"):
        print(f"step {one['step']:3}   {name:18} {one[name]:.15f}   apart by {abs(one[name] - other[name]):.0e}")

# %% [markdown]
# ## Go on with another number
#
# A checkpoint knows no number of workers. What two began, one ends:

# %%
ended = gan_core.resume("shared", workers=1, steps=120, progress=False)
print(ended.metrics()[-1]["step"], "steps;", ended.metrics()[-1]["generator/loss"])

# %% [markdown]
# ## Is it quicker?
#
# Not here: 8×8 digits are too little work to share, and an exchange costs more than a step. It pays where a step
# takes long: large networks, large batches, a GPU for each worker. [Several processes](../workers.md) has what was
# measured, and how to start workers on several machines.
