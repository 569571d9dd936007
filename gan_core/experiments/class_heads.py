"""The outputs of an experiment's networks that choose a class for each sample."""

from dataclasses import replace

from gan_core.experiments.experiment import Experiment
from gan_core.objectives.base import ClassHead


def class_heads(experiment: Experiment) -> tuple[ClassHead, ...]:
    """Return the heads that the phases' objectives tell of, then those of averages of their networks, each once.

    Of networks that read samples and nothing else: others cannot be asked about a sample alone.
    """
    found = {}
    for phase in experiment.phases:
        for head in phase.objective.class_heads(experiment.plans):
            inputs = [*experiment.plans[head.network].inputs.values()]
            if len(inputs) == 1 and inputs[0].kind == "data" and not inputs[0].field:
                found[head.network, head.head] = head
    heads = [*found.values()]
    for name, average in experiment.averages.items():
        heads += [replace(head, network=name) for head in found.values() if head.network == average.of]
    return tuple(heads)
