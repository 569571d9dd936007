"""How a process of our own says why it failed, and how it is read: signals, memory, a framework's page."""

import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gan_core.child_processes import ended_child, error_of, interpreter_of, interpreter_variable, why_it_ended
from gan_core.errors import GanError, UsageError
from gan_core.lockstep import compare as comparing
from gan_core.presets import preset


def ended(body: str) -> subprocess.CompletedProcess[str]:
    program = f"from gan_core.child_processes import ended_in_a_line\nwith ended_in_a_line():\n    {body}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_an_error_of_any_kind_is_one_line_with_the_end_of_its_reason():
    done = ended("raise RuntimeError('calls ' * 1000 + chr(10) + 'lower the batch')")

    line = why_it_ended(done.returncode, "a warning\n" + done.stderr + "noise at exit\n")

    assert "Traceback" not in done.stderr
    assert line.startswith("RuntimeError: calls calls")
    assert line.endswith("lower the batch")


def test_want_of_memory_is_said():
    done = ended("raise MemoryError('Unable to allocate 8.00 TiB')")

    assert (done.returncode, why_it_ended(1, done.stderr)) == (
        1,
        "this needs more memory than there is (Unable to allocate 8.00 TiB)",
    )


def test_wrong_use_keeps_its_status():
    done = ended("from gan_core.errors import SpecError; raise SpecError('layer 1: no')")

    assert done.returncode == 2
    assert str(error_of("keras", done.returncode, done.stderr)) == "layer 1: no"
    assert isinstance(error_of("keras", done.returncode, done.stderr), UsageError)


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (signal.SIGKILL, "torch failed: killed by SIGKILL, most likely for want of memory"),
        (signal.SIGSEGV, "torch failed: killed by SIGSEGV; it said last: FatalError: segfault"),
    ],
)
def test_a_process_that_a_signal_killed_says_by_which(number, line):
    said = "" if number == signal.SIGKILL else "C++ Traceback\n\nFatalError: segfault\n"

    assert str(error_of("torch", -number, said)) == line


def test_a_process_that_said_nothing_has_its_status():
    assert why_it_ended(7, "") == "the process ended with status 7"


def test_a_comparison_whose_backend_is_killed_says_so(monkeypatch, tmp_path):
    """The process kills itself as the system would, for want of memory."""
    (tmp_path / "python").write_text("#!/bin/sh\nkill -9 $$\n")
    (tmp_path / "python").chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    with pytest.raises(GanError, match=r"^torch failed: killed by SIGKILL, most likely for want of memory$"):
        comparing.compare("digits-mlp", ["torch", "keras"], tmp_path / "out")


@pytest.mark.parametrize("wrong", [{"within": 0}, {"tolerance": float("nan")}, {"tolerance": -1.0}, {"device": "cuda"}])
def test_a_comparison_that_could_not_judge_is_refused(wrong, tmp_path):
    with pytest.raises(UsageError, match="expected"):
        comparing.compare(preset("digits-mlp"), ["torch", "keras"], tmp_path / "out", **wrong)
    assert not (tmp_path / "out").exists()


def test_the_losses_of_all_judged_steps_count():
    """`within` need not be one of the marked steps: 30 lies between 20 and 50."""
    from gan_core.lockstep.traces import Trace, table

    losses = np.ones(60)
    states = {step: {"weight:n.w": np.ones(2)} for step in (1, 2, 5, 10, 20, 30, 50, 60)}
    of = {"states": states, "environment": {}, "step_milliseconds": 1.0, "first_step_seconds": 1.0}
    parted = losses.copy()
    parted[27] = 1.5
    rows = table({"a": Trace(scalars={"d/loss": losses}, **of), "b": Trace(scalars={"d/loss": parted}, **of)})

    (loss, *_) = comparing.worst_of_kinds([row for row in rows if row.step == 30], 1e-9, ("losses",))

    assert (loss.step, loss.agrees) == (28, False)


CHILD = """
import json, os, sys
from pathlib import Path
from gan_core.child_processes import answer_request

def work(request):
    file = Path(request["experiment"])
    (file.parent / "answer").write_text(file.read_text() + os.environ["MOOD"])
    print(json.dumps(request["number"]), flush=True)
    print("a warning", file=sys.stderr)
    if request["number"] < 0:
        raise ValueError("expected more")

answer_request("child", work, "gan")
"""


@pytest.fixture
def child(tmp_path, monkeypatch) -> str:
    """A module that answers a request."""
    (tmp_path / "some_child.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parent.parent}")
    return "some_child"


def written(text: str) -> Callable[[Path], object]:
    """Return what writes a text as the experiment of a child."""
    return lambda folder: (folder / "experiment.toml").write_text(text, encoding="utf-8")


def test_a_child_has_the_experiment_the_request_and_the_environment(child):
    heard: list[str] = []
    with ended_child(
        child, written("name = 1\n"), {"number": 7}, heard=heard.append, environment={"MOOD": "calm"}
    ) as ended:
        answer = (ended.folder / "answer").read_text()

    assert (ended.status, answer, heard, ended.complaint) == (0, "name = 1\ncalm", ["7\n"], "a warning\n")
    assert not ended.folder.exists()


def test_a_child_that_failed_says_why(child):
    with ended_child(child, written(""), {"number": -7}, environment={"MOOD": ""}) as ended:
        pass

    assert str(error_of("it", ended.status, ended.complaint)) == "it failed: ValueError: expected more"


@pytest.fixture
def other_python(tmp_path) -> Path:
    """The interpreter of an environment of its own, in which nothing is installed."""
    venv.create(tmp_path / "environment", with_pip=False, symlinks=True)
    return tmp_path / "environment" / "bin" / "python"


def test_a_child_of_a_backend_is_started_with_the_backends_interpreter(child, other_python, tmp_path, monkeypatch):
    own = next((tmp_path / "environment").rglob("site-packages"))
    (own / "borrowed.pth").write_text("\n".join(path for path in sys.path if "site-packages" in path))
    (tmp_path / "some_child.py").write_text("import sys\nprint(sys.prefix)\n")
    monkeypatch.setenv("GAN_PYTHON_MY_OWN", str(other_python))
    heard: list[str] = []

    for backend in ("my-own", "another", None):
        with ended_child(child, written(""), {}, heard=heard.append, backend=backend):
            pass

    assert heard == [f"{tmp_path / 'environment'}\n", f"{sys.prefix}\n", f"{sys.prefix}\n"]


def test_an_interpreter_without_the_library_is_one_line(other_python, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # else Python would find the library here
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("GAN_PYTHON_TORCH", str(other_python))
    with (
        pytest.raises(UsageError, match=r"^GAN_PYTHON_TORCH=/.*: it has no gan_core; install it there") as caught,
        ended_child("gan_core.lockstep", written(""), {}, backend="torch"),
    ):
        pytest.fail("was given")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("word", ["/nowhere", "/etc", "python3"])
def test_an_interpreter_that_is_no_file_is_one_line(word, monkeypatch):
    monkeypatch.setenv("GAN_PYTHON_TORCH", word)
    with pytest.raises(UsageError, match=f"^GAN_PYTHON_TORCH={word}: expected the path of a Python interpreter"):
        interpreter_of("torch")


def test_the_variable_of_an_interpreter_is_made_of_the_backends_name():
    assert interpreter_variable("my-own.2") == "GAN_PYTHON_MY_OWN_2"


def test_a_child_that_gives_no_answer_is_ended(child, tmp_path):
    (tmp_path / "some_child.py").write_text("import time\ntime.sleep(60)\n")
    started = time.monotonic()
    with (
        pytest.raises(GanError, match=r"^some_child gave no answer within 0\.2 seconds and was ended"),
        ended_child(child, written(""), {}, limit=0.2),
    ):
        pytest.fail("was given")
    assert time.monotonic() - started < 50


def test_a_child_that_answers_in_time_is_left_alone(child):
    with ended_child(child, written(""), {"number": 7}, environment={"MOOD": ""}, limit=60) as ended:
        assert ended.status == 0
