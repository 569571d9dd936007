"""Samples as data: what is written is read back, and nothing half-written takes the name."""

import numpy as np
import pytest
from PIL import Image

from gan_core.data.arrays import Arrays
from gan_core.data.dataset import Dataset
from gan_core.data.folder import ImageFolder
from gan_core.errors import DataError, UsageError, WriteError
from gan_core.files.whole_files import folder_written_whole
from gan_core.sessions.sample_files import SampleSet, check_folder, write_arrays, write_folder


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def samples(count: int = 6, classes: int | None = 3, **changes) -> SampleSet:
    """Pictures of 8 × 8 in one grey each, the i-th of byte 10 i."""
    values = np.arange(count).repeat(64).reshape(count, 1, 8, 8) * 10 / 127.5 - 1
    facts = {
        "samples": values.astype(np.float32),
        "labels": None if classes is None else np.arange(count) % classes,
        "class_names": (),
        "names": (),
        "experiment": "mnist-cgan",
        "network": ("generator",),
        "step": 40,
        "seed": 2,
        "backend": "numpy",
    }
    facts |= changes
    return SampleSet(dataset=Dataset(name="real", samples=facts["samples"]), **facts)


def names(folder) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.png"))


def test_arrays_hold_what_a_reader_needs(tmp_path):
    made = samples(class_names=("ant", "bee", "cat"))
    write_arrays(tmp_path / "made.npz", made)

    with np.load(tmp_path / "made.npz", allow_pickle=False) as read:
        np.testing.assert_array_equal(read["samples"], made.samples)
        np.testing.assert_array_equal(read["labels"], [0, 1, 2, 0, 1, 2])
        assert read["class_names"].tolist() == ["ant", "bee", "cat"]
        assert (read["value_range"].tolist(), int(read["step"]), int(read["seed"])) == ([-1, 1], 40, 2)
        assert str(read["experiment"]) == "mnist-cgan"


def test_a_run_reads_the_arrays_as_its_data(tmp_path, capsys):
    made = samples()
    write_arrays(tmp_path / "made.npz", made)
    data = Arrays(path=str(tmp_path / "made.npz")).load(None)

    np.testing.assert_array_equal(data.samples, made.samples)
    np.testing.assert_array_equal(data.labels, made.labels)
    assert capsys.readouterr().err == ""


def test_a_folder_is_read_back_as_class_folders(tmp_path):
    write_folder(tmp_path / "made", samples(class_names=("bee", "ant", "cat")))
    data = ImageFolder(path=str(tmp_path / "made"), size=8, channels=1, labels="subfolders").load(None)

    assert data.class_names == ("ant", "bee", "cat")
    assert names(tmp_path / "made")[0] == "ant/1.png"
    np.testing.assert_array_equal(data.samples[:, 0, 0, 0], [10, 40, 0, 30, 20, 50])


def test_names_that_are_no_folders_give_way_to_numbers(tmp_path):
    write_folder(tmp_path / "made", samples(class_names=("T-shirt/top", "..", "bag")))

    assert names(tmp_path / "made")[:2] == ["0/0.png", "0/3.png"]


def test_samples_without_labels_lie_in_one_folder(tmp_path):
    write_folder(tmp_path / "made", samples(12, classes=None))

    assert names(tmp_path / "made")[:2] == ["00.png", "01.png"]
    with Image.open(tmp_path / "made" / "11.png") as picture:
        assert (picture.mode, picture.getpixel((0, 0))) == ("L", 110)


def test_translated_pictures_keep_their_names(tmp_path):
    write_folder(tmp_path / "made", samples(2, classes=None, names=("a/one.jpg", "two.png")))
    write_folder(tmp_path / "alike", samples(2, classes=None, names=("one.jpg", "one.gif")))

    assert names(tmp_path / "made") == ["a/one.png", "two.png"]
    assert names(tmp_path / "alike") == ["one.gif.png", "one.jpg.png"]


def test_a_folder_that_holds_something_is_refused(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")

    check_folder(tmp_path / "new")
    for name, words in (("full", "holds something"), ("file", "is no folder")):
        with pytest.raises(UsageError, match=words):
            check_folder(tmp_path / name)
    with pytest.raises(WriteError):
        write_folder(tmp_path / "full", samples())
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["kept.txt"]


def test_points_make_no_pictures_and_leave_no_folder(tmp_path):
    with pytest.raises(DataError, match="cannot be shown"):
        write_folder(tmp_path / "made", samples(samples=np.zeros((6, 2))))

    assert list(tmp_path.iterdir()) == []


def _fail_halfway(path) -> None:
    with folder_written_whole(path) as temporary:
        (temporary / "half.png").write_text("")
        raise KeyError


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(KeyError):
        _fail_halfway(tmp_path / "empty")

    assert [path.name for path in tmp_path.iterdir()] == ["empty"]
    with folder_written_whole(tmp_path / "empty") as temporary:
        (temporary / "whole.png").write_text("")
    assert (tmp_path / "empty" / "whole.png").is_file()
