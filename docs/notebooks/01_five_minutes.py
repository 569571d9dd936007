# %% [markdown]
# # A GAN in five minutes
#
# A GAN is two networks that play against each other. The *generator* makes images from random numbers. The
# *discriminator* is shown real images and made ones, and learns to tell them apart; the generator learns to be taken
# for real. This notebook trains one on small pictures of handwritten digits, looks at what it makes, and scores it.
#
# It needs one framework, here PyTorch: `pip install -e '.[torch]'` in a clone of the repository.

# %%
import matplotlib.pyplot as plt

import gan_core

# %% [markdown]
# ## Train
#
# `digits-mlp` is a *preset*: an experiment that is all there, networks, losses, data and settings. Its data, 1,797
# digits of 8×8 pixels, come with the library. `backend` may as well be `"paddle"` or `"keras"`.

# %%
run = gan_core.train("digits-mlp", backend="torch", steps=1500, print_every=500)

# %% [markdown]
# Each line has the losses of both networks. `real_probability` is how likely the discriminator finds it that a real
# image is real, `fake_probability` that a made one is. Where both are near a half, it cannot tell them apart.
#
# ## Look
#
# `run.sample` returns new images as an array [count, channels, height, width] with values from −1 to 1. A GAN is
# judged by looking first.


# %%
def show(images, columns=8):
    """Show images [N, 1, H, W] side by side."""
    _, places = plt.subplots(len(images) // columns, columns, figsize=(columns, len(images) // columns))
    for place, image in zip(places.flat, images, strict=True):
        place.imshow(image[0], cmap="gray", vmin=-1, vmax=1)
        place.axis("off")


show(run.sample(24))

# %% [markdown]
# Real ones, to compare with, lie in the run's folder:

# %%
from IPython.display import Image

Image(run.path / "samples" / "real.png")

# %% [markdown]
# ## Score
#
# A score says in a number what the eye sees roughly. The Fréchet distance compares many samples with many real
# images; less is better. A number alone says little, so the *floor* stands beside it: what real images get in place
# of made ones.

# %%
scores = run.evaluate(metrics=["frechet", "coverage"], figures=False)
for row in scores.rows:
    print(f"{row.metric:22} {row.value:.2f}   real images: {row.floor:.2f}   better is {row.better}")

# %% [markdown]
# ## What a run keeps
#
# All of it lies in the run's folder: the experiment as a file, the losses of each step, sheets of samples, and a
# checkpoint to go on from.

# %%
print(run.path)
for path in sorted(run.path.glob("[!.]*")):
    print("  ", path.name)

# %%
Image(run.path / "losses.png")

# %% [markdown]
# ## Go on
#
# `resume` goes on where the run stopped, as if it had never stopped.

# %%
longer = gan_core.resume(run.path, steps=2000, progress=False)
show(longer.sample(24))

# %% [markdown]
# ## Where next
#
# - The same experiment on [three frameworks](02_three_frameworks.py).
# - [Images of your own](03_your_own_images.py), by class.
# - What the words mean: [the glossary](../glossary.md). What a GAN minimises, and why it fails:
#   [theory](../theory.md).
# - All presets: `gan list`, and [what each of them stands for](../presets.md).
