"""Weights in a framework's own file: the plain script gives the same samples, and the file comes back as it went."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gan_core.contract.backend import Call
from gan_core.errors import BackendError, DamagedError, UsageError
from gan_core.plans.plans import Plan, plan_network
from gan_core.presets import preset
from gan_core.sessions.weight_exchange import checked_values, seen_from
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network

COUNT = 3
IMAGE = Input(kind="data", shape=(3, 9, 8))


def in_a_row(*layers: L.Layer, given: Input = IMAGE) -> Plan:
    return plan_network("net", Network(inputs={"x": given}, layers=layers))


PLANS = {
    "digits-mlp generator": lambda: preset("digits-mlp").plans["generator"],
    "digits-mlp discriminator": lambda: preset("digits-mlp").plans["discriminator"],
    "mnist-dcgan generator": lambda: preset("mnist-dcgan", width=0.0625).plans["generator"],
    "mnist-dcgan discriminator": lambda: preset("mnist-dcgan", width=0.0625).plans["discriminator"],
    "mnist-cond-wgan-gp generator": lambda: preset("mnist-cond-wgan-gp", width=0.0625).plans["generator"],
    "mnist-cgan discriminator": lambda: preset("mnist-cgan").plans["discriminator"],
    "padding before and after": lambda: in_a_row(L.Conv(channels=4, kernel=4, stride=2, padding=1, padding_end=2)),
    "cropping before and after": lambda: in_a_row(
        L.ConvTranspose(channels=2, kernel=5, stride=2, padding=1, padding_end=2, output_padding=1)
    ),
    "rectangles": lambda: in_a_row(
        L.Conv(channels=4, kernel=(3, 2), stride=(2, 1), padding=(1, 0), padding_end=(1, 1)),
        L.ConvTranspose(channels=2, kernel=(2, 3), stride=(1, 2), padding=(0, 1))
    ),
    "groups and dilation": lambda: in_a_row(
        L.Conv(channels=6, kernel=3, groups=3), L.Conv(channels=4, kernel=2, padding=1, dilation=2, groups=2)
    ),
    "a stride beyond the kernel": lambda: in_a_row(L.ConvTranspose(channels=2, kernel=2, stride=3, bias=False)),
    "activations": lambda: in_a_row(
        L.ELU(), L.Conv(channels=4, kernel=1), L.Sigmoid(), L.Scale(factor=2.5), L.ReLU(), L.Dropout(), L.Tanh(),
        L.Dropout(per_channel=True)
    ),
    "pooling": lambda: in_a_row(
        L.MaxPool(size=3, stride=2), L.Upsample(factor=3), L.AveragePool(), L.Conv(channels=3, kernel=1),
        L.Flatten(), L.Reshape(shape=(6, 3, 4))
    ),
    "norms": lambda: in_a_row(
        L.InstanceNorm(affine=True), L.LayerNorm(), L.BatchNorm(affine=False), L.InstanceNorm(), L.BatchNorm()
    ),
    "a sum of two ways": lambda: in_a_row(
        L.Conv(name="one", channels=3, kernel=1), L.Conv(name="two", inputs=("x",), channels=3, kernel=3, padding=1),
        L.Add(inputs=("one", "two", "x")), L.Concat(inputs=("add_1", "x"))
    ),
    "two heads": lambda: plan_network(
        "net",
        Network(
            inputs={"x": IMAGE},
            layers=(L.Flatten(), L.Dense(units=4, name="one"), L.Dense(inputs=("flatten_1",), units=2, name="two")),
            outputs=("two", "one"),
        ),
    ),
}  # fmt: skip


def values_of(plan: Plan, dtype: str) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    values = {
        name: generator.normal(0, max(1, np.prod(weight.shape[1:])) ** -0.5, weight.shape).astype(dtype)
        for name, weight in plan.weights.items()
    }
    spread = {name: generator.uniform(0.5, 2, buffer.shape).astype(dtype) for name, buffer in plan.buffers.items()}
    return values | spread


def inputs_of(plan: Plan) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(1)
    return {
        name: np.arange(COUNT)
        if given.kind == "label"
        else generator.normal(0, 1, (COUNT, *given.shape)).astype(np.float32).astype(np.float64)
        for name, given in plan.inputs.items()
    }


def turned(backend, array: np.ndarray, *, back: bool) -> np.ndarray:
    """Images as the file's model has them: Keras keeps the channels last."""
    if backend.weights_suffix != ".keras" or array.ndim != 4:
        return array
    return np.moveaxis(array, -1, 1) if back else np.moveaxis(array, 1, -1)


def own_output(backend, plan: Plan, values: dict[str, np.ndarray]) -> np.ndarray:
    network = backend.build_network(plan, values)
    call = Call(training=False, weights=None, random=None)
    unit = backend.compile(lambda given: {"y": network(given, call)}, [plan])
    return np.array(backend.to_numpy(unit(inputs_of(plan))["y"]))


def script_output(backend, plan: Plan, folder: Path) -> np.ndarray:
    backend.export_script(plan, Path(f"net{backend.weights_suffix}"), folder / "run.py")
    before = Path.cwd()
    os.chdir(folder)
    try:
        function = runpy.run_path("run.py")[plan.name]
    finally:
        os.chdir(before)
    given = [backend.ops.constant(turned(backend, value, back=False)) for value in inputs_of(plan).values()]
    made = function(*given)
    first = made[plan.output] if len(plan.outputs) > 1 else made
    return turned(backend, np.array(backend.to_numpy(first)), back=True)


@pytest.mark.parametrize("name", PLANS)
def test_the_plain_script_gives_the_same_outputs(backend64, backend32, tmp_path, name):
    """Float64 is the judge: the script rounds no worse than twice as badly as the library itself, or by 2 units of 1.

    How far the two part in float32 depends on the kernels that the processor gets: 1.3e-6 with AVX2, less with AVX-512.
    """
    plan = PLANS[name]()
    values = values_of(plan, "float32")
    backend32.export_weights(plan, values, tmp_path / f"net{backend32.weights_suffix}")

    found = script_output(backend32, plan, tmp_path)
    own = own_output(backend32, plan, values)
    exact = own_output(backend64, plan, {name: value.astype(np.float64) for name, value in values.items()})

    assert found.shape == exact.shape
    unit = 2.0**-23 * max(1, np.abs(exact).max())
    assert np.abs(found - exact).max() <= 2 * max(np.abs(own - exact).max(), unit)
    assert np.abs(found - own).max() <= 16 * unit


@pytest.mark.parametrize("name", PLANS)
def test_a_file_comes_back_bit_for_bit(backend32, tmp_path, name):
    plan = PLANS[name]()
    values, file = values_of(plan, "float32"), tmp_path / f"net{backend32.weights_suffix}"
    backend32.export_weights(plan, values, file)

    found = checked_values(plan, backend32.import_weights(plan, file), file, np.dtype("float32"))

    assert found.keys() == values.keys()
    for key, value in values.items():
        np.testing.assert_array_equal(found[key], value, err_msg=key)


def test_float64_is_kept(backend64, tmp_path):
    plan = PLANS["digits-mlp generator"]()
    values, file = values_of(plan, "float64"), tmp_path / f"net{backend64.weights_suffix}"
    backend64.export_weights(plan, values, file)

    found = backend64.import_weights(plan, file)

    np.testing.assert_array_equal(found["dense_1.weight"], values["dense_1.weight"])


def test_the_script_needs_nothing_of_ours(backend32, tmp_path):
    """Run in a process of its own, it never imports this library."""
    plan = PLANS["digits-mlp discriminator"]()
    backend32.export_weights(plan, values_of(plan, "float32"), tmp_path / f"net{backend32.weights_suffix}")
    backend32.export_script(plan, Path(f"net{backend32.weights_suffix}"), tmp_path / "run.py")
    check = "\nimport sys\nprint('ours:', sorted({'gan_core', 'gan_backends'} & set(sys.modules)))\n"
    (tmp_path / "run.py").write_text((tmp_path / "run.py").read_text() + check)

    done = subprocess.run([sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.stdout.splitlines()[-1:] == ["ours: []"], done.stderr


def test_the_script_runs_in_any_folder_and_prints_what_it_makes(backend32, tmp_path):
    """The weights lie beside it, or where they are seen from it; samples are made, and their range is said."""
    plan = PLANS["digits-mlp generator"]()
    (tmp_path / "weights").mkdir()
    (tmp_path / "scripts").mkdir()
    file = tmp_path / "weights" / f"net{backend32.weights_suffix}"
    backend32.export_weights(plan, values_of(plan, "float32"), file)
    script = tmp_path / "scripts" / "run.py"
    backend32.export_script(plan, seen_from(script, file), script)

    done = subprocess.run([sys.executable, str(script)], cwd="/", capture_output=True, text=True, check=False)

    assert re.match(r"made \(16, (1, 8, 8|8, 8, 1)\), from -[\d.]+ to [\d.]+$", done.stdout.splitlines()[-1]), (
        done.stderr
    )


def test_the_file_of_another_network_is_refused(backend32, tmp_path):
    one, other = PLANS["digits-mlp generator"](), PLANS["digits-mlp discriminator"]()
    file = tmp_path / f"net{backend32.weights_suffix}"
    backend32.export_weights(one, values_of(one, "float32"), file)

    with pytest.raises(UsageError, match=f"net{backend32.weights_suffix}") as caught:
        checked_values(other, backend32.import_weights(other, file), file, np.dtype("float32"))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_a_damaged_file_is_refused(backend32, tmp_path, damage):
    plan, file = PLANS["digits-mlp generator"](), tmp_path / f"net{backend32.weights_suffix}"
    backend32.export_weights(plan, values_of(plan, "float32"), file)
    raw = file.read_bytes()
    file.write_bytes({"cut": raw[: len(raw) // 2], "noise": bytes(range(256)) * 40, "empty": b""}[damage])

    with pytest.raises(DamagedError) as caught:
        backend32.import_weights(plan, file)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_would_run_code_is_refused(backend32, tmp_path):
    """A pickle that names `os.system` neither loads nor runs."""
    plan, file, trace = PLANS["digits-mlp generator"](), tmp_path / f"net{backend32.weights_suffix}", tmp_path / "ran"
    file.write_bytes(f"cos\nsystem\n(S'touch {trace}'\ntR.".encode())

    with pytest.raises(DamagedError):
        backend32.import_weights(plan, file)
    assert not trace.exists()


@pytest.mark.parametrize(
    "layer", [L.Dense(units=3, spectral_norm=True), L.MinibatchDiscrimination(kernels=2, dimensions=2)]
)
def test_a_layer_without_a_native_one_is_named(backend32, tmp_path, layer):
    plan = in_a_row(layer, given=Input(kind="data", shape=(5,)))

    with pytest.raises(BackendError, match="has no standard layer"):
        backend32.export_weights(plan, values_of(plan, "float32"), tmp_path / f"net{backend32.weights_suffix}")


def test_the_script_finds_its_file_from_any_folder_and_says_what_it_made(backend32, tmp_path):
    """Script and file are moved together, and run from elsewhere."""
    import gan_core
    from gan_core.sessions.weight_exchange import export_weights

    changes = ["training.batch_size=8", "networks.generator.layers.0.units=16", "networks.generator.layers.3.units=16"]
    run = gan_core.train("digits-mlp", backend32.name, steps=1, out=tmp_path / "run", changes=changes, progress=False)
    (tmp_path / "scripts").mkdir()
    export_weights(run.path, tmp_path / f"net{backend32.weights_suffix}", script=tmp_path / "scripts" / "run.py")
    moved = (tmp_path / "moved").resolve()
    moved.mkdir()
    (tmp_path / f"net{backend32.weights_suffix}").rename(moved / f"net{backend32.weights_suffix}")
    (tmp_path / "scripts").rename(moved / "scripts")

    done = subprocess.run(
        [sys.executable, str(moved / "scripts" / "run.py")], cwd="/", capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines()[-1].startswith("made (16, "), done.stderr[-1000:]


def test_a_file_keeps_the_order_of_the_network(backend32, tmp_path):
    """So that others, and ``--match order``, may go by it; a checkpoint's own order is another."""
    import gan_core
    from gan_core.sessions.weight_exchange import export_weights, import_weights

    changes = ["training.batch_size=8", "networks.generator.layers.0.units=16", "networks.generator.layers.3.units=16"]
    run = gan_core.train("digits-mlp", backend32.name, steps=1, out=tmp_path / "run", changes=changes, progress=False)
    file = export_weights(run.path, tmp_path / f"net{backend32.weights_suffix}")

    new = import_weights(run.path, file, tmp_path / "new", match="order", tell=lambda _: None)

    for name, value in run.state().networks["generator"].items():
        np.testing.assert_array_equal(new.state().networks["generator"][name], value, err_msg=name)
