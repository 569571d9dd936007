"""Each loss against numbers worked by hand, on NumPy.

real = [0, ln 3], fake = [0, −ln 3]: softplus(0) = ln 2, softplus(ln 3) = ln(1 + 3) = ln 4,
softplus(−ln 3) = ln(1 + 1/3) = ln 4/3. And real = [2, −1], fake = [.5, −3] for the losses without logarithms.
"""

from math import log

import numpy as np
import pytest

from gan_core.errors import SpecError
from gan_core.objectives import losses
from gan_core.objectives.losses import LOSSES, adversarial_loss
from gan_core.testing.numpy_ops import NumpyOps
from tolerances import assert_close

OPS = NumpyOps()
REAL, FAKE = np.array([[0.0], [log(3)]]), np.array([[0.0], [-log(3)]])
PLAIN_REAL, PLAIN_FAKE = np.array([[2.0], [-1.0]]), np.array([[0.5], [-3.0]])


def test_cross_entropy_discriminator() -> None:
    """½ (ln 2 + ln 4/3) for the real half, the same for the fake half: ln 2 + ln 4/3 = ln 8/3 together."""
    assert_close(losses.cross_entropy_discriminator(OPS, REAL, FAKE), np.asarray(log(8 / 3)), "worked")


def test_cross_entropy_of_an_undecided_discriminator_is_ln_4() -> None:
    """−log ½ − log ½."""
    zeros = np.zeros((5, 1))
    assert_close(losses.cross_entropy_discriminator(OPS, zeros, zeros), np.asarray(log(4)), "worked")


def test_minimax_generator() -> None:
    """log(1 − D) = −softplus: −½ (ln 2 + ln 4/3) = −½ ln 8/3."""
    assert_close(losses.minimax_generator(OPS, REAL, FAKE), np.asarray(-log(8 / 3) / 2), "worked")


def test_non_saturating_generator() -> None:
    """−log D = softplus(−fake): ½ (ln 2 + ln 4) = ½ ln 8."""
    assert_close(losses.non_saturating_generator(OPS, REAL, FAKE), np.asarray(log(8) / 2), "worked")


def test_least_squares_discriminator() -> None:
    """½ · ½ ((2−1)² + (−1−1)²) + ½ · ½ (.25 + 9) = 1.25 + 2.3125."""
    assert_close(losses.least_squares_discriminator(OPS, PLAIN_REAL, PLAIN_FAKE), np.asarray(3.5625), "worked")


def test_least_squares_generator() -> None:
    """½ · ½ ((.5−1)² + (−3−1)²) = ¼ · 16.25."""
    assert_close(losses.least_squares_generator(OPS, PLAIN_REAL, PLAIN_FAKE), np.asarray(4.0625), "worked")


def test_hinge_discriminator() -> None:
    """½ (max(0, 1−2) + max(0, 1+1)) + ½ (max(0, 1.5) + max(0, −2)) = 1 + .75."""
    assert_close(losses.hinge_discriminator(OPS, PLAIN_REAL, PLAIN_FAKE), np.asarray(1.75), "worked")


def test_wasserstein_discriminator() -> None:
    """½ (.5 − 3) − ½ (2 − 1) = −1.25 − .5."""
    assert_close(losses.wasserstein_discriminator(OPS, PLAIN_REAL, PLAIN_FAKE), np.asarray(-1.75), "worked")


def test_wasserstein_generator() -> None:
    """−½ (.5 − 3)."""
    assert_close(losses.wasserstein_generator(OPS, PLAIN_REAL, PLAIN_FAKE), np.asarray(1.25), "worked")


def test_losses_survive_logits_of_any_size() -> None:
    """At ±800 a plain log(sigmoid) is infinite; here real = −800 and fake = 800 cost 800 each."""
    value = losses.cross_entropy_discriminator(OPS, np.array([[-800.0]]), np.array([[800.0]]))
    assert_close(value, np.asarray(1600.0), "worked")


def test_the_zero_sum_games_are_zero_sum_in_the_fake_half() -> None:
    """Minimax and Wasserstein generators minimise minus the discriminator's fake half."""
    none = np.zeros((2, 1))
    fake_half = losses.cross_entropy_discriminator(OPS, none, FAKE) - log(2)
    assert_close(losses.minimax_generator(OPS, REAL, FAKE), -fake_half, "worked")
    assert_close(
        losses.wasserstein_generator(OPS, REAL, FAKE), -losses.wasserstein_discriminator(OPS, none, FAKE), "worked"
    )


@pytest.mark.parametrize("name", LOSSES)
def test_a_generator_that_needs_no_real_logits_gets_none(name: str) -> None:
    loss = adversarial_loss(name)
    assert loss.generator_needs_real or np.isfinite(loss.generator(OPS, None, FAKE))


@pytest.mark.parametrize("name", LOSSES)
def test_batch_size_does_not_change_the_scale(name: str) -> None:
    """The same logits three times over have the same loss."""
    loss = adversarial_loss(name)
    for side in (loss.discriminator, loss.generator):
        thrice = side(OPS, np.tile(REAL, (3, 1)), np.tile(FAKE, (3, 1)))
        assert_close(thrice, side(OPS, REAL, FAKE), "worked")


def test_an_unknown_loss_is_answered_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="unknown loss 'hing'; did you mean 'hinge'"):
        adversarial_loss("hing")


def test_relativistic_average_discriminator() -> None:
    """Means of (ln 3, 0) and (−ln 3, 0) are ±½ ln 3; r − mean(f) = (3/2, 1/2) ln 3, f − mean(r) = −(3/2, 1/2) ln 3.

    Each half is ½ (ln(1 + 3^−1.5) + ln(1 + 3^−.5)), so the sum is ln((1 + 3^−1.5)(1 + 3^−.5)).
    """
    real, fake = np.array([[log(3)], [0.0]]), np.array([[-log(3)], [0.0]])
    expected = log((1 + 3**-1.5) * (1 + 3**-0.5))

    assert_close(losses.relativistic_discriminator(OPS, real, fake), np.asarray(expected), "worked")


def test_relativistic_generator_is_the_discriminator_with_sides_exchanged() -> None:
    assert losses.relativistic_generator(OPS, REAL, FAKE) == losses.relativistic_discriminator(OPS, FAKE, REAL)


@pytest.mark.parametrize("name", LOSSES)
def test_the_undecided_losses_are_those_of_equal_outputs(name: str) -> None:
    """Outputs of 0 (D = 1/2), or of 1/2 where the loss aims outputs at 0 and 1."""
    loss = adversarial_loss(name)
    outputs = np.full((5, 1), 0.5 if name == "least_squares" else 0.0)
    if loss.undecided is None:
        assert loss.outputs == "scores"
        return
    for side, expected in zip((loss.discriminator, loss.generator), loss.undecided, strict=True):
        assert_close(side(OPS, outputs, outputs), np.asarray(expected), "worked")
