"""Samples that walk from one latent to another."""

import numpy as np

from gan_core import randomness
from gan_core.errors import UsageError
from gan_core.specs.networks import condition_of
from gan_core.training.latent_walks import latents_on_paths
from gan_core.training.sampler import Sampler


def interpolated(sampler: Sampler, count: int, columns: int, labels: np.ndarray | None, seed: int) -> np.ndarray:
    """Return samples [count, *shape] whose rows of `columns` walk from one latent to another; a row keeps its label.

    labels: the class of each sample, [count], or None to draw one for each row. seed: another seed gives other walks.
    Raises `UsageError` for a single column, and for a network that reads images.
    """
    if columns < 2:
        raise UsageError("interpolate=True needs at least two samples: give count=2 or more")
    if sampler.latent_truncation is not None:
        raise UsageError("interpolate=True walks between latents as they are drawn; leave latent_truncation out")
    network = sampler.experiment.sampler_network
    if any(spec.kind == "data" for spec in sampler.experiment.plans[network].inputs.values()):
        raise UsageError(f"interpolate=True walks between latents, but the network '{network}' reads images")
    rows = -(-count // columns)
    share = np.tile(np.linspace(0, 1, columns), rows)[:count]
    row = np.arange(count) // columns
    inputs = {}
    condition = condition_of(sampler.experiment.plans[network].inputs)
    for name, spec in sampler.experiment.plans[network].inputs.items():
        generator = randomness.stream(sampler.experiment.training.seed, f"interpolate {seed}/{name}")
        if name in sampler.given:
            inputs[name] = np.repeat(sampler.given[name][None], count, axis=0)
        elif spec.kind == "label":
            drawn = randomness.labels(generator, spec.classes or 1, rows)[row]
            inputs[name] = drawn if labels is None else labels
        elif name == condition and labels is not None:
            inputs[name] = randomness.one_hot(labels, spec)
        else:
            inputs[name] = latents_on_paths(generator, spec, row, share)
    return sampler.generate(network, inputs)
