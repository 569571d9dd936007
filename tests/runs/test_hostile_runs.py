"""A run from a stranger: links, pipes and foreign JSON in it. Nothing outside is touched, and one line says why not."""

import json
import os
import shutil
from pathlib import Path

import pytest

from gan_core.errors import ForeignFileError, GanError, UsageError
from gan_core.runs import checkpoints
from gan_core.runs import lock as run_lock
from gan_core.runs.directory import RunDirectory
from gan_core.runs.lock import locked
from gan_core.runs.loss_curve import MOST_CURVES, write_losses
from gan_core.sessions.resuming import resume
from gan_core.sessions.run import Run

RELEASED = Path(__file__).parents[1] / "fixtures" / "run-format-1"
STEP = "checkpoints/step-0000004"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and pipes of another kind")


@pytest.fixture
def run(tmp_path) -> Path:
    """A whole run of the first release, and beside it what is none of its business."""
    shutil.copytree(RELEASED, tmp_path / "run")
    (tmp_path / "run" / "samples").mkdir(exist_ok=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("thesis.txt", ".unfinished-thesis.txt", "state.json"):
        (outside / name).write_text("a year's work")
    return tmp_path / "run"


def contents(folder: Path) -> dict[str, str]:
    """Every name below a folder, with what it holds or where it leads."""
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else path.read_bytes().hex()
        if path.is_file()
        else ""
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file() or path.is_dir()
    }


def put_link(run: Path, name: str) -> None:
    """Put a link where a run has a file or a folder; it leads to a file or a folder outside."""
    path, outside = run / name, run.parent / "outside"
    folder = path.is_dir() or (not path.exists() and "." not in path.name)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(outside if folder else outside / "thesis.txt")


LINKED = [
    ".lock",
    "environment.json",
    "experiment.toml",
    "metrics.jsonl",
    "evaluations.jsonl",
    "evaluation.json",
    "done.json",
    "losses.png",
    "samples",
    "samples/real.png",
    "checkpoints",
    STEP,
    f"{STEP}/state.json",
    f"{STEP}/generator.safetensors",
    "checkpoints/.unfinished-a",
    "best",
    "evaluation",
]


@pytest.mark.parametrize("name", LINKED)
@pytest.mark.parametrize("what", ["resume", "resume --steps", "evaluate", "sample", "train"])
def test_a_link_in_a_run_is_named_and_followed_by_nothing(run, name, what):
    put_link(run, name)
    outside, before = contents(run.parent / "outside"), contents(run)
    do = {
        "resume": lambda: resume(run, progress=False),
        "resume --steps": lambda: resume(run, steps=9, progress=False),
        "evaluate": lambda: Run(run).evaluate(samples=50),
        "sample": lambda: Run(run).sample(2),
        "train": lambda: RunDirectory.create(run),
    }

    with pytest.raises(ForeignFileError) as caught:
        do[what]()

    assert str(run / name) in str(caught.value)
    assert "is a link" in str(caught.value)
    assert contents(run.parent / "outside") == outside
    assert contents(run) == before


def test_a_run_whose_own_path_is_a_link_is_fine(run):
    (run.parent / "disk").symlink_to(run.parent, target_is_directory=True)

    assert Run(run.parent / "disk" / "run").state().step == 4
    assert RunDirectory.create(run.parent / "disk" / "new").path.is_dir()


def test_what_else_a_user_keeps_in_a_run_is_not_looked_at(run):
    (run / "notes").symlink_to(run.parent / "outside", target_is_directory=True)

    assert Run(run).state().step == 4


@pytest.mark.parametrize("name", ["environment.json", "metrics.jsonl", "experiment.toml", f"{STEP}/state.json"])
def test_a_pipe_in_a_run_is_refused_at_once(run, name):
    """To open one would wait for its other end, for good."""
    (run / name).unlink()
    os.mkfifo(run / name)

    with pytest.raises(ForeignFileError, match="is a pipe"):
        Run(run).state()


def test_a_link_that_is_put_there_while_a_run_is_open_is_not_followed(run):
    """Every write looks again, not only the first."""
    directory, outside = RunDirectory.open(run), contents(run.parent / "outside")
    for name in ("samples", "best", "metrics.jsonl", "evaluations.jsonl", ".lock", "checkpoints"):
        put_link(run, name)
    state = checkpoints.read(RELEASED / STEP)

    for write in (
        lambda: directory.sample_path(5),
        lambda: directory.write_best(state),
        lambda: directory.append_metrics([{"step": 5}]),
        lambda: directory.append_evaluation({"step": 5}),
        lambda: locked(run).__enter__(),
        directory.checkpoints.paths,
    ):
        with pytest.raises(ForeignFileError, match="is a link"):
            write()
    assert contents(run.parent / "outside") == outside


@pytest.mark.parametrize("name", [".lock", "metrics.jsonl"])
def test_a_file_with_a_second_name_is_not_written_to(run, name):
    (run / name).unlink(missing_ok=True)
    os.link(run.parent / "outside" / "thesis.txt", run / name)

    with pytest.raises(ForeignFileError, match="hard link"):
        locked(run).__enter__() if name == ".lock" else RunDirectory(run).append_metrics([{"step": 5}])
    assert (run.parent / "outside" / "thesis.txt").read_text() == "a year's work"


def test_a_checkpoint_in_which_somebody_keeps_a_file_is_not_removed(run):
    directory = RunDirectory.open(run)
    (run / STEP / "notes.txt").write_text("mine")
    state = checkpoints.read(run / STEP)
    for step in (5, 6):
        directory.write_checkpoint(checkpoints.State(**{**vars(state), "step": step}), keep=1)

    assert [path.name for path in directory.checkpoints.paths()] == ["step-0000004", "step-0000006"]
    assert (run / STEP / "notes.txt").read_text() == "mine"


def test_a_file_system_without_locks_is_said_to_be_one(run, monkeypatch):
    """Not "in use": nobody is there to wait for."""

    def no_locks(file: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(run_lock, "_lock", no_locks)
    with (
        pytest.raises(UsageError, match=r"a file system that gives no locks \(No locks available") as caught,
        locked(run),
    ):
        pass
    assert "in use" not in str(caught.value)


# JSON that is not ours

FOREIGN = [
    "[]",
    "1",
    '"x"',
    "null",
    "{}",
    '{"format": 1}',
    "[" * 5000,
    '{"step": ' + "9" * 5000 + "}",
    "\x00",
    "NaN",
    "",
]
ENVIRONMENTS = [
    {"backend": 1},
    {"backend": "torch", "history": 5},
    {"backend": "torch", "history": [1]},
    {"backend": "torch", "history": [{"first_step": "1"}]},
    {"backend": "torch", "history": [{"first_step": 0, "experiment_sha256": "a", "backend": "b"}]},
    {"backend": "torch", "history": [{"first_step": 10**400, "experiment_sha256": "a", "backend": "b"}]},
    {"backend": "torch", "samples": "many"},
    {"backend": "torch", "imported": {}},
    {"backend": "torch", "first_checkpoint": -1},
]


def refusal(do, *arguments, **options) -> str:
    """Return the line that something is refused with; anything but a line of ours is a failure of the test."""
    with pytest.raises(GanError) as caught:
        do(*arguments, **options)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.parametrize("text", [*FOREIGN, *map(json.dumps, ENVIRONMENTS)])
def test_an_environment_that_is_not_ours_is_refused(run, text):
    (run / "environment.json").write_text(text)

    assert "environment.json" in refusal(resume, run, progress=False)
    assert "environment.json" in refusal(lambda: Run(run).backend)


def test_unknown_fields_of_an_environment_are_kept():
    content = RunDirectory.open(RELEASED).environment()

    assert content["torch"] == "2.13.0+cpu"
    assert content["history"][0]["threads"] == "1"


@pytest.mark.parametrize(
    "text", [*FOREIGN, '{"step": "4"}', '{"step": 4, "seconds": "long"}', '{"step": 4, "gflops": []}']
)
def test_a_done_file_that_is_not_ours_is_refused(run, text):
    (run / "done.json").write_text(text)

    assert "done.json" in refusal(RunDirectory.open(run).done)


LINES = [
    *FOREIGN,
    '{"step": true}',
    '{"step": 0}',
    '{"step": 9, "d/loss": "low"}',
    '{"step": 9, "d/loss": null}',
    '{"step": 9, "seconds": []}',
    '{"step": 9, "d/loss": ' + "9" * 400 + "}",
    json.dumps({"step": 9, **{f"d/{number}": 1.0 for number in range(3000)}}),
]


@pytest.mark.parametrize("text", LINES)
def test_a_line_of_metrics_that_is_not_ours_is_left_out(run, text):
    before = RunDirectory.open(run).metrics()
    with (run / "metrics.jsonl").open("a") as file:
        file.write(text + "\n")

    assert RunDirectory.open(run).metrics() == before


@pytest.mark.parametrize("text", [*FOREIGN, '{"step": true}', '{"step": 3, "best": 1}', '{"step": 3, "split": []}'])
def test_a_line_of_scores_that_is_not_ours_is_left_out(run, text):
    (run / "evaluations.jsonl").write_text('{"step": 2, "frechet": NaN}\n' + text + "\n")

    assert [row["step"] for row in RunDirectory.open(run).evaluations()] == [2]


def test_a_figure_of_many_scalars_shows_the_first(tmp_path, monkeypatch):
    """A legend of 3,000 names takes minutes to lay out."""
    from matplotlib.axes import Axes

    drawn: list[str] = []
    real = Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda self, *a, **k: drawn.append(k["label"]) or real(self, *a, **k))
    write_losses(tmp_path / "a.png", [{"step": 1, **{f"d/{number}": 1.0 for number in range(3000)}}], "many")

    assert drawn == [f"d/{number}" for number in range(MOST_CURVES)]
