"""Weights from files of no framework, and what an import does to the rest of a run."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from gan_core.contract.weight_matching import canonical_file_arrays, matched
from gan_core.errors import GanError, UsageError
from gan_core.experiments.files import with_changes
from gan_core.experiments.initial_values import with_derived
from gan_core.files.file_parts import opened_part
from gan_core.files.plain_weights import IGNORED, plain_weights
from gan_core.plans.plans import Plan
from gan_core.presets import preset
from gan_core.sessions.beginnings import starting_state
from gan_core.sessions.weight_exchange import checked_values, with_network


def values_of(plan: Plan) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    shapes = {name: kept.shape for name, kept in (*plan.weights.items(), *plan.buffers.items())}
    return {name: generator.uniform(0.5, 2, shape).astype(np.float32) for name, shape in shapes.items()}


def read(plan: Plan, path: Path) -> dict[str, np.ndarray]:
    with opened_part(path) as part:
        return matched(plan, canonical_file_arrays(plan), plain_weights(part, path.suffix), path, ignored=IGNORED)


@pytest.mark.parametrize("save", [
    lambda path, values: save_file(values, path.with_suffix(".safetensors")) or path.with_suffix(".safetensors"),
    lambda path, values: np.savez(path.with_suffix(".npz"), **values) or path.with_suffix(".npz"),
    lambda path, values: np.savez_compressed(path.with_suffix(".npz"), **values) or path.with_suffix(".npz"),
], ids=["safetensors", "npz", "compressed npz"])  # fmt: skip
def test_files_of_no_framework_are_read_by_canonical_names(tmp_path, save):
    """PyTorch's word for the running variance too."""
    plan = preset("digits-mlp").plans["generator"]
    values = values_of(plan)
    file = save(tmp_path / "x", {name.replace("running_variance", "running_var"): one for name, one in values.items()})

    found = read(plan, file)

    assert found.keys() == values.keys()
    for name, value in values.items():
        np.testing.assert_array_equal(found[name], value)


def test_the_other_order_of_bytes_is_turned(tmp_path):
    plan = preset("digits-mlp").plans["generator"]
    values = values_of(plan)
    np.savez(tmp_path / "x.npz", **{name: value.astype(">f4") for name, value in values.items()})

    np.testing.assert_array_equal(read(plan, tmp_path / "x.npz")["dense_1.weight"], values["dense_1.weight"])


@pytest.mark.parametrize("odd", [np.array([None]), np.ones((2, 2), np.int32), np.ones(3, "c8"), np.ones((7, 7))])
def test_odd_arrays_are_refused(tmp_path, odd):
    plan = preset("digits-mlp").plans["generator"]
    np.savez(tmp_path / "x.npz", **(values_of(plan) | {"dense_1.weight": odd}))

    with pytest.raises(GanError, match=r"'dense_1\.weight'") as caught:
        read(plan, tmp_path / "x.npz")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(("value", "words"), [(np.nan, "finite numbers"), (1e300, "too large for float32")])
def test_what_is_no_number_is_said(value, words):
    plan = preset("digits-mlp").plans["generator"]
    values = {name: np.asarray(one, np.float64) for name, one in values_of(plan).items()}
    values["dense_1.bias"][0] = value

    with pytest.raises(UsageError, match=words):
        checked_values(plan, values, Path("x.npz"), np.dtype("float32"))


def test_a_singular_vector_that_is_missing_is_worked_out():
    """It follows from the weights, and other people's files have none, or one of another kind."""
    experiment = with_changes(preset("digits-mlp"), {"networks.discriminator.layers.1.spectral_norm": True})
    plan = experiment.plans["discriminator"]
    values = values_of(plan)
    (name,) = plan.buffers
    del values[name]

    found = with_derived(plan, values)[name]

    left, *_ = np.linalg.svd(values[name.replace("singular_vector", "weight")].astype(np.float64))
    np.testing.assert_allclose(np.abs(found), np.abs(left[:, 0]), atol=1e-9)


def test_an_import_leaves_nothing_of_the_old_weights():
    """Moments of the moved network's player, its count of updates, and the averages of it; the others keep theirs."""
    experiment = with_changes(preset("digits-mlp"), {"averages.ema": {"of": "generator"}})
    state = starting_state(experiment)
    for slots in state.optimizers.values():
        for value in slots.values():
            np.copyto(value, 1)
    state = dataclasses.replace(state, updates={"generator": 9, "discriminator": 9})
    values, said = values_of(experiment.plans["generator"]), []

    changed = with_network(experiment, state, "generator", values, said.append)

    assert changed.updates == {"generator": 0, "discriminator": 9}
    assert not any(value.any() for value in changed.optimizers["generator"].values())
    assert all(value.all() for value in changed.optimizers["discriminator"].values())
    np.testing.assert_array_equal(changed.networks["ema"]["dense_1.weight"], values["dense_1.weight"])
    assert said == ["'generator' has new weights; fresh: optimizer of 'generator', average 'ema'"]
