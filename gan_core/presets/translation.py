"""CycleGAN between two sets of unpaired images. `width` scales every channel count: 1 is as published."""

from typing import Literal

from gan_core.data.cifar import Cifar10
from gan_core.data.domains import GreyAndColour, UnpairedFolders
from gan_core.data.spec import Data
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives import CycleDiscriminators, CycleGenerators
from gan_core.presets.convolutional import SMALL_NORMAL
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, LinearDecay

PaddingMode = Literal["zeros", "reflect"]


def cyclegan(
    width: float = 1.0,
    blocks: int = 6,
    channels: int = 3,
    size: int = 64,
    folder: str = "facades",
    padding: PaddingMode = "zeros",
) -> Experiment:
    """CycleGAN (Zhu et al. 2017, arXiv:1703.10593) between two folders, facades and their label maps, 64×64.

    ResNet generators with instance norm (64-128-256, `blocks` residual blocks), 70×70 patch discriminators, least
    squares, cycle λ 10, identity λ 5, a pool of 50 past images, batch 1, Adam 2e-4 with beta1 .5: 100 epochs constant,
    100 more down a line to 0. Unlike the authors' code, edges are padded with zeros (--set padding=reflect reflects the
    image, as that does), and a convolution before an instance norm has no bias, which the norm would take away again.
    The sheet shows images of the first folder, their translations and the way back, then the same from the second
    folder. Other folders: --set folder=FOLDER.
    """
    shape = Pictures(channels=channels, size=size).shape
    data = UnpairedFolders(path=folder, size=size, channels=channels)  # type: ignore[arg-type]  # the spec checks it
    summary = f"CycleGAN between two folders of images, {size}×{size}"
    return _cycle("cyclegan", summary, data, 400, _resnet(shape, width, blocks, padding), _patches(shape, width))


def cyclegan_colour(
    width: float = 1.0, blocks: int = 6, size: int = 32, folder: str = "", padding: PaddingMode = "zeros"
) -> Experiment:
    """CycleGAN (Zhu et al. 2017, arXiv:1703.10593) that colours grey images: CIFAR-10's frogs, 32×32.

    As `cyclegan`; half of the images are turned grey, the other half keeps its colours, none is in both.
    Other photographs: --set folder=FOLDER.
    """
    pictures = Pictures(channels=3, size=size, folder=folder)
    data = GreyAndColour(source=pictures.data(Cifar10(classes=("frog",))))
    summary = f"CycleGAN that colours grey images, {size}×{size}"
    networks = _resnet(pictures.shape, width, blocks, padding), _patches(pictures.shape, width)
    return _cycle("cyclegan-colour", summary, data, 2500, *networks)


def _cycle(name: str, summary: str, data: Data, epoch: int, generator: Network, discriminator: Network) -> Experiment:
    adam = Adam(learning_rate=2e-4, beta1=0.5, schedule=LinearDecay(start=100 * epoch, end=200 * epoch))
    return Experiment(
        name=name,
        summary=summary,
        data=data,
        networks={"a_to_b": generator, "b_to_a": generator, "judge_a": discriminator, "judge_b": discriminator},
        players={
            "generators": Player(networks=("a_to_b", "b_to_a"), optimizer=adam),
            "judges": Player(networks=("judge_a", "judge_b"), optimizer=adam),
        },
        phases=(
            Phase(name="generators", player="generators", objective=CycleGenerators()),
            Phase(name="judges", player="judges", objective=CycleDiscriminators()),
        ),
        training=Training(steps=200 * epoch, batch_size=1),
        sampling=Sampling(network=("a_to_b", "b_to_a"), rows=6, columns=8, every_epochs=5),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_epochs=5),
    )


def _resnet(shape: tuple[int, ...], width: float, blocks: int, padding: PaddingMode) -> Network:
    """The authors' generator: c7s1, two strided convolutions, residual blocks, two transposed ones, c7s1, tanh.

    padding: of the convolutions that keep the size; the strided ones pad with zeros there too.
    """
    channels = [scaled(count, width) for count in (64, 128, 256)]
    edge = L.Conv(channels=channels[0], kernel=7, padding=3, bias=False, weight_init=SMALL_NORMAL, padding_mode=padding)
    layers: list[L.Layer] = [*_normed(edge)]
    for count in channels[1:]:
        layers += _normed(L.Conv(channels=count, kernel=3, stride=2, padding=1, bias=False, weight_init=SMALL_NORMAL))
    before = "middle"
    layers[-1] = L.ReLU(name=before)
    for block in range(blocks):
        convolution = L.Conv(
            channels=channels[-1], kernel=3, padding=1, bias=False, weight_init=SMALL_NORMAL, padding_mode=padding
        )
        layers += [*_normed(convolution), convolution, L.InstanceNorm(name=f"change_{block}")]
        layers.append(L.Add(name=f"block_{block}", inputs=(before, f"change_{block}")))
        before = f"block_{block}"
    for count in reversed(channels[:-1]):
        layers += _normed(
            L.ConvTranspose(
                channels=count, kernel=3, stride=2, padding=1, output_padding=1, bias=False, weight_init=SMALL_NORMAL
            )
        )
    last = L.Conv(channels=shape[0], kernel=7, padding=3, weight_init=SMALL_NORMAL, padding_mode=padding)
    layers += [last, L.Tanh()]
    return Network(inputs={"image": Input(kind="data", shape=shape)}, layers=tuple(layers))


def _normed(convolution: L.Conv | L.ConvTranspose) -> list[L.Layer]:
    return [convolution, L.InstanceNorm(), L.ReLU()]


def _patches(shape: tuple[int, ...], width: float) -> Network:
    """The authors' discriminator, which judges patches of 70×70: C64-C128-C256-C512, the last two with stride 1."""
    channels = [scaled(count, width) for count in (64, 128, 256, 512)]
    layers: list[L.Layer] = []
    for index, count in enumerate(channels):
        stride = 1 if index == len(channels) - 1 else 2
        convolution = L.Conv(
            channels=count, kernel=4, stride=stride, padding=1, bias=not index, weight_init=SMALL_NORMAL
        )
        layers.append(convolution)
        layers += [*([L.InstanceNorm()] if index else []), L.LeakyReLU(slope=0.2)]
    layers += [L.Conv(channels=1, kernel=4, padding=1, weight_init=SMALL_NORMAL), L.Flatten()]
    return Network(inputs={"image": Input(kind="data", shape=shape)}, layers=tuple(layers))
