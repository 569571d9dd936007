"""The models that the laboratory compares: each a small function from a setting to an experiment.

All have the networks of the tutorial, three layers of 128 with ReLU, whatever their papers use, so that only the
remedy differs: z of two normal numbers, Adam 2e-4 with betas .5/.999 unless a model says otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

import msgspec
from scipy.spatial.distance import pdist

from gan_core.data.sources import Mixture
from gan_core.errors import UsageError
from gan_core.experiments.experiment import Average, Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
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
from gan_core.objectives.penalties import R1, Dragan, GradientPenalty
from gan_core.presets.architectures import latent_input
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.mlp import plane_network
from gan_core.specs import layers as L
from gan_core.specs.initializers import FanInUniform, KaimingUniform, Uniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, LinearDecay
from gan_core.specs.registry import Registry

_START = FanInUniform()
_ADAM = Adam(learning_rate=2e-4, beta1=0.5)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a model is given: the points, how long, how many at once.

    bounded: whether generators end in tanh, which they can where the points lie within ±1.
    """

    data: Mixture
    steps: int
    batch_size: int = 128
    bounded: bool = True


@dataclass(frozen=True)
class Model:
    """A model of the laboratory and where it comes from."""

    make: Callable[[Setting], Experiment]
    _: KW_ONLY
    paper: str = ""


MODELS: Registry[Model] = Registry("model", Model)
"""The models by their names, in the order of tables; one of a user's joins as these do."""


@MODELS.register("gan", paper="Goodfellow 2014")
def gan(setting: Setting) -> Experiment:
    """Goodfellow et al. 2014 (arXiv:1406.2661), non-saturating: what the remedies are measured against."""
    return _game("gan", setting, phases=game_phases("non_saturating"))


@MODELS.register("wgan-gp", paper="Gulrajani 2017")
def wgan_gp(setting: Setting) -> Experiment:
    """WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028): λ 10, a generator update every 5th, betas 0 and .9."""
    return _wasserstein("wgan-gp", setting, weight=10.0)


@MODELS.register("wgan-gp-weak", paper="Gulrajani 2017")
def wgan_gp_weak(setting: Setting) -> Experiment:
    """`wgan-gp` with the λ of .1 that its authors' code takes for points (igul222/improved_wgan_training, gan_toy.py).

    With λ 10 the critic is too slow to follow the generator, which circles.
    """
    return _wasserstein("wgan-gp-weak", setting, weight=0.1)


@MODELS.register("conditional-wgan-gp", paper="Mirza 2014, Gulrajani 2017")
def conditional_wgan_gp(setting: Setting) -> Experiment:
    """WGAN-GP whose networks are told the mode: an embedding of as many numbers as there are modes joins both inputs.

    Mirza, Osindero 2014 (arXiv:1411.1784) and Gulrajani et al. 2017; the labels of generated samples are even.
    """
    return _wasserstein("conditional-wgan-gp", setting, weight=10.0, told=True)


@MODELS.register("conditional-wgan-gp-weak", paper="Mirza 2014, Gulrajani 2017")
def conditional_wgan_gp_weak(setting: Setting) -> Experiment:
    """`conditional-wgan-gp` with the λ of `wgan-gp-weak`."""
    return _wasserstein("conditional-wgan-gp-weak", setting, weight=0.1, told=True)


@MODELS.register("minibatch-discrimination", paper="Salimans 2016")
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
    return _game(
        "minibatch-discrimination",
        setting,
        networks={"generator": _generator(setting), "discriminator": discriminator},
        phases=game_phases("non_saturating"),
    )


@MODELS.register("unrolled", paper="Metz 2017")
def unrolled(setting: Setting) -> Experiment:
    """Metz et al. 2017 (arXiv:1611.02163): the generator sees the discriminator of 5 simulated updates later."""
    discriminator, generator = game_phases("non_saturating")
    later = msgspec.structs.replace(generator, objective=UnrolledGenerator(unroll=5))
    return _game("unrolled", setting, phases=(discriminator, later))


@MODELS.register("pacgan2", paper="Lin 2018")
def pacgan2(setting: Setting) -> Experiment:
    """PacGAN (Lin et al. 2018, arXiv:1712.04086): the discriminator judges 2 samples at once."""
    return _packed("pacgan2", setting, 2)


@MODELS.register("pacgan4", paper="Lin 2018")
def pacgan4(setting: Setting) -> Experiment:
    """PacGAN with packs of 4."""
    return _packed("pacgan4", setting, 4)


@MODELS.register("multi-generator", paper="Ghosh 2018")
def multi_generator(setting: Setting) -> Experiment:
    """MAD-GAN (Ghosh et al. 2018, arXiv:1704.02906): 4 generators, which the discriminator also tells apart.

    Each has its own weights, where the paper's share their first layers; they share a batch evenly.
    """
    names = tuple(f"generator_{number + 1}" for number in range(4))
    return _experiment(
        "multi-generator",
        setting,
        networks={name: _generator(setting) for name in names} | {"discriminator": plane_network("data", 5)},
        players={
            "discriminator": Player(networks=("discriminator",), optimizer=_ADAM),
            "generators": Player(networks=names, optimizer=_ADAM),
        },
        phases=(
            Phase(name="discriminator", player="discriminator", objective=SeveralDiscriminator(generators=names)),
            Phase(name="generators", player="generators", objective=SeveralGenerators(generators=names)),
        ),
        sampled=names,
    )


@MODELS.register("began", paper="Berthelot 2017")
def began(setting: Setting) -> Experiment:
    """BEGAN (Berthelot et al. 2017, arXiv:1703.10717), γ .5, λ .001, on points: a code of one number.

    An autoencoder of points whose code has two numbers can copy all of them, and then tells nothing apart.
    """
    return _autoencoding("began", setting, BoundaryEquilibriumDiscriminator(), BoundaryEquilibriumGenerator(), 1)


@MODELS.register("ebgan", paper="Zhao 2017")
def ebgan(setting: Setting) -> Experiment:
    """EBGAN (Zhao et al. 2017, arXiv:1609.03126) on points: margin 1, pulling-away .1, a code of two numbers.

    The margin keeps generated points from being copied; the pulling-away term needs a code of more than one number.
    """
    return _autoencoding("ebgan", setting, EnergyDiscriminator(), EnergyGenerator(pulling_away=0.1), 2)


@MODELS.register("r1", paper="Mescheder 2018")
def r1(setting: Setting) -> Experiment:
    """R1 (Mescheder et al. 2018, arXiv:1801.04406) with γ .1: the paper's 10 would blur modes this narrow."""
    return _game("r1", setting, phases=game_phases("non_saturating", penalties=(R1(weight=0.1),)))


@MODELS.register("dragan", paper="Kodali 2017")
def dragan(setting: Setting) -> Experiment:
    """DRAGAN (Kodali et al. 2017, arXiv:1705.07215), λ 10."""
    return _game("dragan", setting, phases=game_phases("non_saturating", penalties=(Dragan(weight=10.0),)))


@MODELS.register("sngan", paper="Miyato 2018")
def sngan(setting: Setting) -> Experiment:
    """SNGAN (Miyato et al. 2018, arXiv:1802.05957): hinge loss, every dense layer of D divided by its norm."""
    plain = plane_network("data", 1)
    bounded = tuple(
        msgspec.structs.replace(layer, spectral_norm=True) if isinstance(layer, L.Dense) else layer
        for layer in plain.layers
    )
    discriminator = msgspec.structs.replace(plain, layers=bounded)
    networks = {"generator": _generator(setting), "discriminator": discriminator}
    return _game("sngan", setting, networks=networks, phases=game_phases("hinge"))


@MODELS.register("r1-average", paper="Mescheder 2018, Yazıcı 2019")
def r1_average(setting: Setting) -> Experiment:
    """R1 with γ 1e-4, rates of 1e-3 (D) and 5e-4 (G) that fall to 0 over the second half, and an average of G.

    The average (decay .999; Yazıcı et al. 2019, arXiv:1806.04498) and the falling rates still the game's circling. D
    has to see gaps of a few hundredths, hence its faster rate and a γ that allows slopes of 1 in so little.
    """
    return _settled("r1-average", setting, _generator(setting), plane_network("data", 1))


@MODELS.register("bits-r1-average", paper="Mescheder 2018, Gurumurthy 2017")
def bits_r1_average(setting: Setting) -> Experiment:
    """`r1-average` with a latent that has gaps: 8 of its normal numbers become ±1, which z joins.

    A continuous generator maps a connected latent to a connected set: what lies between modes is drawn too. Steep tanh
    cuts the latent into 256 pieces, as the mixture latent of DeLiGAN does (Gurumurthy et al. 2017, arXiv:1706.02071).
    """
    return _settled("bits-r1-average", setting, _cut_generator(setting), plane_network("data", 1))


@MODELS.register("sharp-r1-average", paper="Mescheder 2018, Tancik 2020, He 2015")
def sharp_r1_average(setting: Setting) -> Experiment:
    """`bits-r1-average` with steps in the discriminator's first layer, and a generator that starts all over the plane.

    Networks of ReLU learn what varies slowly long before what varies fast (Rahaman et al. 2019, arXiv:1806.08734): of
    32 modes on a ring they see the ring. Random steep features remedy it, as Fourier features do (Tancik et al. 2020,
    arXiv:2006.10739); their slopes are told the distance of neighbouring modes. Such features say nothing from afar,
    so the 256 pieces must not all have to travel from the middle: the generator's weights are drawn after He et al.
    2015 (arXiv:1502.01852), which keeps the size of its latent.
    """
    return _settled("sharp-r1-average", setting, _wide(_cut_generator(setting)), _sharp_discriminator(setting))


@MODELS.register("conditional-r1-average", paper="Mirza 2014, Mescheder 2018")
def conditional_r1_average(setting: Setting) -> Experiment:
    """`r1-average` whose networks are told the mode, as in `conditional-wgan-gp`."""
    modes = setting.data.modes
    generator, discriminator = _generator(setting), plane_network("data", 1)
    return _settled(
        "conditional-r1-average", setting, _told(generator, "z", modes), _told(discriminator, "sample", modes)
    )


@MODELS.register("conditional-sharp-wgan-gp", paper="Mirza 2014, Gulrajani 2017, Tancik 2020")
def conditional_sharp_wgan_gp(setting: Setting) -> Experiment:
    """`conditional-wgan-gp-weak` with the critic, the start, the average and the falling rates of `sharp-r1-average`.

    The critic is told the mode after its steps. `conditional-r1-average` first covers all modes too, then shrinks each
    to a line that circles; here they keep half to two thirds of their width.
    """
    modes = setting.data.modes
    adam = Adam(learning_rate=2e-4, beta1=0.0, beta2=0.9, schedule=_second_half(setting))
    return _game(
        "conditional-sharp-wgan-gp",
        setting,
        networks={
            "generator": _told(_wide(_generator(setting)), "z", modes),
            "discriminator": _told(_sharp_discriminator(setting, "steps"), "steps", modes, after=2),
        },
        phases=_wasserstein_phases(weight=0.1),
        players=two_players(adam, adam),
        averages={"average": Average(of="generator")},
    )


def model_experiment(name: str, setting: Setting, seed: int = 0) -> Experiment:
    """Return a model's experiment. Raises `UsageError` with the nearest name for an unknown model."""
    made = MODELS.find(name).make(setting)
    return msgspec.structs.replace(made, training=msgspec.structs.replace(made.training, seed=seed))


def _generator(setting: Setting, latent_size: int = 2) -> Network:
    """Return the tutorial's generator; without its tanh where the points are not bounded."""
    plain = plane_network("latent", 2)
    layers = plain.layers if setting.bounded else plain.layers[:-1]
    return Network(inputs=latent_input(latent_size), layers=layers)


def _cut_generator(setting: Setting) -> Network:
    """Return the tutorial's generator with 8 further latents, each of which is ±1 but for one draw in a hundred."""
    bits = {"bits": Input(kind="latent", shape=(8,))}
    steep = (L.Scale(inputs=("bits",), factor=200.0), L.Tanh(name="signs"), L.Concat(inputs=("z", "signs")))
    plain = _generator(setting)
    return Network(inputs=plain.inputs | bits, layers=(*steep, *plain.layers))


def _wide(network: Network) -> Network:
    """Return a network whose outputs are as large as its inputs at the start."""
    layers = tuple(
        msgspec.structs.replace(layer, weight_init=KaimingUniform(), bias_init=Uniform(limit=1.0))
        if isinstance(layer, L.Dense)
        else layer
        for layer in network.layers
    )
    return msgspec.structs.replace(network, layers=layers)


def _sharp_discriminator(setting: Setting, steps: str = "") -> Network:
    """Return the tutorial's discriminator, its first layer tanh steps that lie anywhere in the plane.

    Slopes reach 7 over the distance between neighbouring modes. steps: a name for that layer's
    outputs. Raises `UsageError` where there is one mode alone.
    """
    centres = setting.data.load(None).centres
    if centres is None or len(centres) < 2:
        raise UsageError("the sharp models are told the distance between modes; give them 2 or more")
    slope = 7.0 / float(pdist(centres).min())
    reach = 1.0 if setting.bounded else float(abs(centres).max())
    plain = plane_network("data", 1)
    first = L.Dense(units=128, weight_init=Uniform(limit=slope), bias_init=Uniform(limit=slope * reach))
    return msgspec.structs.replace(plain, layers=(first, L.Tanh(name=steps), *plain.layers[2:]))


def _second_half(setting: Setting) -> LinearDecay:
    return LinearDecay(start=setting.steps // 2, end=setting.steps)


def _settled(name: str, setting: Setting, generator: Network, discriminator: Network) -> Experiment:
    fall = _second_half(setting)
    slow, fast = (Adam(learning_rate=rate, beta1=0.5, schedule=fall) for rate in (5e-4, 1e-3))
    return _game(
        name,
        setting,
        networks={"generator": generator, "discriminator": discriminator},
        phases=game_phases("non_saturating", penalties=(R1(weight=1e-4),)),
        players=two_players(slow, fast),
        averages={"average": Average(of="generator")},
    )


def _told(plain: Network, entrance: str, modes: int, after: int = 0) -> Network:
    """Return a network in which an embedding of the mode joins `entrance`, an input or the last of `after` layers."""
    return Network(
        inputs=plain.inputs | {"label": Input(kind="label", classes=modes)},
        layers=(
            *plain.layers[:after],
            L.Embedding(name="code", inputs=("label",), classes=modes, units=modes),
            L.Concat(inputs=(entrance, "code")),
            *plain.layers[after:],
        ),
    )


def _wasserstein(name: str, setting: Setting, weight: float, told: bool = False) -> Experiment:
    """Return WGAN-GP with a λ of `weight`; told: its networks are told the mode."""
    generator, discriminator = _generator(setting), plane_network("data", 1)
    if told:
        modes = setting.data.modes
        generator, discriminator = _told(generator, "z", modes), _told(discriminator, "sample", modes)
    adam = Adam(learning_rate=2e-4, beta1=0.0, beta2=0.9)
    return _game(
        name,
        setting,
        networks={"generator": generator, "discriminator": discriminator},
        phases=_wasserstein_phases(weight),
        players=two_players(adam, adam),
    )


def _wasserstein_phases(weight: float) -> tuple[Phase, ...]:
    return game_phases("wasserstein", penalties=(GradientPenalty(weight=weight),), generator_every=5)


def _packed(name: str, setting: Setting, pack: int) -> Experiment:
    networks = {"generator": _generator(setting), "discriminator": plane_network("data", 1, inputs=2 * pack)}
    return _game(name, setting, networks=networks, phases=game_phases("non_saturating", pack=pack))


def _autoencoding(name: str, setting: Setting, discriminator: Objective, generator: Objective, code: int) -> Experiment:
    hidden = plane_network("data", 2).layers[:-1]
    narrow, wide = (L.Dense(units=units, weight_init=_START, bias_init=_START) for units in (code, 2))
    return _experiment(
        name,
        setting,
        networks={
            "generator": _generator(setting),
            "encoder": Network(inputs={"sample": Input(kind="data", shape=(2,))}, layers=(*hidden, narrow)),
            "decoder": Network(inputs={"code": Input(kind="data", shape=(code,))}, layers=(*hidden, wide)),
        },
        players={
            "discriminator": Player(networks=("encoder", "decoder"), optimizer=_ADAM),
            "generator": Player(networks=("generator",), optimizer=_ADAM),
        },
        phases=(
            Phase(name="discriminator", player="discriminator", objective=discriminator),
            Phase(name="generator", player="generator", objective=generator),
        ),
    )


def _game(
    name: str,
    setting: Setting,
    phases: tuple[Phase, ...],
    players: dict[str, Player] | None = None,
    networks: dict[str, Network] | None = None,
    averages: Mapping[str, Average] | None = None,
) -> Experiment:
    return _experiment(
        name,
        setting,
        networks=networks or {"generator": _generator(setting), "discriminator": plane_network("data", 1)},
        players=players or two_players(_ADAM, _ADAM),
        phases=phases,
        averages=dict(averages or {}),
        sampled=next(iter(averages or {}), "generator"),
    )


def _experiment(
    name: str,
    setting: Setting,
    networks: dict[str, Network],
    players: dict[str, Player],
    phases: tuple[Phase, ...],
    sampled: str | tuple[str, ...] = "generator",
    **rest: Any,
) -> Experiment:
    """Return an experiment that writes no more than its last sheet: the laboratory looks at the end alone."""
    data = setting.data
    return Experiment(
        name=name,
        summary=f"{name} on a {data.layout} of {data.modes} Gaussians",
        data=data,
        networks=networks,
        players=players,
        phases=phases,
        training=Training(steps=setting.steps, batch_size=setting.batch_size),
        sampling=Sampling(network=sampled, rows=40, columns=50, every_steps=setting.steps),
        logging=Logging(every_steps=500),
        checkpoint=Checkpoint(every_steps=setting.steps),
        **rest,
    )
