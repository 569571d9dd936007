"""What a sweep's file means: variants, changes, comparisons, and one line for each fault."""

from pathlib import Path

import pytest

from gan_core.errors import SpecError, UsageError
from gan_core.sweeps.plan import planned, read_sweep

FILE = """
experiment = "digits-mlp"
set = ["training.steps=40", "training.batch_size=16"]
seeds = [3, 5]
[variants.base]
[variants.plain]
title = "ReLU"
set = ["networks.discriminator.layers.leaky_relu_1.slope=0", "training.batch_size=8"]
"""


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
        (FILE + '[comparisons.a]\nvariants = ["bse"]\n', "unknown variant 'bse'; did you mean 'base'"),
        (FILE.replace("[3, 5]", "[3, 3]"), "seeds: expected different whole numbers"),
        (FILE.replace("seeds", "sedes"), "unknown field 'sedes'"),
        (FILE + "[", "not a valid TOML text"),
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
