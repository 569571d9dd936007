"""Sheets of translations: rows of what is read, made and true, in one size; a row for each class or latent."""

from types import SimpleNamespace

import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.presets import preset
from gan_core.training.sampler import Sampler
from gan_core.training.translation_sheets import Beside, placed_alike, shown_shape, translated


def sampler_of(name, generate, **parameters):
    """A sampler of a preset's experiment whose network is a function of its inputs, on four random samples."""
    made = preset(name, width=0.05, **parameters)
    random = np.random.default_rng(0)
    specs = made.plans["generator"].inputs.values()
    fields = {spec.field: random.integers(0, 256, (4, *spec.shape), np.uint8) for spec in specs if spec.field}
    if name == "context-encoder":
        masks = np.zeros((4, 1, *next(iter(specs)).shape[1:]), bool)
        masks[:, :, 4:12, 4:12] = True
        fields["mask"] = masks
    samples = random.integers(0, 256, (4, *made.sample_shape), np.uint8)
    sampler = Sampler(made, SimpleNamespace(), Dataset(name="any", samples=samples, fields=fields), {})
    sampler.generate = lambda _, inputs: generate(inputs)
    return sampler


def inputs_of(sampler, count=4):
    return sampler.sampling_inputs("generator", count, "any", None)


def test_a_small_source_is_enlarged_until_it_fits_what_is_made_of_it():
    sampler = sampler_of("srgan", lambda _: np.zeros((4, 3, 16, 16)), size=16, factor=4, blocks=1)
    inputs = inputs_of(sampler)

    source, made, truth = translated(sampler, "generator", inputs, 4, sampler.beside("generator", 4, "any"))

    assert shown_shape(sampler) == (3, 16, 16)
    np.testing.assert_array_equal(source[:, :, ::4, ::4], inputs["source"])
    np.testing.assert_array_equal(source[:, :, 3::4, 3::4], inputs["source"])
    assert not made.any()
    assert truth.shape == (4, 3, 16, 16)


def test_what_a_context_encoder_fills_in_stands_in_its_place():
    sampler = sampler_of("context-encoder", lambda _: np.full((4, 3, 8, 8), 0.5), size=16)
    inputs = inputs_of(sampler)

    source, filled, truth = translated(sampler, "generator", inputs, 4, sampler.beside("generator", 4, "any"))

    assert (filled[:, :, 4:12, 4:12] == 0.5).all()
    outside = np.ones((16, 16), bool)
    outside[4:12, 4:12] = False
    np.testing.assert_array_equal(filled[:, :, outside], source[:, :, outside])
    whole = sampler.dataset.take(np.arange(4), sampler.dtype)
    hidden = {row.tobytes() for row in truth[:, :, 4:12, 4:12]}
    assert hidden == {row.tobytes() for row in whole}


def test_pictures_of_ones_own_are_filled_where_all_samples_are():
    sampler = sampler_of("context-encoder", lambda _: np.zeros((2, 3, 8, 8)), size=16)
    assert placed_alike(sampler, "generator", 2).masks.shape == (2, 1, 16, 16)

    sampler.dataset.fields["mask"][0] = False
    assert placed_alike(sampler, "generator", 2) == Beside()


def test_a_network_that_is_told_a_class_has_a_row_for_each():
    sampler = sampler_of("stargan", lambda inputs: np.zeros((4, 3, 32, 32)) + inputs["class"][:, None, None, None])
    inputs = {**inputs_of(sampler)}

    rows = list(translated(sampler, "generator", inputs, 4))
    one = list(translated(sampler, "generator", inputs, 4, label=2))

    np.testing.assert_array_equal(rows[0], inputs["picture"])
    assert [row.max() for row in rows[1:]] == [0, 1, 2, 3]
    assert [row.max() for row in one[1:]] == [2]


def test_a_network_that_draws_latents_has_three_rows_of_different_ones():
    sampler = sampler_of(
        "bicyclegan", lambda inputs: np.zeros((4, 3, 16, 16)) + inputs["z"][:, :1, None, None], size=16
    )

    _, first, second, third, truth = translated(
        sampler, "generator", inputs_of(sampler), 4, sampler.beside("generator", 4, "any"), "any"
    )

    assert len({first[0, 0, 0, 0], second[0, 0, 0, 0], third[0, 0, 0, 0]}) == 3
    assert truth.shape == (4, 3, 16, 16)


def test_sizes_of_no_whole_ratio_cannot_stand_in_one_sheet():
    sampler = sampler_of("srgan", lambda inputs: inputs, size=16, factor=4, blocks=1)
    shapes = {"source": SimpleNamespace(shape=(3, 5, 5), kind="data", field="source")}
    plan = SimpleNamespace(inputs=shapes, output_shape=(3, 16, 16))
    sampler.experiment = SimpleNamespace(sampled=("generator",), plans={"generator": plan}, sample_shape=(3, 16, 16))
    assert shown_shape(sampler) is None


@pytest.mark.parametrize("name", ["pix2pix", "bicyclegan"])
def test_a_pair_and_its_truth_are_of_one_sample(name):
    sampler = sampler_of(name, lambda inputs: inputs["source"], size=16)
    known, inputs = sampler.beside("generator", 4, "any"), inputs_of(sampler)
    places = [
        np.flatnonzero((sampler.dataset.take_field("source", np.arange(4), sampler.dtype) == one).all(axis=(1, 2, 3)))[
            0
        ]
        for one in inputs["source"]
    ]
    np.testing.assert_array_equal(known.truth, sampler.dataset.take(np.array(places), sampler.dtype))
