"""The distance of spectra, by numbers worked by hand."""

import numpy as np
import pytest

from gan_core.errors import UsageError
from gan_core.features.log_mel import LogMelStatistics
from gan_core.metrics import spectrum_distances

NOISE = np.random.default_rng(0).standard_normal((8, 1, 1, 1024)) * 0.1


def test_half_the_amplitude_is_six_decibels_at_every_frequency():
    found = spectrum_distances(NOISE, NOISE / 2)

    assert found.mean == pytest.approx(20 * np.log10(2), abs=0.05)
    assert found.deviation == pytest.approx(0, abs=0.05)


def test_the_order_of_sounds_changes_nothing():
    assert spectrum_distances(NOISE, NOISE[::-1]) == pytest.approx((0, 0), abs=1e-9)


def test_one_sound_for_all_has_another_deviation():
    loud_and_quiet = np.concatenate([NOISE[:4], NOISE[:4] / 10])
    found = spectrum_distances(loud_and_quiet, np.concatenate([NOISE[:4], NOISE[:4]]))

    assert found.deviation > 3


@pytest.mark.parametrize(
    ("generated", "words"),
    [
        (NOISE[..., :512], "one T"),
        (NOISE[:0], "at least 1"),
        (NOISE * np.nan, "generated sound 0 has values"),
        (np.zeros((2, 1, 8, 8)), "one T"),
    ],
)
def test_what_cannot_be_compared_says_why(generated, words):
    with pytest.raises(UsageError, match=words):
        spectrum_distances(NOISE, generated)


def test_features_are_means_and_deviations_of_bands_over_time():
    features = LogMelStatistics(rate=2000, bands=16)(NOISE)
    quieter = LogMelStatistics(rate=2000, bands=16)(NOISE / 2)

    assert features.values.shape == (8, 32)
    np.testing.assert_allclose(features.values[:, :16] - quieter.values[:, :16], 20 * np.log10(2), atol=1e-9)
    np.testing.assert_allclose(features.values[:, 16:], quieter.values[:, 16:], atol=1e-9)
