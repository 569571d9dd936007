"""Layers: each against its reference in NumPy — output, statistics, gradients, weights of a call, single samples."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, cast

from gan_core.contract.backend import Backend, Call, NativeNetwork
from gan_core.operations.ops import Array, Ops
from gan_core.specs import layers as L
from gan_core.testing import complex_step
from gan_core.testing.cases import Case, expect_close, expect_equal
from gan_core.testing.layer_cases import CASES
from gan_core.testing.numpy_ops import NUMPY
from gan_core.testing.subjects import Subject, call_of, head

EVALUATE = Call(training=False, weights=None, random=None)
# one setting a layer or more: where frameworks are known to differ, and each layer with padding or crops of its own
CHOSEN = (
    *("dense", "dense-no-bias", "conv-k3-s2-p1+None", "conv-k4-s2-p1+2", "conv-k2-s1-p0+1", "conv-k5-s3-p0+2"),
    *("conv-rectangular-uneven", "conv-dilated", "conv-dilated-stride", "conv-reflect-uneven", "conv-replicate"),
    *("conv-groups-2", "conv-depthwise", "conv_transpose-dilated", "conv_transpose-groups-2-dilated-uneven"),
    *("conv_transpose-k4-s2-p1+None-o0", "conv_transpose-k4-s2-p1+2-o0", "conv_transpose-k3-s2-p1+0-o1"),
    *("conv_transpose-k1-s2-p0+None-o1", "batch_norm-unbiased-2d", "batch_norm-biased-4d", "batch_norm-plain-4d"),
    *("batch_norm-rate.8-epsilon1e-3-4d", "layer_norm-2d", "layer_norm-4d", "instance_norm-affine-epsilon1e-3"),
    *("relu-kinked-2d", "relu-kinked-4d", "leaky_relu-.2-kinked-2d", "leaky_relu-.01-kinked-4d", "elu-kinked-2d"),
    *("tanh-4d", "sigmoid-2d", "scale-4d", "dropout-.3-4d", "dropout-.5-2d", "dropout-channels", "flatten-dense"),
    *("reshape-image-to-image", "average_pool-3-s2", "max_pool-2-sNone", "max_pool-3-s1", "upsample-2", "embedding"),
    *("embedding-to-image", "concat-images", "add-images", "add-three", "maxout-3-4d"),
    *("minibatch_discrimination-joined", "group_norm-2-4d", "pixel_norm-4d", "minibatch_deviation-whole-batch"),
    *("prelu-4d", "silu-2d", "gelu-exact-4d", "gelu-tanh-4d", "softmax-4d", "gain-4d", "multiply"),
    *("modulate-by-class", "attention-scaled-to-pooled", "global_pool-sum-dense", "pixel_shuffle-2", "pad-reflect-2"),
    *("pad-replicate-3", "crop-uneven", "slice-4d", "resize-1.5", "blur-even-stride", "one_hot-joined", "one_hot-maps"),
    *("log_sum_exp-7", "inner_product", "table_output", "random_colour", "random_translation-adaptive"),
    *("within_edges", "dense-by-step", "gru", "gru-one-step-no-bias", "lstm", "random_rotation", "random_zoom-stretch"),
    *("random_cutout-odd-half-the-time", "random_quarter_turn", "phase_shuffle-far-half-the-time", "random-in-a-row"),
    *(
        "residual-up-by-class",
        "residual-first-down",
        "conditional_norm-by-features",
        "self_attention-pooled",
        "projection",
    ),
    *("spectral-dense", "spectral-conv-k4-s2-p1+2", "spectral-conv_transpose-k3-s2-p0+1"),
    *("equalised-dense", "equalised-conv_transpose", "modulated_conv", "modulated_conv-up-equalised", "blur-gain"),
    *("bias-4d", "add_noise", "learned_constant", "style_mixing", "styled_conv-to-image"),
)
WITH_WEIGHTS = (
    *("dense", "conv-k4-s2-p1+2", "conv_transpose-k4-s2-p1+2-o0", "batch_norm-unbiased-2d", "embedding"),
    *("conv-groups-2", "conv_transpose-groups-2-dilated-uneven"),
    *("layer_norm-4d", "minibatch_discrimination-joined", "spectral-dense", "equalised-dense"),
    "modulated_conv-up-equalised",
)


def layers(backend: Backend, gradients: bool) -> Iterator[Case]:
    """The cases of layers; gradients: those that differentiate, or those that do not."""
    checks = GRADIENTS if gradients else VALUES
    for name in CHOSEN:
        subject = Subject(CASES[name].network, spread=CASES[name].spread)
        for what, (check, names) in checks.items():
            if names is None or name in names:
                yield f"{name}, {what}", partial(check, backend, subject)


def outputs(backend: Backend, subject: Subject) -> None:
    """Two calls in training mode on different inputs, statistics after them, and one in evaluation mode."""
    network, reference = backend.build_network(subject.plan, subject.values), subject.reference()
    plan = subject.plan

    def training(given: Mapping[str, Array]) -> dict[str, Array]:
        return {"y": network(inputs_of(subject, given), call_of(backend.ops, given, True, None))}

    run = backend.compile(training, [plan])
    for number in (1, 2):
        found = backend.to_numpy(run(subject.given)["y"])
        wanted = reference(subject.inputs, call_of(NUMPY, subject.given, True, None))
        expect_close(found, wanted, "value", f"output of call {number} in training mode")
    values = network.read()
    for key in plan.buffers:
        expect_close(values[key], reference.values[key], "statistics", key)
    evaluating = backend.compile(lambda given: {"y": network(given, EVALUATE)}, [plan])
    found = backend.to_numpy(evaluating(subject.inputs)["y"])
    expect_close(found, reference(subject.inputs, EVALUATE), "value", "output in evaluation mode")
    for key, value in network.read().items():
        expect_close(value, values[key], "exact", f"{key} after a call in evaluation mode")


def sample_by_sample(backend: Backend, subject: Subject) -> None:
    """In evaluation mode a batch gives what its samples give one by one, if they do not see each other."""
    if any(isinstance(node.layer, L.MinibatchDiscrimination | L.MinibatchDeviation) for node in subject.plan.nodes):
        return
    network = backend.build_network(subject.plan, subject.values)
    run = backend.compile(lambda given: {"y": network(given, EVALUATE)}, [subject.plan])
    whole = backend.to_numpy(run(subject.inputs)["y"])
    for number in range(len(whole)):
        part = {name: array[number : number + 1] for name, array in subject.inputs.items()}
        expect_close(backend.to_numpy(run(part)["y"]), whole[number : number + 1], "value", f"sample {number} alone")


def round_trip(backend: Backend, subject: Subject) -> None:
    """Weights and buffers come back as they went in, by the plan's names and in its order; copies, not views."""
    network = backend.build_network(subject.plan, {name: value + 1 for name, value in subject.values.items()})
    before = network.read()
    network.load(subject.values)
    found = network.read()
    expect_equal(list(found), [*subject.plan.weights, *subject.plan.buffers], "names")
    expect_equal(list(network.weights()), list(subject.plan.weights), "names of weights")
    expect_equal(list(network.buffers()), list(subject.plan.buffers), "names of buffers")
    for name, value in subject.values.items():
        expect_close(found[name], value, "exact", name)
        expect_close(before[name], value + 1, "exact", f"{name} as it was read before others were loaded")


def other_weights(backend: Backend, subject: Subject) -> None:
    """A call with weights of its own uses them, and leaves weights and statistics alone."""
    network = backend.build_network(subject.plan, subject.values)

    def step(given: Mapping[str, Array]) -> dict[str, Array]:
        weights = {name: weight * 1.5 + 0.25 for name, weight in network.weights().items()}
        return {"y": network(inputs_of(subject, given), call_of(backend.ops, given, True, weights))}

    found = backend.to_numpy(backend.compile(step, [subject.plan])(subject.given)["y"])
    weights = {name: weight * 1.5 + 0.25 for name, weight in subject.weights.items()}
    call = call_of(NUMPY, subject.given, True, cast("Any", weights))
    expect_close(found, subject.reference()(subject.inputs, call), "value", "output with other weights")
    for name, value in network.read().items():
        expect_close(value, subject.values[name], "exact", f"{name} after a call with other weights")


def first_gradients(backend: Backend, subject: Subject) -> None:
    """At every input and every weight, in canonical layout."""
    found, wanted = subject.measure(backend).gradients, subject.expected().gradients
    expect_equal(sorted(found), sorted(wanted), "names")
    for name, gradient in wanted.items():
        expect_close(found[name], gradient, "gradient", f"gradient at {name}")


def second_gradients(backend: Backend, subject: Subject) -> None:
    """Of the squared length of the gradient at the inputs, at every input and weight: what a penalty needs."""
    if not subject.differentiable:
        return
    found = subject.measure_second(backend)
    for name, slopes in subject.expected_second(subject.expected().gradients).items():
        expect_close(found[name], slopes, "second", f"second gradient at {name}")


def gradients_of_other_weights(backend: Backend, subject: Subject) -> None:
    """Differentiable through the weights of a call, at what they were made of."""

    def gradients(ops: Ops, network: NativeNetwork, given: Mapping[str, Array]) -> tuple[Array, list[str], list[Array]]:
        inputs, weights = subject.leaves(ops, given), network.weights()
        call = call_of(ops, given, True, {name: weight * 1.5 for name, weight in weights.items()})
        y = network(inputs, call)
        at = {**{name: inputs[name] for name in subject.differentiable}, **weights}
        return y, list(at), ops.gradients(head(ops, y, given), list(at.values()), differentiable=False)

    network = backend.build_network(subject.plan, subject.values)
    run, read = subject.differentiating(backend, network, gradients)
    run(subject.given)
    weights = {name: weight * 1.5 for name, weight in subject.weights.items()}
    wanted = complex_step.gradients(subject.scalar, {**subject.arrays, **weights})
    for name, gradient in read().items():
        expect_close(gradient, 1.5 * wanted[name], "gradient", f"gradient at {name} through other weights")


def inputs_of(subject: Subject, given: Mapping[str, Array]) -> dict[str, Array]:
    """Those of a step's arrays that the network reads."""
    return {name: given[name] for name in subject.inputs}


VALUES = {
    "output": (outputs, None),
    "sample by sample": (sample_by_sample, None),
    "round trip": (round_trip, WITH_WEIGHTS),
    "weights of a call": (other_weights, WITH_WEIGHTS),
}
GRADIENTS = {
    "gradient": (first_gradients, None),
    "second gradient": (second_gradients, None),
    "gradient through weights of a call": (gradients_of_other_weights, WITH_WEIGHTS),
}
