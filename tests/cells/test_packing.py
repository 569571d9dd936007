"""A folder of results travels as bytes: what is in it, in which order, and what must not come out of it."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from gan_core.cells.packing import packed, unpack


def filled(folder: Path, **files: str) -> Path:
    for number, (name, text) in enumerate(files.items()):
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (1000 + number, 1000 + number))
    return folder


def texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_comes_back_with_all_below_it(tmp_path):
    filled(tmp_path / "one", done="yes", checkpoints__last="weights")

    unpack(packed(tmp_path / "one"), tmp_path / "two", whole=False)

    assert texts(tmp_path / "two") == {"done": "yes", "checkpoints/last": "weights"}


def test_files_stand_in_the_order_in_which_they_were_written(tmp_path):
    archive = packed(filled(tmp_path, weights="w", a="later", done="last"))

    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        assert opened.getnames() == ["weights", "a", "done"]


def test_a_lock_stays_where_its_process_is(tmp_path):
    archive = packed(filled(tmp_path / "one", a="1") if filled(tmp_path / "one", **{".lock": "pid 7"}) else tmp_path)

    unpack(archive, tmp_path / "two", whole=False)

    assert texts(tmp_path / "two") == {"a": "1"}


def test_a_whole_folder_keeps_nothing_else(tmp_path):
    archive = packed(filled(tmp_path / "one", checkpoints__new="2"))
    filled(tmp_path / "two", checkpoints__new="1", older__checkpoint="0")

    unpack(archive, tmp_path / "two", whole=True)

    assert texts(tmp_path / "two") == {"checkpoints/new": "2"}
    assert not (tmp_path / "two" / "older").exists()


def test_a_shared_folder_keeps_what_others_wrote(tmp_path):
    archive = packed(filled(tmp_path / "one", mine="1"))

    unpack(archive, filled(tmp_path / "two", theirs="2"), whole=False)

    assert texts(tmp_path / "two") == {"mine": "1", "theirs": "2"}


def test_a_folder_that_is_not_there_is_an_empty_one(tmp_path):
    unpack(packed(tmp_path / "none"), tmp_path / "two", whole=True)

    assert texts(tmp_path / "two") == {}


def test_a_file_outside_the_folder_is_refused(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../outside"))

    with pytest.raises(tarfile.TarError):
        unpack(buffer.getvalue(), tmp_path / "two", whole=False)
    assert not (tmp_path / "outside").exists()
