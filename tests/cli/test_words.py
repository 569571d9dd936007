"""`gan list KIND` and `gan explain WORD`: every word that a file may hold is told, from the specs themselves."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from gan_core.cli.explanations import explain, rows
from gan_core.cli.field_types import fields_of, type_in_words
from gan_core.cli.words import KINDS, all_words, field_words
from gan_core.errors import UsageError
from gan_core.experiments.checks import CHECKS
from gan_core.experiments.experiment import Experiment
from gan_core.objectives.losses import LOSSES
from gan_core.presets import PRESETS, Group, preset
from gan_core.specs.layers import Conv, Layer, LayerSpec
from gan_core.specs.optimizers import Adam, Optimizer
from gan_core.specs.spec import NonNegativeInt, PositiveFloat, PositiveInt, Share, to_builtins


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_of_a_kind_says_what_it_is(kind: str):
    words = KINDS[kind]()

    assert words
    assert [word.name for word in words if not word.text.strip() and kind != "fields"] == []


def test_all_members_of_a_family_are_listed():
    assert {row["name"] for row in rows("layers", None)} == set(Layer.variants)
    assert {row["name"] for row in rows("optimizers", None)} == set(Optimizer.variants)
    assert {row["name"] for row in rows("losses", None)} == set(LOSSES)
    assert {row["name"] for row in rows("presets", None)} == set(PRESETS)


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("translation", {"cyclegan", "cyclegan-colour", "discogan", "dualgan"}),  # a group
        ("keras.io", {"keras-dcgan", "keras-wgan-gp", "keras-conditional-gan"}),  # what it stands for
        ("arXiv:1511.05644", {"aae"}),  # its text
        ("one_hot", {"keras-conditional-gan"}),  # a layer
        ("bidirectional", {"mnist-bigan"}),  # an objective
        ("boundary_seeking", {"mnist-bgan"}),  # a loss
        ("divergence", {"mnist-wgan-div"}),  # a penalty
    ],
)
def test_a_preset_is_found_by_what_it_is_and_by_what_it_is_made_of(sought: str, found: set[str]):
    assert {row["name"] for row in rows("presets", sought)} >= found
    assert "mnist-mlp" not in {row["name"] for row in rows("presets", sought)}


def test_every_preset_has_a_group_and_something_that_it_stands_for():
    for name, entry in PRESETS.items():
        assert entry.group in get_args(Group), name
        assert entry.stands_for, name


def test_a_layer_of_ones_own_is_known_as_soon_as_it_is_imported():
    class Wobble(LayerSpec, frozen=True, kw_only=True):
        """Adds a wobble."""

        amount: PositiveFloat = 0.5

    try:
        assert "Adds a wobble" in explain("wobble")
        assert re.search(r"amount +number, above 0 +0\.5", explain("wobble"))
    finally:
        del Layer.variants["wobble"]


def keys(plain: object, path: str = "") -> set[str]:
    """The paths of all values in an experiment's tables, families left out."""
    if not isinstance(plain, dict):
        return {path}
    if "type" in plain:
        return {path}
    return {found for key, value in plain.items() for found in keys(value, f"{path}.{key}" if path else key)}


@pytest.mark.parametrize("name", ["digits-mlp", "mnist-cgan", "cyclegan"])
def test_every_key_of_a_preset_is_a_field_that_is_explained(name: str):
    """`--set KEY=VALUE` and `gan explain KEY` know the same keys."""
    plain = to_builtins(preset(name))
    patterns = [re.escape(word.name).replace("NAME", "[^.]+") for word in field_words()]
    unknown = [
        key
        for key in keys({key: value for key, value in plain.items() if key != "phases"})
        if not any(re.fullmatch(pattern, key) for pattern in patterns)
    ]

    assert unknown == []


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (PositiveInt, "whole number, at least 1"),
        (NonNegativeInt | None, "whole number, at least 0, or left out"),
        (PositiveFloat, "number, above 0"),
        (Share, "number, at least 0, at most 1"),
        (tuple[PositiveInt, ...], "list of: whole number, at least 1"),
        (tuple[float, float], "[number, number]"),
        (dict[str, bool], "table of NAME = true | false"),
        (str | tuple[str, ...], "text or list of: text"),
        (Optimizer, "one of `gan list optimizers`"),
    ],
)
def test_a_type_is_said_in_words(annotation, words: str):
    assert type_in_words(annotation) == words


def test_a_page_states_types_ranges_and_defaults():
    page = explain("adam")

    assert "arXiv:1412.6980" in page
    assert re.search(r"learning_rate +number, above 0 +\(must be given\)", page)
    assert re.search(r"beta1 +number, at least 0, at most 1 +0\.9", page)
    assert "--set players.NAME.optimizer.type=adam" in page


@pytest.mark.parametrize("spec", [Adam, Conv, Experiment])
def test_the_fields_of_a_page_are_those_of_the_spec(spec):
    assert [of.name for of in fields_of(spec)] == [of.name for of in msgspec.structs.fields(spec)]


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("FID", "frechet (metrics)"),
        ("hinge", "arXiv:1705.02894"),
        ("mnist-wgan-gp", "Gulrajani"),
        ("minibatch_discrimination", "minibatch-discrimination (presets)"),
        ("training.seed", "whole number, at least 0"),
        ("seed", "training.seed (fields)"),
        ("players.critic.clip_weights", "number, above 0, or left out"),
        ("players.generator.optimizer.beta2", "adam: number, at least 0, at most 1"),
        ("slope", "leaky_relu"),
        ("image_folder", "--set data.type=image_folder"),
    ],
)
def test_a_word_is_explained(word: str, words: str):
    assert words in explain(word)


@pytest.mark.parametrize(("word", "near"), [("covn", "conv"), ("x" * 10_000, ""), ("training.sede", "training.seed")])
def test_an_unknown_word_is_one_line_with_the_nearest(word: str, near: str):
    with pytest.raises(UsageError, match=r"^[^\n]*nothing is called") as caught:
        explain(word)
    assert near in str(caught.value)


def test_an_unknown_kind_is_one_line_with_the_nearest():
    with pytest.raises(UsageError, match=r"unknown kind 'layrs'; did you mean 'layers'"):
        rows("layrs", None)


def test_a_search_looks_in_names_and_texts_of_all_kinds():
    found = {(row["kind"], row["name"]) for row in rows(None, "gulrajani")}

    assert {("presets", "mnist-wgan-gp"), ("penalties", "gradient_penalty"), ("models", "wgan-gp")} <= found


def test_no_summary_is_cut_within_a_name():
    """The first sentence of "Gulrajani et al. 2017: …" does not end at "al."."""
    assert [word.name for word in all_words() if word.summary.endswith((" al", " eq", "(eq"))] == []


def test_every_check_is_listed_and_stands_in_the_documents():
    """A reader who is told a check's name finds it, whether it is an error, and what it means."""
    page = Path(__file__).parents[2].joinpath("docs", "checks.md").read_text(encoding="utf-8")

    assert [row["name"] for row in rows("checks", None)] == list(CHECKS)
    for name, check in CHECKS.items():
        assert f"| `{name}` | {'error' if check.error else 'note'} | {check.sentence} |" in page


def test_help_names_every_kind():
    """The list in `gan list --help` is that of `KINDS`."""
    text = Path(__file__).parents[2].joinpath("gan_core", "cli", "listing.py").read_text(encoding="utf-8")

    assert [kind for kind in KINDS if kind not in text] == []
