"""Samples in evaluation and in training mode, on the backend of NumPy: no framework needed."""

import msgspec
import numpy as np
import pytest

from gan_core.data.sources import Digits
from gan_core.errors import SpecError, UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import from_text, to_toml, with_changes
from gan_core.experiments.initial_values import all_initial_values
from gan_core.presets import preset
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.testing.numpy_backend import NumpyBackend
from gan_core.training.sampler import SAMPLE_CHUNK, Sampler, checked_mode

DROPOUT = {"networks.generator.layers.1": {"type": "dropout", "rate": 0.5}}


def sampler_of(**changes) -> Sampler:
    made = with_changes(preset("digits-mlp"), {"training.dtype": "float64", "sampling.rows": 2} | changes)
    backend, values = NumpyBackend(), all_initial_values(made)
    network = backend.build_network(made.plans["generator"], values["generator"])
    return Sampler(made, backend, made.data.load(None), {"generator": network})


def test_a_sheet_is_made_in_the_experiment_s_mode():
    plain, training = sampler_of(), sampler_of(**{"sampling.mode": "training"})

    assert not np.allclose(plain.sheet(), training.sheet(), atol=1e-3)
    np.testing.assert_array_equal(plain.in_mode("training", "sheet").sample(16, "sheet", None), training.sheet())


def test_in_training_mode_samples_depend_on_those_made_with_them():
    """In evaluation mode they do not."""
    sampler = sampler_of()
    inputs = sampler.sampling_inputs("generator", 20, "any", None)
    few = {"z": inputs["z"][:10]}
    training = sampler.in_mode("training", "any")

    np.testing.assert_allclose(
        sampler.generate("generator", inputs)[:10], sampler.generate("generator", few), atol=1e-12
    )
    assert np.abs(training.generate("generator", inputs)[:10] - training.generate("generator", few)).max() > 1e-3


def test_running_statistics_stay_as_they_are():
    sampler = sampler_of(**DROPOUT)
    before = sampler.networks["generator"].read()

    sampler.in_mode("training", "any").sample(600, "any", None)

    after = sampler.networks["generator"].read()
    assert after.keys() == before.keys()
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)


def test_masks_are_those_of_their_purpose():
    sampler = sampler_of(**DROPOUT)
    one, again, other = (sampler.in_mode("training", name).sample(16, "same", None) for name in ("a", "a", "b"))

    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


def test_many_samples_are_made_in_even_parts():
    """251 in parts of 125 and 126: a batch norm of one sample alone would make nothing of it."""
    sampler = sampler_of()

    assert sampler._parts(SAMPLE_CHUNK + 1) == [(0, 250), (250, 500)]  # the second is cut off by its array
    assert sampler.in_mode("training", "any")._parts(SAMPLE_CHUNK + 1) == [(0, 125), (125, 251)]


def test_a_batch_of_one_is_refused_in_training_mode():
    with pytest.raises(SpecError, match=r"batch norm needs more than one value a channel; in mode=training make two"):
        sampler_of().in_mode("training", "any").sample(1, "any", None)
    with pytest.raises(SpecError, match=r"batch norm needs more than one value a channel; raise sampling\.rows$"):
        sampler_of(**{"sampling.mode": "training", "sampling.rows": 1, "sampling.columns": 1})
    assert len(sampler_of().sample(1, "any", None)) == 1


def test_a_mode_is_one_of_two_and_by_default_that_of_the_sheets():
    assert [checked_mode(mode, "training") for mode in (None, "evaluation")] == ["training", "evaluation"]
    with pytest.raises(UsageError, match=r"^mode=test: expected evaluation or training$"):
        checked_mode("test", "training")


def test_a_file_names_the_mode_where_it_is_not_the_usual_one():
    usual: Experiment = preset("digits-mlp")
    training = with_changes(usual, {"sampling.mode": "training"})

    assert "mode" not in to_toml(usual)
    assert from_text(to_toml(usual), ".toml").sampling.mode == "evaluation"
    assert from_text(to_toml(training), ".toml") == training


def chained(network: str) -> Sampler:
    """A sampler of the digits that a bidirectional GAN of one layer each codes and makes again."""
    image, z = Input(kind="data", shape=(1, 8, 8)), Input(kind="latent", shape=(3,))
    back = (L.Dense(units=64), L.Tanh(), L.Reshape(shape=(1, 8, 8)))
    networks = {
        "encoder": Network(inputs={"image": image}, layers=(L.Flatten(), L.Dense(units=3))),
        "generator": Network(inputs={"z": z}, layers=back),
        "discriminator": Network(
            inputs={"image": image, "z": z},
            layers=(L.Flatten(), L.Concat(inputs=("flatten_1", "z")), L.Dense(units=1)),
        ),
    }
    made = with_changes(
        msgspec.structs.replace(preset("mnist-bigan"), networks=networks, data=Digits()),
        {"training.dtype": "float64", "sampling": {"network": network, "rows": 2, "columns": 4}},
    )
    backend, values = NumpyBackend(), all_initial_values(made)
    native = {name: backend.build_network(made.plans[name], values[name]) for name in networks}
    return Sampler(made, backend, made.data.load(None), native)


def test_a_chain_reads_on_from_what_each_network_made():
    """The sheet shows pictures and, below them, what the generator makes of their codes."""
    sampler, plain = chained("encoder/generator"), chained("generator")
    images = sampler.dataset.take(np.arange(5), np.dtype(np.float64))
    codes = sampler.generate("encoder", {"image": images}, output="dense_1")

    again = sampler.generate("encoder", {"image": images})

    assert sampler.experiment.sample_shape == (1, 8, 8)
    np.testing.assert_array_equal(again, plain.generate("generator", {"z": codes}))
    sheet = sampler.sheet()
    assert sheet.shape == (8, 1, 8, 8)
    np.testing.assert_array_equal(sheet[4:], sampler.generate("encoder", {"image": sheet[:4]}))


@pytest.mark.parametrize(
    ("network", "match"),
    [
        ("encoder/generatr", "unknown network 'generatr'; did you mean 'generator'"),
        (
            "generator/generator",
            r"'generator' cannot follow 'generator': it reads \[\[3\]\]; expected one input \[1, 8",
        ),
        ("encoder/discriminator", "'discriminator' cannot follow 'encoder'"),
    ],
)
def test_a_chain_whose_networks_do_not_follow_each_other_is_refused(network, match):
    with pytest.raises(SpecError, match=match):
        chained(network)
