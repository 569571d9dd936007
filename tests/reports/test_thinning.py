"""Long curves for a page: nothing that stands out is lost, and means are means."""

import math

import numpy as np

from gan_core.reports.thinning import thinned


def test_a_short_curve_is_kept_as_it_is():
    curve = thinned([(1, 0.5), (2, 0.25)])

    assert (curve.steps, curve.values, curve.mean_steps, curve.means) == ([1, 2], [0.5, 0.25], [1, 2], [0.5, 0.25])
    assert (curve.whole, curve.in_bucket) == (2, 1)


def test_every_spike_of_a_long_curve_is_kept():
    values = np.zeros(100_000)
    spikes = [3, 40_001, 77_777, 99_998]
    values[spikes] = [5.0, -7.0, 9.0, -2.0]
    curve = thinned(list(enumerate(values.tolist())), 1000)

    assert {step: value for step, value in zip(curve.steps, curve.values, strict=True) if value} == {
        3: 5.0, 40_001: -7.0, 77_777: 9.0, 99_998: -2.0,
    }  # fmt: skip


def test_a_long_curve_keeps_its_ends_its_order_and_its_size():
    points = [(step, math.sin(step)) for step in range(12_345)]
    curve = thinned(points, 500)

    assert (curve.steps[0], curve.steps[-1]) == (0, 12_344)
    assert curve.steps == sorted(set(curve.steps))
    assert len(curve.steps) <= 502


def test_means_are_those_of_buckets():
    curve = thinned([(step, float(step % 2)) for step in range(1000)], 100)

    assert curve.in_bucket == 20
    assert set(curve.means) == {0.5}
    assert curve.mean_steps[:2] == [9.5, 29.5]


def test_what_is_no_number_is_a_gap_where_it_is():
    points = [(step, math.nan if step == 500 else 1.0) for step in range(1000)]
    curve = thinned(points, 100)

    assert [step for step, value in zip(curve.steps, curve.values, strict=True) if value is None] == [500]
    assert None not in curve.means
