"""How agreement is measured."""

import numpy as np
import pytest

from gan_core.lockstep.compare import worst_of_kinds
from gan_core.lockstep.traces import (
    KINDS,
    Trace,
    difference,
    marks,
    scalar_differences,
    state_differences,
    table,
)


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


def test_a_difference_after_a_step_at_which_the_phase_did_not_run_is_found():
    assert scalar_differences(trace([1, np.nan, 1], [1]), trace([1, np.nan, 2], [1])).tolist() == [0, 0, 0.5]


def test_the_table_holds_the_worst_so_far_against_the_first():
    rows = table({"a": trace([1, 1], [1]), "b": trace([1.1, 1], [1.5])})

    assert [row.backends for row in rows] == ["b against a"]
    assert rows[0].worst["losses"].value == pytest.approx(0.1 / 1.1)
    assert rows[0].worst["weights"].value == pytest.approx(0.5 / 1.5)


def test_marks_end_with_the_last_step():
    assert marks(30) == [1, 2, 5, 10, 20, 30]


# on which scale

RATE = 2e-4


def state(**changes: float) -> dict[str, np.ndarray]:
    """A player of dense, batch norm and dense layers after some steps of Adam: large and small, and a bias at rest.

    changes: array → what it is multiplied by, with ``__`` for dots and slashes, as a bug would.
    """
    random = np.random.default_rng(0)
    slopes = {"dense_1.weight": 1e-2, "dense_1.bias": 1e-17, "batch_norm_1.weight": 1e-8, "dense_2.weight": 1e-6}
    arrays = {
        "running:net.batch_norm_1.running_mean": random.normal(0, 1e-4, 4),
        "running:net.batch_norm_1.running_variance": random.uniform(0.5, 2, 4),
    }
    for name, size in slopes.items():
        slope = random.normal(0, 1, 4) * size
        arrays[f"weight:net.{name}"] = random.normal(0, 1, 4) * (RATE * 1e-9 if name == "dense_1.bias" else 0.05)
        arrays[f"weight:mean.{name}"] = arrays[f"weight:net.{name}"] * 0.5
        arrays[f"optimizer:player/net/{name}/first_moment"] = slope
        arrays[f"optimizer:player/net/{name}/second_moment"] = slope**2
    for key, factor in changes.items():
        (name,) = (name for name in arrays if name.endswith(key))
        arrays[name] = arrays[name] * factor
    return arrays


def worst(other: dict[str, np.ndarray]) -> dict[str, tuple[float, str]]:
    return state_differences(state(), other, {"mean": "net"})


def test_a_bias_right_before_a_norm_may_be_all_rounding():
    """Its moments have another sign; Adam has moved it, and an average of it, by as much as they are worth."""
    other = state(**{f"net/dense_1.bias/{slot}": -1.0 for slot in ("first_moment", "second_moment")})
    for network in ("net", "mean"):
        other[f"weight:{network}.dense_1.bias"] = -other[f"weight:{network}.dense_1.bias"]
    other["running:net.batch_norm_1.running_mean"] = other["running:net.batch_norm_1.running_mean"] + 2e-13

    assert all(value < 1e-9 for value, _ in worst(other).values())


@pytest.mark.parametrize("name", ["dense_1.weight", "batch_norm_1.weight", "dense_2.weight"])
@pytest.mark.parametrize("slot", ["first_moment", "second_moment"])
def test_moments_that_are_wrong_by_a_millionth_are_found_however_small_they_are(name, slot):
    """A million times smaller than the player's largest, second moments a billion times a thousand."""
    value, array = worst(state(**{f"net/{name}/{slot}": 1 + 1e-6}))[KINDS[3]]

    assert value > 1e-9
    assert array == f"player/net/{name}/{slot}"


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        ("net.dense_2.weight", KINDS[1]),
        ("mean.batch_norm_1.weight", KINDS[1]),
        ("net.batch_norm_1.running_mean", KINDS[2]),
        ("net.batch_norm_1.running_variance", KINDS[2]),
    ],
)
def test_a_weight_or_a_statistic_that_is_wrong_by_a_millionth_is_found_and_named(array, kind):
    found = worst(state(**{array: 1 + 1e-6}))

    assert found[kind][1] == array
    assert found[kind][0] == pytest.approx(1e-6, rel=1e-3)
    assert all(value == 0 for other, (value, _) in found.items() if other != kind)


def test_a_tiny_weight_that_learns_is_compared_with_itself():
    """A millionth of its network's largest weight, and wrong by a millionth of itself."""
    one, other = state(), state()
    for arrays, factor in ((one, 1e-6), (other, 1e-6 * (1 + 1e-6))):
        arrays["weight:net.dense_2.weight"] = arrays["weight:net.dense_2.weight"] * factor

    assert state_differences(one, other)[KINDS[1]][0] > 1e-9


def test_a_bias_at_rest_that_is_really_wrong_is_found():
    other = state()
    other["weight:net.dense_1.bias"] = other["weight:net.dense_1.bias"] + 1e-6

    assert worst(other)[KINDS[1]] == (pytest.approx(1e-6 / 100 / 0.065, rel=1), "net.dense_1.bias")


def test_a_running_mean_may_not_part_by_more_than_the_bias_before_it():
    other = state()
    other["running:net.batch_norm_1.running_mean"] = other["running:net.batch_norm_1.running_mean"] + 1e-11

    assert worst(other)[KINDS[2]][0] > 1e-9


def test_a_bias_with_a_gradient_on_one_backend_alone_is_found():
    other = state(**{"net/dense_1.bias/first_moment": 1e12})

    assert worst(other)[KINDS[3]][0] == pytest.approx(1.0, rel=1e-6)


def test_nan_in_one_array_hides_nothing_in_another():
    one, other = (state(**{"net.dense_1.weight": np.nan}) for _ in range(2))
    other["weight:net.dense_2.weight"] = other["weight:net.dense_2.weight"] * 2

    assert worst(state(**{"net.dense_2.weight": np.nan}))[KINDS[1]] == (float("inf"), "net.dense_2.weight")
    assert state_differences(one, other)[KINDS[1]] == (pytest.approx(0.5), "net.dense_2.weight")


def test_a_loss_that_would_be_0_is_compared_with_the_others_of_its_phase():
    def of(tiny: float, small: float) -> Trace:
        scalars = {"d/loss": np.array([2.0]), "d/zero": np.array([tiny]), "d/small": np.array([small])}
        return Trace(scalars=scalars, states={}, environment={}, step_milliseconds=1.0, first_step_seconds=1.0)

    assert scalar_differences(of(1e-17, 1e-3), of(-1e-17, 1e-3)).max() < 1e-9
    assert scalar_differences(of(0.0, 1e-3), of(0.0, 1e-3 * (1 + 1e-6))).max() == pytest.approx(1e-6, rel=1e-3)


def test_a_mean_of_d_is_compared_on_the_scale_of_probabilities():
    """D = 1e-8 and 2e-8 are the same verdict; a score of that size is a number like any other."""

    def of(name: str, value: float) -> Trace:
        scalars = {f"d/{name}": np.array([value])}
        return Trace(scalars=scalars, states={}, environment={}, step_milliseconds=1.0, first_step_seconds=1.0)

    probability, score = "fake_probability", "fake_score"
    assert scalar_differences(of(probability, 1e-8), of(probability, 2e-8)).max() == pytest.approx(1e-8)
    assert scalar_differences(of(score, 1e-8), of(score, 2e-8)).max() == pytest.approx(0.5)


def test_the_worst_of_each_kind_has_a_name_a_step_and_a_verdict():
    rows = table({"a": trace([1, 1], [1, 2]), "b": trace([1, 1.1], [1, 2])})
    losses, weights, *others = worst_of_kinds(rows, 1e-9, KINDS)

    assert (losses.array, losses.step, losses.agrees, losses.backends) == ("d/loss", 2, False, "b against a")
    assert weights.agrees
    assert all(kind.agrees for kind in others)
