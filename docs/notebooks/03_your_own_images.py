# %% [markdown]
# # Your own images
#
# All that a conditional GAN needs of you is a folder with a folder for each class, and images in them:
#
# ```text
# pictures/
#   circle/   0.png  1.png  …
#   square/   …
# ```
#
# Any format and any size will do. This notebook makes such folders from the digits that come with the library, trains
# on them, and asks for samples of one class. Put the path of your own folder in the place of `pictures`, and go on
# from there.

# %%
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_digits

NAMES = ["zero", "one", "two", "three"]
digits = load_digits()
for number, (image, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
    if digit < len(NAMES):
        folder = Path("pictures") / NAMES[digit]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray((image * 15.9).astype("uint8")).save(folder / f"{number}.png")

for folder in sorted(Path("pictures").iterdir()):
    print(folder, len([*folder.iterdir()]), "images")

# %% [markdown]
# ## Train
#
# `mnist-cgan` is a conditional GAN for small pictures. Four *parameters* of the preset make it one for yours: the
# folder, how many classes it holds, the side in pixels to which images are brought, and their channels (1 for grey, 3
# for colour).

# %%
import gan_core

own = {"folder": "pictures", "classes": 4, "size": 16, "channels": 1}
few = {"phases.discriminator.objective.penalties": [{"type": "r1", "weight": 10.0}]}
run = gan_core.train("mnist-cgan", "torch", steps=700, changes=own | few, print_every=350)

# %% [markdown]
# The second line of settings is there because these are *few* images, 720. The preset was made for the 60,000 of
# MNIST. Here its discriminator soon knows each image by heart: `fake_probability` falls below .001, the generator
# learns no more, and the samples stay noise. A penalty on the discriminator's slope at real images (`gan explain r1`)
# keeps it from that. Try it without `few`.
#
# The first line of the output says what was found: how many images, of which size, in which classes. Look at it
# before you wait for a training. Files that cannot be read are counted there with their reason.

# %%
print(run.class_names)

# %% [markdown]
# ## What the network was shown
#
# `samples/real.png` holds images as they came out of the folder, cropped and scaled. If something is wrong here,
# nothing after it can be right.

# %%
from IPython.display import Image as Shown

Shown(run.path / "samples" / "real.png")

# %% [markdown]
# ## Samples by class
#
# A class is asked for by its folder's name or its number.

# %%
import matplotlib.pyplot as plt

_, places = plt.subplots(len(run.class_names), 8, figsize=(8, 5), layout="constrained")
for row, name in zip(places, run.class_names, strict=True):
    for place, image in zip(row, run.sample(8, label=name), strict=True):
        place.imshow(image[0], cmap="gray", vmin=-1, vmax=1)
        place.axis("off")
    row[0].set_title(name, loc="left")

# %% [markdown]
# The same from the command line; `made` is a folder that holds a folder for each class:

# %% language="sh"
# gan sample runs/mnist-cgan-torch-seed0-0001 -n 100 --out made
# ls made

# %% [markdown]
# ## When your images are larger
#
# - From 32×32 on take a preset with convolutions: `mnist-cond-wgan-gp` (32×32), or `dcgan-64`, which learns classes
#   where `classes` is set: `gan train dcgan-64 --backend torch --set folder=faces --set classes=5`.
# - A network for 64×64 colours takes hours on a processor. `--set width=0.25` makes it narrower, and a first look
#   quick.
# - Rectangles, attributes, pairs of pictures, tables: [data of your own](../data.md).
# - [Few images](../few_images.md): what helps when a thousand is all there is.
# - When nothing comes out: [the checks](../checks.md) find mistakes that would train without a word, and
#   [theory](../theory.md) shows what losses look like when a GAN fails.
