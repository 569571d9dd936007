"""A sweep on each backend: trained once, gone on with, extended, and never mixed with another's runs."""

import json
import tempfile
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path

import pytest

import gan_core
from gan_core.cells.cell import Cell, Outcome
from gan_core.cells.packing import packed, unpack
from gan_core.child_processes import MARK
from gan_core.errors import GanError, UsageError
from gan_core.experiments.files import read_experiment
from gan_core.sweeps.cell import Scoring, run_cell
from gan_core.sweeps.file import SweepFile, SweptVariant
from gan_core.training.machine import Machine
from small_runs import CHANGES, Death, assert_same_run, dying_after

FIELDS = {
    "experiment": "digits-mlp",
    "set": (*CHANGES, "training.steps=4"),
    "seeds": (0, 1),
    "metrics": ("frechet", "diversity"),
    "samples": 200,
    "features": "pixels",
}
SMALL = SweepFile(
    **FIELDS,
    variants={
        "base": SweptVariant(title="as it is"),
        "relu": SweptVariant(set=("networks.discriminator.layers.leaky_relu_1.slope=0",)),
    },
)

ONE = SweepFile(**FIELDS | {"seeds": (0,)}, variants={"base": SweptVariant(title="as it is")})


class ThisProcess(Executor):
    """Cells one after the other in this process, which has its framework already; a process of each takes seconds."""

    def submit(self, fn, /, cell: Cell, *rest):
        future: Future[Outcome] = Future()
        request = cell.request
        with tempfile.TemporaryDirectory() as name:
            cell.write_files(Path(name))
            experiment = read_experiment(Path(name) / "experiment.toml")
        try:
            machine = Machine.of(request["backend"], request["device"], request["data_dir"])
            run_cell(cell.folder, experiment, machine, Scoring(**request["scoring"]))
            future.set_result(Outcome(status=0))
        except GanError as error:
            future.set_result(Outcome(status=error.exit_status, complaint=f"{MARK}{error}"))
        return future


class Elsewhere(ThisProcess):
    """A machine that does not see the folder of the sweep: a run comes packed, and goes back packed."""

    def submit(self, fn, /, cell: Cell, environment, mark: Path, before: bytes):
        with tempfile.TemporaryDirectory() as name:
            there = Path(name) / "there"
            unpack(before, there, whole=False)
            done = super().submit(fn, replace(cell, folder=there)).result()
            future: Future[Outcome] = Future()
            future.set_result(replace(done, files=packed(there)))
            return future


def swept(name: str, out: Path, file: SweepFile = SMALL, **options):
    return gan_core.sweep(file, name, out=out, progress=False, **{"engine": ThisProcess()} | options)


@pytest.fixture(scope="module")
def result(name, tmp_path_factory):
    """A sweep of two variants and two seeds, four steps each. To read."""
    return swept(name, tmp_path_factory.mktemp("sweep") / "out")


def test_every_variant_is_trained_from_every_seed_and_scored(result):
    runs = {path.name for path in result.path.iterdir() if path.is_dir()}

    assert runs == {"base-seed0", "base-seed1", "relu-seed0", "relu-seed1"}
    assert [(row["variant"], row["seeds"]) for row in result.rows] == [("base", [0, 1]), ("relu", [0, 1])]
    assert all(set(row["scores"]) == {"frechet", "pairwise distance"} for row in result.rows)
    assert result.failures == {}


def test_tables_and_figures_stand_beside_the_runs(result):
    assert [path.name for path in result.files] == ["sweep.json", "sweep.html", "losses.png", "samples.png"]
    assert all(path.stat().st_size > 100 for path in result.files)
    assert json.loads(result.files[0].read_text(encoding="utf-8")) == result.plain()


def test_scores_are_those_of_the_runs(result):
    score = gan_core.Run(result.path / "relu-seed1").evaluate(
        metrics=["frechet"], features="pixels", samples=200, figures=False
    )

    assert score.value("frechet") == pytest.approx(result.rows[1]["scores"]["frechet"]["values"][1], rel=1e-9)


@pytest.mark.usefixtures("once")
def test_what_is_finished_is_neither_trained_nor_scored_again(name, result):
    before = {path: path.stat().st_mtime_ns for path in result.path.rglob("*") if path.parent.name.endswith("seed0")}

    again = swept(name, result.path)

    assert again.rows == result.rows
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.usefixtures("once")
def test_a_sweep_that_was_killed_goes_on(name, result, tmp_path):
    """The process dies within the first run; the next call ends where one that was never killed ends."""
    experiment = gan_core.load_experiment("digits-mlp", list(FIELDS["set"]))
    with pytest.raises(Death):
        gan_core.train(experiment, name, out=tmp_path / "base-seed0", callbacks=[dying_after(2)], progress=False)

    alone = swept(name, tmp_path, ONE)

    values = [one.rows[0]["scores"]["frechet"]["values"] for one in (alone, result)]
    assert values[0] == values[1][:1]
    assert_same_run(tmp_path / "base-seed0", result.path / "base-seed0", steps=4)


@pytest.mark.usefixtures("once")
def test_a_run_that_was_killed_goes_on_elsewhere(name, result, tmp_path):
    experiment = gan_core.load_experiment("digits-mlp", list(FIELDS["set"]))
    with pytest.raises(Death):
        gan_core.train(experiment, name, out=tmp_path / "base-seed0", callbacks=[dying_after(2)], progress=False)

    swept(name, tmp_path, ONE, engine=Elsewhere())

    assert_same_run(tmp_path / "base-seed0", result.path / "base-seed0", steps=4)


@pytest.mark.slow  # a framework starts once more
def test_processes_of_their_own_give_the_same_numbers(name, result, tmp_path):
    alone = swept(name, tmp_path, ONE, engine="local", jobs=1)

    values = result.rows[0]["scores"]["frechet"]["values"]
    assert alone.rows[0]["scores"]["frechet"]["values"] == pytest.approx(values[:1], rel=1e-6)  # threads may differ


@pytest.mark.usefixtures("once")
def test_more_steps_extend_the_runs(name, tmp_path):
    swept(name, tmp_path, ONE)

    swept(name, tmp_path, ONE, steps=6)

    assert gan_core.Run(tmp_path / "base-seed0").directory.done().step == 6
    with pytest.raises(UsageError, match="a run of 6 steps, more than the sweep's"):
        swept(name, tmp_path, ONE)


@pytest.mark.usefixtures("once")
def test_runs_of_another_experiment_are_refused_before_anything_is_trained(name, result, tmp_path):
    other = SweepFile(**FIELDS, variants={"new": SweptVariant(), "base": SweptVariant(set=("training.batch_size=16",))})

    with pytest.raises(UsageError, match="base-seed0 is a run of another experiment"):
        swept(name, result.path, other)
    assert not (result.path / "new-seed0").exists()


@pytest.mark.usefixtures("once")
def test_a_training_that_fails_is_told_and_the_others_go_on(name, tmp_path):
    broken = SweptVariant(set=("players.generator.optimizer.learning_rate=1e30",))
    file = SweepFile(**FIELDS | {"seeds": (0,)}, variants={"broken": broken, "base": SweptVariant()})

    result = swept(name, tmp_path, file)

    assert list(result.failures) == ["broken-seed0"]
    assert "is nan" in result.failures["broken-seed0"]
    assert [row["variant"] for row in result.rows] == ["base"]
