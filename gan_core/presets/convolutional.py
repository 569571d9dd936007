"""Presets whose networks are convolutions. `width` scales every channel count: 1 is as published."""

from collections.abc import Sequence
from typing import Literal

from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Sampling, Training
from gan_core.objectives.penalties import GradientPenalty
from gan_core.presets.architectures import latent_input
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import Pictures
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform, Initializer, Normal, Uniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

SMALL_NORMAL = Normal(standard_deviation=0.02)
SCALE_NORMAL = Normal(mean=1.0, standard_deviation=0.02)
Start = Literal["paper", "pytorch"]


def up(
    channels: int, norm: bool = True, kernel: int = 4, stride: int = 2, padding: int = 1, start: Start = "paper"
) -> list[L.Layer]:
    """Return a transposed convolution without bias, batch norm and ReLU (Radford et al. 2016).

    start: of the weights; PyTorch takes the output's channels for the fan-in of a transposed convolution.
    """
    weights = SMALL_NORMAL if start == "paper" else Uniform(limit=(channels * kernel**2) ** -0.5)
    convolution = L.ConvTranspose(
        channels=channels, kernel=kernel, stride=stride, padding=padding, bias=False, weight_init=weights
    )
    return [convolution, *([_norm(start), L.ReLU()] if norm else [])]


def down(
    channels: int, norm: bool = True, kernel: int = 4, stride: int = 2, padding: int = 1, start: Start = "paper"
) -> list[L.Layer]:
    """Return a convolution without bias, batch norm (or none) and leaky ReLU .2 (Radford et al. 2016).

    start: of the weights.
    """
    convolution = L.Conv(
        channels=channels, kernel=kernel, stride=stride, padding=padding, bias=False, weight_init=_weights(start)
    )
    return [convolution, *([_norm(start)] if norm else []), L.LeakyReLU(slope=0.2)]


def _weights(start: Start) -> Initializer:
    return SMALL_NORMAL if start == "paper" else FanInUniform()


def _norm(start: Start) -> L.BatchNorm:
    return L.BatchNorm(scale_init=SCALE_NORMAL) if start == "paper" else L.BatchNorm()


def dcgan(
    shape: tuple[int, ...], channels: Sequence[int], start: Start = "paper", classes: int = 0
) -> dict[str, Network]:
    """Return both networks of Radford et al. 2016: channels down to the image, and up again to one logit.

    shape: of an image, whose side is 4 · 2^len(channels). channels: of the generator, first to last; the discriminator
    has them in the opposite order, without batch norm in the first of its layers. start: of the weights. classes: that
    both are told; 0 for none.
    """
    first, *others = channels
    inputs, generator = latent_entrance(classes)
    generator += up(first, stride=1, padding=0, start=start)
    for count in others:
        generator += up(count, start=start)
    generator += [*up(shape[0], norm=False, start=start), L.Tanh()]
    discriminator: list[L.Layer] = []
    for count in reversed(channels):
        discriminator += down(count, norm=bool(discriminator), start=start)
    discriminator += [L.Conv(channels=1, kernel=4, bias=False, weight_init=_weights(start)), L.Flatten()]
    seen, entrance = image_entrance(shape, classes)
    return {
        "generator": Network(inputs=inputs, layers=tuple(generator)),
        "discriminator": Network(inputs=seen, layers=(*entrance, *discriminator)),
    }


def latent_entrance(classes: int) -> tuple[dict[str, Input], list[L.Layer]]:
    """Return the inputs of a generator of images, and the layers that make [100, 1, 1] of 100 normal numbers.

    classes: their label's embedding, 32 numbers, joins the latent; 0 for none.
    """
    if not classes:
        return latent_input(100), [L.Reshape(shape=(100, 1, 1))]
    code = L.Embedding(name="code", inputs=("label",), classes=classes, units=32)
    layers: list[L.Layer] = [code, L.Concat(inputs=("z", "code")), L.Reshape(shape=(132, 1, 1))]
    return latent_input(100) | {"label": Input(kind="label", classes=classes)}, layers


def image_entrance(shape: tuple[int, ...], classes: int) -> tuple[dict[str, Input], list[L.Layer]]:
    """Return the inputs of a discriminator of images, and the layers that join the label to them.

    shape: of an image, [channels, side, side]. classes: their label's embedding is one more channel; 0 for none.
    """
    inputs = {"sample": Input(kind="data", shape=shape)}
    if not classes:
        return inputs, []
    layers: list[L.Layer] = [
        L.Embedding(name="code", inputs=("label",), classes=classes, units=shape[1] * shape[2]),
        L.Reshape(name="plane", shape=(1, *shape[1:])),
        L.Concat(inputs=("sample", "plane")),
    ]
    return inputs | {"label": Input(kind="label", classes=classes)}, layers


def mnist_dcgan(
    width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "", start: Start = "paper"
) -> Experiment:
    """DCGAN (Radford et al. 2016, arXiv:1511.06434) on MNIST padded to 32×32.

    G: transposed convolutions 512-256-128-1; D: convolutions 128-256-512-1, batch norm in all but the first;
    N(0, .02) weights, scales of batch norm N(1, .02); Adam 2e-4 with betas .5/.999, batch 64. With start=pytorch the
    weights start as PyTorch's defaults, as where a tutorial does not say otherwise.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return Experiment(
        name="mnist-dcgan",
        summary="DCGAN on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks=dcgan(pictures.shape, pictures.channel_counts(512, width), start),
        players=two_players(adam, adam),
        phases=game_phases("non_saturating"),
        training=Training(steps=937 * 20, batch_size=64),
        sampling=Sampling(rows=8, columns=8, every_steps=937),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=937),
    )


def mnist_wgan_gp_conv(
    width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "", generator_every: int = 0
) -> Experiment:
    """WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028) with convolutions on MNIST padded to 32×32.

    The networks of `mnist-cond-wgan-gp` without labels. λ 10, 5 critic updates per generator update, Adam 1e-4 with
    betas 0/.9. No norm in the critic: the penalty is each sample's own. A step is five updates of the critic and one of
    the generator; with generator_every=5 it is one batch and the generator moves at every fifth, as in
    `mnist-cond-wgan-gp`: after as many epochs both have made as many updates.
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
        phases=game_phases(
            "wasserstein",
            penalties=(GradientPenalty(weight=10.0),),
            repeats=1 if generator_every else 5,
            generator_every=generator_every or 1,
        ),
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
    width: float = 1.0,
    classes: int = 10,
    channels: int = 1,
    size: int = 32,
    folder: str = "",
    fake_classes: Literal["real", "random"] = "real",
) -> Experiment:
    """Conditional WGAN-GP (Gulrajani et al. 2017 with Mirza, Osindero 2014) on MNIST padded to 32×32.

    The label's embedding is joined to the latent, and as one more channel to the critic's image. λ 10, Adam 1e-4
    with betas 0/.9, the generator once per 5 batches. No norm in the critic: the penalty is each sample's own. The
    critic's generated samples are of the real batch's classes; a tutorial draws them (fake_classes=random), and has
    the penalty tell the critic the real ones. The sheet has a row for each class; 50 epochs, as the tutorial whose
    class distributions it is for. Channel counts (64-128-256) are this library's: narrow enough for two cores.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder, labelled=True)
    adam = Adam(learning_rate=1e-4, beta1=0.0, beta2=0.9)
    inputs, generator = latent_entrance(classes)
    seen, critic = image_entrance(pictures.shape, classes)
    return Experiment(
        name="mnist-cond-wgan-gp",
        summary="conditional WGAN-GP on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks={
            "generator": Network(inputs=inputs, layers=(*generator, *_image_layers(pictures, width))),
            "discriminator": Network(inputs=seen, layers=(*critic, *_critic_layers(pictures, width))),
        },
        players=two_players(adam, adam),
        phases=game_phases(
            "wasserstein",
            penalties=(GradientPenalty(weight=10.0),),
            generator_every=5,
            fake_classes=fake_classes,
        ),
        training=Training(steps=937 * 50, batch_size=64),
        sampling=Sampling(rows=classes, columns=10, every_steps=937),
        logging=Logging(every_steps=25),
        checkpoint=Checkpoint(every_steps=937),
    )
