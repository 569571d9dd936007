"""Windows of tables in time: which rows they hold, how they are scaled, and what is refused in a line."""

import numpy as np
import pytest

from gan_core.data.series import GoogleStock, SeriesTable, Sines, divided
from gan_core.errors import DataError, SpecError
from gan_core.presets.loading import load_experiment
from gan_core.sheets.series import in_units, write_rows


@pytest.fixture
def table(tmp_path):
    """A table of ten steps: a number that rises, and one that goes up and down."""
    path = tmp_path / "weather.csv"
    path.write_text("day,warmth,rain\n" + "".join(f"d{day},{day},{day % 2 * 5}\n" for day in range(10)))
    return path


def written(path, text):
    path.write_text(text)
    return str(path)


def test_windows_go_forward_by_their_step_and_end_before_the_rows_that_are_held_out(table):
    data = SeriesTable(path=str(table), columns=("warmth", "rain"), length=3, step=2).load(None)

    np.testing.assert_allclose(data.samples[:, :, 0] * 7, [[0, 1, 2], [2, 3, 4], [4, 5, 6]], atol=1e-6)


def test_windows_of_both_parts_share_no_row(table):
    data = SeriesTable(path=str(table), columns=("warmth",), length=2, test_share=0.4)
    train, test = data.load(None), data.held_out().data.load(None)

    assert train.samples.max() < test.samples.min()


def test_features_are_scaled_by_the_rows_to_train_on_and_come_back_in_their_units(table):
    data = SeriesTable(path=str(table), columns=("warmth", "rain"), length=2, split="test").load(None)

    np.testing.assert_allclose(in_units(data.samples, data), [[[8, 0], [9, 5]]], atol=1e-6)
    assert [one.name for one in data.features] == ["warmth", "rain"]


def test_no_window_crosses_from_one_stretch_to_the_next():
    assert divided(10, 2, 0.4) == [(slice(0, 3), slice(3, 5)), (slice(5, 8), slice(8, 10))]


def test_a_table_whose_first_row_is_the_last_is_turned(table):
    data = SeriesTable(path=str(table), columns=("warmth",), length=2, newest_first=True).load(None)

    assert data.samples[0, 0, 0] > data.samples[0, 1, 0]


def test_a_csv_file_of_samples_has_a_row_a_step(table, tmp_path):
    data = SeriesTable(path=str(table), columns=("warmth", "rain"), length=2).load(None)
    write_rows(tmp_path / "made.csv", data.samples[:2], data)

    lines = (tmp_path / "made.csv").read_text().splitlines()
    assert lines[:2] == ["series,step,warmth,rain", "1,1,0,0"]
    assert [line.split(",")[:2] for line in lines[1:]] == [["1", "1"], ["1", "2"], ["2", "1"], ["2", "2"]]


@pytest.mark.parametrize(
    ("text", "changes", "words"),
    [
        ("a,b\n1,2\n3,4\n", {}, "has 2 of its 2 rows for data.split=train; a window takes 3: lower data.length"),
        ("a,b\n1,2\n" + "3,4\n" * 4, {"split": "test"}, "has 1 of its 5 rows for data.split=test"),
        ("a,b\n1,2\n1,mon\n1,3\n", {}, "column 'b' holds 'mon', which is no finite number in line 3"),
        ("a,b\n1,2\n1,\n1,3\n", {}, "column 'b' holds no value in line 3"),
        ("a,b\n1,2\n1,inf\n1,3\n", {}, "column 'b' holds 'inf', which is no finite number in line 3"),
        ("a,b\n1,2\n1,3\n1,4\n1,4\n", {}, "'a' is 1 in all rows to train on, so that nothing says how far it can move"),
        ("a,b\n1,2\n1,2\n", {"columns": ("c",)}, "has no column 'c'"),
        ("a,b\n" + "1,2\n" * 5, {"test_share": 1.0}, "leaves none to train on; lower data.test_share"),
    ],
)
def test_what_is_no_series_is_refused_in_a_line(text, changes, words, tmp_path):
    path = written(tmp_path / "odd.csv", text)

    with pytest.raises(DataError, match=words) as told:
        SeriesTable(path=path, length=3, **changes).load(None)
    assert "\n" not in str(told.value)


def test_a_window_of_one_step_is_refused():
    with pytest.raises(SpecError, match="length"):
        load_experiment("timegan", ["length=1"])


def test_the_stock_has_the_six_features_of_the_paper():
    data = GoogleStock(stretches=5).load(None)

    assert data.samples.shape == (722, 24, 6)
    assert {one.name for one in data.features} == {"open", "high", "low", "close", "volume", "adj_close"}


def test_sines_are_made_by_their_seed():
    first, again, other = (Sines(series=4, seed=seed).load(None).samples for seed in (0, 0, 1))

    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    assert 0 <= first.min() < first.max() <= 1
