"""A user's own arrays: what values, labels and shapes become, what is said about them, and hostile files."""

import gzip
import io
import os
import re
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_core.data.arrays import Arrays
from gan_core.data.dataset import Dataset
from gan_core.data.idx import read_idx
from gan_core.errors import DataError, GanError, SpecError
from gan_core.experiments.checks import data_notes
from gan_core.presets import preset

GENERATOR = np.random.default_rng(0)
BYTES = GENERATOR.integers(0, 256, (6, 1, 4, 4), np.uint8)
LABELS = np.array([0, 1, 2, 2, 1, 0])
SIXTY_FOUR = np.dtype("float64")


def loaded(folder: Path, samples: np.ndarray, labels: np.ndarray | None = None, **fields: object) -> Dataset:
    arrays = {"samples": samples} | ({} if labels is None else {"labels": labels})
    np.savez(folder / "mine.npz", **arrays)
    return Arrays(path="mine.npz", **fields).load(folder)


def seen(dataset: Dataset) -> np.ndarray:
    return dataset.take(np.arange(len(dataset)), SIXTY_FOUR)


# values


def test_floats_of_0_to_1_are_mapped_to_the_value_range(tmp_path):
    """0, .5, .75 and 1 become −1, 0, .5 and 1."""
    dataset = loaded(tmp_path, np.array([0, 0.5, 0.75, 1]).reshape(1, 1, 2, 2), source_range=(0, 1))
    assert seen(dataset).ravel().tolist() == [-1, 0, 0.5, 1]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64", "float32", "float64", ">i4"])
def test_0_to_255_gives_what_bytes_give_whatever_the_type(tmp_path, dtype):
    dataset = loaded(tmp_path, BYTES.astype(dtype), source_range=(0, 255))
    assert np.array_equal(seen(dataset), seen(Dataset(name="bytes", samples=BYTES)))


def test_fractions_of_0_to_255_are_mapped_too(tmp_path):
    dataset = loaded(tmp_path, np.array([0, 63.75, 127.5, 255]).reshape(1, 1, 2, 2), source_range=(0, 255))
    assert seen(dataset).ravel().tolist() == [-1, -0.5, 0, 1]


def test_twelve_bits_are_mapped_to_all_of_the_range(tmp_path):
    dataset = loaded(tmp_path, np.array([[0, 4095]], np.uint16), source_range=(0, 4095), value_range=(0, 1))
    assert seen(dataset).tolist() == [[0, 1]]


def test_each_feature_s_own_range_is_mapped_and_a_constant_comes_to_the_middle(tmp_path):
    table = np.array([[0, 100, 7], [5, 300, 7], [10, 200, 7]], np.float64)
    dataset = loaded(tmp_path, table, source_range="per_feature")
    assert seen(dataset).tolist() == [[-1, -1, 0], [0, 1, 0], [1, 0, 0]]


def test_floats_without_a_source_range_are_taken_as_they_are(tmp_path):
    values = GENERATOR.normal(size=(5, 1, 4, 4))
    assert np.array_equal(seen(loaded(tmp_path, values)), values)


@pytest.mark.parametrize(
    ("values", "fields", "words"),
    [
        (BYTES / 255, {}, r"data\.source_range=\[0, 1\] maps them to \[-1\.0, 1\.0\]"),
        (BYTES / 1.0, {}, r"data\.source_range=\[0, 255\] maps them"),
        (BYTES / 1.0 - 128, {}, r"data\.source_range=\[-12"),
        (BYTES // 128, {}, r"data\.source_range=\[0, 1\] maps them"),
        (GENERATOR.normal(size=(6, 3)) * 100, {}, "data.source_range=per_feature maps each feature"),
    ],
)
def test_values_that_hardly_are_meant_come_with_the_field_that_maps(tmp_path, values, fields, words):
    assert re.match(words, loaded(tmp_path, values, **fields).remedies["values"])


def test_the_note_about_a_tanh_names_the_field_that_maps(tmp_path):
    """Floats of 0 … 1 and labels 1 … 3 against a generator that ends in tanh, with 4 classes."""
    experiment = preset("mnist-cgan", size=4, classes=4)
    notes = data_notes(experiment, loaded(tmp_path, BYTES / 255, LABELS + 1))
    assert len(notes) == 2
    assert re.search(r"ends in a tanh.*data\.source_range=\[0, 1\] maps them to \[-1\.0, 1\.0\]", notes[0])
    assert re.search(r"labels run from 1 to 3, .*data\.renumber_labels=true makes them 0 to 2", notes[1])


def test_values_outside_their_source_range_are_said(tmp_path, capsys):
    loaded(tmp_path, BYTES / 1.0, source_range=(0, 1))
    assert "outside data.source_range = [0.0, 1.0]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        (BYTES, {}),
        (BYTES / 127.5 - 1, {}),
        (BYTES / 255, {"value_range": (0, 1)}),
        (BYTES / 255, {"source_range": (0, 1)}),
        (GENERATOR.normal(size=(6, 5)), {}),
    ],
)
def test_values_in_order_are_not_talked_about(tmp_path, capsys, values, fields):
    assert loaded(tmp_path, values, LABELS, **fields).remedies == {}
    assert capsys.readouterr().err == ""


def test_a_source_range_without_width_is_refused():
    with pytest.raises(SpecError, match=r"source_range: expected two numbers, the lower one first, got \[1\.0, 1\.0\]"):
        Arrays(path="x.npy", source_range=(1, 1))


def test_a_word_that_is_no_source_range_is_answered_with_the_one_that_is():
    with pytest.raises(SpecError, match="source_range: expected one of: per_feature; got 'each'"):
        Arrays(path="x.npy", source_range="each")


def test_other_integers_name_the_field_that_maps_them(tmp_path):
    with pytest.raises(DataError, match=r"samples are int64; expected uint8 or floats, .*data.source_range=\[0, 15\]"):
        loaded(tmp_path, np.arange(16).reshape(4, 4))


# labels


@pytest.mark.parametrize(
    ("labels", "numbers", "names"),
    [
        ([1, 2, 3, 10, 2, 1], [0, 1, 2, 3, 1, 0], ("1", "2", "3", "10")),
        ([97, 122, 97, 97, 122, 97], [0, 1, 0, 0, 1, 0], ("97", "122")),
        ([-1, 1, 1, -1, 1, 1], [0, 1, 1, 0, 1, 1], ("-1", "1")),
        (["dog", "cat", "cat", "dog", "ox", "cat"], [1, 0, 0, 1, 2, 0], ("cat", "dog", "ox")),
        ([b"b", b"a", b"a", b"a", b"a", b"a"], [1, 0, 0, 0, 0, 0], ("a", "b")),
        (["2", "10", "2", "2", "2", "2"], [0, 1, 0, 0, 0, 0], ("2", "10")),
    ],
)
def test_labels_are_numbered_in_sorted_order_and_their_values_become_names(tmp_path, labels, numbers, names):
    dataset = loaded(tmp_path, BYTES, np.array(labels), renumber_labels=True)
    assert dataset.labels.tolist() == numbers
    assert (dataset.classes, dataset.class_names) == (len(names), names)


@pytest.mark.parametrize("labels", [[1, 2, 3, 1, 2, 3], [97, 122, 97, 97, 97, 97]])
def test_labels_with_gaps_are_counted_as_ever_and_come_with_the_field_that_numbers_them(tmp_path, labels):
    dataset = loaded(tmp_path, BYTES, np.array(labels))
    assert dataset.classes == max(labels) + 1
    assert dataset.labels.tolist() == labels
    assert dataset.remedies["labels"] == f"data.renumber_labels=true makes them 0 to {len(set(labels)) - 1}"


@pytest.mark.parametrize("form", ["float32", "bool", "column"])
def test_whole_numbers_in_another_form_are_labels(tmp_path, form):
    labels = np.array([0, 1, 1, 0, 1, 0])
    dataset = loaded(tmp_path, BYTES, labels[:, None] if form == "column" else labels.astype(form))
    assert dataset.labels.tolist() == labels.tolist()
    assert dataset.labels.dtype == np.int64


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.eye(6), r"one-hot; .*labels\.argmax\(axis=1\)"),
        (LABELS - 1, "labels run from -1 to 1; expected 0 and up, which data.renumber_labels=true makes of them"),
        (LABELS / 2, "that of sample 1 is 0.5; expected whole numbers"),
        (np.array([0, 1, np.nan, 0, 1, 0]), "that of sample 2 is nan"),
        (np.array(list("abcabc")), "labels are words, as 'a'; data.renumber_labels=true numbers them"),
        (LABELS + 10**12, "expected fewer than 100,000 classes"),
        (LABELS.astype("M8[s]"), "labels are datetime64"),
        (np.zeros((6, 2, 2)), r"labels are float64 \[6, 2, 2\]"),
    ],
)
def test_labels_that_name_no_classes_are_refused_with_what_to_do(tmp_path, labels, words):
    with pytest.raises(DataError, match=words):
        loaded(tmp_path, BYTES, labels)


# which arrays of a file


def savez(folder: Path, **arrays: np.ndarray) -> Path:
    np.savez(folder / "mine.npz", **arrays)
    return folder / "mine.npz"


@pytest.mark.parametrize("names", [("x_train", "y_train"), ("X", "y"), ("arr_0", "arr_1"), ("images", "targets")])
def test_the_only_arrays_that_can_be_meant_are_taken_and_said(tmp_path, capsys, names):
    dataset = Arrays(path=str(savez(tmp_path, **dict(zip(names, (BYTES, LABELS), strict=True))))).load(None)
    assert dataset.labels.tolist() == LABELS.tolist()
    said = capsys.readouterr().err
    assert f"'{names[0]}' is taken for samples" in said
    assert f"'{names[1]}' is taken for labels; data.labels='' leaves it out" in said


def test_several_arrays_that_can_be_meant_are_listed_with_the_fields_to_set(tmp_path):
    path = savez(tmp_path, x_train=BYTES, y_train=LABELS, x_test=BYTES[:2], y_test=LABELS[:2])
    with pytest.raises(DataError, match=r"x_train uint8 \[6, 1, 4, 4\].*data\.samples=x_train data\.labels=y_train"):
        Arrays(path=str(path)).load(None)
    dataset = Arrays(path=str(path), samples="x_test", labels="y_test").load(None)
    assert (len(dataset), dataset.labels.tolist()) == (2, [0, 1])


def test_an_array_that_nobody_wants_may_be_of_any_kind(tmp_path):
    """Before, NumPy read the arrays that were asked for alone; so do we."""
    path = savez(tmp_path, samples=BYTES, labels=LABELS, notes=np.array([{}], object), empty=np.zeros((0, 2)))
    assert Arrays(path=str(path)).load(None).labels.tolist() == LABELS.tolist()


def test_images_with_channels_last_lie_in_memory_as_others_do(tmp_path):
    dataset = loaded(tmp_path, np.zeros((5, 6, 7, 3)), layout="channels_last")
    assert dataset.samples.flags.c_contiguous


def test_an_array_that_is_not_there_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(DataError, match=r"data\.samples: no array 'xtrain'; did you mean 'x_train'\?"):
        Arrays(path=str(savez(tmp_path, x_train=BYTES)), samples="xtrain").load(None)


def test_a_relative_path_is_looked_for_in_gan_data_dir_too(tmp_path, monkeypatch):
    savez(tmp_path, samples=BYTES)
    monkeypatch.setenv("GAN_DATA_DIR", str(tmp_path))
    assert len(Arrays(path="mine.npz").load(None)) == 6


def test_a_file_that_is_nowhere_is_answered_with_the_places(tmp_path):
    with pytest.raises(DataError, match=rf"no file mine\.npz in {tmp_path}, .*data_dir=FOLDER"):
        Arrays(path="mine.npz").load(tmp_path)


# shapes and kinds


@pytest.mark.parametrize("channels", [1, 3])
def test_images_with_channels_last_are_recognised_and_turned_when_asked(tmp_path, channels):
    images = GENERATOR.integers(0, 256, (5, 6, 7, channels), np.uint8)
    with pytest.raises(
        DataError, match=r"channels last; expected \[channels, height, width\], which data\.layout=chan"
    ):
        loaded(tmp_path, images)
    turned = loaded(tmp_path, images, layout="channels_last")
    assert np.array_equal(turned.samples, images.transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("shape", "fields", "sample", "kind"),
    [
        ((6, 4, 4), {}, (1, 4, 4), "image"),
        ((6, 3, 4, 5), {}, (3, 4, 5), "image"),
        ((6, 2), {}, (2,), "points"),
        ((6,), {}, (1,), "table"),
        ((6, 1), {}, (1,), "table"),
        ((6, 26), {}, (26,), "table"),
        ((6, 2), {"kind": "table"}, (2,), "table"),
        ((6, 24), {"kind": "series"}, (24,), "series"),
        ((6, 24, 5), {"kind": "series"}, (24, 5), "series"),
        ((6, 24, 5), {"kind": "series", "layout": "channels_last"}, (5, 24), "series"),
        ((6, 16), {"shape": (4, 4)}, (1, 4, 4), "image"),
        ((6, 48), {"shape": (4, 4, 3), "layout": "channels_last"}, (3, 4, 4), "image"),
    ],
)
def test_the_kind_follows_from_the_shape_or_is_said(tmp_path, shape, fields, sample, kind):
    dataset = loaded(tmp_path, GENERATOR.uniform(-1, 1, shape), **fields)
    assert (dataset.shape, dataset.kind) == (sample, kind)


def test_a_series_without_its_kind_is_said_to_be_taken_for_an_image(tmp_path, capsys):
    loaded(tmp_path, GENERATOR.uniform(-1, 1, (6, 24, 5)))
    assert "taken for grey images of 24×5; data.kind=series, if they are series" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("shape", "fields", "words"),
    [
        ((2, 5, 4, 4), {}, r"\[5, 4, 4\]; expected images \[1 or 3, height, width\]"),
        ((2, 1, 1, 4, 4), {}, r"\[1, 1, 4, 4\]; expected"),
        ((2, 3), {"kind": "points"}, "data.kind = 'points' does not show"),
        ((2, 15), {"shape": (4, 4)}, r"samples \[15\] do not fill data.shape \[4, 4\]"),
        ((), {}, r"shape \[\]"),
    ],
)
def test_shapes_that_cannot_be_shown_are_refused(tmp_path, shape, fields, words):
    with pytest.raises(DataError, match=words):
        loaded(tmp_path, np.zeros(shape), **fields)


def test_samples_with_nan_are_left_out_when_asked_and_their_labels_with_them(tmp_path, capsys):
    values = np.arange(12.0).reshape(6, 2)
    values[2, 1] = np.nan
    dataset = loaded(tmp_path, values, LABELS, missing="drop")
    assert dataset.samples[:, 0].tolist() == [0, 2, 6, 8, 10]
    assert dataset.labels.tolist() == [0, 1, 2, 1, 0]
    assert "1 of 6 samples hold NaN and are left out" in capsys.readouterr().err


# other forms


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.h5", b"\x89HDF\r\n\x1a\n" + bytes(99), "HDF5 file.*h5py.*numpy.savez"),
        ("x.dat", b"\x89HDF\r\n\x1a\n" + bytes(99), "HDF5 file"),
        ("x.mat", b"MATLAB 5.0 MAT-file, Platform: PCWIN" + b" " * 99, "MATLAB file.*scipy.io.loadmat"),
        ("x.mat", b"MATLAB 7.3 MAT-file" + b" " * 493 + b"\x89HDF\r\n\x1a\n", "HDF5 file"),
        ("x.parquet", b"PAR1" + bytes(9), "Parquet file.*pandas.read_parquet"),
        ("x.pkl", b"\x80\x04\x95", "Python pickle, which can run code"),
        ("x.csv.gz", gzip.compress(b"1,2", mtime=0), "gunzip"),
        ("x.png", b"\x89PNG\r\n\x1a\n", "picture.*image_folder"),
        ("x.idx", struct.pack(">4I", 0x803, 1, 1, 1) + b"a", "MNIST's format"),
    ],
)
def test_other_forms_get_the_way_to_an_npz_file(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"(?s){words}") as caught:
        Arrays(path=name).load(tmp_path)
    assert "allow_pickle" not in str(caught.value)


@pytest.mark.parametrize(
    ("member", "words"), [("a/data.pkl", "PyTorch"), ("[Content_Types].xml", "Excel"), ("a.txt", "zip archive")]
)
def test_archives_of_another_kind_are_told_apart(tmp_path, member, words):
    with zipfile.ZipFile(tmp_path / "x.bin", "w") as archive:
        archive.writestr(member, "x")
    with pytest.raises(DataError, match=words):
        Arrays(path="x.bin").load(tmp_path)


def test_a_folder_of_npy_files_gets_the_line_that_joins_them(tmp_path):
    for number in range(3):
        np.save(tmp_path / f"{number}.npy", np.zeros(2))
    with pytest.raises(DataError, match=r"folder with 3 \.npy files; .*numpy\.stack.*numpy\.concatenate"):
        Arrays(path=str(tmp_path)).load(None)


# hostile files


def npy(descr: str = "'|u1'", shape: str = "(6, 16)", body: bytes = bytes(range(96)), version: int = 1) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(text)) + text + body


def npz(content: bytes = npy(), name: str = "samples.npy", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def changed(content: bytes, local: int, central: int, value: int) -> bytes:
    """A zip archive with a byte of its local and its central header changed."""
    raw = bytearray(content)
    raw[raw.find(b"PK\x03\x04") + local] = value
    raw[raw.find(b"PK\x01\x02") + central] = value
    return bytes(raw)


HOSTILE = {
    "shape-is-true": npy(shape="True"),
    "a-side-is-true": npy(shape="(True, 16)"),
    "a-side-of-2**70": npy(shape=f"({2**70}, 2)"),
    "a-side-of-2**62": npy(shape=f"({2**62},)"),
    "negative": npy(shape="(-6, 16)"),
    "zero-beside-huge": npy(shape=f"(0, {2**61})"),
    "fractions": npy(shape="(6.0, 16)"),
    "words": npy(shape="('a',)"),
    "255-axes": npy(shape="(" + "1," * 255 + ")"),
    "64-axes": npy(shape="(" + "1," * 64 + ")"),
    "more-than-the-file": npy(shape="(6, 1000000000)"),
    "objects": npy("'|O'"),
    "complex": npy("'<c8'", "(6, 2)"),
    "text": npy("'<U4'", "(6, 1)"),
    "dates": npy("'<M8[s]'", "(6, 2)"),
    "structured": npy("[('a', '<f4'), ('b', '<f4')]", "(6, 2)"),
    "subarrays": npy("('<f4', (2,))", "(6, 2)"),
    "no-bytes-a-value": npy("'|V0'", f"({2**40},)"),
    "void": npy("'|V4'", "(6, 4)"),
    "no-type": npy("'nonsense'"),
    "code": npy("__import__('os').system('exit')"),
    "brackets": npy("[" * 5000),
    "header-too-long": b"\x93NUMPY\x01\x00\xff\xff" + b" " * 70_000,
    "unknown-version": npy(version=9),
    "cut": npy()[:-1],
    "encrypted": changed(npz(), 6, 8, 1),
    "packed-by-bzip2": npz(method=zipfile.ZIP_BZIP2),
    "packed-by-lzma": npz(method=zipfile.ZIP_LZMA),
    "header-of-4-gb": npz(b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(10**6)),
    "unknown-method": changed(npz(), 8, 10, 93),
    "wrong-checksum": changed(npz(), 14, 16, 0),
    "of-a-later-version": changed(npz(), 4, 6, 200),
    "cut-archive": npz()[:-30],
    "bad-member": npz(b"junk"),
    "bomb": npz(npy(shape="(400000000,)", body=b"")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_line(tmp_path, name):
    (tmp_path / "mine.npz").write_bytes(HOSTILE[name])
    with pytest.raises(DataError, match=r"^[^\n]*mine[^\n]*$"):
        Arrays(path="mine.npz").load(tmp_path)


@pytest.mark.parametrize(
    ("descr", "dtype"), [("'>f4'", "float32"), ("'<f2'", "float16"), ("'>f8'", "float64"), ("'<f4'", "float32")]
)
def test_floats_of_any_width_and_byte_order_are_read(tmp_path, descr, dtype):
    values = GENERATOR.uniform(-1, 1, (6, 4)).astype(descr.strip("'"))
    (tmp_path / "mine.npy").write_bytes(npy(descr, "(6, 4)", values.tobytes()))
    samples = Arrays(path="mine.npy").load(tmp_path).samples
    assert samples.dtype == np.dtype(dtype)
    assert samples.dtype.isnative
    assert np.array_equal(samples, values)


def test_fortran_order_is_read(tmp_path):
    values = np.asfortranarray(GENERATOR.uniform(-1, 1, (6, 4)))
    np.save(tmp_path / "mine.npy", values)
    assert np.array_equal(Arrays(path="mine.npy").load(tmp_path).samples, values)


def packed_zeros(count: int) -> bytes:
    """A gzip stream of `count` zero bytes behind an IDX header that says so."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=9) as stream:
        stream.write(struct.pack(">4I", 0x803, count // 1000, 1000, 1))
        for _ in range(count // 10**7):
            stream.write(bytes(10**7))
    return file.getvalue()


def test_files_made_to_fill_the_memory_are_refused_by_their_headers(tmp_path, monkeypatch):
    """30 MB of zeros pack to 30 KB: a thousand times, where data come to less than a hundred."""
    monkeypatch.setattr("gan_core.data.array_files.LARGEST_UNCHECKED", 10**7)
    (tmp_path / "mine.gz").write_bytes(packed_zeros(30_000_000))
    with (
        zipfile.ZipFile(tmp_path / "mine.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("samples.npy", "w") as member,
    ):
        member.write(npy(shape="(30000000,)", body=b""))
        for _ in range(3):
            member.write(bytes(10**7))
    tracemalloc.start()
    with pytest.raises(DataError, match=r"mine\.gz would unpack .* to 30,000,000, more than 200 times as many"):
        read_idx(tmp_path / "mine.gz", None)
    with pytest.raises(DataError, match=r"mine\.npz: 'samples' would unpack .* to 30,000,000"):
        Arrays(path="mine.npz").load(tmp_path)
    assert tracemalloc.get_traced_memory()[1] < 2e6
    tracemalloc.stop()


def test_a_stream_that_goes_on_after_its_header_s_count_is_not_read_to_its_end(tmp_path):
    content = struct.pack(">4I", 0x803, 2, 2, 1) + bytes(10**6)
    (tmp_path / "mine.gz").write_bytes(gzip.compress(content))
    with pytest.raises(DataError, match="holds more than 4 values, its header promises 4"):
        read_idx(tmp_path / "mine.gz", None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (struct.pack(">256I", 0x8FF, *[1] * 255) + b"a", "has 255 axes"),
        (struct.pack(">4I", 0x803, 0, 2**32 - 1, 2**32 - 1), "is empty"),
    ],
)
def test_an_idx_header_beyond_reason_is_refused(tmp_path, content, words):
    (tmp_path / "mine").write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_idx(tmp_path / "mine", None)


@pytest.mark.parametrize("path", ["a" * 100_000, "a\0b.npy", "~nobody-of-that-name/x.npy", "a" * 300], ids=len)
def test_a_path_that_cannot_be_is_one_short_line(path):
    with pytest.raises(DataError) as caught:
        Arrays(path=path).load(None)
    assert len(str(caught.value)) < 400


def test_pipes_and_devices_are_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (str(tmp_path / "pipe"), "/dev/zero"):
        with pytest.raises(DataError, match="is a pipe or a device"):
            Arrays(path=path).load(None)


def error_of(read: Callable[..., object], *given: object) -> str:
    """The line of the error of a call, or ""; any other error than ours passes on."""
    try:
        read(*given)
    except GanError as error:
        return str(error)
    return ""


WHOLE = {
    "npy": npy(),
    "npz": npz(),
    "idx": struct.pack(">4I", 0x803, 6, 4, 4) + bytes(range(96)),
    "gz": gzip.compress(struct.pack(">4I", 0x803, 6, 4, 4) + bytes(range(96)), mtime=0),
    "csv": b"a,b,label\n1,2,0\n3,4.5,1\n",
}


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4),
    st.integers(0, 400),
)
def test_any_change_of_any_file_loads_or_is_one_line(tmp_path_factory, kind, changes, cut):
    content = bytearray(WHOLE[kind])
    for position, value in changes:
        content[position % len(content)] = value
    path = tmp_path_factory.getbasetemp() / f"fuzzed.{kind}"
    path.write_bytes(content[: len(content) - cut % len(content)] if cut % 3 == 0 else content)
    said = error_of(read_idx, path, None) if kind in ("idx", "gz") else error_of(Arrays(path=str(path)).load, None)
    assert "\n" not in said
    assert len(said) < 1000
