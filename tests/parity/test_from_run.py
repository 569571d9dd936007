"""A new run that begins where another stands: it takes all of the state, at its age, and goes on alone."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import gan_core
from gan_core.errors import UsageError
from gan_core.experiments.files import with_changes
from gan_core.presets.loading import read_changes
from gan_core.runs import checkpoints
from gan_core.sessions.beginnings import first_state, origin_of
from gan_core.sessions.run import Run
from gan_core.training.trainer import Trainer
from small_runs import CHANGES, Death, contents, dying_after


@pytest.fixture(scope="module")
def source(tmp_path_factory, name) -> Run:
    """A run of 6 steps."""
    out = tmp_path_factory.mktemp("source") / "run"
    return gan_core.train("digits-mlp", name, out=out, steps=6, changes=CHANGES, progress=False)


def begun(source: Run, *changes: str):
    said: list[str] = []
    experiment = with_changes(source.experiment, read_changes(changes))
    return first_state(experiment, origin_of(source.path, said.append), said.append), said, experiment


@pytest.fixture(scope="module")
def options(source) -> dict:
    """A training of 8 steps from the source, with a linear decay."""
    decay = 'players.generator.optimizer.schedule={type="linear_decay", start=2, end=9}'
    return {"from_run": source.path, "steps": 8, "progress": False, "tell": lambda _: None, "changes": [decay]}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, name, options) -> Path:
    """That training, which nobody disturbed."""
    return gan_core.train(None, name, out=tmp_path_factory.mktemp("undisturbed") / "run", **options).path


@pytest.fixture(scope="module", params=[1, 5])
def gone_on(request, tmp_path_factory, name, options) -> Path:
    """That training, which died at the end of a step and went on."""
    path = tmp_path_factory.mktemp("gone-on") / "run"
    with pytest.raises(Death):
        gan_core.train(None, name, out=path, callbacks=[dying_after(request.param)], **options)
    return gan_core.resume(path, progress=False).path


def test_a_run_from_another_alone_has_its_experiment_and_its_framework(source, tmp_path, name):
    run = gan_core.train(None, out=tmp_path / "new", from_run=source.path, steps=1, progress=False, tell=lambda _: None)

    assert run.backend == name
    assert run.experiment == with_changes(source.experiment, {"training.steps": 1})


def test_a_run_from_another_begins_with_all_of_its_state(source, tmp_path, name):
    """At step 0, with other data order, batch size and rate; the run it came from does not change."""
    before, said = contents(source.path), []
    run = gan_core.train(
        None, name, from_run=source.path, out=tmp_path / "new", steps=2, seed=5, batch_size=4, progress=False,
        changes=["players.generator.optimizer.learning_rate=1e-3", "checkpoint.every_steps=100"], tell=said.append,
    )  # fmt: skip

    first = checkpoints.read(run.path / "checkpoints" / "step-0000000")
    there = source.state()
    for kind in ("networks", "optimizers"):
        for key, values in getattr(there, kind).items():
            for array, value in values.items():
                np.testing.assert_array_equal(getattr(first, kind)[key][array], value, err_msg=array)
    assert said == [f"begun from {source.path} at step 6, with all of its state"]
    assert (run.state().step, run.state().updates) == (2, {"generator": 8, "discriminator": 8})
    assert contents(source.path) == before


def test_where_a_run_came_from_is_kept(source, gone_on):
    origin = Run(gone_on).directory.read_json("environment.json")["from"]
    sum_there = json.loads((source.path / "checkpoints" / "step-0000006" / "state.json").read_text())["own_sha256"]
    assert origin == {"path": str(source.path), "step": 6, "checkpoint_sha256": sum_there}


def test_a_run_from_another_that_died_ends_as_one_that_did_not(undisturbed, gone_on):
    """Before its first own checkpoint too, when only the state it began with is there; a linear decay counts anew."""
    last = Path("checkpoints") / "step-0000008"
    assert contents(undisturbed / last) == contents(gone_on / last)


def test_moments_keep_their_age_and_schedules_begin_anew(source, backend32):
    """Adam's correction for the 7th update, the learning rate for the first."""
    decay = 'players.generator.optimizer.schedule={type="inverse_time_decay", rate=1.0}'
    state, _, experiment = begun(source, decay)
    trainer = Trainer(experiment, backend32, experiment.data.load(None), initial=state.networks)

    trainer.load(state)
    settings = {
        phase.player: inputs.settings_of(phase.player)
        for phases, updates in trainer.feeder.inputs_at(0)
        for phase, inputs in zip(phases, updates, strict=True)
    }

    rule = experiment.players["generator"].optimizer
    assert {player: own["first_correction"] for player, own in settings.items()} == dict.fromkeys(
        ("discriminator", "generator"), 1 - rule.beta1**7
    )
    assert settings["generator"]["learning_rate"] == rule.learning_rate


def test_the_update_of_old_moments_is_the_one_of_the_definition(source, backend64):
    """One step in float64 against `Adam.update` in NumPy, at the age that the moments have."""
    from gan_core.specs.optimizers import Adam
    from gan_core.testing.numpy_ops import NumpyOps

    state, _, experiment = begun(source, "training.dtype=float64")
    trainer = Trainer(experiment, backend64, experiment.data.load(None), initial=state.networks)
    trainer.load(state)
    trainer.run_step()
    after = trainer.state()

    rule = experiment.players["generator"].optimizer
    assert isinstance(rule, Adam)
    for key, weight in state.networks["generator"].items():
        if f"generator/{key}/first_moment" not in state.optimizers["generator"]:
            continue
        first, second = (state.optimizers["generator"][f"generator/{key}/{slot}"] for slot in rule.slots)
        moved = after.optimizers["generator"][f"generator/{key}/first_moment"]
        gradient = (moved - rule.beta1 * first) / (1 - rule.beta1)
        expected, _ = rule.update(
            NumpyOps(), weight, gradient, {"first_moment": first, "second_moment": second}, rule.settings(6)
        )
        found = after.networks["generator"][key]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_what_the_other_run_lacks_starts_fresh_and_is_said(source):
    state, said, _ = begun(
        source, 'averages.ema={of="generator"}', 'players.discriminator.optimizer={type="sgd", learning_rate=0.1}'
    )

    assert said == [f"begun from {source.path} at step 6; fresh: average 'ema', optimizer of 'discriminator'"]
    np.testing.assert_array_equal(
        state.networks["ema"]["dense_1.weight"], source.state().networks["generator"]["dense_1.weight"]
    )
    assert state.updates == {"generator": 6, "discriminator": 0}
    assert not any(value.any() for value in state.optimizers["discriminator"].values())


def test_another_beta_starts_the_moments_fresh(source):
    """Their correction goes by the beta they were made with."""
    state, said, _ = begun(source, "players.generator.optimizer.beta1=0.25")

    assert state.updates == {"generator": 0, "discriminator": 6}
    assert "optimizer of 'generator'" in said[0]


def test_an_array_of_another_shape_is_named(source):
    with pytest.raises(UsageError, match=r"network 'generator', 'dense_1.weight' is \[16, .* there and \[17, .* here"):
        begun(source, "networks.generator.layers.0.units=17")


def test_a_checkpoint_of_the_run_can_be_named(source):
    """Where it stood before its end; and a path that is none is refused."""
    folder = source.path / "checkpoints" / "step-0000004"

    assert origin_of(folder, print).state.step == 4
    with pytest.raises(UsageError, match="expected a run directory"):
        origin_of(source.path / "checkpoints" / "step-0000003" / "x", print)


def test_the_best_checkpoint_can_be_named(source, tmp_path):
    run = Run(shutil.copytree(source.path, tmp_path / "run"))
    run.directory.write_best(checkpoints.read(run.path / "checkpoints" / "step-0000004"))

    assert origin_of(run.path / "best", print).state.step == 4
    assert origin_of(run.path, print).state.step == 6
