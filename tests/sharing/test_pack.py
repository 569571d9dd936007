"""Packed runs: the same bytes for the same run, and nothing of a pack that is damaged or hostile appears anywhere."""

import json
import os
import shutil
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import gan_core
from gan_core.errors import DamagedError, GanError, UsageError
from gan_core.runs import checkpoints
from gan_core.runs.lock import locked
from gan_core.sharing.manifest import is_of_a_run
from gan_core.sharing.pack import pack
from gan_core.sharing.unpack import unpack, unpacked
from shared_runs import STEP, released, with_checkpoint, with_sheet


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return with_sheet(released(tmp_path / "run"), 4)


@pytest.fixture
def packed(run: Path, tmp_path: Path) -> Path:
    return pack(run, tmp_path / "packed.zip").path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (".lock", "sums.json")
    }


def names(file: Path) -> set[str]:
    with zipfile.ZipFile(file) as archive:
        return set(archive.namelist())


def test_a_run_comes_back_byte_for_byte(run: Path, packed: Path, tmp_path: Path) -> None:
    folder = gan_core.unpack(packed, tmp_path / "again")

    assert contents(folder) == contents(run)
    assert gan_core.load(folder).state().step == STEP


def test_the_same_run_gives_the_same_bytes(run: Path, packed: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "copy")  # with other times
    os.utime(tmp_path / "copy" / "metrics.jsonl", (1, 1))

    assert pack(tmp_path / "copy", tmp_path / "second.zip").path.read_bytes() == packed.read_bytes()


def test_without_optimizers_a_training_begins_with_fresh_ones(run: Path, tmp_path: Path) -> None:
    made = pack(run, tmp_path / "small.zip", optimizers=False)

    folder, manifest = unpacked(made.path, tmp_path / "again")

    before, after = (checkpoints.read(place / "checkpoints" / f"step-{STEP:07d}") for place in (run, folder))
    assert all(not slot.any() for slots in after.optimizers.values() for slot in slots.values())
    assert set(after.updates.values()) == {0}
    for network, arrays in before.networks.items():
        for name, values in arrays.items():
            np.testing.assert_array_equal(after.networks[network][name], values)
    assert manifest.left_out == ["the state of the optimizers"]


def test_the_newest_checkpoint_alone_and_the_best(run: Path, tmp_path: Path) -> None:
    with_checkpoint(with_checkpoint(run, 2), 2, "best/checkpoints")

    made = pack(run, tmp_path / "newest.zip", newest=True)

    steps = {name.split("step-")[-1].partition("/")[0] for name in names(made.path) if "checkpoints/" in name}
    assert steps == {f"{STEP:07d}", "0000002"}
    assert "best/checkpoints/step-0000002/state.json" in names(made.path)
    assert made.left_out[0] == "earlier checkpoints"


def test_what_is_set_aside_or_the_users_own_stays_out_and_is_told(run: Path, tmp_path: Path) -> None:
    (run / "notes.txt").write_text("mine")
    (run / "checkpoints" / "later-step-0000009").mkdir()
    (run / "checkpoints" / "later-step-0000009" / "state.json").write_text("{}")
    (run / ".unfinished-x").write_text("half")

    made = pack(run, tmp_path / "a.zip")

    assert not [name for name in names(made.path) if "later-" in name or "notes" in name or "unfinished" in name]
    assert {"notes.txt", "checkpoints/later-step-0000009, set aside"} <= set(made.left_out)


def test_a_run_that_is_trained_is_not_packed(run: Path, tmp_path: Path) -> None:
    with locked(run), pytest.raises(UsageError, match="in use by another process"):
        pack(run, tmp_path / "a.zip")


def test_a_damaged_checkpoint_is_not_packed(run: Path, tmp_path: Path) -> None:
    weights = run / "checkpoints" / f"step-{STEP:07d}" / "generator.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)

    with pytest.raises(DamagedError, match=r"generator\.safetensors"):
        pack(run, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("a.tar", r"expected a file that ends in \.zip"),
        ("nowhere/a.zip", "does not exist"),
        ("there.zip", "exists already"),
        ("run/a.zip", "lies in the run itself"),
    ],
)
def test_a_place_that_a_pack_cannot_have(run: Path, tmp_path: Path, out: str, reason: str) -> None:
    (tmp_path / "there.zip").touch()

    with pytest.raises(UsageError, match=reason):
        pack(run, tmp_path / out)


def rewritten(packed: Path, change: Callable[[dict[str, bytes], dict], object]) -> Path:
    """A pack whose members and manifest were changed by hand."""
    with zipfile.ZipFile(packed) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("gan-pack.json"))
    change(members, manifest)
    made = packed.with_name("changed.zip")
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("gan-pack.json", json.dumps(manifest))
        for name, raw in members.items():
            archive.writestr(name, raw)
    return made


def _another_byte(members: dict[str, bytes], manifest: dict) -> None:
    members["metrics.jsonl"] = b"X" + members["metrics.jsonl"][1:]


def _longer(members: dict[str, bytes], manifest: dict) -> None:
    members["metrics.jsonl"] += b"more"


def _missing(members: dict[str, bytes], manifest: dict) -> None:
    del members["metrics.jsonl"]


def _unlisted(members: dict[str, bytes], manifest: dict) -> None:
    members["samples/more.png"] = b"more"


def _no_experiment(members: dict[str, bytes], manifest: dict) -> None:
    del members["experiment.toml"]
    manifest["files"] = [one for one in manifest["files"] if one["name"] != "experiment.toml"]


def _twice(members: dict[str, bytes], manifest: dict) -> None:
    manifest["files"].append(manifest["files"][0])


def _newer(members: dict[str, bytes], manifest: dict) -> None:
    manifest["format"] = 99


def _no_list(members: dict[str, bytes], manifest: dict) -> None:
    manifest["files"] = "none"


def _listed(name: str) -> Callable[[dict[str, bytes], dict], None]:
    def change(members: dict[str, bytes], manifest: dict) -> None:
        members[name] = b""
        manifest["files"].append({"name": name, "size": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb924" + "0" * 32})

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_another_byte, r"damaged in 'metrics\.jsonl' \(it is not what its checksum says\)"),
        (_longer, r"damaged in 'metrics\.jsonl'"),
        (_missing, r"lacks 'metrics\.jsonl'"),
        (_unlisted, r"holds 'samples/more\.png', which gan-pack\.json does not list"),
        (_no_experiment, r"lacks 'experiment\.toml'"),
        (_twice, "twice"),
        *((_listed(name), "which is no file of a run") for name in ("../up.txt", "/etc/x", "samples/../../x", "C:/x")),
        *(
            (_listed(name), "which is no file of a run")
            for name in ("thesis.txt", "samples/a\\b", ".bashrc", "samples/nul")
        ),
        (_newer, "of a newer version"),
        (_no_list, "damaged"),
    ],
)
def test_a_pack_that_was_changed_leaves_nothing(packed: Path, tmp_path: Path, change, reason: str) -> None:
    made = rewritten(packed, change)
    before = set(tmp_path.iterdir())

    with pytest.raises(GanError, match=reason) as raised:
        unpack(made, tmp_path / "again")

    assert "\n" not in str(raised.value)
    assert set(tmp_path.iterdir()) == before


def test_a_damaged_member_is_named(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        (entry,) = (one for one in archive.infolist() if one.filename.endswith("/generator.safetensors"))
    raw = bytearray(packed.read_bytes())
    raw[entry.header_offset + 400] ^= 1
    packed.write_bytes(raw)

    with pytest.raises(DamagedError, match=r"damaged in 'checkpoints/step-0000004/generator\.safetensors'"):
        unpack(packed, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_pack_that_was_cut_short_is_told(packed: Path, tmp_path: Path, share: float) -> None:
    packed.write_bytes(packed.read_bytes()[: int(share * packed.stat().st_size)])

    with pytest.raises(UsageError, match="no ZIP file, or a damaged one"):
        unpack(packed, tmp_path / "again")


def test_a_link_in_a_pack_is_refused(packed: Path, tmp_path: Path) -> None:
    made = tmp_path / "link.zip"
    with zipfile.ZipFile(packed) as archive, zipfile.ZipFile(made, "w") as other:
        for entry in archive.infolist():
            raw = archive.read(entry)
            if entry.filename == "metrics.jsonl":
                entry.external_attr = 0o120777 << 16
            other.writestr(entry, raw)

    with pytest.raises(DamagedError, match=r"'metrics\.jsonl', which is no plain file"):
        unpack(made, tmp_path / "again")


def test_a_pack_that_would_grow_beyond_reason_is_refused(packed: Path, tmp_path: Path) -> None:
    """A gibibyte of zeros in a few kilobytes, as its manifest says; none of them is written."""

    def bomb(members: dict[str, bytes], manifest: dict) -> None:
        for one in manifest["files"]:
            if one["name"] == "metrics.jsonl":
                one["size"] = 2**30

    made = rewritten(packed, bomb)
    raw = made.read_bytes()
    at = raw.rindex(b"metrics.jsonl") - 46  # the entry of the central directory says so too
    made.write_bytes(raw[: at + 24] + struct.pack("<I", 2**30) + raw[at + 28 :])

    with pytest.raises(DamagedError, match="would grow to 1,07"):
        unpack(made, tmp_path / "again")


def test_a_name_that_stands_twice_is_refused(packed: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(packed, "a") as archive:
            archive.writestr("metrics.jsonl", "")

    with pytest.raises(DamagedError, match=r"holds 'metrics\.jsonl' twice"):
        unpack(packed, tmp_path / "again")


def test_no_pack_and_no_file_and_a_folder_that_is_there(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")

    with pytest.raises(UsageError, match=r"is no packed run: it has no gan-pack\.json"):
        unpack(tmp_path / "other.zip", tmp_path / "again")
    with pytest.raises(UsageError, match="no such file"):
        unpack(tmp_path / "gone.zip")
    with pytest.raises(UsageError, match="exists already; name another folder with out=DIR"):
        unpack(packed, tmp_path / "run")


@pytest.mark.parametrize("name", ["experiment.toml", "README.md", "best/checkpoints/step-0000001/state.json"])
def test_paths_of_runs_pass(name: str) -> None:
    assert is_of_a_run(name)
