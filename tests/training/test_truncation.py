"""Truncated styles, on the backend of NumPy: nearer to the mean of mapped latents, by other weights alone."""

import msgspec
import numpy as np
import pytest

from gan_core.contract.backend import Call
from gan_core.data.dataset import Dataset
from gan_core.errors import UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import with_changes
from gan_core.experiments.initial_values import all_initial_values
from gan_core.plans.plans import plan_network
from gan_core.presets import preset
from gan_core.specs.style_layers import StyleMixing
from gan_core.testing.numpy_backend import NumpyBackend
from gan_core.training import truncation
from gan_core.training.sampler import Sampler
from gan_core.training.truncation import mean_style, with_truncated_styles

EVALUATE = Call(training=False, weights=None, random=None)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few latents for the mean: the definition is the same."""
    monkeypatch.setattr(truncation, "MAPPED", 40)
    monkeypatch.setattr(truncation, "CHUNK", 20)


def sampler_of(made: Experiment, shape: tuple[int, ...]) -> Sampler:
    made = with_changes(made, {"training.dtype": "float64"})
    backend, values = NumpyBackend(), all_initial_values(made)
    (name,) = made.sampled
    of = made.averages[name].of if name in made.averages else name
    dataset = Dataset(name="any", samples=np.zeros((4, *shape), np.uint8))
    return Sampler(made, backend, dataset, {name: backend.build_network(made.plans[name], values[of])})


def styled() -> Sampler:
    return sampler_of(preset("stylegan2-small", width=0.0625, size=8, mapping=2), (1, 8, 8))


def affine_outputs(share: float | None) -> np.ndarray:
    """What the dense layers make of truncated styles of five latents, [5, all of their units]."""
    sampler = with_truncated_styles(styled(), share)
    network = sampler.experiment.networks["generator"]
    names = tuple(node.name for node in sampler.experiment.plans["average"].nodes if node.name.endswith("_affine"))
    plan = plan_network("average", msgspec.structs.replace(network, outputs=names))
    native = sampler.backend.build_network(plan, sampler.networks["average"].read())
    found = native.outputs(sampler.sampling_inputs("average", 5, "any", None), EVALUATE)
    return np.concatenate([np.asarray(found[name]) for name in names], axis=1)


def test_styles_are_as_near_to_their_mean_as_is_said():
    whole, near, mean = map(affine_outputs, (None, 0.3, 0.0))

    np.testing.assert_allclose(near, mean + 0.3 * (whole - mean), atol=1e-12)
    np.testing.assert_allclose(mean, np.broadcast_to(mean[0], mean.shape), atol=1e-12)
    assert whole.std(axis=0).max() > 0.1


def test_the_mean_is_that_of_first_styles_of_drawn_latents():
    sampler = styled()
    plan = sampler.experiment.plans["average"]
    mixing = next(node for node in plan.nodes if isinstance(node.layer, StyleMixing))

    found = mean_style(sampler, plan, mixing, sampler.networks["average"].read())

    assert found.shape == (4,)
    assert np.isfinite(found).all()
    assert found.any()


def test_all_or_nothing_of_truncation_changes_nothing():
    plain, whole = styled(), with_truncated_styles(styled(), 1.0)

    np.testing.assert_array_equal(plain.sample(3, "any", None), whole.sample(3, "any", None))


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_beyond_the_way_is_refused(share: float):
    with pytest.raises(UsageError, match=r"^truncation=.*: expected a number from 0"):
        with_truncated_styles(styled(), share)


def test_a_network_without_styles_is_refused():
    sampler = sampler_of(preset("mixture-8"), (2,))

    with pytest.raises(UsageError, match="the network 'generator' has no styles, a layer style_mixing"):
        with_truncated_styles(sampler, 0.5)
