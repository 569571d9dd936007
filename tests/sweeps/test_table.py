"""A sweep's rows: means, ranges, and which ranges part; from scores that are made up."""

from types import SimpleNamespace

import pytest

from gan_core.errors import UsageError
from gan_core.sweeps.plan import SweepPlan
from gan_core.sweeps.table import (
    Swept,
    check_best,
    difference_shown,
    half_width,
    is_seen,
    ordered,
    parted,
    rows_of,
    shown,
)

PLAN = SweepPlan(
    titles={"a": "A", "b": "B", "c": "C"},
    backends=dict.fromkeys("abc", "torch"),
    experiments={},
    comparisons={"two": ("a", "b"), "three": ("a", "b", "c")},
    seeds=(0, 1),
    metrics=(),
    samples=10,
    features="auto",
)


def swept(seconds: float = 0.002, **scores: float) -> Swept:
    rows = [
        {"metric": name, "value": value, "floor": 0.5, "unit": "bits", "better": "lower"}
        for name, value in scores.items()
    ]
    done = SimpleNamespace(step_seconds=seconds)
    return Swept(run=SimpleNamespace(directory=SimpleNamespace(done=lambda: done)), scores=rows)


DONE = {
    ("a", 0): swept(0.002, frechet=1.0, entropy=3.0),
    ("b", 0): swept(0.004, frechet=5.0, entropy=3.1),
    ("c", 0): swept(frechet=2.0, entropy=2.0),
    ("a", 1): swept(0.004, frechet=2.0, entropy=3.2),
    ("b", 1): swept(0.006, frechet=4.0, entropy=2.9),
}


def test_a_row_holds_means_and_ranges_over_the_seeds():
    first, second, *_ = rows_of(PLAN, DONE)

    assert (first["comparison"], first["variant"], first["seeds"]) == ("two", "a", [0, 1])
    assert first["scores"]["frechet"] == {
        "mean": 1.5,
        "half_width": pytest.approx(12.706 * 0.5, rel=1e-4),  # t of one degree of freedom, s / √2 = .5
        "min": 1.0,
        "max": 2.0,
        "values": [1.0, 2.0],
        "seeds": [0, 1],
        "floor": 0.5,
        "unit": "bits",
        "better": "lower",
        "best": True,
    }
    assert second["step_milliseconds"] == pytest.approx(5.0)


def test_a_variant_is_held_against_the_first_seed_by_seed():
    """Of frechet 4 and 2 more: mean 3, s √2, t of one degree of freedom 12.706."""
    _, second, *_ = rows_of(PLAN, DONE)

    difference = second["scores"]["frechet"]["from_first"]
    assert difference == {"mean": 3.0, "half_width": pytest.approx(12.706, rel=1e-4), "seeds": 2}
    assert not is_seen(difference)
    assert difference_shown(difference) == "+3 ± 13"


def test_seeds_are_paired_whatever_the_order_they_finished_in():
    _, second, *_ = rows_of(PLAN, dict(reversed(DONE.items())))

    assert second["scores"]["frechet"]["from_first"]["half_width"] == pytest.approx(12.706, rel=1e-4)


def test_a_variant_of_one_seed_is_not_held_against_the_first():
    (row,) = [row for row in rows_of(PLAN, DONE) if row["variant"] == "c"]

    assert row["scores"]["frechet"]["from_first"] is None


def test_a_row_rests_on_the_seeds_that_reached_their_end():
    (row,) = [row for row in rows_of(PLAN, DONE) if row["variant"] == "c"]

    assert row["seeds"] == [0]


def test_a_variant_parts_where_its_range_does_not_overlap_the_firsts():
    """Of frechet [1, 2] and [4, 5] do not, but [1, 2] and [2, 2] meet; of entropy [3, 3.2] and [2, 2] do not."""
    assert parted(PLAN, DONE) == {"two": {"b": ["frechet"]}, "three": {"b": ["frechet"], "c": ["entropy"]}}


def test_a_variant_without_a_finished_run_parts_from_none():
    assert parted(PLAN, {key: one for key, one in DONE.items() if key[0] == "a"})["two"] == {}


@pytest.mark.parametrize(("values", "width"), [((1.0, 2.0, 3.0), 4.302653 / 3**0.5), ((5.0, 5.0), 0.0)])
def test_the_interval_is_students(values, width):
    """Of three values one apart, s is 1 and t of two degrees of freedom 4.302653."""
    assert half_width(values) == pytest.approx(width, rel=1e-6)


def test_one_seed_has_no_interval():
    assert half_width([3.0]) is None


def best_in(rows: list[dict], score: str, comparison: str = "three") -> list[str]:
    own = [row for row in rows if row["comparison"] == comparison]
    return [row["variant"] for row in own if row["scores"][score]["best"]]


def scores_alike(better: str, **means: float) -> dict:
    row = {"metric": "m", "floor": 0.5, "unit": "", "better": better}
    return {(variant, 0): Swept(run=swept().run, scores=[row | {"value": mean}]) for variant, mean in means.items()}


@pytest.mark.parametrize(("better", "best"), [("lower", ["a"]), ("higher", ["c"]), ("as real", ["b"])])
def test_the_best_mean_of_a_comparison_is_marked(better, best):
    """As real: nearest to what real samples get, here .5."""
    assert best_in(rows_of(PLAN, scores_alike(better, a=0.1, b=0.6, c=0.8)), "m") == best


def test_nan_is_never_best():
    assert best_in(rows_of(PLAN, scores_alike("lower", a=float("nan"), b=0.6, c=0.8)), "m") == ["b"]


def test_rows_are_ordered_by_a_score_the_best_first():
    rows = ordered(rows_of(PLAN, DONE), "fid")

    assert [row["variant"] for row in rows] == ["a", "b", "a", "c", "b"]


def test_an_unknown_score_to_order_by_is_a_line():
    with pytest.raises(UsageError, match="best=frechte: the sweep has no such score; did you mean 'frechet'"):
        check_best("frechte", DONE["a", 0].scores)


def test_a_score_is_shown_with_its_interval():
    assert shown({"mean": 31.234, "half_width": 3.45, "best": True}) == "31.2 ± 3.5 *"
    assert shown({"mean": 31.234, "half_width": None}) == "31.2"
