"""Presets against mode collapse, on Gaussians in the plane and on MNIST with dense layers."""

import msgspec

from gan_core.data.sources import Mixture
from gan_core.experiments.experiment import Experiment, Phase, Player, Sampling, Training
from gan_core.objectives import SeveralDiscriminator, SeveralGenerators, UnrolledGenerator
from gan_core.presets.architectures import mlp_discriminator, mlp_generator
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.mlp import mixture_8, on_mnist, plane_network
from gan_core.presets.pictures import Pictures
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

_START = FanInUniform()


def pacgan(pack: int = 2, modes: int = 8) -> Experiment:
    """PacGAN (Lin et al. 2018, arXiv:1712.04086) on a ring of 8 Gaussians: the discriminator sees `pack` at once.

    The networks are those of `mixture-8`, not the paper's; Adam 2e-4 with betas .5/.999, batch 120 (2, 3, 4 divide it).
    """
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    plain = mixture_8()
    return msgspec.structs.replace(
        plain,
        name="pacgan",
        summary=f"PacGAN{pack} on a ring of {modes} Gaussians",
        data=Mixture(layout="ring", modes=modes, standard_deviation=0.01, extent=0.9),
        networks={
            "generator": plane_network("latent", 2),
            "discriminator": plane_network("data", 1, inputs=2 * pack),
        },
        players=two_players(adam, adam),
        phases=game_phases("non_saturating", pack=pack),
        training=Training(steps=83 * 400, batch_size=120),
    )


def mnist_pacgan(pack: int = 2, channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """PacGAN (Lin et al. 2018, arXiv:1712.04086) on MNIST: `pack` images side by side in the channels.

    The networks are those of `mnist-mlp`, Adam 2e-4 with beta1 .5.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return on_mnist(
        "mnist-pacgan",
        f"PacGAN{pack}, MLP networks on MNIST",
        pictures,
        players=two_players(adam, adam),
        phases=game_phases("non_saturating", pack=pack),
        networks={
            "generator": mlp_generator(100, (256, 512, 1024), pictures.shape, running_update_rate=0.1),
            "discriminator": mlp_discriminator((pack * channels, size, size), (512, 256)),
        },
    )


def unrolled(unroll: int = 5) -> Experiment:
    """Unrolled GAN (Metz et al. 2017, arXiv:1611.02163) on the Gaussians and networks of `mixture-8`.

    The generator sees the discriminator of `unroll` simulated updates later, and is differentiated through them. Adam
    2e-4 with beta1 .5; the paper trains other networks, on a ring, with 5 and 10 steps.
    """
    plain = mixture_8()
    return msgspec.structs.replace(
        plain,
        name="unrolled",
        summary=f"GAN unrolled {unroll} steps on 8 Gaussians in the plane",
        phases=_unrolled_phases(plain, unroll),
    )


def mnist_unrolled(unroll: int = 5, channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """Unrolled GAN (Metz et al. 2017, arXiv:1611.02163) on MNIST, with the networks of `mnist-mlp`.

    Adam 2e-4 with beta1 .5; the paper's MNIST networks are recurrent or convolutional.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    plain = on_mnist(
        "mnist-unrolled",
        f"GAN unrolled {unroll} steps, MLP networks on MNIST",
        pictures,
        players=two_players(adam, adam),
        phases=game_phases("non_saturating"),
    )
    return msgspec.structs.replace(plain, phases=_unrolled_phases(plain, unroll))


def _unrolled_phases(plain: Experiment, unroll: int) -> tuple[Phase, ...]:
    discriminator, generator = plain.phases
    return discriminator, msgspec.structs.replace(generator, objective=UnrolledGenerator(unroll=unroll))


def minibatch_discrimination(channels: int = 1, size: int = 28, folder: str = "", features: int = 256) -> Experiment:
    """Minibatch discrimination (Salimans et al. 2016, arXiv:1606.03498, section 3.2) on MNIST.

    The discriminator's 256 features go through a tensor T of 256×(32·5) from N(0, 1); for each sample, the sums of
    exp(−L1 distance) to the others' rows join the features. Networks as in `mnist-mlp`, Adam 2e-4 with beta1 .5;
    with features=512 the discriminator is the 512-512 of a tutorial.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    layers = [
        L.Flatten(),
        L.Dense(units=512, weight_init=_START, bias_init=_START),
        L.LeakyReLU(slope=0.2),
        L.Dense(units=features, weight_init=_START, bias_init=_START),
        L.LeakyReLU(name="features", slope=0.2),
        L.MinibatchDiscrimination(name="closeness", kernels=32, dimensions=5),
        L.Concat(inputs=("features", "closeness")),
        L.Dense(units=1, weight_init=_START, bias_init=_START),
    ]
    return on_mnist(
        "minibatch-discrimination",
        "GAN with minibatch discrimination, MLP networks on MNIST",
        pictures,
        players=two_players(adam, adam),
        phases=game_phases("non_saturating"),
        networks={
            "generator": mlp_generator(100, (256, 512, 1024), pictures.shape, running_update_rate=0.1),
            "discriminator": Network(inputs={"sample": Input(kind="data", shape=pictures.shape)}, layers=tuple(layers)),
        },
    )


def multi_generator(generators: int = 4) -> Experiment:
    """MAD-GAN (Ghosh et al. 2018, arXiv:1704.02906) on the Gaussians of `mixture-8`: 4 generators, one discriminator.

    The discriminator also tells the generators apart. Each generator has its own weights, where the paper's share
    their first layers; the networks are those of `mixture-8`, Adam 2e-4 with beta1 .5, batch 128 shared evenly.
    """
    plain = mixture_8()
    names = _generator_names(generators)
    networks = {name: plane_network("latent", 2) for name in names}
    return msgspec.structs.replace(
        plain,
        name="multi-generator",
        summary=f"{generators} generators against one discriminator on 8 Gaussians",
        networks=networks | {"discriminator": plane_network("data", generators + 1)},
        players=_several_players(names),
        phases=_several_phases(names),
        sampling=msgspec.structs.replace(plain.sampling, network=names),
    )


def mnist_multi_generator(generators: int = 4, channels: int = 1, size: int = 28, folder: str = "") -> Experiment:
    """MAD-GAN (Ghosh et al. 2018, arXiv:1704.02906) on MNIST: each column of the sheet is made by one generator.

    Narrower generators (128-256-512) than `mnist-mlp` has, each with its own weights; Adam 2e-4 with beta1 .5.
    """
    pictures = Pictures(channels=channels, size=size, folder=folder)
    names = _generator_names(generators)
    networks = {name: mlp_generator(100, (128, 256, 512), pictures.shape, running_update_rate=0.1) for name in names}
    return on_mnist(
        "mnist-multi-generator",
        f"{generators} generators against one discriminator, MLP networks on MNIST",
        pictures,
        players=_several_players(names),
        phases=_several_phases(names),
        networks=networks | {"discriminator": mlp_discriminator(pictures.shape, (512, 256), units=generators + 1)},
        sampling=Sampling(network=names, rows=8, columns=2 * generators, every_steps=2000),
    )


def _generator_names(generators: int) -> tuple[str, ...]:
    return tuple(f"generator_{number + 1}" for number in range(generators))


def _several_players(names: tuple[str, ...]) -> dict[str, Player]:
    adam = Adam(learning_rate=2e-4, beta1=0.5)
    return {
        "discriminator": Player(networks=("discriminator",), optimizer=adam),
        "generators": Player(networks=names, optimizer=adam),
    }


def _several_phases(names: tuple[str, ...]) -> tuple[Phase, ...]:
    return (
        Phase(name="discriminator", player="discriminator", objective=SeveralDiscriminator(generators=names)),
        Phase(name="generators", player="generators", objective=SeveralGenerators(generators=names)),
    )
