"""Folders of images: every mode and size, what is broken, the cache of decoded images, and unpaired domains."""

import io
import json
import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from gan_core import live_lines
from gan_core.data import image_cache
from gan_core.data.cifar import Cifar10
from gan_core.data.dataset import Batches
from gan_core.data.domains import GreyAndColour, UnpairedFolders, luma
from gan_core.data.folder import ImageFolder
from gan_core.data.sources import Arrays, Mixture
from gan_core.errors import DataError, SpecError
from gan_core.specs.spec import from_builtins, to_builtins

RANDOM = np.random.default_rng(0)
COLOUR = RANDOM.integers(0, 256, (8, 8, 3), np.uint8)
GREY = COLOUR[..., 0]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GAN_DATA_DIR", raising=False)
    return tmp_path / "cache" / "gan-core" / "decoded-images"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Three colour images."""
    for index in range(3):
        saved(tmp_path / "images" / f"{index}.png", np.roll(COLOUR, index, axis=0))
    return tmp_path / "images"


def saved(path: Path, pixels: np.ndarray | Image.Image, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(path, **options)
    return path


def pair(folder: Path, image: Image.Image | np.ndarray, ending: str = "png", **settings: object) -> np.ndarray:
    """Return the pixels of an image that lies twice in a folder, loaded at 8×8."""
    for name in "ab":
        saved(folder / f"{name}.{ending}", image)
    loaded = ImageFolder(path=str(folder), **{"size": 8, **settings}).load(None).samples
    assert np.array_equal(loaded[0], loaded[1])
    return np.array(loaded[0])


def refused(spec: ImageFolder | UnpairedFolders | GreyAndColour, data_dir: Path | None = None) -> str:
    with pytest.raises(DataError) as caught:
        spec.load(data_dir)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def stop_decoding(monkeypatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise AssertionError("an image was opened")

    monkeypatch.setattr("PIL.Image.open", fail)
    monkeypatch.setattr(image_cache, "attempt", fail)


# what a file becomes


def test_an_image_of_the_right_size_comes_through_untouched(folder) -> None:
    dataset = ImageFolder(path=str(folder), size=8).load(None)
    assert dataset.samples.shape == (3, 3, 8, 8)
    for index in range(3):
        assert np.array_equal(dataset.samples[index], np.roll(COLOUR, index, axis=0).transpose(2, 0, 1))
    assert (dataset.name, dataset.labels, dataset.classes) == ("images", None, None)


def test_grey_becomes_three_equal_channels(tmp_path) -> None:
    assert np.array_equal(pair(tmp_path, GREY), np.stack([GREY] * 3))


def test_colour_becomes_the_601_luma(tmp_path) -> None:
    grey = pair(tmp_path, COLOUR, channels=1)
    assert grey.shape == (1, 8, 8)
    assert np.abs(grey[0] - COLOUR @ np.array([0.299, 0.587, 0.114])).max() <= 0.51


def test_what_is_transparent_lies_on_white(tmp_path) -> None:
    """Under transparent pixels files hold anything, mostly black, or the colours of something cut away."""
    alpha = np.zeros((8, 8), np.uint8)
    alpha[:, 4:] = 255
    pixels = pair(tmp_path, np.dstack([COLOUR, alpha]))
    assert (pixels[:, :, :4] == 255).all()
    assert np.array_equal(pixels[:, :, 4:], COLOUR[:, 4:].transpose(2, 0, 1))


def test_half_transparent_is_half_white(tmp_path) -> None:
    pixels = pair(tmp_path, np.dstack([COLOUR, np.full((8, 8), 128, np.uint8)]))
    assert np.abs(pixels - (COLOUR.transpose(2, 0, 1) * 128.0 + 255 * 127) / 255).max() <= 1


def test_a_palette_is_looked_up(tmp_path) -> None:
    image = Image.fromarray((np.arange(64) % 3).reshape(8, 8).astype(np.uint8), "P")
    image.putpalette([10, 20, 30, 200, 100, 50, 0, 0, 255])
    pixels = pair(tmp_path, image)
    assert pixels[:, 0, :3].T.tolist() == [[10, 20, 30], [200, 100, 50], [0, 0, 255]]


def test_a_transparent_palette_colour_becomes_white(tmp_path) -> None:
    image = Image.fromarray((np.arange(64) % 2).reshape(8, 8).astype(np.uint8), "P")
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.info["transparency"] = 0
    assert pair(tmp_path, image)[:, 0, :2].T.tolist() == [[255, 255, 255], [200, 100, 50]]


def test_16_bits_are_scaled_and_not_cut_off(tmp_path) -> None:
    values = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    pixels = pair(tmp_path, Image.fromarray(values))
    assert np.array_equal(pixels[0], np.round(values / 257).astype(np.uint8))
    assert np.array_equal(pixels[0], pixels[2])


def test_black_and_white(tmp_path) -> None:
    pixels = pair(tmp_path, Image.fromarray(GREY > 127))
    assert np.array_equal(pixels[0], np.where(GREY > 127, 255, 0))


def test_cmyk(tmp_path) -> None:
    pixels = pair(tmp_path, Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "jpg")
    assert np.abs(pixels.reshape(3, -1).mean(axis=1) - [255, 0, 0]).max() < 8


def test_the_first_frame_of_an_animation_counts(tmp_path) -> None:
    frames = [Image.new("L", (8, 8), value) for value in (40, 200)]
    for name in "ab":
        frames[0].save(tmp_path / f"{name}.gif", save_all=True, append_images=frames[1:])
    assert (ImageFolder(path=str(tmp_path), size=8).load(None).samples == 40).all()


def test_a_camera_held_sideways_is_turned_upright(tmp_path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the first row is the right side: turn it clockwise
    image = Image.fromarray(np.repeat(np.array([[250] * 8] * 4 + [[5] * 8] * 4, np.uint8)[..., None], 3, axis=2))
    for name in "ab":
        saved(tmp_path / f"{name}.png", image, exif=exif)
    pixels = ImageFolder(path=str(tmp_path), size=8).load(None).samples[0]
    assert (pixels[:, :, 4:] == 250).all()
    assert (pixels[:, :, :4] == 5).all()


def test_crop_takes_the_centre(tmp_path) -> None:
    wide = np.zeros((8, 20, 3), np.uint8)
    wide[:, 6:14] = COLOUR
    assert np.array_equal(pair(tmp_path, wide), COLOUR.transpose(2, 0, 1))


def test_stretch_takes_all(tmp_path) -> None:
    wide = np.zeros((8, 32), np.uint8)
    wide[:, 16:] = 200
    pixels = pair(tmp_path, wide, resize="stretch", channels=1)[0]
    assert (pixels[:, :3] < 20).all()
    assert (pixels[:, 5:] > 180).all()


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_shrinking_averages(tmp_path, ending: str) -> None:
    """A board of single pixels is grey from afar; taking every eighth pixel would make it black or white."""
    board = ((np.indices((256, 256)).sum(axis=0) % 2) * 255).astype(np.uint8)
    assert np.abs(pair(tmp_path, board, ending).astype(int) - 127).max() < 12


def test_small_images_are_enlarged(tmp_path) -> None:
    assert (pair(tmp_path, np.full((2, 3), 90, np.uint8)) == 90).all()


def test_the_value_range_is_kept(folder) -> None:
    dataset = ImageFolder(path=str(folder), size=8, value_range=(0.0, 1.0)).load(None)
    taken = dataset.take(np.array([2, 0]), np.dtype("float64"))
    assert taken == pytest.approx(np.asarray(dataset.samples)[[2, 0]] / 255, abs=1e-15)


# which files count


def test_subfolders_are_searched_and_sorted_by_name(tmp_path) -> None:
    for value, name in enumerate(["b/2.png", "a/deep/1.JPG", "0.png"]):
        saved(tmp_path / "tree" / name, np.full((8, 8), 50 * value, np.uint8))
    dataset = ImageFolder(path=str(tmp_path / "tree"), size=8).load(None)
    assert np.asarray(dataset.samples).mean(axis=(1, 2, 3)).tolist() == pytest.approx([100, 50, 0], abs=1)


def test_subfolders_can_be_classes(tmp_path) -> None:
    for name in ["dog/1.png", "cat/1.png", "cat/more/2.png", "dog/2.png", "dog/3.png"]:
        saved(tmp_path / "pets" / name, COLOUR)
    (tmp_path / "pets" / "dog" / "2.png").write_bytes(b"broken")
    dataset = ImageFolder(path=str(tmp_path / "pets"), labels="subfolders").load(None)
    assert (dataset.labels.tolist(), dataset.classes) == ([0, 0, 1, 1], 2)
    assert dataset.labels.dtype == np.int64


def test_an_image_without_a_class_is_refused(folder) -> None:
    saved(folder / "class" / "1.png", COLOUR)
    assert "3 of 4 images lie in no subfolder, as 0.png" in refused(ImageFolder(path=str(folder), labels="subfolders"))


def left_out(own_cache: Path) -> list[str]:
    """The lines of the list that lies beside the cache."""
    (path,) = own_cache.glob("*.txt")
    return path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()


def test_what_goes_along_with_images_is_listed_and_not_warned_of(folder, capsys, own_cache) -> None:
    for name in [".hidden.png", "._0.png", "readme.txt", ".git/1.png", "Thumbs.db", "LICENSE"]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"no image")
    assert len(ImageFolder(path=str(folder), strict=True).load(None)) == 3
    assert capsys.readouterr().err == ""
    assert left_out(own_cache) == [
        "passed over: ._0.png (hidden)",
        "passed over: .git (hidden)",
        "passed over: .hidden.png (hidden)",
        "passed over: LICENSE (has no ending and does not begin as an image)",
        "passed over: Thumbs.db (hidden)",
        "passed over: readme.txt (ends in .txt)",
    ]


def test_what_may_be_an_image_and_is_passed_over_is_counted_and_listed(folder, capsys, own_cache) -> None:
    for name in ["1.heic", "2.HEIC", "drawing.svg", "notes.txt"]:
        (folder / name).write_bytes(b"no image")
    assert len(ImageFolder(path=str(folder)).load(None)) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "4 files are passed over (2 end in .heic, 1 ends in .svg, 1 ends in .txt); all of them are listed" in said
    assert f"all of them are listed in {next(own_cache.glob('*.txt'))}; 3 images are read" in said
    assert "passed over: 2.HEIC (ends in .heic)" in left_out(own_cache)
    text = refused(ImageFolder(path=str(folder), strict=True))
    assert "4 files are passed over (2 end in .heic, 1 ends in .svg, 1 ends in .txt); all of them are listed in" in text
    assert "which data.strict forbids" in text


@pytest.mark.parametrize("ending", [".jfif", ".jpe", ".JPG", "", ".0001", ".jpg_large"])
def test_a_jpeg_is_read_whatever_it_is_called(tmp_path, ending: str) -> None:
    for name in "ab":
        (tmp_path / f"{name}{ending}").write_bytes(encoded(Image.new("L", (8, 8), 90), "JPEG"))
    assert (ImageFolder(path=str(tmp_path), size=8).load(None).samples == 90).all()


@pytest.mark.parametrize(("ending", "mode"), [(".pbm", "1"), (".pnm", "RGB"), (".pgm", "L"), (".ppm", "RGB")])
def test_portable_maps_are_read(tmp_path, ending: str, mode: str) -> None:
    for name in "ab":
        (tmp_path / f"{name}{ending}").write_bytes(encoded(Image.new(mode, (8, 8), "white"), "PPM"))
    assert (ImageFolder(path=str(tmp_path), size=8).load(None).samples == 255).all()


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif_is_read(tmp_path) -> None:
    pixels = pair(tmp_path, Image.new("RGB", (8, 8), (200, 100, 50)), "avif")
    assert np.abs(pixels.reshape(3, -1).mean(axis=1) - [200, 100, 50]).max() < 4


def test_links_are_followed_but_not_in_circles(folder, tmp_path, own_cache) -> None:
    saved(tmp_path / "elsewhere" / "9.png", COLOUR)
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "circle").symlink_to(folder)
    (folder / "itself.png").symlink_to(folder / "itself.png")
    assert len(ImageFolder(path=str(folder)).load(None)) == 4
    assert left_out(own_cache) == [
        "cannot be read: itself.png (no regular file)",
        "passed over: circle (leads back to a folder it is in)",
    ]


def test_relative_paths_are_looked_for(folder, tmp_path, monkeypatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    spec = ImageFolder(path="images")
    assert len(spec.load(tmp_path)) == 3
    with pytest.raises(DataError, match="no folder images in"):
        spec.load(empty)
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path))
    assert len(spec.load(empty)) == 3
    monkeypatch.delenv("GAN_DATA_DIR")
    monkeypatch.chdir(tmp_path)
    assert len(spec.load(None)) == 3


# errors


def test_no_such_folder(tmp_path) -> None:
    text = refused(ImageFolder(path="nowhere"), tmp_path)
    assert text.startswith(f"no folder nowhere in {tmp_path}, ")
    assert "data_dir=" in text
    assert refused(ImageFolder(path=str(tmp_path / "nowhere"))).startswith(f"no folder {tmp_path / 'nowhere'}")


def test_a_file_is_no_folder(tmp_path) -> None:
    saved(tmp_path / "one.png", COLOUR)
    assert "one.png is a file; expected a folder" in refused(ImageFolder(path="one.png"), tmp_path)


def test_an_empty_folder_says_which_endings_count(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    text = refused(ImageFolder(path=str(tmp_path)))
    assert f"{tmp_path} holds no images" in text
    assert ".jpeg, .jpg" in text


def test_one_image_is_no_data_set(tmp_path) -> None:
    saved(tmp_path / "lonely.png", COLOUR)
    assert "holds only lonely.png; one image is no data set" in refused(ImageFolder(path=str(tmp_path)))


def test_one_readable_image_is_no_data_set(tmp_path) -> None:
    saved(tmp_path / "good.png", COLOUR)
    (tmp_path / "bad.png").write_bytes(b"bad")
    text = refused(ImageFolder(path=str(tmp_path)))
    assert "one of its 2 images can be read, and one image is no data set; left out: bad.png" in text


def test_every_image_unreadable(tmp_path, own_cache) -> None:
    for name in ("a.png", "b.jpg"):
        (tmp_path / name).write_bytes(b"<html>")
    text = refused(ImageFolder(path=str(tmp_path)))
    assert f"{tmp_path}: none of its 2 images can be read; the first: a.png (not an image" in text
    assert list(own_cache.iterdir()) == []


@pytest.mark.parametrize("field", [{"size": 0}, {"channels": 2}, {"path": ""}, {"resize": "pad"}, {"size": 5000}])
def test_wrong_settings_are_refused(field: dict[str, object]) -> None:
    with pytest.raises(SpecError, match=rf"image_folder\.{next(iter(field))}"):
        ImageFolder(**{"path": "x", **field})


def png(width: int, height: int) -> bytes:
    """A PNG that promises many pixels and holds none."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


NOISE = Image.fromarray(RANDOM.integers(0, 256, (64, 64, 3), np.uint8))
BROKEN = {
    "empty.png": (b"", "not an image"),
    "page.jpg": (b"<html>404</html>", "not an image"),
    "half.jpg": (encoded(NOISE, "JPEG")[:2000], "truncated"),
    "half.png": (encoded(NOISE, "PNG")[:2000], "truncated"),
    "bomb.png": (png(20_000, 20_000), "limit of 89,478,485"),
    "large.png": (png(10_000, 10_000), "limit of 89,478,485"),
    "floats.tif": (encoded(Image.new("F", (8, 8), 0.5), "TIFF"), "floats, whose range is unknown"),
    "wide.tif": (encoded(Image.new("I", (8, 8), 70_000), "TIFF"), "32 bits, whose range is unknown"),
    "script.png": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n", "not an image"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_left_out_by_name(folder, capsys, name: str) -> None:
    content, reason = BROKEN[name]
    (folder / name).write_bytes(content)
    dataset = ImageFolder(path=str(folder), size=8).load(None)
    assert len(dataset) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"1 of 4 images cannot be read and are left out: {name} (" in said
    assert reason in said


@pytest.mark.parametrize("name", BROKEN)
def test_strict_refuses_a_broken_file(folder, name: str) -> None:
    (folder / name).write_bytes(BROKEN[name][0])
    text = refused(ImageFolder(path=str(folder), strict=True))
    assert f"1 of 4 images cannot be read, which data.strict forbids: {name} (" in text


def test_of_many_broken_files_three_are_named_and_all_listed(folder, capsys, own_cache) -> None:
    for index in range(5):
        (folder / f"{index}.bad.png").write_bytes(b"bad")
    ImageFolder(path=str(folder)).load(None)
    said = capsys.readouterr().err
    assert "5 of 8 images" in said
    assert said.count(".bad.png") == 3
    assert ", …; in all 5: not an image, or damaged at its start; all of them are listed in " in said
    assert len(left_out(own_cache)) == 5


def test_links_to_nothing_and_pipes_are_named_and_not_waited_for(folder, capsys) -> None:
    (folder / "dangling.png").symlink_to(folder / "nothing")
    os.mkfifo(folder / "pipe.png")
    assert len(ImageFolder(path=str(folder)).load(None)) == 3
    assert "dangling.png (no regular file), pipe.png (no regular file)" in capsys.readouterr().err


def test_a_name_with_a_line_break_stays_on_one_line(folder, capsys) -> None:
    (folder / "two\nlines.png").write_bytes(b"bad")
    ImageFolder(path=str(folder)).load(None)
    assert "two?lines.png" in capsys.readouterr().err
    assert "\n" not in refused(ImageFolder(path=str(folder), strict=True))


# the cache


def test_the_second_load_decodes_nothing(folder, monkeypatch) -> None:
    spec = ImageFolder(path=str(folder), size=8)
    first = spec.load(None)
    stop_decoding(monkeypatch)
    second = spec.load(None)
    assert np.array_equal(first.samples, second.samples)
    assert isinstance(second.samples, np.memmap)
    assert not second.samples.flags.writeable


def test_the_second_load_names_broken_files_again(folder, capsys) -> None:
    (folder / "bad.png").write_bytes(b"bad")
    spec = ImageFolder(path=str(folder))
    spec.load(None)
    first = capsys.readouterr().err
    spec.load(None)
    assert capsys.readouterr().err == first != ""
    assert "bad.png" in refused(ImageFolder(path=str(folder), strict=True))


def test_a_file_that_becomes_readable_is_taken_in(folder, monkeypatch) -> None:
    """As after a change of permissions, which leaves size and time as they were."""
    hidden = folder / "1.png"
    real = image_cache.attempt
    monkeypatch.setattr(image_cache, "attempt", lambda path, target: "no" if path == hidden else real(path, target))
    assert len(ImageFolder(path=str(folder)).load(None)) == 2
    monkeypatch.setattr(image_cache, "attempt", real)
    assert len(ImageFolder(path=str(folder)).load(None)) == 3


def test_a_file_swapped_after_caching_is_noticed(folder) -> None:
    spec = ImageFolder(path=str(folder), size=8)
    before = np.array(spec.load(None).samples)
    status = (folder / "1.png").stat()
    saved(folder / "1.png", 255 - COLOUR)
    os.utime(folder / "1.png", ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
    after = spec.load(None).samples
    assert np.array_equal(after[1], 255 - COLOUR.transpose(2, 0, 1))
    assert np.array_equal(after[[0, 2]], before[[0, 2]])


@pytest.mark.parametrize("change", ["add", "remove", "rename"])
def test_another_listing_is_noticed(folder, change: str) -> None:
    spec = ImageFolder(path=str(folder), size=8)
    spec.load(None)
    if change == "add":
        saved(folder / "9.png", COLOUR)
    elif change == "remove":
        (folder / "0.png").unlink()
    else:
        (folder / "0.png").rename(folder / "9.png")
    samples = spec.load(None).samples
    assert len(samples) == {"add": 4, "remove": 2, "rename": 3}[change]
    assert np.array_equal(samples[-1], COLOUR.transpose(2, 0, 1) if change != "remove" else samples[-1])


def test_an_older_listing_leaves_no_file_behind(folder, own_cache) -> None:
    spec = ImageFolder(path=str(folder), size=8)
    spec.load(None)
    ImageFolder(path=str(folder), size=4).load(None)
    assert len(list(own_cache.iterdir())) == 4
    saved(folder / "9.png", COLOUR)
    spec.load(None)
    assert sorted(path.suffix for path in own_cache.iterdir()) == [".json", ".json", ".npy", ".npy"]
    assert {len(np.load(path)) for path in own_cache.glob("*.npy")} == {3, 4}


@pytest.mark.parametrize("change", [{"size": 4}, {"channels": 1}, {"resize": "stretch"}])
def test_other_settings_are_decoded_anew(folder, change: dict[str, object]) -> None:
    saved(folder / "wide.png", np.zeros((8, 30), np.uint8))
    settings = {"path": str(folder), "size": 8}
    ImageFolder(**settings).load(None)
    changed = ImageFolder(**{**settings, **change})
    assert changed.load(None).shape == (changed.channels, changed.size, changed.size)


def test_folders_with_the_same_listing_are_kept_apart(tmp_path) -> None:
    """Of uncompressed images from one archive, names, sizes and times may all be equal."""
    for name, value in (("a", 10), ("b", 200)):
        for index in range(2):
            path = saved(tmp_path / name / "same" / f"{index}.bmp", np.full((8, 8), value, np.uint8))
            os.utime(path, ns=(1, 1))
    for name, value in (("a", 10), ("b", 200)):
        assert (ImageFolder(path=str(tmp_path / name / "same")).load(None).samples == value).all()


@pytest.mark.parametrize("damage", ["cut", "empty", "other-shape", "no-json", "bad-json", "odd-json"])
def test_a_damaged_cache_is_written_again(folder, own_cache, damage: str) -> None:
    spec = ImageFolder(path=str(folder), size=8)
    expected = np.array(spec.load(None).samples)
    array, beside = next(own_cache.glob("*.npy")), next(own_cache.glob("*.json"))
    if damage == "cut":
        array.write_bytes(array.read_bytes()[:-1])
    elif damage == "empty":
        array.write_bytes(b"")
    elif damage == "other-shape":
        np.save(array, expected[:2])
    elif damage == "no-json":
        beside.unlink()
    else:
        beside.write_text("{" if damage == "bad-json" else json.dumps([1]))
    assert np.array_equal(spec.load(None).samples, expected)


def test_a_full_disk_is_one_line_and_leaves_nothing(folder, own_cache, monkeypatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    text = refused(ImageFolder(path=str(folder)))
    assert "No space left on device" in text
    assert "XDG_CACHE_HOME" in text
    assert list(own_cache.iterdir()) == []


def test_an_interruption_leaves_nothing(folder, own_cache, monkeypatch) -> None:
    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(image_cache, "attempt", interrupt)
    with pytest.raises(KeyboardInterrupt):
        ImageFolder(path=str(folder)).load(None)
    assert list(own_cache.iterdir()) == []


def test_many_parts_keep_the_order(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(image_cache, "BYTES_AT_ONCE", 1)
    for index in range(40):
        saved(tmp_path / "many" / f"{index:02}.png", np.full((8, 8), index, np.uint8))
    samples = ImageFolder(path=str(tmp_path / "many"), size=8, channels=1).load(None).samples
    assert samples[:, 0, 0, 0].tolist() == list(range(40))


def test_a_bar_is_shown_on_a_terminal_only(folder, monkeypatch, capsys) -> None:
    monkeypatch.setattr(live_lines, "FIRST_SECONDS", 0.0)
    decoded = image_cache.attempt
    monkeypatch.setattr(image_cache, "attempt", lambda path, target: (time.sleep(0.2), decoded(path, target))[1])
    ImageFolder(path=str(folder), size=8).load(None)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    ImageFolder(path=str(folder), size=9).load(None)
    assert "decoding images" in capsys.readouterr().err


def test_batches_of_a_mapped_data_set(folder) -> None:
    dataset = ImageFolder(path=str(folder), size=8).load(None)
    taken = dataset.take(Batches(dataset, 2, 0, "shuffled", "float32").indices(0), np.dtype("float32"))
    assert (taken.shape, taken.dtype, type(taken)) == ((2, 3, 8, 8), np.float32, np.ndarray)
    assert taken.flags.c_contiguous
    assert taken.flags.writeable


# two domains


def two_domains(root: Path, split: str = "train") -> Path:
    for name, count in (("A", 3), ("B", 5)):
        for index in range(count):
            saved(
                root / f"{split}{name}" / f"{index}.png", np.full((8, 8), (100 if name == "B" else 0) + index, np.uint8)
            )
    return root


def test_two_folders_are_two_domains_of_their_own_sizes(tmp_path) -> None:
    dataset = UnpairedFolders(path="zebras", size=8).load(two_domains(tmp_path / "zebras").parent)
    assert (dataset.name, len(dataset)) == ("trainA", 3)
    assert dataset.second_domain is not None
    assert (dataset.second_domain.name, len(dataset.second_domain), dataset.second_domain.second_domain) == (
        "trainB",
        5,
        None,
    )
    assert dataset.shape == dataset.second_domain.shape == (3, 8, 8)
    assert dataset.samples[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert dataset.second_domain.samples[:, 0, 0, 0].tolist() == [100, 101, 102, 103, 104]


def test_domains_of_different_sizes_are_said_to_be(tmp_path, capsys) -> None:
    UnpairedFolders(path="zebras", size=8).load(two_domains(tmp_path / "zebras").parent)
    assert "trainA holds 3 images and trainB 5: an epoch is one of trainA" in capsys.readouterr().err


def test_the_test_split_and_other_folder_names(tmp_path) -> None:
    two_domains(tmp_path, "test")
    assert len(UnpairedFolders(path=str(tmp_path), split="test").load(None)) == 3
    swapped = UnpairedFolders(path=str(tmp_path), folder_a="testB", folder_b="testA").load(None)
    assert (len(swapped), len(swapped.second_domain)) == (5, 3)


def test_a_missing_domain_is_named(tmp_path) -> None:
    saved(tmp_path / "trainA" / "0.png", COLOUR)
    saved(tmp_path / "trainA" / "1.png", COLOUR)
    assert refused(UnpairedFolders(path=str(tmp_path))).startswith(f"no folder {tmp_path / 'trainB'}")


def test_grey_and_colour_share_no_image(tmp_path) -> None:
    images = RANDOM.integers(0, 256, (7, 3, 8, 8), np.uint8)
    np.savez(tmp_path / "colour.npz", samples=images, labels=np.arange(7))
    grey = GreyAndColour(source=Arrays(path=str(tmp_path / "colour.npz"))).load(None)
    assert grey.second_domain is not None
    assert (len(grey), len(grey.second_domain), grey.shape, grey.second_domain.shape) == (3, 4, (3, 8, 8), (3, 8, 8))
    assert np.array_equal(grey.second_domain.samples, images[3:])
    for index in range(3):
        expected = np.asarray(Image.fromarray(images[index].transpose(1, 2, 0)).convert("L"))
        assert np.array_equal(grey.samples[index], np.stack([expected] * 3))
    assert (grey.labels.tolist(), grey.second_domain.labels.tolist()) == ([0, 1, 2], [3, 4, 5, 6])
    assert (grey.name, grey.second_domain.name) == ("colour, grey", "colour, colour")


def test_batches_of_grey_images_are_whole(tmp_path) -> None:
    np.save(tmp_path / "colour.npy", RANDOM.integers(0, 256, (8, 3, 4, 4), np.uint8))
    taken = (
        GreyAndColour(source=Arrays(path=str(tmp_path / "colour.npy")))
        .load(None)
        .take(np.array([2, 0]), np.dtype("float32"))
    )
    assert taken.shape == (2, 3, 4, 4)
    assert taken.flags.c_contiguous
    taken[0, 0] = 9.0
    assert not (taken[0, 1] == 9.0).any()


def test_luma_of_the_primaries() -> None:
    """76 = .299 · 255, 150 = .587 · 255, 29 = .114 · 255, rounded; and white stays white."""
    images = np.zeros((4, 3, 1, 1), np.uint8)
    images[[0, 1, 2], [0, 1, 2]] = 255
    images[3] = 255
    assert luma(images)[:, :, 0, 0].tolist() == [[76] * 3, [150] * 3, [29] * 3, [255] * 3]


def test_what_has_no_colour_is_refused(folder) -> None:
    grey = ImageFolder(path=str(folder), size=8, channels=1)
    assert "'images' holds uint8 [1, 8, 8]; expected colour images" in refused(GreyAndColour(source=grey))
    assert "holds float64 [2]; expected colour images" in refused(GreyAndColour(source=Mixture()))


def test_two_domains_cannot_be_split_again(tmp_path) -> None:
    spec = GreyAndColour(source=UnpairedFolders(path=str(two_domains(tmp_path)), size=8))
    assert "'trainA' has two domains already" in refused(spec)


@pytest.mark.parametrize(
    "spec",
    [
        ImageFolder(path="faces", labels="subfolders", channels=1),
        UnpairedFolders(path="facades", split="test"),
        GreyAndColour(source=Cifar10(classes=("frog",))),
    ],
)
def test_specs_come_back_from_plain_data(spec) -> None:
    assert from_builtins(to_builtins(spec), type(spec)) == spec


# real images


def test_real_faces(data_dir: Path) -> None:
    dataset = ImageFolder(path="anime_faces", size=32).load(data_dir)
    assert dataset.samples.shape == (1024, 3, 32, 32)
    assert dataset.samples.std() > 40


def test_real_facades_are_paired_by_name_in_the_test_split(data_dir: Path) -> None:
    dataset = UnpairedFolders(path="facades", split="test").load(data_dir)
    assert (len(dataset), len(dataset.second_domain)) == (100, 100)
    train = UnpairedFolders(path="facades").load(data_dir)
    assert (len(train), len(train.second_domain), train.shape) == (400, 400, (3, 64, 64))


def test_real_frogs_in_grey_and_colour(data_dir: Path) -> None:
    grey = GreyAndColour(source=Cifar10(classes=("frog",))).load(data_dir)
    assert (len(grey), len(grey.second_domain)) == (2500, 2500)
    assert np.array_equal(grey.samples[:, 0], grey.samples[:, 2])
    assert not np.array_equal(grey.second_domain.samples[:, 0], grey.second_domain.samples[:, 2])
