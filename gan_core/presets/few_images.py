"""Presets for few images, whose discriminators see each of them changed at random. `width` scales channel counts."""

from typing import Literal

import msgspec

from gan_core.experiments.experiment import Average, Checkpoint, Experiment, Logging, Phase, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator
from gan_core.objectives.adaptive import AdaptiveAugmentation
from gan_core.objectives.penalties import R1
from gan_core.presets.architectures import latent_input
from gan_core.presets.convolutional import dcgan
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import Pictures
from gan_core.specs import layers as L
from gan_core.specs.initializers import KaimingNormal
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

Policy = Literal["colour-translation-cutout", "translation-cutout", "flip-translation", "none"]
_AUGMENTATIONS: dict[str, L.Layer] = {
    "colour": L.RandomColour(),
    "translation": L.RandomTranslation(),
    "cutout": L.RandomCutout(),
    "flip": L.RandomFlip(),
}


def augmented(discriminator: Network, augmentation: Policy) -> Network:
    """Return the discriminator behind layers that change its images at random; unchanged for "none"."""
    words = [] if augmentation == "none" else augmentation.split("-")
    changes = tuple(_AUGMENTATIONS[word] for word in words)
    return msgspec.structs.replace(discriminator, layers=(*changes, *discriminator.layers))


def diffaugment_dcgan(
    width: float = 1.0,
    channels: int = 3,
    size: int = 64,
    folder: str = "images",
    augmentation: Policy = "colour-translation-cutout",
) -> Experiment:
    """DiffAugment (Zhao et al. 2020, arXiv:2006.10738) on the DCGAN of `dcgan-64`, for a folder of few images.

    All that the discriminator judges, real and generated, in both players' updates, is changed first: colour, then a
    shift by up to an eighth of a side, then a square of half the side cut out. augmentation=none is the same training
    without. Odd: the paper's tables are of BigGAN and StyleGAN2; here the networks are those of `dcgan-64`, at half its
    channels. Name the folder with --set folder=FOLDER.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    networks = dcgan(pictures.shape, pictures.channel_counts(512, width))
    return Experiment(
        name="diffaugment-dcgan",
        summary=f"DCGAN with differentiable augmentation on a folder of images, {size}×{size}",
        data=pictures.folder_data(),
        networks=networks | {"discriminator": augmented(networks["discriminator"], augmentation)},
        players=two_players(adam, adam),
        phases=game_phases("non_saturating"),
        averages={"average": Average(of="generator", decay=0.999)},
        training=Training(steps=10_000, batch_size=64),
        sampling=Sampling(network="average", rows=8, columns=8, every_steps=500),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=500),
    )


def gan_ada(width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "") -> Experiment:
    """Adaptive discriminator augmentation (Karras et al. 2020, arXiv:2006.06676) on MNIST padded to 32×32.

    Mirror images, turns by any angle, shifts, zoom and colour, each with the chance p that follows the share of real
    samples which the discriminator is sure of (target .6, every 4 updates, 500,000 samples from 0 to 1). As in the
    authors' training the penalty R1 (γ 10) is an update of its own at every 16th step, sixteen times as strong, the
    generator is averaged and the discriminator ends in a minibatch deviation. Odd: small networks of plain convolutions
    in StyleGAN2's place; a quarter turn and one by up to 45° are drawn apart, and no image moves by parts of a pixel;
    an image is read between its pixels once for each change of its geometry, where the authors enlarge it once and
    change it by all of them; DiffAugment's colour; Adam 2e-4 with betas 0/.99.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.0, beta2=0.99)
    counts = pictures.channel_counts(256, width)
    every = 16
    return Experiment(
        name="gan-ada",
        summary="GAN with adaptive discriminator augmentation on MNIST padded to 32×32",
        silenced=("penalty-across-samples",),  # as in the authors' training
        data=pictures.mnist(),
        networks={"generator": _generator(pictures, counts), "discriminator": _discriminator(pictures, counts)},
        players=two_players(adam, adam),
        phases=(
            Phase(
                name="discriminator",
                player="discriminator",
                objective=AdversarialDiscriminator(adaptive_augmentation=AdaptiveAugmentation()),
            ),
            Phase(
                name="penalty",
                player="discriminator",
                objective=AdversarialDiscriminator(loss_weight=0.0, penalties=(R1(weight=10.0 * every),)),
                every_steps=every,
                batch="step",
            ),
            Phase(name="generator", player="generator", objective=AdversarialGenerator()),
        ),
        averages={"average": Average(of="generator", decay=0.998)},
        training=Training(steps=937 * 20, batch_size=64),
        sampling=Sampling(network="average", rows=8, columns=8, every_steps=937),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=937),
    )


def _conv(channels: int, kernel: int = 3) -> list[L.Layer]:
    weights = KaimingNormal()
    return [L.Conv(channels=channels, kernel=kernel, padding=kernel // 2, weight_init=weights), L.LeakyReLU(slope=0.2)]


def _generator(pictures: Pictures, counts: list[int]) -> Network:
    layers: list[L.Layer] = [L.Dense(units=counts[0] * 16), L.LeakyReLU(slope=0.2), L.Reshape(shape=(counts[0], 4, 4))]
    for count in counts:
        layers += [L.Upsample(), *_conv(count), L.PixelNorm()]
    layers += [L.Conv(channels=pictures.shape[0], kernel=1), L.Tanh()]
    return Network(inputs=latent_input(100), layers=tuple(layers))


def _discriminator(pictures: Pictures, counts: list[int]) -> Network:
    layers: list[L.Layer] = [
        L.RandomFlip(chance=0.0, adaptive=True),
        L.RandomQuarterTurn(chance=0.0, adaptive=True),
        L.RandomTranslation(chance=0.0, adaptive=True),
        L.RandomZoom(chance=0.0, adaptive=True),
        L.RandomRotation(chance=0.0, adaptive=True),
        L.RandomZoom(stretch=True, chance=0.0, adaptive=True),
        L.RandomColour(chance=0.0, adaptive=True),
    ]
    for count in reversed(counts):
        layers += [*_conv(count), L.AveragePool()]
    layers += [L.MinibatchDeviation(group_size=4), *_conv(counts[0]), L.Flatten(), L.Dense(units=1)]
    return Network(inputs={"sample": Input(kind="data", shape=pictures.shape)}, layers=tuple(layers))
