"""How like real rows of a mixed table generated ones are: column by column, in pairs, and to learn from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gan_core.data.associations import associations
from gan_core.data.columns import Column, Values

TREES = 100


def marginal_distances(columns: Sequence[Column], real: Values, generated: Values) -> dict[str, float]:
    """Return by column how far the values' distributions are apart, 0 … 1.

    Of numbers it is the Kolmogorov–Smirnov distance, the largest difference of the shares below a value; of categories
    the total variation, half the sum of the differences of their shares.
    """
    return {
        column.name: _total_variation(column, real[column.name], generated[column.name])
        if column.categories
        else kolmogorov_smirnov(real[column.name], generated[column.name])
        for column in columns
    }


def association_differences(columns: Sequence[Column], real: Values, generated: Values) -> np.ndarray:
    """Return by how much the association of each pair of columns is off, [pairs]; see `associations`."""
    pairs = np.triu_indices(len(columns), 1)
    difference: np.ndarray = np.abs(associations(columns, generated) - associations(columns, real))[pairs]
    return difference


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """How well real rows are told by what was learned from others: the share of them, and the mean F1 of classes."""

    accuracy: float
    f1: float


def learned_from(columns: Sequence[Column], target: str, rows: Values, real: Values, seed: int = 0) -> Lesson:
    """Return how well a random forest that learned from `rows` tells the column `target` of real rows."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import accuracy_score, f1_score

    others = [column for column in columns if column.name != target]
    forest = RandomForestClassifier(n_estimators=TREES, random_state=seed % 2**32)
    forest.fit(_features(others, rows), rows[target])
    told = forest.predict(_features(others, real))
    f1 = f1_score(real[target], told, average="macro", labels=np.unique(real[target]), zero_division=0.0)
    return Lesson(accuracy=float(accuracy_score(real[target], told)), f1=float(f1))


def _features(columns: Sequence[Column], values: Values) -> np.ndarray:
    """The columns as a forest reads them, [N, F]: numbers as they are, categories one-hot."""
    parts = []
    for column in columns:
        of_column = values[column.name][:, None]
        parts.append(of_column == np.array(column.categories) if column.categories else of_column)
    return np.concatenate(parts, axis=1).astype(np.float64)


def _total_variation(column: Column, real: np.ndarray, generated: np.ndarray) -> float:
    shares = [[float((values == word).mean()) for word in column.categories] for values in (real, generated)]
    return float(np.abs(np.subtract(shares[0], shares[1])).sum() / 2)


def kolmogorov_smirnov(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the largest difference of the shares of two sets of numbers that lie below a value, 0 … 1."""
    places = np.concatenate([real, generated])
    shares = [np.searchsorted(np.sort(one), places, side="right") / len(one) for one in (real, generated)]
    return float(np.abs(shares[0] - shares[1]).max())
