"""Stacked MNIST, on which papers count how many of a thousand modes a GAN reaches."""

from gan_core.data.derived_domains import Stacked
from gan_core.experiments.experiment import Checkpoint, Experiment, Logging, Sampling, Training
from gan_core.presets.architectures import latent_input
from gan_core.presets.convolutional import SMALL_NORMAL
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

# Of the layers between 4, 7, 14 and 28 pixels: TensorFlow's 'same' with stride 2 pads an even side at its end alone.
PADDINGS = (1, 0, 0)


def stacked_mnist(pack: int = 1, share: float = 0.25, width: float = 1.0, folder: str = "") -> Experiment:
    """Stacked MNIST of 1,000 modes with the small networks of Metz et al. 2017 (arXiv:1611.02163), as PacGAN's code.

    Three digits, one a colour channel; `gan evaluate` counts by the MNIST classifier how many of the 1,000 numbers
    samples show. z 256; G: a dense layer to 64 maps of 4×4, transposed convolutions 32-16-8 of 3, a convolution to the
    colours; D: convolutions of 3 with stride 2, whose channels are a `share` of 8-16-32, a quarter or a half there;
    batch norm in all, leaky ReLU .3, N(0, .02). Adam 1e-4 (G) and 2e-4 (D) with betas .5/.99, 500,000 steps of 128.
    pack: how many samples the discriminator sees at once (Lin et al. 2018, arXiv:1712.04086), 128 such packs a batch.
    Unlike there: 60,000 stacks, and not new ones at each step; samples with the statistics that batch norm has kept,
    where the code's have those of their own batch; no biases before a norm.
    """
    first, *counts = (scaled(count, width) for count in (64, 32, 16, 8))
    slow, quick = (Adam(learning_rate=rate, beta1=0.5, beta2=0.99) for rate in (1e-4, 2e-4))
    return Experiment(
        name="stacked-mnist",
        summary=f"{f'PacGAN{pack}' if pack > 1 else 'GAN'} on stacked MNIST of 1,000 modes",
        data=Stacked(source=Pictures(folder=folder).mnist()),
        networks={
            "generator": Network(inputs=latent_input(256), layers=_generator(first, counts)),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=(3 * pack, 28, 28))},
                layers=_discriminator([scaled(count, share) for count in reversed(counts)]),
            ),
        },
        players=two_players(slow, quick),
        phases=game_phases("non_saturating", pack=pack),
        training=Training(steps=500_000, batch_size=128 * pack),
        sampling=Sampling(rows=8, columns=8, every_steps=2000),
        logging=Logging(every_steps=100),
        checkpoint=Checkpoint(every_steps=2000),
    )


def _generator(first: int, counts: list[int]) -> tuple[L.Layer, ...]:
    layers: list[L.Layer] = [
        L.Dense(units=16 * first, bias=False, weight_init=SMALL_NORMAL),
        L.Reshape(shape=(first, 4, 4)),
        L.BatchNorm(),
        L.ReLU(),
    ]
    for count, padding in zip(counts, PADDINGS, strict=True):
        layers += _strided(L.ConvTranspose, count, padding, L.ReLU())
    return (*layers, L.Conv(channels=3, kernel=3, padding=1, weight_init=SMALL_NORMAL), L.Tanh())


def _discriminator(counts: list[int]) -> tuple[L.Layer, ...]:
    layers: list[L.Layer] = []
    for count, padding in zip(counts, reversed(PADDINGS), strict=True):
        layers += _strided(L.Conv, count, padding, L.LeakyReLU(slope=0.3))
    return (*layers, L.Flatten(), L.Dense(units=1, weight_init=SMALL_NORMAL))


def _strided(
    kind: type[L.Conv] | type[L.ConvTranspose], channels: int, padding: int, activation: L.Layer
) -> list[L.Layer]:
    """Return a convolution of one kind that doubles or halves the side, batch norm and an activation."""
    convolution = kind(
        channels=channels, kernel=3, stride=2, padding=padding, padding_end=1, bias=False, weight_init=SMALL_NORMAL
    )
    return [convolution, L.BatchNorm(), activation]
