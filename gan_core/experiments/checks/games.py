"""Checks of the two sides of a game: their losses, what bounds a critic, what its penalty needs."""

from collections.abc import Iterator
from typing import Any

from gan_core.experiments.check import CHECKS, Findings
from gan_core.experiments.experiment import Experiment, Phase, Player
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator, LabelledDiscriminator, LabelledGenerator
from gan_core.objectives.losses import LOSSES, adversarial_loss, cross_entropy_discriminator
from gan_core.plans.output_ranges import output_range
from gan_core.specs.layers import Conv, ConvTranspose, Dense
from gan_core.specs.optimizers import Adam, Sgd
from gan_core.specs.spec import variant_name


def _phases(experiment: Experiment, *kinds: type) -> Iterator[tuple[Phase, Any]]:
    """Yield the phases whose objective is of one of some classes, with that objective."""
    yield from ((phase, phase.objective) for phase in experiment.phases if isinstance(phase.objective, kinds))


@CHECKS.register("unbounded-critic")
def unbounded_critic(experiment: Experiment) -> Findings:
    """A Wasserstein critic has no clipping, penalty or spectral norm, so its loss has no least value."""
    for phase, objective in _phases(experiment, AdversarialDiscriminator):
        if not adversarial_loss(objective.loss).needs_bound or _maybe_bounded_otherwise(experiment, phase):
            continue
        loose = _loose_layers(experiment, objective.discriminator)
        if loose and not any(penalty.weight and penalty.of_slope for penalty in objective.penalties):
            yield (
                f"phase '{phase.name}' has the loss '{objective.loss}', but nothing bounds the critic's slope: no "
                f"players.{phase.players[0]}.clip_weights, no penalty, and {len(loose)} layers without spectral_norm "
                f"(the first is '{loose[0]}'); add to the objective  penalties = [{{ type = \"gradient_penalty\" }}]"
            )


def _maybe_bounded_otherwise(experiment: Experiment, phase: Phase) -> bool:
    """Return whether the critic is clipped, squashed, or moved by an objective that is not the library's."""
    objective: Any = phase.objective
    evaluates_as_ours = type(objective).evaluate is AdversarialDiscriminator.evaluate
    of_player = [each.objective for each in experiment.phases if set(each.players) & set(phase.players)]
    all_known = all(isinstance(each, AdversarialDiscriminator | AdversarialGenerator) for each in of_player)
    squashed = output_range(experiment.plans[objective.discriminator]).bounded
    clipped = any(player.clip_weights for player in _movers(experiment, phase, objective.discriminator))
    return bool(clipped or squashed or not evaluates_as_ours or not all_known)


def _loose_layers(experiment: Experiment, network: str) -> list[str]:
    """Return the names of a network's dense layers and convolutions without spectral norm."""
    nodes = experiment.plans[network].nodes
    return [
        node.name
        for node in nodes
        if isinstance(node.layer, Dense | Conv | ConvTranspose) and not node.layer.spectral_norm
    ]


@CHECKS.register("mixed-losses")
def mixed_losses(experiment: Experiment) -> Findings:
    """A generator and its discriminator have losses that are not two sides of one game."""
    opponents = list(_phases(experiment, AdversarialDiscriminator, LabelledDiscriminator))
    for phase, objective in _phases(experiment, AdversarialGenerator, LabelledGenerator):
        for opponent_phase, opponent in opponents:
            if opponent.discriminator == objective.discriminator and not _one_game(opponent, objective):
                yield (
                    f"phase '{opponent_phase.name}' has the loss {_loss_words(opponent)}, phase '{phase.name}' against "
                    f"the same discriminator {_loss_words(objective)}: two sides of different games; give both one loss"
                )


def _one_game(discriminator: Any, generator: Any) -> bool:
    """Return whether two objectives are sides of one loss; noisy and smoothed labels are those of the cross-entropy."""
    loss_name = discriminator.loss if isinstance(discriminator, AdversarialDiscriminator) else "non_saturating"
    discriminator_side = LOSSES[loss_name].discriminator
    if isinstance(generator, LabelledGenerator):
        return discriminator_side is cross_entropy_discriminator
    generator_side = LOSSES[generator.loss].generator
    return any(
        loss.discriminator is discriminator_side and loss.generator is generator_side for loss in LOSSES.values()
    )


def _loss_words(objective: Any) -> str:
    return f"'{objective.loss}'" if hasattr(objective, "loss") else f"of {variant_name(type(objective).__name__)}"


@CHECKS.register("wrong-target")
def wrong_target(experiment: Experiment) -> Findings:
    """A generator aims at the label that the discriminator gives to generated samples."""
    for opponent_phase, opponent in _phases(experiment, LabelledDiscriminator, AdversarialDiscriminator):
        for phase, objective in _phases(experiment, AdversarialGenerator, LabelledGenerator):
            if opponent.discriminator != objective.discriminator or not _one_game(opponent, objective):
                continue
            label = objective.label if isinstance(objective, LabelledGenerator) else 1.0
            real, fake = _labels(opponent)
            if abs(label - real) > abs(label - fake):
                yield (
                    f"phase '{phase.name}' wants generated samples to be labelled {label:g}, which is nearer to their "
                    f"label in phase '{opponent_phase.name}' ({fake:g}) than to that of real ones ({real:g}), so "
                    "the generator helps the discriminator; exchange the labels"
                )


def _labels(discriminator: Any) -> tuple[float, float]:
    """Return the labels that a discriminator's objective puts on real and on generated samples."""
    if isinstance(discriminator, LabelledDiscriminator):
        return discriminator.real_label, discriminator.fake_label
    return 1.0, 0.0


@CHECKS.register("penalty-across-samples")
def penalty_across_samples(experiment: Experiment) -> Findings:
    """A gradient penalty is put on a discriminator whose samples see each other, as through batch norm."""
    for phase, objective in _phases(experiment, AdversarialDiscriminator):
        nodes = experiment.plans[objective.discriminator].nodes
        mixing = [node.name for node in nodes if not node.plan.batch_independent]
        if mixing and (active := [one for one in objective.penalties if one.weight and one.of_slope]):
            yield (
                f"the {variant_name(type(active[0]).__name__)} of phase '{phase.name}' is on each sample's own "
                f"gradient, but in '{objective.discriminator}' samples see each other ({len(mixing)} layers, the "
                f"first is '{mixing[0]}'); use layer_norm, or no norm (Gulrajani et al. 2017, section 4)"
            )


@CHECKS.register("clipped-momentum")
def clipped_momentum(experiment: Experiment) -> Findings:
    """A Wasserstein critic whose weights are clipped is moved with momentum, which makes it unstable."""
    for phase, objective in _phases(experiment, AdversarialDiscriminator):
        for player in _movers(experiment, phase, objective.discriminator):
            momentum = _momentum(player.optimizer)
            if player.clip_weights and adversarial_loss(objective.loss).needs_bound and momentum:
                yield (
                    f"the critic of phase '{phase.name}' is clipped to ±{player.clip_weights:g} and moved with a "
                    f"momentum of {momentum:g}, with which training becomes unstable (Arjovsky et al. 2017, section "
                    "4); use rms_prop, or a momentum of 0"
                )


def _movers(experiment: Experiment, phase: Phase, network: str) -> list[Player]:
    """The players of a phase that move a network."""
    players = [experiment.players[name] for name in phase.players]
    return [player for player in players if network in player.networks]


def _momentum(optimizer: Any) -> float:
    if isinstance(optimizer, Adam):
        return optimizer.beta1
    return optimizer.momentum if isinstance(optimizer, Sgd) else 0.0
