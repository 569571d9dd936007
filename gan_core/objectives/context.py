"""The update context: all that an objective sees while one update is evaluated.

It holds operations, networks and the arrays drawn for the update. The same objective runs in every framework, on NumPy
arrays in tests, and on arrays that only have a shape when its cost is counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from gan_core.contract.backend import Call, NativeNetwork, NativeOptimizer
from gan_core.errors import SpecError
from gan_core.objectives.draws import field_draw
from gan_core.operations.arrays import described, shape_of
from gan_core.operations.ops import Array, Ops
from gan_core.operations.random_bits import CallRandom
from gan_core.operations.workers import Workers
from gan_core.plans.plans import Plan
from gan_core.specs.layers import MinibatchDeviation


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of an objective's evaluation.

    loss: the scalar to minimise, an array [].
    scalars: the numbers to log, by name, each an array [].
    variables: the new values of variables that the objective keeps, by name.
    buffers: network → the new values of some of its buffers, by canonical name.
    """

    loss: Array
    scalars: Mapping[str, Array | float] = field(default_factory=dict)
    variables: Mapping[str, Array] = field(default_factory=dict)
    buffers: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)


@dataclass(kw_only=True)
class UpdateContext:
    """One evaluation of an objective.

    ops: the operations of the framework.
    networks: the networks of the experiment, by name.
    draws: the arrays of `Objective.draws` and the numbers of `Objective.floats`, by name.
    optimizers: the players' optimizers, by player, for objectives that simulate their updates.
    mask_key: int64 [2], from which dropout draws its masks in this update, or None where no network has dropout.
    variables: the variables that the objective keeps from one update to the next, by name.
    shared: what earlier phases of the step left for later ones, by name: arrays, or what is made of them.
    calls: the number of network calls so far, which tells the dropout masks of each call apart.
    checks: whether inputs of networks are compared with the plan, as they are in training.
    rows: the samples of a batch that are this worker's, where several workers share one; else 0.
    """

    ops: Ops
    networks: Mapping[str, NativeNetwork]
    draws: Mapping[str, Array]
    optimizers: Mapping[str, NativeOptimizer]
    mask_key: Array | None
    variables: Mapping[str, Array] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)
    calls: int = 0
    checks: bool = False
    rows: int = 0

    def plan(self, network: str) -> Plan:
        """The plan of a network: its inputs, layers and shapes."""
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
        self,
        network: str,
        inputs: Mapping[str, Array | None],
        weights: Mapping[str, Array] | None = None,
        batches: int = 1,
    ) -> Array:
        """Return a network's output in training mode; of several, the first of its plan.

        inputs: arrays by the names of the network's inputs. weights: weights in native layout to use in place of the
        network's. batches: how many batches stand one after the other in the inputs, as real and generated samples.
        Raises `SpecError`, with `checks`, where an input is missing or of another shape than planned.
        """
        return self.run_heads(network, inputs, weights, batches)[self.plan(network).output]

    def run_heads(
        self,
        network: str,
        inputs: Mapping[str, Array | None],
        weights: Mapping[str, Array] | None = None,
        batches: int = 1,
    ) -> dict[str, Array]:
        """Return all outputs of one call of a network in training mode, by name; otherwise as `run`."""
        if self.checks:
            _check_inputs(self.plan(network), inputs)
            check_shared(self.ops.workers, self.plan(network), batches)
        self.calls += 1
        call = Call(training=True, weights=weights, random=self._random(network, self.calls, batches))
        return self.networks[network].outputs(cast("Mapping[str, Array]", inputs), call)  # None is none, as checked

    def _random(self, network: str, number: int, batches: int) -> CallRandom | None:
        if self.mask_key is None:
            return None
        return CallRandom(
            ops=self.ops,
            key=self.mask_key,
            place=f"{network}/{number}",
            batches=batches,
            rows=self.rows,
        )


def check_shared(workers: Workers, plan: Plan, batches: int) -> None:
    """Raise `SpecError` for a network whose groups of samples depend on the order of rows that no worker holds."""
    if workers.several and batches > 1 and any(isinstance(node.layer, MinibatchDeviation) for node in plan.nodes):
        raise SpecError(
            f"network '{plan.name}' compares samples in groups over real and generated ones joined: workers cannot "
            "share that; set joined=false, or train with one worker"
        )


def _check_inputs(plan: Plan, inputs: Mapping[str, Array | None]) -> None:
    for name, spec in plan.inputs.items():
        if name not in inputs:
            raise SpecError(
                f"network '{plan.name}' reads '{name}', but was called with {', '.join(inputs) or 'nothing'}"
            )
        shape = shape_of(inputs[name])
        if shape is None or len(shape) != len(spec.shape) + 1 or shape[1:] != spec.shape:
            planned = ", ".join(["N", *map(str, spec.shape)])
            raise SpecError(
                f"network '{plan.name}' was called with {described(inputs[name])} as '{name}'; planned was [{planned}]"
            )


@dataclass(frozen=True, kw_only=True)
class Generated:
    """What one call of a generator made, and of what.

    heads: its outputs [N, …] by name, in the order of its plan. inputs: what it read [N, …], by name. label: the labels
    [N] that it read, or None.
    """

    heads: Mapping[str, Array]
    inputs: Mapping[str, Array]
    label: Array | None

    @property
    def samples(self) -> Array:
        """The samples [N, …], its first output."""
        return next(iter(self.heads.values()))


def make(context: UpdateContext, network: str, label: Array | None, *, constant: bool) -> Generated:
    """Return what a generator makes of drawn latents. label: as in `generate`. constant: as a constant."""
    inputs, label = generator_inputs(context, network, label)

    def heads() -> dict[str, Array]:
        return context.run_heads(network, inputs)

    return Generated(heads=context.ops.detached(heads) if constant else heads(), inputs=inputs, label=label)


def generate(context: UpdateContext, network: str, label: Array | None) -> tuple[Array, Array | None]:
    """Return samples [N, …] from drawn latents, and their labels [N], or None if the generator reads no labels.

    label: labels [N] to use in place of drawn ones.
    """
    inputs, label = generator_inputs(context, network, label)
    return context.run(network, inputs), label


def generator_inputs(
    context: UpdateContext, network: str, label: Array | None
) -> tuple[dict[str, Array], Array | None]:
    """Return the inputs of a generator by name, and the labels [N] among them or `label`; arguments as `generate`'s.

    Latents and labels come from the draws ``network.input``, fields of the data from ``field.name``.
    """
    inputs: dict[str, Array] = {}
    for name, spec in context.plan(network).inputs.items():
        if spec.kind == "label" and label is not None:
            inputs[name] = label
        else:
            inputs[name] = context.draws[field_draw(spec.field) if spec.field else f"{network}.{name}"]
        if spec.kind == "label":
            label = inputs[name]
    return inputs, label


def discriminate(
    context: UpdateContext, network: str, sample: Array, label: Array | None, weights: Mapping[str, Array] | None = None
) -> Array:
    """Return the logits [N, 1] of a discriminator, its first output.

    sample: the samples [N, …]. label: their labels [N], for a discriminator that reads labels. weights: weights in
    native layout to use in place of the network's. Fields of the data that it reads are those of the draws.
    """
    return context.run(network, judged_inputs(context, network, sample, label), weights)


def judged_inputs(
    context: UpdateContext, network: str, sample: Array, label: Array | None, times: int = 1
) -> dict[str, Array | None]:
    """Return the inputs of a discriminator by name; arguments as `discriminate`'s.

    times: how often the batch of data that the fields belong to stands in the samples, one after the other.
    """
    inputs: dict[str, Array | None] = {}
    for name, spec in context.plan(network).inputs.items():
        if spec.field:
            values = context.draws[field_draw(spec.field)]
            inputs[name] = values if times == 1 else context.ops.concat([values] * times, 0)
        else:
            inputs[name] = label if spec.kind == "label" else sample
    return inputs


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
    """Return the logits [N, 1] of real and of generated samples, the first output of `judge_both`."""
    first = context.plan(network).output
    of_real, of_fake = judge_both(context, network, real, fake, labels, weights, joined)
    return of_real[first], of_fake[first]


def judge_both(
    context: UpdateContext,
    network: str,
    real: Array,
    fake: Array,
    labels: tuple[Array | None, Array | None],
    weights: Mapping[str, Array] | None = None,
    joined: bool = False,
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return a discriminator's outputs [N, …] for real and for generated samples, by name.

    labels: the labels [N] of real and of generated samples, for a discriminator that reads labels. weights: as in
    `discriminate`. joined: whether batch norm and the like see both kinds as one batch. A discriminator whose samples
    do not see each other takes both in one call in any case: the numbers are the same, for less work.
    """
    if not (joined or context.plan(network).batch_independent):
        of_real = context.run_heads(network, judged_inputs(context, network, real, labels[0]), weights)
        return of_real, context.run_heads(network, judged_inputs(context, network, fake, labels[1]), weights)
    first, second = labels
    all_labels = None if first is None or second is None else context.ops.concat((first, second), 0)
    samples = context.ops.concat([real, fake], 0)
    outputs = context.run_heads(network, judged_inputs(context, network, samples, all_labels, times=2), weights, 2)
    parts = {name: context.ops.split(output, real.shape[0]) for name, output in outputs.items()}
    return {name: part[0] for name, part in parts.items()}, {name: part[1] for name, part in parts.items()}
