"""The remedies as their papers state them, on the networks of the laboratory."""

import msgspec

from gan_core.experiments.experiment import Experiment, Phase, Player
from gan_core.laboratory.model_parts import (
    ADAM,
    Setting,
    plain_phases,
    plane_experiment,
    plane_game,
    plane_generator,
    wasserstein_phases,
    with_label,
)
from gan_core.objectives import (
    BoundaryEquilibriumDiscriminator,
    BoundaryEquilibriumGenerator,
    EnergyDiscriminator,
    EnergyGenerator,
    Objective,
    SeveralDiscriminator,
    SeveralGenerators,
    UnrolledGenerator,
)
from gan_core.objectives.penalties import R1, Dragan
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.mlp import plane_network
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

START = FanInUniform()


def gan(setting: Setting) -> Experiment:
    """Goodfellow et al. 2014 (arXiv:1406.2661), non-saturating: what the remedies are measured against."""
    return plane_game("gan", setting, phases=plain_phases(setting))


def wgan_gp(setting: Setting) -> Experiment:
    """WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028): λ 10, a generator update every 5th, betas 0 and .9."""
    return _wasserstein("wgan-gp", setting, weight=10.0)


def wgan_gp_weak(setting: Setting) -> Experiment:
    """`wgan-gp` with the λ of .1 that its authors' code takes for points (igul222/improved_wgan_training, gan_toy.py).

    With λ 10 the critic is too slow to follow the generator, which circles.
    """
    return _wasserstein("wgan-gp-weak", setting, weight=0.1)


def conditional_wgan_gp(setting: Setting) -> Experiment:
    """WGAN-GP whose networks are told the mode: an embedding of as many numbers as there are modes joins both inputs.

    Mirza, Osindero 2014 (arXiv:1411.1784) and Gulrajani et al. 2017. The critic's samples have the labels of the real
    batch, the generator's are drawn evenly; in the tutorial's loop they have those of the last batch.
    """
    return _wasserstein("conditional-wgan-gp", setting, weight=10.0, conditional=True)


def conditional_wgan_gp_weak(setting: Setting) -> Experiment:
    """`conditional-wgan-gp` with the λ of `wgan-gp-weak`."""
    return _wasserstein("conditional-wgan-gp-weak", setting, weight=0.1, conditional=True)


def minibatch_discrimination(setting: Setting) -> Experiment:
    """Salimans et al. 2016 (arXiv:1606.03498, section 3.2): 16 kernels of 4 dimensions join the 128 features."""
    *hidden, last = plane_network("data", 1).layers
    hidden[-1] = L.ReLU(name="features")
    layers = (
        *hidden,
        L.MinibatchDiscrimination(name="closeness", kernels=16, dimensions=4),
        L.Concat(inputs=("features", "closeness")),
        last,
    )
    discriminator = Network(inputs={"sample": Input(kind="data", shape=(2,))}, layers=layers)
    return plane_game(
        "minibatch-discrimination",
        setting,
        networks={"generator": plane_generator(setting), "discriminator": discriminator},
        phases=game_phases("non_saturating"),
    )


def unrolled(setting: Setting) -> Experiment:
    """Metz et al. 2017 (arXiv:1611.02163): the generator sees the discriminator of 5 simulated updates later."""
    discriminator, generator = game_phases("non_saturating")
    later = msgspec.structs.replace(generator, objective=UnrolledGenerator(unroll=5))
    return plane_game("unrolled", setting, phases=(discriminator, later))


def pacgan2(setting: Setting) -> Experiment:
    """PacGAN (Lin et al. 2018, arXiv:1712.04086): the discriminator judges 2 samples at once."""
    return _packed("pacgan2", setting, 2)


def pacgan4(setting: Setting) -> Experiment:
    """PacGAN with packs of 4."""
    return _packed("pacgan4", setting, 4)


def multi_generator(setting: Setting) -> Experiment:
    """MAD-GAN (Ghosh et al. 2018, arXiv:1704.02906): 4 generators, which the discriminator also tells apart.

    Each has its own weights, where the paper's share their first layers; they share a batch evenly.
    """
    names = tuple(f"generator_{number + 1}" for number in range(4))
    return plane_experiment(
        "multi-generator",
        setting,
        networks={name: plane_generator(setting) for name in names} | {"discriminator": plane_network("data", 5)},
        players={
            "discriminator": Player(networks=("discriminator",), optimizer=ADAM),
            "generators": Player(networks=names, optimizer=ADAM),
        },
        phases=(
            Phase(name="discriminator", player="discriminator", objective=SeveralDiscriminator(generators=names)),
            Phase(name="generators", player="generators", objective=SeveralGenerators(generators=names)),
        ),
        sampled=names,
    )


def began(setting: Setting) -> Experiment:
    """BEGAN (Berthelot et al. 2017, arXiv:1703.10717), γ .5, λ .001, on points: a code of one number.

    An autoencoder of points whose code has two numbers can copy all of them, and then tells nothing apart.
    """
    return _autoencoding("began", setting, BoundaryEquilibriumDiscriminator(), BoundaryEquilibriumGenerator(), 1)


def ebgan(setting: Setting) -> Experiment:
    """EBGAN (Zhao et al. 2017, arXiv:1609.03126) on points: margin 1, pulling-away .1, a code of two numbers.

    The margin keeps generated points from being copied; the pulling-away term needs a code of more than one number.
    """
    return _autoencoding("ebgan", setting, EnergyDiscriminator(), EnergyGenerator(pulling_away=0.1), 2)


def r1(setting: Setting) -> Experiment:
    """R1 (Mescheder et al. 2018, arXiv:1801.04406) with γ .1: the paper's 10 would blur modes this narrow."""
    return plane_game("r1", setting, phases=game_phases("non_saturating", penalties=(R1(weight=0.1),)))


def dragan(setting: Setting) -> Experiment:
    """DRAGAN (Kodali et al. 2017, arXiv:1705.07215), λ 10."""
    return plane_game("dragan", setting, phases=game_phases("non_saturating", penalties=(Dragan(weight=10.0),)))


def sngan(setting: Setting) -> Experiment:
    """SNGAN (Miyato et al. 2018, arXiv:1802.05957): hinge loss, every dense layer of D divided by its norm."""
    plain = plane_network("data", 1)
    bounded = tuple(
        msgspec.structs.replace(layer, spectral_norm=True) if isinstance(layer, L.Dense) else layer
        for layer in plain.layers
    )
    discriminator = msgspec.structs.replace(plain, layers=bounded)
    networks = {"generator": plane_generator(setting), "discriminator": discriminator}
    return plane_game("sngan", setting, networks=networks, phases=game_phases("hinge"))


def _wasserstein(name: str, setting: Setting, weight: float, conditional: bool = False) -> Experiment:
    """Return WGAN-GP with a λ of `weight`; conditional: its networks are told the mode."""
    generator, discriminator = plane_generator(setting), plane_network("data", 1)
    if conditional:
        modes = setting.data.modes
        generator, discriminator = with_label(generator, "z", modes), with_label(discriminator, "sample", modes)
    adam = Adam(learning_rate=2e-4, beta1=0.0, beta2=0.9)
    return plane_game(
        name,
        setting,
        networks={"generator": generator, "discriminator": discriminator},
        phases=wasserstein_phases(setting, weight, conditional),
        players=two_players(adam, adam),
    )


def _packed(name: str, setting: Setting, pack: int) -> Experiment:
    networks = {"generator": plane_generator(setting), "discriminator": plane_network("data", 1, inputs=2 * pack)}
    return plane_game(name, setting, networks=networks, phases=game_phases("non_saturating", pack=pack))


def _autoencoding(name: str, setting: Setting, discriminator: Objective, generator: Objective, code: int) -> Experiment:
    hidden = plane_network("data", 2).layers[:-1]
    narrow, wide = (L.Dense(units=units, weight_init=START, bias_init=START) for units in (code, 2))
    return plane_experiment(
        name,
        setting,
        networks={
            "generator": plane_generator(setting),
            "encoder": Network(inputs={"sample": Input(kind="data", shape=(2,))}, layers=(*hidden, narrow)),
            "decoder": Network(inputs={"code": Input(kind="data", shape=(code,))}, layers=(*hidden, wide)),
        },
        players={
            "discriminator": Player(networks=("encoder", "decoder"), optimizer=ADAM),
            "generator": Player(networks=("generator",), optimizer=ADAM),
        },
        phases=(
            Phase(name="discriminator", player="discriminator", objective=discriminator),
            Phase(name="generator", player="generator", objective=generator),
        ),
    )
