"""Presets that are scripts of PyTorch-GAN with its small convolutional networks, on MNIST padded to 32×32.

As in its dense GANs, the generator moves first, and the discriminator sees what it made. `width` scales channel counts.
"""

from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator
from gan_core.presets.architectures import latent_input
from gan_core.presets.convolutional import SCALE_NORMAL, SMALL_NORMAL
from gan_core.presets.games import two_players
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
        phases=(
            Phase(
                name="generator",
                player="generator",
                objective=AdversarialGenerator(loss="mean_squares", shares_samples=True),
            ),
            Phase(
                name="discriminator",
                player="discriminator",
                objective=AdversarialDiscriminator(loss="mean_squares", shares_samples=True),
            ),
        ),
        training=Training(steps=EPOCH * 200, batch_size=64, last_batch="keep"),
        sampling=Sampling(rows=5, columns=5, every_steps=1000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=2000),
    )


def _convolution(channels: int, stride: int = 1, bias: bool = True) -> L.Conv:
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


def _generator(pictures: Pictures, width: float) -> Network:
    """From 100 numbers to a map of a quarter of the side, which is doubled twice: 128-128-64 and the image."""
    wide, narrow, side = scaled(128, width), scaled(64, width), pictures.size // 4
    layers: list[L.Layer] = [L.Dense(units=wide * side**2, weight_init=_START, bias_init=_START)]
    layers.append(L.Reshape(shape=(wide, side, side)))
    for count in (wide, narrow):
        layers += [L.Upsample(), _convolution(count, bias=False), _norm(), _SLOPE]
    layers += [_convolution(pictures.shape[0]), L.Tanh()]
    return Network(inputs=latent_input(100), layers=tuple(layers))


def _discriminator(pictures: Pictures, width: float) -> Network:
    """Four halvings, 16-32-64-128, and one number."""
    layers: list[L.Layer] = []
    for index, count in enumerate(scaled(each, width) for each in (16, 32, 64, 128)):
        layers += [_convolution(count, stride=2), _SLOPE, L.Dropout(rate=0.25, per_channel=True)]
        layers += [_norm()] if index else []
    layers += [L.Flatten(), L.Dense(units=1, weight_init=_START, bias_init=_START)]
    return Network(inputs={"sample": Input(kind="data", shape=pictures.shape)}, layers=tuple(layers))
