"""Pairs of pictures: which files pair, which half is which, the part that is taken and the part that is held out."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_core.data.dataset import Dataset
from gan_core.data.folder import ImageFolder
from gan_core.data.identity import identity_of
from gan_core.data.pairs import SOURCE, PairedFolders, SideBySide
from gan_core.data.spec import Data
from gan_core.errors import DataError, SpecError
from gan_core.specs.spec import Spec, from_builtins, to_builtins

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (6, 8, 8, 3), np.uint8)


class _Holder(Spec, frozen=True, kw_only=True):
    data: Data


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GAN_DATA_DIR", raising=False)


def saved(path: Path, pixels: np.ndarray, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.fixture
def root(tmp_path) -> Path:
    """Six pairs: the source of target i is the target upside down."""
    for index, picture in enumerate(PICTURES):
        saved(tmp_path / "maps" / "trainA" / f"{index}.png", picture[::-1])
        saved(tmp_path / "maps" / "trainB" / f"{index}.bmp", picture)
    return tmp_path / "maps"


@pytest.fixture
def halves(tmp_path) -> Path:
    """Six files; on the left a picture upside down, on the right as it is."""
    for index, picture in enumerate(PICTURES):
        saved(tmp_path / "both" / "train" / f"{index}.png", np.concatenate([picture[::-1], picture], axis=1))
    return tmp_path / "both"


def pairs(root: Path, **settings: object) -> PairedFolders:
    return PairedFolders(path=str(root), size=8, **settings)


def side_by_side(root: Path, **settings: object) -> SideBySide:
    return SideBySide(path=str(root), size=8, **settings)


def refused(spec: Data) -> str:
    with pytest.raises(DataError) as caught:
        spec.load(None)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def assert_upright_of_upside_down(dataset: Dataset, chosen: list[int]) -> None:
    expected = PICTURES[chosen].transpose(0, 3, 1, 2)
    assert np.array_equal(dataset.samples, expected)
    assert np.array_equal(dataset.fields[SOURCE], expected[:, :, ::-1])


# which files pair


def test_files_pair_by_name_whatever_their_ending(root) -> None:
    dataset = pairs(root).load(None)
    assert_upright_of_upside_down(dataset, list(range(6)))
    assert dataset.name == "maps (trainA → trainB)"
    assert dataset.second_domain is None


def test_the_other_way_round_is_the_other_folder_as_source(root) -> None:
    there, back = pairs(root), pairs(root, source="{split}B", target="{split}A")
    assert np.array_equal(back.load(None).samples, there.load(None).fields[SOURCE])
    assert np.array_equal(back.load(None).fields[SOURCE], there.load(None).samples)


def test_names_that_sort_otherwise_with_their_endings_pair_all_the_same(tmp_path) -> None:
    """By name, a-b.png comes before a.bmp; by stem, after it. The order is that of the targets."""
    for index, stem in enumerate(["a", "a-b", "sub/c"]):
        saved(tmp_path / "x" / "trainA" / f"{stem}.png", PICTURES[index][::-1])
        saved(tmp_path / "x" / "trainB" / f"{stem}{'.png' if index else '.bmp'}", PICTURES[index])
    dataset = pairs(tmp_path / "x").load(None)
    assert_upright_of_upside_down(dataset, [1, 0, 2])


def test_files_without_a_partner_are_left_out_and_named(root, capsys) -> None:
    for name in ("trainA/0.png", "trainB/3.bmp"):
        (root / name).unlink()
    dataset = pairs(root).load(None)
    assert_upright_of_upside_down(dataset, [1, 2, 4, 5])
    assert (
        "2 files have no file of the same name in the other folder: trainA/3.png, trainB/0.bmp; 4 pairs are read"
        in (capsys.readouterr().err)
    )


def test_files_without_a_partner_are_refused_under_strict(root) -> None:
    for index in range(2, 6):
        (root / "trainB" / f"{index}.bmp").unlink()
    words = refused(pairs(root, strict=True))
    assert "4 files have no file of the same name in the other folder: trainA/2.png, trainA/3.png, trainA/4.png, …" in (
        words
    )
    assert words.endswith("which data.strict forbids; mend that, or set data.strict = false")


def test_folders_without_a_pair_are_refused(root) -> None:
    for path in (root / "trainA").iterdir():
        path.rename(path.with_stem(f"a{path.stem}"))
    assert "hold no pair: trainA/a0.png, trainA/a1.png, trainA/a2.png, … have no file of the same" in refused(
        pairs(root)
    )


def test_two_files_of_one_name_are_refused(root) -> None:
    saved(root / "trainB" / "3.png", PICTURES[0])
    assert "trainB: 3.bmp and 3.png have one name, so that pairs are uncertain" in refused(pairs(root))


def test_a_picture_that_cannot_be_read_takes_its_partner_along(root, capsys) -> None:
    (root / "trainA" / "2.png").write_bytes(b"damaged")
    dataset = pairs(root).load(None)
    assert_upright_of_upside_down(dataset, [0, 1, 3, 4, 5])
    assert dataset.samples_sha256 is None
    assert "1 of 6 images cannot be read and are left out: 2.png" in capsys.readouterr().err


def test_a_folder_that_is_missing_is_named(root) -> None:
    assert "testA" in refused(pairs(root, split="test"))


# two pictures in a file


def test_the_right_half_is_made_of_the_left_one(halves) -> None:
    assert_upright_of_upside_down(side_by_side(halves).load(None), list(range(6)))


def test_the_left_half_is_made_of_the_right_one(halves) -> None:
    there, back = side_by_side(halves).load(None), side_by_side(halves, direction="right_to_left").load(None)
    assert np.array_equal(back.samples, there.fields[SOURCE])
    assert np.array_equal(back.fields[SOURCE], there.samples)


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_no_filter_sees_across_the_middle(tmp_path, ending: str) -> None:
    """A black and a white half, scaled down sixteen times: a filter over the whole would grey their borders."""
    both = np.concatenate([np.zeros((512, 512, 3), np.uint8), np.full((512, 512, 3), 255, np.uint8)], axis=1)
    for index in range(2):
        saved(tmp_path / "both" / f"{index}.{ending}", both)
    dataset = SideBySide(path=str(tmp_path / "both"), folder=".", size=32).load(None)
    assert (dataset.samples == 255).all()
    assert (dataset.fields[SOURCE] == 0).all()


def test_a_half_is_cropped_as_a_picture_of_its_own(tmp_path) -> None:
    for index in range(2):
        picture = RANDOM.integers(0, 256, (8, 12, 3), np.uint8)
        saved(tmp_path / "both" / f"{index}.png", np.concatenate([picture[::-1], picture], axis=1))
        saved(tmp_path / "alone" / f"{index}.png", picture)
    dataset = SideBySide(path=str(tmp_path / "both"), folder=".", size=8).load(None)
    assert np.array_equal(dataset.samples, ImageFolder(path=str(tmp_path / "alone"), size=8).load(None).samples)


def test_an_odd_width_has_no_halves(tmp_path) -> None:
    for index in range(2):
        saved(tmp_path / "both" / f"{index}.png", RANDOM.integers(0, 256, (8, 15, 3), np.uint8))
    words = refused(SideBySide(path=str(tmp_path / "both"), folder=".", size=8))
    assert "its width of 15 pixels is odd; expected two pictures of one width side by side" in words


# sizes, channels and parts


@pytest.mark.parametrize("make", [pairs, side_by_side])
def test_a_source_may_be_smaller_and_grey(make, root, halves) -> None:
    folder = root if make is pairs else halves
    dataset = make(folder, source_size=(4, 2), source_channels=1, resize="stretch").load(None)
    assert dataset.shape == (3, 8, 8)
    assert dataset.field_shape(SOURCE) == (1, 4, 2)


@pytest.mark.parametrize("make", [pairs, side_by_side])
def test_first_and_count_take_a_part_and_hold_out_the_rest(make, root, halves) -> None:
    folder = root if make is pairs else halves
    trained = make(folder, count=4)
    held_out = trained.held_out()
    assert_upright_of_upside_down(trained.load(None), [0, 1, 2, 3])
    assert_upright_of_upside_down(held_out.data.load(None), [4, 5])
    assert (held_out.name, held_out.trained_on) == ("pairs after the first 4", "first 4 pairs")
    assert_upright_of_upside_down(held_out.data.held_out().data.load(None), [0, 1, 2, 3])


def test_a_part_follows_the_listing_though_a_picture_cannot_be_read(root) -> None:
    """Else the held-out pairs would move into those that are trained on."""
    (root / "trainA" / "1.png").write_bytes(b"damaged")
    spec = pairs(root, count=4)
    assert_upright_of_upside_down(spec.load(None), [0, 2, 3])
    assert_upright_of_upside_down(spec.held_out().data.load(None), [4, 5])


def test_a_part_is_not_known_by_the_checksum_of_the_whole(root) -> None:
    parts = [pairs(root, first=first, count=3).load(None) for first in (0, 3)]
    assert identity_of(parts[0]).fingerprint != identity_of(parts[1]).fingerprint
    whole = pairs(root).load(None)
    copy = Dataset(name="x", samples=np.array(whole.samples), fields=whole.fields)
    assert identity_of(copy).fingerprint == identity_of(whole).fingerprint


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"first": 6}, "holds 6 pairs, of which data.first = 6 passes over all"),
        ({"count": 7}, "holds 6 pairs, not 7"),
        ({"first": 3, "count": 4}, "holds 6 pairs, not 4 after data.first = 3"),
    ],
)
def test_a_part_that_is_not_there_is_refused(root, settings: dict[str, int], words: str) -> None:
    assert refused(pairs(root, **settings)).endswith(words)


def test_without_a_part_the_other_split_is_held_out() -> None:
    assert pairs(Path("maps")).held_out().data == pairs(Path("maps"), split="test")
    assert side_by_side(Path("maps"), split="test").held_out().data.split == "train"
    assert pairs(Path("maps"), source="a", target="b").held_out() is None
    assert side_by_side(Path("maps"), folder=".").held_out() is None


def test_a_second_loading_maps_what_the_first_has_decoded(root, monkeypatch) -> None:
    pairs(root).load(None)
    monkeypatch.setattr("PIL.Image.open", None)
    assert isinstance(pairs(root, count=3).load(None).samples, np.memmap)


@pytest.mark.parametrize("spec", [pairs(Path("x"), count=3, source_size=4), side_by_side(Path("y"), folder=".")])
def test_a_spec_of_pairs_comes_back_from_a_file(spec: Data) -> None:
    plain = to_builtins(spec)
    assert from_builtins({"data": plain}, _Holder).data == spec


def test_a_direction_that_is_none_is_refused() -> None:
    with pytest.raises(SpecError, match=r"side_by_side\.direction: .*left_to_right"):
        side_by_side(Path("x"), direction="up")


def test_real_facades(data_dir: Path) -> None:
    """The walls of a facade (blue in its map) are most of it, in every pair."""
    dataset = PairedFolders(path="facades", split="test", count=80).load(data_dir)
    assert (len(dataset), dataset.shape, dataset.field_shape(SOURCE)) == (80, (3, 64, 64), (3, 64, 64))
    blue = dataset.samples[:, 2].astype(float).mean(axis=(1, 2)) - dataset.samples[:, 0].mean(axis=(1, 2))
    assert (blue > 0).mean() > 0.9
