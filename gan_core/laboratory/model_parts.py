"""What the models of the laboratory are built from: the setting, the tutorial's networks, and the frame around them.

All models have the networks of the tutorial, three layers of 128 with ReLU, whatever their papers use, so that only
the remedy differs: z of two normal numbers, Adam 2e-4 with betas .5/.999 unless a model says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gan_core.data.sources import Mixture
from gan_core.experiments.experiment import Average, Checkpoint, Experiment, Logging, Phase, Player, Sampling, Training
from gan_core.objectives.penalties import GradientPenalty
from gan_core.presets.architectures import latent_input
from gan_core.presets.games import game_phases, two_players
from gan_core.presets.mlp import plane_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, LinearDecay

ADAM = Adam(learning_rate=2e-4, beta1=0.5)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a model is given: the points, how long, how many at once.

    bounded: whether generators end in tanh, which they can where the points lie within ±1.
    """

    data: Mixture
    steps: int
    batch_size: int = 128
    bounded: bool = True


def plane_generator(setting: Setting, latent_size: int = 2) -> Network:
    """Return the tutorial's generator; without its tanh where the points are not bounded."""
    plain = plane_network("latent", 2)
    layers = plain.layers if setting.bounded else plain.layers[:-1]
    return Network(inputs=latent_input(latent_size), layers=layers)


def with_label(plain: Network, entrance: str, modes: int, after: int = 0) -> Network:
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


def second_half(setting: Setting) -> LinearDecay:
    """Return the schedule whose rate falls to 0 over the second half of the steps."""
    return LinearDecay(start=setting.steps // 2, end=setting.steps)


def wasserstein_phases(weight: float) -> tuple[Phase, ...]:
    """Return the phases of WGAN-GP with λ `weight`: five updates of the critic for one of the generator."""
    return game_phases("wasserstein", penalties=(GradientPenalty(weight=weight),), generator_every=5)


def plane_game(
    name: str,
    setting: Setting,
    phases: tuple[Phase, ...],
    players: dict[str, Player] | None = None,
    networks: dict[str, Network] | None = None,
    averages: Mapping[str, Average] | None = None,
) -> Experiment:
    """Return the experiment of one generator against one discriminator, the tutorial's where none are named."""
    return plane_experiment(
        name,
        setting,
        networks=networks or {"generator": plane_generator(setting), "discriminator": plane_network("data", 1)},
        players=players or two_players(ADAM, ADAM),
        phases=phases,
        averages=dict(averages or {}),
        sampled=next(iter(averages or {}), "generator"),
    )


def plane_experiment(
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
