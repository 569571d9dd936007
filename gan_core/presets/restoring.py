"""GANs that restore pictures: the hidden part of one, or the details of a small one. `width` scales channel counts."""

import math

from gan_core.data.cifar import Cifar10
from gan_core.data.derived_pairs import FromLowResolution, FromMasked
from gan_core.errors import SpecError
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator
from gan_core.objectives.sample_terms import SampleDistance
from gan_core.presets.convolutional import SMALL_NORMAL, down, up
from gan_core.presets.games import two_players
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs import layers as L
from gan_core.specs.initializers import KaimingNormal
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, LinearDecay

_START = KaimingNormal()


def context_encoder(
    width: float = 1.0, channels: int = 3, size: int = 32, code: int = 4000, folder: str = ""
) -> Experiment:
    """Context encoder (Pathak et al. 2016, arXiv:1604.07379): the hidden centre of a picture, CIFAR-10's frogs, 32×32.

    The networks of the authors' code (pathak22/context-encoder) for 128 pixels, with fewer layers for a smaller
    picture: strided convolutions up to 512 channels of 4×4, a code of 4,000 numbers, and up again to the square of
    half the side; a DCGAN's discriminator judges the square alone. .999 of the mean squared error and .001 of the
    game; Adam 2e-4 with beta1 .5, batch 64, N(0, .02) weights. Unlike there, the hidden square is filled with grey in
    place of the data's mean, it has no border of 4 pixels that is known and weighs ten times as much, and pictures are
    not mirrored. As published: size=128 with a folder of photographs.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    if size < 16:
        raise SpecError(f"size: expected 16, 32, 64 … (the hidden square is half of it), got {size}")
    inner = Pictures(channels=channels, size=size // 2)
    halvings = [scaled(max(64, count), width) for count in reversed(_counts(size))]
    doublings = [scaled(max(64, count), width) for count in _counts(size // 2)]
    judge = [scaled(64 * 2**level, width) for level in range(len(doublings))]
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    layers = [layer for index, count in enumerate(halvings) for layer in down(count, norm=bool(index))]
    layers += down(scaled(code, width), stride=1, padding=0)
    layers += up(doublings[0], stride=1, padding=0)
    for count in doublings[1:]:
        layers += up(count)
    layers += [*up(channels, norm=False), L.Tanh()]
    judging = [layer for index, count in enumerate(judge) for layer in down(count, norm=bool(index))]
    judging += [L.Conv(channels=1, kernel=4, bias=False, weight_init=SMALL_NORMAL), L.Flatten()]
    epoch = 78
    return Experiment(
        name="context-encoder",
        summary=f"context encoder on the hidden centres of frogs, {size}×{size}",
        data=FromMasked(source=pictures.data(Cifar10(classes=("frog",))), side=size // 2, fill="grey", target="hidden"),
        networks={
            "generator": Network(
                inputs={"source": Input(kind="data", shape=pictures.shape, field="source")}, layers=tuple(layers)
            ),
            "discriminator": Network(inputs={"picture": Input(kind="data", shape=inner.shape)}, layers=tuple(judging)),
        },
        players=two_players(adam, adam),
        phases=(
            Phase(
                name="discriminator",
                player="discriminator",
                objective=AdversarialDiscriminator(shares_samples=True),
                batch="step",
            ),
            Phase(
                name="generator",
                player="generator",
                objective=AdversarialGenerator(
                    shares_samples=True,
                    loss_weight=0.001,
                    terms=(SampleDistance(weight=0.999, distance="squared"),),
                ),
                batch="step",
            ),
        ),
        training=Training(steps=500 * epoch, batch_size=64),
        sampling=Sampling(rows=6, columns=8, every_steps=10 * epoch),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=10 * epoch),
    )


def _counts(size: int) -> list[int]:
    """The channels from 4×4 outwards up to half of `size`: 512-256-128 for 32."""
    return Pictures(size=size).channel_counts(512, 1.0)


def srgan(
    width: float = 1.0,
    channels: int = 3,
    size: int = 32,
    factor: int = 4,
    blocks: int = 16,
    warm_up: int = 10_000,
    folder: str = "",
) -> Experiment:
    """SRGAN (Ledig et al. 2017, arXiv:1609.04802) without VGG: pictures out of smaller ones, CIFAR-10's frogs, 8 → 32.

    The paper's networks: residual blocks of 64 channels with batch norm and PReLU, two pixel shuffles for a factor of
    4, no function at the end; a discriminator of eight convolutions, 64 to 512, and dense layers of 1,024 and 1.
    As there, the generator first learns alone by the mean squared error (SRResNet, `warm_up` steps), then with .001 of
    the game: Adam 1e-4 in batches of 16, the rate falling in the last half. In place of the distance between features
    of VGG, which would be another network's weights, stands the mean squared error of the pixels, so that what it makes
    is smoother than the paper's. He's start is this library's choice, and so are the numbers of steps. The paper trains
    on random crops of 96×96. Other pictures: --set folder=FOLDER --set size=96.
    """
    if factor not in (2, 4, 8):
        raise SpecError(f"factor: expected 2, 4 or 8 (each pixel shuffle doubles the side), got {factor}")
    pictures = Pictures(channels=channels, size=size, folder=folder)
    steps = 2 * warm_up
    squares = SampleDistance(weight=1.0, distance="squared")
    adam = Adam(learning_rate=1e-4)
    return Experiment(
        name="srgan",
        summary=f"SRGAN with a pixel loss on frogs, {size // factor} → {size} pixels",
        data=FromLowResolution(source=pictures.data(Cifar10(classes=("frog",))), factor=factor),
        networks={
            "generator": _residual(pictures, factor, blocks, width),
            "discriminator": Network(
                inputs={"picture": Input(kind="data", shape=pictures.shape)}, layers=tuple(_judge(size, width))
            ),
        },
        players={
            "warm_up": Player(networks=("generator",), optimizer=adam),
            **two_players(
                Adam(learning_rate=1e-4, schedule=LinearDecay(start=warm_up // 2, end=warm_up)),
                Adam(learning_rate=1e-4, schedule=LinearDecay(start=warm_up // 2, end=warm_up)),
            ),
        },
        phases=(
            Phase(
                name="warm_up",
                player="warm_up",
                objective=AdversarialGenerator(loss_weight=0.0, terms=(squares,)),
                last_step=warm_up,
            ),
            Phase(
                name="discriminator",
                player="discriminator",
                objective=AdversarialDiscriminator(shares_samples=True),
                first_step=warm_up + 1,
                batch="step",
            ),
            Phase(
                name="generator",
                player="generator",
                objective=AdversarialGenerator(shares_samples=True, loss_weight=0.001, terms=(squares,)),
                first_step=warm_up + 1,
                batch="step",
            ),
        ),
        training=Training(steps=steps, batch_size=16),
        sampling=Sampling(rows=6, columns=8, every_steps=1000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )


def _residual(pictures: Pictures, factor: int, blocks: int, width: float) -> Network:
    """SRResNet: a convolution, residual blocks, one more convolution added to the first's, pixel shuffles."""
    count, small = scaled(64, width), pictures.size // factor
    layers: list[L.Layer] = [_same(count, 9), L.PReLU(name="first")]
    before = "first"
    for block in range(blocks):
        layers += [_same(count, bias=False, inputs=(before,)), L.BatchNorm(), L.PReLU()]
        layers += [_same(count, bias=False), L.BatchNorm(name=f"change_{block}")]
        layers.append(L.Add(name=f"block_{block}", inputs=(before, f"change_{block}")))
        before = f"block_{block}"
    layers += [_same(count, bias=False), L.BatchNorm(name="last"), L.Add(inputs=("first", "last"))]
    for _ in range(round(math.log2(factor))):
        layers += [_same(4 * count), L.PixelShuffle(), L.PReLU()]
    layers.append(_same(pictures.channels, 9))
    source = Input(kind="data", shape=(pictures.channels, small, small), field="source")
    return Network(inputs={"source": source}, layers=tuple(layers))


def _judge(size: int, width: float) -> list[L.Layer]:
    """The discriminator's layers: 64, 128, 256, 512, each twice, the second one halving the side."""
    layers: list[L.Layer] = []
    for index in range(8):
        count, stride = scaled(64 * 2 ** (index // 2), width), 1 + index % 2
        layers.append(L.Conv(channels=count, kernel=3, stride=stride, padding=1, bias=not index, weight_init=_START))
        layers += [*([L.BatchNorm()] if index else []), L.LeakyReLU(slope=0.2)]
    return [
        *layers,
        L.Flatten(),
        L.Dense(units=scaled(1024, width), weight_init=_START),
        L.LeakyReLU(slope=0.2),
        L.Dense(units=1),
    ]


def _same(channels: int, kernel: int = 3, bias: bool = True, inputs: tuple[str, ...] = ()) -> L.Conv:
    """A convolution that keeps the picture's size."""
    return L.Conv(channels=channels, kernel=kernel, padding=kernel // 2, bias=bias, weight_init=_START, inputs=inputs)
