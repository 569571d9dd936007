"""What most presets share: two players and the two phases of their game."""

from typing import Literal

from gan_core.experiments.experiment import Phase, Player
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator
from gan_core.objectives.penalties import Penalty
from gan_core.objectives.terms import Term
from gan_core.specs.optimizers import Optimizer


def two_players(generator: Optimizer, discriminator: Optimizer, clip_weights: float | None = None) -> dict[str, Player]:
    """Return the usual pair; clip_weights: of the discriminator."""
    return {
        "discriminator": Player(networks=("discriminator",), optimizer=discriminator, clip_weights=clip_weights),
        "generator": Player(networks=("generator",), optimizer=generator),
    }


def game_phases(
    loss: str,
    penalties: tuple[Penalty, ...] = (),
    repeats: int = 1,
    generator_every: int = 1,
    pack: int = 1,
    fake_classes: Literal["real", "random"] = "real",
    discriminator_terms: tuple[Term, ...] = (),
    generator_terms: tuple[Term, ...] = (),
) -> tuple[Phase, ...]:
    """Return the discriminator's phase, `repeats` times a step, and the generator's, every `generator_every` steps.

    fake_classes: of the samples that the discriminator judges. discriminator_terms, generator_terms: of their losses.
    """
    return (
        Phase(
            name="discriminator",
            player="discriminator",
            objective=AdversarialDiscriminator(
                loss=loss, penalties=penalties, pack=pack, fake_classes=fake_classes, terms=discriminator_terms
            ),
            repeats=repeats,
        ),
        Phase(
            name="generator",
            player="generator",
            objective=AdversarialGenerator(loss=loss, pack=pack, terms=generator_terms),
            every_steps=generator_every,
        ),
    )


def generator_first(
    loss: str, discriminator_weight: float = 1.0, batch: Literal["next", "step"] = "next"
) -> tuple[Phase, ...]:
    """Return the phases of a loop that moves the generator first and shows the discriminator the same samples.

    discriminator_weight: the factor of its loss. batch: what real samples the discriminator's update reads.
    """
    judging = AdversarialDiscriminator(loss=loss, loss_weight=discriminator_weight, shares_samples=True)
    return (
        Phase(name="generator", player="generator", objective=AdversarialGenerator(loss=loss, shares_samples=True)),
        Phase(name="discriminator", player="discriminator", objective=judging, batch=batch),
    )
