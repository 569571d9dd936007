"""How agreement is measured."""

import numpy as np
import pytest

from gan_core.lockstep import Trace, difference, marks, scalar_differences, table


def trace(losses, weight):
    return Trace(
        scalars={"d/loss": np.array(losses, float)},
        states={len(losses): {"weight:generator.dense_1.weight": np.array(weight, float)}},
        environment={},
        step_milliseconds=1.0,
        first_step_seconds=0.1,
    )


def test_a_difference_is_relative_to_the_largest_value():
    assert difference(np.array([1.0, -4.0]), np.array([1.0, -4.004])) == pytest.approx(0.004 / 4.004)


def test_equal_zeros_do_not_differ():
    assert difference(np.zeros(3), np.zeros(3)) == 0.0


def test_nan_against_a_number_is_an_infinite_difference():
    assert difference(np.array([np.nan]), np.array([1.0])) == float("inf")


def test_a_scalar_near_zero_is_compared_on_the_scale_it_had():
    """0.001 against 0.002 after a value of 2 is a difference of .0005, not of .5."""
    assert scalar_differences(trace([2, 0.001], [1]), trace([2, 0.002], [1]))[1] == pytest.approx(0.0005)


def test_a_phase_that_did_not_run_is_no_difference():
    one = trace([1, np.nan, 1], [1])

    assert scalar_differences(one, one).max() == 0


def test_the_table_holds_the_worst_so_far_against_the_first():
    rows = table({"a": trace([1, 1], [1]), "b": trace([1.1, 1], [1.5])})

    assert [row["backends"] for row in rows] == ["b against a"]
    assert rows[0]["losses"] == pytest.approx(0.1 / 1.1)
    assert rows[0]["weights"] == pytest.approx(0.5 / 1.5)


def test_marks_end_with_the_last_step():
    assert marks(30) == [1, 2, 5, 10, 20, 30]
