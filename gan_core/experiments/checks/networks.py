"""Checks of what networks end in, of what they are fed, and of whether anything moves them."""

from collections.abc import Iterator

import numpy as np

from gan_core.experiments.check import CHECKS, Findings
from gan_core.experiments.cost import draws_fed
from gan_core.experiments.experiment import Experiment, Phase
from gan_core.objectives.draws import Draw, DrawSource
from gan_core.plans.output_ranges import OutputRange, output_range
from gan_core.randomness import latents
from gan_core.specs.networks import Input

COMPARED = 10_000  # values of a draw that are looked at for how many different ones there are
REACH = 3.0  # a logit of ±3 says "real" or "generated" with a probability of .95
DRAWN, FAR = 512, 0.25  # a mean or deviation of so many draws is off by some hundredths
DRAWS = {
    "normal": "normal numbers",
    "uniform": "numbers between -1 and 1",
    "one_hot": "one-hot rows",
    "gumbel": "Gumbel noise",
}


def _outputs_taken_as(experiment: Experiment, *kinds: str) -> Iterator[tuple[Phase, str, OutputRange]]:
    """Yield each network whose outputs a phase takes as one of some kinds, with the first such phase and their range.

    kinds: of `Objective.outputs`, as "logits".
    """
    yielded = set()
    for phase in experiment.phases:
        for network, kind in phase.objective.outputs().items():
            if kind in kinds and network not in yielded and network in experiment.plans:
                yielded.add(network)
                yield phase, network, output_range(experiment.plans[network])


def _probabilities(outputs: OutputRange) -> bool:
    return outputs.low >= 0 and outputs.high <= 1


@CHECKS.register("sigmoid-before-logits", error=True)
def sigmoid_before_logits(experiment: Experiment) -> Findings:
    """A discriminator ends in a sigmoid or softmax that the loss contains already, so it learns nothing."""
    for phase, network, outputs in _outputs_taken_as(experiment, "logits"):
        if _probabilities(outputs):
            yield (
                f"network '{network}' ends in a {outputs.function} (layer '{outputs.layer}'), so its outputs lie in "
                f"{outputs.shown()}, but phase '{phase.name}' takes them as logits: the {outputs.function} is part "
                f"of the loss already; drop the layer '{outputs.layer}'"
            )


@CHECKS.register("squashed-scores")
def squashed_scores(experiment: Experiment) -> Findings:
    """A discriminator ends in a function that keeps its logits or scores from being any number."""
    for phase, network, outputs in _outputs_taken_as(experiment, "logits", "scores"):
        refused = _probabilities(outputs) and phase.objective.outputs()[network] == "logits"
        if not refused and (outputs.low > -REACH or outputs.high < REACH):
            yield (
                f"network '{network}' ends in a {outputs.function} (layer '{outputs.layer}'), so its outputs are "
                f"{outputs.shown()}, but the loss of phase '{phase.name}' wants any number, below 0 and above; "
                f"drop the layer '{outputs.layer}'"
            )


@CHECKS.register("unmoved-network")
def unmoved_network(experiment: Experiment) -> Findings:
    """A phase moves another player's networks, or no phase moves a network that samples or judges."""
    moved = {network for phase in experiment.phases for network in _moved(experiment, phase)}
    for phase in experiment.phases:
        networks, trained = _moved(experiment, phase), phase.objective.trains()
        if trained and not set(trained) & set(networks):  # several players may share an objective, each with a part
            yield (
                f"phase '{phase.name}' moves the player '{', '.join(phase.players)}' ({', '.join(networks)}), but its "
                f"objective is to train '{trained[0]}'; set the phase's player to the one that has this network"
            )
    discriminators = {network for phase in experiment.phases for network in phase.objective.outputs()}
    averages = experiment.averages
    used = {averages[network].of if network in averages else network for network in _sampling(experiment)}
    for network in sorted((used | discriminators) - moved):
        yield f"no phase moves the network '{network}': it stays as it began; give its player a phase"


def _sampling(experiment: Experiment) -> list[str]:
    """The networks that make samples, those of chains too."""
    return [network for chain in experiment.chains.items() for network in (chain[0], *chain[1])]


def _moved(experiment: Experiment, phase: Phase) -> list[str]:
    """The networks that a phase moves."""
    return [network for player in phase.players for network in experiment.players[player].networks]


@CHECKS.register("undrawn-latent")
def undrawn_latent(experiment: Experiment) -> Findings:
    """A latent is fed something else in training than what sheets, samples and evaluation draw for it."""
    fed = draws_fed(experiment)
    for sampled in experiment.sampled:
        network = experiment.averages[sampled].of if sampled in experiment.averages else sampled
        for name, input_spec in experiment.plans[network].inputs.items():
            sources = [draw for place, key, draw in fed if (place, key) == (network, name)]
            if input_spec.kind == "latent" and sources and (fault := _fed_otherwise(experiment, input_spec, sources)):
                yield (
                    f"sheets, samples and evaluation draw {DRAWS[input_spec.distribution]} for the input '{name}' of "
                    f"network '{network}', but {fault}"
                )


def _fed_otherwise(experiment: Experiment, input_spec: Input, sources: list[Draw | None]) -> str | None:
    """Return what phases feed a latent in place of draws from its distribution, with a remedy; None if they draw it."""
    for draw in sources:
        values = None if draw is None else _values(draw, input_spec)
        if values is not None and not _alike(values, input_spec):
            return _advice(values, input_spec)
    if any(draw is not None for draw in sources):
        return None
    # all of it was worked out, as from an encoder's output and noise: what do the phases draw in this shape?
    draws = [draw for phase in experiment.phases for draw in experiment.draws_of(phase).values()]
    of_this_shape = [values for draw in draws if (values := _values(draw, input_spec)) is not None]
    if any(_alike(values, input_spec) for values in of_this_shape):
        return None
    return _advice(of_this_shape[0] if of_this_shape else None, input_spec)


def _advice(values: np.ndarray | None, input_spec: Input) -> str:
    may_be_one_hot = input_spec.distribution != "one_hot" and input_spec.shape[0] > 1
    if may_be_one_hot and values is not None and _alike(values, _hot(input_spec)):
        return 'phases feed it one-hot rows: give the input  distribution = "one_hot", and they can draw it so'
    if values is None:
        return 'no phase draws it: draw it in the phases, or, if it is a one-hot condition, give it  "one_hot"'
    return "phases feed it numbers of another distribution: draw it in the phases as Latent(input=…)"


def _values(draw: Draw, input_spec: Input) -> np.ndarray | None:
    """Return the values [DRAWN, *shape] of a draw that needs no data, or None if they are not of the input's shape."""
    source = DrawSource(
        batch_size=DRAWN, updates=0, batches={}, batch_number=0, open_stream=lambda: np.random.default_rng(0)
    )
    try:
        values = np.asarray(draw.drawn(source))
    except Exception:  # noqa: BLE001  (it draws from the data, or a user's knows no batch but the experiment's)
        return None
    return values if values.shape == (DRAWN, *input_spec.shape) else None


def _alike(values: np.ndarray, input_spec: Input) -> bool:
    """Return whether values have about the mean, the deviation and the number of values of an input's distribution."""
    expected = latents(np.random.default_rng(0), input_spec, DRAWN)
    near = abs(values.mean() - expected.mean()) < FAR and abs(values.std() - expected.std()) < FAR
    many, expected_many = (len(np.unique(one.ravel()[:COMPARED])) > 2 for one in (values, expected))
    return bool(near) and many == expected_many


def _hot(input_spec: Input) -> Input:
    return Input(kind="latent", shape=input_spec.shape, distribution="one_hot")
