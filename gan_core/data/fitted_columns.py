"""The columns of a table, found in its values: categories, and the modes of numbers as a mixture is fitted to them."""

import re
import warnings
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from gan_core.data.array_files import shortened
from gan_core.data.columns import MOST_CATEGORIES, Column
from gan_core.data.table_words import is_number
from gan_core.errors import DataError, nearest

LEAST_WEIGHT = 0.005  # of a mode that is kept
CONCENTRATION = 0.001  # of the mixture's prior: few modes
FIGURES = 6  # significant ones of weights, means and deviations
MOST_DECIMALS = 8


def fitted_columns(
    words: Mapping[str, Sequence[str]], categories: Collection[str], modes: int, seed: int, rows: np.ndarray
) -> tuple[Column, ...]:
    """Return the columns of a table.

    words: column → its values as text. categories: the columns that hold categories; the others hold numbers. modes:
    how many a column of numbers may have. seed: of the fit. rows: the rows [n] that it is of. Raises `DataError` for a
    column that is none of either.
    """
    for name in categories:
        if name not in words:
            raise DataError(f"categories: the table has no column '{shortened(name)}'{nearest(name, list(words)[:20])}")
    return tuple(
        _categories(name, values) if name in categories else _numbers(name, values, modes, seed, rows)
        for name, values in words.items()
    )


def as_numbers(name: str, words: Sequence[str]) -> np.ndarray:
    """Return a column's values, float64 [N]. Raises `DataError` for words."""
    try:
        numbers = np.array(words, np.float64)
    except ValueError:
        word = next(word for word in words if not is_number(word))
        raise DataError(
            f"column '{shortened(name)}' holds '{shortened(word)}', which is no number; declare a column of categories "
            f"with categories={shortened(name)}, or leave it out with without={shortened(name)}"
        ) from None
    if not np.isfinite(numbers).all():
        raise DataError(f"column '{shortened(name)}' holds infinity; expected finite numbers")
    return numbers


def _categories(name: str, words: Sequence[str]) -> Column:
    found = sorted(set(words))
    if not 2 <= len(found) <= MOST_CATEGORIES:
        raise DataError(
            f"column '{shortened(name)}' has {len(found):,} categories; expected 2 to {MOST_CATEGORIES}: leave it out "
            f"with without={shortened(name)}, or group its values"
        )
    return Column(name=name, categories=tuple(found))


def _numbers(name: str, words: Sequence[str], modes: int, seed: int, rows: np.ndarray) -> Column:
    values = as_numbers(name, words)[rows]
    centre, spread = float(values.mean()), float(values.std())
    if spread <= 1e-12 * max(1.0, abs(centre)):
        raise DataError(
            f"column '{shortened(name)}' holds one value alone; leave it out with without={shortened(name)}"
        )
    mixture = _mixture((values - centre) / spread, min(modes, len(values)), seed)
    kept = mixture.weights_ > LEAST_WEIGHT
    deviations = np.sqrt(mixture.covariances_.reshape(-1)[kept]) * spread
    return Column(
        name=name,
        weights=_rounded(mixture.weights_[kept]),
        means=_rounded(mixture.means_.reshape(-1)[kept] * spread + centre),
        deviations=_rounded(deviations),
        decimals=_decimals(words),
    )


def _mixture(values: np.ndarray, modes: int, seed: int):  # type: ignore[no-untyped-def]  # scikit-learn has no types
    """Return the variational mixture of values [N] of mean 0 and variance 1."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import BayesianGaussianMixture

    mixture = BayesianGaussianMixture(
        n_components=modes,
        weight_concentration_prior_type="dirichlet_process",
        weight_concentration_prior=CONCENTRATION,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a mixture that still moves a little will do
        return mixture.fit(values[:, None])


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(f"{value:.{FIGURES}g}") for value in values)


def _decimals(words: Sequence[str]) -> int | None:
    """The decimals of a column's numbers, or None where some have more than `MOST_DECIMALS` or an exponent."""
    most = 0
    for word in words:
        plain = re.fullmatch(r"\s*[-+]?\d*(?:\.(\d*))?\s*", word)
        if plain is None:
            return None
        most = max(most, len((plain.group(1) or "").rstrip("0")))
    return most if most <= MOST_DECIMALS else None
