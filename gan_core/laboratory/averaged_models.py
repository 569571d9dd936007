"""Models whose rates fall and whose generator is averaged: what it takes to reach all modes and stay there."""

import msgspec
from scipy.spatial.distance import pdist

from gan_core.errors import UsageError
from gan_core.experiments.experiment import Average, Experiment
from gan_core.laboratory.model_parts import (
    Setting,
    plane_game,
    plane_generator,
    second_half,
    wasserstein_phases,
    with_label,
)
from gan_core.objectives.penalties import R1
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.mlp import plane_network
from gan_core.specs import layers as L
from gan_core.specs.initializers import KaimingUniform, Uniform
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam


def r1_average(setting: Setting) -> Experiment:
    """R1 with γ 1e-4, rates of 1e-3 (D) and 5e-4 (G) that fall to 0 over the second half, and an average of G.

    The average (decay .999; Yazıcı et al. 2019, arXiv:1806.04498) and the falling rates still the game's circling. D
    has to see gaps of a few hundredths, hence its faster rate and a γ that allows slopes of 1 in so little.
    """
    return _r1_with_average("r1-average", setting, plane_generator(setting), plane_network("data", 1))


def bits_r1_average(setting: Setting) -> Experiment:
    """`r1-average` with a latent that has gaps: 8 of its normal numbers become ±1, which z joins.

    A continuous generator maps a connected latent to a connected set: what lies between modes is drawn too. Steep tanh
    cuts the latent into 256 pieces, as the mixture latent of DeLiGAN does (Gurumurthy et al. 2017, arXiv:1706.02071).
    """
    return _r1_with_average(
        "bits-r1-average", setting, _generator_with_binary_latent(setting), plane_network("data", 1)
    )


def sharp_r1_average(setting: Setting) -> Experiment:
    """`bits-r1-average` with steps in the discriminator's first layer, and a generator that starts all over the plane.

    Networks of ReLU learn what varies slowly long before what varies fast (Rahaman et al. 2019, arXiv:1806.08734): of
    32 modes on a ring they see the ring. Random steep features remedy it, as Fourier features do (Tancik et al. 2020,
    arXiv:2006.10739); their slopes are told the distance of neighbouring modes. Such features say nothing from afar,
    so the 256 pieces must not all have to travel from the middle: the generator's weights are drawn after He et al.
    2015 (arXiv:1502.01852), which keeps the size of its latent.
    """
    return _r1_with_average(
        "sharp-r1-average",
        setting,
        _with_kaiming_start(_generator_with_binary_latent(setting)),
        _discriminator_with_steep_steps(setting),
    )


def conditional_r1_average(setting: Setting) -> Experiment:
    """`r1-average` whose networks are told the mode, as in `conditional-wgan-gp`."""
    modes = setting.data.modes
    generator, discriminator = plane_generator(setting), plane_network("data", 1)
    return _r1_with_average(
        "conditional-r1-average", setting, with_label(generator, "z", modes), with_label(discriminator, "sample", modes)
    )


def conditional_sharp_wgan_gp(setting: Setting) -> Experiment:
    """`conditional-wgan-gp-weak` with the critic, the start, the average and the falling rates of `sharp-r1-average`.

    The critic is told the mode after its steps. `conditional-r1-average` first covers all modes too, then shrinks each
    to a line that circles; here they keep half to two thirds of their width.
    """
    modes = setting.data.modes
    adam = Adam(learning_rate=2e-4, beta1=0.0, beta2=0.9, schedule=second_half(setting))
    return plane_game(
        "conditional-sharp-wgan-gp",
        setting,
        networks={
            "generator": with_label(_with_kaiming_start(plane_generator(setting)), "z", modes),
            "discriminator": with_label(_discriminator_with_steep_steps(setting, "steps"), "steps", modes, after=2),
        },
        phases=wasserstein_phases(setting, weight=0.1, conditional=True),
        players=two_players(adam, adam),
        averages={"average": Average(of="generator")},
    )


def _generator_with_binary_latent(setting: Setting) -> Network:
    """Return the tutorial's generator with 8 further latents, each of which is ±1 but for one draw in a hundred."""
    bits = {"bits": Input(kind="latent", shape=(8,))}
    steep = (L.Scale(inputs=("bits",), factor=200.0), L.Tanh(name="signs"), L.Concat(inputs=("z", "signs")))
    plain = plane_generator(setting)
    return Network(inputs=plain.inputs | bits, layers=(*steep, *plain.layers))


def _with_kaiming_start(network: Network) -> Network:
    """Return a network whose outputs are as large as its inputs at the start."""
    layers = tuple(
        msgspec.structs.replace(layer, weight_init=KaimingUniform(), bias_init=Uniform(limit=1.0))
        if isinstance(layer, L.Dense)
        else layer
        for layer in network.layers
    )
    return msgspec.structs.replace(network, layers=layers)


def _discriminator_with_steep_steps(setting: Setting, steps: str = "") -> Network:
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


def _r1_with_average(name: str, setting: Setting, generator: Network, discriminator: Network) -> Experiment:
    fall = second_half(setting)
    slow, fast = (Adam(learning_rate=rate, beta1=0.5, schedule=fall) for rate in (5e-4, 1e-3))
    return plane_game(
        name,
        setting,
        networks={"generator": generator, "discriminator": discriminator},
        phases=game_phases("non_saturating", penalties=(R1(weight=1e-4),)),
        players=two_players(slow, fast),
        averages={"average": Average(of="generator")},
    )
