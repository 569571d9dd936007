"""BigGAN's networks at 32×32 for the classes of CIFAR-10: its own game, and ReACGAN's. `width` scales channels."""

from functools import partial

from gan_core.data.cifar import Cifar10
from gan_core.errors import SpecError
from gan_core.experiments.experiment import Average, Checkpoint, Experiment, Logging, Sampling, Training
from gan_core.objectives import DataCrossEntropy, OrthogonalRegularisation
from gan_core.presets.architectures import POOLED, latent_input, residual_features
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import Pictures, scaled
from gan_core.specs import layers as L
from gan_core.specs.blocks import Projection, Residual, SelfAttention
from gan_core.specs.initializers import Orthogonal
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

CHUNK = 20  # numbers of the latent for each block, and for the first layer
SHARED = 128  # numbers by which a class is known in all blocks
SIDES = (0, 8, 16)  # where self-attention may stand in both networks
_WEIGHTS = Orthogonal()
_features = partial(residual_features, start=_WEIGHTS, other_start=_WEIGHTS)


def biggan_small(
    width: float = 0.25, classes: int = 10, channels: int = 3, folder: str = "", attention: int = 0
) -> Experiment:
    """BigGAN (Brock et al. 2019, arXiv:1809.11096) on CIFAR-10, as the authors' PyTorch code trains it there.

    One embedding of the class for all blocks, joined to a piece of the latent for each: from both every norm of the
    block makes its scales and shifts. Spectral norm in both networks, first weights orthogonal, projection
    discriminator, hinge loss, 4 updates of D to one of G, Adam 2e-4 with betas 0/.999 and an epsilon of 1e-6, batch 50,
    average .9999. In G's loss the regularisation of eq. 3. Odd: the code's own script for CIFAR-10 has normal first
    weights, one piece of latent, an embedding for each norm and no regularisation, which the paper has; Adam's epsilon
    is that of the code's script for ImageNet, and a latent has 20 numbers a block; the average begins at the first
    weights, not after 1,000 steps. width=1 has the script's 256 channels; attention=16 puts self-attention after the
    maps of that side.
    """
    pictures = Pictures(channels=channels, size=32, folder=folder, labelled=True)
    adam = Adam(learning_rate=2e-4, beta1=0.0, beta2=0.999, epsilon=1e-6)
    return Experiment(
        name="biggan-small",
        summary="BigGAN on CIFAR-10",
        data=pictures.data(Cifar10()),
        networks={
            "generator": big_generator(pictures.shape, scaled(256, width), classes, attention),
            "discriminator": Network(
                inputs={
                    "sample": Input(kind="data", shape=pictures.shape),
                    "label": Input(kind="label", classes=classes),
                },
                layers=(
                    *_features(pictures.shape, scaled(256, width), attention_side=attention),
                    Projection(condition="label", spectral_norm=True, weight_init=_WEIGHTS),
                ),
            ),
        },
        players=two_players(adam, adam),
        phases=game_phases(
            "hinge", repeats=4, fake_classes="random", generator_terms=(OrthogonalRegularisation(weight=1e-4),)
        ),
        averages={"average": Average(of="generator", decay=0.9999)},
        training=Training(steps=125_000, batch_size=50),
        sampling=Sampling(network="average", rows=min(classes, 20), columns=10, every_steps=1000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )


def reacgan(width: float = 0.25, classes: int = 10, channels: int = 3, folder: str = "") -> Experiment:
    """ReACGAN (Kang et al. 2021, arXiv:2111.01118) on CIFAR-10, with the settings of PyTorch-StudioGAN.

    BigGAN's networks with self-attention at 16×16; in place of a projection, D's features and a proxy of each class are
    compared by their angles (`data_cross_entropy`, weight .5, temperature .5, margin .98). Hinge loss, 5 updates of D
    to one of G, Adam 2.8e-4 with betas .5/.999 and an epsilon of 1e-6, batch 128, average .9999. Odd: pictures are not
    mirrored; the loss is the paper's eq. 7, where the code takes the largest similarity from the exponents of one part
    alone; the average begins at the first weights, not after 1,000 steps. width=1 has the published 384 (G) and 192
    channels.
    """
    pictures = Pictures(channels=channels, size=32, folder=folder, labelled=True)
    adam = Adam(learning_rate=2.8284271e-4, beta1=0.5, beta2=0.999, epsilon=1e-6)
    side = 16
    heads = (
        L.Dense(name="validity", inputs=(POOLED,), units=1, spectral_norm=True, weight_init=_WEIGHTS),
        L.Dense(name="features", inputs=(POOLED,), units=scaled(512, width), spectral_norm=True, weight_init=_WEIGHTS),
        L.Dense(name="classes", units=classes, bias=False, weight_init=_WEIGHTS),
    )
    term = (DataCrossEntropy(weight=0.5, temperature=0.5, positive_margin=0.98),)
    return Experiment(
        name="reacgan",
        summary="ReACGAN on CIFAR-10",
        data=pictures.data(Cifar10()),
        networks={
            "generator": big_generator(pictures.shape, scaled(384, width), classes, side, epsilon=1e-4),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=pictures.shape)},
                layers=(*_features(pictures.shape, scaled(192, width), attention_side=side), *heads),
                outputs=("validity", "features", "classes"),
            ),
        },
        players=two_players(adam, adam),
        phases=game_phases("hinge", repeats=5, fake_classes="random", discriminator_terms=term, generator_terms=term),
        averages={"average": Average(of="generator", decay=0.9999)},
        training=Training(steps=100_000, batch_size=128),
        sampling=Sampling(network="average", rows=min(classes, 20), columns=10, every_steps=1000),
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=1000),
    )


def big_generator(
    shape: tuple[int, ...], channels: int, classes: int, attention: int, *, epsilon: float = 1e-5
) -> Network:
    """Return BigGAN's generator for images of a side of 4 · 2ⁿ: shared embeddings and split latents.

    shape: of an image. attention: the side of the maps after which self-attention stands, one of `SIDES`; 0 for none.
    epsilon: of the norms.
    """
    if attention not in SIDES:
        raise SpecError(f"attention: expected one of {', '.join(map(str, SIDES))} (0 for none), got {attention}")
    pieces = 1  # of the latent that have a place
    layers: list[L.Layer] = [
        L.Embedding(name="class", inputs=("label",), classes=classes, units=SHARED, weight_init=_WEIGHTS),
        L.Slice(name="piece_0", inputs=("z",), count=CHUNK),
        L.Dense(units=channels * 16, spectral_norm=True, weight_init=_WEIGHTS),
        L.Reshape(name="map_0", shape=(channels, 4, 4)),
    ]
    side, last = 4, "map_0"
    while side < shape[1]:
        side *= 2
        piece, told, name = f"piece_{pieces}", f"told_{pieces}", f"map_{pieces}"
        layers += [
            L.Slice(name=piece, inputs=("z",), start=CHUNK * pieces, count=CHUNK),
            L.Concat(name=told, inputs=("class", piece)),
            Residual(
                name=name,
                inputs=(last,),
                channels=channels,
                scale="up",
                norm="batch",
                condition=told,
                bias=False,  # later norms take it away, but for what attention in between makes of it
                spectral_norm=True,
                weight_init=_WEIGHTS,
                shortcut_init=_WEIGHTS,
                epsilon=epsilon,
                condition_init=_WEIGHTS,
                condition_spectral_norm=True,
            ),
        ]
        last = name
        if side == attention:
            last = f"attending_{pieces}"
            layers.append(SelfAttention(name=last, spectral_norm=True, weight_init=_WEIGHTS))
        pieces += 1
    image = L.Conv(channels=shape[0], kernel=3, padding=1, spectral_norm=True, weight_init=_WEIGHTS)
    inputs = latent_input(CHUNK * pieces) | {"label": Input(kind="label", classes=classes)}
    return Network(inputs=inputs, layers=(*layers, L.BatchNorm(epsilon=epsilon), L.ReLU(), image, L.Tanh()))
