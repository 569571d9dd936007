"""Short sounds that the library makes itself: plucked strings, sweeps and drums."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.array_files import check_memory
from gan_core.data.dataset import Dataset
from gan_core.data.spec import Data
from gan_core.randomness import stream
from gan_core.specs.spec import NonNegativeInt, PositiveInt, Variant

CLASSES = ("pluck", "sweep", "drum")
FRESH_SOUNDS = 1000  # of each set of an evaluation
Rate = Annotated[int, msgspec.Meta(ge=100, le=768_000)]
Length = Annotated[int, msgspec.Meta(ge=16, le=2**22)]


class Tones(Variant, Data, frozen=True, kw_only=True):
    """Plucked strings, sweeps and drums, as many of each, [1, 1, length] in −1 … 1; the label says which.

    Strings are eight partials that fade, of a pitch of two octaves; sweeps are sines whose frequency moves; drums are
    a falling sine and noise. Nothing is read, nothing downloaded.

    sounds: how many. length: values of a sound. rate: of them in a second. seed: the sounds' seed, apart from that of
    the training.
    """

    sounds: PositiveInt = 2000
    length: Length = 16384
    rate: Annotated[int, msgspec.Meta(ge=1000, le=768_000)] = 16000
    seed: NonNegativeInt = 0

    @property
    @override
    def sample_kind(self) -> str:
        return "sound"

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        check_memory(f"tones: {self.sounds:,} sounds of {self.length:,} values", 12 * self.sounds * self.length)
        sounds, classes = drawn_tones(stream(self.seed, "tones"), self.sounds, self.length, self.rate)
        # rounded, since processors differ in the last digit of a sine, and a run may move
        rounded = hashlib.sha256((np.round(sounds, 4) + 0.0).tobytes()).hexdigest()
        return Dataset(
            name="tones",
            samples=sounds,
            labels=classes,
            classes=len(CLASSES),
            class_names=CLASSES,
            kind="sound",
            sample_rate=self.rate,
            samples_sha256=rounded,
        )

    @override
    def fresh_samples(self, dataset: Dataset, count: int | None, draw: int) -> Dataset:
        other = msgspec.structs.replace(self, sounds=count or FRESH_SOUNDS, seed=self.seed + draw)
        return dataclasses.replace(other.load(None), name=f"fresh sounds, seed {other.seed}")


def drawn_tones(
    random: np.random.Generator,
    count: int,
    length: int,
    rate: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return sounds, float32 [count, 1, 1, length], and their classes, 0, 1 and 2 in turn."""
    seconds = np.arange(length) / rate
    sounds, classes = np.zeros((count, 1, 1, length), np.float32), np.arange(count) % 3
    for place, kind in enumerate(classes):
        if kind == 0:  # partials at whole multiples of a pitch, the higher ones fading sooner
            pitch, fading = 55 * 2 ** random.uniform(0, 2), random.uniform(2, 6)
            parts = np.arange(1, 9)
            parts = parts[parts * pitch < 0.45 * rate][:, None]
            turns = random.uniform(0, 1, (8, 1))[: len(parts)]
            waves = np.sin(2 * np.pi * (parts * pitch * seconds + turns))
            sound = (waves * np.exp(-fading * parts**0.5 * seconds) / parts).sum(axis=0)
        elif kind == 1:
            first, last = random.uniform(50, min(0.4 * rate, 2000), 2)
            turns = first * seconds + (last - first) * seconds**2 / (2 * length / rate)
            sound = np.sin(2 * np.pi * turns) * np.sin(np.pi * np.arange(length) / length)
        else:
            pitch, fall = 40 * 2 ** random.uniform(0, 1), random.uniform(1, 4)
            fading = random.uniform(6, 16)
            turns = pitch * seconds + fall * (1 - np.exp(-20 * seconds))
            sound = np.sin(2 * np.pi * turns) * np.exp(-fading * seconds)
            hiss = random.uniform(0.1, 0.6) * np.exp(-random.uniform(15, 50) * seconds)
            sound += hiss * random.standard_normal(length)
        sounds[place, 0, 0] = 0.9 * sound / np.abs(sound).max()
    return sounds, classes
