"""Mixed tables: what is read, how columns are encoded, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from gan_core.data.cancer_table import CANCER_COLUMNS, CancerTable, cancer_words
from gan_core.data.columns import Column, block_sizes, category_sizes, decoded, encoded, write_table
from gan_core.data.fitted_columns import fitted_columns
from gan_core.data.mixed_tables import MixedTable, rows_of_split
from gan_core.errors import DataError, GanError, SpecError
from gan_core.presets import preset

SIZE = Column(name="size", weights=(0.5, 0.5), means=(0.0, 100.0), deviations=(1.0, 2.0), decimals=1)
KIND = Column(name="kind", categories=("a", "b", "c"))
ROWS = "size,kind,city\n1.5,a,x\n99.0,b,y\n-0.5,c,z\n101.0,a,x\n0.0,b,w\n"


def table(folder: Path, text: str = ROWS) -> str:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_rows_hold_numbers_before_categories():
    assert block_sizes((KIND, SIZE)) == (1, 2, 3)
    assert category_sizes((KIND, SIZE)) == (3,)


def test_a_number_is_its_distance_from_a_mode_in_four_deviations():
    rows = encoded((KIND, SIZE), {"size": np.array([2.0, 96.0]), "kind": np.array(["b", "c"])}, seed=0)
    np.testing.assert_allclose(rows, [[0.5, 1, 0, 0, 1, 0], [-0.5, 0, 1, 0, 0, 1]])


def test_a_mode_is_drawn_by_its_probability():
    even = Column(name="x", weights=(0.75, 0.25), means=(0.0, 0.0), deviations=(1.0, 1.0))
    rows = encoded((even,), {"x": np.zeros(4000)}, seed=0)
    assert rows[:, 1].mean() == pytest.approx(0.75, abs=0.03)


def test_encoded_rows_are_the_table_again():
    data = CancerTable().load(None)
    values, words = decoded(data.columns, data.samples), cancer_words()
    places = rows_of_split(569, "train", 0.2, 0)
    for column in data.columns:
        real = np.array(words[column.name])[places]
        if column.categories:
            assert (values[column.name] == real).all()
        else:  # but for a few beyond four deviations of their mode
            assert np.isclose(values[column.name], real.astype(float)).mean() > 0.99


def test_the_two_splits_share_no_row_and_make_up_the_table():
    parts = [rows_of_split(10, split, 0.2, 3) for split in ("train", "test")]
    assert [len(part) for part in parts] == [8, 2]
    assert sorted(np.concatenate(parts)) == list(range(10))


def test_a_table_is_written_as_it_was(tmp_path):
    rows = encoded((SIZE, KIND), {"size": np.array([1.5, 99.0]), "kind": np.array(["a", "b"])}, seed=0)
    write_table(tmp_path / "out.csv", (SIZE, KIND), rows)
    assert (tmp_path / "out.csv").read_text() == "size,kind\n1.5,a\n99.0,b\n"


@pytest.mark.slow
def test_the_table_of_tumours_has_the_columns_that_are_fitted_to_it():
    told = [column.name for column in CANCER_COLUMNS if column.categories]
    found = fitted_columns(cancer_words(), told, 10, 0, rows_of_split(569, "train", 0.2, 0))
    for column, known in zip(found, CANCER_COLUMNS, strict=True):
        assert column.categories == known.categories
        np.testing.assert_allclose(column.means, known.means, rtol=1e-3)


def test_a_file_becomes_an_experiment(tmp_path):
    made = preset("ctgan", path=table(tmp_path, ROWS * 1), categories="kind", without="city", modes=2)
    assert [column.name for column in made.data.columns] == ["size", "kind"]
    assert made.data.target == "kind"
    assert made.data.load(None).shape == made.sample_shape


@pytest.mark.parametrize(
    ("text", "given", "message"),
    [
        (ROWS, {"categories": "kind"}, "column 'city' holds 'x', which is no number; declare"),
        (ROWS, {"categories": "kind,town"}, "has no column 'town'"),
        (ROWS, {"categories": "kind", "without": "town"}, "has no column 'town'"),
        (ROWS.replace("b,y", "b,"), {"categories": "kind,city"}, "1 of 5 rows lack a value, first line 3 in column"),
        ("a,b\n1,x\n2,x\n", {"categories": "b"}, "column 'b' has 1 categories; expected 2 to 100"),
        ("a,b\n" + "".join(f"{i},{i}\n" for i in range(101)), {"categories": "b"}, "column 'b' has 101 categories"),
        ("a,b\n1,x\n1,y\n1,x\n", {"categories": "b"}, "column 'a' holds one value alone"),
        ("a,b\n1,x\n2\n", {"categories": "b"}, "line 3 has 1 fields; expected 2"),
        ("a,b\n1,2\n3,4\n5,6\n", {}, "the table has no column of categories"),
        ("a,a\n1,2\n", {}, "two of its columns have one name"),
        ("a,b\n", {"categories": "b"}, "holds no row with all its values"),
    ],
)
def test_what_is_no_mixed_table_is_refused_in_one_line(tmp_path, text, given, message):
    with pytest.raises(GanError, match=message) as refused:
        preset("ctgan", path=table(tmp_path, text), **given)
    assert "\n" not in str(refused.value)


def test_rows_that_lack_a_value_are_left_out_if_asked(tmp_path, capsys):
    path = table(tmp_path, ROWS.replace("b,y", "b,?"))
    made = preset("ctgan", path=path, categories="kind,city", missing="drop", modes=2)
    assert "1 of 5 rows lack a value" in capsys.readouterr().err
    assert len(made.data.words(None)[1]["kind"]) == 4


def test_a_category_that_was_not_there_is_named(tmp_path):
    data = MixedTable(path=table(tmp_path, ROWS.replace("0.0,b", "0.0,d")), columns=(SIZE, KIND))
    with pytest.raises(DataError, match="column 'kind' holds 'd', which is none of its 3 categories"):
        data.load(None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "x"}, "column 'x': expected categories, or weights, means and deviations"),
        ({"name": "x", "categories": ("a",)}, "expected two or more different categories"),
    ],
)
def test_a_column_is_of_one_kind(fields, message):
    with pytest.raises(SpecError, match=message):
        Column(**fields)
