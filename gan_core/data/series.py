"""Series: windows of a table whose rows follow one another in time, and a made-up one of sines."""

import dataclasses
import hashlib
from abc import abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.array_files import check_memory, shortened
from gan_core.data.dataset import Dataset, Feature
from gan_core.data.mixed_tables import read_words
from gan_core.data.places import find_file
from gan_core.data.spec import Data
from gan_core.data.table_words import is_missing, is_number
from gan_core.errors import DataError, SpecError, nearest
from gan_core.randomness import stream
from gan_core.specs.spec import NonNegativeInt, PositiveFloat, PositiveInt, Share, Variant

SCALED = (0.0, 1.0)
FRESH_SERIES = 1000  # of each set of an evaluation
SMALLEST = 1e-7  # added to a range, as in TimeGAN's code: a feature that never changes becomes 0
Length = Annotated[int, msgspec.Meta(ge=2, le=100_000)]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A table in time. values: float64 [R, F], a row a point of time. features: the names of its columns."""

    name: str
    features: tuple[str, ...]
    values: np.ndarray


class SeriesData(Variant, Data, frozen=True, kw_only=True):
    """Base of windows [length, F] of a table in time, each feature scaled so that the rows to train on span 0 … 1.

    length: rows of a window. step: from the first row of one window to that of the next.
    split: the windows to train on, or those held out. test_share: of the rows, the last ones, are held out; no window
        holds rows of both. stretches: as many parts of equal length are each divided so, and no window crosses from one
        to the next: where a series drifts, its end alone is unlike all that came before.
    """

    is_base: ClassVar[bool] = True
    left_out_if_default: ClassVar[tuple[str, ...]] = ("stretches",)

    length: Length = 24
    step: PositiveInt = 1
    split: Literal["train", "test"] = "train"
    test_share: Share = 0.2
    stretches: PositiveInt = 1

    @property
    @override
    def sample_kind(self) -> str:
        return "series"

    @property
    @override
    def samples_overlap(self) -> bool:
        return self.step < self.length

    @property
    def value_range(self) -> tuple[float, float]:
        """Between which numbers the values lie that are trained on."""
        return SCALED

    @abstractmethod
    def rows(self, data_dir: Path | None) -> Rows:
        """Return the whole table. Raises `DataError`."""
        raise NotImplementedError

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        table = self.rows(data_dir)
        parts = divided(len(table.values), self.stretches, self.test_share)
        trained_on = np.concatenate([table.values[train] for train, _ in parts])
        if len(trained_on) == 0:
            raise DataError(
                f"'{table.name}' of {len(table.values):,} rows leaves none to train on; lower data.test_share"
            )
        low, high = trained_on.min(axis=0), trained_on.max(axis=0)
        for name, least, most in zip(table.features, low, high, strict=True):
            if least == most:
                raise DataError(
                    f"'{table.name}': '{name}' is {least:g} in all rows to train on, so that nothing says how far it "
                    "can move; leave it out (data.columns; the preset timegan: without=COLUMN)"
                )
        scaled = (table.values - low) / (high - low + SMALLEST)
        chosen = [scaled[train if self.split == "train" else test] for train, test in parts]
        names = zip(table.features, low.tolist(), (high + SMALLEST).tolist(), strict=True)
        return Dataset(
            name=table.name,
            samples=self._windows(table, chosen),
            kind="series",
            value_range=SCALED,
            features=tuple(Feature(name=name, low=least, high=most) for name, least, most in names),
        )

    def _windows(self, table: Rows, parts: list[np.ndarray]) -> np.ndarray:
        """All windows of some parts, float64 [N, length, F]."""
        count = sum(len(range(0, len(part) - self.length + 1, self.step)) for part in parts)
        if count == 0:
            longest, of = max(map(len, parts)), f" in each of {self.stretches} stretches" if self.stretches > 1 else ""
            raise DataError(
                f"'{table.name}' has {longest:,} of its {len(table.values):,} rows{of} for data.split={self.split}; a "
                f"window takes {self.length:,}: lower data.length, or change data.test_share"
            )
        check_memory(f"'{table.name}' in windows", 8 * count * self.length * table.values.shape[1])
        views = [
            np.lib.stride_tricks.sliding_window_view(part, self.length, axis=0)[:: self.step]
            for part in parts
            if len(part) >= self.length
        ]
        return np.ascontiguousarray(np.concatenate(views).transpose(0, 2, 1))


def divided(count: int, stretches: int, test_share: float) -> list[tuple[slice, slice]]:
    """Return the rows to train on and those held out, for each stretch of `count` rows."""
    ends = [count * number // stretches for number in range(stretches + 1)]
    middles = [end - round((end - start) * test_share) for start, end in pairwise(ends)]
    return [
        (slice(start, middle), slice(middle, end))
        for start, middle, end in zip(ends[:-1], middles, ends[1:], strict=True)
    ]


class SeriesTable(SeriesData, frozen=True, kw_only=True):
    """A text file (``.csv`` and the like) whose first row names its columns, and whose other rows follow in time.

    path: as of `arrays`. columns: the features, by name; () for all. newest_first: whether time runs upward in it.
    """

    path: Annotated[str, msgspec.Meta(min_length=1)]
    columns: tuple[str, ...] = ()
    newest_first: bool = False

    @override
    def rows(self, data_dir: Path | None) -> Rows:
        path = find_file(self.path, data_dir)
        words = read_words(path, missing="keep")
        for name in self.columns:
            if name not in words:
                raise DataError(f"{path} has no column '{shortened(name)}'{nearest(name, list(words)[:20])}")
        chosen = self.columns or tuple(words)
        values = np.stack([_numbers(path, name, words[name]) for name in chosen], axis=1)
        return Rows(name=path.stem, features=chosen, values=values[::-1] if self.newest_first else values)


def _numbers(path: Path, name: str, words: list[str]) -> np.ndarray:
    """A column's values. Raises `DataError`, with the place, for gaps and words."""
    for place, word in enumerate(words):
        if is_missing(word) or not is_number(word) or not np.isfinite(float(word)):
            said = "no value" if is_missing(word) else f"'{shortened(word)}', which is no finite number"
            raise DataError(
                f"{path}: column '{shortened(name)}' holds {said} in line {place + 2}; a series has a number in every "
                "row: fill gaps in, or name the columns to take (data.columns; the preset timegan: without=COLUMN)"
            )
    return np.array(words, np.float64)


class GoogleStock(SeriesData, frozen=True, kw_only=True):
    """Google's stock from August 2004 to October 2008, 1,047 days: a file that matplotlib brings, without a download.

    Opening, highest, lowest, closing and adjusted closing price, in dollars, and the number of shares traded: the six
    features of TimeGAN's paper.
    """

    @override
    def rows(self, data_dir: Path | None) -> Rows:
        from matplotlib.cbook import get_sample_data

        file: Any = get_sample_data("goog.npz")
        days = np.sort(file["price_data"], order="date")
        features = tuple(name for name in days.dtype.names or () if name != "date")
        values = np.stack([days[name].astype(np.float64) for name in features], axis=1)
        return Rows(name="google stock", features=features, values=values)


class Sines(Variant, Data, frozen=True, kw_only=True):
    """Sines as in TimeGAN's paper (Yoon et al. 2019, section 5): each feature ½ + ½ sin(2πηt + θ).

    t is the step, from 0; η, in turns a step, is of U(0, fastest), θ of U(−π, π), both drawn for each feature of each
    series. The paper's η go to 1, though beyond ½ they look slower again; the authors' code takes slow ones, as here.

    series: how many. length: steps of each. features: of a step. seed: apart from that of the training.
    """

    series: PositiveInt = 10_000
    length: Length = 24
    features: PositiveInt = 5
    fastest: PositiveFloat = 0.1
    seed: NonNegativeInt = 0

    def check(self) -> None:
        """Raise `SpecError` for frequencies that look slower than they are."""
        if self.fastest > 0.5:
            raise SpecError(f"sines.fastest: expected at most 0.5 turns a step, got {self.fastest}")

    @property
    @override
    def sample_kind(self) -> str:
        return "series"

    @property
    def value_range(self) -> tuple[float, float]:
        """Between which numbers the values lie that are trained on."""
        return SCALED

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        check_memory(f"sines: {self.series:,} series", 16 * self.series * self.length * self.features)
        samples = drawn_sines(stream(self.seed, "sines"), self.series, self.length, self.features, self.fastest)
        # rounded, since processors differ in the last digit of a sine, and a run may move
        rounded = hashlib.sha256((np.round(samples, 6) + 0.0).tobytes()).hexdigest()
        features = tuple(Feature(name=f"sine {place + 1}", low=0.0, high=1.0) for place in range(self.features))
        return Dataset(
            name="sines", samples=samples, kind="series", value_range=SCALED, features=features, samples_sha256=rounded
        )

    @override
    def fresh_samples(self, dataset: Dataset, count: int | None, draw: int) -> Dataset:
        other = msgspec.structs.replace(self, series=count or FRESH_SERIES, seed=self.seed + draw)
        return dataclasses.replace(other.load(None), name=f"fresh sines, seed {other.seed}")


def drawn_sines(random: np.random.Generator, count: int, length: int, features: int, fastest: float) -> np.ndarray:
    """Return sines between 0 and 1, float64 [count, length, features]."""
    turns = random.uniform(0, fastest, (count, 1, features)) * np.arange(length)[:, None]
    angles = 2 * np.pi * turns + random.uniform(-np.pi, np.pi, (count, 1, features))
    return 0.5 + 0.5 * np.sin(angles)
