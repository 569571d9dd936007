"""CTGAN's objectives: conditions, the rows that match them, and what networks have to be."""

import numpy as np
import pytest

from gan_core.data.cancer_table import CancerTable
from gan_core.data.dataset import Batches, Dataset
from gan_core.errors import DataError, SpecError
from gan_core.objectives.conditions import Conditions, MatchingRows, rows_by_category
from gan_core.objectives.draws import DrawSource
from gan_core.objectives.tables import condition_entropy
from gan_core.presets.loading import load_experiment
from gan_core.testing.numpy_ops import NumpyOps

SIZES = (4, 3, 2)


@pytest.fixture(scope="module")
def source() -> DrawSource:
    batches = Batches(CancerTable().load(None), 200, 0, "sequential", "float64")
    return DrawSource(batch_size=200, updates=7, batches={"first": batches}, batch_number=0, open_stream=lambda: None)


def test_a_condition_is_one_category_of_one_column(source):
    drawn = Conditions(sizes=SIZES, purpose="p").drawn(source)
    assert drawn.shape == (200, 9)
    assert (drawn.sum(axis=1) == 1).all()


def test_rows_have_the_categories_of_the_conditions_behind_them(source):
    rows = MatchingRows(sizes=SIZES, purpose="p").drawn(source)
    own, conditions = rows[:, :-9], rows[:, -9:]
    assert ((own[:, -9:] * conditions).sum(axis=1) == 1).all()


def test_conditions_and_rows_of_a_purpose_are_drawn_together_in_another_order(source):
    conditions = Conditions(sizes=SIZES, purpose="p").drawn(source)
    behind = MatchingRows(sizes=SIZES, purpose="p").drawn(source)[:, -9:]
    assert (behind != conditions).any()
    np.testing.assert_array_equal(behind.sum(axis=0), conditions.sum(axis=0))


def test_a_rare_category_is_drawn_by_the_logarithm_of_its_count():
    rows = np.eye(2)[np.repeat([0, 1], [990, 10])]
    known = rows_by_category(Dataset(name="rare", samples=rows, kind="mixed"), (2,))
    drawn = known.drawn(np.random.default_rng(0), 20_000)
    assert drawn.categories.mean() == pytest.approx(np.log(11) / (np.log(11) + np.log(991)), abs=0.01)


def test_rows_that_end_in_no_categories_are_refused():
    data = Dataset(name="plain", samples=np.full((4, 3), 0.5), kind="mixed")
    with pytest.raises(DataError, match="do not end in one-hot parts"):
        rows_by_category(data, (3,))


def test_the_condition_s_loss_is_the_cross_entropy_of_the_column_that_was_drawn():
    logits = np.random.default_rng(0).normal(size=(2, 7))
    conditions = np.array([[0, 1, 0, 0, 0.0], [0, 0, 0, 0, 1.0]])
    first, second = logits[0, 2:5], logits[1, 5:7]
    wanted = np.log(np.exp(first).sum()) - first[1] + np.log(np.exp(second).sum()) - second[1]
    found = condition_entropy(NumpyOps(), logits, conditions, (3, 2))
    assert found == pytest.approx(wanted / 2, rel=1e-14)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("training.batch_size=45", "pack 10 does not divide the batch size 45"),
        ("phases.generator.objective.head=raw", "expected an output 'raw' of the shape of its rows"),
        ("phases.generator.objective.categories=[4,3]", 'field = "condition" and the shape \\[7\\]'),
        ("networks.generator.layers.row.blocks=[40]", "expected 40 logits, as the blocks have"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    with pytest.raises(SpecError, match=message):
        load_experiment("ctgan", [change])


def test_generated_rows_are_told_as_often_as_the_data_hold_a_category():
    data = CancerTable().load(None)
    assert (data.fields["condition"].sum(axis=1) == 1).all()
    assert ((data.samples[:, -9:] * data.fields["condition"]).sum(axis=1) == 1).all()
