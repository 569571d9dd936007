"""Naive ports: one mistake each, as a change of the experiment, and the rows that matter for one."""

import numpy as np
import pytest

from gan_core.experiments.differences import differences
from gan_core.lessons.differences import all_rows, rows_of
from gan_core.lessons.measurements import parting_step
from gan_core.lessons.naive_adam import AdamEpsilonFirst
from gan_core.lessons.ports import port_of
from gan_core.presets import PRESETS, preset
from gan_core.testing.numpy_ops import NumpyOps

ROWS = {row.name: row for row in all_rows()}


def changes(row: str, name: str, **parameters: float) -> dict:
    port = port_of(ROWS[row], preset(name, **parameters))
    return {} if port is None else dict(port.changes)


def test_momentum_is_read_the_other_way_round():
    found = changes("batch-norm-momentum", "mnist-mlp")

    assert [*found] == [f"networks.generator.layers.batch_norm_{number}.running_update_rate" for number in (1, 2, 3)]
    assert list(found.values()) == pytest.approx([0.2, 0.2, 0.2])


def test_a_default_that_the_experiment_has_already_is_no_mistake_but_the_other_is():
    assert set(changes("batch-norm-epsilon", "mnist-mlp").values()) == {1e-3}
    assert set(changes("batch-norm-epsilon", "keras-wgan-gp").values()) == {1e-5}


def test_the_running_variance_becomes_the_other_one():
    assert set(changes("batch-norm-variance", "mnist-mlp").values()) == {"biased"}


def test_padding_moves_only_where_same_pads_unevenly():
    assert changes("padding", "mnist-dcgan") == {}  # a kernel of 4 with a stride of 2
    found = changes("padding", "keras-wgan-gp")
    assert found == {} or {tuple(value) for value in found.values()} <= {(1, 1), (2, 2), (0, 0)}


def test_a_port_differs_from_the_right_one_in_the_mistake_alone():
    experiment = preset("mnist-mlp")
    port = port_of(ROWS["leaky-relu-slope"], experiment)
    found = [row for row in differences(experiment, port.experiment) if not row.derived]

    assert {row.key.rpartition(".")[2] for row in found} == {"slope"}
    assert {(row.left, row.right) for row in found} == {(0.2, 0.3)}


def test_only_networks_judged_by_logits_get_a_second_sigmoid():
    assert [*changes("logits", "mnist-mlp")] == ["networks.discriminator.layers"]
    assert changes("logits", "mnist-wgan-gp") == {}
    assert "logits" not in {row.name for row in rows_of(preset("mnist-wgan-gp"))}


def test_rows_are_those_of_the_layers_optimizers_and_losses_that_are_there():
    mlp, frog = ({row.name for row in rows_of(preset(name))} for name in ("mnist-mlp", "frog-dcgan"))

    assert {"batch-norm-momentum", "adam-epsilon", "dense-weights", "logits", "gradients"} <= mlp
    assert not mlp & {"rmsprop", "convolution-weights", "second-derivatives", "dropout"}
    assert {"rmsprop", "convolution-weights", "dropout"} <= frog
    assert not frog & {"batch-norm-momentum", "adam-epsilon"}
    assert "second-derivatives" in {row.name for row in rows_of(preset("mnist-wgan-gp"))}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_rows_and_every_port_of_it_can_be_made(name: str):
    experiment = preset(name)
    rows = rows_of(experiment)

    assert rows
    for row in rows:
        port = port_of(row, experiment)
        assert port is None or port.experiment != experiment


def test_the_optimizer_of_a_naive_port_adds_epsilon_before_the_bias_correction():
    """Worked by hand: one step with a gradient of 1e-6."""
    rule = AdamEpsilonFirst(learning_rate=1.0, beta1=0.9, beta2=0.999, epsilon=1e-7)
    slots = {"first_moment": np.zeros(1), "second_moment": np.zeros(1)}
    weight, _ = rule.update(NumpyOps(), np.zeros(1), np.array([1e-6]), slots, rule.settings(0))

    by_hand = -(0.001**0.5) / 0.1 * (0.1 * 1e-6) / ((0.001 * 1e-12) ** 0.5 + 1e-7)
    assert weight[0] == pytest.approx(by_hand, rel=1e-12)


def test_curves_part_at_the_first_step_above_a_thousandth_or_without_a_number():
    assert parting_step([0.0, 9e-4, 2e-3, 1e-4], [1, 2, 3, 4]) == 3
    assert parting_step([0.0, None], [0, 10]) == 10
    assert parting_step([0.0, 1e-3], [1, 2]) is None
