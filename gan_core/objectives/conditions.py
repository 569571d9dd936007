"""Training by sampling: categories drawn by the logarithm of how often they are, and rows of the data that have them.

Xu et al. 2019 (arXiv:1907.00503, section 4.3). The rows of the data end in their categories, one-hot column by column.
Legend: N batch, W values of a row, C categories of all columns, K columns of categories.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from typing_extensions import override

from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from gan_core.objectives.draws import Domain, Draw, DrawSource
from gan_core.plans.layer_plans import Shape
from gan_core.randomness import stream

_CACHED = "_rows_by_category"


@dataclass(frozen=True)
class Drawn:
    """What was drawn for a batch: the column [N] and the category [N], both as numbers, and one-hot, [N, C]."""

    columns: np.ndarray
    categories: np.ndarray
    hot: np.ndarray


class RowsByCategory:
    """Where the rows of a data set stand that have each category, and how often it is drawn."""

    def __init__(self, dataset: Dataset, sizes: tuple[int, ...]) -> None:
        """Raise `DataError` unless the rows end in so many one-hot parts."""
        self.sizes, self.starts = sizes, np.concatenate([[0], np.cumsum(sizes)])
        hot = dataset.samples[:, -sum(sizes) :]
        self.orders: list[np.ndarray] = []
        self.firsts: list[np.ndarray] = []
        self.ends: list[np.ndarray] = []
        for start, size in zip(self.starts, sizes, strict=False):
            block = hot[:, start : start + size]
            if not ((block == 0) | (block == 1)).all() or not (block.sum(axis=1) == 1).all():
                raise DataError(
                    f"the rows of '{dataset.name}' do not end in one-hot parts of {list(sizes)} categories, which the "
                    "objective's `categories` say; name those of the table"
                )
            chosen = block.argmax(axis=1)
            counts = np.bincount(chosen, minlength=size)
            self.orders.append(np.argsort(chosen, kind="stable"))
            self.firsts.append(np.cumsum(counts) - counts)
            shares = np.log(counts + 1.0)
            self.ends.append(np.cumsum(shares / shares.sum()))
        self.counts = [np.diff(np.append(first, len(hot))) for first in self.firsts]

    def drawn(self, generator: np.random.Generator, count: int) -> Drawn:
        """Return a column and a category for each of `count` rows: all columns as likely."""
        columns = generator.integers(0, len(self.sizes), count)
        numbers, categories = generator.random(count), np.zeros(count, np.int64)
        for column, ends in enumerate(self.ends):
            own = columns == column
            categories[own] = np.minimum(np.searchsorted(ends, numbers[own], side="right"), len(ends) - 1)
        hot = np.zeros((count, sum(self.sizes)))
        hot[np.arange(count), self.starts[columns] + categories] = 1.0
        return Drawn(columns, categories, hot)

    def positions(self, generator: np.random.Generator, drawn: Drawn) -> np.ndarray:
        """Return the position [N] of a row that has what was drawn, for each; all such rows are as likely."""
        numbers, found = generator.random(len(drawn.columns)), np.zeros(len(drawn.columns), np.int64)
        for column, order in enumerate(self.orders):
            own = drawn.columns == column
            category = drawn.categories[own]
            within = (numbers[own] * self.counts[column][category]).astype(np.int64)
            found[own] = order[self.firsts[column][category] + within]
        return found


def rows_by_category(dataset: Dataset, sizes: tuple[int, ...]) -> RowsByCategory:
    """Return what is known of a data set's rows, worked out once and kept with it."""
    known: RowsByCategory | None = vars(dataset).get(_CACHED)
    if known is None or known.sizes != sizes:
        known = RowsByCategory(dataset, sizes)
        object.__setattr__(dataset, _CACHED, known)  # a copy with changes does not have it
    return known


@dataclass(frozen=True, kw_only=True)
class Conditions(Draw):
    """One category of one column for each sample, one-hot among all, [N, C].

    sizes: the categories of each column. purpose: of the random numbers, which `MatchingRows` of the same purpose
        share.
    """

    sizes: tuple[int, ...]
    purpose: str

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        return (batch_size, sum(self.sizes))

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        return _drawn(self, source)[2].hot


@dataclass(frozen=True, kw_only=True)
class MatchingRows(Draw):
    """Rows of the data that have the categories of `Conditions`, each with its condition behind it, [N, W + C].

    They come in another order than the conditions, so that packs of real and of generated samples differ.
    """

    takes_a_batch: ClassVar[bool] = True
    domain: ClassVar[Domain | None] = "first"

    sizes: tuple[int, ...]
    purpose: str

    @override
    def shape(self, batch_size: int, domains: Mapping[Domain, Shape]) -> Shape:
        (width,) = domains["first"]
        return (batch_size, width + sum(self.sizes))

    @override
    def drawn(self, source: DrawSource) -> np.ndarray:
        generator, known, drawn = _drawn(self, source)
        positions = known.positions(generator, drawn)
        batches = source.batches["first"]
        rows = np.concatenate([batches.dataset.take(positions, batches.dtype), drawn.hot], axis=1)
        return np.asarray(rows[generator.permutation(len(rows))])


def _drawn(draw: Conditions | MatchingRows, source: DrawSource) -> tuple[np.random.Generator, RowsByCategory, Drawn]:
    """The random numbers of a purpose at an update, what is known of the data, and what is drawn first."""
    batches = source.batches["first"]
    generator = stream(batches.seed, draw.purpose, source.updates)
    known = rows_by_category(batches.dataset, draw.sizes)
    return generator, known, known.drawn(generator, source.batch_size)
