"""Tables as text: what separates columns, what is a header, which columns are taken, what is missing."""

import os

import numpy as np
import pytest

from gan_core.data.arrays import Arrays
from gan_core.data.dataset import Dataset
from gan_core.errors import DataError
from table_forms import FORMS, PLAIN

VALUES = [[1, 2, 3], [4, 5.5, 6]]


def table(folder, content: str | bytes, name: str = "mine.csv", **fields: object) -> Dataset:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return Arrays(path=name, **fields).load(folder)


@pytest.mark.parametrize(
    "content",
    FORMS,
)
def test_tables_of_many_forms_are_read_alike(tmp_path, content):
    dataset = table(tmp_path, content)
    assert dataset.samples.tolist() == VALUES
    assert (dataset.labels, dataset.kind) == (None, "table")


@pytest.mark.parametrize(("content", "values"), [("x\n1\n2\n", [[1], [2]]), ("1\n2\n", [[1], [2]])])
def test_one_column_is_a_table_of_one_feature(tmp_path, content, values):
    assert table(tmp_path, content).samples.tolist() == values


def test_a_row_wider_than_a_field_may_be_is_read(tmp_path):
    rows = 1 + np.arange(120_000).reshape(2, -1)
    assert np.array_equal(table(tmp_path, "\n".join(",".join(map(str, row)) for row in rows)).samples, rows)


def test_thousands_of_rows_are_read_in_order(tmp_path):
    rows = np.arange(9002.0).reshape(-1, 2)
    np.savetxt(tmp_path / "mine.txt", rows)
    assert np.array_equal(Arrays(path="mine.txt").load(tmp_path).samples, rows)


def test_a_first_row_that_counts_columns_has_to_be_said_to_be_a_header_or_not(tmp_path):
    content = ",0,1\n0,1.5,2\n1,3,4\n"
    with pytest.raises(DataError, match=r"first row is 0, 1, .*data\.header=true .*data\.header=false"):
        table(tmp_path, content)
    assert table(tmp_path, content, header=True).samples.tolist() == [[1.5, 2], [3, 4]]
    assert table(tmp_path, "0,1\n5,6\n", header=False).samples.tolist() == [[0, 1], [5, 6]]


IRIS = "5.1,3.5,Iris-setosa\n4.9,3,Iris-setosa\n7,3.2,Iris-versicolor\n"


@pytest.mark.parametrize("column", [-1, 2, "2", "-1"])
def test_the_column_of_labels_has_a_number_where_there_is_no_header(tmp_path, column):
    dataset = table(tmp_path, IRIS, labels=column, renumber_labels=True)
    assert dataset.shape == (2,)
    assert dataset.labels.tolist() == [0, 0, 1]
    assert dataset.class_names == ("Iris-setosa", "Iris-versicolor")


def test_the_column_of_labels_is_found_by_name(tmp_path):
    dataset = table(tmp_path, "kind,a,b\n1,5,6\n0,7,8\n", labels="kind")
    assert dataset.labels.tolist() == [1, 0]
    assert dataset.samples.tolist() == [[5, 6], [7, 8]]


def test_a_column_called_label_is_taken_for_labels_and_said(tmp_path, capsys):
    content = "label,a,b\n0,5,6\n1,7,8\n"
    assert table(tmp_path, content).labels.tolist() == [0, 1]
    assert "column 'label' is taken for labels; data.labels='' makes it a feature" in capsys.readouterr().err
    assert table(tmp_path, content, labels="").shape == (3,)


def test_points_called_x_and_y_have_no_labels(tmp_path):
    dataset = table(tmp_path, "x,y\n0,1\n1,0\n")
    assert (dataset.labels, dataset.kind) == (None, "points")


def test_columns_are_taken_by_name_in_the_order_given(tmp_path):
    dataset = table(tmp_path, "name,a,b\nAnna,1,2\nBert,3,4\n", columns=("b", "a"))
    assert dataset.samples.tolist() == [[2, 1], [4, 3]]


def test_images_lie_in_rows(tmp_path):
    """A label and 4 pixels of 0 … 255, as MNIST is passed on as text."""
    content = "label,p0,p1,p2,p3\n0,0,51,255,128\n1,1,2,3,4\n"
    dataset = table(tmp_path, content, shape=(1, 2, 2), source_range=(0, 255))
    assert (dataset.samples.dtype, dataset.shape, dataset.kind) == (np.uint8, (1, 2, 2), "image")
    assert dataset.samples[0].ravel().tolist() == [0, 51, 255, 128]


MISSING = "a,b,label\n1,2,0\n,4,1\nNA,5,0\n6,?,1\n7,8,1\n"


def test_missing_values_are_refused_with_the_first_place(tmp_path):
    with pytest.raises(DataError, match=r"3 of 5 rows lack a value, first line 3 in column 'a'; .*data\.missing=drop"):
        table(tmp_path, MISSING)


def test_rows_that_lack_a_value_are_left_out_when_asked(tmp_path):
    dataset = table(tmp_path, MISSING, missing="drop")
    assert dataset.samples.tolist() == [[1, 2], [7, 8]]
    assert dataset.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        ("a;b\n1,5;2\n", {}, "line 2, column 'a': '1,5' has a comma in a number; expected a point"),
        ('a,b\n"1,234.5",2\n', {}, "comma in a number|no number"),
        ("a,b\nx,2\n3,4\n", {}, "line 2, column 'a': 'x' is no number; .*data.labels.*data.columns"),
        ("a,b\n1,2\n3\n", {}, "line 3 has 1 fields; expected 2"),
        ("a,b,c\n1,,2\n3,,4\n", {}, "column 'b' holds no value in any row"),
        ("a,b\n1,2\n", {"labels": "kind"}, "data.labels: no column 'kind'; expected one of: a, b"),
        ("a,a\n1,2\n", {"columns": ("a",)}, "2 columns are called 'a'"),
        ("a\n1\n", {"labels": "a"}, "no column beside the labels'"),
        ("a,b\n1,inf\n", {}, "NaN or infinity"),
        ("a,b\n", {}, "a row of words and no numbers"),
        ("<html><body>404</body></html>", {}, "no numbers"),
        ("\n\n", {}, "is empty"),
        (b"gr\xf6\xdfe,b\n1,2\n", {}, r"no UTF-8 text \(byte 2\); save it as CSV in UTF-8"),
        ('a,b\n"1,2\n3,4\n', {}, "fields; expected 2"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(tmp_path, content, fields, words):
    with pytest.raises(DataError, match=rf"^[^\n]*mine[^\n]*({words})[^\n]*$"):
        table(tmp_path, content, **fields)


def test_columns_of_a_numpy_file_are_refused(tmp_path):
    np.save(tmp_path / "mine.npy", np.zeros((3, 2)))
    with pytest.raises(DataError, match=r"data.columns and data.header are for tables as text"):
        Arrays(path="mine.npy", columns=("a",)).load(tmp_path)


@pytest.mark.parametrize("separator", [";", "\t", "|", ",", " "])
@pytest.mark.parametrize("decimals", [0, 3, 17])
def test_what_numpy_writes_comes_back(tmp_path, separator, decimals):
    values = np.random.default_rng(0).normal(size=(20, 3)) * 100
    np.savetxt(tmp_path / "mine.txt", values, delimiter=separator, fmt=f"%.{decimals}e")
    rounded = np.array([[float(f"%.{decimals}e" % value) for value in row] for row in values])
    assert np.array_equal(Arrays(path="mine.txt").load(tmp_path).samples, rounded)


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="mine"):
        table(tmp_path, b"")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    (tmp_path / "mine.csv").write_text(PLAIN)
    (tmp_path / "mine.csv").chmod(0)
    with pytest.raises(DataError, match="cannot be read"):
        Arrays(path="mine.csv").load(tmp_path)
