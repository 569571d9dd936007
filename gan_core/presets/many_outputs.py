"""Translations with a choice: BicycleGAN's many pictures of one source, and StarGAN's pictures in any class."""

import math

from gan_core.data.derived_domains import Tinted
from gan_core.data.idx import Mnist
from gan_core.data.pairs import PairedFolders
from gan_core.errors import SpecError
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives.attributes import StarDiscriminator, StarGenerator
from gan_core.objectives.bicycle import BicycleDiscriminators, BicycleGenerators
from gan_core.objectives.penalties import GradientPenalty
from gan_core.presets.convolutional import SMALL_NORMAL
from gan_core.presets.games import two_players
from gan_core.presets.paired import FACADES, facades
from gan_core.presets.pictures import Pictures, scaled
from gan_core.presets.u_nets import instance_norm, patch_for, patch_judge, u_net, u_net_channels
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, LinearDecay

_START = FanInUniform()


def bicyclegan(
    width: float = 1.0, channels: int = 3, size: int = 64, latent: int = 8, patch: int = 0, folder: str = ""
) -> Experiment:
    """BicycleGAN (Zhu et al. 2017, arXiv:1711.11586) from label maps to facades, 64×64, as the authors' code.

    A U-Net that reads the source and 8 normal numbers, which are laid over the picture as 8 more channels; an encoder
    that finds a mean and a variance of each in a real picture; a discriminator of its own, which sees the picture
    alone, for what is made of encoded and for what is made of drawn latents. Least squares, 10 times the mean absolute
    error, .01 of the KL, .5 of the latent's regression, in which the encoder stands still. Both halves of the objective
    see the same pair here, where the code splits a batch of two. The generators move first. Adam 2e-4 with beta1 .5.
    Unlike there: latents join the first layer alone, patches are judged at one scale, the encoder has no residual
    blocks, the norm has scale and bias, and pictures are not mirrored. The sheet shows the source, three outputs and
    the truth. 80 of the 100 facades are trained on; pairs of your own: folder=FOLDER with trainA and trainB.
    """
    shape = Pictures(channels=channels, size=size).shape
    data = facades(size, channels)
    if folder:
        data = PairedFolders(path=folder, size=size, channels=channels)  # type: ignore[arg-type]  # the spec checks it
    source = Input(kind="data", shape=shape, field="source")
    entrance = [
        L.Reshape(inputs=("z",), shape=(latent, 1, 1)),
        L.Upsample(name="laid_over", factor=size),
        L.Concat(inputs=("source", "laid_over")),
    ]
    inputs = {"source": source, "z": Input(kind="latent", shape=(latent,))}
    seen = {"picture": Input(kind="data", shape=shape)}
    judge = patch_judge(seen, [], patch or patch_for(size), width, instance_norm)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return Experiment(
        name="bicyclegan",
        summary=f"BicycleGAN on pairs of a label map and a facade, {size}×{size}",
        data=data,
        networks={
            "generator": u_net(inputs, entrance, u_net_channels(size, width), channels, instance_norm),
            "encoder": _encoder(shape, latent, width),
            "judge_encoded": judge,
            "judge_random": judge,
        },
        players={
            "generators": Player(networks=("generator", "encoder"), optimizer=adam),
            "judges": Player(networks=("judge_encoded", "judge_random"), optimizer=adam),
        },
        phases=(
            Phase(name="generators", player="generators", objective=BicycleGenerators(), batch="step"),
            Phase(name="judges", player="judges", objective=BicycleDiscriminators(), batch="step"),
        ),
        training=Training(steps=400 * FACADES, batch_size=1),
        sampling=Sampling(rows=10, columns=8, every_steps=10 * FACADES),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=10 * FACADES),
    )


def stargan(width: float = 1.0, size: int = 32, blocks: int = 6, classes: int = 4, folder: str = "") -> Experiment:
    """StarGAN (Choi et al. 2018, arXiv:1711.09020) on digits in four colours, 32×32, as the authors' code.

    The class that a picture is to become is laid over it, a channel each; 64-128-256, six residual blocks, instance
    norm; a discriminator without norm, 64 to 1,024 and up, leaky ReLU .01, with a head for patches and one for the
    class. WGAN-GP with a penalty of 10, 1 times the class's cross-entropy, 10 times the mean absolute error of the way
    there and back; what pictures are to become are the batch's own classes, shuffled. Adam 1e-4 with beta1 .5, batch
    16, the discriminator at every batch and the generator at every fifth; the rate falls in the second half. Unlike
    there: both players shuffle classes for themselves, pictures are not mirrored, and a convolution before a norm has
    no bias. The digits stand in for faces, since what each is in another colour is known: the data `tinted`. The sheet
    has a row for each class. A folder for each class: folder=FOLDER and classes=5, size=128.
    """
    pictures = Pictures(channels=3, size=size, folder=folder, labelled=True)
    if not folder and (classes != 4 or size != 32):
        raise SpecError("size, classes: the digits are 32×32 and have 4 colours; for others give a folder of pictures")
    inputs = {"picture": Input(kind="data", shape=pictures.shape), "class": Input(kind="label", classes=classes)}
    adam = Adam(learning_rate=1e-4, beta1=0.5, schedule=LinearDecay(start=100_000, end=200_000))
    slower = Adam(learning_rate=1e-4, beta1=0.5, schedule=LinearDecay(start=20_000, end=40_000))
    return Experiment(
        name="stargan",
        summary=f"StarGAN on digits in {classes} colours, {size}×{size}",
        data=pictures.data(Tinted(source=Mnist(size=32))),
        networks={
            "generator": Network(inputs=inputs, layers=_changing(classes, size, width, blocks)),
            "discriminator": _telling(pictures, classes, width),
        },
        players=two_players(slower, adam),
        phases=(
            Phase(
                name="discriminator",
                player="discriminator",
                objective=StarDiscriminator(penalties=(GradientPenalty(weight=10.0),)),
            ),
            Phase(name="generator", player="generator", objective=StarGenerator(), every_steps=5, batch="step"),
        ),
        training=Training(steps=200_000, batch_size=16),
        sampling=Sampling(rows=2 * (1 + classes), columns=8, every_steps=1000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )


def _encoder(shape: tuple[int, int, int], latent: int, width: float) -> Network:
    """Strided convolutions down to 4×4, 64-128-256-256 for 64 pixels, their mean, and two numbers for each latent."""
    layers: list[L.Layer] = []
    for level in range(round(math.log2(shape[1] / 4))):
        count = scaled(64 * min(2**level, 4), width)
        layers.append(L.Conv(channels=count, kernel=4, stride=2, padding=1, bias=not level, weight_init=SMALL_NORMAL))
        layers += [*([instance_norm()] if level else []), L.LeakyReLU(slope=0.2)]
    layers += [L.GlobalPool(), L.Dense(units=2 * latent, weight_init=SMALL_NORMAL)]
    return Network(inputs={"picture": Input(kind="data", shape=shape)}, layers=tuple(layers))


def _changing(classes: int, size: int, width: float, blocks: int) -> tuple[L.Layer, ...]:
    """The authors' generator: c7s1, two strided convolutions, residual blocks, two transposed ones, c7s1, tanh."""
    counts = [scaled(count, width) for count in (64, 128, 256)]
    layers: list[L.Layer] = [
        L.OneHot(inputs=("class",), classes=classes),
        L.Reshape(shape=(classes, 1, 1)),
        L.Upsample(name="laid_over", factor=size),
        L.Concat(inputs=("picture", "laid_over")),
        *_normed(_convolution(counts[0], 7)),
        *_normed(_convolution(counts[1], 4, stride=2)),
        *_normed(_convolution(counts[2], 4, stride=2), name="middle"),
    ]
    before = "middle"
    for block in range(blocks):
        first = _convolution(counts[2], 3, inputs=(before,))
        layers += [*_normed(first), _convolution(counts[2], 3), _norm(f"change_{block}")]
        layers.append(L.Add(name=f"block_{block}", inputs=(before, f"change_{block}")))
        before = f"block_{block}"
    for count in reversed(counts[:-1]):
        doubling = L.ConvTranspose(channels=count, kernel=4, stride=2, padding=1, bias=False, weight_init=_START)
        layers += _normed(doubling)
    return (*layers, _convolution(3, 7), L.Tanh())


def _telling(pictures: Pictures, classes: int, width: float) -> Network:
    """The authors' discriminator: strided convolutions, six for 128 pixels, then two heads."""
    levels = round(math.log2(pictures.size / 2))
    layers: list[L.Layer] = []
    for level in range(levels):
        layers.append(
            L.Conv(
                channels=scaled(64 * 2**level, width),
                kernel=4,
                stride=2,
                padding=1,
                weight_init=_START,
                bias_init=_START,
            )
        )
        layers.append(L.LeakyReLU(name="seen" if level == levels - 1 else "", slope=0.01))
    layers += [
        L.Conv(inputs=("seen",), channels=1, kernel=3, padding=1, bias=False, weight_init=_START),
        L.Flatten(name="patches"),
        L.Conv(inputs=("seen",), channels=classes, kernel=pictures.size // 2**levels, bias=False, weight_init=_START),
        L.Flatten(name="classes"),
    ]
    seen = {"picture": Input(kind="data", shape=pictures.shape)}
    return Network(inputs=seen, layers=tuple(layers), outputs=("patches", "classes"))


def _convolution(channels: int, kernel: int, stride: int = 1, inputs: tuple[str, ...] = ()) -> L.Conv:
    """A convolution without bias that keeps the picture's size, or halves it."""
    return L.Conv(
        channels=channels,
        kernel=kernel,
        stride=stride,
        padding=(kernel - 1) // 2,
        bias=False,
        weight_init=_START,
        inputs=inputs,
    )


def _norm(name: str = "") -> L.InstanceNorm:
    return L.InstanceNorm(name=name, affine=True)


def _normed(convolution: L.Conv | L.ConvTranspose, name: str = "") -> list[L.Layer]:
    return [convolution, _norm(), L.ReLU(name=name)]
