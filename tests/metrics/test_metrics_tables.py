"""Scores of mixed tables against what they are worked out from otherwise."""

import numpy as np
import pytest
from scipy.stats import ks_2samp
from scipy.stats.contingency import association

from gan_core.data.associations import associations
from gan_core.data.columns import Column
from gan_core.metrics.tables import association_differences, learned_from, marginal_distances

NUMBER = {"weights": (1.0,), "means": (0.0,), "deviations": (1.0,)}
COLUMNS = (
    Column(name="x", **NUMBER),
    Column(name="y", **NUMBER),
    Column(name="kind", categories=("a", "b", "c")),
    Column(name="sort", categories=("s", "t")),
)


def rows(seed: int, count: int = 300) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    x, kind = random.normal(size=count), random.integers(0, 3, count)
    sort = (x + kind + random.normal(size=count) > 1).astype(int)
    return {
        "x": x,
        "y": x + kind,
        "kind": np.array(["a", "b", "c"])[kind],
        "sort": np.array(["s", "t"])[sort],
    }


def test_marginals_are_distances_of_distributions():
    real, other = rows(0), rows(1)
    found = marginal_distances(COLUMNS, real, other)
    assert found["x"] == pytest.approx(ks_2samp(real["x"], other["x"]).statistic, abs=1e-12)
    shares = [[(values["kind"] == word).mean() for word in "abc"] for values in (real, other)]
    assert found["kind"] == pytest.approx(np.abs(np.subtract(*shares)).sum() / 2)
    assert set(marginal_distances(COLUMNS, real, real).values()) == {0.0}


def test_associations_are_those_of_other_libraries():
    values = rows(0)
    matrix = associations(COLUMNS, values)
    assert matrix[0, 1] == pytest.approx(np.corrcoef(values["x"], values["y"])[0, 1])
    table = [[((values["kind"] == k) & (values["sort"] == s)).sum() for s in "st"] for k in "abc"]
    assert matrix[2, 3] == pytest.approx(association(np.array(table), method="cramer"))
    means = np.array([values["y"][values["kind"] == word].mean() for word in values["kind"]])
    assert matrix[1, 2] == pytest.approx(means.std() / values["y"].std())
    np.testing.assert_array_equal(matrix, matrix.T)


def test_a_column_of_one_value_has_no_associations():
    values = rows(0) | {"x": np.zeros(300), "kind": np.full(300, "a")}
    matrix = associations(COLUMNS, values)
    assert np.isfinite(matrix).all()
    assert matrix[0, 1] == matrix[2, 3] == 0


def test_equal_rows_have_no_difference_of_associations():
    assert (association_differences(COLUMNS, rows(0), rows(0)) == 0).all()


def test_a_classifier_learns_from_rows_what_it_tells_of_others():
    real, broken = rows(0), rows(1)
    broken = broken | {"sort": np.random.default_rng(0).permutation(broken["sort"])}
    assert learned_from(COLUMNS, "sort", rows(1), real).accuracy > learned_from(COLUMNS, "sort", broken, real).accuracy
