"""BicycleGAN's and StarGAN's objectives refuse networks that do not fit, in one line, and know attributes."""

import msgspec
import numpy as np
import pytest

from gan_core.errors import SpecError
from gan_core.objectives.attributes import attribute_entropy, inputs_of
from gan_core.objectives.bicycle import BicycleGenerators, halves, latent_of
from gan_core.presets import preset
from gan_core.testing.numpy_ops import NumpyOps


def test_the_cross_entropy_of_attributes_is_summed_over_them_and_averaged_over_samples():
    """Logits of 0 cost log 2 each; a logit of 2 for an attribute that is there log(1 + e⁻²)."""
    logits, attributes = np.array([[0.0, 2.0], [0.0, 0.0]]), np.array([[1.0, 1.0], [0.0, 1.0]])
    wanted = (3 * np.log(2) + np.log1p(np.exp(-2))) / 2
    assert attribute_entropy(NumpyOps(), logits, attributes) == pytest.approx(wanted, rel=1e-14)


def test_means_come_before_the_logarithms_of_variances():
    mean, log_variance = halves(np.arange(8.0).reshape(2, 4))
    np.testing.assert_array_equal(mean, [[0, 1], [4, 5]])
    np.testing.assert_array_equal(log_variance, [[2, 3], [6, 7]])


def test_an_encoder_of_another_length_is_refused():
    made = preset("bicyclegan", size=16, width=0.1)
    encoder = made.networks["encoder"]
    last = msgspec.structs.replace(encoder.layers[-1], units=8)
    networks = {**made.networks, "encoder": msgspec.structs.replace(encoder, layers=(*encoder.layers[:-1], last))}
    with pytest.raises(SpecError, match=r"phase 'generators': network 'encoder' makes \[8\], .* a latent of \[8\]"):
        msgspec.structs.replace(made, networks=networks)


def test_a_generator_without_a_source_is_refused():
    with pytest.raises(SpecError, match="expected one latent and a field of the data"):
        latent_of(preset("mnist-dcgan", width=0.1).plans["generator"])


def test_a_loss_of_both_outputs_is_refused():
    with pytest.raises(SpecError, match="relativistic"):
        BicycleGenerators(loss="relativistic")


def test_stargan_s_generator_reads_a_picture_and_a_wish():
    assert inputs_of(preset("stargan", width=0.1).plans["generator"]) == ("picture", "class")
    with pytest.raises(SpecError, match="expected two inputs, a picture and a label or a field of attributes"):
        inputs_of(preset("pix2pix", width=0.1, size=16).plans["generator"])


def test_a_head_that_is_not_there_is_refused():
    made = preset("stargan", width=0.1)
    objective = msgspec.structs.replace(made.phases[0].objective, head="colours")
    with pytest.raises(SpecError, match="'colours' is to tell 4 classes or attributes, but it has no such output"):
        objective.check_plans(made.plans)
