"""Every loss on a framework: its value and its gradient at the outputs, against complex steps on NumPy."""

import numpy as np
import pytest

from gan_core.objectives.losses import LOSSES
from gan_core.testing import complex_step
from gan_core.testing.numpy_ops import NUMPY
from tolerances import assert_close

RANDOM = np.random.default_rng(4)
OUTPUTS = {"real": RANDOM.normal(0.5, 1.5, (6, 1)), "fake": RANDOM.normal(-0.5, 1.5, (6, 1))}


@pytest.mark.parametrize("side", ["discriminator", "generator"])
@pytest.mark.parametrize("name", LOSSES)
def test_value_and_gradient_are_those_of_the_formula(backend64, name, side):
    function, ops = getattr(LOSSES[name], side), backend64.ops

    def unit(given):
        leaves = {key: ops.differentiable_leaf(value) for key, value in given.items()}
        loss = function(ops, leaves["real"], leaves["fake"])
        slopes = ops.gradients(loss, list(leaves.values()), differentiable=False)
        return {"loss": loss, **dict(zip(leaves, slopes, strict=True))}

    found = {key: backend64.to_numpy(value) for key, value in backend64.compile(unit, [])(OUTPUTS).items()}
    expected = complex_step.gradients(lambda outputs: function(NUMPY, outputs["real"], outputs["fake"]), OUTPUTS)

    assert_close(found["loss"], np.asarray(function(NUMPY, OUTPUTS["real"], OUTPUTS["fake"])), "value")
    for key, slope in expected.items():
        assert_close(found[key], slope, "gradient", key)
