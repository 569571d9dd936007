"""What `gan show` prints of networks."""

from gan_core.experiments.describe import describe
from gan_core.presets import preset


def test_a_layer_that_reads_others_than_the_one_before_it_names_them():
    lines = [" ".join(line.split()) for line in describe(preset("mnist-cgan")).splitlines()]

    assert "code (embedding) of label, classes 10, units 50 50 500" in lines
    assert "concat of z + code 150 0" in lines
    assert "leaky_relu 256 0" in lines  # which reads the layer before it, with the usual slope
