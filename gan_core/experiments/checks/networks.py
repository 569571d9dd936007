"""Checks of what networks end in, of what they are fed, and of whether anything moves them."""

from collections.abc import Iterator

import numpy as np

from gan_core.experiments.check import CHECKS, Findings
from gan_core.experiments.cost import draws_fed
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.objectives.context import Draw
from gan_core.plans.output_ranges import OutputRange, output_range
from gan_core.randomness import latents
from gan_core.specs.networks import Input

REACH = 3.0  # a logit of ±3 says "real" or "generated" with a probability of .95
DRAWN, FAR = 512, 0.25  # a mean or deviation of so many draws is off by some hundredths
DRAWS = {"normal": "normal numbers", "uniform": "numbers between -1 and 1", "one_hot": "one-hot rows"}


def _judged(experiment: Experiment, *kinds: str) -> Iterator[tuple[Phase, str, OutputRange]]:
    """Each network whose outputs a phase takes as one of some kinds, once, with the first such phase."""
    seen = set()
    for phase in experiment.phases:
        for network, kind in phase.objective.outputs().items():
            if kind in kinds and network not in seen and network in experiment.plans:
                seen.add(network)
                yield phase, network, output_range(experiment.plans[network])


def _probabilities(found: OutputRange) -> bool:
    return found.low >= 0 and found.high <= 1


@CHECKS.register("sigmoid-before-logits", error=True)
def sigmoid_before_logits(experiment: Experiment) -> Findings:
    """A discriminator ends in a sigmoid or softmax that the loss contains already, so it learns nothing."""
    for phase, network, found in _judged(experiment, "logits"):
        if _probabilities(found):
            yield (
                f"network '{network}' ends in a {found.function} (layer '{found.layer}'), so its outputs lie in "
                f"{found.shown()}, but phase '{phase.name}' takes them as logits: the {found.function} is part of the "
                f"loss already; drop the layer '{found.layer}'"
            )


@CHECKS.register("squashed-scores")
def squashed_scores(experiment: Experiment) -> Findings:
    """A discriminator ends in a function that keeps its logits or scores from being any number."""
    for phase, network, found in _judged(experiment, "logits", "scores"):
        refused = _probabilities(found) and phase.objective.outputs()[network] == "logits"
        if not refused and (found.low > -REACH or found.high < REACH):
            yield (
                f"network '{network}' ends in a {found.function} (layer '{found.layer}'), so its outputs are "
                f"{found.shown()}, but the loss of phase '{phase.name}' wants any number, below 0 and above; "
                f"drop the layer '{found.layer}'"
            )


@CHECKS.register("unmoved-network")
def unmoved_network(experiment: Experiment) -> Findings:
    """A phase moves another player's networks, or no phase moves a network that samples or judges."""
    moved = {network for phase in experiment.phases for network in experiment.players[phase.player].networks}
    for phase in experiment.phases:
        own, meant = experiment.players[phase.player].networks, phase.objective.trains()
        if meant and not set(meant) & set(own):  # several players may share an objective, each with a part
            yield (
                f"phase '{phase.name}' moves the player '{phase.player}' ({', '.join(own)}), but its objective is to "
                f"train '{meant[0]}'; set the phase's player to the one that has this network"
            )
    judges = {network for phase in experiment.phases for network in phase.objective.outputs()}
    used = {experiment.averages[one].of if one in experiment.averages else one for one in experiment.sampled}
    for network in sorted((used | judges) - moved):
        yield f"no phase moves the network '{network}': it stays as it began; give its player a phase"


@CHECKS.register("undrawn-latent")
def undrawn_latent(experiment: Experiment) -> Findings:
    """A latent is fed something else in training than what sheets, samples and evaluation draw for it."""
    fed = draws_fed(experiment)
    for sampled in experiment.sampled:
        network = experiment.averages[sampled].of if sampled in experiment.averages else sampled
        for name, given in experiment.plans[network].inputs.items():
            sources = [draw for place, key, draw in fed if (place, key) == (network, name)]
            if given.kind == "latent" and sources and (fault := _fed_otherwise(experiment, given, sources)):
                yield (
                    f"sheets, samples and evaluation draw {DRAWS[given.distribution]} for the input '{name}' of "
                    f"network '{network}', but {fault}"
                )


def _fed_otherwise(experiment: Experiment, given: Input, sources: list[Draw | None]) -> str | None:
    """What phases feed a latent in place of draws from its distribution, and what to do; None if they draw it so."""
    for draw in sources:
        values = None if draw is None else _values(draw, given)
        if values is not None and not _alike(values, given):
            return _advice(values, given)
    if any(draw is not None for draw in sources):
        return None
    # all of it was worked out, as from an encoder's output and noise: what else do the phases draw in this form?
    draws = [draw for phase in experiment.phases for draw in phase.objective.draws(experiment.plans).values()]
    others = [values for draw in draws if (values := _values(draw, given)) is not None]
    if any(_alike(values, given) for values in others):
        return None
    return _advice(others[0] if others else None, given)


def _advice(values: np.ndarray | None, given: Input) -> str:
    hot = given.distribution != "one_hot" and given.shape[0] > 1 and values is not None and _alike(values, _hot(given))
    if hot:
        return 'phases feed it one-hot rows: give the input  distribution = "one_hot", and they can draw it so'
    if values is None:
        return 'no phase draws it: draw it in the phases, or, if it is a one-hot condition, give it  "one_hot"'
    return "phases feed it numbers of another distribution: draw it in the phases as Draw(kind='latent', given=…)"


def _values(draw: Draw, given: Input) -> np.ndarray | None:
    """What a draw gives, if it has the shape of the input."""
    generator = np.random.default_rng(0)
    if draw.kind == "latent" and draw.given is not None:
        values = latents(generator, draw.given, DRAWN)
    elif draw.make is not None:
        try:
            values = np.asarray(draw.make(generator, DRAWN, 0))
        except Exception:  # noqa: BLE001  (a user's function may know no batch but the experiment's)
            return None
    else:
        return None
    return values if values.shape == (DRAWN, *given.shape) else None


def _alike(values: np.ndarray, given: Input) -> bool:
    """Whether values drawn otherwise have the mean, the deviation and the number of values of a distribution."""
    own = latents(np.random.default_rng(0), given, DRAWN)
    near = abs(values.mean() - own.mean()) < FAR and abs(values.std() - own.std()) < FAR
    return bool(near) and (len(np.unique(values)) > 2) == (len(np.unique(own)) > 2)


def _hot(given: Input) -> Input:
    return Input(kind="latent", shape=given.shape, distribution="one_hot")
