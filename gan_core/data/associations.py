"""How much the columns of a mixed table have to do with each other, pair by pair."""

from collections.abc import Sequence

import numpy as np

from gan_core.data.columns import Column, Values

SMALLEST = 1e-12  # of a share of a variance; what varies less is one value


def associations(columns: Sequence[Column], values: Values) -> np.ndarray:
    """Return the association of each pair of columns, [columns, columns], symmetric, with a diagonal of 1.

    Of two columns of numbers it is Pearson's correlation, −1 … 1; of two of categories Cramér's V, 0 … 1; of one of
    each the correlation ratio η, 0 … 1, the root of the share of the numbers' variance that lies between the
    categories. A column of one value has none, 0.
    """
    matrix = np.eye(len(columns))
    codes = [_codes(column, values[column.name]) for column in columns]
    for first, one in enumerate(columns):
        for second, other in enumerate(columns[:first]):
            x, y = codes[first], codes[second]
            if one.categories and other.categories:
                value = _cramer(x, y)
            elif one.categories or other.categories:
                value = _ratio(x, y) if one.categories else _ratio(y, x)
            else:
                value = _pearson(x, y)
            matrix[first, second] = matrix[second, first] = value
    return matrix


def _codes(column: Column, values: np.ndarray) -> np.ndarray:
    """The numbers of a column, or the numbers of its categories."""
    return np.unique(values, return_inverse=True)[1] if column.categories else values


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum() / scale) if scale > 0 else 0.0


def _cramer(x: np.ndarray, y: np.ndarray) -> float:
    table = np.zeros((x.max() + 1, y.max() + 1))
    np.add.at(table, (x, y), 1.0)
    least = min(table.shape) - 1
    if least == 0:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / len(x)
    return float(np.sqrt((((table - expected) ** 2) / expected).sum() / (len(x) * least)))


def _ratio(categories: np.ndarray, numbers: np.ndarray) -> float:
    counts = np.bincount(categories)
    means = np.bincount(categories, numbers) / counts
    whole = float(((numbers - numbers.mean()) ** 2).sum())
    between = float((counts * (means - numbers.mean()) ** 2).sum())
    return float(np.sqrt(min(1.0, between / whole))) if whole > SMALLEST else 0.0
