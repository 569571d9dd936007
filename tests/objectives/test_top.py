"""The top-k generator by hand, on NumPy."""

import numpy as np
import pytest

from gan_core.errors import SpecError
from gan_core.objectives import TopGenerator
from gan_core.objectives.losses import LOSSES
from gan_core.objectives.top import best, mean_of_best
from gan_core.presets.loading import load_experiment
from gan_core.testing import complex_step
from gan_core.testing.numpy_ops import NUMPY

LOGITS = np.array([[0.5], [-3.0], [2.0], [0.5], [-1.0]])


@pytest.mark.parametrize(
    ("count", "chosen"),
    [
        (1.0, [0, 0, 1, 0, 0]),
        (2.0, [1, 0, 1, 0, 0]),  # of two equal ones the first
        (2.9, [1, 0, 1, 0, 0]),
        (3.0 - 1e-6, [1, 0, 1, 1, 0]),  # as float32 has it
        (3.0, [1, 0, 1, 1, 0]),
        (5.0, [1, 1, 1, 1, 1]),
    ],
)
def test_the_largest_outputs_are_chosen(count: float, chosen: list[int]):
    assert best(NUMPY, LOGITS, count).ravel().tolist() == chosen


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.items() if not loss.generator_needs_real])
def test_the_loss_is_that_of_the_best_alone(name: str):
    """Value and gradient are those of a batch of the three largest; the others have a gradient of exactly 0."""
    loss, rows = LOSSES[name].generator, [0, 2, 3]

    def of_best(arrays):
        return mean_of_best(NUMPY, loss, arrays["logits"], 3.0)

    alone = complex_step.gradients(lambda arrays: loss(NUMPY, None, arrays["logits"]), {"logits": LOGITS[rows]})
    found = complex_step.gradients(of_best, {"logits": LOGITS})["logits"]

    assert of_best({"logits": LOGITS}) == pytest.approx(loss(NUMPY, None, LOGITS[rows]), rel=1e-14)
    np.testing.assert_allclose(found[rows], alone["logits"], rtol=1e-13)
    np.testing.assert_array_equal(found[[1, 4]], 0)


def test_fewer_samples_count_from_time_to_time_and_never_too_few():
    objective = TopGenerator(decay=0.9, least=0.8, every=10)
    shares = [objective.floats({}, {"generator": updates})["share"] for updates in (0, 9, 10, 29, 1000)]

    assert shares == [1.0, 1.0, 0.9, 0.81, 0.8]


def test_it_stands_in_for_a_generator_s_objective():
    made = load_experiment("mnist-mlp", {"phases.generator.objective": {"type": "top_generator", "least": 0.5}})

    assert made.phases[1].objective == TopGenerator(least=0.5)
    with pytest.raises(SpecError, match="phase 'generator': unknown player 'generatr'; did you mean 'generator'"):
        load_experiment("mnist-mlp", {"phases.generator.objective": {"type": "top_generator", "player": "generatr"}})
