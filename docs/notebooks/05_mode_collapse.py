# %% [markdown]
# # Mode collapse
#
# A generator can please the discriminator with a few kinds of samples and leave the others out. That is *mode
# collapse*, the failure that GANs are known for. On images it is hard to count; on points in the plane, whose modes
# are known, it can be seen. This notebook makes a GAN collapse, and shows which numbers notice.

# %%
import matplotlib.pyplot as plt

import gan_core


def draw(runs, count=1500):
    """Show the points that runs make, beside the real ones."""
    real = next(iter(runs.values())).dataset(None).samples[:count]
    clouds = {"real": real} | {name: run.sample(count) for name, run in runs.items()}
    _, places = plt.subplots(1, len(clouds), figsize=(3 * len(clouds), 3), sharex=True, sharey=True)
    for place, (name, points) in zip(places, clouds.items(), strict=True):
        place.scatter(points[:, 0], points[:, 1], s=2)
        place.set_title(name)
        place.set_aspect("equal")


# %% [markdown]
# ## In balance
#
# `mixture-8` learns eight Gaussians that stand in a square. Each step moves the discriminator once and the generator
# once. 2,000 steps are a twentieth of the preset's training: its points will be near the modes, and not yet in them.

# %%
runs = {"balanced": gan_core.train("mixture-8", "torch", steps=2000, progress=False)}

# %% [markdown]
# ## Out of balance
#
# Now the generator takes ten updates for each of the discriminator's, with five times the rate. It runs to the place
# that the discriminator likes best at the moment, with all its samples, before the discriminator can answer.

# %%
hasty = {"phases.generator.repeats": 10, "players.generator.optimizer.learning_rate": 0.001}
runs["hasty"] = gan_core.train("mixture-8", "torch", steps=400, changes=hasty, progress=False)
draw(runs)

# %% [markdown]
# ## Which numbers notice
#
# *High quality* is the share of samples within three standard deviations of a mode: how real each single sample is.
# *Modes* counts those that get any. The first alone would call the collapse a success.

# %%
for name, run in runs.items():
    scores = run.evaluate(metrics=["modes"], samples=2000, figures=False)
    print(name)
    for row in scores.rows:
        print(f"   {row.metric:26} {row.value:.2f}")

# %% [markdown]
# The losses say little: each player's is measured against the other as it is now.

# %%
for name, run in runs.items():
    last = run.metrics()[-1]
    print(
        f"{name:10} discriminator/loss {last['discriminator/loss']:.2f}   generator/loss {last['generator/loss']:.2f}"
    )

# %% [markdown]
# ## What helps
#
# Balance first: rates, numbers of updates. Beyond that there are remedies, each with a preset: a discriminator that
# sees several samples at once (`pacgan`, `minibatch-discrimination`), a generator that looks ahead (`unrolled`),
# several generators (`multi-generator`), gradient penalties (`mnist-r1`, `mnist-wgan-gp`). `gan modes` trains them
# side by side and counts:
#
# ```sh
# gan modes --backend torch --models gan,wgan-gp --modes 4,8 --seeds 1
# ```
#
# ## Where next
#
# - [The laboratory of mode collapse](../laboratory.md): 20 models, three seeds, and what is published of each.
# - [Evaluation](../evaluation.md): recall and coverage notice it on images.
