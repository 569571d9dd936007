"""Multiply-adds of a step against sums worked by hand."""

from gan_core.cost import step_multiply_adds, update_multiply_adds
from gan_core.presets import preset

GENERATOR = 100 * 256 + 256 * 512 + 512 * 1024 + 1024 * 784
DISCRIMINATOR = 784 * 512 + 512 * 256 + 256
FIRST_OF_DISCRIMINATOR, FIRST_OF_GENERATOR = 784 * 512, 100 * 256


def test_the_discriminators_update():
    """64 samples made; 128 judged, their gradient at all weights, and at all inputs but the first layer's."""
    made = preset("mnist-mlp")
    by_hand = 64 * GENERATOR + 128 * (3 * DISCRIMINATOR - FIRST_OF_DISCRIMINATOR)

    assert update_multiply_adds(made, made.phases[0]) == by_hand


def test_the_generators_update():
    """The discriminator costs two passes (no gradient at its weights), the generator three but its first input."""
    made = preset("mnist-mlp")
    by_hand = 64 * (2 * DISCRIMINATOR + 3 * GENERATOR - FIRST_OF_GENERATOR)

    assert update_multiply_adds(made, made.phases[1]) == by_hand


def test_a_gradient_penalty_costs_four_more_passes():
    """One forward, one gradient at the input, and the gradient of that: two products for each of its own."""
    plain, penalized = preset("mnist-mlp"), preset("mnist-wgan-gp")
    extra = update_multiply_adds(penalized, penalized.phases[0]) - update_multiply_adds(plain, plain.phases[0])

    assert extra == 4 * 64 * DISCRIMINATOR


def test_a_step_counts_repeats():
    made = preset("mnist-wgan-gp")
    critic, generator = (update_multiply_adds(made, phase) for phase in made.phases)

    assert step_multiply_adds(made) == 5 * critic + generator
