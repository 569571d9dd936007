"""Samples as data: one ``.npz`` of arrays, or a folder of pictures with a folder for each class."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.errors import UsageError
from gan_core.files.whole_files import folder_written_whole, written_whole
from gan_core.sheets.sheets import image_pixels

UNSAFE = set('/\\:*?"<>|')  # in the names of folders, on one system or another


@dataclass(frozen=True, kw_only=True)
class SampleSet:
    """Samples with all that a reader needs.

    samples: floats [N, *shape] in `value_range`, for images what black and white are. labels: int64 [N], or None.
    class_names: of the classes 0, 1 …, or (). names: of the pictures that were translated, or (). experiment, network,
    step, seed, backend: what made them.
    """

    samples: np.ndarray
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    value_range: tuple[float, float]
    names: tuple[str, ...]
    experiment: str
    network: tuple[str, ...]
    step: int
    seed: int
    backend: str


def write_arrays(path: Path, made: SampleSet) -> None:
    """Write an ``.npz`` that `numpy.load` reads without unpickling: samples, labels where there are, the rest by name.

    It is written whole or not at all. Raises `WriteError`.
    """
    facts = ("value_range", "experiment", "network", "step", "seed", "backend")
    arrays = {"samples": made.samples} | {name: np.array(getattr(made, name)) for name in facts}
    if made.labels is not None:
        arrays["labels"] = made.labels
    for name in ("class_names", "names"):
        if getattr(made, name):
            arrays[name] = np.array(getattr(made, name))
    with written_whole(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # arrays alone


def write_folder(path: Path, made: SampleSet) -> None:
    """Write a PNG for each sample, with a folder for each class where there are labels.

    The folders are called as the classes are, or by their numbers. `ImageFolder` with labels = "subfolders" reads them.
    The folder is written whole or not at all. Raises `UsageError` for samples that are no pictures, and `WriteError`.
    """
    pixels = image_pixels(made.samples, made.value_range)
    places = _places(made)
    with folder_written_whole(path) as temporary:
        for place, picture in zip(places, pixels, strict=True):
            _save(temporary / place, picture)


def check_folder(path: Path) -> None:
    """Raise `UsageError` unless a folder of samples can take the name `path`."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UsageError(f"out={path} is no folder; choose another name")
    if path.is_dir() and next(os.scandir(path), None) is not None:
        raise UsageError(f"out={path}: the folder holds something; name a new one, or an empty one")


def _places(made: SampleSet) -> list[str]:
    """Return the name of each picture within the folder."""
    digits = len(str(max(0, len(made.samples) - 1)))
    if made.names:
        ends = [str(Path(name).with_suffix(".png")) for name in made.names]
        return ends if len(set(ends)) == len(ends) else [f"{name}.png" for name in made.names]
    numbers = [f"{index:0{digits}}.png" for index in range(len(made.samples))]
    if made.labels is None:
        return numbers
    folders = _folders(made.class_names, int(made.labels.max()) + 1)
    return [f"{folders[label]}/{number}" for label, number in zip(made.labels, numbers, strict=True)]


def _folders(names: Sequence[str], classes: int) -> list[str]:
    """Return the folder of each class: its name, where all names can be those of folders."""
    fits = [name for name in names if name.strip(". ") == name != "" and name.isprintable() and not UNSAFE & set(name)]
    if len({name.casefold() for name in fits}) == len(names) >= classes:
        return list(names)
    return [str(number) for number in range(max(classes, len(names)))]


def _save(path: Path, picture: np.ndarray) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture).save(path)
