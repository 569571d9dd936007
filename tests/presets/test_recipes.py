"""Recipes are experiments of a name with `-recipe`, and what they are said to reach is what is kept of runs."""

import json
from types import ModuleType

import msgspec
import pytest
from typer.testing import CliRunner

from gan_core.cli.entry import app
from gan_core.cli.explanations import explain, rows
from gan_core.errors import SpecError, UsageError
from gan_core.experiments.differences import differences
from gan_core.experiments.files import from_text, to_toml
from gan_core.presets import PRESETS, RECIPES, preset
from gan_core.presets.loading import load_experiment
from gan_core.presets.reached import Reached, ReachedScore
from gan_core.presets.recipes import add_recipe
from loaded_files import loaded


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_its_preset_with_the_settings_that_it_names(name):
    made = preset(name)
    of = RECIPES[name].recipe_of
    changed = {row.key for row in differences(preset(of), made) if not row.derived} - {"name", "summary"}
    parameters = PRESETS[of].parameters

    assert name == f"{of}-recipe"
    assert made.name == name
    assert from_text(to_toml(made), ".toml") == made
    for key in RECIPES[name].settings:
        assert key in parameters or any(at.startswith(key) for at in changed), key


def test_the_settings_of_a_recipe_can_be_changed_as_any_others():
    made = load_experiment("mnist-mlp-recipe", ["folder=letters", "training.steps=5"])

    assert made.data.path == "letters"
    assert made.training.steps == 5
    assert made.training.batch_size == preset("mnist-mlp-recipe").training.batch_size


def test_a_parameter_in_a_recipe_is_its_default():
    add_recipe("mnist-sngan", "A narrow one.", {"width": 0.25, "training.steps": 7})
    try:
        narrow, wide = preset("mnist-sngan-recipe"), preset("mnist-sngan-recipe", width=1.0)
        with pytest.raises(SpecError, match=r"'mnist-sngan-recipe' has no parameter 'wdth'; .* width=0\.25"):
            load_experiment("mnist-sngan-recipe", {"wdth": 2})
    finally:
        del RECIPES["mnist-sngan-recipe"]

    assert narrow.networks == preset("mnist-sngan", width=0.25).networks
    assert wide.networks == preset("mnist-sngan").networks
    assert wide.training.steps == 7


def test_a_name_that_is_nearly_a_recipe_is_answered_with_it():
    with pytest.raises(UsageError, match="did you mean 'mnist-mlp-recipe'"):
        preset("mnist-mlp-recpie")


def test_recipes_are_listed_and_explained():
    runner = CliRunner()
    for words in (["list", "--recipes"], ["list", "recipes"]):
        listed = json.loads(runner.invoke(app, [*words, "--json"]).stdout)["recipes"]
        assert {row["recipe"] for row in listed} == set(RECIPES)
    assert "recipe of: mnist-mlp" in explain("mnist-mlp-recipe")
    assert "mnist-mlp-recipe" in {row["name"] for row in rows("recipes", "r1")}


def test_what_was_reached_is_said_with_its_interval_and_what_real_samples_get():
    found = Reached(
        backends=["keras", "torch"],
        seeds=[0],
        steps=3000,
        minutes=12.4,
        threads=1,
        processor="AMD EPYC",
        samples=10_000,
        features="pixels",
        date="2026-11-28",
        scores=[ReachedScore(name="frechet", mean=12.34, low=12.0, high=12.7, real=0.84)],
    )

    assert found.facts == {
        "reached": "frechet 12.3 (12 to 12.7; real 0.84)",
        "by": "keras, torch, seed 0, 3,000 steps",
        "scored on": "10,000 samples, pixels",
        "in": "12.4 minutes of one thread (AMD EPYC, 2026-11-28)",
    }


def trained() -> ModuleType:
    """The module that keeps scores of runs and writes the page."""
    return loaded("benchmarks/trained.py")


def test_the_page_and_the_table_are_made_of_what_is_kept():
    module = trained()
    kept = module.all_kept()

    assert kept
    assert module.PAGE.read_text(encoding="utf-8") == module.page_of(kept), "python benchmarks/trained.py page"
    assert module.TABLE.read_text(encoding="utf-8") == module.table_of(kept), "python benchmarks/trained.py page"


def test_frameworks_whose_intervals_over_seeds_lie_apart_are_said_to():
    module = trained()

    def run(backend: str, seed: int, frechet: float):
        scores = {"frechet": module.Value(value=frechet, low=frechet - 1, high=frechet + 1, real=0.8)}
        evaluation = module.Scored(step=10, epoch=1.0, generated=100, features="pixels", scores=scores)
        return module.Kept(
            experiment="digits-mlp",
            backend=backend,
            seed=seed,
            steps=10,
            minutes=1.0,
            threads=1,
            processor="P",
            cores=2,
            versions={},
            command="gan train digits-mlp",
            commit="abc",
            date="2026-11-28",
            changes={},
            evaluations=(evaluation,),
        )

    alike = [run(backend, seed, 10 + seed) for backend in ("keras", "torch") for seed in (0, 1, 2)]
    far = run("torch", 0, 90.0).evaluations
    apart = [*alike[:3], *(msgspec.structs.replace(one, evaluations=far) for one in alike[3:])]

    assert "intervals over the seeds overlap in all" in module.page_of(alike)
    assert "**keras, 3 seeds** |  | 11 (8.52 to 13.5)" in module.page_of(alike)
    assert "do not all overlap in frechet" in module.page_of(apart)
