"""Fields: arrays that go along with each sample, in batches, parts, evaluations and the identity of data."""

import json
from dataclasses import replace

import numpy as np
import pytest

from gan_core.data.dataset import Batches, Dataset
from gan_core.data.domains import GreyAndColour
from gan_core.data.identity import differences, identity_from, identity_of
from gan_core.data.sources import Digits
from gan_core.data.spec import Data
from gan_core.errors import DataError
from gan_core.evaluation.real_sets import real_sets
from gan_core.specs.spec import Variant

COUNT = 10
ROWS = np.arange(COUNT)
SAMPLES = np.stack([np.full((3, 2, 2), 20 * row, np.uint8) for row in ROWS])
FIELDS = {
    "source": np.stack([np.full((1, 4, 4), 20 * row + 5, np.uint8) for row in ROWS]),
    "mask": np.stack([np.full((1, 2, 2), row % 2 == 0) for row in ROWS]),
    "attributes": np.stack([ROWS, -ROWS], axis=1).astype(np.float32),
    "length": ROWS + 1,
}


def data(**changes: object) -> Dataset:
    return Dataset(**{"name": "pairs", "samples": SAMPLES, "fields": FIELDS} | changes)


class Pairs(Variant, Data, frozen=True, kw_only=True):
    """The data set of these tests."""

    def load(self, data_dir: object) -> Dataset:
        return data()


def test_bytes_of_a_field_are_mapped_as_samples_are() -> None:
    dataset = data(value_range=(0.0, 1.0))
    taken = dataset.take_field("source", np.array([3, 0]), np.dtype("float64"))
    assert taken.shape == (2, 1, 4, 4)
    assert taken[:, 0, 0, 0] == pytest.approx([65 / 255, 5 / 255], abs=1e-15)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("mask", [[[[0.0] * 2] * 2]]), ("attributes", [[3.0, -3.0]]), ("length", [4.0])],
)
def test_other_numbers_of_a_field_are_taken_as_they_are(name: str, expected: list[object]) -> None:
    taken = data().take_field(name, np.array([3]), np.dtype("float32"))
    assert taken.dtype == np.float32
    assert taken.tolist() == expected


def test_a_field_has_the_shape_of_its_rows() -> None:
    assert data().field_shape("source") == (1, 4, 4)
    assert data().field_shape("length") == ()


def test_a_batch_has_the_fields_of_its_samples() -> None:
    batches = Batches(data(value_range=(0.0, 255.0)), 4, seed=1, order="shuffled", dtype="float64")
    for number in (0, 1, 5):
        rows = batches.samples(number)[:, 0, 0, 0] / 20
        assert batches.field("source", number)[:, 0, 0, 0] == pytest.approx(20 * rows + 5)
        assert batches.field("length", number) == pytest.approx(rows + 1)


def test_an_unknown_field_is_one_line_with_the_nearest_word() -> None:
    batches = Batches(data(), 4, seed=1, order="shuffled", dtype="float64")
    with pytest.raises(DataError, match=r"^data set 'pairs' has no field 'sorce'; did you mean 'source'\?$"):
        batches.field("sorce", 0)
    with pytest.raises(DataError, match=r"^data set 'digits' has no field 'mask'; its samples have no fields beside"):
        Digits().load(None).field_shape("mask")


WRONG = {
    "too few": (np.zeros((9, 1)), "the field 'x' holds 9 rows for 10 samples"),
    "NaN": (np.where(ROWS == 7, np.nan, 0.0), "the field 'x' of sample 7 holds NaN or infinity; expected finite"),
    "words": (np.array(["a"] * 10), r"the field 'x' is <U1 \[10\]; expected numbers \[count, ...\]"),
    "a number": (np.array(1.0), r"the field 'x' is float64 \[\]; expected numbers"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_field_is_refused_in_a_line(what: str) -> None:
    values, words = WRONG[what]
    with pytest.raises(DataError, match=f"^data set 'pairs': {words}"):
        data(fields={"x": values})


def test_a_part_has_its_samples_labels_and_fields() -> None:
    dataset = data(labels=ROWS, classes=COUNT, samples_sha256="of the whole")
    part = dataset.part(np.array([7, 2]), name="two")
    assert (part.name, part.samples_sha256, part.labels.tolist()) == ("two", None, [7, 2])
    assert part.samples[:, 0, 0, 0].tolist() == [140, 40]
    assert {name: values.tolist() for name, values in part.fields.items()} == {
        name: values[[7, 2]].tolist() for name, values in FIELDS.items()
    }


def test_a_slice_of_a_data_set_copies_nothing() -> None:
    part = data().part(slice(4, None))
    assert np.shares_memory(part.samples, SAMPLES)
    assert np.shares_memory(part.fields["source"], FIELDS["source"])


def test_the_halves_of_colouring_keep_their_fields() -> None:
    grey = GreyAndColour(source=Pairs()).load(None)
    assert grey.fields["length"].tolist() == [1, 2, 3, 4, 5]
    assert grey.second_domain.fields["length"].tolist() == [6, 7, 8, 9, 10]


def test_the_real_samples_of_an_evaluation_have_their_fields() -> None:
    sets = real_sets(Pairs(), data(value_range=(0.0, 255.0)), None, None)
    for real in (sets.reference, sets.stand_in):
        assert real.fields["length"] == pytest.approx(real.samples[:, 0, 0, 0] / 20 + 1)


# identity


def changed(name: str, values: np.ndarray | None) -> str:
    fields = {key: kept for key, kept in (FIELDS | {name: values}).items() if kept is not None}
    return "; ".join(differences(identity_of(data()), identity_of(data(fields=fields))))


def test_without_fields_an_identity_is_what_it_was_before_there_were_any() -> None:
    digits = identity_of(Digits().load(None))
    assert "fields" not in digits.plain()
    assert digits.fingerprint == "28b76c7aed2232d61119875edd9690530034b4eabeaba01d8a9ad8c47678eea1"


def test_an_identity_with_fields_comes_back_from_json() -> None:
    identity = identity_of(data())
    assert identity_from(json.loads(json.dumps(identity.plain()))) == identity


def test_the_order_of_fields_is_no_matter() -> None:
    assert identity_of(data(fields=dict(reversed(FIELDS.items())))) == identity_of(data())


CHANGED = {
    "a value": ("mask", ~FIELDS["mask"], "its field 'mask' holds other values"),
    "the type": ("length", (ROWS + 1).astype("f4"), r"its field 'length' is float32 [], not int64 []"),
    "the shape": ("source", FIELDS["source"].reshape(10, 16), "its field 'source' is uint8 [16], not uint8 [1, 4, 4]"),
    "one less": ("attributes", None, "it has no field 'attributes'"),
    "one more": ("text", ROWS, "it has a field 'text', which it had not"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_another_field_is_another_data_set_and_named(what: str) -> None:
    name, values, words = CHANGED[what]
    assert changed(name, values).startswith(f"{words}; its fingerprint is ")


def test_a_run_s_line_names_the_fields() -> None:
    sentence = identity_of(replace(data(), fields={name: FIELDS[name] for name in ("source", "mask")})).sentence()
    assert "bytes as −1 … 1, with mask [1, 2, 2] and source [1, 4, 4], fingerprint " in sentence
