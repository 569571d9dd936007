"""pix2pix: pictures out of pictures, learned from pairs. `width` scales every channel count: 1 is as published."""

from typing import Literal

from gan_core.data.cifar import Cifar10
from gan_core.data.derived_pairs import FromGrey
from gan_core.data.pairs import PairedFolders, SideBySide
from gan_core.data.spec import Data
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Phase, Sampling, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator
from gan_core.objectives.sample_terms import SampleDistance
from gan_core.presets.games import two_players
from gan_core.presets.pictures import Pictures
from gan_core.presets.u_nets import Norm, batch_norm, instance_norm, patch_for, patch_judge, u_net, u_net_channels
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

FACADES = 80  # of the 100 pairs; the others are held out
Shape = tuple[int, int, int]


def pix2pix(
    width: float = 1.0,
    channels: int = 3,
    size: int = 64,
    patch: int = 0,
    folder: str = "",
    pairs: Literal["folders", "side_by_side"] = "folders",
) -> Experiment:
    """pix2pix (Isola et al. 2017, arXiv:1611.07004) from label maps to facades, 64×64, as the authors' code.

    A U-Net, whose noise is dropout, and a discriminator that reads source and picture side by side and judges patches
    in proportion to the paper's 70 of 256 pixels (patch=16, 34, 70). Cross-entropy, half of it in the
    discriminator's loss, and 100 times the mean absolute error in the generator's. The discriminator moves first, and
    both players see the same batch and the same output. Adam 2e-4 with beta1 .5, batch 1, 200 epochs.
    The paper's batch norm takes each picture's own statistics, when it trains and after, since batches hold one: here
    that is instance norm with scale and bias, which says so. Unlike there, pictures are neither shifted nor mirrored,
    and a convolution before a norm has no bias, which the norm would take away again. The number of innermost layers
    with dropout is that of the authors' code: 3 for 256 pixels, 1 for 64.
    80 of the 100 pairs of the facades are trained on. Pairs of your own: folder=FOLDER with trainA (sources) and
    trainB, or, with pairs=side_by_side, with both pictures in each file of train.
    """
    shape = Pictures(channels=channels, size=size).shape
    data: Data
    if pairs == "side_by_side":
        data = SideBySide(path=folder or "facades", size=size, channels=channels)  # type: ignore[arg-type]
    elif folder:
        data = PairedFolders(path=folder, size=size, channels=channels)  # type: ignore[arg-type]  # the spec checks it
    else:
        data = facades(size, channels)
    return _pix2pix(
        name="pix2pix",
        summary=f"pix2pix on pairs of a label map and a facade, {size}×{size}",
        data=data,
        networks=_networks(shape, shape, width, instance_norm, patch),
        training=Training(steps=200 * FACADES, batch_size=1),
        epoch=FACADES,
    )


def pix2pix_colour(width: float = 1.0, size: int = 32, patch: int = 0, folder: str = "") -> Experiment:
    """pix2pix (Isola et al. 2017, arXiv:1611.07004) that colours grey pictures: CIFAR-10's frogs, 32×32.

    As `pix2pix`, with batches of 4 as the paper colours, and with batch norm, whose statistics are those of the batch
    at hand on sheets too, as there. Other photographs: --set folder=FOLDER.
    """
    pictures = Pictures(channels=3, size=size, folder=folder)
    grey = (1, *pictures.shape[1:])
    return _pix2pix(
        name="pix2pix-colour",
        summary=f"pix2pix that colours grey pictures, {size}×{size}",
        data=FromGrey(source=pictures.data(Cifar10(classes=("frog",)))),
        networks=_networks(grey, pictures.shape, width, batch_norm, patch),
        training=Training(steps=20 * 1250, batch_size=4),
        epoch=1250,
    )


def facades(size: int, channels: int) -> PairedFolders:
    """Return 80 pairs of a label map and a facade, which hold out the other 20."""
    return PairedFolders(
        path="facades",
        split="test",  # the folders of that name are those whose files pair
        source="{split}B",
        target="{split}A",
        size=size,
        channels=channels,  # type: ignore[arg-type]  # the spec checks it
        count=FACADES,
    )


def _pix2pix(
    name: str, summary: str, data: Data, networks: dict[str, Network], training: Training, epoch: int
) -> Experiment:
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return Experiment(
        name=name,
        summary=summary,
        data=data,
        networks=networks,
        players=two_players(adam, adam),
        phases=(
            Phase(
                name="discriminator",
                player="discriminator",
                objective=AdversarialDiscriminator(shares_samples=True, loss_weight=0.5),
                batch="step",
            ),
            Phase(
                name="generator",
                player="generator",
                objective=AdversarialGenerator(shares_samples=True, terms=(SampleDistance(weight=100.0),)),
                batch="step",
            ),
        ),
        training=training,
        sampling=Sampling(rows=6, columns=8, every_steps=10 * epoch, mode="training"),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=10 * epoch),
    )


def _networks(source: Shape, made: Shape, width: float, norm: Norm, patch: int) -> dict[str, Network]:
    size = made[1]
    channels = u_net_channels(size, width)
    seen = Input(kind="data", shape=source, field="source")
    return {
        "generator": u_net({"source": seen}, [], channels, made[0], norm, dropouts=max(1, len(channels) - 5)),
        "discriminator": patch_judge(
            {"picture": Input(kind="data", shape=made), "source": seen},
            [L.Concat(inputs=("source", "picture"))],
            patch or patch_for(size),
            width,
            norm,
        ),
    }
