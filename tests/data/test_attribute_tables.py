"""Tables of attributes beside pictures, and further arrays of files: what becomes a field, what is refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_core.data.attribute_tables import read_attributes
from gan_core.data.dataset import Dataset
from gan_core.data.folder import ImageFolder
from gan_core.data.sources import Arrays
from gan_core.data.spec import Data
from gan_core.errors import DataError, SpecError
from gan_core.specs.spec import to_builtins

CELEBA = """3
Bald Smiling Young
000001.jpg -1  1  1
000002.jpg -1 -1  1
000003.jpg  1 -1 -1
"""
WITH_COMMAS = """image_id,Bald,Smiling,Young
000001.jpg,-1,1,1
000002.jpg,0,0,1
000003.jpg,1,0,0
"""
EXPECTED = [[0, 1, 1], [0, 0, 1], [1, 0, 0]]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GAN_DATA_DIR", raising=False)


@pytest.fixture
def faces(tmp_path) -> Path:
    """Three pictures, as grey as their number, and a table of CelebA's form beside their folder."""
    (tmp_path / "celeba" / "faces").mkdir(parents=True)
    for number in (1, 2, 3):
        Image.new("RGB", (4, 4), (number,) * 3).save(tmp_path / "celeba" / "faces" / f"00000{number}.jpg")
    (tmp_path / "celeba" / "list.txt").write_text(CELEBA)
    return tmp_path / "celeba" / "faces"


def attributes(folder: Path, table: str = "list.txt", **settings: object) -> Dataset:
    return ImageFolder(path=str(folder), size=4, attributes=table, **settings).load(None)


def refused(spec: Data) -> str:
    with pytest.raises(DataError) as caught:
        spec.load(None)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# tables of attributes


@pytest.mark.parametrize("text", [CELEBA, WITH_COMMAS, WITH_COMMAS.replace(",", ";"), "\ufeff" + WITH_COMMAS])
def test_a_table_gives_1_for_what_a_picture_has_and_0_otherwise(faces, text: str) -> None:
    (faces.parent / "list.txt").write_text(text, encoding="utf-8")
    dataset = attributes(faces)
    assert dataset.take_field("attributes", np.arange(3), np.dtype("float32")).tolist() == EXPECTED


def test_chosen_attributes_come_in_their_order(faces) -> None:
    dataset = attributes(faces, attribute_names=("Young", "Bald"))
    assert dataset.fields["attributes"].tolist() == [[1, 0], [1, 0], [0, 1]]


@pytest.mark.parametrize("place", ["faces", ".", ".."])
def test_a_table_lies_in_the_folder_beside_it_or_among_the_data(faces, place: str) -> None:
    (faces.parent / "list.txt").rename(faces.parent / place / "table.txt")
    spec = ImageFolder(path="celeba/faces", size=4, attributes="table.txt")
    assert spec.load(faces.parent.parent).fields["attributes"].tolist() == EXPECTED


def test_rows_are_found_by_name_whatever_their_order(faces) -> None:
    lines = CELEBA.splitlines()
    (faces.parent / "list.txt").write_text("\n".join([*lines[:2], lines[4], lines[2], lines[3]]))
    assert attributes(faces).fields["attributes"].tolist() == EXPECTED


def test_pictures_in_subfolders_are_found_by_their_own_name(faces) -> None:
    assert attributes(faces.parent).fields["attributes"].tolist() == EXPECTED


def test_a_picture_that_cannot_be_read_takes_its_row_along(faces) -> None:
    (faces / "000002.jpg").write_bytes(b"damaged")
    assert attributes(faces).fields["attributes"].tolist() == [EXPECTED[0], EXPECTED[2]]


def test_attributes_stand_beside_labels(faces) -> None:
    for number, name in ((1, "a"), (2, "b"), (3, "a")):
        (faces / name).mkdir(exist_ok=True)
        (faces / f"00000{number}.jpg").rename(faces / name / f"00000{number}.jpg")
    dataset = attributes(faces, labels="subfolders")
    assert dataset.labels.tolist() == [0, 0, 1]
    assert dataset.fields["attributes"].tolist() == [EXPECTED[0], EXPECTED[2], EXPECTED[1]]


LINES = CELEBA.splitlines()
WRONG = {
    "a row too short": ([*LINES[:3], "000002.jpg 1 1", LINES[4]], "line 4 has 3 fields; expected a file and 3 values"),
    "a row too long": ([*LINES[:3], LINES[3] + " 1", LINES[4]], "line 4 has 5 fields; expected a file and 3 values"),
    "no ±1": ([*LINES[:4], "000003.jpg 1 2 1"], "line 5, 'Smiling': expected 1, 0 or -1, got '2'"),
    "a file twice": ([*LINES[:4], LINES[3]], "line 5: '000002.jpg' has a row already; expected one a file"),
    "cut short": (LINES[:4], "its first line promises 3 rows, and it holds 2; get it again"),
    "a picture too few": (["2", *LINES[1:4]], "1 picture has no row: 000003.jpg; expected one for each file"),
    "empty": ([], "list.txt is no table of attributes; expected CelebA's form"),
    "a list of files": (["000001.jpg", "000002.jpg"], "list.txt is no table of attributes; expected CelebA's form"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_table_is_refused_in_a_line(faces, what: str) -> None:
    lines, words = WRONG[what]
    (faces.parent / "list.txt").write_text("\n".join(lines))
    assert words in refused(ImageFolder(path=str(faces), size=4, attributes="list.txt"))


def test_an_attribute_that_is_not_there_is_named_with_the_nearest(faces) -> None:
    words = refused(ImageFolder(path=str(faces), size=4, attributes="list.txt", attribute_names=("Smilling",)))
    assert words.endswith("list.txt: data.attribute_names: no attribute 'Smilling'; did you mean 'Smiling'?")


def test_two_attributes_of_one_name_are_refused(tmp_path) -> None:
    (tmp_path / "list.csv").write_text("file,Bald,Bald\na.jpg,0,1\n")
    with pytest.raises(DataError, match="2 attributes are called 'Bald'; rename them"):
        read_attributes(tmp_path / "list.csv", ["Bald"])


def test_bytes_that_are_no_text_are_refused(faces) -> None:
    (faces.parent / "list.txt").write_bytes(b"\xff\xfe\x00\x80")
    assert "cannot be read as a table of attributes (it is no text in UTF-8)" in refused(
        ImageFolder(path=str(faces), size=4, attributes="list.txt")
    )


def test_a_table_that_is_not_there_is_named(faces) -> None:
    assert "no file gone.txt in " in refused(ImageFolder(path=str(faces), size=4, attributes="gone.txt"))


def test_a_wrong_table_is_refused_before_a_picture_is_decoded(faces, monkeypatch) -> None:
    (faces.parent / "list.txt").write_text("\n".join(["2", *LINES[1:4]]))
    monkeypatch.setattr("PIL.Image.open", None)
    assert "1 picture has no row" in refused(ImageFolder(path=str(faces), size=4, attributes="list.txt"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"attribute_names": ("Bald",)}, "expected image_folder.attributes too, the table's path"),
        ({"attributes": "a.txt", "attribute_names": ("Bald", "Bald")}, "'Bald' stands there twice"),
    ],
)
def test_names_that_cannot_be_meant_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError, match=f"^image_folder.attribute_names: {words}"):
        ImageFolder(path="x", **settings)


def test_files_without_attributes_are_written_as_before_there_were_any() -> None:
    assert not {"attributes", "attribute_names"} & set(to_builtins(ImageFolder(path="x")))
    assert "fields" not in to_builtins(Arrays(path="x"))


# further arrays of a file

SAMPLES = np.linspace(-1, 1, 12).reshape(4, 3)


@pytest.fixture
def file(tmp_path) -> Path:
    masks = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0], [1, 1, 1]], bool)
    lengths = np.array([3, 1, 2, 3])
    np.savez(tmp_path / "a.npz", samples=SAMPLES, mask=masks, length=lengths, bytes=np.full((4, 2), 255, np.uint8))
    return tmp_path / "a.npz"


def test_arrays_become_fields_if_they_are_asked_for(file) -> None:
    dataset = Arrays(path=str(file), fields=("length", "mask", "bytes")).load(None)
    taken = {name: dataset.take_field(name, np.array([1]), np.dtype("float64")).tolist() for name in dataset.fields}
    assert taken == {"length": [1.0], "mask": [[1.0, 0.0, 1.0]], "bytes": [[1.0, 1.0]]}
    assert Arrays(path=str(file)).load(None).fields == {}


def test_what_is_a_field_is_not_taken_for_labels(tmp_path, capsys) -> None:
    np.savez(tmp_path / "a.npz", x=SAMPLES, length=np.array([3, 1, 2, 3]))
    assert Arrays(path=str(tmp_path / "a.npz")).load(None).labels is not None
    assert "'length' is taken for labels" in capsys.readouterr().err
    dataset = Arrays(path=str(tmp_path / "a.npz"), fields=("length",)).load(None)
    assert (dataset.labels, dataset.fields["length"].tolist()) == (None, [3, 1, 2, 3])


def test_samples_that_are_left_out_take_their_fields_along(tmp_path) -> None:
    np.savez(tmp_path / "a.npz", samples=np.where(SAMPLES[2, 1] == SAMPLES, np.nan, SAMPLES), number=np.arange(4))
    dataset = Arrays(path=str(tmp_path / "a.npz"), fields=("number",), missing="drop").load(None)
    assert dataset.fields["number"].tolist() == [0, 1, 3]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({}, "data.fields: no array 'condition'; expected one of: samples"),
        ({"conditions": np.zeros(4)}, "data.fields: no array 'condition'; did you mean 'conditions'?"),
        ({"condition": np.zeros((3, 2))}, r"'condition' is [3, 2]; expected a row for each sample"),
        ({"condition": np.array(1.0)}, r"'condition' is []; expected a row for each sample"),
        ({"condition": np.array(["a"] * 4)}, "condition are <U1; expected uint8 or floats"),
        ({"condition": np.array([1, 2, np.inf, 4])}, "the field 'condition' of sample 2 holds NaN or infinity"),
    ],
)
def test_an_array_that_cannot_be_a_field_is_refused(tmp_path, extra: dict[str, np.ndarray], words: str) -> None:
    np.savez(tmp_path / "a.npz", samples=SAMPLES, **extra)
    assert words in refused(Arrays(path=str(tmp_path / "a.npz"), fields=("condition",)))


def test_a_table_as_text_has_no_fields(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,4\n")
    assert refused(Arrays(path=str(tmp_path / "a.csv"), fields=("y",))).endswith(
        "a.csv is a table as text; data.fields are arrays of an .npz file"
    )
