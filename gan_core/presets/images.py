"""Presets on colour images: frogs, anime faces, any folder. `width` scales every channel count: 1 is as published."""

from typing import Literal

from gan_core.data.cifar import Cifar10
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator, LabelledDiscriminator, LabelledGenerator
from gan_core.presets.architectures import latent_input
from gan_core.presets.convolutional import Start, dcgan, down, up
from gan_core.presets.few_images import Policy, augmented
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, InverseTimeDecay, RmsProp

Last = Literal["transposed", "resized"]


def dcgan_64(
    width: float = 1.0,
    channels: int = 3,
    size: int = 64,
    folder: str = "images",
    classes: int = 0,
    start: Start = "paper",
) -> Experiment:
    """DCGAN (Radford et al. 2016, arXiv:1511.06434) on any folder of images, 64×64 in colour.

    G: transposed convolutions 1024-512-256-128-3; D: convolutions 128-256-512-1024-1; N(0, .02) weights (those of
    PyTorch with start=pytorch); Adam 2e-4 with beta1 .5; batch 128. Name the folder with --set folder=FOLDER; grey
    images, as of a scanner, with channels=1. With classes=N both networks are told the class, a folder each, as in
    `mnist-cond-wgan-gp`, and the sheet has a row for each of the first 20.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder, labelled=bool(classes))
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return Experiment(
        name="dcgan-64",
        summary=f"{'conditional ' if classes else ''}DCGAN on a folder of images, {size}×{size}",
        data=pictures.folder_data(),
        networks=dcgan(pictures.shape, pictures.channel_counts(1024, width), start, classes),
        players=two_players(adam, adam),
        phases=game_phases("non_saturating"),
        training=Training(steps=20_000, batch_size=128),
        sampling=Sampling(rows=min(classes, 20) or 8, columns=8, every_steps=500),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=500),
    )


def frog_dcgan(width: float = 1.0, repeats: int = 1, channels: int = 3, folder: str = "") -> Experiment:
    """The DCGAN on CIFAR-10's frogs of Chollet 2017 (Deep Learning with Python, section 8.5), from a Keras tutorial.

    Odd, and kept: generated samples have label 1 and real ones 0, each with .05 · U(0, 1) added, in one joined batch,
    and the generator aims at 0; real images lie in [0, 1] although the generator ends in tanh; they come in file
    order, wrapping round; there is no batch norm; the learning rate decays by 1e-8 an update, which is nothing.
    RMSprop 3e-4 (D) and 4e-4 (G), each gradient component clipped to ±1; kernels of the strided layers are multiples
    of the stride, against checkerboards. `repeats`: discriminator updates per generator update.
    """
    pictures = Pictures(channels=channels, size=32, folder=folder)
    wide = scaled(256, width)
    narrow = scaled(128, width)
    return Experiment(
        name="frog-dcgan",
        summary="DCGAN on CIFAR-10's frogs, 32×32",
        silenced=("value-range",),  # of the odd things that are kept: tanh against 0 … 1
        data=pictures.data(Cifar10(classes=("frog",), value_range=(0.0, 1.0)), value_range=(0.0, 1.0)),
        networks={
            "generator": _frog_generator(narrow, wide, channels),
            "discriminator": _frog_discriminator(narrow, pictures.shape),
        },
        players=two_players(_frog_rmsprop(4e-4), _frog_rmsprop(3e-4)),
        phases=(
            Phase(
                name="discriminator",
                player="discriminator",
                objective=LabelledDiscriminator(real_label=0.0, fake_label=1.0, noise=0.05, joined=True),
                repeats=repeats,
            ),
            Phase(name="generator", player="generator", objective=LabelledGenerator(label=0.0)),
        ),
        training=Training(steps=10_000, batch_size=20, order="sequential"),
        sampling=Sampling(rows=5, columns=8, every_steps=100),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=500),
    )


def _frog_rmsprop(learning_rate: float) -> RmsProp:
    return RmsProp(
        learning_rate=learning_rate, decay=0.9, epsilon=1e-7, clip_value=1.0, schedule=InverseTimeDecay(rate=1e-8)
    )


def _frog_generator(narrow: int, wide: int, channels: int) -> Network:
    slope = L.LeakyReLU(slope=0.1)
    layers: list[L.Layer] = [L.Dense(units=narrow * 16 * 16), slope, L.Reshape(shape=(narrow, 16, 16))]
    layers += [L.Conv(channels=wide, kernel=5, padding=2), slope]
    layers += [L.ConvTranspose(channels=wide, kernel=4, stride=2, padding=1), slope]
    for _ in range(2):
        layers += [L.Conv(channels=wide, kernel=5, padding=2), slope]
    layers += [L.Conv(channels=channels, kernel=7, padding=3), L.Tanh()]
    return Network(inputs=latent_input(32), layers=tuple(layers))


def _frog_discriminator(narrow: int, shape: tuple[int, ...]) -> Network:
    layers: list[L.Layer] = [L.Conv(channels=narrow, kernel=3), L.LeakyReLU(slope=0.1)]
    for _ in range(3):
        layers += [L.Conv(channels=narrow, kernel=4, stride=2), L.LeakyReLU(slope=0.1)]
    layers += [L.Flatten(), L.Dropout(rate=0.4), L.Dense(units=1)]
    return Network(inputs={"sample": Input(kind="data", shape=shape)}, layers=tuple(layers))


def anime_dcgan_96(
    width: float = 1.0,
    channels: int = 3,
    folder: str = "anime_faces",
    augmentation: Policy = "none",
    last: Last = "transposed",
) -> Experiment:
    """A DCGAN (Radford et al. 2016, arXiv:1511.06434) on a folder of faces, 96×96, from a PyTorch tutorial on anime.

    Odd, and kept: the same generated batch serves discriminator and generator; the discriminator has batch norm in its
    first layer too; weights start as PyTorch's defaults; batch 8. Adam 2e-4 with betas .5/.999. The tutorial trains 25
    epochs of 51,000 faces, 159,375 steps (--epochs 25 for another number of faces), draws a sheet and keeps the weights
    of both networks after each. Name the folder with --set folder=FOLDER.

    The generator's last kernel of 5 with stride 3 leaves a lattice of 3 pixels. last=resized: in its place bilinear
    enlargement and a convolution, against it (Odena et al. 2016, doi:10.23915/distill.00003). augmentation: how the
    discriminator's images are changed at random, as in `diffaugment-dcgan`.
    """
    pictures = Pictures(channels=channels, size=96, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    counts = [scaled(count, width) for count in (1024, 512, 256, 128)]
    judging = [scaled(count, width) for count in (64, 128, 256, 512)]
    return Experiment(
        name="anime-dcgan-96",
        summary="DCGAN on a folder of faces, 96×96",
        data=pictures.folder_data(),
        networks={
            "generator": _anime_generator(counts, channels, last),
            "discriminator": augmented(_anime_discriminator(judging, pictures.shape), augmentation),
        },
        players=two_players(adam, adam),
        phases=(
            Phase(
                name="discriminator", player="discriminator", objective=AdversarialDiscriminator(shares_samples=True)
            ),
            Phase(name="generator", player="generator", objective=AdversarialGenerator(shares_samples=True)),
        ),
        training=Training(steps=25 * 6375, batch_size=8),
        sampling=Sampling(rows=8, columns=8, every_epochs=1),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_epochs=1, keep=25),
    )


def _anime_generator(counts: list[int], channels: int, last: Last) -> Network:
    first, *others = counts
    layers = [L.Reshape(shape=(100, 1, 1)), *up(first, stride=1, padding=0, start="pytorch")]
    for count in others:
        layers += up(count, start="pytorch")
    if last == "transposed":
        layers += up(channels, norm=False, kernel=5, stride=3, start="pytorch")
    else:
        conv = L.Conv(channels=channels, kernel=5, padding=2, bias=False, weight_init=FanInUniform())
        layers += [L.Resize(scale=3.0), conv]
    return Network(inputs=latent_input(100), layers=(*layers, L.Tanh()))


def _anime_discriminator(counts: list[int], shape: tuple[int, ...]) -> Network:
    first, *others = counts
    layers = down(first, kernel=5, stride=3, start="pytorch")
    for count in others:
        layers += down(count, start="pytorch")
    layers += [L.Conv(channels=1, kernel=4, bias=False, weight_init=FanInUniform()), L.Flatten()]
    return Network(inputs={"sample": Input(kind="data", shape=shape)}, layers=tuple(layers))
