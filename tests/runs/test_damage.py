"""Damaged, foreign and hostile files: found before anything is allocated, named in one line, never taken for whole."""

import errno
import json
import os
import shutil
import struct
import tempfile
import time
from pathlib import Path

import hypothesis.strategies as st
import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from safetensors.numpy import load_file

from gan_core.errors import DamagedError, GanError, SpecError, TrainingError, UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import from_text, read_experiment, to_json, to_toml, with_changes
from gan_core.files import regular_files, tensor_files
from gan_core.files.tensor_files import read_header, write_tensors
from gan_core.presets import preset
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.runs.history import continued, ended
from gan_core.runs.lock import locked
from gan_core.runs.records import DoneFile, is_scalar
from gan_core.sessions.resuming import check_unchanged
from gan_core.specs.spec import from_builtins
from gan_core.training.state import State

# how many inputs each of the fuzz tests tries; the count of a long run is the number given here
EXAMPLES = int(os.environ.get("GAN_FUZZ_EXAMPLES", "100"))
FUZZ = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def state(step: int = 5) -> State:
    return State(
        step=step,
        networks={"generator": {"dense_1.weight": np.arange(6.0).reshape(2, 3)}, "discriminator": {"a": np.ones(2)}},
        optimizers={"generator": {"generator/dense_1.weight/first_moment": np.ones((2, 3))}},
        updates={"generator": step},
        variables={"phase/control": np.array(0.5)},
    )


@pytest.fixture
def folder(tmp_path):
    return checkpoints.write(tmp_path, state())


def safetensors(header: dict | bytes, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def rewrite_state(folder, **changes) -> None:
    """Change ``state.json`` as somebody would who knows how its sum is made."""
    content = json.loads((folder / "state.json").read_text()) | changes
    del content["own_sha256"]
    (folder / "state.json").write_text(json.dumps(content | {"own_sha256": checkpoints._sum_of(content)}))


def assert_refused(folder, *words: str) -> None:
    with pytest.raises(DamagedError) as caught:
        checkpoints.read(folder)
    assert len(str(caught.value).splitlines()) == 1
    for word in words:
        assert word in str(caught.value)


def outcome(function, *arguments) -> str:
    """Return "read" or "refused"; anything but one line of ours is a failure of the test."""
    try:
        function(*arguments)
    except GanError as error:
        return "refused" if len(str(error).splitlines()) == 1 else f"refused in several lines: {error}"
    return "read"


def whole_or_none(folder) -> State | None:
    """Return a checkpoint's state, or None where one line says what is wrong with it."""
    found: list[State] = []
    said = outcome(lambda: found.append(checkpoints.read(folder)))
    assert said in ("read", "refused"), said
    return found[0] if found else None


def test_a_checkpoint_comes_back_whole(folder):
    read = checkpoints.read(folder)

    assert (read.step, dict(read.updates), list(read.variables)) == (5, {"generator": 5}, ["phase/control"])
    np.testing.assert_array_equal(read.networks["generator"]["dense_1.weight"], np.arange(6.0).reshape(2, 3))
    assert read.variables["phase/control"].shape == ()  # not [1], which NumPy makes of a scalar all too readily


@pytest.mark.parametrize("name", ["generator", "discriminator", "optimizers", "variables"])
@pytest.mark.parametrize("harm", ["missing", "cut", "one bit", "longer"])
def test_every_file_of_a_checkpoint_is_watched(folder, name, harm):
    path = folder / f"{name}.safetensors"
    raw = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        flipped = raw[:-1] + bytes([raw[-1] ^ 1])
        path.write_bytes({"cut": raw[:-3], "one bit": flipped, "longer": raw + b"\0"}[harm])

    assert_refused(folder, name)


def test_every_bit_of_the_state_file_is_watched(folder):
    """One bit of each of its bytes flipped in turn: refused, or the same content (white space of another kind, say)."""
    path = folder / "state.json"
    raw, whole = path.read_bytes(), checkpoints.read(folder)
    for index in range(len(raw)):
        path.write_bytes(raw[:index] + bytes([raw[index] ^ (1 << index % 8)]) + raw[index + 1 :])
        read = whole_or_none(folder)
        assert read is None or (read.step, dict(read.updates)) == (whole.step, dict(whole.updates))


def test_swapped_files_are_found(folder):
    one, other = folder / "generator.safetensors", folder / "discriminator.safetensors"
    raw = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(raw)

    assert_refused(folder, "checksum")


def test_swapped_folders_are_found(tmp_path):
    checkpoints.write(tmp_path, state(3)).rename(tmp_path / "step-0000004")

    assert_refused(tmp_path / "step-0000004", "step 3")


@pytest.mark.parametrize("name", ["../generator", "/etc/passwd", "a/b", "..", "", "x" * 5000])
def test_a_name_that_climbs_out_is_refused(folder, name):
    rewrite_state(folder, sha256={name: "0" * 64})

    assert_refused(folder)


@pytest.mark.parametrize(
    "change",
    [{"step": "5"}, {"step": -1}, {"step": 10**400}, {"updates": [1]}, {"sha256": {"generator": 7}}, {"extra": 1}],
    ids=str,
)
def test_wrong_types_in_the_state_file_are_refused(folder, change):
    rewrite_state(folder, **change)

    assert_refused(folder, "state.json")


RELEASED = Path(__file__).parents[1] / "fixtures" / "run-format-1"
STEP = "step-0000004"


@pytest.fixture
def released(tmp_path) -> tuple[Path, Experiment]:
    """A copy of a checkpoint of the first release, which is whole, and its experiment."""
    folder = Path(shutil.copytree(RELEASED / "checkpoints" / STEP, tmp_path / STEP))
    experiment = read_experiment(RELEASED / "experiment.toml")
    assert checkpoints.read(folder, experiment).step == 4
    return folder, experiment


def rewrite_arrays(folder: Path, name: str, change) -> None:
    """Change the arrays of a file, and all sums with them."""
    path = folder / f"{name}.safetensors"
    values = load_file(path)
    change(values)
    sums = json.loads((folder / "state.json").read_text())["sha256"]
    rewrite_state(folder, sha256=sums | {name: write_tensors(path, values)})


@pytest.mark.parametrize(
    "updates",
    [{}, {"generator": 4}, {"generator": 4, "critic": 4}, {"generator": 4, "discriminator": 4, "critic": 4}],
    ids=str,
)
def test_counts_of_updates_of_other_players_are_refused(released, updates):
    """How many there are follows from no step: moments keep their age where a run begins with another's."""
    folder, experiment = released
    rewrite_state(folder, updates=updates)

    with pytest.raises(DamagedError, match=r"updates of .* has the players"):
        checkpoints.read(folder, experiment)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "uint8", "bool"])
@pytest.mark.parametrize("name", ["generator", "optimizers"])
def test_arrays_of_another_type_are_refused(released, name, dtype):
    """They would be rounded, or read as something else, without a word."""
    folder, experiment = released
    rewrite_arrays(folder, name, lambda values: values.update({key: v.astype(dtype) for key, v in values.items()}))

    with pytest.raises(DamagedError, match=r"is of the type \w+; the experiment has F64 \(float64\)"):
        checkpoints.read(folder, experiment)


@pytest.mark.parametrize("harm", ["missing", "extra", "another shape", "a scalar"])
def test_arrays_that_are_not_the_experiments_are_refused(released, harm):
    folder, experiment = released

    def change(values: dict[str, np.ndarray]) -> None:
        name = sorted(values)[0]
        if harm == "extra":
            values["dense_9.weight"] = np.ones(2)
        elif harm == "missing":
            del values[name]
        else:
            values[name] = np.ones(()) if harm == "a scalar" else np.ones((*values[name].shape, 1))

    rewrite_arrays(folder, "generator", change)

    with pytest.raises(DamagedError, match="the experiment has"):
        checkpoints.read(folder, experiment)


def test_a_file_that_changes_while_it_is_read_is_refused(released, monkeypatch):
    """Its header was checked, and another file of the right sum stands there when the arrays are read."""
    folder, experiment = released
    path = folder / "generator.safetensors"
    checked = tensor_files.read_header(path)
    rewrite_arrays(folder, "generator", lambda values: values.update({"dense_9.weight": np.ones(2**10)}))
    real = tensor_files.read_header
    monkeypatch.setattr(checkpoints, "read_header", lambda given: checked if given == path else real(given))

    with pytest.raises(DamagedError, match="changed while it was read"):
        checkpoints.read(folder, experiment)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE])
@pytest.mark.parametrize("module", ["runs.checkpoints", "files.tensor_files"])
def test_a_checkpoint_that_the_system_will_not_open_is_not_damaged(released, monkeypatch, module, number):
    """To pass it over for want of a right, or of a free handle, would throw away the steps since the one before."""
    folder, experiment = released
    real = regular_files.read_file

    def read_file(path, largest):
        if path.suffix == ".json" or module == "files.tensor_files":
            raise OSError(number, os.strerror(number))
        return real(path, largest)

    monkeypatch.setattr(f"gan_core.{module}.read_file", read_file)

    with pytest.raises(UsageError, match=os.strerror(number)) as caught:
        checkpoints.read(folder, experiment)
    assert not isinstance(caught.value, DamagedError)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_state_that_is_not_finite_becomes_no_checkpoint(tmp_path, value):
    run = RunDirectory.create(tmp_path / "run")
    run.write_checkpoint(state(5), keep=3)
    broken = state(6)
    broken.networks["discriminator"]["a"][1] = value

    with pytest.raises(TrainingError, match="'a' of discriminator holds NaN or infinity, so no checkpoint"):
        run.write_checkpoint(broken, keep=3)
    assert [path.name for path in (run.path / "checkpoints").iterdir()] == ["step-0000005"]


def test_a_huge_state_file_is_not_read(folder):
    with (folder / "state.json").open("ab") as file:
        file.truncate(2**40)

    assert_refused(folder, "larger than")


def test_a_newer_format_is_refused_not_passed_over(folder):
    """It is no damage: going back to an older checkpoint would lose what the newer version did."""
    rewrite_state(folder, format=2)

    with pytest.raises(UsageError, match=r"newer version .* upgrade gan-core") as caught:
        checkpoints.read(folder)
    assert not isinstance(caught.value, DamagedError)


HEADERS = {
    "a terabyte": {"a": {"dtype": "F32", "shape": [2**38], "data_offsets": [0, 2**40]}},
    "more than there is": {"a": {"dtype": "F64", "shape": [2], "data_offsets": [0, 8]}},
    "an overflowing shape": {"a": {"dtype": "F32", "shape": [2**40, 2**40, 2**40], "data_offsets": [0, 8]}},
    "a negative shape": {"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}},
    "a gap": {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
    "an overlap": {
        "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "b": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]},
    },
    "an unknown type": {"a": {"dtype": "F1", "shape": [8], "data_offsets": [0, 8]}},
    "300,000 axes": {"a": {"dtype": "F32", "shape": [2**40] * 300_000, "data_offsets": [0, 8]}},
    "300,000 axes of nothing": {"a": {"dtype": "F32", "shape": [0] * 300_000, "data_offsets": [0, 0]}},
    "a word for a number": {"a": {"dtype": "F32", "shape": ["2"], "data_offsets": [0, 8]}},
    "no table": [1, 2],
    "deep nesting": b'{"a":' * 100_000,
    "no text": b"\xff\xfe" * 20,
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_hostile_header_is_refused(tmp_path, name):
    path = tmp_path / "a.safetensors"
    path.write_bytes(safetensors(HEADERS[name], bytes(8)))

    start = time.process_time()
    with pytest.raises(DamagedError) as caught:
        read_header(path)
    assert len(str(caught.value).splitlines()) == 1
    assert time.process_time() - start < 2


def test_a_header_longer_than_the_file_is_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", 2**60) + b"{}")

    with pytest.raises(DamagedError):
        read_header(path)


def test_a_terabyte_on_a_sparse_disk_is_refused_before_it_is_read(tmp_path):
    """A file that is as large as its header says is still not what the experiment has."""
    experiment = preset("digits-mlp")
    folder = checkpoints.write(tmp_path, state())
    with (folder / "generator.safetensors").open("wb") as file:
        size = 2**40
        header = {"dense_1.weight": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}
        file.write(safetensors(header))
        file.truncate(file.tell() + size)

    with pytest.raises(DamagedError, match=r"does not fit its experiment|the experiment has"):
        checkpoints.read(folder, experiment)


HOSTILE = {
    "a million layers": ('{"networks": {"g": {"layers": [' + ",".join(['{"type":"relu"}'] * 60_000) + "]}}}", ".json"),
    "lists in lists": ("[" * 500_000, ".json"),
    "tables in tables": ('{"a":' * 100_000, ".json"),
    "TOML lists in lists": ("a = " + "[" * 100_000, ".toml"),
    "TOML tables in tables": ("a = " + "{a = " * 20_000, ".toml"),
    "a key of many dots": (".".join(["a"] * 100_000) + " = 1", ".toml"),
    "a number of many digits": ("format = " + "9" * 100_000, ".toml"),
    "a list for a table": ("[1, 2]", ".json"),
    "a newer format with unknown fields": ('format = 2\nname = "x"\nnovelty = 1', ".toml"),
    "a word for the format": ('format = "1"', ".toml"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_experiment_is_refused(name):
    with pytest.raises(UsageError) as caught:
        from_text(*HOSTILE[name])
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("key", "value"), [("units", 10**15), ("units", 2**63), ("units", "128"), ("units", 1.5), ("units", True)]
)
def test_a_hostile_size_is_refused(key, value):
    plain = msgspec.json.decode(to_json(preset("digits-mlp")))
    plain["networks"]["generator"]["layers"][0][key] = value

    with pytest.raises(SpecError):
        from_builtins(plain, Experiment)


@pytest.mark.parametrize("change", ["sampling.rows=99999", "sampling.columns=99999"])
def test_a_sheet_that_takes_minutes_is_refused_before_the_first_step(change):
    one = "sampling.columns=1" if "rows" in change else "sampling.rows=1"

    with pytest.raises(SpecError, match=r"sampling: a sheet of .* pixels; expected at most"):
        with_changes(preset("digits-mlp"), [change, one])


@pytest.mark.parametrize("place", ["name", "phase", "network", "layer"])
def test_a_name_that_ends_in_a_line_break_is_refused(place):
    plain = json.loads(to_json(preset("digits-mlp")))
    if place == "name":
        plain["name"] += "\n"
    elif place == "phase":
        plain["phases"][0]["name"] += "\n"
    elif place == "network":
        plain["networks"] = {f"{name}\n": network for name, network in plain["networks"].items()}
    else:
        plain["networks"]["generator"]["layers"][0]["name"] = "first\n"

    with pytest.raises(SpecError, match=r"expected (up to|1 to) 64 .*got .*\\n"):
        from_builtins(plain, Experiment)


def test_no_pattern_lets_a_line_break_pass_at_its_end():
    """A dollar sign matches before a last line break too."""
    sources = (Path(__file__).parents[2] / "gan_core").rglob("*.py")
    ending = [
        str(path) for path in sources for line in path.read_text().splitlines() if "pattern=" in line and '$"' in line
    ]

    assert ending == []


# fuzzing: whatever stands in a file, either it is read or one line says why not

PLAIN = msgspec.json.decode(to_json(preset("digits-mlp")))
TOML = to_toml(preset("digits-mlp"))
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(plain: object, path: tuple = ()) -> list[tuple]:
    items = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    return [path] * bool(path) + [place for key, value in items for place in places(value, (*path, key))]


def changed(plain: object, path: tuple, value: object) -> object:
    if not path:
        return value
    copy = dict(plain) if isinstance(plain, dict) else list(plain)
    copy[path[0]] = changed(plain[path[0]], path[1:], value)
    return copy


@FUZZ
@given(path=st.sampled_from(places(PLAIN)), value=junk)
def test_fuzz_any_value_anywhere_in_an_experiment(path, value):
    assert outcome(from_builtins, changed(PLAIN, path, value), Experiment) in ("read", "refused")


@FUZZ
@given(data=st.data())
def test_fuzz_any_text_anywhere_in_an_experiment_file(data):
    start = data.draw(st.integers(0, len(TOML)))
    end = data.draw(st.integers(start, min(len(TOML), start + 40)))
    inserted = data.draw(st.text(max_size=30))

    assert outcome(from_text, TOML[:start] + inserted + TOML[end:], ".toml") in ("read", "refused")


@FUZZ
@given(header=junk | st.dictionaries(st.text(max_size=5), st.fixed_dictionaries({
    "dtype": st.sampled_from(["F32", "F64", "U8", "X", ""]), "shape": st.lists(st.integers(-2, 2**62), max_size=3),
    "data_offsets": st.lists(st.integers(-2, 2**62), min_size=1, max_size=3),
}), max_size=3), data=st.binary(max_size=32))  # fmt: skip
def test_fuzz_any_header(tmp_path, header, data):
    path = tmp_path / "a.safetensors"
    path.write_bytes(safetensors(json.dumps(header).encode(), data))

    found = []
    if outcome(lambda: found.append(read_header(path))) == "read":
        assert sum(tensor.data_offsets[1] - tensor.data_offsets[0] for tensor in found[0].values()) == len(data)


@FUZZ
@given(
    name=st.sampled_from(["state.json", "generator.safetensors", "optimizers.safetensors"]),
    where=st.floats(0, 1),
    length=st.integers(0, 20),
    inserted=st.binary(max_size=20),
)
def test_fuzz_any_bytes_anywhere_in_a_checkpoint(tmp_path, name, where, length, inserted):
    """Refused, or read as exactly what was written."""
    folder = checkpoints.write(tmp_path, state())
    raw = (folder / name).read_bytes()
    start = int(where * len(raw))
    (folder / name).write_bytes(raw[:start] + inserted + raw[start + length :])

    read = whole_or_none(folder)
    if read is not None:
        assert (read.step, dict(read.updates)) == (5, {"generator": 5})
        np.testing.assert_array_equal(read.networks["generator"]["dense_1.weight"], np.arange(6.0).reshape(2, 3))


ENVIRONMENT = json.loads((RELEASED / "environment.json").read_text())
DONE = {"format": 1, "step": 4, "seconds": 1.5, "step_seconds": None, "gflops": 2.0}
SCORES = {"step": 2, "frechet": 1.5, "best": True, "extractor": "pixels", "generated": 60, "real": 60, "split": "test"}
METRICS = {"step": 2, "images": 16, "seconds": 0.5, "discriminator/loss": 0.7}


@FUZZ
@given(path=st.sampled_from(places(ENVIRONMENT)), value=junk)
def test_fuzz_any_value_anywhere_in_an_environment(tmp_path, path, value):
    """What is read of it, `resume` and the next process's entry in the history can be made of."""
    run = RunDirectory.create(tmp_path)
    (tmp_path / "environment.json").write_text(json.dumps(changed(ENVIRONMENT, path, value)))

    found: list[dict] = []
    if outcome(lambda: found.append(run.environment())) == "read":
        assert outcome(check_unchanged, RunDirectory(RELEASED), found[0]) in ("read", "refused")
        new = {"first_step": 3, "last_step": None, "experiment_sha256": "a", "backend": "torch"}
        assert ended(continued(found[0], new, [None]), 4)["history"][-1]["last_step"] == 4


@FUZZ
@given(path=st.sampled_from(places(DONE)), value=junk)
def test_fuzz_any_value_anywhere_in_a_done_file(tmp_path, path, value):
    (tmp_path / "done.json").write_text(json.dumps(changed(DONE, path, value)))

    found: list[DoneFile] = []
    if outcome(lambda: found.append(RunDirectory(tmp_path).done())) == "read":
        shown = f"{found[0].step} {found[0].seconds:.1f} {found[0].gflops or 0:.1f} {found[0].step_seconds or 0:.1f}"
        assert len(shown.split()) == 4


@FUZZ
@given(data=st.data())
def test_fuzz_any_value_anywhere_in_a_line(tmp_path, data):
    """A line is read as it is, or left out; what is read can be shown, drawn and compared."""
    lines, name = data.draw(st.sampled_from([(METRICS, "metrics.jsonl"), (SCORES, "evaluations.jsonl")]))
    odd = changed(lines, data.draw(st.sampled_from(places(lines))), data.draw(junk))
    (tmp_path / name).write_text(json.dumps(lines) + "\n" + json.dumps(odd) + "\n")
    run = RunDirectory(tmp_path)

    rows = run.metrics() if lines is METRICS else run.evaluations()

    assert 1 <= len(rows) <= 2
    for row in rows:
        assert row["step"] >= 1
        assert all(f"{value:.4g}" for key, value in row.items() if is_scalar(key))
    run.cut_metrics(lambda step: step <= 2)
    run.cut_evaluations(lambda step: step <= 2)


@pytest.mark.skipif(os.name != "posix", reason="links of another kind")
@settings(FUZZ, max_examples=EXAMPLES // 4)
@given(data=st.data())
def test_fuzz_any_name_of_a_run_may_be_a_link(data):
    """Whatever is done with it, what lies outside stays as it is."""
    with tempfile.TemporaryDirectory() as name:
        run, outside = Path(shutil.copytree(RELEASED, Path(name) / "run")), Path(name) / "outside"
        shutil.copytree(RELEASED / "checkpoints" / STEP, outside / STEP)
        (outside / ".removed-a").mkdir()
        before = sorted((str(path), path.is_file() and path.read_bytes()) for path in outside.rglob("*"))
        paths = [path for path in run.rglob("*") if path.name != "experiment.toml"]
        place = data.draw(
            st.sampled_from([*paths, *(run / more for more in ("samples", "best", ".lock", "done.json"))])
        )
        target = data.draw(st.sampled_from([outside, outside / STEP, outside / STEP / "state.json", outside / "none"]))
        if place.is_dir():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)
        place.symlink_to(target)
        directory, found = RunDirectory(run), checkpoints.read(RELEASED / "checkpoints" / STEP)

        for do in (
            lambda: RunDirectory.open(run),
            lambda: RunDirectory.create(run),
            directory.sweep,
            directory.environment,
            lambda: directory.write_checkpoint(found, keep=1),
            lambda: directory.write_best(found),
            lambda: directory.append_metrics([METRICS]),
            lambda: directory.write_text("done.json", "x"),
            lambda: directory.cut_checkpoints(lambda _: False),
            lambda: locked(run).__enter__(),
        ):
            said = outcome(do)
            assert said in ("read", "refused"), said
        assert before == sorted((str(path), path.is_file() and path.read_bytes()) for path in outside.rglob("*"))


def test_what_an_error_quotes_cannot_break_its_line():
    """Line breaks and a terminal's control sequences in a file become spaces in the message."""
    with pytest.raises(SpecError) as caught:
        from_builtins(PLAIN | {"a\n\x1b[31mb\u2028c": 1}, Experiment)

    assert str(caught.value).startswith("unknown field 'a  [31mb c'; expected one of: ")
