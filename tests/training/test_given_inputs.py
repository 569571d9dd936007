"""Given inputs and walks: codes, labels and latents that a user sets, on the backend of NumPy."""

import numpy as np
import pytest

from gan_core.cli.parameters import given_numbers
from gan_core.errors import UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import from_text
from gan_core.experiments.initial_values import all_initial_values
from gan_core.plans.plans import plan_network
from gan_core.sessions.sampling import walked
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.testing.numpy_backend import NumpyBackend
from gan_core.training.given_inputs import category_of, given_inputs, walk_along
from gan_core.training.sampler import Sampler
from gan_core.training.walks import interpolated

TEXT = """
name = "coded"
data = { type = "digits" }
training = { steps = 1, dtype = "float64" }
phases = [
  { name = "generator", player = "generator", objective = { type = "adversarial_generator" } },
  { name = "discriminator", player = "discriminator", objective = { type = "adversarial_discriminator" } },
]
[networks.generator]
inputs.z = { kind = "latent", shape = [4] }
inputs.code = { kind = "latent", shape = [3], distribution = "one_hot" }
inputs.style = { kind = "latent", shape = [2], distribution = "uniform" }
layers = [
  { type = "concat", inputs = ["z", "code", "style"] },
  { type = "dense", units = 64 },
  { type = "reshape", shape = [1, 8, 8] },
]
[networks.discriminator]
inputs.sample = { kind = "data", shape = [1, 8, 8] }
layers = [{ type = "flatten" }, { type = "dense", units = 1 }]
[players]
generator = { networks = ["generator"], optimizer = { type = "sgd", learning_rate = 0.1 } }
discriminator = { networks = ["discriminator"], optimizer = { type = "sgd", learning_rate = 0.1 } }
"""


@pytest.fixture(scope="module")
def coded() -> Experiment:
    return from_text(TEXT, ".toml")


@pytest.fixture
def sampler(coded) -> Sampler:
    backend, values = NumpyBackend(), all_initial_values(coded)
    network = backend.build_network(coded.plans["generator"], values["generator"])
    return Sampler(coded, backend, coded.data.load(None), {"generator": network})


def test_a_category_becomes_its_row_and_numbers_their_latent(coded):
    given = given_inputs(coded.plans["generator"], {"code": 2, "style": [0.5, -1], "z": 0})

    np.testing.assert_array_equal(given["code"], [0, 0, 1])
    np.testing.assert_array_equal(given["style"], [0.5, -1])
    np.testing.assert_array_equal(given["z"], np.zeros(4))
    assert category_of(given["code"]) == 2


def test_given_inputs_take_the_place_of_drawn_ones_and_leave_the_others(coded, sampler):
    given = given_inputs(coded.plans["generator"], {"code": 1, "style": [0.5, -1]})
    plain = sampler.sampling_inputs("generator", 5, "any", None)
    fixed = sampler.with_given(given).sampling_inputs("generator", 5, "any", None)

    np.testing.assert_array_equal(fixed["z"], plain["z"])
    np.testing.assert_array_equal(fixed["code"], np.tile([0, 1, 0], (5, 1)))
    np.testing.assert_array_equal(fixed["style"], np.tile([0.5, -1], (5, 1)))
    assert sampler.given == {}  # the sampler itself stays as it was


def test_truncated_latents_are_the_drawn_ones_but_for_those_beyond_the_bound(sampler):
    """As the paper's threshold does; codes and noise of other distributions stay as they are drawn."""
    plain = sampler.sampling_inputs("generator", 200, "any", None)
    near = sampler.truncated(0.5).sampling_inputs("generator", 200, "any", None)

    kept = np.abs(plain["z"]) <= 0.5
    np.testing.assert_array_equal(near["z"][kept], plain["z"][kept])
    assert np.abs(near["z"]).max() <= 0.5
    assert 0.27 < near["z"].std() < 0.3  # of the normal distribution between ±.5 it is .284
    np.testing.assert_array_equal(near["code"], plain["code"])
    assert sampler.latent_truncation is None


@pytest.mark.parametrize("bound", [0.0, -1.0, 0.001, float("nan"), float("inf")])
def test_a_bound_that_leaves_nothing_is_refused(sampler, bound):
    with pytest.raises(UsageError, match=r"latent_truncation=.*: expected 0\.01 or more"):
        sampler.truncated(bound)


def test_a_sheet_of_a_walk_has_a_row_for_each_category_and_keeps_its_noise(sampler, monkeypatch):
    seen = {}
    monkeypatch.setattr(sampler, "generate", lambda _, inputs: seen.update(inputs) or np.zeros(1))
    _, columns = walked(sampler, walk_along(sampler.experiment.plans["generator"], "style.1"), 15, None, 0)

    rows = {name: values.reshape(3, columns, -1) for name, values in seen.items()}
    assert columns == 5
    np.testing.assert_array_equal(rows["code"][:, 0], np.eye(3))
    np.testing.assert_array_equal(rows["style"][0], np.stack([np.zeros(5), [-2, -1, 0, 1, 2]], axis=1))
    np.testing.assert_array_equal(rows["style"], np.repeat(rows["style"][:1], 3, axis=0))
    for name in ("code", "z"):
        np.testing.assert_array_equal(rows[name], np.repeat(rows[name][:, :1], 5, axis=1))
    assert not np.allclose(rows["z"][0], rows["z"][1])


def test_a_walk_of_one_class_has_as_many_rows_as_fit(sampler):
    plan = sampler.experiment.plans["generator"]
    samples, columns = walked(sampler, walk_along(plan, "style=-1,3"), 20, 2, 0)

    assert (columns, samples.shape) == (10, (20, 1, 8, 8))
    (walk,) = {walk_along(plan, "style=-1,3")}
    assert (walk.name, walk.index, walk.low, walk.high) == ("style", 0, -1.0, 3.0)


def test_an_interpolation_keeps_what_is_given(coded, sampler, monkeypatch):
    seen = {}
    fixed = sampler.with_given(given_inputs(coded.plans["generator"], {"style": 1}))
    monkeypatch.setattr(fixed, "generate", lambda _, inputs: seen.update(inputs) or np.zeros(1))
    interpolated(fixed, 6, 3, None, 0)

    np.testing.assert_array_equal(seen["style"], np.ones((6, 2)))
    assert set(seen["code"].ravel()) == {0.0, 1.0}  # never numbers between two categories


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"code": 3}, r"given=code=3: the input 'code' takes a category, a whole number of 0 to 2"),
        ({"code": 0.5}, "a whole number of 0 to 2"),
        ({"code": [0, 1]}, "given=code=0,1"),
        ({"style": [1, 2, 3]}, "the input 'style' takes 2 numbers, or one for all of them"),
        ({"style": float("nan")}, "takes 2 numbers"),
        ({"stile": 1}, "no such input; did you mean 'style'"),
    ],
)
def test_values_that_an_input_does_not_take_are_refused(coded, values, words):
    with pytest.raises(UsageError, match=words):
        given_inputs(coded.plans["generator"], values)


def test_what_a_discriminator_reads_cannot_be_given(coded):
    with pytest.raises(UsageError, match="'sample' of the network 'discriminator' reads data"):
        given_inputs(coded.plans["discriminator"], {"sample": 0})


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("code", "nothing between two categories of 'code'"),
        ("style.2", r"'style' has the numbers style.0 to style.1"),
        ("style.x", r"'style' has the numbers"),
        ("style.0=1", "expected two ends after the input, as style.0=-2,2"),
        ("style=a,b", "expected two ends"),
        ("stile", "did you mean 'style'"),
    ],
)
def test_a_walk_that_leads_nowhere_is_refused(coded, word, words):
    with pytest.raises(UsageError, match=words):
        walk_along(coded.plans["generator"], word)


def test_words_of_the_command_line_become_numbers():
    assert given_numbers(["code=3", "style=0.5,-1"]) == {"code": (3.0,), "style": (0.5, -1.0)}
    for word, words in (("code", "expected an input and its numbers"), ("code=a", "expected numbers")):
        with pytest.raises(UsageError, match=words):
            given_numbers([word])
    with pytest.raises(UsageError, match="'code' was given already"):
        given_numbers(["code=1", "code=2"])


ATTRIBUTES = Network(
    inputs={
        "picture": Input(kind="data", shape=(1, 2, 2)),
        "attributes": Input(kind="data", shape=(3,), field="attributes"),
        "mask": Input(kind="data", shape=(1, 2, 2), field="mask"),
    },
    layers=(L.Flatten(), L.Concat(inputs=("flatten_1", "attributes")), L.Dense(units=2)),
)


def test_attributes_of_the_data_are_given_as_numbers() -> None:
    found = given_inputs(plan_network("generator", ATTRIBUTES), {"attributes": [1.0, 0.0, 1.0]})

    np.testing.assert_array_equal(found["attributes"], [1.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("attributes", [1.0, 0.0], "the input 'attributes' takes 3 numbers, or one for all of them"),
        ("mask", 1.0, "the input 'mask' of the network 'generator' reads data; give pictures"),
        ("picture", 1.0, "reads data; give pictures"),
        ("atributes", 1.0, "has no such input; did you mean 'attributes'"),
    ],
)
def test_what_is_no_attribute_is_refused(name, value, match) -> None:
    with pytest.raises(UsageError, match=match):
        given_inputs(plan_network("generator", ATTRIBUTES), {name: value})
