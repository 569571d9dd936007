"""The FID network on a backend, with made-up weights, against what the published packages compute from these.

The stored numbers are of torch-fidelity 0.4.0 and pytorch-fid 0.3.0, and of the resize of clean-fid 0.1.35, in float64.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from gan_core.features.inception import InceptionExtractor
from gan_core.features.inception_images import RESIZES, as_bytes
from gan_core.features.inception_network import network, published_name, weights_from
from gan_core.plans.plans import Plan, plan_network
from gan_core.training.machine import Machine
from published_inception import IMAGES, made_up

STORED = json.loads((Path(__file__).parents[1] / "fixtures" / "published-inception.json").read_text())
RESIZED = {"torch-fidelity": "tensorflow", "pytorch-fid": "pytorch-fid", "clean-fid": "clean"}


def made_up_weights(plan: Plan) -> dict[str, np.ndarray]:
    shapes = {published_name(node.name): node.plan.weights for node in plan.nodes}

    def array(name: str) -> np.ndarray:
        module = name.rpartition(".")[0].removesuffix(".conv").removesuffix(".bn")
        shape = (1008, 2048) if module == "fc" else shapes[module]["weight"].shape
        return made_up(name, shape if name.endswith(("conv.weight", "fc.weight")) else shape[:1])

    return weights_from(plan, array)


@pytest.fixture(scope="module")
def extractor(name: str) -> InceptionExtractor:
    plan = plan_network("inception", network())
    return InceptionExtractor("tensorflow", made_up_weights(plan), (0, 255), Machine(backend=name), dtype="float64")


@pytest.mark.slow
@pytest.mark.parametrize("package", STORED)
def test_features_are_those_of_the_published_packages(extractor: InceptionExtractor, package: str) -> None:
    """Resizes in float32 there, which moves features by a millionth."""
    found = extractor.outputs(RESIZES[RESIZED[package]](as_bytes(IMAGES, (0, 255))))
    stored = STORED[package]

    np.testing.assert_allclose(found["features"][:, :8], stored["features"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["features"].sum(axis=1), stored["sum"], rtol=1e-6)


@pytest.mark.slow
def test_the_inception_score_is_of_the_logits_of_the_published_package(extractor: InceptionExtractor) -> None:
    """Which have no bias, and 1,008 classes."""
    stored = np.array(STORED["torch-fidelity"]["logits"])
    found = extractor(IMAGES.astype(float)).probabilities

    assert found is not None
    assert found.shape == (2, 1008)
    np.testing.assert_allclose(np.log(found[:, :8] / found[:, :1]), stored - stored[:, :1], rtol=1e-5, atol=1e-6)
