"""Spectral normalisation in training: the weight in use has a largest singular value of 1, by NumPy's SVD."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from gan_core.contract.backend import Backend, Call
from gan_core.experiments.initial_values import initial_values
from gan_core.operations.ops import Array
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.initializers import Normal
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

TRAIN = Call(training=True, weights=None, random=None)
EVALUATE = Call(training=False, weights=None, random=None)
COMMON = {"spectral_norm": True, "bias": False, "weight_init": Normal(standard_deviation=0.5)}
# each on an input of one window, so that the outputs for a basis of inputs are the weight in use
LAYERS = {
    "dense": (L.Dense(units=6, **COMMON), (10,)),
    "conv": (L.Conv(channels=6, kernel=3, **COMMON), (2, 3, 3)),
    "conv_transpose": (L.ConvTranspose(channels=3, kernel=4, **COMMON), (5, 1, 1)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_weight_in_use_has_norm_1_before_and_after_training(backend64: Backend, name: str) -> None:
    """It is found from outputs alone, so a forgotten division or a stale vector shows."""
    layer, shape = LAYERS[name]
    plan = plan_network("net", Network(inputs={"x": Input(kind="data", shape=shape)}, layers=(layer,)))
    network = backend64.build_network(plan, initial_values(plan, seed=0))
    rule, ops = Adam(learning_rate=1e-2), backend64.ops
    optimizer = backend64.build_optimizer(rule, [network])

    def update(given: Mapping[str, Any]) -> dict[str, Array]:
        difference = network({"x": given["x"]}, TRAIN) - given["wanted"]
        loss = ops.mean(difference * difference)
        settings = {key: value for key, value in given.items() if key not in ("x", "wanted")}
        optimizer.apply(ops.gradients(loss, list(network.weights().values()), differentiable=False), settings)
        return {"loss": loss}

    evaluating = backend64.compile(lambda given: {"y": network({"x": given["x"]}, EVALUATE)}, [plan])

    def largest() -> float:
        size = int(np.prod(shape))
        outputs = backend64.to_numpy(evaluating({"x": np.eye(size).reshape(size, *shape)})["y"])
        # [input, output] → [out channels, rest]; of a transposed convolution the rest is (in, kh, kw)
        matrix = np.moveaxis(outputs, 1, 0).reshape(plan.output_shape[0], -1)
        return float(np.linalg.svd(matrix, compute_uv=False)[0])

    assert largest() == pytest.approx(1.0, abs=1e-12)
    generator, before = np.random.default_rng(0), network.read()
    wanted = generator.normal(0, 1, (8, *plan.output_shape))
    run = backend64.compile(update, [plan])
    for number in range(60):
        run({"x": generator.normal(0, 1, (8, *shape)), "wanted": wanted, **rule.settings(number)})
    assert not np.allclose(network.read()[f"{name}_1.weight"], before[f"{name}_1.weight"], atol=0.1)
    assert largest() == pytest.approx(1.0, abs=0.01)
