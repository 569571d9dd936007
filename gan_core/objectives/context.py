"""What an objective sees while one update is evaluated: operations, networks, and the numbers drawn for it.

The same code runs under every backend and, with abstract arrays, under the cost counter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

import numpy as np

from gan_core.contract.backend import Call, NativeNetwork, NativeOptimizer
from gan_core.errors import SpecError
from gan_core.operations.arrays import described, shape_of
from gan_core.operations.ops import Array, Ops
from gan_core.operations.random_bits import keep_mask
from gan_core.plans.plans import Plan
from gan_core.specs.networks import Input


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One array that an update needs from outside.

    kind: "latent" and "label" are drawn for `given`; "real" and "real_label" come from the data, "other" from their
        second domain; "uniform" is U(0, 1) of [N], one number a sample; "uniform_values" is U(0, 1) of the real
        batch's shape; "made" is what `make` returns.
    make: (generator, batch size N, updates of the player so far) → an array that depends on nothing else.
    """

    kind: Literal["latent", "label", "real", "real_label", "other", "uniform", "uniform_values", "made"]
    given: Input | None = None
    make: Callable[[np.random.Generator, int, int], np.ndarray] | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an objective returns.

    loss: the scalar to minimise. scalars: worth logging. variables: new values of those the objective keeps.
    """

    loss: Array
    scalars: Mapping[str, Array | float] = field(default_factory=dict)
    variables: Mapping[str, Array] = field(default_factory=dict)


@dataclass(kw_only=True)
class UpdateContext:
    """One evaluation of an objective.

    draws: the arrays of `Objective.draws` and the numbers of `Objective.floats`, by name.
    optimizers: of each player, for objectives that simulate its updates.
    mask_key: int64 [2], of this update.
    variables: what the objective keeps from one update to the next, by name.
    shared: what phases of one step leave for later ones, by name.
    checks: whether inputs of networks are held against the plan, as they are in training.
    """

    ops: Ops
    networks: Mapping[str, NativeNetwork]
    draws: Mapping[str, Array]
    optimizers: Mapping[str, NativeOptimizer]
    mask_key: Array | None
    variables: Mapping[str, Array] = field(default_factory=dict)
    shared: dict[str, Array] = field(default_factory=dict)
    calls: int = 0
    checks: bool = False

    def plan(self, network: str) -> Plan:
        """The plan of a network."""
        return self.networks[network].plan

    def weights(self, network: str) -> dict[str, Array]:
        """Return a network's weights by canonical name in canonical layout: differentiable functions of the live ones.

        Canonical is the same on every backend: dense [out, in], convolution [out, in, kH, kW], transposed convolution
        [in, out, kH, kW]. A regulariser on them gives the same number everywhere.
        """
        return self.networks[network].to_canonical(self.native_weights(network))

    def native_weights(self, network: str) -> dict[str, Array]:
        """Return a network's live weights as its backend lays them out, to differentiate at or to hand to `run`."""
        return self.networks[network].weights()

    def to_native(self, network: str, weights: Mapping[str, Array]) -> dict[str, Array]:
        """Return weights in canonical layout as `run` takes them."""
        return self.networks[network].to_native(weights)

    def run(
        self, network: str, inputs: Mapping[str, Array | None], weights: Mapping[str, Array] | None = None
    ) -> Array:
        """Return a network's output in training mode, with its own weights or with given ones in native layout.

        With `checks`, raises `SpecError` where an input is missing or of another shape than planned.
        """
        if self.checks:
            _check_inputs(self.plan(network), inputs)
        self.calls += 1
        call = Call(training=True, weights=weights, keep_mask=self._masks(network, self.calls))
        return self.networks[network](cast("Mapping[str, Array]", inputs), call)  # None is no input, as checked

    def _masks(self, network: str, number: int) -> Callable[[str, tuple[int, ...], float], Array] | None:
        key = self.mask_key
        if key is None:
            return None

        def draw(layer: str, shape: tuple[int, ...], rate: float) -> Array:
            return keep_mask(self.ops, key, f"{network}/{number}/{layer}", shape, rate)

        return draw


def _check_inputs(plan: Plan, inputs: Mapping[str, Array | None]) -> None:
    for name, given in plan.inputs.items():
        if name not in inputs:
            raise SpecError(
                f"network '{plan.name}' reads '{name}', but was called with {', '.join(inputs) or 'nothing'}"
            )
        shape = shape_of(inputs[name])
        if shape is None or len(shape) != len(given.shape) + 1 or shape[1:] != given.shape:
            planned = ", ".join(["N", *map(str, given.shape)])
            raise SpecError(
                f"network '{plan.name}' was called with {described(inputs[name])} as '{name}'; planned was [{planned}]"
            )


def generator_draws(plan: Plan) -> dict[str, Draw]:
    """Return what must be drawn for one call of a generator: ``generator.z``, ``generator.label``."""
    return {
        f"{plan.name}.{name}": Draw(kind="label" if given.kind == "label" else "latent", given=given)
        for name, given in plan.inputs.items()
    }


def generate(context: UpdateContext, network: str, label: Array | None) -> tuple[Array, Array | None]:
    """Return samples [N, …] from drawn latents, and their labels [N] if the generator has any.

    label: labels to use in place of drawn ones.
    """
    inputs = {}
    for name, given in context.plan(network).inputs.items():
        if given.kind == "label" and label is not None:
            inputs[name] = label
        else:
            inputs[name] = context.draws[f"{network}.{name}"]
        if given.kind == "label":
            label = inputs[name]
    return context.run(network, inputs), label


def discriminate(
    context: UpdateContext, network: str, sample: Array, label: Array | None, weights: Mapping[str, Array] | None = None
) -> Array:
    """Return the logits [N, 1] of a discriminator for samples, and their labels if it reads labels.

    weights: to use in place of its own.
    """
    given = context.plan(network).inputs
    inputs = {name: label if kind.kind == "label" else sample for name, kind in given.items()}
    return context.run(network, inputs, weights)


def pack(ops: Ops, samples: Array, size: int) -> Array:
    """Return samples [N, C, …] as [N / size, size · C, …]: `size` neighbours side by side in the channels."""
    if size == 1:
        return samples
    count, channels, *rest = samples.shape
    return ops.reshape(samples, (count // size, size * channels, *rest))


def discriminate_both(
    context: UpdateContext,
    network: str,
    real: Array,
    fake: Array,
    labels: tuple[Array | None, Array | None],
    weights: Mapping[str, Array] | None = None,
    joined: bool = False,
) -> tuple[Array, Array]:
    """Return the logits of real and of generated samples, for the labels of each.

    joined: whether both are one batch to the discriminator. One whose samples do not see each other takes both in one
    call all the same: equal numbers for less work.
    """
    if not (joined or context.plan(network).batch_independent):
        return discriminate(context, network, real, labels[0], weights), discriminate(
            context, network, fake, labels[1], weights
        )
    first, second = labels
    all_labels = None if first is None or second is None else context.ops.concat((first, second), 0)
    logits = discriminate(context, network, context.ops.concat([real, fake], 0), all_labels, weights)
    return context.ops.split(logits, real.shape[0])
