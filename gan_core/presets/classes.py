"""GANs whose discriminator has further heads: it names classes (ACGAN), or reads codes back (InfoGAN).

`width` scales every channel count: 1 is as published.
"""

import math

from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives import (
    AdversarialDiscriminator,
    AdversarialGenerator,
    AuxiliaryClassifier,
    MutualInformation,
)
from gan_core.presets.convolutional import SCALE_NORMAL, SMALL_NORMAL
from gan_core.presets.games import generator_first, two_players
from gan_core.presets.pictures import Pictures, scaled
from gan_core.presets.published_losses import EPOCH
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

_PYTORCH = FanInUniform()
_SLOPE = L.LeakyReLU(slope=0.2)
_CODES = {"code": "code", "style": "style"}


def mnist_acgan(
    width: float = 1.0, classes: int = 10, channels: int = 1, size: int = 32, folder: str = ""
) -> Experiment:
    """ACGAN (Odena et al. 2017, arXiv:1610.09585) on MNIST padded to 32×32, as the script acgan.py of PyTorch-GAN.

    The label's embedding times the latent makes the image: 128 maps of 8×8, doubled twice by repeating pixels. D is
    four strided convolutions (16-32-64-128) with two heads, a logit and a logit for each class; cross-entropy of both,
    with equal weights. G moves first, D judges what it made. Odd, and kept: batch norm with an epsilon of .8, meant as
    a momentum. Other than there: images are padded, not enlarged, to 32×32; a convolution before a batch norm has no
    bias, which the norm would take away again; and no softmax stands before a cross-entropy that holds one. Adam 2e-4
    with betas .5/.999, batch 64, 200 epochs. The sheet has a row for each class.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder, labelled=True)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    inputs = {"z": Input(kind="latent", shape=(100,)), "label": Input(kind="label", classes=classes)}
    entrance = [
        L.Embedding(name="class", inputs=("label",), classes=classes, units=100),
        L.Multiply(inputs=("z", "class")),
    ]
    heads: list[L.Layer] = [
        L.Dense(name="validity", inputs=("features",), units=1, weight_init=_PYTORCH, bias_init=_PYTORCH),
        L.Dense(name="classes", inputs=("features",), units=classes, weight_init=_PYTORCH, bias_init=_PYTORCH),
    ]
    generator, discriminator = (
        side(
            loss_weight=weight, shares_samples=True, fake_classes="random", terms=(AuxiliaryClassifier(weight=weight),)
        )
        for side, weight in ((AdversarialGenerator, 0.5), (AdversarialDiscriminator, 0.25))
    )
    return Experiment(
        name="mnist-acgan",
        summary="ACGAN on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks={
            "generator": Network(inputs=inputs, layers=(*entrance, *_script_image(pictures, width))),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=pictures.shape)},
                layers=(*_script_features(width, last_norm=False), *heads),
                outputs=("validity", "classes"),
            ),
        },
        players=two_players(adam, adam),
        phases=(
            Phase(name="generator", player="generator", objective=generator),
            Phase(name="discriminator", player="discriminator", objective=discriminator),
        ),
        training=Training(steps=EPOCH * 200, batch_size=64, last_batch="keep"),
        sampling=Sampling(rows=classes, columns=10, every_epochs=1),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_epochs=1),
    )


def mnist_infogan(width: float = 1.0, channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """InfoGAN (Chen et al. 2016, arXiv:1606.03657) on MNIST without its labels, as the authors' code (openai/InfoGAN).

    62 uniform numbers are noise; a code of 10 categories and two uniform codes are to be read off the images by a head
    that shares D's layers: λ 1, the density of the uniform codes a normal one of deviation 1. Both players add the
    term. G: 1024 units, 128 maps of 7×7, transposed convolutions 64 and 1, ReLU; D: convolutions 64-128, 1024 units,
    leaky ReLU .01, batch norm in all but the first; the head has 128 units more. N(0, .02) weights, Adam 1e-3 (G) and
    2e-4 (D) with beta1 .5, batch 128, 5,000 steps. Other than there no layer before a batch norm has a bias, which the
    norm would take away again, and the first weights are not cut off at two deviations. The sheet has a row for each
    category.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    term = MutualInformation(codes=_CODES)
    return Experiment(
        name="mnist-infogan",
        summary="InfoGAN on MNIST without labels",
        data=pictures.mnist((0.0, 1.0)),
        networks={
            "generator": _paper_generator(pictures, width),
            "discriminator": _paper_discriminator(pictures, width),
        },
        players=two_players(Adam(learning_rate=1e-3, beta1=0.5), Adam(learning_rate=2e-4, beta1=0.5)),
        phases=(
            Phase(name="discriminator", player="discriminator", objective=AdversarialDiscriminator(terms=(term,))),
            Phase(name="generator", player="generator", objective=AdversarialGenerator(terms=(term,))),
        ),
        training=Training(steps=5000, batch_size=128),
        sampling=Sampling(rows=10, columns=10, every_steps=100),
        logging=Logging(every_steps=20),
        checkpoint=Checkpoint(every_steps=500),
    )


def mnist_infogan_script(width: float = 1.0, channels: int = 1, size: int = 32, folder: str = "") -> Experiment:
    """InfoGAN (Chen et al. 2016, arXiv:1606.03657) on MNIST padded to 32×32, as the script infogan.py of PyTorch-GAN.

    The networks of `mnist-acgan` with least squares, and a third optimizer over both of them, which moves them by the
    codes alone: cross-entropy of 10 categories, and .1 times the mean square error of two uniform codes. G moves first,
    D judges what it made, then both move by fresh samples. Odd, and kept: batch norm with an epsilon of .8. Odd, and
    not kept: the third update draws the codes from N(−1, 1) there, and a softmax stands before a cross-entropy that
    holds one. Images are padded, not enlarged, and convolutions before a batch norm have no bias. Adam 2e-4 with betas
    .5/.999, batch 64, 200 epochs.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    heads = [
        L.Dense(name=name, inputs=("features",), units=units, weight_init=_PYTORCH, bias_init=_PYTORCH)
        for name, units in (("validity", 1), ("code", 10), ("style", 2))
    ]
    information = AdversarialGenerator(
        loss="mean_squares",
        loss_weight=0.0,
        terms=(
            MutualInformation(codes={"code": "code"}),
            MutualInformation(codes={"style": "style"}, continuous="squared", weight=0.1),
        ),
    )
    return Experiment(
        name="mnist-infogan-script",
        summary="InfoGAN with least squares and three optimizers on MNIST padded to 32×32",
        data=pictures.mnist(),
        networks={
            "generator": Network(
                inputs=_coded("normal"),
                layers=(L.Concat(inputs=("z", "code", "style")), *_script_image(pictures, width)),
            ),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=pictures.shape)},
                layers=(*_script_features(width, last_norm=True), *heads),
                outputs=("validity", "code", "style"),
            ),
        },
        players=two_players(adam, adam)
        | {"information": Player(networks=("generator", "discriminator"), optimizer=adam)},
        phases=(
            *generator_first("mean_squares"),
            Phase(name="information", player="information", objective=information),
        ),
        training=Training(steps=EPOCH * 200, batch_size=64, last_batch="keep"),
        sampling=Sampling(rows=10, columns=10, every_steps=400),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_epochs=1),
    )


def _coded(noise: str) -> dict[str, Input]:
    """The inputs of InfoGAN's generator: 62 numbers of noise, a code of 10 categories and a uniform one of two."""
    return {
        "z": Input(kind="latent", shape=(62,), distribution=noise),  # type: ignore[arg-type]
        "code": Input(kind="latent", shape=(10,), distribution="one_hot"),
        "style": Input(kind="latent", shape=(2,), distribution="uniform"),
    }


def _paper_generator(pictures: Pictures, width: float) -> Network:
    side = pictures.size // 4
    first, second, units = (scaled(count, width) for count in (128, 64, 1024))
    layers: list[L.Layer] = [L.Concat(inputs=("z", "code", "style")), *_normed(_small(units), L.ReLU())]
    layers += [*_normed(_small(first * side * side), L.ReLU()), L.Reshape(shape=(first, side, side))]
    doubling = {"kernel": 4, "stride": 2, "padding": 1, "weight_init": SMALL_NORMAL}
    layers += _normed(L.ConvTranspose(channels=second, bias=False, **doubling), L.ReLU())  # type: ignore[arg-type]
    layers += [L.ConvTranspose(channels=pictures.shape[0], **doubling), L.Sigmoid()]  # type: ignore[arg-type]
    return Network(inputs=_coded("uniform"), layers=tuple(layers))


def _paper_discriminator(pictures: Pictures, width: float) -> Network:
    slope = L.LeakyReLU(slope=0.01)
    first, second, units, head = (scaled(count, width) for count in (64, 128, 1024, 128))
    halving = {"kernel": 4, "stride": 2, "padding": 1, "weight_init": SMALL_NORMAL}
    layers: list[L.Layer] = [L.Conv(channels=first, **halving), slope]  # type: ignore[arg-type]
    layers += _normed(L.Conv(channels=second, bias=False, **halving), slope)  # type: ignore[arg-type]
    layers += [L.Flatten(), *_normed(_small(units), L.LeakyReLU(name="features", slope=0.01))]
    layers += [L.Dense(name="validity", units=1, weight_init=SMALL_NORMAL)]
    layers += [L.Dense(inputs=("features",), units=head, bias=False, weight_init=SMALL_NORMAL), _norm()]
    layers += [L.LeakyReLU(name="read", slope=0.01)]
    layers += [L.Dense(name="code", inputs=("read",), units=10, weight_init=SMALL_NORMAL)]
    layers += [L.Dense(name="style", inputs=("read",), units=2, weight_init=SMALL_NORMAL)]
    inputs = {"sample": Input(kind="data", shape=pictures.shape)}
    return Network(inputs=inputs, layers=tuple(layers), outputs=("validity", "code", "style"))


def _small(units: int) -> L.Dense:
    return L.Dense(units=units, bias=False, weight_init=SMALL_NORMAL)


def _normed(layer: L.Layer, activation: L.Layer) -> list[L.Layer]:
    return [layer, _norm(), activation]


def _norm(epsilon: float = 1e-5) -> L.BatchNorm:
    return L.BatchNorm(epsilon=epsilon, scale_init=SCALE_NORMAL)


def _script_image(pictures: Pictures, width: float) -> list[L.Layer]:
    """From flat numbers to an image, as the scripts' generators have it: 128 maps of a quarter of the side, 128, 64."""
    side, wide, narrow = pictures.size // 4, scaled(128, width), scaled(64, width)
    layers: list[L.Layer] = [L.Dense(units=math.prod((wide, side, side)), weight_init=_PYTORCH, bias_init=_PYTORCH)]
    layers += [L.Reshape(shape=(wide, side, side)), _norm()]
    for count in (wide, narrow):
        convolution = L.Conv(channels=count, kernel=3, padding=1, bias=False, weight_init=SMALL_NORMAL)
        layers += [L.Upsample(), convolution, _norm(epsilon=0.8), _SLOPE]
    last = L.Conv(channels=pictures.shape[0], kernel=3, padding=1, weight_init=SMALL_NORMAL, bias_init=_PYTORCH)
    return [*layers, last, L.Tanh()]


def _script_features(width: float, last_norm: bool) -> list[L.Layer]:
    """The scripts' convolutions, 16-32-64-128, with dropout of whole channels; their output is ``features``."""
    layers: list[L.Layer] = []
    norms = (False, True, True, last_norm)
    for count, norm in zip((16, 32, 64, 128), norms, strict=True):
        layers.append(
            L.Conv(
                channels=scaled(count, width),
                kernel=3,
                stride=2,
                padding=1,
                weight_init=SMALL_NORMAL,
                bias_init=_PYTORCH,
            )
        )
        layers += [_SLOPE, L.Dropout(rate=0.25, per_channel=True), *([_norm(epsilon=0.8)] if norm else [])]
    return [*layers, L.Flatten(name="features")]
