"""Each shape rule by numbers worked by hand, and what is said where layers do not fit."""

import pytest

from gan_core.errors import SpecError
from gan_core.plans.plans import plan_network
from gan_core.plans.shape_rules import plan_layer
from gan_core.presets import preset
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network


def shape_of(layer: L.Layer, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    return plan_layer(layer, shapes).output_shape


def conv(kernel: int, stride: int = 1, padding: int = 0, end: int | None = None) -> L.Conv:
    return L.Conv(channels=7, kernel=kernel, stride=stride, padding=padding, padding_end=end)


def transposed(kernel: int, stride: int, padding: int, end: int | None = None, output: int = 0) -> L.ConvTranspose:
    return L.ConvTranspose(
        channels=7, kernel=kernel, stride=stride, padding=padding, padding_end=end, output_padding=output
    )


@pytest.mark.parametrize(
    ("layer", "sides", "expected"),
    [
        (conv(3), (28, 28), (26, 26)),  # 28 − 3 + 1
        (conv(3, 1, 1), (5, 9), (5, 9)),  # 'same'
        (conv(4, 2, 1), (64, 32), (32, 16)),  # DCGAN: (64 + 2 − 4) // 2 + 1
        (conv(3, 2), (6, 7), (2, 3)),  # (6 − 3) // 2 + 1: the last column of 6 is not read
        (conv(4, 1, 1, 2), (8, 8), (8, 8)),  # 8 + 3 − 4 + 1: 'same' with an even kernel
        (conv(5, 3, 0, 2), (5, 6), (1, 2)),  # (7 − 5) // 3 + 1, (8 − 5) // 3 + 1
        (transposed(4, 2, 1), (4, 5), (8, 10)),  # 3·2 + 4 − 2
        (transposed(4, 1, 0), (1, 1), (4, 4)),
        (transposed(3, 2, 1, output=1), (4, 4), (8, 8)),  # 3·2 + 3 − 2 + 1
        (transposed(3, 2, 0, 1), (4, 4), (8, 8)),  # 3·2 + 3 − 1
        (transposed(2, 3, 0, output=2), (2, 3), (7, 10)),  # 1·3 + 2 + 2
        (L.Conv(channels=7, kernel=(3, 1), stride=(1, 2), padding=(1, 0)), (5, 6), (5, 3)),
        (L.Conv(channels=7, kernel=3, dilation=2), (8, 9), (4, 5)),  # a reach of 5
        (L.Conv(channels=7, kernel=2, dilation=(3, 1), stride=2), (8, 9), (3, 4)),  # (8 − 4) // 2 + 1, (9 − 2) // 2 + 1
        (L.ConvTranspose(channels=7, kernel=3, dilation=(2, 1)), (2, 3), (6, 5)),  # 1 + 5, 2 + 3
        (L.ConvTranspose(channels=7, kernel=4, stride=(2, 1), padding=(1, 0)), (2, 3), (4, 6)),  # 2 + 4 − 2, 2 + 4
        (L.AveragePool(), (5, 6), (2, 3)),
        (L.MaxPool(size=3, stride=1), (5, 6), (3, 4)),
        (L.MaxPool(size=2, stride=3), (5, 6), (2, 2)),
        (L.Upsample(factor=3), (2, 5), (6, 15)),
    ],
)
def test_sides(layer: L.Layer, sides: tuple[int, int], expected: tuple[int, int]) -> None:
    channels = 7 if isinstance(layer, (L.Conv, L.ConvTranspose)) else 2
    assert shape_of(layer, (2, *sides)) == (channels, *expected)


def test_previous_stands_for_the_layer_before() -> None:
    """Of the first layer, for the first input; a layer that is called so keeps its name."""
    image = {"x": Input(kind="data", shape=(2, 4, 4))}
    block = (L.Tanh(inputs=("previous",)), L.Conv(channels=2, kernel=1), L.Add(inputs=("previous", "tanh_1")))
    named = (L.Tanh(name="previous"), L.ReLU(), L.Add(inputs=("previous", "relu_1")))

    reads = [node.inputs for node in plan_network("net", Network(inputs=image, layers=block)).nodes]
    assert reads == [("x",), ("tanh_1",), ("conv_1", "tanh_1")]
    assert plan_network("net", Network(inputs=image, layers=named)).nodes[-1].inputs == ("previous", "relu_1")


def test_a_group_reads_and_makes_its_own_channels_alone() -> None:
    plan = plan_layer(L.Conv(channels=6, kernel=3, groups=2), ((4, 5, 5),))
    transposed_plan = plan_layer(L.ConvTranspose(channels=6, kernel=3, groups=2), ((4, 5, 5),))

    weight = plan.weights["weight"]
    assert (weight.shape, weight.fan_in, weight.fan_out) == ((6, 2, 3, 3), 2 * 9, 3 * 9)
    assert transposed_plan.weights["weight"].shape == (4, 3, 3, 3)
    assert plan.multiply_adds == 6 * 2 * 9 * 3 * 3


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (L.Conv(channels=6, kernel=1, groups=3), "cannot divide 4 channels into 3 groups"),
        (
            L.Conv(channels=6, kernel=(2, 3), dilation=3),
            "kernel 2×3 with dilation 3 is larger than its padded",
        ),
        (L.Conv(channels=6, kernel=1, padding=(0, 5), padding_mode="reflect"), "cannot reflect 5 pixels"),
        (L.ConvTranspose(channels=1, kernel=1, padding=(0, 3)), r"padding 3\+3 leaves -1 pixels"),
    ],
)
def test_a_convolution_that_does_not_fit_is_refused(layer: L.Layer, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        plan_layer(layer, ((4, 5, 5),))


def test_a_transposed_convolution_undoes_the_shape_of_its_convolution() -> None:
    for kernel, stride, padding in ((3, 1, 1), (4, 2, 1), (5, 2, 2), (5, 3, 0)):
        small = shape_of(conv(kernel, stride, padding), (7, 11, 13))
        rests = [(side + 2 * padding - kernel) % stride for side in (11, 13)]
        if rests[0] == rests[1]:
            assert shape_of(transposed(kernel, stride, padding, output=rests[0]), small) == (7, 11, 13)


@pytest.mark.parametrize(
    ("layer", "shapes", "expected"),
    [
        (L.Dense(units=5), [(3,)], (5,)),
        (L.Flatten(), [(2, 3, 4)], (24,)),
        (L.Reshape(shape=(4, 2, 3)), [(24,)], (4, 2, 3)),
        (L.Embedding(classes=10, units=4), [()], (4,)),
        (L.Concat(), [(3,), (4,)], (7,)),
        (L.Concat(), [(3, 8, 8), (1, 8, 8), (2, 8, 8)], (6, 8, 8)),
        (L.Add(), [(3, 8, 8), (3, 8, 8)], (3, 8, 8)),
        (L.BatchNorm(), [(3, 8, 8)], (3, 8, 8)),
        (L.Tanh(), [(3, 8, 8)], (3, 8, 8)),
        (L.LayerNorm(), [(3, 8, 8)], (3, 8, 8)),
        (L.InstanceNorm(), [(3, 8, 8)], (3, 8, 8)),
        (L.Maxout(pieces=5), [(240 * 5,)], (240,)),
        (L.Maxout(pieces=3), [(6, 8, 8)], (2, 8, 8)),
        (L.MinibatchDiscrimination(kernels=7, dimensions=2), [(20,)], (7,)),
    ],
)
def test_other_shapes(layer: L.Layer, shapes: list[tuple[int, ...]], expected: tuple[int, ...]) -> None:
    assert shape_of(layer, *shapes) == expected


@pytest.mark.parametrize(
    ("layer", "shape", "weights", "multiply_adds"),
    [
        (L.Dense(units=5), (3,), {"weight": (5, 3), "bias": (5,)}, 15),
        (L.Dense(units=5, bias=False), (3,), {"weight": (5, 3)}, 15),
        (conv(3, 1, 1), (2, 5, 6), {"weight": (7, 2, 3, 3), "bias": (7,)}, 7 * 2 * 9 * 30),  # each of 30 outputs
        (transposed(4, 2, 1), (2, 5, 6), {"weight": (2, 7, 4, 4), "bias": (7,)}, 2 * 7 * 16 * 30),  # each of 30 inputs
        (L.BatchNorm(), (3, 8, 8), {"weight": (3,), "bias": (3,)}, 0),
        (L.BatchNorm(affine=False), (3, 8, 8), {}, 0),
        (L.Embedding(classes=10, units=4), (), {"weight": (10, 4)}, 0),
        (L.LayerNorm(), (3, 8, 8), {"weight": (3,), "bias": (3,)}, 0),
        (L.InstanceNorm(), (3, 8, 8), {}, 0),
        (L.InstanceNorm(affine=True), (3, 8, 8), {"weight": (3,), "bias": (3,)}, 0),
        (L.Maxout(), (6,), {}, 0),
        (L.MinibatchDiscrimination(kernels=7, dimensions=2), (20,), {"weight": (20, 7, 2)}, 20 * 7 * 2),
        (L.ReLU(), (3, 8, 8), {}, 0),
    ],
)
def test_weights_and_multiply_adds(layer, shape, weights, multiply_adds) -> None:
    plan = plan_layer(layer, (shape,))
    assert {name: weight.shape for name, weight in plan.weights.items()} == weights
    assert plan.multiply_adds == multiply_adds


@pytest.mark.parametrize(
    ("layer", "shape", "fans"),
    [
        (L.Dense(units=5), (3,), (3, 5)),
        (conv(3), (2, 5, 6), (2 * 9, 7 * 9)),
        (transposed(4, 2, 1), (2, 5, 6), (2 * 16, 7 * 16)),
    ],
)
def test_fans_count_the_kernel_area_and_the_bias_has_those_of_its_weight(layer, shape, fans) -> None:
    plan = plan_layer(layer, (shape,))
    assert [(weight.fan_in, weight.fan_out) for weight in plan.weights.values()] == [fans, fans]


def test_batch_norm_starts_from_mean_0_and_variance_1() -> None:
    plan = plan_layer(L.BatchNorm(), ((3, 8, 8),))
    assert {name: (buffer.shape, buffer.start) for name, buffer in plan.buffers.items()} == {
        "running_mean": ((3,), 0.0),
        "running_variance": ((3,), 1.0),
    }


def test_parameters_of_mnist_mlp() -> None:
    """Generator: (100+1)·256 + 2·256 + (256+1)·512 + 2·512 + (512+1)·1024 + 2·1024 + (1024+1)·784.

    = 25,856 + 512 + 131,584 + 1,024 + 525,312 + 2,048 + 803,600.
    Discriminator: (784+1)·512 + (512+1)·256 + (256+1) = 401,920 + 131,328 + 257.
    """
    plans = preset("mnist-mlp").plans
    assert plans["generator"].parameters == 1_489_936
    assert plans["discriminator"].parameters == 533_505


def test_multiply_adds_of_mnist_mlp() -> None:
    """100·256 + 256·512 + 512·1024 + 1024·784 = 25,600 + 131,072 + 524,288 + 802,816; 401,408 + 131,072 + 256."""
    plans = preset("mnist-mlp").plans
    assert plans["generator"].multiply_adds == 1_483_776
    assert plans["discriminator"].multiply_adds == 532_736


def test_samples_are_independent_without_batch_norm_only() -> None:
    plans = preset("mnist-mlp").plans
    assert (plans["generator"].batch_independent, plans["discriminator"].batch_independent) == (False, True)


def network(*layers: L.Layer, shape: tuple[int, ...] = (1, 4, 4), **inputs: Input) -> Network:
    return Network(inputs={"x": Input(kind="data", shape=shape), **inputs}, layers=layers)


def test_layers_are_named_by_kind_and_number_unless_they_have_a_name() -> None:
    plan = plan_network("net", network(L.Flatten(), L.Dense(units=2), L.ReLU(name="bend"), L.Dense(units=1)))
    assert [node.name for node in plan.nodes] == ["flatten_1", "dense_1", "bend", "dense_2"]
    assert list(plan.weights) == ["dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias"]


def test_a_layer_reads_the_one_before_it_or_those_it_names() -> None:
    plan = plan_network("net", network(L.Tanh(), L.Sigmoid(inputs=("x",)), L.Add(inputs=("tanh_1", "sigmoid_1"))))
    assert [node.inputs for node in plan.nodes] == [("x",), ("x",), ("tanh_1", "sigmoid_1")]


LABEL = Input(kind="label", classes=3)


@pytest.mark.parametrize(
    ("wrong", "layer", "words"),
    [
        (network(L.Conv(channels=1, kernel=5)), "conv_1", "kernel 5 is larger than its padded input of 4"),
        (network(L.Tanh(), L.Conv(channels=1, kernel=7, padding=1)), "conv_1", "padded input of 6"),
        (network(L.MaxPool(size=5)), "max_pool_1", "window 5 is larger than its input of 4"),
        (network(L.ConvTranspose(channels=1, kernel=2, padding=4)), "conv_transpose_1", "expected at least 1"),
        (network(L.Dense(units=1)), "dense_1", "put a Flatten before it"),
        (network(L.Conv(channels=1, kernel=1), shape=(4,)), "conv_1", r"expected an input of \[channels, height"),
        (network(L.Reshape(shape=(3, 5))), "reshape_1", "number of values differs"),
        (network(L.Upsample(), shape=(4,)), "upsample_1", "got the shape"),
        (network(L.Embedding(classes=3, units=2)), "embedding_1", r"expected an input of \[\]"),
        (network(L.Flatten(name="f"), L.Concat(inputs=("x", "f"))), "concat_1", "cannot join"),
        (network(L.Flatten(name="f"), L.Add(inputs=("x", "f"))), "add_1", "cannot add"),
        (network(L.Tanh(inputs=("x", "x"))), "tanh_1", "expected one input, got 2"),
        (network(L.Tanh(inputs=("y",))), "tanh_1", "reads 'y', which does not stand before it"),
        (network(L.Tanh(name="later"), L.Tanh(inputs=("latr",))), "tanh_2", "did you mean 'later'"),
        (network(L.Tanh(name="x")), "x", "taken already"),
        (network(L.Concat(inputs=("label", "label")), label=LABEL), "concat_1", "cannot join"),
        (network(L.BatchNorm(inputs=("label",)), label=LABEL), "batch_norm_1", "shape"),
        (network(L.LayerNorm(inputs=("label",)), label=LABEL), "layer_norm_1", "shape"),
        (network(L.LayerNorm(), shape=(1,)), "layer_norm_1", "a single value has no variance"),
        (network(L.InstanceNorm(), shape=(4,)), "instance_norm_1", r"expected an input of \[channels, height"),
        (network(L.InstanceNorm(), shape=(4, 1, 1)), "instance_norm_1", "a single pixel has no variance"),
        (network(L.Maxout(pieces=3), shape=(4,)), "maxout_1", "cannot divide 4 channels or features into groups of 3"),
        (network(L.MinibatchDiscrimination()), "minibatch_discrimination_1", "put a Flatten before it"),
        (network(L.Dense(units=2, inputs=("label",)), label=LABEL), "dense_1", "features"),
    ],
)
def test_an_error_names_network_and_layer(wrong: Network, layer: str, words: str) -> None:
    with pytest.raises(SpecError, match=rf"network 'critic', layer '{layer}': .*{words}"):
        plan_network("critic", wrong)


def test_a_layer_without_a_rule_says_how_to_give_it_one() -> None:
    class Unknown(L.Layer):
        pass

    with pytest.raises(SpecError, match=r"no shape rule for a layer 'Unknown'; .*plan_layer\.register"):
        plan_layer(Unknown(), ((1,),))
