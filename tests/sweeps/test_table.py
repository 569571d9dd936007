"""A sweep's rows: means, ranges, and which ranges part; from scores that are made up."""

from types import SimpleNamespace

import pytest

from gan_core.sweeps.plan import SweepPlan
from gan_core.sweeps.table import Swept, parted, rows_of, shown

PLAN = SweepPlan(
    titles={"a": "A", "b": "B", "c": "C"},
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
        "min": 1.0,
        "max": 2.0,
        "values": [1.0, 2.0],
        "floor": 0.5,
        "unit": "bits",
        "better": "lower",
    }
    assert second["step_milliseconds"] == pytest.approx(5.0)


def test_a_row_rests_on_the_seeds_that_reached_their_end():
    (row,) = [row for row in rows_of(PLAN, DONE) if row["variant"] == "c"]

    assert row["seeds"] == [0]


def test_a_variant_parts_where_its_range_does_not_overlap_the_firsts():
    """Of frechet [1, 2] and [4, 5] do not, but [1, 2] and [2, 2] meet; of entropy [3, 3.2] and [2, 2] do not."""
    assert parted(PLAN, DONE) == {"two": {"b": ["frechet"]}, "three": {"b": ["frechet"], "c": ["entropy"]}}


def test_a_variant_without_a_finished_run_parts_from_none():
    assert parted(PLAN, {key: one for key, one in DONE.items() if key[0] == "a"})["two"] == {}


def test_a_score_is_shown_with_its_range():
    assert shown({"mean": 31.234, "min": 28.91, "max": 34.0}) == "31.2 (28.9 to 34)"
    assert shown({"mean": 31.234, "min": 31.234, "max": 31.234}) == "31.2"
