"""What the models of the laboratory are built from: the setting, the tutorial's networks, and the frame around them.

All models have the networks of the tutorial, three layers of 128 with ReLU, whatever their papers use, so that only
the remedy differs: z of two normal numbers, Adam 2e-4 with betas .5/.999 unless a model says otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

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
    tutorial_loop: whether batches and labels go as in the tutorial's loop. It trains on an epoch's last, smaller batch
        too, has the plain GAN's discriminator and generator share their samples, uses a batch's labels for both
        players, and counts the generator's fifth updates anew in each epoch.
    """

    data: Mixture
    steps: int
    batch_size: int = 128
    bounded: bool = True
    tutorial_loop: bool = False


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


def plain_phases(setting: Setting) -> tuple[Phase, ...]:
    """Return the phases of the plain GAN, which share their samples where the setting's loop does."""
    phases = game_phases("non_saturating")
    return _with_objective(phases, range(2), shares_samples=True) if setting.tutorial_loop else phases


def wasserstein_phases(setting: Setting, weight: float, conditional: bool = False) -> tuple[Phase, ...]:
    """Return the phases of WGAN-GP with λ `weight`: five updates of the critic for one of the generator.

    conditional: whether the networks are told the mode.
    """
    phases = game_phases("wasserstein", penalties=(GradientPenalty(weight=weight),), generator_every=5)
    if not setting.tutorial_loop:
        return phases
    if conditional:
        phases = _with_objective(phases, [1], fake_classes="real")
    critic, generator = phases
    return critic, msgspec.structs.replace(generator, each_epoch_anew=True)


def _with_objective(phases: tuple[Phase, ...], places: Iterable[int], **changes: Any) -> tuple[Phase, ...]:
    """The phases with changes to the objectives of those at some places."""
    changed = list(phases)
    for place in places:
        objective = msgspec.structs.replace(phases[place].objective, **changes)  # type: ignore[type-var]
        changed[place] = msgspec.structs.replace(phases[place], objective=objective)
    return tuple(changed)


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
        summary=f"{name} on a {data.shape_in_words} of {data.modes} Gaussians",
        data=data,
        networks=networks,
        players=players,
        phases=phases,
        training=Training(
            steps=setting.steps,
            batch_size=setting.batch_size,
            last_batch="keep" if setting.tutorial_loop else "drop",
        ),
        sampling=Sampling(network=sampled, rows=40, columns=50, every_steps=setting.steps),
        logging=Logging(every_epochs=1) if setting.tutorial_loop else Logging(every_steps=500),
        checkpoint=Checkpoint(every_steps=setting.steps),
        **rest,
    )
