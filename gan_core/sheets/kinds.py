"""Kinds of samples: what a sheet of them is, and which other files they can be written to.

`Dataset.kind` names one of `KINDS`; everything that depends on what samples are asks the kind, and nothing else.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.specs.registry import Registry

FileWriter = Callable[[Path, np.ndarray, Dataset], None]
"""(path, samples [N, *shape], data set) → a file. The data set is what real samples are, not what is written."""


class Kind:
    """One kind of samples; a subclass joins as ``@KINDS.register("word")``, and defines `holds` and `write_sheet`.

    extractors: the words of `features.choice.CHOICES` that suit such samples; the first is what ``features=auto`` takes
    where the data name none. "" first: the user has to choose.
    beside: ending → what writes a further file beside each sheet, under the sheet's name.
    files: ending → what writes any number of samples into one file that the user names.
    each: the ending of the file that `write_one` writes of one sample, within a folder of them; "" for none.
    """

    extractors: ClassVar[tuple[str, ...]] = ("coordinates",)
    beside: ClassVar[Mapping[str, FileWriter]] = {}
    files: ClassVar[Mapping[str, FileWriter]] = {}
    each: ClassVar[str] = ""

    def holds(self, shape: tuple[int, ...]) -> bool:
        """Whether samples of a shape can be shown as this kind."""
        raise NotImplementedError

    def write_sheet(self, path: Path, samples: np.ndarray, columns: int, dataset: Dataset, title: str) -> None:
        """Write samples [N, *shape] to a PNG. Raises `DataError` for what cannot be shown.

        columns: how many samples stand in a row, where they stand in rows. title: what stands above a plot.
        """
        raise NotImplementedError

    def sheet_pixels(self, count: int, columns: int, shape: tuple[int, ...]) -> int:
        """Return the pixels of a sheet where they grow with its samples, else 0."""
        return 0

    def write_one(self, path: Path, sample: np.ndarray, dataset: Dataset) -> None:
        """Write one sample [*shape] into a file of its own. Raises `DataError` for what cannot be written so."""
        raise DataError(
            f"a sample of shape {list(sample.shape)} cannot be shown in a file of its own; expected images "
            "[1 or 3, H, W]; out=FILE.npz takes all"
        )


KINDS: Registry[Kind] = Registry("kind of samples", lambda kind: kind())
"""The kinds of samples by the words that `Dataset.kind` has."""
