"""The mode-collapse laboratory: every model on every mixture, counts, resumption, tables, and one line a mistake."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gan_core.cli.doctor import available
from gan_core.contract.loading import load_backend
from gan_core.data.sources import Mixture
from gan_core.errors import UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.laboratory import MODELS, PROTOCOLS, Laboratory, Setting, model_experiment, run_laboratory
from gan_core.laboratory.densities import CELLS, draw_density, kernel_density
from gan_core.laboratory.figures import shown_results
from gan_core.laboratory.progress import TrialBars
from gan_core.laboratory.runner import finished, reason
from gan_core.laboratory.table import coverage_table, markdown, rows_of
from gan_core.laboratory.trial import cluster_centres, fingerprint, measures, run_trial
from gan_core.metrics.modes import mode_coverage
from gan_core.training.timetable import Timetable
from gan_core.training.trainer import Trainer

EVERY_MIXTURE = [(name, modes) for name, protocol in PROTOCOLS.items() for modes in protocol.default_modes]


def some_backend() -> str:
    installed = [name for name, there in available().items() if there]
    if not installed:
        pytest.skip("no framework is installed")
    return "torch" if "torch" in installed else installed[0]


def setting_of(protocol: str, modes: int) -> Setting:
    return Setting(data=PROTOCOLS[protocol].mixture(modes), steps=10, bounded=PROTOCOLS[protocol].bounded)


def experiment_of(model: str, protocol: str, modes: int) -> Experiment:
    return model_experiment(model, setting_of(protocol, modes))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("protocol", "modes"), EVERY_MIXTURE)
def test_every_model_makes_an_experiment_for_every_mixture(model, protocol, modes):
    made = experiment_of(model, protocol, modes)

    assert made.sample_shape == (2,)
    assert made.name == model


@pytest.mark.parametrize(("protocol", "modes"), EVERY_MIXTURE)
def test_real_points_reach_every_mode_by_every_count(protocol, modes):
    """A perfect generator would: 1 − exp(−4.5), or 98.9%, of a Gaussian in the plane lies within 3 deviations."""
    made = experiment_of("gan", protocol, modes)
    real = made.data.load(None)

    counted = measures(real.samples[:2500], real, 0.1)

    assert {counted[key] for key in ("covered", "covered_by_share", "covered_within_radius")} == {modes}
    assert counted["high_quality"] == pytest.approx(1 - np.exp(-4.5), abs=0.01)
    assert counted["reverse_kl"] < 0.01
    assert counted["spread"] == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(("protocol", "modes"), EVERY_MIXTURE)
def test_the_deviation_is_that_of_the_scaled_points(protocol, modes):
    made = experiment_of("gan", protocol, modes)
    real = made.data.load(None)

    spread = (real.samples - real.centres[real.labels]).std()

    assert real.mode_deviation == pytest.approx(spread, rel=0.02)
    assert np.abs(cluster_centres(real) - real.centres).max() < 0.3 * spread


def test_a_stray_sample_covers_a_mode_for_the_tutorial_alone():
    made = experiment_of("gan", "pacgan", 8)
    real = made.data.load(None)
    stray = real.centres + np.array([0.05, 0.0])  # 5 deviations off

    counted = measures(stray, real, 0.1)

    assert (counted["covered_within_radius"], counted["covered"], counted["high_quality"]) == (8, 0, 0.0)
    assert counted["spread"] == 0.0


def test_modes_that_are_points_have_no_spread():
    made = experiment_of("gan", "pacgan", 25)
    real = made.data.load(None)

    counted = measures(np.repeat(real.centres, 100, axis=0), real, 0.1)

    assert (counted["covered"], counted["high_quality"], counted["spread"]) == (25, 1.0, 0.0)


def result(**changes: object) -> dict[str, object]:
    plain = {
        "model": "gan",
        "modes": 4,
        "backend": "torch",
        "steps": 10,
        "seconds": 1.0,
        "reverse_kl": 0.5,
        "spread": 1.0,
    }
    plain |= {"covered_within_radius": 4, "covered": 3, "covered_by_share": 2, "high_quality": 0.5}
    return plain | changes


def test_rows_hold_the_mean_and_range_over_seeds():
    found = [result(covered=1, high_quality=0.25), result(covered=4, high_quality=0.75), result(modes=8)]

    first, second = rows_of(found, PROTOCOLS["tutorial"])

    assert first["covered"] == {"mean": 2.5, "min": 1.0, "max": 4.0, "sd": pytest.approx(4.5**0.5)}
    assert first["high_quality"]["mean"] == 0.5
    assert (first["seeds"], second["seeds"], second["covered"]["sd"]) == (2, 1, 0.0)
    assert (first["published"], second["published"]) == (3.0, 4.0)


def test_the_tables_show_means_ranges_and_what_was_published():
    rows = rows_of([result(covered_within_radius=3), result(), result(modes=8)], PROTOCOLS["tutorial"])

    table = markdown(rows, PROTOCOLS["tutorial"])
    line = next(line for line in table.splitlines() if line.startswith("| gan | 4 "))

    assert line == "| gan | 4 | torch | 2 | 3.5 (3–4) | 3 | 2 | 50.0% | 0.50 | 1.00 | 1 | 3 |"
    assert "| gan (torch) | 88% (75%) | 50% (50%) |" in coverage_table(rows, PROTOCOLS["tutorial"])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Laboratory, Path]:
    laboratory = Laboratory(models=("gan",), modes=(4, 8), backends=(some_backend(),), seeds=1, steps=20)
    out = tmp_path_factory.mktemp("laboratory")
    run_laboratory(laboratory, out)
    return laboratory, out


def modes_run(laboratory: Laboratory, out: Path) -> set[int]:
    ran = set()
    run_laboratory(laboratory, out, progress=lambda trial, *_: ran.add(trial.modes))
    return ran


def test_a_trial_counts_its_own_samples(small):
    laboratory, out = small
    for trial, experiment in laboratory.planned.items():
        written = json.loads((out / "cells" / f"{trial.name}.json").read_text())
        samples = np.load(out / "cells" / f"{trial.name}.npy")
        real = experiment.data.load(None)

        expected = mode_coverage(samples, real.centres, real.mode_deviation)

        assert samples.shape == (10_000, 2)
        assert written["covered"] == expected.covered
        assert written["high_quality"] == expected.high_quality
        assert written["histogram"] == list(expected.histogram)
        assert (out / "cells" / f"{trial.name}.png").stat().st_size > 10_000
        assert (out / f"densities-{trial.modes}.png").stat().st_size > 10_000


def test_the_table_is_of_the_trials(small):
    laboratory, out = small

    rows = json.loads((out / "table.json").read_text())["rows"]

    assert [(row["model"], row["modes"], row["steps"]) for row in rows] == [("gan", 4, 20), ("gan", 8, 20)]
    for trial, row in zip(laboratory.planned, rows, strict=True):
        written = json.loads((out / "cells" / f"{trial.name}.json").read_text())
        assert row["reverse_kl"]["mean"] == written["reverse_kl"]
    assert (out / "overview.png").is_file()


def test_finished_trials_are_not_run_again(small):
    laboratory, out = small
    first, second = (out / "cells" / f"{trial.name}.json" for trial in laboratory.planned)
    untouched = first.stat().st_mtime_ns
    second.unlink()

    ran = modes_run(laboratory, out)

    assert ran == {8}
    assert first.stat().st_mtime_ns == untouched
    assert second.is_file()


def test_the_sharp_models_refuse_a_single_mode():
    alone = Setting(data=Mixture(modes=1), steps=1)
    with pytest.raises(UsageError, match="2 or more"):
        model_experiment("sharp-r1-average", alone)


def test_the_slope_of_steps_follows_the_scale_of_the_points():
    def slope(extent):
        setting = Setting(data=Mixture(layout="grid", modes=4, extent=extent), steps=1)
        first = model_experiment("sharp-r1-average", setting).networks["discriminator"].layers[0]
        return first.weight_init.limit

    assert slope(0.5) == pytest.approx(2 * slope(1.0), rel=1e-12)


def test_the_overview_shows_the_first_seed_whose_points_are_there():
    results = [{"name": f"{model}-{seed}", "model": model, "modes": 8} for model in ("gan", "r1") for seed in (0, 1)]
    shown = shown_results(results, {"gan-1": np.zeros((3, 2))})
    assert {key: result["name"] for key, result in shown.items()} == {("gan", 8): "gan-1", ("r1", 8): "r1-0"}


def test_numbers_are_enough_for_the_tables(small, tmp_path):
    """The JSON files of trials alone can be kept and gone on with; the overview lacks their points."""
    laboratory, out = small
    shutil.copytree(out / "cells", tmp_path / "cells", ignore=shutil.ignore_patterns("*.npy", "*.png"))

    ran = modes_run(laboratory, tmp_path)

    assert ran == set()
    assert (tmp_path / "table.md").read_text() == (out / "table.md").read_text()
    assert (tmp_path / "overview.png").is_file()


def test_a_trial_of_other_settings_is_run_again(small):
    laboratory, out = small
    longer = Laboratory(models=("gan",), modes=(4,), backends=laboratory.backends, seeds=1, steps=21)

    ran = modes_run(longer, out)

    assert ran == {4}


@pytest.mark.parametrize(
    ("status", "complaint", "words"),
    [
        (1, "a warning\nout of bounds\n", "out of bounds"),
        (3, "", "the process ended with status 3"),
        (-9, "a warning\n", "killed by SIGKILL, perhaps for want of memory: try fewer at once, as jobs=1"),
        (-11, "", "killed by SIGSEGV"),
    ],
)
def test_a_trial_that_died_says_why(status, complaint, words):
    assert reason(status, complaint) == words


def test_epochs_are_steps_over_the_points():
    laboratory = Laboratory(modes=(4,), seeds=1, epochs=2)

    assert {experiment.training.steps for experiment in laboratory.planned.values()} == {158}
    fresh = Laboratory(protocol="tutorial-fresh", modes=(4,), seeds=1, epochs=2)
    assert {experiment.training.steps for experiment in fresh.planned.values()} == {156}


def test_the_tutorial_s_loop_is_to_the_letter():
    """79 batches an epoch, one set of fakes for both players of the GAN, the batch's labels, fifths anew each epoch."""
    laboratory = Laboratory(modes=(8,), models=("gan", "wgan-gp", "conditional-wgan-gp"), seeds=1)
    gan, wgan, conditional = laboratory.planned.values()

    assert {made.training.last_batch for made in (gan, wgan, conditional)} == {"keep"}
    assert {made.training.steps for made in (gan, wgan, conditional)} == {39_500}
    assert [phase.objective.shares_samples for phase in gan.phases] == [True, True]
    assert [phase.objective.fake_classes for phase in conditional.phases] == ["real", "real"]
    for made in (wgan, conditional):
        updates = Timetable(made, 10_000).alternation
        assert (updates.updates_before("discriminator", 158), updates.updates_before("generator", 158)) == (158, 32)


@pytest.mark.parametrize(("protocol", "least"), [("tutorial", 18), ("tutorial-fresh", 107), ("pacgan", 120)])
def test_the_results_that_were_kept_are_of_these_experiments(protocol, least):
    """Each trial's fingerprint is that of its model as it is made today, so that the tables can be gone on with."""
    cells = Path("benchmarks/results") / f"laboratory-{protocol}" / "cells"
    found = [json.loads(path.read_text()) for path in sorted(cells.glob("*.json"))]
    for result in found:
        steps = None if result["steps"] == PROTOCOLS[protocol].steps else result["steps"]
        one = Laboratory(
            protocol=protocol, models=(result["model"],), modes=(result["modes"],), backends=(result["backend"],),
            seeds=result["seed"] + 1, steps=steps,
        )  # fmt: skip
        trial, experiment = list(one.planned.items())[-1]
        assert finished(trial, experiment, cells) == result | {"name": finished(trial, experiment, cells)["name"]}
    assert len(found) >= least


def test_a_trial_that_was_judged_otherwise_is_run_again(small, tmp_path):
    laboratory, out = small
    *_, (trial, experiment) = laboratory.planned.items()
    shutil.copytree(out / "cells", tmp_path / "cells")
    path = tmp_path / "cells" / f"{trial.name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"samples": 2500}))

    assert finished(trial, experiment, out / "cells") is not None
    assert finished(trial, experiment, tmp_path / "cells") is None


def test_a_trial_keeps_its_losses(small):
    """After the first step and the last; with the tutorial's loop a line an epoch, and 20 steps are none."""
    laboratory, out = small
    *_, trial = laboratory.planned
    lines = [json.loads(line) for line in (out / "cells" / f"{trial.name}.jsonl").read_text().splitlines()]

    assert [line["step"] for line in lines] == [1, 20]
    assert [line["epoch"] for line in lines] == pytest.approx([1 / 79, 20 / 79], abs=1e-6)
    assert all(np.isfinite([line["discriminator/loss"], line["generator/loss"]]).all() for line in lines)


def test_losses_are_told_five_times_in_words(capsys, tmp_path):
    laboratory = Laboratory(models=("gan",), modes=(4,), backends=("torch",), seeds=1, epochs=10)
    (trial,) = laboratory.planned
    bars = TrialBars(laboratory, tmp_path)
    for epoch in range(1, 11):
        line = {"step": 79 * epoch, "epoch": float(epoch), "discriminator/loss": 1.25, "generator/loss": 0.5}
        bars(trial, 79 * epoch, False, line)

    told = capsys.readouterr().err.splitlines()

    assert told == [
        f"tutorial-gan-4-torch-seed0, epoch {epoch}: discriminator/loss 1.25, generator/loss 0.5"
        for epoch in (2, 4, 6, 8, 10)
    ]


def test_samples_of_a_model_that_is_told_the_mode_are_of_each_mode_in_turn(tmp_path):
    """Of mode i modulo their number, as the sampler makes them when it is told so."""
    laboratory = Laboratory(models=("conditional-wgan-gp",), modes=(4,), backends=(some_backend(),), seeds=1, steps=3)
    (trial, made), *_ = laboratory.planned.items()
    run_trial(trial, made, PROTOCOLS["tutorial"].judging, tmp_path)
    trainer = Trainer(made, load_backend(trial.backend, "float32", "cpu"), made.data.load(None))
    list(trainer.events())

    expected = trainer.sampler.sample(10_000, "modes", np.arange(10_000) % 4)

    np.testing.assert_array_equal(np.load(tmp_path / f"{trial.name}.npy"), expected)


# changes to every model


def test_changes_are_made_to_every_model():
    laboratory = Laboratory(modes=(4,), models=("gan", "r1"), seeds=1, changes={"phases.discriminator.repeats": 5,
                            "phases.discriminator.objective.shares_samples": False,
                            "phases.generator.objective.shares_samples": False})  # fmt: skip
    plain = Laboratory(modes=(4,), models=("gan", "r1"), seeds=1)

    assert [made.phases[0].repeats for made in laboratory.planned.values()] == [5, 5]
    for one, other in zip(laboratory.planned.values(), plain.planned.values(), strict=True):
        assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phases.critic.repeats": 5}, ["model 'wgan-gp'", "no item 'critic'"]),
        ({"phases.discriminator.repeat": 5}, ["model 'wgan-gp'", "did you mean 'phases.0.repeats'"]),
        ({"phases.discriminator.repeats": 5}, ["model 'wgan-gp'", "set each_epoch_anew=false"]),
        ({"training.seed": 5}, ["changes=training.seed", "seeds=N"]),
        ({"data.modes": 5}, ["changes=data.modes", "modes=4,8"]),
    ],
)
def test_changes_that_no_model_can_take_are_refused_in_a_line(changes, words):
    with pytest.raises(UsageError) as refused:
        Laboratory(models=("wgan-gp",), modes=(4,), seeds=1, changes=changes)

    for word in words:
        assert word in str(refused.value)
    assert "\n" not in str(refused.value)


# densities


def test_a_density_is_high_at_the_modes_and_sums_to_one():
    real = PROTOCOLS["tutorial"].mixture(4).load(None)
    density = kernel_density(real.samples, 1.2, real.mode_deviation)

    assert density.sum() * (2.4 / (CELLS - 1)) ** 2 == pytest.approx(1, abs=0.01)
    line = np.linspace(-1.2, 1.2, CELLS)
    row, column = np.unravel_index(density.argmax(), density.shape)
    nearest_centre = np.linalg.norm(real.centres - [line[column], line[row]], axis=1).min()
    assert nearest_centre < 2 * real.mode_deviation


def test_a_density_s_kernel_is_no_wider_than_a_mode():
    """A mode convolved with a kernel of its own width is √2 times as wide, so half as high; Scott's is lower still."""
    real = PROTOCOLS["tutorial"].mixture(8).load(None)
    highest = 1 / (8 * 2 * np.pi * real.mode_deviation**2)

    assert kernel_density(real.samples, 1.2, real.mode_deviation).max() == pytest.approx(highest / 2, rel=0.15)
    assert kernel_density(real.samples, 1.2, None).max() < highest / 4


@pytest.mark.parametrize(
    "points", [np.zeros((50, 2)), np.linspace(0, 1, 50)[:, None] * np.ones(2), np.eye(2)], ids=["point", "line", "two"]
)
def test_points_on_a_line_have_no_density_and_are_drawn_all_the_same(points, tmp_path):
    from matplotlib.figure import Figure

    assert kernel_density(points, 1.2, 0.06) is None
    figure = Figure()
    draw_density(figure.add_subplot(), points, 1.2, 0.06, "Reds")
    figure.savefig(tmp_path / "points.png")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"models": ("gam",)}, ["unknown model 'gam'", "did you mean 'gan'?"]),
        ({"protocol": "pacman"}, ["unknown protocol 'pacman'", "pacgan"]),
        ({"protocol": "pacgan", "modes": (9,)}, ["modes=9", "ring of 8", "grid of 25"]),
        ({"modes": (0,)}, ["modes=0", "2 to 9"]),
        ({"modes": (65,)}, ["modes=65", "up to 64"]),
        ({"seeds": 0}, ["seeds=0", "1 or more"]),
        ({"steps": 0}, ["steps=0", "1 or more"]),
        ({"epochs": -1.0}, ["epochs=-1", "more than 0"]),
        ({"models": ("pacgan4",), "batch_size": 30}, ["pack 4", "30"]),
        ({"backends": ("tensorflo",)}, ["unknown backend 'tensorflo'"]),
    ],
)
def test_a_question_without_an_answer_is_refused(options, words):
    with pytest.raises(UsageError) as refused:
        Laboratory(**options)

    for word in words:
        assert word in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--models", "unroled"], "did you mean 'unrolled'?"),
        (["--modes", "4,eight"], "expected whole numbers"),
        (["--jobs", "0"], "--jobs 0"),
        (["--steps", "5", "--epochs", "1"], "not both"),
    ],
)
def test_the_command_line_refuses_in_one_line(tmp_path, arguments, word):
    command = [sys.executable, "-m", "gan_core", "modes", "--backend", "torch", *arguments]

    done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False)

    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert word in done.stderr
    assert not list(tmp_path.iterdir())
