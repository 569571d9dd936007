"""One image file to pixels: the crop of a JPEG, transparency in every depth, depths beyond 8 bits, wrong reasons."""

import io
import os
import struct
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from gan_core.data.decoding import Target, attempt, cropped, decode, decoding
from gan_core.data.folder import ImageFolder
from gan_core.data.quiet import quiet

CODEC = 3  # levels of 255: what a JPEG of the highest quality and the scaling of its blocks may add
RANDOM = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def pixels(path: Path, **settings: object) -> np.ndarray:
    with decoding():
        return decode(path, target(**settings)).astype(int)


def target(**settings: object) -> Target:
    return Target(**{"height": 8, "width": 8, "channels": 3, "resize": "crop", **settings})


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


def reason(path: Path, **settings: object) -> str:
    with decoding():
        found = attempt(path, target(**settings))
    assert isinstance(found, str)
    return found


def half_white(width: int, height: int) -> Image.Image:
    image = np.zeros((height, width, 3), np.uint8)
    image[:, width // 2 :] = 255
    return Image.fromarray(image)


# scaling


def test_the_crop_of_a_jpeg_is_where_the_crop_of_a_png_is(tmp_path) -> None:
    """The decoder may scale by 8 first, after which 300 pixels of margin are 37.5."""
    image = half_white(1800, 1200)
    settings = {"height": 64, "width": 64, "channels": 1}
    png = pixels(saved(tmp_path / "a.png", image), **settings)
    jpeg = pixels(saved(tmp_path / "a.jpg", image, quality=95), **settings)
    assert png[0, 30, 28:34].tolist() == [0, 0, 0, 21, 234, 255]
    assert np.abs(jpeg - png).max() <= CODEC


@pytest.mark.parametrize("resize", ["crop", "stretch"])
@pytest.mark.parametrize("size", [(451, 303), (303, 451), (520, 136), (515, 129)])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_and_a_png_of_one_picture_agree_however_it_was_held(tmp_path, resize, size, orientation) -> None:
    """Of sides that 8 does not divide, the scaled picture has a part of a pixel too many, on one side."""
    small = Image.fromarray(RANDOM.integers(0, 256, (7, 9, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    jpeg = saved(tmp_path / "a.jpg", small.resize(size, Image.Resampling.BICUBIC), quality=95, exif=exif)
    with Image.open(jpeg) as stored:
        png = saved(tmp_path / "a.png", stored.convert("RGB"), exif=exif)
    settings = {"height": 4, "width": 6, "resize": resize}
    assert np.abs(pixels(jpeg, **settings) - pixels(png, **settings)).max() <= CODEC


def test_a_crop_has_the_proportions_of_the_target() -> None:
    assert cropped(1800, 1200, target(height=64, width=64)) == (300, 0, 1500, 1200)
    assert cropped(100, 100, target(height=32, width=64)) == (0, 25, 100, 75)
    assert cropped(100, 100, target(height=64, width=32)) == (25, 0, 75, 100)
    assert cropped(3, 1000, target(height=1, width=1000)) == (0, 499, 3, 500)


def test_a_rectangle_of_the_right_size_comes_through_untouched(tmp_path) -> None:
    image = RANDOM.integers(0, 256, (12, 20, 3), np.uint8)
    path = saved(tmp_path / "a.png", Image.fromarray(image))
    assert np.array_equal(pixels(path, height=12, width=20), image.transpose(2, 0, 1))


# transparency


def png_file(path: Path, depth: int, kind: int, rows: list[bytes], transparent: bytes) -> Path:
    """A PNG that Pillow cannot write: any depth, with a transparent colour."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    bytes_a_pixel = max(1, depth // 8 * (3 if kind == 2 else 1))
    width = len(rows[0]) * (8 // depth if depth < 8 else 1) // bytes_a_pixel
    header = struct.pack(">2I5B", width, len(rows), depth, kind, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [chunk(b"IHDR", header), chunk(b"tRNS", transparent), chunk(b"IDAT", body), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


@pytest.mark.parametrize(
    ("depth", "kind", "row", "transparent", "expected"),
    [
        (1, 0, b"\x0f", b"\0\0", [255] * 8),
        (1, 0, b"\x0f", b"\0\1", [0, 0, 0, 0, 255, 255, 255, 255]),
        (2, 0, b"\x1b\x1b", b"\0\0", [255, 85, 170, 255] * 2),
        (4, 0, b"\x05\xaf\x05\xaf", b"\0\x05", [0, 255, 170, 255] * 2),
        (8, 0, bytes([0, 9, 10, 11, 50, 90, 200, 255]), b"\0\x0a", [0, 9, 255, 11, 50, 90, 200, 255]),
        (16, 0, struct.pack(">8H", *range(0, 4112, 514)), struct.pack(">H", 1028), [0, 2, 255, 6, 8, 10, 12, 14]),
    ],
    ids=["black of 1 bit", "white of 1 bit", "2 bits", "4 bits", "8 bits", "16 bits"],
)
def test_a_transparent_grey_becomes_white_in_every_depth(tmp_path, depth, kind, row, transparent, expected) -> None:
    path = png_file(tmp_path / "a.png", depth, kind, [row] * 8, transparent)
    assert pixels(path)[:, 0].tolist() == [expected] * 3


@pytest.mark.parametrize("depth", [8, 16])
def test_a_transparent_colour_becomes_white_in_every_depth(tmp_path, depth: int) -> None:
    """In 16 bits the colour is compared with all of them: its neighbours share the upper eight, and stay."""
    step = 1 if depth == 8 else 257
    values = [[10 * step, 20 * step, 30 * step + number] for number in range(8)]
    kind = {8: ">3B", 16: ">3H"}[depth]
    row = b"".join(struct.pack(kind, *value) for value in values)
    path = png_file(tmp_path / "a.png", depth, 2, [row] * 8, struct.pack(">3H", *values[3]))
    found = pixels(path)[:, 0].T
    assert found[3].tolist() == [255, 255, 255]
    assert (found[[0, 1, 2, 4, 5, 6, 7], :2] == [10, 20]).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA", "PA"])
def test_an_alpha_channel_lies_on_white(tmp_path, mode: str) -> None:
    image = Image.new("RGBA", (8, 8), (40, 40, 40, 51)).convert(mode)
    path = saved(tmp_path / "a.png" if mode != "PA" else tmp_path / "a.tif", image.convert(mode))
    assert np.abs(pixels(path) - (40 * 0.2 + 255 * 0.8)).max() <= 1


def test_grey_and_alpha_of_16_bits_lies_on_white(tmp_path) -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    row = b"\0" + struct.pack(">16H", *([40 * 257, 51 * 257] * 8))
    header = chunk(b"IHDR", struct.pack(">2I5B", 8, 8, 16, 4, 0, 0, 0))
    body = header + chunk(b"IDAT", zlib.compress(row * 8)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    assert np.abs(pixels(tmp_path / "a.png") - (40 * 0.2 + 255 * 0.8)).max() <= 1


# depths


def tiff_file(path: Path, values: np.ndarray, **tags: int) -> Path:
    """A grey TIFF of 16 bits, or of packed 12, in either byte order."""
    order = tags.pop("order", "<")
    bits = tags.pop("bits", 16)
    if bits == 12:
        body = b"".join(
            bytes([int(a) >> 4, (int(a) & 15) << 4 | int(b) >> 8, int(b) & 255]) for a, b in values.reshape(-1, 2)
        )
    else:
        body = values.astype(f"{order}u2").tobytes()
    fields = {256: values.shape[1], 257: values.shape[0], 258: bits, 259: 1, 262: 1, 273: 8, 277: 1}
    fields |= {278: values.shape[0], 279: len(body)} | {int(key[1:]): value for key, value in tags.items()}
    table = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in sorted(fields.items()))
    start = 8 + len(body)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", start)
    path.write_bytes(head + body + struct.pack(f"{order}H", len(fields)) + table + b"\0\0\0\0")
    return path


RAMP = np.linspace(0, 65535, 64).astype(np.int64).reshape(8, 8)


@pytest.mark.parametrize("order", ["<", ">"])
def test_16_bits_of_either_byte_order(tmp_path, order: str) -> None:
    assert np.array_equal(pixels(tiff_file(tmp_path / "a.tif", RAMP, order=order))[0], np.round(RAMP / 257))


def test_16_bits_whose_white_is_0(tmp_path) -> None:
    path = tiff_file(tmp_path / "a.tif", RAMP, t262=0)
    assert np.array_equal(pixels(path)[0], 255 - np.round(RAMP / 257))


def test_12_bits_of_a_tiff_reach_white(tmp_path) -> None:
    values = np.linspace(0, 4095, 64).astype(np.int64).reshape(8, 8)
    path = tiff_file(tmp_path / "a.tif", values, bits=12)
    assert np.array_equal(pixels(path)[0], np.round(values * 255 / 4095))


def test_12_bits_in_files_of_16_are_said_to_be_nearly_black(tmp_path, capsys) -> None:
    """Nothing in such a file tells that its values end at 4095."""
    (tmp_path / "scans").mkdir()
    for name in "ab":
        saved(tmp_path / "scans" / f"{name}.png", Image.fromarray((RAMP // 16).astype(np.uint16)))
    for _ in range(2):  # decoded, and from the cache
        ImageFolder(path=str(tmp_path / "scans"), size=8).load(None)
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "no value is above 16 of 255, so every picture is nearly black" in said


def test_signed_values_are_refused_as_signed(tmp_path) -> None:
    image = Image.fromarray(np.full((8, 8), -5, np.int32))
    assert "its pixels are signed" in reason(saved(tmp_path / "a.tif", image))


# reasons


def test_an_empty_file_is_called_empty(tmp_path) -> None:
    (tmp_path / "a.png").touch()
    assert reason(tmp_path / "a.png").startswith("empty, with 0 bytes")


def test_floats_that_pillow_does_not_know_are_called_floats(tmp_path) -> None:
    table = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in ((256, 4), (257, 4), (258, (64, 64, 64)), (262, 2), (273, 200), (277, 3), (339, (3, 3, 3))):
        table[tag] = value
    with (tmp_path / "a.tif").open("wb") as file:
        table.save(file)
        file.write(b"\0" * 500)
    assert reason(tmp_path / "a.tif").startswith("a TIFF of 3 channels of 64-bit floats, which Pillow cannot read")


@pytest.mark.parametrize(("start", "kind"), [(b"%PDF-1.7", "a PDF"), (b"\0\0\0\x18ftypheic", "a HEIC image")])
def test_what_a_file_is_in_truth_is_said(tmp_path, start: bytes, kind: str) -> None:
    (tmp_path / "a.jpg").write_bytes(start + b"\0" * 20)
    assert reason(tmp_path / "a.jpg") == f"not an image that can be read, but {kind}"


def test_damaged_exif_leaves_the_picture_good(tmp_path) -> None:
    path = saved(tmp_path / "a.png", Image.new("L", (8, 8), 90), exif=b"Exif\0\0no TIFF at all")
    assert (pixels(path) == 90).all()


def test_the_largest_picture_is_a_setting(tmp_path) -> None:
    path = saved(tmp_path / "a.png", Image.new("L", (1001, 1000), 90))
    assert (pixels(path, largest_megapixels=1.001) == 90).all()
    text = reason(path, largest_megapixels=1.0)
    assert text.startswith("1001 × 1000 pixels, more than the limit of 1,000,000")
    assert text.endswith("data.largest_megapixels raises it")


@pytest.mark.filterwarnings("error")
def test_more_than_pillows_own_limit_is_admitted_on_request(tmp_path) -> None:
    path = saved(tmp_path / "a.png", Image.new("1", (10_000, 9_000), 1))
    assert "limit of 89,478,485" in reason(path)
    assert (pixels(path, largest_megapixels=90.0) == 255).all()


# what libraries say


def damaged_tiff(path: Path) -> Path:
    buffer = io.BytesIO()
    Image.fromarray(RANDOM.integers(0, 256, (64, 64), np.uint8)).save(buffer, "TIFF", compression="tiff_lzw")
    content = bytearray(buffer.getvalue())
    content[100:300] = os.urandom(200)
    path.write_bytes(content)
    return path


def test_a_damaged_tiff_says_nothing_past_its_reason(tmp_path, capfd) -> None:
    """The library libtiff writes to the descriptor of standard error, a line for each damaged strip."""
    paths = [damaged_tiff(tmp_path / f"{number}.tif") for number in range(4)]
    with decoding():
        threads = [threading.Thread(target=attempt, args=(path, target())) for path in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    os.write(2, b"and back\n")
    assert capfd.readouterr().err == "and back\n"


def test_standard_error_comes_back_after_an_error(capfd) -> None:
    with pytest.raises(OSError, match="descriptor"), quiet(True), quiet(True):
        os.write(2 * os.write(2, b"lost\n") + 2**20, b"")
    os.write(2, b"kept\n")
    assert capfd.readouterr().err == "kept\n"
