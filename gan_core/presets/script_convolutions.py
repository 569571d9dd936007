"""Presets that are scripts of PyTorch-GAN with its small convolutional networks, on MNIST padded to 32×32.

As in its dense GANs, the generator moves first, and the discriminator sees what it made. `width` scales channel counts.
"""

import msgspec

from gan_core.data.derived_domains import PlainAndChanged
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives import (
    BoundaryEquilibriumDiscriminator,
    BoundaryEquilibriumGenerator,
    CoupledDiscriminators,
    CoupledGenerators,
)
from gan_core.presets.architectures import latent_input
from gan_core.presets.convolutional import SCALE_NORMAL, SMALL_NORMAL
from gan_core.presets.games import generator_first, two_players
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

EPOCH = 938  # batches of 64 of MNIST's training images, the last one of 32
_START = FanInUniform()
_SLOPE = L.LeakyReLU(slope=0.2)


def mnist_lsgan(width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "") -> Experiment:
    """Least squares GAN (Mao et al. 2017, arXiv:1611.04076) on MNIST, as the script lsgan.py of PyTorch-GAN.

    D minimises ½ (D(x) − 1)² + ½ D(G(z))², G (D(G(z)) − 1)² without a half. G doubles a map of a quarter of the side
    twice by repeating pixels, between convolutions of 3; D halves the image four times, and drops whole channels with a
    rate of .25. Odd, and kept: batch norm with an epsilon of .8, meant as a momentum; in D it comes after the dropout.
    A convolution before a batch norm has no bias, which the norm would take away again. N(0, .02) convolutions, Adam
    2e-4 with betas .5/.999, batch 64, 200 epochs. Images are padded to 32×32, where the script resizes them.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return Experiment(
        name="mnist-lsgan",
        summary="least squares GAN with convolutions on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks={
            "generator": _generator(pictures, width),
            "discriminator": _discriminator(pictures, width),
        },
        players=two_players(adam, adam),
        phases=generator_first("mean_squares"),
        training=Training(steps=EPOCH * 200, batch_size=64, last_batch="keep"),
        sampling=Sampling(rows=5, columns=5, every_steps=1000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=2000),
    )


def mnist_began(width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "") -> Experiment:
    """BEGAN (Berthelot et al. 2017, arXiv:1703.10717) on MNIST, as the script began.py of PyTorch-GAN.

    The generator of `mnist-lsgan` with a batch norm before all else, from 62 numbers; a shallow autoencoder for
    discriminator, a strided convolution and a code of 32 numbers with batch norm. γ .75, λ .001. The generator moves
    first, and the autoencoder sees what it made. Odd, and kept: batch norm with an epsilon of .8, meant as a momentum.
    A layer before a batch norm has no bias, which the norm would take away again. Adam 2e-4 with betas .5/.999, batch
    64, 200 epochs. Images are padded to 32×32, where the script resizes them. `began` has the paper's networks.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    count, half = scaled(64, width), pictures.size // 2
    encoder = (
        script_convolution(count, stride=2),
        L.ReLU(),
        L.Flatten(),
        L.Dense(units=32, bias=False, weight_init=_START),
        L.BatchNorm(epsilon=0.8),
        L.ReLU(),
    )
    decoder = (
        L.Dense(units=count * half**2, bias=False, weight_init=_START),
        L.BatchNorm(),
        L.ReLU(),
        L.Reshape(shape=(count, half, half)),
        L.Upsample(),
        script_convolution(channels),
    )
    return Experiment(
        name="mnist-began",
        summary="BEGAN with a shallow autoencoder on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks={
            "generator": _generator(pictures, width, latents=62, first_norm=True),
            "encoder": Network(inputs={"image": Input(kind="data", shape=pictures.shape)}, layers=encoder),
            "decoder": Network(inputs={"code": Input(kind="data", shape=(32,))}, layers=decoder),
        },
        players={
            "discriminator": Player(networks=("encoder", "decoder"), optimizer=adam),
            "generator": Player(networks=("generator",), optimizer=adam),
        },
        phases=(
            Phase(
                name="generator",
                player="generator",
                objective=BoundaryEquilibriumGenerator(shares_samples=True),
            ),
            Phase(
                name="discriminator",
                player="discriminator",
                objective=BoundaryEquilibriumDiscriminator(diversity=0.75, shares_samples=True),
            ),
        ),
        training=Training(steps=EPOCH * 200, batch_size=64, last_batch="keep"),
        sampling=Sampling(rows=5, columns=5, every_steps=400),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=2000),
    )


def cogan(width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "") -> Experiment:
    """CoGAN (Liu, Tuzel 2016, arXiv:1606.07536) on MNIST digits and negatives of digits, as cogan.py of PyTorch-GAN.

    One latent makes a digit and its negative, though no pair is ever seen: the generator's layers are shared as far as
    16×16, the discriminator's but for the last. The paper's task B; the script has MNIST and MNIST-M. The two halves of
    the images are the two domains. Least squares, mean of both domains; whole channels dropped with a rate of .25. Odd,
    and kept: batch norm with an epsilon of .8, meant as a momentum; the generator begins with one. A convolution before
    a batch norm has no bias, which the norm would take away again. Adam 2e-4 with betas .5/.999, batch 32, 200 epochs.
    Sheets show the first domain; the second is the generator's output image_b.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    epoch = 30_000 // 32
    return Experiment(
        name="cogan",
        summary="CoGAN of digits and their negatives on MNIST padded to 32×32",
        data=PlainAndChanged(source=pictures.mnist()),
        networks={
            "generator": _coupled_generator(pictures, width),
            "discriminator": _coupled_discriminator(pictures, width),
        },
        players=two_players(adam, adam),
        phases=(
            Phase(name="generator", player="generator", objective=CoupledGenerators()),
            Phase(name="discriminator", player="discriminator", objective=CoupledDiscriminators(shares_samples=True)),
        ),
        training=Training(steps=epoch * 200, batch_size=32),
        sampling=Sampling(rows=4, columns=8, every_steps=400),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=2000),
    )


def _coupled_generator(pictures: Pictures, width: float) -> Network:
    wide, narrow, side = scaled(128, width), scaled(64, width), pictures.size // 4
    layers: list[L.Layer] = [L.Dense(units=wide * side**2, weight_init=SMALL_NORMAL, bias_init=_START)]
    layers += [L.Reshape(shape=(wide, side, side)), L.BatchNorm(scale_init=SCALE_NORMAL), L.Upsample()]
    layers += [_plain_convolution(wide, bias=False), _norm(), _SLOPE, L.Upsample(name="shared")]
    for name in ("image_a", "image_b"):
        first = msgspec.structs.replace(_plain_convolution(narrow, bias=False), inputs=("shared",))
        layers += [first, _norm(), _SLOPE, _plain_convolution(pictures.shape[0]), L.Tanh(name=name)]
    return Network(inputs=latent_input(100), layers=tuple(layers), outputs=("image_a", "image_b"))


def _coupled_discriminator(pictures: Pictures, width: float) -> Network:
    layers: list[L.Layer] = []
    for index, count in enumerate(scaled(each, width) for each in (16, 32, 64, 128)):
        layers += [_plain_convolution(count, stride=2, bias=not index), *([_norm()] if index else []), _SLOPE]
        layers.append(L.Dropout(rate=0.25, per_channel=True))
    layers.append(L.Flatten(name="shared"))
    for name in ("judge_a", "judge_b"):
        layers.append(L.Dense(name=name, inputs=("shared",), units=1, weight_init=SMALL_NORMAL, bias_init=_START))
    inputs = {"sample": Input(kind="data", shape=pictures.shape)}
    return Network(inputs=inputs, layers=tuple(layers), outputs=("judge_a", "judge_b"))


def _plain_convolution(channels: int, stride: int = 1, bias: bool = True) -> L.Conv:
    """A convolution that starts as PyTorch's does."""
    return msgspec.structs.replace(script_convolution(channels, stride, bias), weight_init=_START)


def script_convolution(channels: int, stride: int = 1, bias: bool = True) -> L.Conv:
    """Return a convolution of 3×3 as PyTorch-GAN's scripts have it: weights of N(0, .02), the bias as PyTorch's."""
    return L.Conv(
        channels=channels,
        kernel=3,
        stride=stride,
        padding=1,
        bias=bias,
        weight_init=SMALL_NORMAL,
        bias_init=_START,
    )


def _norm() -> L.BatchNorm:
    return L.BatchNorm(epsilon=0.8, scale_init=SCALE_NORMAL)


def _generator(pictures: Pictures, width: float, latents: int = 100, first_norm: bool = False) -> Network:
    """From some numbers to a map of a quarter of the side, which is doubled twice: 128-128-64 and the image."""
    wide, narrow, side = scaled(128, width), scaled(64, width), pictures.size // 4
    layers: list[L.Layer] = [L.Dense(units=wide * side**2, weight_init=_START, bias_init=_START)]
    layers += [L.Reshape(shape=(wide, side, side)), *([L.BatchNorm(scale_init=SCALE_NORMAL)] if first_norm else [])]
    for count in (wide, narrow):
        layers += [L.Upsample(), script_convolution(count, bias=False), _norm(), _SLOPE]
    layers += [script_convolution(pictures.shape[0]), L.Tanh()]
    return Network(inputs=latent_input(latents), layers=tuple(layers))


def _discriminator(pictures: Pictures, width: float) -> Network:
    """Four halvings, 16-32-64-128, and one number."""
    layers: list[L.Layer] = []
    for index, count in enumerate(scaled(each, width) for each in (16, 32, 64, 128)):
        layers += [script_convolution(count, stride=2), _SLOPE, L.Dropout(rate=0.25, per_channel=True)]
        layers += [_norm()] if index else []
    layers += [L.Flatten(), L.Dense(units=1, weight_init=_START, bias_init=_START)]
    return Network(inputs={"sample": Input(kind="data", shape=pictures.shape)}, layers=tuple(layers))
