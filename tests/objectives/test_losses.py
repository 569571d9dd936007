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
    """The same logits three times over have the same loss; with a sum over the batch, ln 3 more and the same slope."""
    loss = adversarial_loss(name)
    for side in (loss.discriminator, loss.generator):
        thrice = side(OPS, np.tile(REAL, (3, 1)), np.tile(FAKE, (3, 1)))
        assert_close(thrice - (log(3) if name == "softmax" else 0), side(OPS, REAL, FAKE), "worked")


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


def test_mean_squares_generator() -> None:
    """½ ((.5−1)² + (−3−1)²) = ½ · 16.25, twice the generator's side of least squares."""
    assert_close(losses.mean_squares_generator(OPS, PLAIN_REAL, PLAIN_FAKE), np.asarray(8.125), "worked")


def test_boundary_seeking_generator() -> None:
    """Logits 0 and −ln 3 are D = ½ and ¼: ½ · ½ (0 + (ln ¼ − ln ¾)²) = ¼ ln² 3."""
    share = np.array([[0.5], [0.25]])
    by_definition = 0.5 * np.mean((np.log(share) - np.log(1 - share)) ** 2)
    found = losses.boundary_seeking_generator(OPS, REAL, FAKE)
    assert_close(found, np.asarray(log(3) ** 2 / 4), "worked")
    assert_close(found, by_definition, "worked")


def test_softmax_losses() -> None:
    """Z = 1 + 3 + 1 + 1/3 = 16/3; −½ (0 + ln 3) + ln 16/3, and −¼ (ln 3 − ln 3) + ln 16/3."""
    assert_close(losses.softmax_discriminator(OPS, REAL, FAKE), np.asarray(log(16 / 3) - log(3) / 2), "worked")
    assert_close(losses.softmax_generator(OPS, REAL, FAKE), np.asarray(log(16 / 3)), "worked")


def test_the_softmax_of_an_undecided_discriminator_is_the_logarithm_of_the_samples() -> None:
    """2 · 5 samples with a share of 1/10 each, whatever the output that they share."""
    for level in (0.0, 7.0, -300.0):
        outputs = np.full((5, 1), level)
        for side in (losses.softmax_discriminator, losses.softmax_generator):
            assert side(OPS, outputs, outputs) == pytest.approx(log(10), abs=1e-12)


def test_softmax_losses_survive_outputs_of_any_size() -> None:
    """Of ±800 the largest alone counts: log Z = 800 (+ ln 2 where two are)."""
    far = np.array([[800.0], [-800.0]])
    assert_close(losses.softmax_discriminator(OPS, far, -far), np.asarray(800.0 + log(2)), "worked")
    assert_close(losses.softmax_discriminator(OPS, -np.abs(far), np.abs(far)[:1]), np.asarray(1600.0), "worked")


def test_relativistic_pairs() -> None:
    """Pairs differ by 0 and by ln 9: ½ (ln 2 + ln 10/9) for the discriminator, ½ (ln 2 + ln 10) for the generator."""
    found = losses.relativistic_pair_discriminator(OPS, REAL, FAKE)
    assert_close(found, np.asarray((log(2) + log(10 / 9)) / 2), "worked")
    found = losses.relativistic_pair_generator(OPS, REAL, FAKE)
    assert_close(found, np.asarray((log(2) + log(10)) / 2), "worked")


def test_relativistic_squares() -> None:
    """Means .5 and −1.25: ½ ((2.25)² + (−.75)²) + ½ (1² + (−2.5)²) = 2.8125 + 3.625."""
    found = losses.relativistic_squares_discriminator(OPS, PLAIN_REAL, PLAIN_FAKE)
    assert_close(found, np.asarray(2.8125 + 3.625), "worked")
    exchanged = losses.relativistic_squares_discriminator(OPS, PLAIN_FAKE, PLAIN_REAL)
    assert losses.relativistic_squares_generator(OPS, PLAIN_REAL, PLAIN_FAKE) == exchanged


def test_relativistic_hinge() -> None:
    """Means .5 and −1.25: ½ (max(0, −2.25) + max(0, .75)) + ½ (max(0, 1) + max(0, −2.5)) = .375 + .5."""
    found = losses.relativistic_hinge_discriminator(OPS, PLAIN_REAL, PLAIN_FAKE)
    assert_close(found, np.asarray(0.875), "worked")
    exchanged = losses.relativistic_hinge_discriminator(OPS, PLAIN_FAKE, PLAIN_REAL)
    assert losses.relativistic_hinge_generator(OPS, PLAIN_REAL, PLAIN_FAKE) == exchanged


@pytest.mark.parametrize("name", LOSSES)
def test_the_undecided_losses_are_those_of_equal_outputs(name: str) -> None:
    """Outputs of 0 (D = 1/2), or of 1/2 where the loss aims outputs at 0 and 1."""
    loss = adversarial_loss(name)
    outputs = np.full((5, 1), 0.5 if name in ("least_squares", "mean_squares") else 0.0)
    if loss.undecided is None:
        assert loss.outputs == "scores" or name == "softmax"
        return
    for side, expected in zip((loss.discriminator, loss.generator), loss.undecided, strict=True):
        assert_close(side(OPS, outputs, outputs), np.asarray(expected), "worked")
