"""Presets whose networks are convolutions. `width` scales every channel count: 1 is as published."""

from collections.abc import Sequence

from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Sampling, Training
from gan_core.objectives.penalties import GradientPenalty
from gan_core.presets.architectures import latent_input
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import Pictures
from gan_core.specs import layers as L
from gan_core.specs.initializers import Normal
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

SMALL_NORMAL = Normal(standard_deviation=0.02)
SCALE_NORMAL = Normal(mean=1.0, standard_deviation=0.02)


def up(channels: int, norm: bool = True, kernel: int = 4, stride: int = 2, padding: int = 1) -> list[L.Layer]:
    """Return a transposed convolution without bias, batch norm and ReLU (Radford et al. 2016)."""
    layers: list[L.Layer] = [
        L.ConvTranspose(
            channels=channels, kernel=kernel, stride=stride, padding=padding, bias=False, weight_init=SMALL_NORMAL
        )
    ]
    return [*layers, L.BatchNorm(scale_init=SCALE_NORMAL), L.ReLU()] if norm else layers


def down(channels: int, norm: bool = True, kernel: int = 4, stride: int = 2, padding: int = 1) -> list[L.Layer]:
    """Return a convolution without bias, batch norm (or none) and leaky ReLU .2 (Radford et al. 2016)."""
    convolution = L.Conv(
        channels=channels, kernel=kernel, stride=stride, padding=padding, bias=False, weight_init=SMALL_NORMAL
    )
    return [convolution, *([L.BatchNorm(scale_init=SCALE_NORMAL)] if norm else []), L.LeakyReLU(slope=0.2)]


def dcgan(shape: tuple[int, ...], channels: Sequence[int]) -> dict[str, Network]:
    """Return both networks of Radford et al. 2016: channels down to the image, and up again to one logit.

    shape: of an image, whose side is 4 · 2^len(channels). channels: of the generator, first to last; the discriminator
    has them in the opposite order, without batch norm in the first of its layers.
    """
    first, *others = channels
    generator = [L.Reshape(shape=(100, 1, 1)), *up(first, stride=1, padding=0)]
    for count in others:
        generator += up(count)
    generator += [*up(shape[0], norm=False), L.Tanh()]
    discriminator: list[L.Layer] = []
    for count in reversed(channels):
        discriminator += down(count, norm=bool(discriminator))
    discriminator += [L.Conv(channels=1, kernel=4, bias=False, weight_init=SMALL_NORMAL), L.Flatten()]
    return {
        "generator": Network(inputs=latent_input(100), layers=tuple(generator)),
        "discriminator": Network(inputs={"sample": Input(kind="data", shape=shape)}, layers=tuple(discriminator)),
    }


def mnist_dcgan(width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "") -> Experiment:
    """DCGAN (Radford et al. 2016, arXiv:1511.06434) on MNIST padded to 32×32.

    G: transposed convolutions 512-256-128-1; D: convolutions 128-256-512-1, batch norm in all but the first;
    N(0, .02) weights, scales of batch norm N(1, .02); Adam 2e-4 with betas .5/.999, batch 64.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return Experiment(
        name="mnist-dcgan",
        summary="DCGAN on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks=dcgan(pictures.shape, pictures.channel_counts(512, width)),
        players=two_players(adam, adam),
        phases=game_phases("non_saturating"),
        training=Training(steps=937 * 20, batch_size=64),
        sampling=Sampling(rows=8, columns=8, every_steps=937),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=937),
    )


def mnist_wgan_gp_conv(width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "") -> Experiment:
    """WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028) with convolutions on MNIST padded to 32×32.

    The networks of `mnist-cond-wgan-gp` without labels. λ 10, 5 critic updates per generator update, Adam 1e-4 with
    betas 0/.9. No norm in the critic: the penalty is each sample's own.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=1e-4, beta1=0.0, beta2=0.9)
    return Experiment(
        name="mnist-wgan-gp-conv",
        summary="WGAN-GP with convolutions on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks={
            "generator": Network(
                inputs=latent_input(100), layers=(L.Reshape(shape=(100, 1, 1)), *_image_layers(pictures, width))
            ),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=pictures.shape)},
                layers=tuple(_critic_layers(pictures, width)),
            ),
        },
        players=two_players(adam, adam),
        phases=game_phases("wasserstein", penalties=(GradientPenalty(weight=10.0),), repeats=5),
        training=Training(steps=20_000, batch_size=64),
        sampling=Sampling(rows=8, columns=8, every_steps=1000),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=1000),
    )


def mnist_sngan(width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "") -> Experiment:
    """Hinge loss with spectral normalisation (Miyato et al. 2018, arXiv:1802.05957) on MNIST padded to 32×32.

    Every weight of the discriminator is divided by its largest singular value, one power iteration an update; no batch
    norm there. Adam 2e-4 with betas .5/.999, one discriminator update per generator update, batch 64. Channel counts
    (64-128-256) are this library's.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    discriminator: list[L.Layer] = []
    for count in reversed(pictures.channel_counts(256, width)):
        convolution = L.Conv(channels=count, kernel=4, stride=2, padding=1, spectral_norm=True)
        discriminator += [convolution, L.LeakyReLU(slope=0.1)]
    discriminator += [L.Flatten(), L.Dense(units=1, spectral_norm=True)]
    return Experiment(
        name="mnist-sngan",
        summary="hinge loss and spectral normalisation on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks={
            "generator": Network(
                inputs=latent_input(100), layers=(L.Reshape(shape=(100, 1, 1)), *_image_layers(pictures, width))
            ),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=pictures.shape)}, layers=tuple(discriminator)
            ),
        },
        players=two_players(adam, adam),
        phases=game_phases("hinge"),
        training=Training(steps=937 * 20, batch_size=64),
        sampling=Sampling(rows=8, columns=8, every_steps=937),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=937),
    )


def _image_layers(pictures: Pictures, width: float) -> list[L.Layer]:
    """From [channels, 1, 1] to an image by transposed convolutions: 256-128-64 and its own channels for 32×32."""
    first, *others = pictures.channel_counts(256, width)
    layers = up(first, stride=1, padding=0)
    for count in others:
        layers += up(count)
    return [*layers, *up(pictures.shape[0], norm=False), L.Tanh()]


def _critic_layers(pictures: Pictures, width: float) -> list[L.Layer]:
    """From an image to one number by convolutions without norm: 64-128-256-1 for 32×32."""
    layers: list[L.Layer] = []
    for count in reversed(pictures.channel_counts(256, width)):
        layers += down(count, norm=False)
    return [*layers, L.Conv(channels=1, kernel=4, weight_init=SMALL_NORMAL), L.Flatten()]


def mnist_cond_wgan_gp(
    width: float = 1.0, classes: int = 10, channels: int = 1, size: int = 32, folder: str = ""
) -> Experiment:
    """Conditional WGAN-GP (Gulrajani et al. 2017 with Mirza, Osindero 2014) on MNIST padded to 32×32.

    The label's embedding is joined to the latent, and as one more channel to the critic's image. λ 10, Adam 1e-4 with
    betas 0/.9, the generator once per 5 batches. No norm in the critic: the penalty is each sample's own.
    The sheet has a row for each class; 50 epochs, as the tutorial whose class distributions it is for. Channel counts
    (64-128-256) are this library's: narrow enough for two cores.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder, labelled=True)
    adam = Adam(learning_rate=1e-4, beta1=0.0, beta2=0.9)
    label = {"label": Input(kind="label", classes=classes)}
    generator = [
        L.Embedding(name="code", inputs=("label",), classes=classes, units=32),
        L.Concat(inputs=("z", "code")),
        L.Reshape(shape=(132, 1, 1)),
        *_image_layers(pictures, width),
    ]
    critic = [
        L.Embedding(name="code", inputs=("label",), classes=classes, units=size * size),
        L.Reshape(name="plane", shape=(1, size, size)),
        L.Concat(inputs=("sample", "plane")),
        *_critic_layers(pictures, width),
    ]
    return Experiment(
        name="mnist-cond-wgan-gp",
        summary="conditional WGAN-GP on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks={
            "generator": Network(inputs=latent_input(100) | label, layers=tuple(generator)),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=pictures.shape)} | label, layers=tuple(critic)
            ),
        },
        players=two_players(adam, adam),
        phases=game_phases("wasserstein", penalties=(GradientPenalty(weight=10.0),), generator_every=5),
        training=Training(steps=937 * 50, batch_size=64),
        sampling=Sampling(rows=classes, columns=10, every_steps=937),
        logging=Logging(every_steps=25),
        checkpoint=Checkpoint(every_steps=937),
    )
