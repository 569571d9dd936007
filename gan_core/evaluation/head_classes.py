"""The classes that a run's own networks choose for held-out samples: ACGAN's, InfoGAN's, semi-supervised ones'."""

from dataclasses import dataclass

import numpy as np

from gan_core.evaluation.real_sets import RealSet
from gan_core.experiments.class_heads import class_heads
from gan_core.experiments.domain_shapes import data_input
from gan_core.training.sampler import Sampler


@dataclass(frozen=True, kw_only=True)
class HeadClasses:
    """What one head of a network chose.

    network: the average that has the head, or "" for the network itself. named: whether its classes are those of the
    labels, or categories of its own. chosen, labels: integers [N], the category that it chose and the true class.
    categories: how many it chooses from.
    """

    network: str
    named: bool
    chosen: np.ndarray
    labels: np.ndarray
    categories: int


def chosen_classes(sampler: Sampler, real: RealSet) -> list[HeadClasses]:
    """Return what the heads of a sampler's networks choose for real samples, in evaluation mode.

    Nothing for samples without labels, and of networks that the sampler does not hold.
    """
    labels, experiment = real.labels, sampler.experiment
    if labels is None:
        return []
    judging, made = sampler.in_mode("evaluation", ""), []
    for head in class_heads(experiment):
        plan = experiment.plans[head.network]
        if (
            head.network in sampler.networks
            and plan.inputs[name := data_input(plan) or ""].shape == real.samples.shape[1:]
        ):
            logits = judging.generate(head.network, {name: real.samples.astype(sampler.dtype)}, head.head)
            average = head.network if head.network in experiment.averages else ""
            made.append(
                HeadClasses(
                    network=average,
                    named=head.named,
                    chosen=logits[:, : logits.shape[1] - head.others].argmax(axis=1),
                    labels=labels,
                    categories=logits.shape[1],
                )
            )
    return made
