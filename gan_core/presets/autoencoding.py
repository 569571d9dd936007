"""Presets whose discriminator is an autoencoder."""

import math

from gan_core.data.spec import Data
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives import (
    BoundaryEquilibriumDiscriminator,
    BoundaryEquilibriumGenerator,
    EnergyDiscriminator,
    EnergyGenerator,
    Objective,
)
from gan_core.presets.architectures import latent_input, mlp_generator
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, Optimizer

_START = FanInUniform()


def began(width: float = 1.0, channels: int = 1, folder: str = "") -> Experiment:
    """BEGAN (Berthelot et al. 2017, arXiv:1703.10717) on MNIST padded to 32×32.

    The paper's networks for 32×32: convolutions of 3×3 with ELU, two at each of 8, 16 and 32 pixels; decoder and
    generator alike; h 64, z ~ U(−1, 1). n 64 channels at width 1, batch 16, Adam 1e-4 with beta1 .5, γ .5, λ .001. The
    learning rate is not lowered when the convergence measure stalls, as the paper does by hand.
    """
    pictures = Pictures(channels=channels, size=32, folder=folder)
    count, code, image = scaled(64, width), 64, pictures.shape
    return _autoencoding(
        "began",
        "BEGAN with convolutions on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks={
            "generator": Network(inputs=latent_input(code, "uniform"), layers=_decoder(count, channels)),
            "encoder": Network(inputs={"image": Input(kind="data", shape=image)}, layers=_encoder(count, code)),
            "decoder": Network(inputs={"code": Input(kind="data", shape=(code,))}, layers=_decoder(count, channels)),
        },
        objectives=(BoundaryEquilibriumDiscriminator(diversity=0.5), BoundaryEquilibriumGenerator()),
        optimizer=Adam(learning_rate=1e-4, beta1=0.5),
        batch_size=16,
    )


def ebgan(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """EBGAN (Zhao et al. 2017, arXiv:1609.03126) with MLP networks on MNIST, with the pulling-away term (EBGAN-PT).

    The energy is the mean square error of a pixel; margin 1, pulling-away weight .1, Adam 2e-4 with beta1 .5. Network
    sizes are this library's: the paper searches a grid of them.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    image = pictures.shape
    return _autoencoding(
        "ebgan",
        "EBGAN with MLP networks on MNIST",
        data=pictures.mnist(),
        networks={
            "generator": mlp_generator(100, (256, 512, 1024), image, running_update_rate=0.1),
            "encoder": Network(
                inputs={"image": Input(kind="data", shape=image)},
                layers=(L.Flatten(), *_dense(512), *_dense(256), *_dense(64)),
            ),
            "decoder": Network(
                inputs={"code": Input(kind="data", shape=(64,))},
                layers=(
                    *_dense(256),
                    *_dense(512),
                    L.Dense(units=math.prod(image), weight_init=_START, bias_init=_START),
                    L.Tanh(),
                    L.Reshape(shape=image),
                ),
            ),
        },
        objectives=(EnergyDiscriminator(margin=1.0), EnergyGenerator(pulling_away=0.1)),
        optimizer=Adam(learning_rate=2e-4, beta1=0.5),
        batch_size=64,
    )


def _autoencoding(
    name: str,
    summary: str,
    data: Data,
    networks: dict[str, Network],
    objectives: tuple[Objective, Objective],
    optimizer: Optimizer,
    batch_size: int,
) -> Experiment:
    return Experiment(
        name=name,
        summary=summary,
        data=data,
        networks=networks,
        players={
            "discriminator": Player(networks=("encoder", "decoder"), optimizer=optimizer),
            "generator": Player(networks=("generator",), optimizer=optimizer),
        },
        phases=(
            Phase(name="discriminator", player="discriminator", objective=objectives[0]),
            Phase(name="generator", player="generator", objective=objectives[1]),
        ),
        training=Training(steps=40_000, batch_size=batch_size),
        sampling=Sampling(rows=8, columns=8, every_steps=2000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=4000),
    )


def _dense(units: int) -> list[L.Layer]:
    return [L.Dense(units=units, weight_init=_START, bias_init=_START), L.LeakyReLU(slope=0.2)]


def _twice(channels: int) -> list[L.Layer]:
    return [L.Conv(channels=channels, kernel=3, padding=1), L.ELU()] * 2


def _decoder(count: int, channels: int) -> tuple[L.Layer, ...]:
    layers: list[L.Layer] = [L.Dense(units=count * 64), L.Reshape(shape=(count, 8, 8)), *_twice(count)]
    for _ in range(2):
        layers += [L.Upsample(factor=2), *_twice(count)]
    return (*layers, L.Conv(channels=channels, kernel=3, padding=1))


def _encoder(channels: int, code: int) -> tuple[L.Layer, ...]:
    """Channels grow by n at each halving, which a convolution with stride 2 does (the paper's "sub-sampling")."""
    layers: list[L.Layer] = [L.Conv(channels=channels, kernel=3, padding=1), L.ELU()]
    for times in (1, 2):
        layers += _twice(times * channels)
        layers += [L.Conv(channels=(times + 1) * channels, kernel=3, stride=2, padding=1), L.ELU()]
    return (*layers, *_twice(3 * channels), L.Flatten(), L.Dense(units=code))
