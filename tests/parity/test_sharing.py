"""An ONNX file gives what the framework gives, and a packed run goes on as one that was never packed."""

import importlib.util

import numpy as np
import pytest

import gan_core
from gan_core.experiments.initial_values import all_initial_values
from gan_core.presets import preset
from gan_core.sharing.onnx_check import largest_difference, run_model
from gan_core.sharing.onnx_export import chain_of
from gan_core.sharing.onnx_models import build_model
from small_runs import STEPS, assert_same_run

needs_onnx = pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="onnxruntime is not installed")
PRESETS = {
    "mnist-cgan": {},
    "mnist-dcgan": {"width": 0.0625},
    "cifar-sagan": {"width": 0.0625},
    "pix2pix-colour": {"width": 0.0625},
}
FLOAT32 = 1e-5  # of the largest output


@needs_onnx
@pytest.mark.parametrize("which", PRESETS)
def test_a_preset_gives_the_same_as_onnx(which, name, backend32):
    experiment = preset(which, **PRESETS[which])
    values = all_initial_values(experiment)
    chain = chain_of(experiment, None, which)

    model = build_model(chain, values, {})

    assert largest_difference(model, name, chain, values) <= FLOAT32


@needs_onnx
def test_a_file_gives_the_samples_of_its_run(small_runs, name, tmp_path):
    run = gan_core.load(small_runs.whole())

    made = run.export_onnx(tmp_path / "g.onnx")

    sampler = run.sampler()
    inputs = sampler.sampling_inputs("generator", 6, "test", None)
    (found,) = run_model(made.path.read_bytes(), {key: value.astype(np.float32) for key, value in inputs.items()})
    assert (made.backend, made.step) == (name, STEPS)
    np.testing.assert_allclose(found, sampler.generate("generator", inputs), atol=FLOAT32)


def test_a_packed_run_goes_on_as_if_it_had_never_been_packed(small_runs, whole, tmp_path):
    gan_core.load(small_runs.died_after(7)).pack(tmp_path / "run.zip")
    folder = gan_core.unpack(tmp_path / "run.zip", tmp_path / "elsewhere")

    gan_core.resume(folder, progress=False)

    assert_same_run(whole, folder)
