"""Training a classifier on any backend: the softmax cross-entropy over operations, and a loop over batches.

A GAN's trainer alternates between players; here one network learns labels, so the loop is thirty lines.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gan_core.contract.backend import Backend, Call
from gan_core.data.dataset import Batches, Dataset
from gan_core.experiments.initial_values import initial_values
from gan_core.operations.log_sums import log_sum_exp
from gan_core.operations.ops import Array, Ops
from gan_core.plans.plans import Plan
from gan_core.specs.networks import Network
from gan_core.specs.optimizers import Optimizer
from gan_core.specs.spec import NonNegativeInt, PositiveInt, Spec


class Recipe(Spec, frozen=True, kw_only=True):
    """A classifier and how it is trained: `passes` over the data in shuffled batches, from `seed`."""

    network: Network
    optimizer: Optimizer
    batch_size: PositiveInt
    passes: PositiveInt
    seed: NonNegativeInt = 0

    def steps(self, samples: int) -> int:
        """Return how many batches the classifier learns from, of a data set with so many samples."""
        return self.passes * (samples // self.batch_size)


def softmax_cross_entropy(ops: Ops, logits: Array, one_hot: Array) -> Array:
    """Return the mean of −log softmax(logits)[label] over samples, a scalar.

    logits: [N, classes]. one_hot: [N, classes], 1 at each sample's label and 0 elsewhere.
    """
    total = log_sum_exp(ops, [logits[:, unit : unit + 1] for unit in range(logits.shape[1])])
    return ops.mean(total - ops.reshape(ops.sum(logits * one_hot, (1,)), (logits.shape[0], 1)))


def train_classifier(plan: Plan, recipe: Recipe, dataset: Dataset, backend: Backend) -> Iterator[dict[str, Any]]:
    """Train batch by batch, and yield {"loss": scalar on the device} after each; last {"weights": name → array}.

    plan: the plan of the recipe's network, whose only input takes the samples. dataset: a data set with labels.
    """
    network = backend.build_network(plan, initial_values(plan, recipe.seed))
    optimizer = backend.build_optimizer(recipe.optimizer, [network])
    (entrance,) = plan.inputs
    one_hot = np.eye(plan.output_shape[0])

    def update(inputs: Mapping[str, Any]) -> dict[str, Array]:
        call = Call(training=True, weights=None, random=None)
        loss = softmax_cross_entropy(backend.ops, network({entrance: inputs["samples"]}, call), inputs["one_hot"])
        gradients = backend.ops.gradients(loss, list(network.weights().values()), differentiable=False)
        optimizer.apply(gradients, {name: inputs[name] for name in inputs if name not in ("samples", "one_hot")})
        return {"loss": loss}

    unit = backend.compile(update, [plan])
    batches = Batches(dataset, recipe.batch_size, recipe.seed, "shuffled", "float32")
    for step in range(recipe.steps(len(dataset))):
        indices = batches.indices(step)
        samples = dataset.take(indices, np.dtype("float32"))
        labels = one_hot[dataset.labels[indices]]  # type: ignore[index]  # a data set with labels
        yield unit({"samples": samples, "one_hot": labels, **recipe.optimizer.settings(step)})
    yield {"weights": network.read()}
