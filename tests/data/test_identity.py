"""The identity of data: what changes a fingerprint, what a difference is called, and the classes of folders."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_core.data.cifar import CLASSES, Cifar10
from gan_core.data.dataset import Dataset
from gan_core.data.domains import GreyAndColour, UnpairedFolders
from gan_core.data.folder import ImageFolder
from gan_core.data.identity import DataIdentity, differences, identity_from, identity_of
from gan_core.data.sources import Arrays, Digits, Mixture
from gan_core.errors import DataError, SpecError, UsageError
from gan_core.experiments.files import read_run_experiment, to_toml, with_changes
from gan_core.presets import preset
from gan_core.presets.loading import read_changes
from gan_core.runs.known_data import check_same_data, class_number

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 3, 4, 4), np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GAN_DATA_DIR", raising=False)
    return tmp_path / "cache" / "gan-core" / "decoded-images"


def data(**changes: object) -> Dataset:
    names = ("cat", "dog", "emu")
    facts = {"name": "pets", "samples": PIXELS, "labels": LABELS, "classes": 3, "class_names": names}
    return Dataset(**facts | changes)


def found(**changes: object) -> str:
    return "; ".join(differences(identity_of(data()), identity_of(data(**changes))))


def exchanged() -> np.ndarray:
    other = PIXELS.copy()
    other[4, 1, 2, 3] ^= 1
    return other


CHANGED = {
    "one bit of one pixel": ({"samples": exchanged()}, "some samples or labels are others; its fingerprint"),
    "the order": ({"samples": PIXELS[::-1]}, "some samples or labels are others; its fingerprint"),
    "two labels": ({"labels": LABELS[[1, 0, 2, 3, 4, 5]]}, "some samples or labels are others; its fingerprint"),
    "a label": ({"labels": np.array([0, 0, 2, 0, 1, 2])}, "its classes have other numbers of samples"),
    "a name": ({"class_names": ("cat", "dog", "eel")}, "class 2 is 'eel', not 'emu'; its fingerprint"),
    "a class more": ({"classes": 4, "class_names": ("cat", "dog", "emu", "fox")}, "it has 4 classes, not 3"),
    "no labels": ({"labels": None, "classes": None, "class_names": ()}, "it has 0 classes, not 3"),
    "the range": ({"value_range": (0.0, 1.0)}, "its range is 0 … 1, not −1 … 1"),
    "the shape": ({"samples": PIXELS.reshape(6, 3, 2, 8)}, "they are [3, 2, 8], not [3, 4, 4]"),
    "the type": ({"samples": PIXELS.astype(np.float32)}, "their type is float32, not uint8"),
    "the count": ({"samples": PIXELS[:5], "labels": LABELS[:5]}, "it holds 5 samples, not 6; its"),
    "the second domain": ({"second_domain": data(samples=exchanged())}, "its fingerprint is"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_difference_is_found_and_called_by_its_name(what: str) -> None:
    changes, text = CHANGED[what]
    assert text.removesuffix("; its") in found(**changes)


def test_an_exchanged_sample_of_the_second_domain_is_found() -> None:
    one, other = (data(second_domain=data(name="b", samples=samples)) for samples in (PIXELS, exchanged()))
    text = differences(identity_of(one), identity_of(other))
    assert text[0] == "in its second domain, some samples or labels are others"


@pytest.mark.parametrize("same", [{"name": "elsewhere"}, {"samples": np.asfortranarray(PIXELS)}, {}])
def test_the_same_data_have_one_identity(same: dict[str, object]) -> None:
    """Wherever they lie, and however an array is laid out in memory."""
    assert found(**same) == ""


def test_the_layout_of_a_fingerprint_is_fixed() -> None:
    """Runs keep it: another value for the same data would have every run refused."""
    fixed = Dataset(
        name="any", samples=np.arange(12, dtype=np.uint8).reshape(3, 1, 2, 2), labels=np.arange(3), classes=3
    )
    assert identity_of(fixed).fingerprint == "66deae309668dc06ca37bc8968ebb707dad4205edeefc288d2f3da44a2d7a003"


def test_an_identity_comes_back_from_plain_data() -> None:
    identity = identity_of(data(second_domain=data(name="b")))
    assert identity_from(identity.plain()) == identity
    with pytest.raises(SpecError):
        identity_from({"name": 3})
    with pytest.raises(UsageError, match=r"environment.json is damaged"):
        check_same_data({"data": [1]}, data(), Path("run"))


def test_the_line_says_what_the_data_are() -> None:
    assert (
        identity_of(data())
        .sentence()
        .startswith("data: pets, 6 of [3, 4, 4], bytes as −1 … 1, 3 classes (cat: 2, dog: 2, emu: 2), fingerprint ")
    )
    digits = identity_of(Digits().load(None)).sentence()
    assert "data: digits, 1,797 of [1, 8, 8], bytes as −1 … 1, 10 classes (174 to 183 each), fingerprint " in digits
    floats = Dataset(name="xy", samples=np.array([[-0.5, 2.0], [1.0, 0.25]]))
    assert "data: xy, 2 of [2], float64 of −0.5 … 2, fingerprint " in identity_of(floats).sentence()


def test_points_that_are_worked_out_are_known_on_another_processor() -> None:
    """Whose cosine may differ in the last digit."""
    here = Mixture().load(None)
    assert here.samples_sha256 == Mixture().load(None).samples_sha256
    assert here.samples_sha256 != Mixture(seed=1).load(None).samples_sha256


def test_halves_do_not_take_over_the_checksum_of_the_whole(tmp_path) -> None:
    np.save(tmp_path / "a.npy", PIXELS)
    grey = GreyAndColour(source=Arrays(path=str(tmp_path / "a.npy"))).load(None)
    assert grey.samples_sha256 is None
    assert identity_of(grey).fingerprint != identity_of(grey.second_domain).fingerprint


def test_a_fingerprint_costs_less_than_a_second_for_mnist() -> None:
    """.07 s on a quiet core; the samples are read once."""
    dataset = Dataset(name="large", samples=np.zeros((60_000, 1, 28, 28), np.uint8))
    start = time.process_time()
    identity_of(dataset)
    assert time.process_time() - start < 1.0


# folders


def folder(root: Path, **counts: int) -> Path:
    for position, (name, count) in enumerate(counts.items()):
        (root / name).mkdir(parents=True)
        for index in range(count):
            Image.new("L", (4, 4), 100 + 10 * position + index).save(root / name / f"{index}.png")
    return root


def classes(root: Path, **settings: object) -> Dataset:
    return ImageFolder(**{"path": str(root), "size": 4, "labels": "subfolders"} | settings).load(None)


def test_the_cache_gives_the_fingerprint_that_the_pixels_have(tmp_path) -> None:
    root = folder(tmp_path / "pets", cat=2, dog=3)
    first, second = classes(root), classes(root)
    assert first.samples_sha256 == second.samples_sha256 is not None
    unknown = Dataset(
        name="x", samples=np.array(first.samples), labels=first.labels, classes=2, class_names=("cat", "dog")
    )
    assert identity_of(unknown).fingerprint == identity_of(first).fingerprint


def test_a_cache_that_was_changed_is_written_again(tmp_path, own_cache) -> None:
    """A byte that flipped, in a file of the same size, would be another data set under the old fingerprint."""
    root = folder(tmp_path / "pets", cat=2, dog=3)
    expected = np.array(classes(root).samples)
    path = next(own_cache.glob("*.npy"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1_000_000))
    assert np.array_equal(classes(root).samples, expected)


def test_folders_with_numbers_are_numbered_as_people_count(tmp_path) -> None:
    root = folder(tmp_path / "months", **{str(number): 1 for number in range(1, 13)})
    dataset = classes(root)
    assert dataset.class_names == tuple(str(number) for number in range(1, 13))
    by_name = {
        name: int(dataset.samples[dataset.labels == index][0, 0, 0, 0])
        for index, name in enumerate(dataset.class_names)
    }
    assert by_name == {str(number): 90 + 10 * number for number in range(1, 13)}


def test_an_older_run_keeps_the_numbers_its_classes_had(tmp_path) -> None:
    """Its file has no field for the numbering: 1, 10, 11, 12, 2 …, and an empty folder is no class."""
    root = folder(tmp_path / "months", **{str(number): 1 for number in range(1, 13)}, empty=0)
    made = with_changes(preset("dcgan-64"), read_changes([f'data.path="{root}"', "data.labels=subfolders"]))
    text = to_toml(made)
    assert 'numbering = "natural"' in text
    (tmp_path / "experiment.toml").write_text(text.replace('numbering = "natural"\n', ""))
    old = read_run_experiment(tmp_path / "experiment.toml")
    assert old.data.load(None).class_names == tuple(sorted(str(number) for number in range(1, 13)))
    (tmp_path / "experiment.toml").write_text(to_toml(old))
    assert read_run_experiment(tmp_path / "experiment.toml") == old
    (tmp_path / "experiment.toml").write_text(text)
    assert read_run_experiment(tmp_path / "experiment.toml") == made


def test_a_class_without_images_keeps_its_number_and_is_named(tmp_path, capsys) -> None:
    root = folder(tmp_path / "pets", cat=2, dog=0, emu=3, fox=0)
    (root / "fox" / "a.png").write_bytes(b"broken")
    (root / ".git").mkdir()
    (root / "__MACOSX").mkdir()
    dataset = classes(root)
    assert (dataset.class_names, dataset.labels.tolist()) == (("cat", "dog", "emu", "fox"), [0, 0, 2, 2, 2])
    assert dataset.classes == 4
    said = capsys.readouterr().err
    assert (
        f"gan: warning: {root}: classes 1 'dog' (it is empty), 3 'fox' (none of its images can be read) have no image; "
        "each keeps its number\n"
    ) in said
    (root / "fox" / "a.png").unlink()
    with pytest.raises(DataError, match=r"have no image, which data\.strict forbids"):
        classes(root, strict=True)


def test_names_that_are_no_text_are_shown_as_a_line(tmp_path) -> None:
    root = folder(tmp_path / "pets", cat=2)
    strange = os.fsencode(root) + b"/d\xff\n"
    os.mkdir(strange)
    Image.new("L", (4, 4), 9).save(os.fsdecode(strange + b"/1.png"))
    identity = identity_of(classes(root))
    assert "\n" not in identity.sentence()
    assert "2 classes (cat: 2, d??: 1)" in identity.sentence()
    assert identity_from(identity.plain()) == identity


def test_every_domain_of_unpaired_folders_may_be_rectangular(tmp_path) -> None:
    for name in ("trainA", "trainB"):
        folder(tmp_path, **{name: 2})
    dataset = UnpairedFolders(path=str(tmp_path), size=(4, 6)).load(None)
    assert dataset.shape == dataset.second_domain.shape == (3, 4, 6)


@pytest.mark.parametrize("size", [(4,), (4, 5, 6), (0, 4), [4, 5000], "4"])
def test_a_wrong_size_is_refused(size: object) -> None:
    with pytest.raises(SpecError, match=r"image_folder\.size"):
        ImageFolder(path="x", size=size)


# classes by name


def test_classes_of_known_data_have_names() -> None:
    assert class_number("frog", CLASSES, 10) == 6
    assert class_number("3", CLASSES, 10) == 3
    assert class_number("3", (), 10) == class_number(3, (), 10) == 3


def test_a_name_wins_over_a_number() -> None:
    months = tuple(str(number) for number in range(1, 13))
    assert class_number("3", months, 12) == 2
    assert class_number(3, months, 12) == 3


def test_capitals_matter_only_where_they_decide() -> None:
    assert class_number("Cat", ("cat", "dog"), 2) == 0
    assert class_number("CAT", ("cat", "CAT"), 2) == 1
    with pytest.raises(UsageError, match="label=Cat: no class has that name"):
        class_number("Cat", ("cat", "CAT"), 2)


@pytest.mark.parametrize("label", ["", "-1", "12", "3.5", "²"])
def test_what_is_no_class_is_refused_in_a_line(label: str) -> None:
    with pytest.raises(UsageError, match="label="):
        class_number(label, (), 10)


def test_cifar_names_its_classes() -> None:
    assert Cifar10(classes=("frog", "cat")).class_numbers() == [6, 3]


def test_an_identity_is_a_spec() -> None:
    with pytest.raises(SpecError, match="count"):
        DataIdentity(name="a", count="x", shape=(1,), dtype="u1", value_range=(0, 1), fingerprint="0")
