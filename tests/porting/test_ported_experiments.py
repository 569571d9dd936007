"""Two networks become the experiment that a user of such a script expects."""

import pytest

from gan_core.errors import SpecError, UsageError
from gan_core.plans.plans import plan_network
from gan_core.porting.experiments import Wanted, experiment_of, without_last_sigmoids
from gan_core.porting.resizing import Resizing
from gan_core.presets.loading import load_experiment
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network

Z = {"z": Input(kind="latent", shape=(8,))}
LABEL = {"label": Input(kind="label", classes=3)}


def generator(shape: tuple[int, ...] = (1, 8, 8), last: L.Layer | None = None, inputs: dict | None = None) -> Network:
    units = 1
    for size in shape:
        units *= size
    layers = (L.Dense(inputs=("z",), units=units), last or L.Tanh(), L.Reshape(shape=shape))
    joined = (L.Embedding(inputs=("label",), classes=3, units=8, name="code"),) if inputs else ()
    return Network(inputs=Z | (inputs or {}), layers=(*joined, *layers))


def judge(*last: L.Layer, shape: tuple[int, ...] = (1, 8, 8), outputs: tuple[str, ...] = ()) -> Network:
    inputs = {"x": Input(kind="latent" if len(shape) == 1 else "data", shape=shape)}
    return Network(inputs=inputs, layers=(L.Flatten(), L.Dense(units=1), *last), outputs=outputs)


def made(networks: dict[str, Network], **wanted):
    return experiment_of("mine", networks, Wanted(**wanted))


def test_a_last_sigmoid_is_left_out_and_said():
    experiment, remarks = made({"generator": generator(), "discriminator": judge(L.Sigmoid())})

    assert [type(layer) for layer in experiment.networks["discriminator"].layers] == [L.Flatten, L.Dense]
    assert "the discriminator's last sigmoid (sigmoid_1) is left out" in remarks[0]
    load_experiment(experiment)


def test_a_sigmoid_before_a_reshape_is_a_last_one():
    network = Network(
        inputs={"x": Input(kind="data", shape=(1, 4, 4))},
        layers=(L.Conv(channels=1, kernel=4), L.Sigmoid(), L.Flatten()),
    )

    assert [type(one) for one in without_last_sigmoids(network, []).layers] == [L.Conv, L.Flatten]


def test_a_sigmoid_in_the_middle_stays():
    network = judge(L.Sigmoid(), L.Dense(units=1))

    assert without_last_sigmoids(network, []) == network


def test_a_kept_sigmoid_opens_without_a_word():
    experiment, _ = made({"generator": generator(), "discriminator": judge(L.Sigmoid())}, keep_sigmoid=True)

    assert isinstance(load_experiment(experiment).networks["discriminator"].layers[-1], L.Sigmoid)


def test_a_second_head_of_classes_is_a_classifier():
    heads = judge(
        L.Sigmoid(name="truth"), L.Dense(inputs=("flatten_1",), units=3), L.Softmax(name="kind"),
        outputs=("truth", "kind"),
    )  # fmt: skip
    experiment, remarks = made({"generator": generator(inputs=LABEL), "discriminator": heads})

    assert experiment.networks["discriminator"].outputs == ("dense_1", "dense_2")
    assert [term.head for term in experiment.phases[0].objective.terms] == ["dense_2"]
    assert any("auxiliary_classifier" in remark for remark in remarks)


def test_a_head_that_names_no_classes_is_refused():
    heads = judge(L.Dense(inputs=("flatten_1",), units=5), outputs=("dense_1", "dense_2"))
    with pytest.raises(SpecError, match="no classifier of the generator's classes"):
        made({"generator": generator(inputs=LABEL), "discriminator": heads})


@pytest.mark.parametrize(
    ("shape", "word", "kind"),
    [
        ((1, 8, 8), None, "Digits"),
        ((1, 28, 28), None, "Mnist"),
        ((1, 28, 28), "fashion_mnist", "FashionMnist"),
        ((3, 32, 32), None, "Cifar10"),
        ((3, 32, 32), "cats", "ImageFolder"),
        ((3, 64, 48), None, "ImageFolder"),
        ((2,), None, "Mixture"),
        ((5,), "table.csv", "Arrays"),
    ],
)
def test_data_follow_from_the_shape_or_what_was_said(shape: tuple[int, ...], word: str | None, kind: str):
    networks = {"generator": generator(shape, L.Scale(factor=2.0)), "discriminator": judge(shape=shape)}

    assert type(made(networks, data=word)[0].data).__name__ == kind


def test_an_autoencoder_is_no_judge_of_patches():
    networks = {"generator": generator(), "discriminator": judge(L.Dense(units=64), L.Reshape(shape=(1, 8, 8)))}
    with pytest.raises(SpecError, match="an autoencoder, as of BEGAN and EBGAN"):
        made(networks)


def test_pictures_are_stretched_where_the_script_does():
    networks = {"generator": generator((3, 16, 16)), "discriminator": judge(shape=(3, 16, 16))}
    experiment, remarks = made(networks, data="cats", resizing=Resizing("stretch", 7, "Resize((16, 16))"))

    assert experiment.data.resize == "stretch"
    assert "pictures are stretched to their size, as by Resize((16, 16)) in line 7 of the script" in remarks


def test_points_without_data_are_refused():
    with pytest.raises(UsageError, match="no pictures; name a file of numbers"):
        made({"generator": generator((5,)), "discriminator": judge(shape=(5,))})


def test_a_sigmoid_of_the_generator_sets_the_range_of_the_data():
    experiment, _ = made({"generator": generator((1, 28, 28), L.Sigmoid()), "discriminator": judge(shape=(1, 28, 28))})

    assert experiment.data.value_range == (0.0, 1.0)


def test_a_generator_of_pictures_learns_from_pairs():
    image = (3, 16, 16)
    source = Network(inputs={"x": Input(kind="data", shape=image)}, layers=(L.Conv(channels=3, kernel=1), L.Tanh()))
    patches = Network(
        inputs={"a": Input(kind="data", shape=image), "b": Input(kind="data", shape=image)},
        layers=(L.Concat(inputs=("a", "b")), L.Conv(channels=1, kernel=4, stride=4)),
    )
    experiment, remarks = made({"generator": source, "discriminator": patches}, data="facades")

    assert experiment.networks["discriminator"].inputs["b"].field == "source"
    assert plan_network("d", experiment.networks["discriminator"]).output_shape == (16,)
    assert any("Flatten" in remark for remark in remarks)
