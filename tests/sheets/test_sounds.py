"""Sheets of sounds, and the files beside them."""

import numpy as np
import pytest
from PIL import Image

from gan_core.data.dataset import Dataset
from gan_core.data.sound_files import read_sound
from gan_core.sheets.sheets import shown_as, write_whole_sheet
from gan_core.sheets.sounds import INK, MARGIN, SPECTRUM, TITLE, WAVE, WIDTH, spectrogram_picture, wave_picture


def sounds(count: int, channels: int = 1) -> Dataset:
    samples = np.sin(0.3 * np.arange(1024) * np.ones((count, channels, 1, 1)))
    return Dataset(name="sines", samples=samples.astype(np.float32), kind="sound", sample_rate=2000)


@pytest.mark.parametrize(("shape", "shown"), [((1, 1, 64), "sound"), ((2, 1, 64), "sound"), ((1, 8, 8), "image")])
def test_sounds_are_one_row_of_one_channel_or_two(shape, shown):
    assert shown_as(Dataset(name="x", samples=np.zeros((2, *shape)), kind="sound")) == shown


def test_a_sheet_has_a_wav_file_beside_it_with_every_sound(tmp_path):
    data = sounds(3, channels=2)
    paths = write_whole_sheet(tmp_path / "step-1.png", data.samples, 2, data, "title")
    heard, rate = read_sound(tmp_path / "step-1.wav", 2000)

    assert [path.name for path in paths] == ["step-1.png", "step-1.wav"]
    assert (len(heard), rate) == (3 * 1024 + 2 * 300, 2000)
    with Image.open(paths[0]) as picture:
        assert picture.size == (2 * (WIDTH + MARGIN) + MARGIN, TITLE + 2 * (WAVE + SPECTRUM + MARGIN) + MARGIN)


def test_a_wave_stands_where_its_values_are():
    """A ramp from −1 to 1: ink at the bottom on the left, at the top on the right."""
    ink = (wave_picture(np.linspace(-1, 1, 500)) == INK).all(axis=2)

    assert ink[-1, 0]
    assert ink[0, -1]
    assert not ink[0, 0]


def test_a_low_sound_is_bright_at_the_bottom_of_its_spectrogram():
    """A sine at a tenth of the largest frequency, and black above it."""
    light = spectrogram_picture(np.sin(0.1 * np.pi * np.arange(1024))).astype(int).sum(axis=(1, 2))

    assert abs(light.argmax() - 0.9 * SPECTRUM) < 4
    assert len(set(light[: SPECTRUM // 4])) == 1


def test_samples_that_are_not_finite_are_shown_all_the_same(tmp_path):
    data = sounds(2)

    write_whole_sheet(tmp_path / "bad.png", np.full((2, 1, 1, 1024), np.nan), 2, data, "title")
