"""DiscoGAN and DualGAN, which translate between two sets of unpaired images as CycleGAN does, with other losses.

`width` scales every channel count: 1 is as published.
"""

from gan_core.data.domains import UnpairedFolders
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives import CycleDiscriminators, CycleGenerators
from gan_core.objectives.penalties import GradientPenalty
from gan_core.presets.convolutional import down, up
from gan_core.presets.pictures import Pictures, scaled
from gan_core.presets.script_convolutions import script_convolution
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

FACADES = 400  # images of each domain
_SLOPE = L.LeakyReLU(slope=0.2)
_WAYS = ("a_to_b", "b_to_a")


def discogan(width: float = 1.0, channels: int = 3, folder: str = "facades") -> Experiment:
    """DiscoGAN (Kim et al. 2017, arXiv:1703.05192) between two folders of images, 64×64 in [0, 1].

    The networks of the authors' code: convolutions 64-128-256-512 and a code of 100 between, batch norm, sigmoid;
    a discriminator 64-128-256-512-1, PyTorch's start. The losses of the paper (eq. 3 and 4): cross-entropy, and the
    mean square between an image and its way there and back, one to one. Adam 2e-4 with beta1 .5, batch 64. The authors'
    code also matches features, weighs the reconstruction less at first, has a weight decay of 1e-5, and moves the
    discriminators at every third batch instead of the generators. The number of steps is this library's.
    """
    shape = Pictures(channels=channels, size=64).shape
    data = UnpairedFolders(path=folder, size=64, channels=channels, value_range=(0.0, 1.0))  # type: ignore[arg-type]
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    counts = [scaled(count, width) for count in (64, 128, 256, 512)]
    judge = (*_halving(counts), L.Conv(channels=1, kernel=4, bias=False, weight_init=FanInUniform()), L.Flatten())
    return Experiment(
        name="discogan",
        summary="DiscoGAN between two folders of images, 64×64",
        data=data,
        networks=dict.fromkeys(_WAYS, _through_a_code(shape, counts, scaled(100, width)))
        | dict.fromkeys(("judge_a", "judge_b"), Network(inputs=_image(shape), layers=judge)),
        players=_players(adam),
        phases=(
            Phase(
                name="generators",
                player="generators",
                objective=CycleGenerators(
                    loss="non_saturating", cycle_error="squared", cycle_weight=1.0, identity_weight=0.0
                ),
            ),
            Phase(name="judges", player="judges", objective=CycleDiscriminators(loss="non_saturating", pool_size=0)),
        ),
        training=Training(steps=20_000, batch_size=64),
        sampling=Sampling(network=_WAYS, rows=6, columns=8, every_steps=1000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )


def dualgan(width: float = 1.0, channels: int = 3, folder: str = "facades") -> Experiment:
    """DualGAN (Yi et al. 2017, arXiv:1704.02510) between two folders of images, 64×64, as dualgan.py of PyTorch-GAN.

    A U-Net of six levels (64-128-256-512-512-512, dropout .5 in the inner ones), patches judged by four strided
    convolutions, the Wasserstein loss with a gradient penalty of 10, and 100 times the mean absolute error of the way
    there and back. The critics move at every batch, the generators at every fifth; Adam 2e-4 with beta1 .5, batch 16,
    200 epochs. Odd, and kept: batch norm in the critics, although the penalty is each sample's own, and with an epsilon
    of .8. A convolution before a batch norm has no bias, which the norm would take away again. The paper
    clips weights, moves by RMSprop, and weighs the way back by 500 and more.
    """
    shape = Pictures(channels=channels, size=64).shape
    data = UnpairedFolders(path=folder, size=64, channels=channels)  # type: ignore[arg-type]  # the spec checks it
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    counts = [scaled(count, width) for count in (64, 128, 256, 512)]
    layers: list[L.Layer] = []
    for index, count in enumerate(counts):
        layers += [script_convolution(count, stride=2, bias=not index), *([_norm()] if index else []), _SLOPE]
    layers += [script_convolution(1, stride=1), L.Flatten()]
    critics = CycleDiscriminators(
        loss="wasserstein", pool_size=0, penalties=(GradientPenalty(weight=10.0),), shares_samples=False
    )
    epoch = FACADES // 16
    return Experiment(
        name="dualgan",
        summary="DualGAN between two folders of images, 64×64",
        data=data,
        networks=dict.fromkeys(_WAYS, _u_net(shape, width))
        | dict.fromkeys(("judge_a", "judge_b"), Network(inputs=_image(shape), layers=tuple(layers))),
        players=_players(adam),
        phases=(
            Phase(name="judges", player="judges", objective=critics),
            Phase(
                name="generators",
                player="generators",
                objective=CycleGenerators(loss="wasserstein", cycle_weight=100.0, identity_weight=0.0),
                every_steps=5,
                batch="step",
            ),
        ),
        training=Training(steps=200 * epoch, batch_size=16),
        sampling=Sampling(network=_WAYS, rows=6, columns=8, every_steps=200),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )


def _players(adam: Adam) -> dict[str, Player]:
    return {
        "generators": Player(networks=_WAYS, optimizer=adam),
        "judges": Player(networks=("judge_a", "judge_b"), optimizer=adam),
    }


def _image(shape: tuple[int, ...]) -> dict[str, Input]:
    return {"image": Input(kind="data", shape=shape)}


def _halving(counts: list[int]) -> list[L.Layer]:
    """Strided convolutions with batch norm in all but the first, and leaky ReLU."""
    return [layer for index, count in enumerate(counts) for layer in down(count, norm=bool(index), start="pytorch")]


def _through_a_code(shape: tuple[int, ...], counts: list[int], code: int) -> Network:
    """The authors' generator with its extra layers: an image of 64×64 through `code` numbers, and up again."""
    first = down(code, stride=1, padding=0, start="pytorch")
    layers = [*_halving(counts), *first, *up(counts[-1], stride=1, padding=0, start="pytorch")]
    for count in reversed(counts[:-1]):
        layers += up(count, start="pytorch")
    layers += [*up(shape[0], norm=False, start="pytorch"), L.Sigmoid()]
    return Network(inputs=_image(shape), layers=tuple(layers))


def _norm() -> L.BatchNorm:
    return L.BatchNorm(epsilon=0.8)


def _u_net(shape: tuple[int, ...], width: float) -> Network:
    """The script's generator: six halvings of 64×64, five doublings each joined by what lies across, and one more."""
    layers: list[L.Layer] = []
    deepest = 6
    for level, count in enumerate((64, 128, 256, 512, 512, 512), start=1):
        normed = 1 < level < deepest
        layers += [script_convolution(scaled(count, width), stride=2, bias=not normed), *([_norm()] if normed else [])]
        layers.append(L.LeakyReLU(name=f"down_{level}", slope=0.2))
        if level > 2:
            layers[-1] = _SLOPE
            layers.append(L.Dropout(name=f"down_{level}", rate=0.5))
    for across, count in zip((5, 4, 3, 2, 1), (512, 512, 256, 128, 64), strict=True):
        layers += [L.Upsample(), script_convolution(scaled(count, width), stride=1, bias=False), _norm()]
        layers.append(L.LeakyReLU(name=f"up_{across}", slope=0.2))
        if across > 2:
            layers[-1] = _SLOPE
            layers.append(L.Dropout(name=f"up_{across}", rate=0.5))
        layers.append(L.Concat(inputs=(f"up_{across}", f"down_{across}")))
    layers += [L.Upsample(), script_convolution(shape[0], stride=1), L.Tanh()]
    return Network(inputs=_image(shape), layers=tuple(layers))
