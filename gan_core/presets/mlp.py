"""Presets whose networks are dense layers."""

import math

import msgspec

from gan_core.data.sources import Digits, Mixture
from gan_core.experiments.experiment import Average, Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives.penalties import R1, Dragan, GradientPenalty
from gan_core.presets.architectures import latent_input, mlp_discriminator, mlp_generator
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.pictures import Pictures
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform, Uniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, ExponentialDecay, RmsProp, Sgd

SHEET = Sampling(rows=10, columns=10, every_steps=2000)


def digits_mlp(channels: int = 1, size: int = 8, folder: str = "") -> Experiment:
    """A small MLP GAN on scikit-learn's 8×8 digits: the embedded default, readable within a minute on one core.

    Goodfellow et al. 2014 (arXiv:1406.2661), non-saturating. Settings are this library's own.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    return Experiment(
        name="digits-mlp",
        summary="MLP GAN on scikit-learn's 8×8 digits",
        data=pictures.data(Digits()),
        networks={
            "generator": mlp_generator(32, (128, 256), pictures.shape, running_update_rate=0.1),
            "discriminator": mlp_discriminator(pictures.shape, (256, 128)),
        },
        players=two_players(Adam(learning_rate=5e-4, beta1=0.5), Adam(learning_rate=5e-4, beta1=0.5)),
        phases=game_phases("non_saturating"),
        training=Training(steps=6000, batch_size=64),
        sampling=Sampling(rows=8, columns=8, every_steps=1000),
        logging=Logging(every_steps=100),
        checkpoint=Checkpoint(every_steps=2000),
    )


def mnist_mlp(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """The MLP GAN of many tutorials (Goodfellow et al. 2014, arXiv:1406.2661) on MNIST in [−1, 1].

    Odd, and kept: batch norm takes a share of .8 of the new batch (a Keras `momentum=0.8` read as PyTorch's), Adam's
    learning rate is 1e-3 with beta1 .9, and the generator gets fresh latents. The discriminator returns logits; the
    tutorial's sigmoid is inside the loss. The tutorial trains 1,000 epochs and calls the digits good from 150 on, which
    are the default here (--epochs 1000 for its own); a sheet after the first epoch and after every 50th.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    return Experiment(
        name="mnist-mlp",
        summary="MLP GAN on MNIST",
        data=pictures.mnist(),
        networks={
            "generator": mlp_generator(100, (256, 512, 1024), pictures.shape, running_update_rate=0.8),
            "discriminator": mlp_discriminator(pictures.shape, (512, 256)),
        },
        players=two_players(Adam(learning_rate=1e-3), Adam(learning_rate=1e-3)),
        phases=game_phases("non_saturating"),
        training=Training(steps=937 * 150, batch_size=64),
        sampling=Sampling(rows=4, columns=4, every_epochs=50),
        logging=Logging(every_steps=100),
        checkpoint=Checkpoint(every_epochs=5),
    )


def mnist_wgan_gp(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028) with MLP networks on MNIST.

    λ 10, 5 critic updates per generator update, Adam 1e-4 with betas 0 and .9 (the paper's algorithm 1); no batch
    norm in the critic, since the penalty is each sample's own.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=1e-4, beta1=0.0, beta2=0.9)
    return on_mnist(
        "mnist-wgan-gp",
        "WGAN-GP with MLP networks on MNIST",
        pictures,
        players=two_players(adam, adam),
        phases=game_phases("wasserstein", penalties=(GradientPenalty(weight=10.0),), repeats=5),
    )


def mixture_8() -> Experiment:
    """The GAN of Goodfellow et al. 2014 (arXiv:1406.2661) on 8 Gaussians, as a tutorial on mode collapse has it.

    Standard deviation .5, scaled to ±.9; 3 hidden layers of 128 with ReLU in both networks, z 2, tanh; Adam 2e-4 with
    betas .5/.999, batch 128, 500 epochs of 10,000 points; non-saturating. Expect it to lose modes: that is its use.
    """
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return Experiment(
        name="mixture-8",
        summary="MLP GAN on 8 Gaussians in the plane",
        data=Mixture(layout="square", modes=8, standard_deviation=0.5, extent=0.9),
        networks={"generator": plane_network("latent", 2), "discriminator": plane_network("data", 1)},
        players=two_players(adam, adam),
        phases=game_phases("non_saturating"),
        training=Training(steps=78 * 500, batch_size=128),
        sampling=Sampling(rows=40, columns=50, every_steps=3900),
        logging=Logging(every_steps=100),
        checkpoint=Checkpoint(every_steps=7800),
    )


def plane_network(kind: str, units: int, inputs: int = 2) -> Network:
    """Return three layers of 128 with ReLU, for points: a generator ("latent"), or a discriminator of `inputs` values.

    units: of the last layer.
    """
    start = FanInUniform()
    layers: list[L.Layer] = []
    for _ in range(3):
        layers += [L.Dense(units=128, weight_init=start, bias_init=start), L.ReLU()]
    layers.append(L.Dense(units=units, weight_init=start, bias_init=start))
    if kind == "latent":
        return Network(inputs=latent_input(2), layers=(*layers, L.Tanh()))
    return Network(inputs={"sample": Input(kind="data", shape=(inputs,))}, layers=tuple(layers))


def mnist_wgan(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """WGAN (Arjovsky et al. 2017, arXiv:1701.07875) with MLP networks on MNIST.

    The paper's algorithm 1: weights of the critic clipped to ±.01, RMSprop 5e-5, 5 critic updates per generator update.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    rmsprop = RmsProp(learning_rate=5e-5)
    return on_mnist(
        "mnist-wgan",
        "WGAN with clipped weights, MLP networks on MNIST",
        pictures,
        players=two_players(rmsprop, rmsprop, clip_weights=0.01),
        phases=game_phases("wasserstein", repeats=5),
    )


def mnist_r1(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """R1 (Mescheder et al. 2018, arXiv:1801.04406) on the networks of `mnist-mlp`, γ 10, Adam 2e-4 with beta1 .5.

    Samples are made by an average of the generator's weights (decay .999), as in the paper.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    plain = on_mnist(
        "mnist-r1",
        "non-saturating GAN with an R1 penalty, MLP networks on MNIST",
        pictures,
        players=two_players(adam, adam),
        phases=game_phases("non_saturating", penalties=(R1(weight=10.0),)),
    )
    return msgspec.structs.replace(
        plain,
        averages={"average": Average(of="generator")},
        sampling=msgspec.structs.replace(SHEET, network="average"),
    )


def mnist_dragan(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """DRAGAN (Kodali et al. 2017, arXiv:1705.07215) on the networks of `mnist-mlp`, λ 10, Adam 2e-4 with beta1 .5."""
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return on_mnist(
        "mnist-dragan",
        "DRAGAN, MLP networks on MNIST",
        pictures,
        players=two_players(adam, adam),
        phases=game_phases("non_saturating", penalties=(Dragan(weight=10.0),)),
    )


def mnist_relativistic(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """Relativistic average GAN (Jolicoeur-Martineau 2018, arXiv:1807.00734), MLP networks, Adam 2e-4, beta1 .5.

    The discriminator's last layer has no bias: the loss sees differences of logits alone, so its gradient is 0, and
    Adam would walk on what rounding leaves of it.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return on_mnist(
        "mnist-relativistic",
        "relativistic average GAN, MLP networks on MNIST",
        pictures,
        players=two_players(adam, adam),
        phases=game_phases("relativistic_average"),
        networks={
            "generator": mlp_generator(100, (256, 512, 1024), pictures.shape, running_update_rate=0.1),
            "discriminator": mlp_discriminator(pictures.shape, (512, 256), last_bias=False),
        },
    )


def mnist_cgan(classes: int = 10, channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """Conditional GAN (Mirza, Osindero 2014, arXiv:1411.1784) with MLP networks on MNIST.

    An embedding of the label (50 numbers) is joined to the latent and to the flattened image, as tutorials have it;
    the paper maps a one-hot label through a layer of its own. Adam 2e-4 with beta1 .5.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder, labelled=True)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    label = {"label": Input(kind="label", classes=classes)}
    code = L.Embedding(name="code", inputs=("label",), classes=classes, units=50)
    generator = mlp_generator(100, (256, 512, 1024), pictures.shape, running_update_rate=0.1)
    discriminator = mlp_discriminator(pictures.shape, (512, 256))
    return on_mnist(
        "mnist-cgan",
        "conditional GAN with MLP networks on MNIST",
        pictures,
        players=two_players(adam, adam),
        phases=game_phases("non_saturating"),
        networks={
            "generator": Network(
                inputs=generator.inputs | label,
                layers=(code, L.Concat(inputs=("z", "code")), *generator.layers),
            ),
            "discriminator": Network(
                inputs=discriminator.inputs | label,
                layers=(
                    code,
                    L.Flatten(name="pixels", inputs=("sample",)),
                    L.Concat(inputs=("pixels", "code")),
                    *discriminator.layers[1:],
                ),
            ),
        },
    )


def mnist_maxout(channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """The first GAN on MNIST: Goodfellow et al. 2014 (arXiv:1406.2661), settings of the authors' published code.

    G: z of 100 uniform numbers, two layers of 1,200 ReLU, sigmoid, images in [0, 1]. D: two maxout layers of 240 units
    with 5 pieces each, dropout .2 on the image and .5 after each layer. Stochastic gradient descent with momentum .5
    and a learning rate of .1, falling by 1.000004 an update; batch 100; non-saturating. The code's z is U(−√3, √3)
    and its momentum rises to .7; here z is U(−1, 1), the first layer's weights √3 times as wide, and momentum stays.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    sgd = Sgd(learning_rate=0.1, momentum=0.5, schedule=ExponentialDecay(rate=1 / 1.000004))
    wide, narrow = Uniform(limit=0.05), Uniform(limit=0.005)
    first = Uniform(limit=0.05 * 3**0.5)
    generator: list[L.Layer] = [L.Dense(units=1200, weight_init=first), L.ReLU()]
    generator += [
        L.Dense(units=1200, weight_init=wide),
        L.ReLU(),
        L.Dense(units=math.prod(pictures.shape), weight_init=wide),
    ]
    generator += [L.Sigmoid(), L.Reshape(shape=pictures.shape)]
    discriminator: list[L.Layer] = [L.Flatten(), L.Dropout(rate=0.2)]
    for _ in range(2):
        discriminator += [L.Dense(units=240 * 5, weight_init=narrow), L.Maxout(pieces=5), L.Dropout(rate=0.5)]
    discriminator.append(L.Dense(units=1, weight_init=narrow))
    return on_mnist(
        "mnist-maxout",
        "the GAN of 2014 with a maxout discriminator on MNIST",
        pictures,
        players=two_players(sgd, sgd),
        phases=game_phases("non_saturating"),
        networks={
            "generator": Network(inputs=latent_input(100, "uniform"), layers=tuple(generator)),
            "discriminator": Network(
                inputs={"sample": Input(kind="data", shape=pictures.shape)}, layers=tuple(discriminator)
            ),
        },
        value_range=(0.0, 1.0),
        batch_size=100,
    )


def on_mnist(
    name: str,
    summary: str,
    pictures: Pictures,
    players: dict[str, Player],
    phases: tuple[Phase, ...],
    networks: dict[str, Network] | None = None,
    value_range: tuple[float, float] = (-1.0, 1.0),
    batch_size: int = 64,
    sampling: Sampling = SHEET,
) -> Experiment:
    """Return an experiment on MNIST, or on the folder that `pictures` names.

    networks: those of `mnist-mlp` with the usual batch norm unless given.
    """
    return Experiment(
        name=name,
        summary=summary,
        data=pictures.mnist(value_range),
        networks=networks
        or {
            "generator": mlp_generator(100, (256, 512, 1024), pictures.shape, running_update_rate=0.1),
            "discriminator": mlp_discriminator(pictures.shape, (512, 256)),
        },
        players=players,
        phases=phases,
        training=Training(steps=40_000, batch_size=batch_size),
        sampling=sampling,
        logging=Logging(every_steps=50),
        checkpoint=Checkpoint(every_steps=2000),
    )
