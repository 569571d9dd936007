"""How like real series [N, T, F] generated ones are: value by value, from step to step, and to learn from.

The discriminative and the predictive score are those of TimeGAN's paper (Yoon et al. 2019, section 5), with learners
that need no training of a network, so that they are the same on every framework and take seconds.
"""

import numpy as np

from gan_core.errors import UsageError
from gan_core.metrics.checks import check_finite
from gan_core.metrics.tables import kolmogorov_smirnov
from gan_core.randomness import permutation

TREES = 100
MOST = 2000  # series of each kind that a classifier learns from and is asked about
HELD_OUT = 0.2
MOST_STEPS = 5  # before, by which the next one is told
RIDGE = 1e-3  # of the squared coefficients, of values of about 1
LEAST_STEPS, LEAST_SERIES = 3, 2


def feature_distances(real: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """Return for each feature the Kolmogorov–Smirnov distance of its values at all steps, 0 … 1, [F]."""
    real, generated = _checked("series-marginals", real, generated)
    rows = [series.reshape(-1, series.shape[2]) for series in (real, generated)]
    return np.array([kolmogorov_smirnov(*(one[:, place] for one in rows)) for place in range(real.shape[2])])


def autocorrelations(series: np.ndarray) -> np.ndarray:
    """Return the correlation of each feature with itself 1, 2, … T/2 steps later, [lags, F]; 0 of a constant one."""
    centred = series - series.mean(axis=(0, 1))
    variances = (centred**2).mean(axis=(0, 1))
    lags = range(1, max(1, series.shape[1] // 2) + 1)
    products = np.array([(centred[:, lag:] * centred[:, :-lag]).mean(axis=(0, 1)) for lag in lags])
    return np.asarray(np.divide(products, variances, out=np.zeros_like(products), where=variances > 1e-12))


def autocorrelation_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the mean absolute difference of the autocorrelations, over lags and features."""
    real, generated = _checked("autocorrelation", real, generated)
    return float(np.abs(autocorrelations(real) - autocorrelations(generated)).mean())


def discriminative_score(real: np.ndarray, generated: np.ndarray, seed: int = 0) -> float:
    """Return |accuracy − ½| of a random forest that tells generated series from real ones, 0 … ½.

    It reads the values of a series and their differences from step to step; four fifths of as many series of each kind
    are learned from, the others told. seed: of that choice and of the forest.
    """
    return abs(discriminative_accuracy(real, generated, seed)[0] - 0.5)


def discriminative_accuracy(real: np.ndarray, generated: np.ndarray, seed: int = 0) -> tuple[float, int]:
    """Return the accuracy of `discriminative_score`, 0 … 1, and how many series it is a share of."""
    from sklearn.ensemble import RandomForestClassifier

    real, generated = _checked("discriminative", real, generated)
    count = min(len(real), len(generated), MOST)
    held_out = max(1, round(count * HELD_OUT))
    parts = []
    for place, series in enumerate((real, generated)):
        chosen = series[permutation(seed, "series to tell", place, len(series))[:count]]
        rows = np.concatenate([chosen, np.diff(chosen, axis=1)], axis=1).reshape(count, -1)
        parts.append((rows[held_out:], rows[:held_out]))
    (real_lesson, real_test), (lesson, test) = parts
    forest = RandomForestClassifier(n_estimators=TREES, random_state=seed % 2**32)
    forest.fit(np.concatenate([real_lesson, lesson]), np.repeat([0, 1], len(lesson)))
    told = forest.predict(np.concatenate([real_test, test]))
    return float((told == np.repeat([0, 1], held_out)).mean()), len(told)


def predictive_score(real: np.ndarray, generated: np.ndarray) -> float:
    """Return the mean absolute error, on real series, of a prediction of each next step learned from generated ones.

    The prediction is a ridge regression of all features on those of the steps before, five or as many as there are.
    """
    from sklearn.linear_model import Ridge

    real, generated = _checked("predictive", real, generated)
    rows, targets = _histories(generated)
    regression = Ridge(alpha=RIDGE * len(rows)).fit(rows, targets)
    rows, targets = _histories(real)
    return float(np.abs(regression.predict(rows) - targets).mean())


def _checked(metric: str, real: np.ndarray, generated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return series as float64. Raises `UsageError` unless they are finite [N, T, F] of like, and enough, steps."""
    for which, series in (("real", real), ("generated", generated)):
        enough = series.ndim == 3 and len(series) >= LEAST_SERIES and series.shape[1] >= LEAST_STEPS
        if not enough or series.dtype.kind not in "biuf":
            raise UsageError(
                f"{metric}: {which} series are {list(series.shape)} of {series.dtype}; expected numbers [series, "
                f"steps, features], at least {LEAST_SERIES} series of {LEAST_STEPS} steps"
            )
    of_real, of_generated = real.shape[1:], generated.shape[1:]
    if of_real != of_generated:
        raise UsageError(f"{metric}: real series are {list(of_real)}, generated ones {list(of_generated)}")
    first, second = real.astype(np.float64), generated.astype(np.float64)
    check_finite(metric, "real series", first, "values")
    check_finite(metric, "generated series", second, "values")
    return first, second


def _histories(series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The steps before each step, side by side, [rows, steps · F], and that step, [rows, F]."""
    _, length, features = series.shape
    steps = min(MOST_STEPS, length - 1)
    windows = np.lib.stride_tricks.sliding_window_view(series, steps + 1, axis=1)  # [N, places, F, steps + 1]
    windows = windows.reshape(-1, features, steps + 1)
    return windows[:, :, :-1].reshape(len(windows), -1), windows[:, :, -1]
