"""The text that reads a user's own arrays and tables: it reads what the library reads, sample by sample."""

from pathlib import Path

import numpy as np
import pytest

from gan_core.data.arrays import Arrays
from gan_core.data.columns import Column
from gan_core.data.derived_domains import LabelledPart, PlainAndChanged, Tinted
from gan_core.data.derived_pairs import FromGrey
from gan_core.data.mixed_tables import MixedTable
from gan_core.errors import SpecError
from gan_core.programs.data_text import text_of
from table_forms import FORMS
from written_data import check_as_the_library, check_with_ruff, module_text, run, wants

RANDOM = np.random.default_rng(0)
BYTES = RANDOM.integers(0, 256, (6, 1, 4, 4), np.uint8)
LABELS = np.array([0, 1, 2, 2, 1, 0])


def check_table(folder: Path, content: str | bytes, *names: str, dtype: str = "float32", **fields: object) -> None:
    path = folder / "mine.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    spec = Arrays(path="mine.csv", **fields)  # type: ignore[arg-type]
    check_as_the_library(spec, wants("real", *names, dtype=dtype), folder, path)


def check_arrays(folder: Path, arrays: dict[str, np.ndarray], *names: str, **fields: object) -> None:
    np.savez(folder / "mine.npz", **arrays)  # type: ignore[arg-type]
    spec = Arrays(path="mine.npz", **fields)  # type: ignore[arg-type]
    for dtype in ("float32", "float64"):
        check_as_the_library(spec, wants("real", *names, dtype=dtype), folder, folder / "mine.npz")


# tables


@pytest.mark.parametrize("split", ["train", "test"])
def test_mixed_tables_are_encoded_alike(tmp_path: Path, split: str) -> None:
    rows = [f"{value},{'ab'[number % 2]},{number}" for number, value in enumerate(RANDOM.normal(size=40).round(3))]
    (tmp_path / "mine.csv").write_text("\n".join(["x,kind,id", *rows, "1.5,,41"]))
    columns = (
        Column(name="kind", categories=("a", "b")),
        Column(name="x", weights=(0.6, 0.4), means=(-0.5, 0.5), deviations=(0.5, 0.7), decimals=3),
    )
    spec = MixedTable(path="mine.csv", columns=columns, missing="drop", split=split, seed=2)  # type: ignore[arg-type]
    check_as_the_library(spec, wants("real"), tmp_path, tmp_path / "mine.csv")


def test_ruff_finds_nothing_in_the_text_of_a_mixed_table(tmp_path: Path) -> None:
    ten = tuple(float(f"{number:.6g}") for number in np.geomspace(0.123456, 7, 10))
    columns = (
        Column(name="kind", categories=tuple(f"category {number}" for number in range(12))),
        Column(name="x", weights=ten, means=ten, deviations=ten),
    )
    specs = [MixedTable(path="mine.csv", columns=columns, missing=missing) for missing in ("drop", "refuse")]
    check_with_ruff([module_text(text_of(spec, wants("real"))) for spec in specs], tmp_path)


OTHER_FORMS = ["x\n1\n2\n", "1\n2\n"]


@pytest.mark.parametrize("content", [*FORMS, *OTHER_FORMS], ids=lambda content: repr(content)[:30])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tables_of_many_forms_are_read_alike(tmp_path: Path, content: str | bytes, dtype: str) -> None:
    check_table(tmp_path, content, dtype=dtype)


def test_a_row_wider_than_a_field_may_be_is_read(tmp_path: Path) -> None:
    rows = 1 + np.arange(120_000).reshape(2, -1)
    check_table(tmp_path, "\n".join(",".join(map(str, row)) for row in rows))


IRIS = "5.1,3.5,Iris-setosa\n4.9,3,Iris-setosa\n7,3.2,Iris-versicolor\n"
NAMED = "x,class,y\n1,2,.5\n3,0,.25\n5,1,0\n"


@pytest.mark.parametrize("column", [-1, 2, "2"])
def test_words_are_numbered_as_labels(tmp_path: Path, column: str | int) -> None:
    check_table(tmp_path, IRIS, "label", labels=column, renumber_labels=True)


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (NAMED, {}),
        (NAMED, {"labels": "x"}),
        (NAMED, {"labels": "x", "renumber_labels": True}),
        (NAMED.replace("class", "Label"), {"header": True}),
        (NAMED, {"columns": ("y", 0)}),
        (NAMED, {"columns": ("y", "1"), "labels": "x"}),
        ("9,2\n7,0\n", {"labels": -1, "header": False}),
        ("x,y,label\n1,,0\n2,3,1\nNA,3,1\n4,5,0\n", {"missing": "drop"}),
        ("10,1\n9,1\n10,1\n", {"labels": 0, "renumber_labels": True}),
    ],
    ids=str,
)
def test_labels_and_columns_of_a_table_are_the_librarys(
    tmp_path: Path, content: str, fields: dict[str, object]
) -> None:
    check_table(tmp_path, content, "label", **fields)
    check_table(tmp_path, content, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"labels": ""},
        {"header": True},
        {"source_range": "per_feature"},
        {"source_range": (0, 8), "value_range": (0.0, 1.0)},
        {"source_range": (0, 255)},
        {"labels": "", "shape": (1, 3, 1), "source_range": (-1, 9)},
        {"labels": "", "kind": "series", "shape": (3, 1), "layout": "channels_last"},
    ],
    ids=str,
)
def test_values_of_a_table_are_mapped_as_the_library_maps_them(tmp_path: Path, fields: dict[str, object]) -> None:
    check_table(tmp_path, NAMED, **fields)


# arrays of NumPy's


@pytest.mark.parametrize(
    ("samples", "fields"),
    [
        (BYTES, {}),
        (BYTES, {"value_range": (0.0, 1.0)}),
        (BYTES[:, 0], {}),
        (BYTES / 127.5 - 1, {}),
        ((BYTES / 255).astype(np.float32), {"source_range": (0, 1)}),
        (BYTES / 255, {"source_range": (0, 1)}),
        (BYTES.astype(np.uint16) * 16, {"source_range": (0, 4095)}),
        (BYTES.astype(np.int64), {"source_range": (0, 255)}),
        (BYTES.astype(np.float64), {"source_range": (0, 255)}),
        (BYTES / 2.0, {"source_range": (0, 255)}),
        (BYTES.reshape(6, 16).astype(np.float32), {"source_range": "per_feature"}),
        (BYTES.reshape(6, 16), {"shape": (1, 4, 4)}),
        (BYTES.reshape(6, 16), {"shape": (4, 4)}),
        (RANDOM.integers(0, 256, (6, 4, 5, 3), np.uint8), {"layout": "channels_last"}),
        (RANDOM.normal(size=(6, 4, 5)), {"layout": "channels_last"}),
        (RANDOM.normal(size=(6, 9, 2)), {"layout": "channels_last", "kind": "series"}),
        (RANDOM.normal(size=(6, 9, 2)), {"kind": "series"}),
        (RANDOM.normal(size=(6, 9)), {"kind": "series"}),
        (RANDOM.normal(size=6), {}),
        (RANDOM.normal(size=(6, 2)).astype(np.float16), {}),
        (RANDOM.normal(size=(6, 2)).astype(">f8"), {}),
        (np.asfortranarray(RANDOM.normal(size=(6, 3))), {}),
    ],
    ids=lambda value: f"{value.dtype}{list(value.shape)}" if isinstance(value, np.ndarray) else str(value),
)
def test_samples_of_every_form_are_the_librarys(tmp_path: Path, samples: np.ndarray, fields: dict[str, object]) -> None:
    check_arrays(tmp_path, {"samples": samples}, **fields)
    check_arrays(tmp_path, {"samples": samples, "labels": LABELS}, "label", **fields)
    np.save(tmp_path / "mine.npy", samples)
    check_as_the_library(Arrays(path="mine.npy", **fields), wants("real"), tmp_path, tmp_path / "mine.npy")


@pytest.mark.parametrize(
    ("arrays", "fields"),
    [
        ({"x_train": BYTES, "y_train": LABELS}, {}),
        ({"x_train": BYTES, "y_train": LABELS[:, None]}, {"samples": "x_train"}),
        ({"x": BYTES, "x2": BYTES, "y": LABELS, "z": LABELS}, {"samples": "x2", "labels": "z"}),
        ({"samples": BYTES, "labels": LABELS.astype(float)}, {}),
        ({"samples": BYTES, "labels": LABELS * 5 - 3}, {"renumber_labels": True}),
        ({"samples": BYTES, "labels": np.array([*"abcabc"])}, {"renumber_labels": True}),
        ({"samples": BYTES, "labels": np.array(["10", "9", "9", "9", "10", "2"])}, {"renumber_labels": True}),
        ({"samples": BYTES, "labels": np.array([*"012210"])}, {}),
    ],
    ids=lambda value: str(list(value)) if "samples" in value or "x" in value else str(value)[:40],
)
def test_arrays_are_chosen_and_labels_numbered_as_in_the_library(
    tmp_path: Path, arrays: dict[str, np.ndarray], fields: dict[str, object]
) -> None:
    check_arrays(tmp_path, arrays, "label", **fields)
    check_arrays(tmp_path, arrays, **fields)


MASKS = {"mask": BYTES[:, 0] > 99, "length": np.arange(6), "noise": RANDOM.normal(size=(6, 3)), "picture": 255 - BYTES}


@pytest.mark.parametrize("fields", [{}, {"samples": "samples"}], ids=str)
def test_fields_are_the_librarys(tmp_path: Path, fields: dict[str, object]) -> None:
    arrays = {"samples": BYTES, "labels": LABELS, **MASKS}
    check_arrays(tmp_path, arrays, *MASKS, "label", fields=tuple(MASKS), **fields)
    check_arrays(tmp_path, arrays, "picture", fields=tuple(MASKS), **fields)
    check_arrays(tmp_path, {"x": BYTES, **MASKS}, "mask", fields=tuple(MASKS))


def test_samples_with_nan_are_left_out_aloud(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = RANDOM.normal(size=(6, 3))
    samples[[1, 4], 2] = np.nan
    arrays = {"samples": samples, "labels": LABELS, **MASKS}
    check_arrays(tmp_path, arrays, "label", "mask", fields=("mask",), missing="drop")
    assert "2 of 6 samples hold NaN and are left out" in capsys.readouterr().out


def test_data_are_made_of_arrays_of_pictures(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", samples=np.tile(BYTES, (5, 1, 1, 1)), labels=np.tile(LABELS, 5))
    grey = Arrays(path="mine.npz", value_range=(0.0, 1.0))
    for spec, names in (
        (Tinted(source=grey), ("real", "label")),
        (LabelledPart(source=grey, per_class=4), ("real", "second", "second_label")),
        (PlainAndChanged(source=grey), ("real", "second", "label")),
    ):
        check_as_the_library(spec, wants(*names), tmp_path, tmp_path / "mine.npz")


# what the text says


def test_the_text_says_in_one_line_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    def said(spec: Arrays | FromGrey, *names: str) -> str:
        with pytest.raises(SystemExit) as stop:
            run(text_of(spec, wants("real", *names))).load_data(tmp_path / "mine.npz")
        return str(stop.value)

    spec = Arrays(path="mine.npz")
    assert "no file" in said(spec)
    np.savez(tmp_path / "mine.npz", a=BYTES, b=BYTES)
    assert said(spec) == "which array holds the samples? The file has a, b"
    np.savez(tmp_path / "mine.npz", samples=BYTES.astype(np.int32))
    assert said(spec).endswith("samples are int32; expected bytes or floats")
    np.savez(tmp_path / "mine.npz", samples=np.full((3, 2), np.nan))
    assert said(spec).endswith("samples hold NaN or infinity")
    np.savez(tmp_path / "mine.npz", samples=BYTES / 255)
    assert said(FromGrey(source=spec), "source") == "the samples are no pictures of bytes"
    np.savez(tmp_path / "mine.npz", samples=BYTES, labels=LABELS - 1)
    assert said(spec, "label") == "labels are to be whole numbers from 0 up"


def test_labels_of_a_file_that_holds_one_array_are_refused() -> None:
    with pytest.raises(SpecError, match="read 'label'"):
        text_of(Arrays(path="mine.npy"), wants("real", "label"))


SPECS = [
    Arrays(path="a.csv"),
    Arrays(path="a.csv", labels="x", columns=("a", 1), header=True, missing="drop", source_range="per_feature"),
    Arrays(path="a.tsv", labels="", header=False, shape=(1, 4, 4), source_range=(0, 255)),
    Arrays(path="a.npz"),
    Arrays(path="a.npz", samples="x", labels="y", fields=("z",), missing="drop", layout="channels_last"),
    Arrays(path="a.npz", fields=("z",), renumber_labels=True, kind="series", layout="channels_last"),
    Arrays(path="a.npy", source_range=(0, 4095)),
]


def test_ruff_finds_nothing_in_the_texts_of_arrays(tmp_path: Path) -> None:
    texts = []
    for spec in SPECS:
        labels = ["label"] if spec.labels != "" and not spec.path.endswith("npy") else []
        texts += [module_text(text_of(spec, wants("real", *names, *spec.fields))) for names in ([], labels)]
    check_with_ruff(texts, tmp_path)
