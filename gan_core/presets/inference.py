"""Presets with an encoder, which finds the latent of an image."""

import math

from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives import (
    AdversarialAutoencoder,
    BidirectionalDiscriminator,
    BidirectionalGenerators,
    CodeDiscriminator,
)
from gan_core.presets.architectures import latent_input, mlp_discriminator
from gan_core.presets.convolutional import SMALL_NORMAL
from gan_core.presets.pictures import Pictures
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

_START = FanInUniform()


def mnist_bigan(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """BiGAN (Donahue et al. 2017, arXiv:1605.09782) with MLP networks on MNIST in [0, 1], as in the authors' code.

    Generator and encoder are one player; the discriminator reads an image and its code side by side. z is 50 uniform
    numbers; two hidden layers of 1,024 in each network, ReLU in the generator, leaky ReLU .2 in the others, batch norm
    without scale and bias, no biases at all, N(0, .02) weights. Both players move at once, on the same batch: the
    generators' phase comes first, and the discriminator sees what it made. Adam 2e-4 with beta1 .5, batch 128, 200
    epochs. The authors' code has a weight decay of 2.5e-5, goes on for 200 epochs while the rate falls to a hundredth,
    and joins the code in the discriminator's second layer.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    image, code = {"image": Input(kind="data", shape=pictures.shape)}, {"code": Input(kind="data", shape=(50,))}
    pixels = math.prod(pictures.shape)
    slope = L.LeakyReLU(slope=0.2)
    epoch = 468
    return Experiment(
        name="mnist-bigan",
        summary="BiGAN with MLP networks on MNIST",
        data=pictures.mnist((0.0, 1.0)),
        networks={
            "generator": Network(
                inputs=latent_input(50, "uniform"),
                layers=(
                    *_plain(1024, L.ReLU(), norm=True),
                    *_plain(1024, L.ReLU(), norm=True),
                    *_plain(pixels, L.Sigmoid()),
                    L.Reshape(shape=pictures.shape),
                ),
            ),
            "encoder": Network(
                inputs=image,
                layers=(L.Flatten(), *_plain(1024, slope), *_plain(1024, slope, norm=True), *_plain(50)),
            ),
            "discriminator": Network(
                inputs=image | code,
                layers=(
                    L.Flatten(name="pixels", inputs=("image",)),
                    L.Concat(inputs=("pixels", "code")),
                    *_plain(1024, slope),
                    *_plain(1024, slope, norm=True),
                    *_plain(1),
                ),
            ),
        },
        players={
            "generators": Player(networks=("generator", "encoder"), optimizer=adam),
            "discriminator": Player(networks=("discriminator",), optimizer=adam),
        },
        phases=(
            Phase(name="generators", player="generators", objective=BidirectionalGenerators()),
            Phase(
                name="discriminator",
                player="discriminator",
                objective=BidirectionalDiscriminator(shares_samples=True),
            ),
        ),
        training=Training(steps=epoch * 200, batch_size=128),
        sampling=Sampling(rows=8, columns=8, every_steps=4 * epoch),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=2000),
    )


def aae(channels: int = 1, size: int = 32, folder: str = "") -> Experiment:
    """Adversarial autoencoder (Makhzani et al. 2015, arXiv:1511.05644) on MNIST, as the script aae.py of PyTorch-GAN.

    The encoder gives a mean and a variance for each of 10 numbers, from which the code is drawn; .999 of the mean
    absolute error and .001 of the game on codes, whose prior is N(0, 1). Layers of 512 with batch norm in the second,
    PyTorch's start; a dense layer before a batch norm has no bias, which the norm would take away again. The sheet
    shows what the decoder makes of the prior. Adam 2e-4 with beta1 .5, batch 64, 200 epochs. Images are padded to
    32×32, where the script resizes them. In the paper, reconstruction and game are two updates.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    pixels, epoch = math.prod(pictures.shape), 938
    return Experiment(
        name="aae",
        summary="adversarial autoencoder with MLP networks on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks={
            "decoder": Network(
                inputs=latent_input(10),
                layers=(*_twice_512(), *_dense(pixels), L.Tanh(), L.Reshape(shape=pictures.shape)),
            ),
            "encoder": Network(
                inputs={"image": Input(kind="data", shape=pictures.shape)},
                layers=(L.Flatten(), *_twice_512(), *_dense(20)),
            ),
            "discriminator": mlp_discriminator((10,), (512, 256)),
        },
        players={
            "autoencoder": Player(networks=("encoder", "decoder"), optimizer=adam),
            "discriminator": Player(networks=("discriminator",), optimizer=adam),
        },
        phases=(
            Phase(
                name="autoencoder",
                player="autoencoder",
                objective=AdversarialAutoencoder(
                    reconstruction_weight=0.999, adversarial_weight=0.001, error="absolute", posterior="gaussian"
                ),
            ),
            Phase(name="discriminator", player="discriminator", objective=CodeDiscriminator(weight=0.5)),
        ),
        training=Training(steps=epoch * 200, batch_size=64, last_batch="keep"),
        sampling=Sampling(network="decoder", rows=10, columns=10, every_steps=400),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=2000),
    )


def _plain(units: int, function: L.Layer | None = None, norm: bool = False) -> list[L.Layer]:
    """A dense layer without bias, batch norm without scale and bias or none, and a function or none."""
    layers: list[L.Layer] = [L.Dense(units=units, bias=False, weight_init=SMALL_NORMAL)]
    return [*layers, *([L.BatchNorm(affine=False)] if norm else []), *([function] if function else [])]


def _dense(units: int, bias: bool = True) -> list[L.Layer]:
    return [L.Dense(units=units, bias=bias, weight_init=_START, bias_init=_START)]


def _twice_512() -> list[L.Layer]:
    slope = L.LeakyReLU(slope=0.2)
    return [*_dense(512), slope, *_dense(512, bias=False), L.BatchNorm(), slope]
