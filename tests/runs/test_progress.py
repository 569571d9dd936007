"""What a training says while it runs where there is no terminal, and what an interrupted one leaves in Python."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.errors import StoppedError, TrainingError, UsageError, WriteError
from gan_core.experiments.files import to_toml, with_changes
from gan_core.live_lines import duration
from gan_core.operations.workers import ONE_WORKER
from gan_core.presets import preset
from gan_core.runs import progress_lines
from gan_core.runs.directory import RunDirectory
from gan_core.runs.progress import progress_of
from gan_core.runs.progress_bar import ProgressBar
from gan_core.runs.progress_lines import PrintInterval, ProgressLines, Ticker, announced
from gan_core.sessions.run import Run
from gan_core.sessions.session import walk
from gan_core.training.events import Event, RunEnded, RunStarted, RunStopped, ScalarsLogged, ScalarsRead, StepEnded

EXPERIMENT = with_changes(preset("mixture-8"), {"training.steps": 1000, "training.batch_size": 100})
POINTS = Dataset(name="points", samples=np.zeros((2000, 2)), kind="points")


def started(step: int = 0) -> RunStarted:
    return RunStarted(experiment=EXPERIMENT, dataset=POINTS, environment={}, first_step=step)


def logged(step: int, **scalars: float) -> ScalarsLogged:
    return ScalarsLogged(step=step, images=step, seconds=0.0, scalars=scalars)


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until its `now` is moved."""
    held = SimpleNamespace(now=100.0)
    monkeypatch.setattr(progress_lines, "time", SimpleNamespace(monotonic=lambda: held.now))
    return held


@pytest.fixture
def lines(clock) -> Iterator[ProgressLines]:
    made = ProgressLines(EXPERIMENT, "points on torch", first=1e6)
    yield made
    made.close()


def test_a_line_says_step_epoch_losses_speed_and_the_time_left(lines, clock):
    """500 of 1,000 steps of batch 100 on 2,000 points, two batches a step (one a phase): 250 steps in 10 s."""
    lines(started(250))
    batches = lines.timetable.alternation.batches_before(500)
    lines(logged(250, **{"generator/loss": 0.69314}))
    lines(StepEnded(step=500))
    clock.now += 10

    assert lines.line() == (
        f"gan: points on torch: step 500 of 1,000 (50%), epoch {batches / 20:.1f}, generator/loss 0.693; "
        "25 steps a second, 20 s left"
    )


def test_each_logged_step_is_a_line_with_its_epoch_its_batch_and_its_losses(clock):
    """2,000 points in batches of 100, one batch a step: 20 steps an epoch."""
    said: list[str] = []
    lines = ProgressLines(EXPERIMENT, "points on torch", first=1e6, tell=said.append)
    lines(started(240))
    clock.now += 2
    lines(logged(250, **{"discriminator/loss": 1.38629, "generator/loss": 0.69314}))
    lines.close()

    assert said == [
        "[epoch 13/50] [batch 10/20] discriminator/loss 1.386  generator/loss 0.6931  (5 steps a second, 2 min left)"
    ]


def test_losses_are_printed_as_often_as_asked(clock):
    """In place of each logged step; the trainer reads them at these steps."""
    said: list[str] = []
    printing = PrintInterval.of("5epochs")
    lines = ProgressLines(EXPERIMENT, "points on torch", first=1e6, tell=said.append, printing=printing)
    lines(started())
    lines(logged(50, **{"generator/loss": 1.0}))
    lines(ScalarsRead(step=100, scalars={"generator/loss": 2.0}))
    lines.close()

    assert [line.partition("  (")[0] for line in said] == ["[epoch 5/50] [batch 20/20] generator/loss 2"]


@pytest.mark.parametrize(
    ("word", "interval"),
    [(50, (50, None)), ("50", (50, None)), ("1 step", (1, None)), ("5epochs", (None, 5.0)), ("1 epoch", (None, 1.0))],
)
def test_how_often_losses_are_printed_is_a_number_of_steps_or_epochs(word, interval):
    made = PrintInterval.of(word)

    assert (made.every_steps, made.every_epochs) == interval


@pytest.mark.parametrize("word", ["0", "-5", "often", "5 days", "epoch"])
def test_how_often_losses_are_printed_is_refused_in_a_line(word):
    with pytest.raises(UsageError, match=r"^print_every=.*: expected a number of steps, as 50, or of epochs"):
        PrintInterval.of(word)


def test_a_phase_that_is_seldom_logged_keeps_its_last_value(lines):
    lines(started())
    lines(logged(1, **{"generator/loss": 1.5, "discriminator/loss": 2.0}))
    lines(logged(2, **{"discriminator/loss": 3.0}))

    assert "generator/loss 1.5, discriminator/loss 3" in lines.line()


def test_a_first_step_that_takes_long_is_said(lines, clock):
    """Nine composed GRU layers compile for minutes; the log is not empty meanwhile."""
    lines(started())
    clock.now += 300

    assert lines.line().endswith("no step in the last 5 min (the first step is being compiled)")


def test_slow_steps_are_said_in_seconds(lines, clock):
    lines(started())
    lines(StepEnded(step=2))
    clock.now += 30

    assert "15 s a step, 4 h 10 min left" in lines.line()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (99.4, "99 s"), (100, "2 min"), (5900, "98 min"), (6000, "1 h 40 min")]
)
def test_a_duration_is_said_as_people_say_it(seconds: float, text: str):
    assert duration(seconds) == text


def test_lines_come_from_a_thread_and_end_with_the_block():
    said: list[str] = []
    with Ticker(lambda: "here", first=0.01, every=0.01, tell=said.append):
        deadline = time.monotonic() + 20
        while len(said) < 3 and time.monotonic() < deadline:
            time.sleep(0.005)
    count = len(said)
    time.sleep(0.05)

    assert count >= 3
    assert len(said) == count


def test_what_takes_long_is_said_with_its_time():
    said: list[str] = []
    with announced(every=0.01, tell=said.append) as tell:
        tell("features of real samples")
        deadline = time.monotonic() + 20
        while not any("features" in line for line in said) and time.monotonic() < deadline:
            time.sleep(0.005)

    assert said[-1].startswith("gan: features of real samples, after ")


def test_a_short_training_says_nothing(capsys):
    shown = progress_of(EXPERIMENT, "points on torch")
    shown(started())
    shown(StepEnded(step=1000))
    shown(RunEnded(step=1000, seconds=0.1, step_seconds=1e-4, gflops=1.0))

    assert isinstance(shown, ProgressLines)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_bar(monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")

    assert isinstance(progress_of(EXPERIMENT, "points on torch"), ProgressBar)


class Stub:
    """A trainer whose events are given; an exception among them is raised."""

    def __init__(self, *given: Event | BaseException) -> None:
        self.given, self.step, self.workers = given, 0, ONE_WORKER
        self.agreement = SimpleNamespace(wait_for_all=lambda: None)

    def request_stop(self) -> None:
        """Its events end by themselves."""

    def events(self) -> Iterator[Event]:
        for one in self.given:
            if isinstance(one, BaseException):
                raise one
            if isinstance(one, StepEnded):
                self.step = one.step
            yield one


class Files:
    """A run's files of which only the experiment is there."""

    def __init__(self, folder: Path) -> None:
        self.directory, self.closed = RunDirectory.create(folder), False
        self.directory.write_text("experiment.toml", to_toml(EXPERIMENT))

    def __call__(self, event: Event) -> None:
        pass

    def close(self) -> None:
        self.closed = True


def trained(folder: Path, *given: Any, **options: Any) -> Files:
    files = Files(folder)
    walk(Stub(*given), files, options.get("callbacks", []), None)  # type: ignore[arg-type]
    return files


def test_an_interrupted_cell_brings_its_run(tmp_path):
    """Ctrl-C in a notebook: the error holds the run, and its line names what Python can do with it."""
    folder = tmp_path / "run"

    def interrupt(event: Event) -> None:
        if isinstance(event, StepEnded):
            signal.raise_signal(signal.SIGINT)

    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(StoppedError) as caught:
            trained(folder, started(), StepEnded(step=7), RunStopped(step=7), callbacks=[interrupt])
    finally:
        signal.signal(signal.SIGINT, former)

    assert isinstance(caught.value.run, Run)
    assert caught.value.run.path == folder
    assert caught.value.exit_status == 130
    assert str(caught.value) == (
        f"stopped by SIGINT after step 7, with a checkpoint: go on with  gan resume {folder}; "
        f"in Python  gan_core.resume({str(folder)!r}), and  gan_core.Run({str(folder)!r})  is what there is of it"
    )


def test_an_interrupt_within_a_step_brings_the_run_too(tmp_path):
    """A second Ctrl-C, or one in a thread that no handler can listen in."""
    with pytest.raises(StoppedError, match=r"interrupted within step 4\. It has no checkpoint yet") as caught:
        trained(tmp_path / "run", started(), StepEnded(step=3), KeyboardInterrupt())

    assert caught.value.run.path == tmp_path / "run"
    assert caught.value.exit_status == 130


@pytest.mark.parametrize("error", [TrainingError("step 3, phase 'generator': loss is nan"), WriteError("no room")])
def test_a_run_that_failed_is_brought_by_its_error(tmp_path, error):
    with pytest.raises(type(error)) as caught:
        trained(tmp_path / "run", started(), StepEnded(step=3), error)

    assert caught.value.run.path == tmp_path / "run"


def test_a_thread_can_train_though_it_cannot_listen_for_signals(tmp_path):
    done: list[Files] = []
    thread = threading.Thread(target=lambda: done.append(trained(tmp_path / "run", started(), StepEnded(step=1))))
    thread.start()
    thread.join()

    assert done[0].closed


def test_an_evaluation_is_announced_by_one_alone(monkeypatch):
    """Where the command line says what is being done, the run does not say it too."""
    from gan_core.sessions import run as runs

    opened, told = [], []
    monkeypatch.setattr(runs, "evaluate", lambda _, tell, **__: told.append(tell))
    real = runs.announced
    monkeypatch.setattr(runs, "announced", lambda: opened.append(1) or real())
    one = object.__new__(runs.Run)

    one.evaluate(tell=print)
    assert (told, opened) == ([print], [])
    one.evaluate()
    assert len(opened) == 1
    assert told[1] is not print
