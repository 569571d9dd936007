"""What docs/design.md promises of runs, however they are stopped, damaged and gone on with."""

import errno
import os
import shutil
from pathlib import Path

import pytest

import gan_core
from gan_core.errors import DamagedError, GanError, TrainingError, UsageError, WriteError
from gan_core.evaluation.during_training import EvaluatesDuringTraining
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.sessions.run import Run
from gan_core.sessions.weight_exchange import import_weights
from gan_core.training.events import StepEnded
from small_runs import Death, contents, dying_after

STEPS = 11
CHANGES = [
    "training.batch_size=8",
    "logging.every_steps=2",
    "sampling.every_steps=100",
    "checkpoint.every_steps=4",
    "evaluation.every_steps=2",
    "evaluation.samples=60",
]


def train(out: Path, backend: str, *changes: str, steps: int = STEPS, callbacks=()) -> Path:
    changes = [*CHANGES, *changes]
    return gan_core.train(
        "mixture-8", backend, out=out, steps=steps, changes=changes, callbacks=callbacks, progress=False
    ).path


def resume(run: Path, **options) -> Path:
    return gan_core.resume(run, progress=False, tell=lambda _: None, **options).path


def judged(run: Path) -> dict[str, bytes]:
    """The scores during a training, and the best checkpoint, to the last bit."""
    return {"evaluations": (run / "evaluations.jsonl").read_bytes()} | contents(run / "best")


@pytest.fixture(scope="module", autouse=True)
def no_pictures():
    """Pictures would take most of the time, and nothing here is about them."""
    with pytest.MonkeyPatch.context() as patch:
        for draw in ("callbacks.write_whole_sheet", "loss_curve.write_losses"):
            patch.setattr(f"gan_core.runs.{draw}", lambda path, *_: Path(path).write_bytes(b""))
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory, backend32, name) -> Path:
    """A run that nobody disturbed."""
    return train(tmp_path_factory.mktemp("whole") / "run", name)


def damaged(run: Path) -> None:
    for folder in RunDirectory(run).checkpoints.paths():
        (folder / "generator.safetensors").write_bytes(b"no tensors")


def emptied(run: Path) -> None:
    for folder in RunDirectory(run).checkpoints.paths():
        shutil.rmtree(folder)


def without_its_folder(run: Path) -> None:
    shutil.rmtree(run / "checkpoints")


@pytest.mark.parametrize("harm", [damaged, emptied, without_its_folder])
@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.usefixtures("once")
def test_a_run_without_a_whole_checkpoint_stays_refused_and_as_it_is(tmp_path, whole, name, harm, finished):
    """A second time too, and however one goes on: it never begins again at step 0."""
    run = tmp_path / "run"
    if finished:
        shutil.copytree(whole, run)
    else:
        with pytest.raises(Death):
            train(run, name, callbacks=[dying_after(5)])
    harm(run)
    (run / ".unfinished-rest").touch()
    before = contents(run)

    for do in (
        lambda: resume(run),
        lambda: resume(run),
        lambda: resume(run, steps=STEPS + 4),
        lambda: Run(run).sample(2),
        lambda: Run(run).evaluate(samples=60),
        lambda: train(run, name),
        lambda: import_weights(run, run / "experiment.toml", tmp_path / "new"),
    ):
        with pytest.raises(UsageError) as caught:
            do()
        assert len(str(caught.value).splitlines()) == 1
        assert contents(run) == before
    with pytest.raises(DamagedError, match="has no whole checkpoint"):
        resume(run)
    assert not (tmp_path / "new").exists()


def test_a_run_that_never_had_a_checkpoint_begins_again(tmp_path, whole, name):
    with pytest.raises(Death):
        train(tmp_path / "run", name, callbacks=[dying_after(3)])

    resume(tmp_path / "run")

    assert judged(tmp_path / "run") == judged(whole)


@pytest.mark.parametrize("when", ["before its scores", "between its best checkpoint and its scores"])
@pytest.mark.parametrize("step", [4, 11])
def test_an_evaluation_that_was_due_is_made_up_for(tmp_path, whole, name, monkeypatch, when, step):
    """The checkpoint of the step is on the disk, and the process died before it was scored."""
    with monkeypatch.context() as patch:
        if when == "before its scores":
            real = EvaluatesDuringTraining._evaluate
            patch.setattr(EvaluatesDuringTraining, "_evaluate", lambda o, at: die_at(step, at) or real(o, at))
        else:
            append = RunDirectory.append_evaluation
            patch.setattr(
                RunDirectory, "append_evaluation", lambda o, line: die_at(step, line["step"]) or append(o, line)
            )
        with pytest.raises(Death):
            train(tmp_path / "run", name)

    resume(tmp_path / "run")

    assert judged(tmp_path / "run") == judged(whole)


def die_at(step: int, at: int) -> None:
    if at == step:
        raise Death


@pytest.mark.parametrize("step", [5, 6, 7, 10])
@pytest.mark.usefixtures("once")
def test_the_best_checkpoint_is_that_of_an_undisturbed_run(tmp_path, name, monkeypatch, step):
    """Every score beats the one before, so that each death leaves a best checkpoint that lies after the newest one."""
    monkeypatch.setattr("gan_core.evaluation.during_training.is_better", lambda *_: True)
    expected = train(tmp_path / "whole", name, steps=9)
    with pytest.raises(Death):
        train(tmp_path / "run", name, callbacks=[dying_after(step)])

    resume(tmp_path / "run", steps=9)

    assert judged(tmp_path / "run") == judged(expected)


@pytest.mark.usefixtures("once")
def test_an_extended_run_has_the_scores_of_one_that_was_long_from_the_start(tmp_path, name, monkeypatch):
    """The scores at step 5 were due in the shorter run alone; what was best before them is best again."""
    monkeypatch.setattr("gan_core.evaluation.during_training.is_better", lambda value, *_: value < 1e9)
    long = train(tmp_path / "long", name, steps=6)
    train(tmp_path / "run", name, steps=5)

    resume(tmp_path / "run", steps=6)

    assert judged(tmp_path / "run") == judged(long)


def test_a_learning_rate_that_blows_up_leaves_the_last_good_checkpoint(tmp_path, name):
    """One line, and nothing that holds NaN or infinity becomes the newest."""
    with pytest.raises(TrainingError) as caught:
        train(
            tmp_path / "run",
            name,
            "players.generator.optimizer.learning_rate=3e38",
            "checkpoint.every_steps=1",
            "logging.every_steps=100",
            "evaluation.every_steps=100",
        )

    assert len(str(caught.value).splitlines()) == 1
    assert str(tmp_path / "run") in str(caught.value)
    for folder in RunDirectory(tmp_path / "run").checkpoints.paths():
        checkpoints.read(folder, Run(tmp_path / "run").experiment)
    with pytest.raises(GanError):
        resume(tmp_path / "run")


def refused(number: int):
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "make room, then go on"),
        (errno.EDQUOT, "make room (your quota is used up), then go on"),
        (errno.EROFS, "have the file system made writable, then go on"),
        (errno.EACCES, "give yourself the right to write there, then go on"),
    ],
)
@pytest.mark.usefixtures("once")
def test_a_refused_write_of_scores_is_one_line_with_its_remedy(tmp_path, name, monkeypatch, number, words):
    monkeypatch.setattr("gan_core.runs.directory.append_text", refused(number))

    with pytest.raises(WriteError) as caught:
        train(tmp_path / "run", name, "logging.every_steps=1000", "evaluation.every_steps=1", steps=1)

    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.usefixtures("once")
def test_a_folder_that_was_renamed_is_said_to_be_gone(tmp_path, name):
    def rename(event) -> None:
        if isinstance(event, StepEnded) and event.step == 5:
            (tmp_path / "run").rename(tmp_path / "elsewhere")

    with pytest.raises(WriteError, match=r"run is not there any more, give it its name back") as caught:
        train(tmp_path / "run", name, callbacks=[rename])

    assert "make room" not in str(caught.value)
    (tmp_path / "elsewhere").rename(tmp_path / "run")
    assert resume(tmp_path / "run") == tmp_path / "run"


@pytest.mark.usefixtures("once")
def test_training_into_an_old_beginning_sweeps_it(tmp_path, name):
    (tmp_path / "run" / "checkpoints" / ".unfinished-a").mkdir(parents=True)
    (tmp_path / "run" / ".unfinished-b.json").touch()

    train(tmp_path / "run", name, steps=2)

    assert not list((tmp_path / "run").rglob(".unfinished-*"))


@pytest.mark.usefixtures("once")
def test_left_overs_beside_the_best_checkpoint_are_swept(tmp_path, whole):
    run = Path(shutil.copytree(whole, tmp_path / "run"))
    (run / "best" / "checkpoints" / ".removed-a" / "step-0000001").mkdir(parents=True)
    (run / "best" / "checkpoints" / ".unfinished-a").mkdir()

    resume(run, steps=STEPS + 1)

    assert not [path for path in (run / "best" / "checkpoints").iterdir() if path.name.startswith(".")]
