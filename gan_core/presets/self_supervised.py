"""Residual GANs of CIFAR-10 without labels, whose discriminators learn from the images themselves: SSGAN, InfoMax-GAN.

`width` scales every channel count: 1 is as published.
"""

from collections.abc import Callable

import msgspec

from gan_core.data.cifar import Cifar10
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Sampling, Training
from gan_core.objectives import LocalGlobalContrast, RotationPrediction, Term
from gan_core.operations.quarter_turns import TURNS
from gan_core.presets.architectures import POOLED, residual_features, residual_generator
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, LinearDecay

UPDATES = 100_000  # of the generator
REPEATS = 5


def ssgan(width: float = 1.0, channels: int = 3, folder: str = "") -> Experiment:
    """SSGAN (Chen et al. 2019, arXiv:1811.11212) on CIFAR-10, with the settings of mimicry (kwotsin/mimicry).

    The networks of `cifar-sngan-resnet`; D has a second head, which tells by how many quarters an image was turned:
    real ones in D's loss (weight 1), generated ones in G's (.2). Hinge loss, 5 updates of D to one of G, Adam 2e-4 with
    betas 0/.9, down a line to 0 within 100,000 updates of G, batch 64. Odd: each block of G repeats pixels, where
    mimicry interpolates between them; biases begin at 0.
    """
    pictures = Pictures(channels=channels, size=32, folder=folder)
    return _on_cifar(
        "ssgan",
        "SSGAN on CIFAR-10",
        pictures,
        width,
        (_head("validity", 1), _head("rotations", TURNS)),
        ("validity", "rotations"),
        (RotationPrediction(weight=1.0), RotationPrediction(weight=0.2)),
    )


def infomax_gan(width: float = 1.0, channels: int = 3, folder: str = "") -> Experiment:
    """InfoMax-GAN (Lee et al. 2021, arXiv:2007.04589) on CIFAR-10, with the settings of mimicry (kwotsin/mimicry).

    The networks of `cifar-sngan-resnet`; each place of D's maps of 8×8 before its last block is to tell the features of
    the image that it is of, from places of other images: of real images in D's loss, of generated ones in G's (weights
    .2). Both pass through a network of one hidden layer with a shortcut to 1,024 features. Game and optimizers are
    those of `ssgan`. Odd: of an image's own places none is among those to be told from it, where mimicry counts each as
    e⁻¹⁰; places have no last biases, which the loss does not see; each block of G repeats pixels, where mimicry
    interpolates between them; biases begin at 0.
    """
    pictures = Pictures(channels=channels, size=32, folder=folder)
    count, features = scaled(128, width), scaled(1024, width)
    return _on_cifar(
        "infomax-gan",
        "InfoMax-GAN on CIFAR-10",
        pictures,
        width,
        (
            _head("validity", 1),
            # a bias of places would shift all scores of an image alike, which the contrast does not see
            *_projected("places", "residual_3", _pointwise, count, features, bias=False),
            *_projected("whole", POOLED, _dense, count, features, bias=True),
        ),
        ("validity", "places", "whole"),
        (LocalGlobalContrast(), LocalGlobalContrast()),
    )


def _head(name: str, units: int) -> L.Layer:
    return L.Dense(name=name, inputs=(POOLED,), units=units, spectral_norm=True)


def _pointwise(units: int, bias: bool) -> L.Conv:
    return L.Conv(channels=units, kernel=1, bias=bias, spectral_norm=True)


def _dense(units: int, bias: bool) -> L.Dense:
    return L.Dense(units=units, bias=bias, spectral_norm=True)


def _projected(
    name: str,
    reads: str,
    layer: Callable[[int, bool], L.Conv | L.Dense],
    hidden: int,
    features: int,
    *,
    bias: bool,
) -> tuple[L.Layer, ...]:
    """A layer, ReLU and a layer beside a shortcut that is a layer: what features are compared by.

    layer: (units, bias) → a layer. bias: of the two whose sum is the output.
    """

    def named(part: str, reads: str, units: int, bias: bool) -> L.Layer:
        return msgspec.structs.replace(layer(units, bias), name=f"{name}_{part}", inputs=(reads,))

    return (
        named("hidden", reads, hidden, True),
        L.ReLU(name=f"{name}_activation"),
        named("features", f"{name}_activation", features, bias),
        named("shortcut", reads, features, bias),
        L.Add(name=name, inputs=(f"{name}_features", f"{name}_shortcut")),
    )


def _on_cifar(
    name: str,
    summary: str,
    pictures: Pictures,
    width: float,
    heads: tuple[L.Layer, ...],
    outputs: tuple[str, ...],
    terms: tuple[Term, Term],
) -> Experiment:
    """heads: the discriminator's, behind its features. terms: of the discriminator's loss, and of the generator's."""
    generator, discriminator = (
        Adam(learning_rate=2e-4, beta1=0.0, beta2=0.9, schedule=LinearDecay(start=0, end=updates))
        for updates in (UPDATES, REPEATS * UPDATES)
    )
    of_discriminator, of_generator = terms
    return Experiment(
        name=name,
        summary=summary,
        data=pictures.data(Cifar10()),
        networks={
            "generator": residual_generator(pictures.shape, scaled(256, width)),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=pictures.shape)},
                layers=(*residual_features(pictures.shape, scaled(128, width)), *heads),
                outputs=outputs,
            ),
        },
        players=two_players(generator, discriminator),
        phases=game_phases(
            "hinge",
            repeats=REPEATS,
            discriminator_terms=(of_discriminator,),
            generator_terms=(of_generator,),
        ),
        training=Training(steps=UPDATES, batch_size=64),
        sampling=Sampling(rows=8, columns=10, every_steps=500),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )
