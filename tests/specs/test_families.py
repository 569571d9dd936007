"""Who joins a family of specs, under which word: members that are whole, and no bases."""

import msgspec
import pytest

from gan_core.data.spec import Data
from gan_core.errors import SpecError
from gan_core.experiments.files import from_text, to_toml, with_changes
from gan_core.objectives import Objective
from gan_core.objectives.adversarial import AdversarialGenerator
from gan_core.objectives.game import GeneratorGame
from gan_core.objectives.penalties import Penalty
from gan_core.presets import preset
from gan_core.presets.loading import read_changes
from gan_core.specs import layers as L
from gan_core.specs.initializers import Initializer
from gan_core.specs.optimizers import Optimizer, Schedule
from gan_core.specs.spec import Variant, _decode_variant, variant_name

FAMILIES = (L.Layer, Data, Initializer, Objective, Optimizer, Schedule, Penalty)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_no_member_of_a_family_lacks_a_method(family):
    """What files may name can be used: the words in an error are all legal ones."""
    for word, member in family.variants.items():
        abstract = [name for name in dir(member) if getattr(getattr(member, name), "__isabstractmethod__", False)]
        assert not abstract, word


@pytest.mark.parametrize("word", ["game", "discriminator_game", "generator_game", "objective"])
def test_a_base_of_objectives_is_no_objective(word):
    assert word not in Objective.variants
    with pytest.raises(SpecError, match=f"unknown objective '{word}'"):
        with_changes(preset("digits-mlp"), read_changes([f'phases.generator.objective={{type="{word}"}}']))


BASES = [(family, word) for family in FAMILIES for word in family.variants.bases]


@pytest.mark.parametrize(("family", "word"), BASES, ids=[f"{family.__name__}-{word}" for family, word in BASES])
def test_a_base_named_in_a_file_is_refused_with_the_words_that_are_legal(family, word):
    """Every class of every family is a member or a base; no base can be made from plain data."""
    assert word not in family.variants
    with pytest.raises(ValueError, match="a base for others") as refused:
        from_builtins_of(family, {"type": word})
    assert str(refused.value).endswith(f"expected one of: {', '.join(sorted(family.variants))}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_every_class_of_a_family_is_a_member_or_a_base(family):
    classes = {family}
    while further := {one for old in classes for one in old.__subclasses__()} - classes:
        classes |= further
    ours = {one for one in classes if one.__module__.startswith("gan_core.")}
    members = set(family.variants.values())
    assert ours - members == {one for one in ours if variant_name(one.__name__) in family.variants.bases}


def from_builtins_of(family, plain):
    """Return the member of a family that plain data describe."""
    return msgspec.convert(plain, family, dec_hook=_decode_variant)


def test_a_base_that_says_so_does_not_join():
    class GatedBase(L.LayerSpec, frozen=True, kw_only=True):
        is_base = True

    class GatedOne(GatedBase, frozen=True, kw_only=True):
        pass

    assert "gated_base" not in L.Layer.variants
    assert L.Layer.variants.pop("gated_one") is GatedOne


def test_a_mixin_that_is_no_spec_does_not_join():
    class WithoutFields(Penalty):
        pass

    assert "without_fields" not in Penalty.variants


def test_a_member_that_lacks_a_method_says_which():
    class HalfDone(Variant, Objective, frozen=True, kw_only=True):
        def draws(self, plans):
            return {}

    with pytest.raises(SpecError, match="half_done: the class HalfDone lacks check_plans, evaluate"):
        HalfDone()


def test_a_word_of_the_library_is_not_taken_over():
    """A file that says ``type = "dense"`` means the library's, whatever has been imported."""
    with pytest.raises(
        SpecError,
        match=r"layer 'dense' exists already, in gan_core\.specs\.weighted_layers\.Dense: give that of .* another name",
    ):
        type("Dense", (L.LayerSpec,), {"__module__": __name__})
    assert L.Layer.variants["dense"] is L.Dense


def test_a_subclass_defined_anywhere_joins_and_stands_in_files():
    class LateGenerator(AdversarialGenerator, frozen=True, kw_only=True):
        """Of a test."""

    class LateGame(GeneratorGame, frozen=True, kw_only=True):
        """Of a test too: from a base that is none itself."""

        def evaluate(self, context):
            raise NotImplementedError

    try:
        changed = with_changes(preset("digits-mlp"), {"phases.generator.objective.type": "late_generator"})
        assert isinstance(from_text(to_toml(changed), ".toml").phases[1].objective, LateGenerator)
        assert Objective.variants["late_game"] is LateGame
    finally:
        Objective.variants.pop("late_generator", None)
        Objective.variants.pop("late_game", None)
