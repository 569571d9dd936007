"""A script of the framework's own becomes a run: with weights from its files, and in one line where it cannot."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gan_core
from gan_core.contract.backend import Backend
from gan_core.errors import GanError, SpecError, UsageError
from gan_core.porting.experiments import Wanted
from gan_core.porting.port import Ported, port
from gan_core.specs import layers as L

SCRIPTS = {
    "torch": """
import torch
from torch import nn

nz = 6

class Generator(nn.Module):
    def __init__(self, width=4, code=True):
        super().__init__()
        self.code = nn.Embedding(10, nz)
        self.net = nn.Sequential(
            nn.ConvTranspose2d(nz, width, 4, 1, 0, bias=False), nn.BatchNorm2d(width), nn.ReLU(True),
            nn.ConvTranspose2d(width, 1, 4, 2, 1), nn.Tanh())
    def forward(self, z, labels):
        return self.net((z * self.code(labels)).view(len(z), nz, 1, 1))

class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.code = nn.Embedding(10, 64)
        self.net = nn.Sequential(
            nn.Conv2d(2, 3, 4, 2, 1), nn.LeakyReLU(0.25), nn.Flatten(), nn.Linear(48, 1), nn.Sigmoid())
    def forward(self, labels, images):
        return self.net(torch.cat([images, self.code(labels).view(-1, 1, 8, 8)], 1))

class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTM(64, 1)
    def forward(self, x):
        return self.cell(x.view(len(x), 64))[0]

class Needs(Generator):
    def __init__(self, width):
        super().__init__(width)

never = torch.zeros(3) + undefined
""",
    "paddle": """
import paddle
from paddle import nn

nz = 6

class Generator(nn.Layer):
    def __init__(self, width=4, code=True):
        super().__init__()
        self.code = nn.Embedding(10, nz)
        self.net = nn.Sequential(
            nn.Conv2DTranspose(nz, width, 4, 1, 0, bias_attr=False), nn.BatchNorm2D(width), nn.ReLU(),
            nn.Conv2DTranspose(width, 1, 4, 2, 1), nn.Tanh())
    def forward(self, z, labels):
        return self.net(paddle.reshape(z * self.code(labels), [-1, nz, 1, 1]))

class Discriminator(nn.Layer):
    def __init__(self):
        super().__init__()
        self.code = nn.Embedding(10, 64)
        self.net = nn.Sequential(
            nn.Conv2D(2, 3, 4, 2, 1), nn.LeakyReLU(0.25), nn.Flatten(), nn.Linear(48, 1), nn.Sigmoid())
    def forward(self, labels, images):
        return self.net(paddle.concat([images, paddle.reshape(self.code(labels), [-1, 1, 8, 8])], 1))

class Recurrent(nn.Layer):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTM(64, 1)
    def forward(self, x):
        return self.cell(paddle.reshape(x, [-1, 1, 64]))[0]

class Needs(Generator):
    def __init__(self, width):
        super().__init__(width)

never = paddle.zeros([3]) + undefined
""",
    "keras": """
import keras
from keras import layers as K

nz = 6

def Generator(width=4, code=True):
    z, labels = keras.Input((nz,)), keras.Input((1,), dtype="int32")
    x = K.multiply([z, K.Flatten()(K.Embedding(10, nz)(labels))])
    x = K.Conv2DTranspose(width, 4, use_bias=False)(K.Reshape((1, 1, nz))(x))
    x = K.ReLU()(K.BatchNormalization()(x))
    return keras.Model([z, labels], K.Conv2DTranspose(1, 4, 2, "same", activation="tanh")(x))

def Discriminator():
    labels, images = keras.Input((1,), dtype="int32"), keras.Input((8, 8, 1))
    plane = K.Reshape((8, 8, 1))(K.Embedding(10, 64, name="code")(labels))
    x = K.LeakyReLU(0.25)(K.Conv2D(3, 4, 2, "same", name="first")(K.Concatenate()([images, plane])))
    return keras.Model([labels, images], K.Dense(1, activation="sigmoid", name="last")(K.Flatten()(x)))

def Recurrent():
    return keras.Sequential([keras.Input((8, 8, 1)), K.Reshape((8, 8)), K.LSTM(1)])

def Needs(width):
    return Generator(width)

never = keras.ops.zeros(3) + undefined
""",
}
INPUTS = ("6", "label:10")


@pytest.fixture
def script(tmp_path: Path, backend32: Backend) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(SCRIPTS[backend32.name])
    return path


def ported(script: Path, out: str = "run", g: str = "Generator", d: str = "Discriminator", **options) -> Ported:
    options = {"inputs": INPUTS, "tell": lambda _: None} | options
    return port(f"{script}:{g}", f"{script}:{d}", script.parent / out, **options)


def save(backend: Backend, module, path: Path, *, wrapped: bool = False) -> None:
    """Save a module's weights as its framework does; wrapped: as a checkpoint of a program on several devices."""
    framework = importlib.import_module(backend.name)
    if backend.name == "keras":
        module.save_weights(path) if path.name.endswith(".weights.h5") else module.save(path)
        return
    state = dict(module.state_dict())
    if wrapped:
        state = {"epoch": 3, "netG": {f"module.{name}": value for name, value in state.items()}}
    framework.save(state, str(path))


def module_of(script: Path, name: str):
    namespace: dict = {"__name__": "mine"}
    text = script.read_text().replace("never =", "never = 0 #")
    exec(compile(text, str(script), "exec"), namespace)  # noqa: S102  (a text of this file)
    return namespace[name]()


def test_both_networks_are_what_the_script_has(script: Path):
    made = ported(script)

    for one in made.networks.values():
        assert one.difference.largest < 1e-6
        assert len(one.mapping) == len(one.plan.weights) + len(one.plan.buffers)
    inputs = made.experiment.networks["discriminator"].inputs
    assert sorted(given.kind for given in inputs.values()) == ["data", "label"]
    assert not any("tensor" in name for name in inputs)  # as Keras counts those without a name
    assert type(made.experiment.networks["discriminator"].layers[-1]) is L.Dense
    assert any("sigmoid" in remark for remark in made.remarks)


def test_the_run_trains_from_the_weights_of_the_script(script: Path, backend32: Backend):
    made = ported(script, changes={"training.steps": 2, "training.batch_size": 8})
    before = gan_core.Run(made.path).state().networks["generator"]
    run = gan_core.resume(made.path, progress=False)

    assert run.backend == backend32.name
    assert run.state().step == 2
    moved = np.abs(run.state().networks["generator"]["conv_transpose_1.weight"] - before["conv_transpose_1.weight"])
    assert 0 < moved.max() < 0.01


def test_its_experiment_trains_anew(script: Path, backend32: Backend, tmp_path: Path):
    made = ported(script)
    run = gan_core.train(
        made.path / "experiment.toml", backend32.name, steps=1, batch_size=8, out=tmp_path / "new", progress=False
    )

    assert run.state().step == 1


@pytest.mark.parametrize("wrapped", [False, True])
def test_weights_come_from_a_file(script: Path, backend32: Backend, wrapped: bool):
    module = module_of(script, "Generator")
    file = script.parent / f"G{'.weights.h5' if backend32.name == 'keras' else backend32.weights_suffix}"
    save(backend32, module, file, wrapped=wrapped)
    one = gan_core.network_from(module, dict(zip(("0", "1"), INPUTS, strict=True)) if backend32.name != "keras" else {})
    made = ported(script, weights=[file])
    found = gan_core.Run(made.path).state().networks["generator"]

    for name, value in one.values().items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    imported = json.loads((made.path / "environment.json").read_text())["imported"]
    assert [Path(note["file"]).name for note in imported] == [file.name, "mine.py"]


def test_weights_of_other_names_are_taken_in_order(script: Path, backend32: Backend):
    module = module_of(script, "Discriminator")
    values = {f"x{at}": np.asarray(value) for at, value in enumerate(_arrays(backend32, module))}
    file = script.parent / "D.npz"
    np.savez(file, **values)
    said: list[str] = []
    made = ported(script, weights=[_generator_file(script, backend32), file], tell=said.append)

    assert made.networks["discriminator"].difference.largest < 1e-6
    assert any("x0" in line and "→" in line for line in said)


def _arrays(backend: Backend, module) -> list[np.ndarray]:
    if backend.name == "keras":
        return [one.numpy() for one in module.weights]
    return [value.numpy() for value in module.state_dict().values()]


def _generator_file(script: Path, backend: Backend) -> Path:
    file = script.parent / f"G{'.weights.h5' if backend.name == 'keras' else backend.weights_suffix}"
    save(backend, module_of(script, "Generator"), file)
    return file


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"g": "Genrator"}, "has no 'Genrator' at its top; did you mean 'Generator'"),
        ({"g": "never"}, "NameError: name 'undefined' is not defined"),
        ({"g": "Needs"}, "Needs cannot be made without arguments"),
        ({"g": "nz"}, "expected a "),
        ({"g": "Generator(width='x')"}, "mine.py fails: "),
        ({"d": "Recurrent"}, "LSTM"),
        ({"inputs": ("z=6", "z=6,", "a")}, "expected a shape"),
        ({"weights": ["a", "b", "c"]}, "expected a file for the generator"),
        ({"weights": ["none.npz"]}, "none.npz"),
        ({"backend": "torhc"}, "unknown backend 'torhc'"),
        ({"wanted": Wanted(loss="wassertein")}, "wassertein"),
    ],
    ids=str,
)
def test_a_fault_is_one_line_and_nothing_is_written(script: Path, options: dict, said: str):
    with pytest.raises(GanError) as caught:
        ported(script, **options)

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (script.parent / "run").exists()


def test_a_refusal_names_the_line_that_makes_the_layer(script: Path, backend32: Backend):
    line = next(at for at, text in enumerate(script.read_text().splitlines(), 1) if "LSTM(" in text)
    with pytest.raises(SpecError, match=rf"mine.py, line {line}"):
        ported(script, d="Recurrent")


def test_weights_of_another_network_are_refused(script: Path, backend32: Backend):
    file = script.parent / f"D{'.weights.h5' if backend32.name == 'keras' else backend32.weights_suffix}"
    save(backend32, module_of(script, "Discriminator"), file)
    with pytest.raises(UsageError, match="network 'generator' has"):
        ported(script, weights=[file])
    assert not (script.parent / "run").exists()


def test_a_folder_that_holds_something_is_refused(script: Path):
    (script.parent / "run").mkdir()
    (script.parent / "run" / "kept.txt").write_text("mine")
    with pytest.raises(UsageError, match="run"):
        ported(script)
    assert [path.name for path in (script.parent / "run").iterdir()] == ["kept.txt"]


def test_the_command_prints_what_became_of_it(script: Path):
    command = [sys.executable, "-m", "gan_core", "port", f"{script}:Generator", f"{script}:Discriminator"]
    inputs = [word for text in INPUTS for word in ("--input", text)]
    done = subprocess.run(
        [*command, *inputs, "--out", script.parent / "run"], capture_output=True, text=True, check=True
    )

    assert "mine.py: the" in done.stderr
    assert "conv_transpose_1.weight" in done.stdout
    assert done.stdout.count("largest difference from the script's own, of 8 inputs: ") == 2
    assert "note: the discriminator's last sigmoid" in done.stdout
    assert f"gan resume {script.parent / 'run'} --backend NAME" in done.stdout


def test_a_name_with_arguments_is_called_with_them(script: Path):
    made = ported(script, g="Generator(2, code=False)")

    assert made.networks["generator"].plan.weights["conv_transpose_1.weight"].shape == (6, 2, 4, 4)


def test_a_map_says_which_array_is_which(script: Path, backend32: Backend):
    module = module_of(script, "Discriminator")
    one = gan_core.network_from(
        module, {"labels": "label:10", "images": "data:1,8,8"} if _needs_inputs(backend32) else {}
    )
    values, file, table = one.read(), script.parent / "D.npz", script.parent / "D.toml"
    natives = [array.native for array in one.arrays][::-1]
    np.savez(file, **{f"x{at}": values[name] for at, name in enumerate(natives)})
    table.write_text("\n".join(f'"x{at}" = "{name}"' for at, name in enumerate(natives)))
    made = ported(script, weights=[_generator_file(script, backend32), file], name_map=[_empty(script), table])
    found = gan_core.Run(made.path).state().networks["discriminator"]

    for name, value in one.values().items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def _needs_inputs(backend: Backend) -> bool:
    return backend.name != "keras"


def _empty(script: Path) -> Path:
    path = script.parent / "none.toml"
    path.write_text("")
    return path
