"""A folder of WAV files of any rates and lengths, as sounds of one."""

import os
from collections import Counter
from pathlib import Path
from typing import Literal

import numpy as np
from typing_extensions import override

from gan_core.data.array_files import check_memory
from gan_core.data.class_folders import natural_order
from gan_core.data.dataset import Dataset
from gan_core.data.folder import PathName, find_folder, objection
from gan_core.data.sound_files import LARGEST_FILE, read_sound, reason_of_sound
from gan_core.data.spec import Data
from gan_core.data.tones import Length, Rate
from gan_core.errors import DataError
from gan_core.specs.spec import Variant

ENDINGS = (".wav", ".wave")
SHOWN = 3


class SoundFolder(Variant, Data, frozen=True, kw_only=True):
    """All WAV files in a folder and its subfolders, [1, 1, length] in −1 … 1, sorted by name.

    8, 16, 24 and 32 bits and floats are read; channels are averaged; another rate is changed to `rate`.

    path: the folder; a relative one is looked for in the data folder, here, in GAN_DATA_DIR and in the cache.
    length: values of a sound. rate: of them in a second.
    cut: of a file that is longer, "first" takes its start, "all" makes a sound of each part of `length` values.
    short: what is shorter is "padded" with silence at its end, or "left_out".
    labels: with "subfolders", each folder directly in `path` is a class.
    strict: refuse the folder, in place of a line on standard error, if a file cannot be read, is too short or has
        another rate.
    """

    path: PathName
    length: Length = 16384
    rate: Rate = 16000
    cut: Literal["first", "all"] = "first"
    short: Literal["padded", "left_out"] = "padded"
    labels: Literal["none", "subfolders"] = "none"
    strict: bool = False

    @property
    @override
    def sample_kind(self) -> str:
        return "sound"

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        """Return the data set; what is left out or changed is said in a line for each reason. Raises `DataError`."""
        folder = find_folder(self.path, data_dir, "WAV files")
        names = _listed(folder)
        classes = _classes(folder, names) if self.labels == "subfolders" else ()
        sounds: list[np.ndarray] = []
        kept: list[str] = []
        faults, short, rates = dict[str, str](), list[str](), Counter[int]()
        for name in names:
            try:
                if (folder / name).stat().st_size > LARGEST_FILE:
                    raise ValueError(f"more than {LARGEST_FILE / 1e9:.1f} GB")
                sound, own_rate = read_sound(folder / name, self.rate)
            except Exception as error:  # noqa: BLE001  a damaged file may fail in any way
                faults[name] = reason_of_sound(folder / name, error)
                continue
            rates[own_rate] += 1
            if len(sound) < self.length:
                short.append(name)
                if self.short == "left_out" or not len(sound):
                    continue
                sound = np.pad(sound, (0, self.length - len(sound)))
            parts = len(sound) // self.length if self.cut == "all" else 1
            check_memory(f"{folder}: sounds of {self.length:,} values", 8 * self.length * (len(sounds) + parts))
            sounds += np.split(sound[: parts * self.length], parts)
            kept += [name] * parts
        self._report(folder, names, faults, short, rates)
        if len(sounds) < 2:
            raise DataError(f"{folder}: {len(sounds)} of its {len(names):,} WAV files can be used; expected 2 or more")
        labels = np.array([classes.index(name.partition("/")[0]) for name in kept], np.int64) if classes else None
        return Dataset(
            name=folder.resolve().name,
            samples=np.stack(sounds)[:, None, None],
            labels=labels,
            classes=len(classes) or None,
            class_names=classes,
            kind="sound",
            sample_rate=self.rate,
        )

    def _report(
        self, folder: Path, names: list[str], faults: dict[str, str], short: list[str], rates: Counter[int]
    ) -> None:
        """Say what is left out or changed, a line for each reason."""
        if faults:
            shown = ", ".join(f"{name} ({reason})" for name, reason in list(faults.items())[:SHOWN])
            more = ", …" if len(faults) > SHOWN else ""
            text = f"{folder}: {len(faults):,} of {len(names):,} WAV files cannot be read: {shown}{more}"
            objection(text, "left out", strict=self.strict)
        if short:
            text = f"{folder}: {_files(len(short))} shorter than {self.length:,} values, as {short[0]}"
            done = "left out" if self.short == "left_out" else "padded with silence"
            objection(text, done, "note", strict=self.strict)
        if others := {rate: count for rate, count in sorted(rates.items()) if rate != self.rate}:
            shown = ", ".join(f"{rate:,} Hz: {count:,}" for rate, count in list(others.items())[:SHOWN])
            more = ", …" if len(others) > SHOWN else ""
            text = f"{folder}: {_files(sum(others.values()))} not at {self.rate:,} Hz ({shown}{more})"
            objection(text, "the rate is changed", "note", strict=self.strict)


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count:,} files are"


def _listed(folder: Path) -> list[str]:
    """Return the names of the WAV files in a folder and below it. Raises `DataError` for none."""
    names = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inside = Path(place).relative_to(folder)
        names += [(inside / name).as_posix() for name in files if _is_sound(name) and not name.startswith(".")]
    if not names:
        raise DataError(
            f"{folder} holds no sounds; a file counts if it ends in {', '.join(ENDINGS)}: others are made so by  "
            "ffmpeg -i FILE.mp3 FILE.wav"
        )
    return sorted(names)


def _is_sound(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def _classes(folder: Path, names: list[str]) -> tuple[str, ...]:
    """Return the names of the classes, in the order of their numbers. Raises `DataError` for files in no subfolder."""
    if loose := [name for name in names if "/" not in name]:
        raise DataError(
            f"{folder}: {len(loose):,} of {len(names):,} WAV files lie in no subfolder, as {loose[0]}; "
            "data.labels = 'subfolders' needs a subfolder for each class"
        )
    return tuple(sorted({name.partition("/")[0] for name in names}, key=natural_order))
