"""Sheets of sounds: the wave and the spectrogram of each in a grid, and a WAV file beside them.

Time runs to the right. The wave fills its strip from −1 to 1; below it power by frequency, 0 Hz at the bottom and half
the sample rate at the top, from black, −80 dB and less, to white, a sine of full amplitude.
"""

from pathlib import Path
from typing import ClassVar

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.sound_files import write_sounds
from gan_core.data.spectra import decibels, power_spectra
from gan_core.sheets.kinds import KINDS, Kind
from gan_core.sheets.titled_pictures import font_of

WIDTH, WAVE, SPECTRUM = 192, 48, 96  # pixels of a sound
MARGIN, TITLE = 6, 28
MOST_SHOWN = 100  # in a sheet, and in the file beside it
DEPTH = 80.0  # decibels
PAPER, INK, ZERO = (255, 255, 255), (31, 119, 180), (225, 225, 225)
UNKNOWN_RATE = 16000  # of sounds whose data set says none


def write_sounds_shown(path: Path, samples: np.ndarray, dataset: Dataset) -> None:
    """Write the sounds of a sheet one after the other into a WAV file."""
    write_all_sounds(path, samples[:MOST_SHOWN], dataset)


def write_all_sounds(path: Path, samples: np.ndarray, dataset: Dataset) -> None:
    """Write sounds [N, C, 1, T] one after the other into a WAV file, with pauses."""
    write_sounds(path, list(samples[:, :, 0]), rate_of(dataset))


@KINDS.register("sound")
class Sound(Kind):
    """Sounds [C, 1, T] of one channel or two, in −1 … 1."""

    extractors = ("log-mel",)
    beside: ClassVar = {".wav": write_sounds_shown}
    files: ClassVar = {".wav": write_all_sounds}
    each = ".wav"

    def holds(self, shape: tuple[int, ...]) -> bool:
        """Whether a sample is one row of numbers, or one of the left and one of the right."""
        return len(shape) == 3 and shape[0] in (1, 2) and shape[1] == 1

    def write_sheet(self, path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> None:
        """Write the waves and spectrograms of at most 100 sounds."""
        from PIL.Image import fromarray

        fromarray(sound_grid(samples, columns, rate_of(dataset), title)).save(path)

    def sheet_pixels(self, count: int, columns: int, shape: tuple[int, ...]) -> int:
        """Return the pixels of `sound_grid`."""
        rows = -(-min(count, MOST_SHOWN) // columns)
        return rows * columns * (WIDTH + MARGIN) * (WAVE + SPECTRUM + MARGIN)

    def write_one(self, path: Path, sample: np.ndarray, dataset: Dataset) -> None:
        """Write a WAV file of 16 bits."""
        write_sounds(path, [sample[:, 0]], rate_of(dataset))


def rate_of(dataset: Dataset) -> int:
    """Return the sample rate of a data set's sounds, in hertz."""
    return dataset.sample_rate or UNKNOWN_RATE


def sound_grid(samples: np.ndarray, columns: int, rate: int, title: str) -> np.ndarray:
    """Return sounds [N, C, 1, T] as one picture, uint8 [H, W, 3], row by row; of two channels their mean is shown."""
    shown = np.nan_to_num(samples[:MOST_SHOWN, :, 0].mean(axis=1).astype(np.float64), nan=0.0, posinf=1, neginf=-1)
    columns = min(columns, len(shown))
    rows = -(-len(shown) // columns)
    height, width = WAVE + SPECTRUM + MARGIN, WIDTH + MARGIN
    sheet = np.full((TITLE + rows * height + MARGIN, columns * width + MARGIN, 3), PAPER, np.uint8)
    left_out = f", the first {MOST_SHOWN} of {len(samples)}" if len(samples) > MOST_SHOWN else ""
    facts = f"{samples.shape[3] / rate:.3g} s, 0 … {rate / 2000:.3g} kHz"
    for index, sound in enumerate(shown):
        top, left = TITLE + index // columns * height, index % columns * width + MARGIN
        sheet[top : top + WAVE, left : left + WIDTH] = wave_picture(sound)
        sheet[top + WAVE : top + WAVE + SPECTRUM, left : left + WIDTH] = spectrogram_picture(sound)
    return _titled(sheet, [f"{title}{left_out}; {facts}", f"{title}; {facts}", title])


def wave_picture(sound: np.ndarray) -> np.ndarray:
    """Return the wave of a sound [T] as a picture, uint8 [WAVE, WIDTH, 3]; a column covers all that falls into it."""
    edges = np.linspace(0, len(sound) - 1, WIDTH + 1)
    starts, ends = np.floor(edges[:-1]).astype(int), np.ceil(edges[1:]).astype(int) + 1
    rows = np.clip((1 - sound) * (WAVE / 2), 0, WAVE - 1)
    places = np.arange(WAVE)
    picture = np.full((WAVE, WIDTH, 3), PAPER, np.uint8)
    picture[WAVE // 2] = ZERO
    for column, (start, end) in enumerate(zip(starts, ends, strict=True)):
        part = rows[start:end]
        picture[(places >= int(part.min())) & (places <= int(part.max())), column] = INK
    return picture


def spectrogram_picture(sound: np.ndarray) -> np.ndarray:
    """Return the spectrogram of a sound [T] as a picture, uint8 [SPECTRUM, WIDTH, 3]."""
    import matplotlib as mpl
    from PIL.Image import Resampling, fromarray

    levels = np.clip(1 + decibels(power_spectra(sound[None])[0]) / DEPTH, 0, 1).T[::-1]
    sized = fromarray(levels.astype(np.float32)).resize((WIDTH, SPECTRUM), Resampling.BOX)
    return np.asarray(mpl.colormaps["magma"](np.asarray(sized), bytes=True))[..., :3]


def _titled(sheet: np.ndarray, titles: list[str]) -> np.ndarray:
    """Return a sheet with the first of its titles that fits above it, or the last as far as it fits."""
    from PIL import ImageDraw
    from PIL.Image import fromarray

    font = font_of("DejaVuSans.ttf", 13)
    picture = fromarray(sheet)
    fits = next((title for title in titles if font.getlength(title) <= sheet.shape[1] - 2 * MARGIN), titles[-1])
    ImageDraw.Draw(picture).text((MARGIN, MARGIN), fits, fill="black", font=font)
    return np.asarray(picture)
