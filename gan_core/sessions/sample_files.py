"""Samples as data: one ``.npz`` of arrays, a file of their kind, or a folder of files with a folder for each class."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.errors import UsageError
from gan_core.files.whole_files import folder_written_whole, written_whole
from gan_core.sheets.kinds import Kind
from gan_core.sheets.sheets import kind_of

UNSAFE = set('/\\:*?"<>|')  # in the names of folders, on one system or another


@dataclass(frozen=True, kw_only=True)
class SampleSet:
    """Samples with all that a reader needs.

    samples: floats [N, *shape]. dataset: what real samples are, with their kind and `value_range`, for images what
    black and white are. labels: int64 [N], or None. class_names: of the classes 0, 1 …, or (). names: of the pictures
    that were translated, or (). experiment, network, step, seed, backend: what made them.
    """

    samples: np.ndarray
    dataset: Dataset
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    names: tuple[str, ...]
    experiment: str
    network: tuple[str, ...]
    step: int
    seed: int
    backend: str

    @property
    def kind(self) -> Kind:
        """What kind of samples these are."""
        return kind_of(self.dataset)


def write_arrays(path: Path, made: SampleSet) -> None:
    """Write an ``.npz`` that `numpy.load` reads without unpickling: samples, labels where there are, the rest by name.

    It is written whole or not at all. Raises `WriteError`.
    """
    facts = ("experiment", "network", "step", "seed", "backend")
    arrays = {"samples": made.samples, "value_range": np.array(made.dataset.value_range)}
    arrays |= {name: np.array(getattr(made, name)) for name in facts}
    if made.labels is not None:
        arrays["labels"] = made.labels
    for name in ("class_names", "names"):
        if getattr(made, name):
            arrays[name] = np.array(getattr(made, name))
    with written_whole(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # arrays alone


def write_folder(path: Path, made: SampleSet) -> None:
    """Write a file for each sample, a PNG of images, with a folder for each class where there are labels.

    The folders are called as the classes are, or by their numbers. `ImageFolder` with labels = "subfolders" reads them.
    The folder is written whole or not at all. Raises `DataError` for samples that have no files of their own, and
    `WriteError`.
    """
    places = _places(made)
    with folder_written_whole(path) as temporary:
        for place, sample in zip(places, made.samples, strict=True):
            (temporary / place).parent.mkdir(parents=True, exist_ok=True)
            made.kind.write_one(temporary / place, sample, made.dataset)


def write_file(path: Path, made: SampleSet) -> None:
    """Write all samples into one file of their kind, by its ending; whole or not at all. Raises `WriteError`."""
    with written_whole(path) as temporary:
        made.kind.files[path.suffix.lower()](temporary, made.samples, made.dataset)


def check_folder(path: Path) -> None:
    """Raise `UsageError` unless a folder of samples can take the name `path`."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UsageError(f"out={path} is no folder; choose another name")
    if path.is_dir() and next(os.scandir(path), None) is not None:
        raise UsageError(f"out={path}: the folder holds something; name a new one, or an empty one")


def _places(made: SampleSet) -> list[str]:
    """Return the name of each sample's file within the folder."""
    ending = made.kind.each
    digits = len(str(max(0, len(made.samples) - 1)))
    if made.names:
        ends = [str(Path(name).with_suffix(ending)) for name in made.names]
        return ends if len(set(ends)) == len(ends) else [f"{name}{ending}" for name in made.names]
    numbers = [f"{index:0{digits}}{ending}" for index in range(len(made.samples))]
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
