"""Mixed tables: columns of numbers and of categories, and those that stand in text files."""

import itertools
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np
from typing_extensions import override

from gan_core.data.array_files import check_memory, shortened
from gan_core.data.columns import CONDITION, Column, category_sizes, conditions, encoded
from gan_core.data.dataset import Dataset
from gan_core.data.fitted_columns import as_numbers
from gan_core.data.places import find_file
from gan_core.data.spec import Data
from gan_core.data.table_words import is_missing, one_line
from gan_core.data.text_tables import BYTES_A_VALUE, Selection, TableReader
from gan_core.errors import DataError, SpecError, nearest
from gan_core.printing import say
from gan_core.randomness import permutation
from gan_core.specs.spec import NonNegativeInt, Share, Variant

Words = Mapping[str, Sequence[str]]  # column → its values as text


class TableData(Variant, Data, frozen=True, kw_only=True):
    """Base of the mixed tables.

    columns: those that are taken, with what encodes them; the preset `ctgan` finds it of a table. target: the column of
        categories that a classifier is trained to tell when samples are evaluated; "" for none.
    split: the rows to train on, or those held out: `test_share` of all, at random. seed: of that, and of the choice of
        a mode for each number; apart from that of the training.
    """

    is_base: ClassVar[bool] = True

    columns: Annotated[tuple[Column, ...], msgspec.Meta(min_length=1)]
    target: str = ""
    split: Literal["train", "test"] = "train"
    test_share: Share = 0.2
    seed: NonNegativeInt = 0

    def check(self) -> None:
        """Raise `SpecError` for columns of one name, and for a target that has no categories."""
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names):
            raise SpecError("columns: expected different names, got " + ", ".join(map(shortened, names)))
        told = [column.name for column in self.columns if column.categories]
        if self.target and self.target not in told:
            raise SpecError(f"target: no column of categories '{shortened(self.target)}'{nearest(self.target, told)}")

    @abstractmethod
    def words(self, data_dir: Path | None) -> tuple[str, Words]:
        """Return the name of the table, and all its values as text by column. Raises `DataError`."""
        raise NotImplementedError

    @override
    def load(self, data_dir: Path | None) -> Dataset:
        name, words = self.words(data_dir)
        values = {}
        for column in self.columns:
            if column.name not in words:
                hint = nearest(column.name, [shortened(word) for word in list(words)[:20]])
                raise DataError(f"'{name}' has no column '{shortened(column.name)}'{hint}")
            texts = words[column.name]
            values[column.name] = np.array(texts) if column.categories else as_numbers(column.name, texts)
        rows = encoded(self.columns, values, self.seed)[self._positions(name, len(next(iter(words.values()))))]
        told = category_sizes(self.columns)
        return Dataset(
            name=name,
            samples=rows,
            kind="mixed",
            columns=self.columns,
            target=self.target,
            fields={CONDITION: conditions(self.columns, rows, self.seed)} if told else {},
        )

    def _positions(self, name: str, count: int) -> np.ndarray:
        """Where the rows of the split stand in the table."""
        chosen = rows_of_split(count, self.split, self.test_share, self.seed)
        if len(chosen) == 0:
            raise DataError(f"'{name}' of {count} rows leaves none for data.split={self.split}; change data.test_share")
        return chosen


def rows_of_split(count: int, split: str, test_share: float, seed: int) -> np.ndarray:
    """Return where the rows of a split stand among `count` rows, in order; the arguments are fields of `TableData`."""
    held_out = round(count * test_share)
    order = permutation(seed, "rows held out", 0, count)
    return np.sort(order[held_out:] if split == "train" else order[:held_out])


class MixedTable(TableData, frozen=True, kw_only=True):
    """A table of numbers and categories in a text file (``.csv`` and the like) whose first row names its columns.

    path: as of `arrays`. missing: "drop" leaves out rows that lack a value in one of the columns.
    """

    path: Annotated[str, msgspec.Meta(min_length=1)]
    missing: Literal["refuse", "drop"] = "refuse"

    @override
    def words(self, data_dir: Path | None) -> tuple[str, Words]:
        path = find_file(self.path, data_dir)
        return path.stem, read_words(path, [column.name for column in self.columns], self.missing)


def read_words(path: Path, wanted: Sequence[str] = (), missing: str = "refuse") -> dict[str, list[str]]:
    """Return the columns of a table in a text file, by name, as text.

    wanted: the columns that count, () for all: a row that lacks a value in one of them is refused, or left out with
    missing = "drop"; "keep" takes it as it is. Raises `DataError` for what is no table, with the line.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder; expected a table, a .csv file")
    check_memory(str(path), BYTES_A_VALUE * path.stat().st_size)
    with one_line(path):
        reader = TableReader(path, Selection(labels="", header=True))
        rows = list(itertools.islice(reader.rows(), reader.skipped, None))
        reader.check_lengths(rows)
    names = reader.names
    if len(set(names)) < len(names):
        raise DataError(f"{path}: two of its columns have one name; rename them")
    chosen = [place for place in reader.columns if not wanted or names[place] in wanted]
    if missing == "keep":
        return {names[place]: [row[place].strip() for _, row in rows] for place in chosen}
    whole = [(line, row) for line, row in rows if not any(is_missing(row[place]) for place in chosen)]
    if len(whole) < len(rows):
        _say_missing(path, rows, [(place, names[place]) for place in chosen], len(whole), missing)
    if not whole:
        raise DataError(f"{path} holds no row with all its values")
    return {names[place]: [row[place].strip() for _, row in whole] for place in chosen}


def _say_missing(
    path: Path, rows: Sequence[tuple[int, list[str]]], columns: Sequence[tuple[int, str]], whole: int, missing: str
) -> None:
    """Note the rows that lack a value, or refuse them."""
    line, name = next((line, name) for line, row in rows for place, name in columns if is_missing(row[place]))
    text = (
        f"{path}: {len(rows) - whole:,} of {len(rows):,} rows lack a value, first line {line} in column "
        f"'{shortened(name)}'"
    )
    if missing == "refuse":
        raise DataError(f"{text}; fill them in, leave columns out with without=COLUMN, or rows with missing=drop")
    say(f"gan: note: {text}; these rows are left out")
