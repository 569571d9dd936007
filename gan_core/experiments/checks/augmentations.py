"""Checks of augmentations: that something moves a chance which is to move."""

from gan_core.experiments.check import CHECKS, Findings
from gan_core.experiments.experiment import Experiment
from gan_core.objectives.adaptive import adaptive_layers
from gan_core.objectives.adversarial import AdversarialDiscriminator


@CHECKS.register("unmoved-chance")
def unmoved_chance(experiment: Experiment) -> Findings:
    """An augmentation is adaptive, and no phase moves its chance."""
    objectives = [phase.objective for phase in experiment.phases]
    moved = {
        one.discriminator
        for one in objectives
        if isinstance(one, AdversarialDiscriminator) and one.adaptive_augmentation is not None
    }
    for network, plan in experiment.plans.items():
        if network not in moved and (layers := adaptive_layers(plan)):
            yield (
                f"the chance of '{layers[0]}' in network '{network}' is adaptive, but no phase moves it, so that it "
                "stays as it starts; set adaptive_augmentation of the objective that trains it, or drop adaptive"
            )
