"""Sounds as data: those of WAV files, those that the library makes, and their spectra."""

import wave

import numpy as np
import pytest
from scipy.io import wavfile

from gan_core.data.sound_files import read_sound, write_sounds
from gan_core.data.sound_folder import SoundFolder
from gan_core.data.spectra import decibels, mel_weights, power_spectra
from gan_core.data.tones import Tones
from gan_core.errors import DataError

WAVE = 0.5 * np.sin(np.arange(400) * 0.3)


def write_bits(path, bits: int) -> None:
    """A WAV file of whole numbers of so many bits."""
    if bits == 8:
        raw = np.round(WAVE * 128 + 128).astype(np.uint8).tobytes()
    else:
        whole = np.round(WAVE * 2 ** (bits - 1)).astype("<i4")
        raw = whole.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((1, bits // 8, 8000, 0, "NONE", ""))
        file.writeframes(raw)


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_whole_numbers_of_any_width_become_the_same_wave(tmp_path, bits):
    write_bits(tmp_path / "a.wav", bits)
    sound, rate = read_sound(tmp_path / "a.wav", 8000)

    assert rate == 8000
    np.testing.assert_allclose(sound, WAVE, atol=2.0 ** -min(bits - 1, 22))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_taken_as_they_are_and_channels_averaged(tmp_path, dtype):
    wavfile.write(tmp_path / "a.wav", 8000, np.stack([WAVE, np.zeros(400)], axis=1).astype(dtype))

    np.testing.assert_allclose(read_sound(tmp_path / "a.wav", 8000)[0], WAVE / 2, atol=1e-7)


def test_another_rate_keeps_the_pitch(tmp_path):
    time = np.arange(8000) / 8000
    wavfile.write(tmp_path / "a.wav", 8000, np.sin(2 * np.pi * 500 * time).astype(np.float32))
    sound, _ = read_sound(tmp_path / "a.wav", 12000)
    power = power_spectra(sound[None].astype(float), 480)[0].mean(axis=0)

    assert len(sound) == 12000
    assert power.argmax() * 12000 / 480 == 500


def folder_of(path, **sounds) -> str:
    for name, (rate, values) in sounds.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        wavfile.write(path / f"{name}.wav", rate, np.asarray(values, np.float32))
    return str(path)


def test_files_of_other_rates_short_and_broken_ones_are_said_in_a_line_each(tmp_path, capsys):
    path = folder_of(tmp_path / "s", a=(8000, WAVE), b=(4000, WAVE), c=(8000, WAVE[:100]), d=(8000, WAVE * np.nan))
    (tmp_path / "s" / "e.wav").write_bytes(b"ID3 not a sound")
    (tmp_path / "s" / "f.wav").write_bytes((tmp_path / "s" / "a.wav").read_bytes()[:30])
    (tmp_path / "s" / "g.wav").touch()
    data = SoundFolder(path=path, length=400, rate=8000).load(None)
    lines = capsys.readouterr().err.splitlines()

    assert (data.samples.shape, data.kind, data.sample_rate) == ((3, 1, 1, 400), "sound", 8000)
    assert not data.samples[2, 0, 0, 100:].any()
    assert "4 of 7 WAV files cannot be read: d.wav (damaged or cut off (holds NaN or infinity))" in lines[0]
    assert "e.wav (not a WAV file), f.wav (damaged" in lines[0]
    assert "1 file is shorter than 400 values, as c.wav; padded with silence" in lines[1]
    assert "1 file is not at 8,000 Hz (4,000 Hz: 1); the rate is changed" in lines[2]
    with pytest.raises(DataError, match=r"4 of 7 WAV files cannot be read.*data\.strict"):
        SoundFolder(path=path, length=400, rate=8000, strict=True).load(None)


def test_a_file_is_cut_into_all_its_parts_and_folders_are_classes(tmp_path):
    path = folder_of(tmp_path, **{"cat/1": (8000, WAVE), "dog/1": (8000, WAVE[:250]), "dog/2": (8000, WAVE[:90])})
    data = SoundFolder(path=path, length=100, rate=8000, cut="all", short="left_out", labels="subfolders").load(None)

    np.testing.assert_array_equal(data.labels, [0, 0, 0, 0, 1, 1])
    assert data.class_names == ("cat", "dog")
    np.testing.assert_allclose(data.samples[1, 0, 0], WAVE[100:200], atol=1e-7)


def test_a_folder_without_sounds_says_what_counts(tmp_path):
    (tmp_path / "a.mp3").touch()
    with pytest.raises(DataError, match=r"holds no sounds; a file counts if it ends in \.wav.*ffmpeg"):
        SoundFolder(path=str(tmp_path)).load(None)


def test_too_few_sounds_are_refused(tmp_path):
    path = folder_of(tmp_path, a=(8000, WAVE))
    with pytest.raises(DataError, match="1 of its 1 WAV files can be used; expected 2 or more"):
        SoundFolder(path=path, length=400, rate=8000).load(None)


def test_written_sounds_are_read_again_with_pauses_between(tmp_path):
    write_sounds(tmp_path / "two.wav", [WAVE[None], 3 * WAVE[None]], 8000, pause=0.1)
    sound, _ = read_sound(tmp_path / "two.wav", 8000)

    assert len(sound) == 2 * 400 + 800
    np.testing.assert_allclose(sound[:400], WAVE, atol=1e-4)
    assert not sound[400:1200].any()
    np.testing.assert_allclose(sound[1200:], np.clip(3 * WAVE, -1, 1), atol=1e-4)


def test_tones_are_three_kinds_in_turn_and_another_draw_has_others():
    data = Tones(sounds=6, length=1024, rate=2000).load(None)
    fresh = Tones(sounds=6, length=1024, rate=2000).fresh_samples(data, 4, 1)

    np.testing.assert_array_equal(data.labels, [0, 1, 2, 0, 1, 2])
    np.testing.assert_allclose(np.abs(data.samples).max(axis=(1, 2, 3)), 0.9, rtol=1e-6)
    assert len(fresh) == 4
    assert not np.allclose(fresh.samples, data.samples[:4])


def test_a_sine_has_its_power_at_its_frequency():
    """A sine of amplitude 1 at frequency 8 of 64: 0 dB there, silence elsewhere but for the window's neighbours."""
    levels = decibels(power_spectra(np.sin(2 * np.pi * 8 * np.arange(256) / 64)[None], 64))

    np.testing.assert_allclose(levels[0, :, 8], 0, atol=1e-9)
    np.testing.assert_allclose(levels[0, :, [7, 9]], -6.0206, atol=1e-4)
    np.testing.assert_allclose(levels[0, :, 12:], -80, atol=1e-9)


def test_bands_of_the_mel_scale_leave_none_empty():
    for frequencies, rate in ((257, 16000), (33, 1000)):
        weights = mel_weights(frequencies, rate, 64)

        assert (weights.sum(axis=1) > 0).all()
        assert (np.diff(weights.argmax(axis=1)) >= 0).all()
