"""CIFAR-10's binary files: whole or in part, broken or not, all classes or some, found or downloaded."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from gan_core.data import cifar
from gan_core.data.cifar import CLASSES, Cifar10, read_records, unpack
from gan_core.errors import DataError, SpecError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import from_text, to_toml, with_changes
from gan_core.presets import preset
from gan_core.presets.loading import read_changes

FROG, BIRD = 6, 2
LABELS = [FROG, BIRD, FROG, 9, FROG, BIRD]
PIXELS = np.random.default_rng(0).integers(0, 256, (6, 3, 32, 32), np.uint8)


def records(labels: list[int] = LABELS, pixels: np.ndarray = PIXELS) -> bytes:
    return b"".join(bytes([label]) + image.tobytes() for label, image in zip(labels, pixels, strict=True))


def written(folder: Path, name: str = "data_batch_1.bin", content: bytes | None = None) -> Path:
    path = folder / "cifar-10-batches-bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(records() if content is None else content)
    return path


@pytest.fixture(autouse=True)
def nothing_elsewhere(tmp_path, monkeypatch) -> None:
    """No data but the test's own, no download, and a cache of its own."""

    def no_network(*arguments: object, **options: object) -> str:
        raise OSError("no route to host\nwith a second line")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GAN_DATA_DIR", raising=False)
    monkeypatch.setattr("pooch.retrieve", no_network)


def refused(spec: Cifar10, folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        spec.load(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_all_classes_keep_their_published_numbers(tmp_path) -> None:
    written(tmp_path)
    dataset = Cifar10().load(tmp_path)
    assert np.array_equal(dataset.samples, PIXELS)
    assert dataset.labels.tolist() == LABELS
    assert (dataset.name, dataset.classes, dataset.shape) == ("cifar10", 10, (3, 32, 32))


def test_planes_are_red_green_blue_and_rows_run_across(tmp_path) -> None:
    image = np.zeros((1, 3, 32, 32), np.uint8)
    image[0, 1, 0, 5] = 77  # green, top row, sixth column: byte 1 + 1024 + 5
    content = records([0], image)
    assert content[1 + 1024 + 5] == 77
    assert np.array_equal(read_records(written(tmp_path, content=content))[0], image)


@pytest.mark.parametrize("classes", [("frog",), (6,)])
def test_one_class_becomes_label_0_in_the_order_of_the_file(tmp_path, classes: tuple[int | str, ...]) -> None:
    written(tmp_path)
    dataset = Cifar10(classes=classes).load(tmp_path)
    assert np.array_equal(dataset.samples, PIXELS[[0, 2, 4]])
    assert dataset.labels.tolist() == [0, 0, 0]
    assert (dataset.name, dataset.classes) == ("cifar10 (frog)", 1)


def test_labels_follow_the_order_in_which_classes_are_given(tmp_path) -> None:
    written(tmp_path)
    dataset = Cifar10(classes=("truck", 6, "bird")).load(tmp_path)
    assert dataset.labels.tolist() == [1, 2, 1, 0, 1, 2]
    assert dataset.classes == 3


def test_some_of_the_files_are_enough_and_keep_their_order(tmp_path) -> None:
    written(tmp_path, "data_batch_4.bin", records([1] * 6))
    written(tmp_path, "data_batch_2.bin", records([3] * 6))
    assert Cifar10().load(tmp_path).labels.tolist() == [3] * 6 + [1] * 6


def test_the_splits_have_their_own_files(tmp_path) -> None:
    written(tmp_path)
    written(tmp_path, "test_batch.bin", records([8, 8], PIXELS[:2]))
    assert Cifar10(split="test").load(tmp_path).labels.tolist() == [8, 8]
    assert len(Cifar10().load(tmp_path)) == 6


def test_the_folder_itself_may_be_named(tmp_path) -> None:
    assert len(Cifar10().load(written(tmp_path).parent)) == 6


def test_gan_data_dir_is_searched(tmp_path, monkeypatch) -> None:
    written(tmp_path)
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path))
    assert len(Cifar10().load(None)) == 6


def test_values_come_in_the_range_asked_for(tmp_path) -> None:
    written(tmp_path)
    dataset = Cifar10(value_range=(0.0, 1.0)).load(tmp_path)
    taken = dataset.take(np.array([1]), np.dtype("float64"))
    assert taken == pytest.approx(PIXELS[[1]] / 255, abs=1e-15)


# errors


def test_missing_files_are_named_with_the_places(tmp_path) -> None:
    text = refused(Cifar10(), tmp_path / "there")
    assert all(word in text for word in ("data_batch_1.bin", str(tmp_path / "there"), "no route", "data_dir=")), text
    assert "with a second line" not in text


@pytest.mark.parametrize("content", [records()[:-1], records() + b"\0", b"", b"<html>404</html>"])
def test_a_truncated_record_is_refused(tmp_path, content: bytes) -> None:
    path = written(tmp_path, content=content)
    assert refused(Cifar10(), tmp_path).startswith(f"{path} is truncated: it holds {len(content):,} bytes")


def test_a_label_above_9_is_refused_with_its_record(tmp_path) -> None:
    written(tmp_path, "data_batch_3.bin", records([0, 1, 2, 10, 255, 5]))
    assert "data_batch_3.bin: record 3 has the label 10; expected 0 to 9" in refused(Cifar10(), tmp_path)


def test_a_class_that_the_data_do_not_have_is_refused(tmp_path) -> None:
    written(tmp_path)
    assert "no images of the class 'cat'; expected one of: bird, frog, truck" in refused(
        Cifar10(classes=("frog", "cat")), tmp_path
    )


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (("frgo",), "no class 'frgo'; did you mean 'frog'?"),
        (("6",), "no class '6'; expected one of: airplane"),
        ((10,), "expected names or numbers of 0 to 9, got 10"),
        ((-1,), "got -1"),
        (("frog", 6), "twice: frog, 6"),
        ((1.5,), "classes"),
    ],
)
def test_wrong_classes_are_refused_before_anything_is_read(classes: tuple, words: str) -> None:
    with pytest.raises(SpecError, match=r"^cifar10\.classes: ") as caught:
        Cifar10(classes=classes)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


# files


def test_it_comes_back_from_a_file() -> None:
    experiment = preset("digits-mlp")
    spec = Cifar10(classes=("frog", 2), split="test")
    shape = "[3, 32, 32]"
    changed = with_changes(
        experiment,
        read_changes(
            [
                "data.type=cifar10",
                "data.classes=['frog', 2]",
                "data.split=test",
                "networks.generator.layers.6.units=3072",
                f"networks.generator.layers.8.shape={shape}",
                f"networks.discriminator.inputs.sample.shape={shape}",
            ]
        ),
    )
    assert changed.data == spec
    back: Experiment = from_text(to_toml(changed), ".toml")
    assert back == changed


# downloads


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def small_files(monkeypatch) -> None:
    """Six records a file in place of 10,000."""
    monkeypatch.setattr(cifar, "PUBLISHED_BYTES", len(records()))


def members() -> dict[str, bytes]:
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    return {f"cifar-10-batches-bin/{name}": records() for name in names}


@pytest.mark.usefixtures("small_files")
def test_what_is_missing_is_downloaded_once(tmp_path, monkeypatch) -> None:
    asked = []

    def retrieve(url: str, known_hash: str, **options: object) -> str:
        asked.append((url, known_hash))
        return str(archive(tmp_path / "archive.tar.gz", members()))

    monkeypatch.setattr("pooch.retrieve", retrieve)
    assert len(Cifar10().load(None)) == 30
    assert len(Cifar10(split="test").load(None)) == 6
    assert asked == [
        (
            "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        )
    ]


@pytest.mark.usefixtures("small_files")
def test_nothing_else_in_an_archive_is_written(tmp_path) -> None:
    path = archive(tmp_path / "evil.tar.gz", {**members(), "../escaped": b"x", "cifar-10-batches-bin/other": b"x"})
    unpack(path, tmp_path / "into")
    assert len(list((tmp_path / "into").iterdir())) == 6
    assert not (tmp_path / "escaped").exists()


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize(
    "change",
    [
        {"cifar-10-batches-bin/data_batch_5.bin": records()[:-1]},
        {"cifar-10-batches-bin/data_batch_5.bin": None},
    ],
    ids=["another-size", "missing"],
)
def test_an_archive_without_all_files_leaves_none(tmp_path, change: dict[str, bytes | None]) -> None:
    content = {name: bytes_ for name, bytes_ in {**members(), **change}.items() if bytes_ is not None}
    with pytest.raises(DataError, match=r"^[^\n]*data_batch_5\.bin[^\n]*$"):
        unpack(archive(tmp_path / "short.tar.gz", content), tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("cut", [0, 5, 2000])
def test_a_damaged_archive_is_one_line(tmp_path, cut: int) -> None:
    path = archive(tmp_path / "cut.tar.gz", members())
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DataError, match=r"^[^\n]*cut\.tar\.gz cannot be unpacked[^\n]*$"):
        unpack(path, tmp_path / "into")


# the real files


def test_real_frogs(data_dir: Path) -> None:
    """5,000 training and 1,000 test frogs, as in the published set; the mean brightness of a photograph."""
    dataset = Cifar10(classes=("frog",)).load(data_dir)
    assert dataset.samples.shape == (5000, 3, 32, 32)
    assert 0.3 < dataset.samples.mean() / 255 < 0.6
    assert len(Cifar10(classes=("frog",), split="test").load(data_dir)) == 1000


def test_neighbouring_pixels_of_real_images_are_alike(data_dir: Path) -> None:
    """A wrong order of planes, rows or columns would tear them apart."""
    images = Cifar10(classes=("bird", "frog")).load(data_dir).samples[:500].astype(np.float64)
    spread = images.std()
    for axis in (2, 3):
        assert np.abs(np.diff(images, axis=axis)).mean() < 0.4 * spread


def test_class_names_are_the_published_ones() -> None:
    assert (CLASSES[FROG], CLASSES[BIRD], len(CLASSES)) == ("frog", "bird", 10)
