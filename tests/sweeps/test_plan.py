"""What a sweep's file means: variants, changes, comparisons, and one line for each fault."""

from pathlib import Path

import pytest

from gan_core.errors import SpecError, UsageError
from gan_core.sweeps.file import SweepFile, read_sweep
from gan_core.sweeps.plan import SweepPlan
from gan_core.sweeps.plan import planned as planned_on

FILE = """
experiment = "digits-mlp"
set = ["training.steps=40", "training.batch_size=16"]
seeds = [3, 5]
[variants.base]
[variants.plain]
title = "ReLU"
set = ["networks.discriminator.layers.leaky_relu_1.slope=0", "training.batch_size=8"]
"""


def planned(sweep: SweepFile, folder: Path, **options) -> SweepPlan:
    return planned_on(sweep, folder, **{"backends": ("torch",)} | options)


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_variant_is_trained_from_each_seed(tmp_path):
    plan = planned(read_sweep(written(tmp_path, FILE)), tmp_path)

    assert list(plan.experiments) == [("base", 3), ("plain", 3), ("base", 5), ("plain", 5)]
    assert all(one.training.seed == seed for (_, seed), one in plan.experiments.items())
    assert plan.titles == {"base": "base", "plain": "ReLU"}
    assert plan.comparisons == {"all": ("base", "plain")}


def test_changes_of_a_variant_come_after_those_of_the_sweep(tmp_path):
    plan = planned(read_sweep(written(tmp_path, FILE)), tmp_path, steps=7)
    base, plain = plan.experiments["base", 3], plan.experiments["plain", 3]

    assert (base.training.steps, plain.training.steps) == (7, 7)
    assert (base.training.batch_size, plain.training.batch_size) == (16, 8)
    slopes = [one.networks["discriminator"].layers[2].slope for one in (base, plain)]
    assert slopes[0] > slopes[1] == 0


def test_a_variant_may_name_an_experiment_file_beside_the_sweep(tmp_path):
    from gan_core.experiments.files import to_toml
    from gan_core.presets import preset

    (tmp_path / "other.toml").write_text(to_toml(preset("mixture-8")), encoding="utf-8")
    text = 'experiment = "digits-mlp"\n[variants.a]\n[variants.b]\nexperiment = "other.toml"\n'
    plan = planned(read_sweep(written(tmp_path, text)), tmp_path)

    assert {name: one.name for (name, _), one in plan.experiments.items()} == {"a": "digits-mlp", "b": "mixture-8"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('experiment = "digits-mlp"\n[variants]\n', "variants: expected at least one"),
        (FILE.replace("[3, 5]", "[3, 3]"), "seeds: expected different whole numbers"),
        (FILE.replace("seeds", "sedes"), "unknown field 'sedes'"),
        (FILE + "[", "not a valid TOML text"),
        ("[variants.base]\n", "experiment: expected a preset or a file"),
        ('experiment = "digits-mlp"\nbackends = ["torch", "torch"]\n', "backends: expected different ones"),
        (FILE + '[grid]\n"training.batch_size" = 32\n', r"grid\.training\.batch_size: expected a list of values"),
        (FILE + '[grid]\n"training.seed" = [1, 2]\n', r"grid\.training\.seed: the sweep has seeds"),
    ],
)
def test_a_fault_in_the_file_is_a_line_with_its_name(tmp_path, text, message):
    with pytest.raises(UsageError, match=message) as caught:
        read_sweep(written(tmp_path, text))

    assert "mine.toml" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_fault_in_a_variant_is_told_with_its_name(tmp_path):
    text = FILE.replace("leaky_relu_1.slope", "leaky_relu_9.slope")

    with pytest.raises(UsageError, match=r"variants\.plain: .*no item 'leaky_relu_9'"):
        planned(read_sweep(written(tmp_path, text)), tmp_path)


def test_an_unknown_metric_is_refused_before_anything_is_trained(tmp_path):
    text = 'metrics = ["frechte"]\n' + FILE

    with pytest.raises(UsageError, match="unknown metric 'frechte'; did you mean 'frechet'"):
        planned(read_sweep(written(tmp_path, text)), tmp_path)


def test_a_file_that_is_not_there_is_a_line(tmp_path):
    with pytest.raises(UsageError, match="no sweep file"):
        read_sweep(tmp_path / "none.toml")


def test_no_seeds_are_refused(tmp_path):
    with pytest.raises(SpecError, match="seeds: expected"):
        planned(read_sweep(written(tmp_path, FILE)), tmp_path, seeds=[])


def test_the_tricks_that_are_shipped_can_be_made():
    """Every variant fits, and differs from the base; every comparison holds the base against others."""
    folder = Path(__file__).parents[2] / "examples"
    plan = planned(read_sweep(folder / "tricks.toml"), folder, seeds=[0])
    base = plan.experiments["base", 0]

    assert all(one != base for (name, _), one in plan.experiments.items() if name != "base")
    assert all(variants[0] == "base" and len(variants) > 1 for variants in plan.comparisons.values())
    assert {name for names in plan.comparisons.values() for name in names} == {name for name, _ in plan.experiments}


def test_a_comparison_of_an_unknown_variant_is_refused(tmp_path):
    text = FILE + '[comparisons.a]\nvariants = ["bse"]\n'

    with pytest.raises(SpecError, match="unknown variant 'bse'; did you mean 'base'"):
        planned(read_sweep(written(tmp_path, text)), tmp_path)


GRID = """
experiment = "digits-mlp"
set = ["training.steps=40"]
backends = ["torch", "paddle"]
seeds = [0]
[grid]
training.batch_size = [8, 16]
"players.generator.optimizer.learning_rate" = [1e-4, 1e-3]
"""


def test_a_grid_is_every_combination_on_every_backend(tmp_path):
    plan = planned_on(read_sweep(written(tmp_path, GRID)), tmp_path)

    assert list(plan.backends.items())[:3] == [
        ("batch_size-8-learning_rate-0.0001-torch", "torch"),
        ("batch_size-8-learning_rate-0.0001-paddle", "paddle"),
        ("batch_size-8-learning_rate-0.001-torch", "torch"),
    ]
    assert len(plan.experiments) == 8
    last = plan.experiments["batch_size-16-learning_rate-0.001-paddle", 0]
    assert (last.training.batch_size, last.players["generator"].optimizer.learning_rate) == (16, 1e-3)
    assert plan.titles["batch_size-16-learning_rate-0.001-paddle"] == "batch_size 16, learning_rate 0.001, paddle"


def test_one_backend_in_place_of_the_files_leaves_its_name_out(tmp_path):
    plan = planned_on(read_sweep(written(tmp_path, GRID)), tmp_path, backends=("keras",))

    assert next(iter(plan.backends.items())) == ("batch_size-8-learning_rate-0.0001", "keras")
    assert len(plan.experiments) == 4


def test_a_grid_of_experiments_needs_no_other(tmp_path):
    text = 'backends = ["torch"]\nseeds = [0]\n[grid]\nexperiment = ["digits-mlp", "mixture-8"]\n'
    plan = planned_on(read_sweep(written(tmp_path, text)), tmp_path)

    assert {name: one.name for (name, _), one in plan.experiments.items()} == {
        "digits-mlp": "digits-mlp",
        "mixture-8": "mixture-8",
    }


def test_each_named_variant_has_its_grid(tmp_path):
    text = FILE + '[grid]\n"training.dtype" = ["float32", "float64"]\n'
    plan = planned(read_sweep(written(tmp_path, text)), tmp_path)

    assert list(plan.titles.items()) == [
        ("base-dtype-float32", "base, dtype float32"),
        ("base-dtype-float64", "base, dtype float64"),
        ("plain-dtype-float32", "ReLU, dtype float32"),
        ("plain-dtype-float64", "ReLU, dtype float64"),
    ]
    assert plan.settings["plain-dtype-float64"] == {"variant": "plain", "dtype": "float64"}


def test_backends_alone_are_a_sweep(tmp_path):
    text = 'experiment = "digits-mlp"\nbackends = ["torch", "keras"]\nseeds = [0]\n'

    assert planned_on(read_sweep(written(tmp_path, text)), tmp_path).backends == {"torch": "torch", "keras": "keras"}


def test_a_sweep_without_a_backend_is_a_line(tmp_path):
    with pytest.raises(UsageError, match="backend: expected a framework"):
        planned_on(read_sweep(written(tmp_path, FILE)), tmp_path)


def test_a_grid_too_large_is_refused_before_it_is_made(tmp_path):
    axes = "".join(f'"a{number}.b{number}" = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n' for number in range(9))

    with pytest.raises(SpecError, match=r"grid: 2,000,000,000 variants; expected at most 1,000"):
        planned(read_sweep(written(tmp_path, FILE + "[grid]\n" + axes)), tmp_path)


def test_the_grid_that_is_shipped_can_be_made():
    folder = Path(__file__).parents[2] / "examples"

    assert len(planned_on(read_sweep(folder / "grid.toml"), folder).experiments) == 24


def test_the_best_checkpoint_of_runs_that_are_not_evaluated_is_refused(tmp_path):
    text = FILE.replace("seeds = [3, 5]", 'seeds = [3]\ncheckpoints = ["last", "best"]')

    with pytest.raises(SpecError, match=r"variants.base: no checkpoint is the best of a run that is not evaluated"):
        planned(read_sweep(written(tmp_path, text)), tmp_path)
    every = text.replace('set = ["training.steps=40', 'set = ["evaluation.every_steps=20", "training.steps=40', 1)
    assert planned(read_sweep(written(tmp_path, every)), tmp_path).checkpoints == ("last", "best")
