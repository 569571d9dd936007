"""Other people's files of weights: found, checked and read, whatever they are wrapped in, and refused in one line."""

import importlib
import io
import os
import pickle
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import gan_core
from gan_core.contract.backend import Backend
from gan_core.contract.weight_matching import matched
from gan_core.errors import DamagedError, GanError, UsageError
from gan_core.experiments.files import to_toml, with_changes
from gan_core.files.file_parts import opened_part
from gan_core.plans.plans import Plan
from gan_core.presets import preset
from gan_core.presets.loading import read_changes
from gan_core.sessions.weight_exchange import checked_values, import_weights

EXAMPLES = int(os.environ.get("GAN_FUZZ_EXAMPLES", "100"))
MOST_BYTES = 64 * 2**20  # what reading a file of a network of 0.3 MB may take
SMALL = [
    "training.batch_size=8",
    "training.steps=4",
    "networks.generator.layers.0.units=16",
    "networks.generator.layers.3.units=16",
    "networks.discriminator.layers.1.units=16",
]


def plan_of(network: str = "generator") -> Plan:
    return with_changes(preset("digits-mlp"), read_changes(SMALL)).plans[network]


def values_of(plan: Plan, seed: int = 0) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    shapes = {name: kept.shape for name, kept in (*plan.weights.items(), *plan.buffers.items())}
    return {name: generator.uniform(0.5, 2, shape).astype(np.float32) for name, shape in shapes.items()}


def read(backend: Backend, plan: Plan, path: Path, said: list[str] | None = None, **options) -> dict[str, np.ndarray]:
    with opened_part(path) as part:
        return matched(
            plan, backend.file_arrays(plan), backend.stored_weights(part), path, ignored=backend.weights_ignored,
            tell=(said if said is not None else []).append, **options,
        )  # fmt: skip


def assert_equal(found: dict[str, np.ndarray], values: dict[str, np.ndarray]) -> None:
    assert found.keys() == values.keys()
    for name, value in values.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def native(backend: Backend, plan: Plan, values: dict[str, np.ndarray], *, renamed: str = "") -> dict[str, np.ndarray]:
    """A network's arrays as the framework's file has them, in its order, by its names or by others."""
    slots = backend.file_arrays(plan)
    return {
        f"{renamed}{index}.{slot.native.rpartition('.')[2]}" if renamed else slot.native: np.ascontiguousarray(
            np.transpose(values[slot.name], slot.axes)
        )
        for index, slot in enumerate(slots)
    }


def save(backend: Backend, content, path: Path, **options) -> None:
    """Save tables of arrays with the framework's own function."""
    framework = importlib.import_module(backend.name)

    def tensors(one):
        if isinstance(one, dict):
            return {key: tensors(value) for key, value in one.items()}
        if not isinstance(one, np.ndarray):
            return one
        return framework.from_numpy(one) if backend.name == "torch" else framework.to_tensor(one)

    framework.save(tensors(content), str(path), **options)


@pytest.fixture
def saves(backend32) -> Backend:
    """A backend whose framework saves tables of arrays."""
    if not {".pt", ".pdparams"} & set(backend32.weights_suffixes):
        pytest.skip("the framework saves models only")
    return backend32


@pytest.mark.parametrize("wrapping", ["state_dict", "model and optimizer", "two networks", "module.", "deep"])
def test_a_table_around_the_weights_is_looked_into(saves, tmp_path, wrapping):
    plan = plan_of()
    values = values_of(plan)
    own = native(saves, plan, values)
    moments = {"state": {"a": {"exp_avg": np.zeros(3, np.float32)}}, "lr": 0.1}
    content = {
        "state_dict": {"state_dict": own, "epoch": 3},
        "model and optimizer": {"model": own, "optimizer": moments},
        "two networks": {
            "netG": own,
            "netD": native(saves, plan_of("discriminator"), values_of(plan_of("discriminator"))),
        },
        "module.": {f"module.{name}": value for name, value in own.items()},
        "deep": {"checkpoint": {"nets": {f"_orig_mod.{name}": value for name, value in own.items()}}},
    }[wrapping]
    path = tmp_path / f"x{saves.weights_suffix}"
    save(saves, content, path)

    assert_equal(read(saves, plan, path), values)


def test_two_tables_that_fit_are_told_apart_by_a_key(saves, tmp_path):
    plan = plan_of()
    one, other = values_of(plan, 1), values_of(plan, 2)
    path = tmp_path / f"x{saves.weights_suffix}"
    save(saves, {"G": native(saves, plan, one), "G_ema": native(saves, plan, other)}, path)

    with pytest.raises(UsageError, match=r"has several tables that fit network 'generator': .*key=NAME: 'G', 'G_ema'"):
        read(saves, plan, path)
    assert_equal(read(saves, plan, path, key="G_ema"), other)
    with pytest.raises(UsageError, match=r"key=G_emma: .* has no such table; did you mean 'G_ema'"):
        read(saves, plan, path, key="G_emma")


def test_other_names_in_the_same_order_are_taken_and_said(saves, tmp_path):
    plan = plan_of()
    values, said = values_of(plan), []
    path = tmp_path / f"x{saves.weights_suffix}"
    save(saves, {"netG": native(saves, plan, values, renamed="main.")}, path)

    with pytest.raises(UsageError, match=r"lacks 'dense_1.weight'.*it has .*'netG.main.0.weight'.*match=order"):
        read(saves, plan, path)
    assert_equal(read(saves, plan, path, said, match="order"), values)

    first = saves.file_arrays(plan)[0]
    assert said[0] == f"netG.main.0.weight {list(first.shape)} → dense_1.weight"
    assert len(said) == len(values)


def test_an_order_that_does_not_fit_names_the_first_pair(saves, tmp_path):
    """Equal shapes do not make a bias of a weight."""
    plan = plan_of()
    arrays = list(native(saves, plan, values_of(plan), renamed="main.").items())
    arrays[2:4] = arrays[3], arrays[2]
    path = tmp_path / f"x{saves.weights_suffix}"
    save(saves, dict(arrays), path)

    with pytest.raises(UsageError, match=r"has 'main.3.bias' \[16\] where 'batch_norm_1.weight' \[16\] is expected"):
        read(saves, plan, path, match="order")


def test_half_precision_becomes_the_same_numbers(saves, tmp_path):
    """Float16 and bfloat16 are float32 with fewer digits."""
    framework = importlib.import_module(saves.name)
    plan = plan_of()
    values = {name: value.astype(np.float16).astype(np.float32) for name, value in values_of(plan).items()}
    values = {name: (value.view(np.uint32) & 0xFFFF0000).view(np.float32) for name, value in values.items()}
    content = {}
    for index, (name, value) in enumerate(native(saves, plan, values).items()):
        kind = "bfloat16" if index % 2 else "float16"
        if saves.name == "torch":
            content[name] = framework.from_numpy(value).to(getattr(framework, kind))
        else:
            content[name] = framework.to_tensor(value).astype(kind)
    path = tmp_path / f"x{saves.weights_suffix}"
    framework.save(content, str(path))

    found = read(saves, plan, path)

    assert_equal(checked_values(plan, found, path, np.dtype("float32")), values)


def test_integers_are_refused(saves, tmp_path):
    plan = plan_of()
    arrays = native(saves, plan, values_of(plan))
    first = next(iter(arrays))
    arrays[first] = arrays[first].astype(np.int64)
    path = tmp_path / f"x{saves.weights_suffix}"
    save(saves, arrays, path)

    with pytest.raises(UsageError, match=r"has 'dense_1.weight', which is int64; expected float32"):
        read(saves, plan, path)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_pickles_of_every_protocol_are_read(saves, tmp_path, protocol):
    plan = plan_of()
    values, path = values_of(plan), tmp_path / f"x{saves.weights_suffix}"
    option = {"pickle_protocol": protocol} if saves.name == "torch" else {"protocol": protocol}
    save(saves, native(saves, plan, values), path, **option)

    assert_equal(read(saves, plan, path), values)


@pytest.fixture
def torch_only(backend32):
    if backend32.name != "torch":
        pytest.skip("a form of PyTorch's files")
    return importlib.import_module("torch")


def test_files_of_before_1_6_and_whole_modules_are_read(backend32, torch_only, tmp_path):
    plan = plan_of()
    values = values_of(plan)
    arrays = native(backend32, plan, values)
    tensors = {name: torch_only.from_numpy(value) for name, value in arrays.items()}
    torch_only.save(tensors, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    whole = torch_only.nn.Module()
    for name, tensor in tensors.items():
        layer, _, key = name.partition(".")
        if not hasattr(whole, layer):
            whole.add_module(layer, torch_only.nn.Module())
        inner = getattr(whole, layer)
        if key.startswith("running"):
            inner.register_buffer(key, tensor)
        else:
            inner.register_parameter(key, torch_only.nn.Parameter(tensor))
    torch_only.save(whole, tmp_path / "whole.pt")

    assert_equal(read(backend32, plan, tmp_path / "old.pth"), values)
    assert_equal(read(backend32, plan, tmp_path / "whole.pt"), values)


def test_views_of_larger_storages_are_read(backend32, torch_only, tmp_path):
    """Turned, and cut out of a row of all weights."""
    plan = plan_of()
    values = values_of(plan)
    flat = torch_only.from_numpy(np.concatenate([value.ravel() for value in native(backend32, plan, values).values()]))
    tensors, place = {}, 0
    for name, value in native(backend32, plan, values).items():
        tensors[name] = flat[place : place + value.size].view(*value.shape)
        place += value.size
    first = next(iter(tensors))
    tensors[first] = tensors[first].t().contiguous().t()
    torch_only.save(tensors, tmp_path / "x.pt")

    assert_equal(read(backend32, plan, tmp_path / "x.pt"), values)


@pytest.mark.parametrize("kind", ["sparse", "quantised", "meta", "float8"])
def test_tensors_of_an_odd_kind_are_named(backend32, torch_only, tmp_path, kind):
    plan = plan_of()
    tensors = {name: torch_only.from_numpy(value) for name, value in native(backend32, plan, values_of(plan)).items()}
    weight = tensors["dense_1.weight"]
    tensors["dense_1.weight"] = {
        "sparse": weight.to_sparse,
        "quantised": lambda: torch_only.quantize_per_tensor(weight, 0.1, 0, torch_only.qint8),
        "meta": lambda: weight.to("meta"),
        "float8": lambda: weight.to(torch_only.float8_e4m3fn),
    }[kind]()
    torch_only.save(tensors, tmp_path / "x.pt")

    with pytest.raises(UsageError, match=f"has 'dense_1.weight', which is .*{kind}.*; expected float32"):
        read(backend32, plan, tmp_path / "x.pt")


@pytest.fixture
def keras_only(backend32):
    if backend32.weights_suffix != ".keras":
        pytest.skip("a form of Keras's files")
    return importlib.import_module("keras")


@pytest.mark.parametrize("ending", [".weights.h5", ".h5", ".keras"])
def test_models_with_layers_of_other_names_are_read_in_order(backend32, keras_only, tmp_path, ending):
    """A model with its optimizer's state, as others save it."""
    keras, plan = keras_only, plan_of("discriminator")
    file = tmp_path / "ours.keras"
    backend32.export_weights(plan, values_of(plan), file)
    ours = keras.models.load_model(file)
    model = keras.models.clone_model(ours, clone_function=lambda layer: type(layer).from_config(
        layer.get_config() | {"name": f"other_{layer.name}"}
    ))  # fmt: skip
    model.set_weights(ours.get_weights())
    model.compile("adam", "mse")
    path = tmp_path / f"x{ending}"
    model.save_weights(path) if ending == ".weights.h5" else model.save(path)

    with pytest.raises(UsageError, match="match=order"):
        read(backend32, plan, path)
    assert_equal(read(backend32, plan, path, match="order"), values_of(plan))


def test_an_import_can_begin_a_run(backend32, tmp_path):
    """No run is needed, an experiment is enough; it goes on from step 0 and keeps where the weights are from."""
    experiment = with_changes(preset("digits-mlp"), read_changes(SMALL))
    (tmp_path / "small.toml").write_text(to_toml(experiment))
    plan, values = plan_of(), values_of(plan_of())
    file = tmp_path / f"x{backend32.weights_suffix}"
    backend32.export_weights(plan, values, file)

    run = import_weights(None, file, tmp_path / "run", backend32.name, new=tmp_path / "small.toml", tell=lambda _: None)

    assert run.state().step == 0
    assert_equal(run.state().networks["generator"], values)
    gan_core.resume(run.path, progress=False)
    after = gan_core.Run(run.path)
    assert (after.state().step, after.state().updates["generator"]) == (4, 4)
    assert after.directory.read_json("environment.json")["imported"][0]["network"] == "generator"


def test_an_import_begins_the_moved_player_anew_and_goes_on_bit_for_bit(backend32, tmp_path):
    """Its moments are zero at step 2, its learning rate goes on; stopped once more or not, the run ends the same."""
    changes = [*SMALL, 'players.generator.optimizer.schedule={type="linear_decay", start=1, end=9}']
    run = gan_core.train("digits-mlp", backend32.name, out=tmp_path / "run", steps=2, changes=changes, progress=False)
    file = tmp_path / f"x{backend32.weights_suffix}"
    backend32.export_weights(run.experiment.plans["generator"], values_of(run.experiment.plans["generator"]), file)
    said = []

    new = import_weights(run.path, file, tmp_path / "new", tell=said.append)

    assert said == ["'generator' has new weights; fresh: optimizer of 'generator'"]
    assert new.state().updates == {"generator": 0, "discriminator": 2}
    assert not any(value.any() for value in new.state().optimizers["generator"].values())
    shutil.copytree(new.path, tmp_path / "other")
    gan_core.resume(new.path, steps=6, progress=False)
    gan_core.resume(tmp_path / "other", steps=4, progress=False)
    gan_core.resume(tmp_path / "other", steps=6, progress=False)
    last = Path("checkpoints") / "step-0000006"
    for path in (new.path / last).iterdir():
        assert path.read_bytes() == (tmp_path / "other" / last / path.name).read_bytes(), path.name


# --- hostile files -----------------------------------------------------------------------------------------------


def outcome(backend: Backend, plan: Plan, path: Path) -> str:
    """Return "read" or "refused"; anything but one line of ours is a failure of the test."""
    try:
        checked_values(plan, read(backend, plan, path), path, np.dtype("float32"))
    except GanError as error:
        return "refused" if len(str(error).splitlines()) == 1 else f"refused in several lines: {error}"
    return "read"


def archive_of(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return file.getvalue()


def pickled(name: str, shape: tuple[int, ...], dtype: bytes = b"f4") -> bytes:
    """A pickle of a table with a NumPy array of a shape, and 8 bytes."""
    array = pickle.dumps({name: np.zeros(2, np.float32)}, protocol=2)
    old = pickle.dumps((2,), protocol=2)[2:-1]
    return array.replace(old, pickle.dumps(shape, protocol=2)[2:-1], 1).replace(b"f4", dtype)


HOSTILE: dict[str, bytes] = {
    "a memo of 4 GB in 9 bytes": b"\x80\x02Nr\xff\xff\xff\x1f.",
    "a frame of an exabyte": b"\x80\x04\x95" + b"\xff" * 8 + b"}.",
    "bytes that are not there": b"\x80\x05\x96" + (2**40).to_bytes(8, "little") + b".",
    "a word that is not there": b"\x80\x04\x8d" + (2**40).to_bytes(8, "little") + b".",
    "a number of a million digits": b"\x80\x02\x8b\x40\x42\x0f\x00" + b"\x01" * 10**6 + b".",
    "lists within lists": b"]" * 30_000 + b"a" * 29_999 + b".",
    "tables that double": b"\x80\x02}q\x00" + b"".join(
        b"}q" + bytes([index + 1]) + b"(X\x01\x00\x00\x00ah" + bytes([index]) + b"X\x01\x00\x00\x00bh" + bytes([index])
        + b"u" for index in range(60)
    ) + b".",
    "a table in itself": b"}q\x00X\x01\x00\x00\x00ah\x00s.",
    "an array of a terabyte": pickled("dense_1.weight", (2**19, 2**19)),
    "a shape below nothing": pickled("dense_1.weight", (-2,)),
    "a shape of words": b"\x80\x02]X\x01\x00\x00\x00a\x86.",
    "an array of objects": pickle.dumps({"dense_1.weight": np.array([None, {}])}, protocol=2),
    "an array of addresses": pickled("dense_1.weight", (2,), b"O8"),
    "an array of a type that is none": pickled("dense_1.weight", (2,), b"q9"),
    "a call of the system": b"cos\nsystem\n(S'touch ran'\ntR.",
    "no pickle": b"hello",
    "half a pickle": pickle.dumps({"a": np.zeros(9)})[:-20],
    "an archive of nothing": archive_of({}),
    "an archive of other things": archive_of({"a.txt": b"a"}),
    "a bomb": archive_of({"x/data.pkl": bytes(10**8), "config.json": bytes(10**8)}, zipfile.ZIP_DEFLATED),
    "a name that climbs out": archive_of({"../data.pkl": b"}.", "/etc/passwd": b""}),
    "half an archive": archive_of({"x/data.pkl": b"}." * 99})[:-30],
    "an archive with a list of members that is none": archive_of({"x/data.pkl": b"}."})[:-10] + b"\xff" * 10,
    "a storage that is not there": archive_of({
        "x/data.pkl": b"\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage"
        b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06tQK\x00K\x02\x85K\x01\x85\x89}tRs."
    }),
    "HDF5 of nothing": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "HDF5 of noise": b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 9,
    "a model of HDF5 that is none": archive_of({
        "config.json": b'{"config": {"layers": []}}', "model.weights.h5": b"x"
    }),
    "a model whose configuration is none": archive_of({"config.json": b"[" * 10**5, "model.weights.h5": b"x"}),
    "a line break": b"a\n" * 100,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_line_and_little_memory(backend32, tmp_path, name):
    path = tmp_path / f"x{backend32.weights_suffix}"
    path.write_bytes(HOSTILE[name])
    plan = plan_of()

    tracemalloc.start()
    try:
        assert outcome(backend32, plan, path) == "refused"
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()
    assert not Path("ran").exists()


def test_an_encrypted_archive_says_so(backend32, tmp_path):
    plan, path = plan_of(), tmp_path / f"x{backend32.weights_suffix}"
    raw = bytearray(archive_of({"x/data.pkl": b"}.", "config.json": b"{}", "model.weights.h5": b"x"}))
    for start in (index for index in range(len(raw)) if raw[index : index + 4] in (b"PK\x03\x04", b"PK\x01\x02")):
        raw[start + (6 if raw[start + 2] == 3 else 8)] |= 1
    path.write_bytes(raw)

    with pytest.raises(DamagedError, match=r"is encrypted; decrypt the file first|is no pickle"):
        read(backend32, plan, path)


@pytest.mark.skipif(os.name != "posix", reason="no pipes in a folder")
def test_what_is_no_file_is_refused_at_once(backend32, tmp_path):
    """A folder, a pipe that nobody writes to, a device without end, a link to nowhere."""
    suffix = backend32.weights_suffix
    (tmp_path / f"folder{suffix}").mkdir()
    os.mkfifo(tmp_path / f"pipe{suffix}")
    (tmp_path / f"device{suffix}").symlink_to("/dev/zero")
    (tmp_path / f"nowhere{suffix}").symlink_to(tmp_path / "missing")

    for name, words in {
        "folder": "no regular",
        "pipe": "no regular",
        "device": "no regular",
        "nowhere": "no file",
    }.items():
        with pytest.raises(UsageError, match=words):
            backend32.import_weights(plan_of(), tmp_path / f"{name}{suffix}")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another kind")
def test_a_sparse_terabyte_is_refused_within_two_gigabytes(backend32, tmp_path):
    """In a process that may not have more: a file that is as large as it says it is."""
    path = tmp_path / f"x{backend32.weights_suffix}"
    path.write_bytes(b"\x80\x04\x8e" + (2**40).to_bytes(8, "little"))
    os.truncate(path, 11 + 2**40)
    code = (
        "import resource, sys; from pathlib import Path; from gan_core.contract.loading import load_backend; "
        "from gan_core.errors import GanError; from gan_core.presets import preset\n"
        f"backend = load_backend({backend32.name!r}); plan = preset('digits-mlp').plans['generator']\n"
        "used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 2**31, used + 2**31))\n"
        "try:\n    backend.import_weights(plan, Path(sys.argv[1]))\n"
        "except GanError as error:\n    print('refused', error)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False, timeout=300
    )

    assert done.stdout.startswith("refused"), done.stderr[-500:]


@pytest.fixture(scope="module")
def whole_file(backend32, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / f"x{backend32.weights_suffix}"
    backend32.export_weights(plan_of("discriminator"), values_of(plan_of("discriminator")), path)
    return path.read_bytes()


@settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_fuzz_a_changed_file_is_read_or_refused(backend32, whole_file, tmp_path, data):
    """Bytes changed, put in or cut out anywhere; most of all where names, shapes and places stand."""
    raw, plan = bytearray(whole_file), plan_of("discriminator")
    for _ in range(data.draw(st.integers(1, 4))):
        end = len(raw) if data.draw(st.booleans()) else min(len(raw), 4000)
        start = data.draw(st.integers(0, end - 1))
        if data.draw(st.booleans()):
            start = len(raw) - 1 - start
        raw[start : start + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    path = tmp_path / f"x{backend32.weights_suffix}"
    path.write_bytes(raw or b"\0")

    assert outcome(backend32, plan, path) in ("read", "refused")


@settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    raw=st.binary(min_size=1, max_size=200),
    start=st.sampled_from([b"", b"PK\x03\x04", b"\x80\x02", b"\x89HDF\r\n\x1a\n"]),
)
def test_fuzz_any_bytes_are_refused(backend32, tmp_path, raw, start):
    path = tmp_path / f"x{backend32.weights_suffix}"
    path.write_bytes(start + raw)

    assert outcome(backend32, plan_of("discriminator"), path) == "refused"
