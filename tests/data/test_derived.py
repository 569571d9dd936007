"""Data made of other data: pairs out of pictures, a few labels, and pictures beside their negatives."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.data.derived_domains import LabelledPart, PlainAndChanged, Stacked, Tinted, edges
from gan_core.data.derived_pairs import FromGrey, FromLowResolution, FromMasked, reduced
from gan_core.data.identity import identity_of
from gan_core.data.idx import Mnist
from gan_core.data.sources import Digits, Mixture
from gan_core.data.spec import Data
from gan_core.errors import DataError, SpecError
from gan_core.specs.spec import Spec, Variant, from_builtins, to_builtins

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (6, 3, 8, 12), np.uint8)
LABELS = np.array([0, 1, 0, 1, 0, 1])


class Pictures(Variant, Data, frozen=True, kw_only=True):
    """Colour pictures [3, 8, 12] of two classes, with a field of their own, in two splits of three."""

    split: str = "train"
    size: int = 6

    def load(self, data_dir: Path | None) -> Dataset:
        """Return the first or the last ones."""
        rows = slice(0, self.size) if self.split == "train" else slice(3, 6)
        return Dataset(
            name="pictures",
            samples=PICTURES[rows],
            labels=LABELS[rows],
            classes=2,
            class_names=("cat", "dog"),
            fields={"number": np.arange(6)[rows]},
            samples_sha256="of all",
        )


class _Holder(Spec, frozen=True, kw_only=True):
    data: Data


PAIRS = (FromGrey(source=Pictures()), FromLowResolution(source=Pictures()), FromMasked(source=Pictures()))
ALL = (*PAIRS, LabelledPart(source=Pictures(), per_class=2), PlainAndChanged(source=Pictures()))


def word(spec: Data) -> str:
    return str(spec.__struct_config__.tag)


def refused(spec: Data) -> str:
    with pytest.raises(DataError) as caught:
        spec.load(None)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# what all have in common


@pytest.mark.parametrize("spec", ALL, ids=word)
def test_a_derived_spec_comes_back_from_a_file(spec: Data) -> None:
    assert from_builtins({"data": to_builtins(spec)}, _Holder).data == spec


@pytest.mark.parametrize("spec", ALL, ids=word)
def test_what_the_source_holds_out_is_held_out(spec: Data) -> None:
    held_out = spec.held_out()
    numbers = held_out.data.load(None).fields["number"]
    assert (held_out.name, held_out.trained_on) == ("test", "train")
    assert numbers.tolist() == ([3] if isinstance(spec, PlainAndChanged) else [3, 4, 5])


def test_data_in_one_piece_stay_in_one_piece() -> None:
    assert FromMasked(source=Digits()).held_out() is None


@pytest.mark.parametrize("spec", PAIRS, ids=word)
def test_pairs_keep_the_samples_labels_and_fields_of_their_source(spec: Data) -> None:
    dataset, source = spec.load(None), Pictures().load(None)
    assert np.array_equal(dataset.samples, source.samples)
    assert np.array_equal(dataset.labels, source.labels)
    assert np.array_equal(dataset.fields["number"], source.fields["number"])
    assert dataset.class_names == source.class_names
    assert dataset.value_range == source.value_range


@pytest.mark.parametrize("spec", [FromLowResolution, FromMasked, PlainAndChanged])
def test_points_are_no_pictures(spec: type[Data]) -> None:
    words = refused(spec(source=Mixture()))
    assert words.endswith("'ring of 8 modes' holds float64 [2]; expected images, uint8 [1 or 3, H, W]")


def test_grey_pictures_cannot_be_coloured() -> None:
    assert refused(FromGrey(source=Digits())) == (
        "from_grey: 'digits' holds uint8 [1, 8, 8]; expected colour images, uint8 [3, H, W]"
    )


@pytest.mark.parametrize("spec", ALL, ids=word)
def test_two_domains_are_not_derived_from(spec: Data) -> None:
    two = replace_source(spec, PlainAndChanged(source=Pictures()))
    assert "'pictures, plain' has two domains already; expected one set of" in refused(two)


def replace_source(spec: Data, source: Data) -> Data:
    return type(spec)(source=source)


def test_a_field_that_the_source_has_needs_another_name() -> None:
    small = FromLowResolution(source=Pictures())
    assert refused(FromMasked(source=small)) == (
        "'pictures, from 2 × 3' has a field 'source' already; give this one another name with data.field"
    )
    both = FromMasked(source=FromLowResolution(source=Pictures(), field="small")).load(None)
    assert sorted(both.fields) == ["mask", "number", "small", "source"]


def test_a_network_of_mnist_is_judged_by_its_classifier_after_a_derivation() -> None:
    for spec in (FromMasked(source=Mnist()), LabelledPart(source=Mnist())):
        assert spec.suitable_extractor(Pictures().load(None)) == "classifier"
        assert np.array_equal(spec.unseen_by_classifier(60_000), Mnist().unseen_by_classifier(60_000))
    parts = FromMasked(source=Mnist(), target="hidden")
    assert parts.unseen_by_classifier(60_000) is None
    assert parts.suitable_extractor(Pictures().load(None)) is None


# grey, small and masked


def test_a_grey_source_is_the_601_luma_in_one_channel() -> None:
    source = FromGrey(source=Pictures()).load(None).fields["source"]
    assert source.shape == (6, 1, 8, 12)
    exact = np.einsum("nchw,c->nhw", PICTURES.astype(float), [0.299, 0.587, 0.114])
    assert np.abs(source[:, 0] - exact).max() <= 0.51


def test_a_small_source_by_area_is_the_mean_of_each_square() -> None:
    source = FromLowResolution(source=Pictures(), factor=4, method="area").load(None).fields["source"]
    means = PICTURES.reshape(6, 3, 2, 4, 3, 4).mean(axis=(3, 5))
    assert np.abs(source - means).max() <= 0.51


def test_a_small_source_is_bicubic_with_a_filter_as_wide_as_the_factor() -> None:
    """One row in the reference's way: Keys' kernel (a = −.5), stretched by the factor and cut at the borders."""
    line = PICTURES[:1, :1, :1].repeat(4, axis=2)

    def kernel(x: float) -> float:
        x = abs(x)
        if x < 1:
            return 1.5 * x**3 - 2.5 * x**2 + 1
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0

    expected = []
    for place in range(3):
        weights = np.array([kernel((x + 0.5 - (place + 0.5) * 4) / 4) for x in range(12)])
        expected.append(np.clip(weights @ line[0, 0, 0] / weights.sum(), 0, 255))
    assert np.abs(reduced(line, 4, "bicubic")[0, 0, 0] - np.array(expected)).max() <= 1.01


def test_sides_that_the_factor_does_not_divide_are_refused() -> None:
    assert refused(FromLowResolution(source=Pictures(), factor=8)) == (
        "from_low_resolution: 'pictures' holds pictures of 8 × 12; expected sides that data.factor = 8 divides"
    )


@pytest.mark.parametrize(("fill", "value"), [("black", 0), ("grey", 128), ("white", 255)])
def test_the_centre_is_hidden_and_the_rest_is_seen(fill: str, value: int) -> None:
    dataset = FromMasked(source=Pictures(), fill=fill).load(None)
    expected = PICTURES.copy()
    expected[:, :, 2:6, 4:8] = value
    mask = np.zeros((1, 8, 12))
    mask[:, 2:6, 4:8] = 1
    assert np.array_equal(dataset.fields["source"], expected)
    assert np.array_equal(dataset.take_field("mask", np.array([0, 5]), np.dtype("float64")), [mask, mask])


def test_a_random_square_lies_within_the_picture_and_stays_where_it_is() -> None:
    dataset = FromMasked(source=Pictures(), place="random", side=3).load(None)
    masks = dataset.fields["mask"][:, 0]
    for mask in masks:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert (mask.sum(), rows[-1] - rows[0], columns[-1] - columns[0]) == (9, 2, 2)
    assert len(np.unique(masks, axis=0)) > 1
    assert np.array_equal(FromMasked(source=Pictures(), place="random", side=3).load(None).fields["mask"][:, 0], masks)
    other = FromMasked(source=Pictures(), place="random", side=3, seed=1).load(None)
    assert not np.array_equal(other.fields["mask"][:, 0], masks)


def test_random_squares_come_to_every_place_alike() -> None:
    masks = FromMasked(source=Digits(), place="random", side=5).load(None).fields["mask"][:, 0]
    tops = np.bincount(masks.any(axis=2).argmax(axis=1), minlength=4)
    assert len(tops) == 4  # 8 − 5 + 1
    assert tops.min() > 0.8 * 1797 / 4


@pytest.mark.parametrize("place", ["centre", "random"])
def test_the_hidden_square_alone_may_be_the_sample(place: str) -> None:
    dataset = FromMasked(source=Pictures(), place=place, side=3, target="hidden").load(None)
    assert dataset.shape == (3, 3, 3)
    for picture, sample, mask in zip(PICTURES, dataset.samples, dataset.fields["mask"][:, 0], strict=True):
        assert np.array_equal(picture[:, mask].reshape(3, 3, 3), sample)
    copy = Dataset(name="x", samples=dataset.samples.copy(), labels=LABELS, classes=2, fields=dataset.fields)
    assert identity_of(replace(copy, class_names=("cat", "dog"))).fingerprint == identity_of(dataset).fingerprint


@pytest.mark.parametrize("side", [8, 20])
def test_a_square_as_large_as_the_picture_is_refused(side: int) -> None:
    assert refused(FromMasked(source=Pictures(), side=side)) == (
        f"from_masked: 'pictures' holds pictures of 8 × 12, of which a square of data.side = {side} leaves no border; "
        "expected 1 to 7"
    )


def test_pictures_of_a_user_s_become_sources() -> None:
    assert FromGrey(source=Pictures()).as_domain(PICTURES, second=False).shape == (6, 1, 8, 12)
    masked = FromMasked(source=Pictures())
    assert np.array_equal(masked.as_domain(PICTURES, second=False), masked.load(None).fields["source"])


# a few labels


def test_a_labelled_part_has_so_many_of_each_class() -> None:
    dataset = LabelledPart(source=Digits(), per_class=10).load(None)
    part = dataset.second_domain
    assert (dataset.labels, dataset.classes, len(dataset)) == (None, None, 1797)
    assert np.bincount(part.labels).tolist() == [10] * 10
    assert part.name == "digits, 100 labelled"


def test_the_labels_are_those_of_the_samples() -> None:
    part = LabelledPart(source=Pictures(), per_class=2).load(None).second_domain
    assert len(part) == 4
    for sample, label, number in zip(part.samples, part.labels, part.fields["number"], strict=True):
        assert np.array_equal(sample, PICTURES[number])
        assert label == LABELS[number]
    assert part.class_names == ("cat", "dog")


def test_another_seed_labels_other_samples() -> None:
    first, again, other = (
        LabelledPart(source=Digits(), seed=seed).load(None).second_domain.samples for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_is_held_out_has_all_its_labels() -> None:
    held_out = LabelledPart(source=Pictures(), per_class=1).held_out()
    assert held_out.data == Pictures(split="test")


def test_too_few_samples_of_a_class_are_refused() -> None:
    assert refused(LabelledPart(source=Pictures(size=5), per_class=3)) == (
        "labelled_part: class 1 'dog' of 'pictures' has 2 samples; expected at least data.per_class = 3"
    )


def test_without_labels_there_is_no_labelled_part() -> None:
    class Unlabelled(Pictures, frozen=True, kw_only=True):
        is_base = True

        def load(self, data_dir: Path | None) -> Dataset:
            return Dataset(name="pictures", samples=PICTURES)

    assert "'pictures' has no labels; expected one set of samples with labels" in refused(
        LabelledPart(source=Unlabelled())
    )


def test_a_labelled_part_of_none_is_refused() -> None:
    with pytest.raises(SpecError, match=r"labelled_part\.per_class: "):
        LabelledPart(source=Digits(), per_class=0)


# pictures and their negatives


def test_the_second_half_is_turned_to_its_negative() -> None:
    dataset = PlainAndChanged(source=Pictures()).load(None)
    assert np.array_equal(dataset.samples, PICTURES[:3])
    assert np.array_equal(dataset.second_domain.samples, 255 - PICTURES[3:])
    assert dataset.second_domain.fields["number"].tolist() == [3, 4, 5]
    assert (dataset.labels.tolist(), dataset.second_domain.labels.tolist()) == ([0, 1, 0], [1, 0, 1])
    assert (dataset.samples_sha256, dataset.second_domain.samples_sha256) == (None, None)


def test_edges_are_the_largest_neighbour_less_the_pixel() -> None:
    made = edges(PICTURES)
    for row in range(8):
        for column in range(12):
            near = PICTURES[:, :, max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
            assert np.array_equal(made[:, :, row, column], near.max(axis=(2, 3)) - PICTURES[:, :, row, column])
    changed = PlainAndChanged(source=Pictures(), change="edges").load(None)
    assert np.array_equal(changed.second_domain.samples, made[3:])


def test_one_picture_makes_no_two_domains() -> None:
    assert "holds one image, which makes no two domains" in refused(PlainAndChanged(source=Pictures(size=1)))


def test_tinted_pictures_are_the_grey_ones_in_the_colour_of_their_class():
    """White becomes the colour and black stays black; what a class is called is its colour."""
    from gan_core.data.derived_domains import COLOURS, tinted

    grey = np.array([0, 255, 128], np.uint8).reshape(1, 1, 1, 3)
    made = tinted(grey, [COLOURS["red"]])

    np.testing.assert_array_equal(made[0, :, 0, 0], [0, 0, 0])
    np.testing.assert_array_equal(made[0, :, 0, 1], COLOURS["red"])
    np.testing.assert_array_equal(made[0, :, 0, 2], [128, 30, 30])


def test_a_stack_is_three_pictures_whose_classes_are_the_digits_of_its_own():
    source = Digits()
    grey, stacks = source.load(None), Stacked(source=source, count=50, seed=2).load(None)

    assert (stacks.shape, len(stacks), stacks.classes) == ((3, 8, 8), 50, 1000)
    digits = np.stack([stacks.labels // 100, stacks.labels // 10 % 10, stacks.labels % 10], axis=1)
    for sample, labels in zip(stacks.samples, digits, strict=True):
        for channel, label in zip(sample, labels, strict=True):
            (found,) = np.unique(grey.labels[(grey.samples[:, 0] == channel).all(axis=(1, 2))])
            assert found == label


def test_as_many_stacks_are_made_as_there_are_pictures_and_others_with_another_seed():
    first, again, other = (Stacked(source=Digits(), seed=seed).load(None).samples for seed in (0, 0, 1))

    assert len(first) == len(Digits().load(None))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_stacks_are_compared_with_is_stacked_of_held_out_pictures():
    held_out = Stacked(source=Mnist(), count=25_600).held_out()

    assert held_out is not None
    assert (held_out.data, held_out.name) == (Stacked(source=Mnist(split="test")), "test")


def test_colour_pictures_cannot_be_stacked():
    assert "expected images, uint8 [1, H, W]" in refused(Stacked(source=Tinted(source=Digits())))


def test_data_that_keep_the_samples_of_others_are_judged_as_these():
    """A hidden square, or a picture in other colours, is another sample."""
    inner = LabelledPart(source=Digits())

    assert inner.original() == FromMasked(source=inner).original() == Digits()
    hidden, changed = FromMasked(source=Digits(), target="hidden"), PlainAndChanged(source=Digits())
    assert (hidden.original(), changed.original()) == (hidden, changed)
