"""A run's network as a file: what it says of itself, and one line for each thing that cannot be."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from gan_core.errors import GanError, UsageError
from gan_core.experiments.initial_values import all_initial_values
from gan_core.presets import PRESETS, preset
from gan_core.presets.loading import load_experiment
from gan_core.sessions.run import Run
from gan_core.sharing import onnx_export
from gan_core.sharing.onnx_check import random_inputs, run_model
from gan_core.sharing.onnx_export import chain_of, notes_of
from gan_core.sharing.onnx_models import build_model
from shared_runs import STEP, released

onnx = pytest.importorskip("onnx")
pytestmark = pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="onnxruntime is not installed")
OWN_FOLDER = ("dcgan-64", "anime-dcgan-96", "keras-dcgan")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(released(tmp_path / "run"))


def test_a_file_says_what_it_is(run: Run, tmp_path: Path) -> None:
    made = run.export_onnx(tmp_path / "g.onnx", check=False)

    model = onnx.load(made.path)
    said = {one.key: one.value for one in model.metadata_props}
    assert (made.step, made.networks, made.difference) == (STEP, ("generator",), None)
    assert (made.inputs, made.outputs) == ({"z": (2,)}, {"output": (1, 8, 8)})
    assert model.opset_import[0].version == made.opset == 18
    assert model.producer_name == "gan-core"
    assert (said["experiment"], said["network"], said["step"]) == ("digits-mlp", "generator", str(STEP))
    assert json.loads(said["inputs"]) == {"z": {"kind": "latent", "shape": [2], "distribution": "normal"}}
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"


def test_any_number_of_samples_passes(run: Run, tmp_path: Path) -> None:
    raw = run.export_onnx(tmp_path / "g.onnx", check=False).path.read_bytes()
    z = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)

    (seven,), (three,) = (run_model(raw, {"z": z[:count]}) for count in (7, 3))

    assert seven.shape == (7, 1, 8, 8)
    np.testing.assert_allclose(seven[:3], three, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"network": "generater"}, "network=generater: .* has none of that name; did you mean 'generator'"),
        ({"checkpoint": 3}, "checkpoint=3: .* keeps no checkpoint of step 3"),
        ({"checkpoint": "best"}, "has no best checkpoint"),
        ({"out": "g.bin"}, r"expected a file that ends in \.onnx"),
        ({"out": "there.onnx"}, "exists already"),
        ({"out": "nowhere/g.onnx"}, "does not exist"),
    ],
)
def test_what_cannot_be_written_is_one_line(run: Run, tmp_path: Path, options: dict, reason: str) -> None:
    (tmp_path / "there.onnx").touch()
    path = tmp_path / options.pop("out", "g.onnx")

    with pytest.raises(UsageError, match=reason):
        run.export_onnx(path, check=False, **options)


def test_a_missing_package_is_told_with_its_remedy(run: Run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("gan_core.sharing.onnx_models.importlib.util.find_spec", lambda _: None)

    with pytest.raises(UsageError, match=r"needs onnx, which is not installed: run  pip install 'gan-core\[onnx\]'"):
        run.export_onnx(tmp_path / "g.onnx")


def test_a_file_that_is_not_as_its_network_is_not_left(run: Run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(onnx_export, "largest_difference", lambda *_: 0.5)

    with pytest.raises(GanError, match=r"5\.0e-01 from those of torch, more than 1e-03; nothing was written"):
        run.export_onnx(tmp_path / "g.onnx")
    assert not (tmp_path / "g.onnx").exists()


def test_the_discriminator_is_written_under_its_name(run: Run, tmp_path: Path) -> None:
    made = run.export_onnx(tmp_path / "d.onnx", network="discriminator", check=False)

    assert made.networks == ("discriminator",)
    assert "value_range" not in {one.key for one in onnx.load(made.path).metadata_props}


def test_sheets_of_training_mode_and_several_networks_are_told() -> None:
    told = {name: notes_of(one := preset(name), chain_of(one, None, name), None) for name in ("pix2pix", "cyclegan")}

    assert [note.split(",")[0] for note in told["pix2pix"]] == ["the run's sheets are drawn in training mode"]
    assert told["cyclegan"] == ["the file holds 'a_to_b'; the sheets are drawn by b_to_a too: see network=NAME"]


def test_a_chain_of_ones_own_is_one_file() -> None:
    chain = chain_of(preset("mnist-bigan"), "encoder/generator", "it")

    assert [plan.name for plan in chain] == ["encoder", "generator"]


def test_the_network_of_the_sheets_is_the_average_where_there_is_one() -> None:
    assert [plan.name for plan in chain_of(preset("mnist-r1"), None, "it")] == ["average"]


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_written(name: str) -> None:
    """At full width, and run for one sample; what it gives is held against the frameworks in the parity tests."""
    experiment = load_experiment(name, ["data.path=."] if name in OWN_FOLDER else [])
    values = all_initial_values(experiment)
    for network in experiment.sampled:
        chain = chain_of(experiment, network, name)

        found, *_ = run_model(build_model(chain, values, {}), random_inputs(chain[0], 1))

        assert found.shape == (1, *chain[-1].output_shape)
        assert np.isfinite(found).all()
