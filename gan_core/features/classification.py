"""Training a classifier on any backend: the softmax cross-entropy over operations, and a loop of its own.

The alternating trainer judges samples; here one network learns labels, so the loop is thirty lines over the contract.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gan_core.contract.backend import Backend, Call
from gan_core.data.dataset import Batches, Dataset
from gan_core.experiments.initial_values import initial_values
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
        """How many batches it sees of a data set of so many samples."""
        return self.passes * (samples // self.batch_size)


def cross_entropy(ops: Ops, logits: Array, one_hot: Array) -> Array:
    """Mean −log softmax(logits)[label], a scalar.

    logits, one_hot: [N, classes]. log Σ eˣ is folded from log(eᵃ + eᵇ) = a + softplus(b − a), which overflows nowhere.
    """
    total = logits[:, 0:1]
    for column in range(1, logits.shape[1]):
        total = total + ops.softplus(logits[:, column : column + 1] - total)
    return ops.mean(total - ops.reshape(ops.sum(logits * one_hot, (1,)), (logits.shape[0], 1)))


def train_classifier(plan: Plan, recipe: Recipe, dataset: Dataset, backend: Backend) -> Iterator[dict[str, Any]]:
    """Train step by step, yielding {"loss": array on the device}; the last item is {"weights": name → array}.

    plan: of the recipe's network, whose only input takes the samples. dataset: with labels.
    """
    network = backend.build_network(plan, initial_values(plan, recipe.seed))
    optimizer = backend.build_optimizer(recipe.optimizer, [network])
    (entrance,) = plan.inputs
    one_hot = np.eye(plan.output_shape[0])

    def update(given: Mapping[str, Any]) -> dict[str, Array]:
        call = Call(training=True, weights=None, keep_mask=None)
        loss = cross_entropy(backend.ops, network({entrance: given["samples"]}, call), given["one_hot"])
        gradients = backend.ops.gradients(loss, list(network.weights().values()), differentiable=False)
        optimizer.apply(gradients, {name: given[name] for name in given if name not in ("samples", "one_hot")})
        return {"loss": loss}

    unit = backend.compile(update, [plan])
    batches = Batches(dataset, recipe.batch_size, recipe.seed, "shuffled", "float32")
    for step in range(recipe.steps(len(dataset))):
        indices = batches.indices(step)
        samples = dataset.take(indices, np.dtype("float32"))
        labels = one_hot[dataset.labels[indices]]  # type: ignore[index]  # a data set with labels
        yield unit({"samples": samples, "one_hot": labels, **recipe.optimizer.settings(step)})
    yield {"weights": network.read()}
