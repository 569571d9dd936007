"""Columns of mixed tables, as networks see them: mode-specific normalisation of numbers, one-hot rows of categories.

Xu et al. 2019 (arXiv:1907.00503, section 4.2). Legend: N rows, W values of an encoded row, C categories of all columns.
An encoded row holds the columns of numbers first, then those of categories, each group in the table's order. A column
of numbers is a value, its distance from a mode in four standard deviations, and the mode, one-hot where there are
several; a column of categories is one-hot.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from gan_core.errors import DataError, SpecError
from gan_core.files.whole_files import written_whole
from gan_core.randomness import stream
from gan_core.specs.spec import NonNegativeInt, PositiveFloat, Spec

DEVIATIONS = 4.0  # of a mode, that become 1
FARTHEST = 0.99  # of an encoded value, as in the authors' code: a tanh reaches it
MOST_CATEGORIES = 100
CONDITION = "condition"  # the field of the data that a generator is told: a category of one column, one-hot [C]
Values = Mapping[str, np.ndarray]  # column → float64 [N], or words [N] for categories


class Column(Spec, frozen=True, kw_only=True):
    """One column of a mixed table: categories, or the modes of its numbers.

    categories: the words of a column of categories, in the order of their one-hot rows; () for numbers.
    weights, means, deviations: of the modes of a column of numbers, in the table's units, as a mixture was fitted.
    decimals: to which generated numbers are rounded; none leaves them as they are.
    """

    left_out_if_default = ("categories", "weights", "means", "deviations")

    name: Annotated[str, msgspec.Meta(min_length=1)]
    categories: tuple[str, ...] = ()
    weights: tuple[PositiveFloat, ...] = ()
    means: tuple[float, ...] = ()
    deviations: tuple[PositiveFloat, ...] = ()
    decimals: NonNegativeInt | None = None

    def check(self) -> None:
        """Raise `SpecError` unless it is one of the two kinds, as a whole."""
        where = f"column '{self.name}'"
        if self.categories:
            if self.weights or len(set(self.categories)) < max(2, len(self.categories)):
                raise SpecError(f"{where}: expected two or more different categories, and no modes beside them")
        elif not len(self.weights) == len(self.means) == len(self.deviations) > 0:
            raise SpecError(
                f"{where}: expected categories, or weights, means and deviations of as many modes; the preset ctgan "
                "finds them of a table:  gan show ctgan --set path=FILE"
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The blocks of an encoded row that it takes: 1 for a value, more for a one-hot part."""
        if self.categories:
            return (len(self.categories),)
        return (1,) if len(self.weights) == 1 else (1, len(self.weights))


def ordered(columns: Sequence[Column]) -> list[Column]:
    """Return the columns as an encoded row has them: those of numbers first."""
    return sorted(columns, key=lambda column: bool(column.categories))


def block_sizes(columns: Sequence[Column]) -> tuple[int, ...]:
    """Return the blocks of an encoded row, in order: a value is 1, a one-hot part is more."""
    return tuple(size for column in ordered(columns) for size in column.sizes)


def category_sizes(columns: Sequence[Column]) -> tuple[int, ...]:
    """Return how many categories each column of categories has, in the order of an encoded row, which ends in them."""
    return tuple(len(column.categories) for column in columns if column.categories)


def encoded(columns: Sequence[Column], values: Values, seed: int) -> np.ndarray:
    """Return rows as networks see them, float64 [N, W].

    seed: of the choice of a mode for each number, by the modes' probabilities. Raises `DataError` for a category that
    a column does not have.
    """
    parts = []
    for column in ordered(columns):
        of_column = values[column.name]
        parts.append(_one_hot(column, of_column) if column.categories else _normalised(column, of_column, seed))
    return np.concatenate(parts, axis=1)


def conditions(columns: Sequence[Column], rows: np.ndarray, seed: int) -> np.ndarray:
    """Return for each encoded row [N, W] its category in one of the columns at random, one-hot among all, bool [N, C].

    It is what a generator is told when a table is sampled: categories as often as the data hold them.
    """
    sizes = category_sizes(columns)
    chosen = stream(seed, "columns of conditions").integers(0, len(sizes), len(rows))
    of_column = np.repeat(np.arange(len(sizes)), sizes)
    return np.asarray((rows[:, -sum(sizes) :] > 0) & (of_column == chosen[:, None]))


def decoded(columns: Sequence[Column], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the values of encoded rows [N, W] by column, in the table's order: float64 [N], or words [N]."""
    found, start = {}, 0
    for column in ordered(columns):
        width = sum(column.sizes)
        found[column.name] = _decoded(column, rows[:, start : start + width].astype(np.float64))
        start += width
    return {column.name: found[column.name] for column in columns}


def write_table(path: Path, columns: Sequence[Column], rows: np.ndarray) -> None:
    """Write encoded rows [N, W] as CSV with the columns of the table; whole or not at all. Raises `WriteError`."""
    values = decoded(columns, rows)
    texts = [_texts(column, values[column.name]) for column in columns]
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        writer.writerows(zip(*texts, strict=True))


def _texts(column: Column, values: np.ndarray) -> Iterator[str]:
    if column.categories:
        return iter(values.tolist())
    if column.decimals is None:
        return (repr(float(value)) for value in values)
    return (f"{value:.{column.decimals}f}" for value in values)


def _one_hot(column: Column, values: np.ndarray) -> np.ndarray:
    known = {word: place for place, word in enumerate(column.categories)}
    if unknown := set(values.tolist()) - known.keys():
        word = min(unknown)
        raise DataError(
            f"column '{column.name}' holds '{word[:40]}', which is none of its {len(known)} categories; make the "
            "experiment anew of this table"
        )
    places = np.array([known[word] for word in values.tolist()])
    return np.asarray(np.eye(len(known))[places])


def _normalised(column: Column, values: np.ndarray, seed: int) -> np.ndarray:
    """The value within a mode and the mode, [N, 1 + modes]; the mode drawn by its probability given the value."""
    weights, means, deviations = (np.array(one) for one in (column.weights, column.means, column.deviations))
    distances = (values[:, None] - means) / deviations
    chosen = np.zeros(len(values), np.int64)
    if len(means) > 1:
        logits = np.log(weights / deviations) - distances**2 / 2
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        ends = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
        drawn = stream(seed, f"modes of {column.name}").random(len(values))
        chosen = np.minimum((ends < drawn[:, None]).sum(axis=1), len(means) - 1)
    within = distances[np.arange(len(values)), chosen] / DEVIATIONS
    scaled = np.clip(within, -FARTHEST, FARTHEST)[:, None]
    parts = [scaled, np.eye(len(means))[chosen]] if len(means) > 1 else [scaled]
    row: np.ndarray = np.concatenate(parts, axis=1)
    return row


def _decoded(column: Column, block: np.ndarray) -> np.ndarray:
    if column.categories:
        return np.asarray(np.array(column.categories)[block.argmax(axis=1)])
    modes = block[:, 1:].argmax(axis=1) if block.shape[1] > 1 else np.zeros(len(block), np.int64)
    means, deviations = np.array(column.means)[modes], np.array(column.deviations)[modes]
    values = means + np.clip(block[:, 0], -1, 1) * DEVIATIONS * deviations
    rounded: np.ndarray = values if column.decimals is None else np.round(values, column.decimals) + 0.0
    return rounded
