"""No output can end a command: encodings that lack a letter, full disks, closed streams, readers that went away."""

import ast
import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gan_core import printing
from gan_core.cli import answers, entry, listing, results
from gan_core.cli.answers import print_table
from gan_core.cli.doctor import available
from gan_core.printing import HANDLER, OUTPUT, Stream, Tolerant, say, stand_in
from gan_core.training.events import ScalarsLogged

ROOT = Path(__file__).parents[2]
ENCODINGS = ["ascii", "cp437", "cp1251", "gbk", "latin-1", "shift_jis", "utf-16", "utf-8"]
PRINTING = {
    "list": ["list"],
    "list as JSON": ["list", "--json"],
    "list of losses": ["list", "losses"],
    "explain": ["explain", "minibatch_discrimination"],
    "show": ["show", "mnist-mlp"],
    "show as a file": ["show", "digits-mlp", "--format", "toml"],
    "doctor": ["doctor"],
    "help": ["--help"],
    "help of train": ["train", "--help"],
    "version": ["--version"],
}
MISTAKE = ["show", "digits-mlp", "--set", "summary=−", "--set", "nothing=×"]


class Raw(io.RawIOBase):
    """The end of a stream, which takes bytes or fails with a number."""

    def __init__(self, number: int | None = None) -> None:
        self.number, self.taken = number, b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        if self.number is not None:
            raise OSError(self.number, os.strerror(self.number))
        self.taken += bytes(data)
        return len(bytes(data))


@pytest.fixture
def gan(monkeypatch) -> Callable[..., tuple[int, Raw, Raw]]:
    """Run the command line in this process, with streams of an encoding whose ends may fail."""

    def run(arguments: list[str], encoding: str = "utf-8", out: int | None = None, err: int | None = None):
        ends = Raw(out), Raw(err)
        for name, end in zip(("stdout", "stderr"), ends, strict=True):
            errors = "strict" if name == "stdout" else "backslashreplace"
            monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(end), encoding, errors))
        monkeypatch.setattr(sys, "argv", ["gan", *arguments])
        with pytest.raises(SystemExit) as caught:
            entry.main()
        monkeypatch.undo()
        return caught.value.code, *ends

    return run


CHEAP = ["explain", "list of losses", "help", "version"]
PRINTED = [(command, encoding) for command in CHEAP for encoding in ENCODINGS]
PRINTED += [(command, encoding) for command in PRINTING if command not in CHEAP for encoding in ("ascii", "utf-16")]


@pytest.mark.parametrize(("command", "encoding"), PRINTED)
def test_a_command_prints_in_any_encoding(gan, command: str, encoding: str):
    """What is printed is of the encoding, and the status is 0."""
    status, out, err = gan(PRINTING[command], encoding)

    assert status == 0, err.taken
    assert out.taken.decode(encoding).strip()
    assert err.taken == b""


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_mistake_is_one_line_in_any_encoding(gan, encoding: str):
    status, _, err = gan(MISTAKE, encoding)

    assert status == 2
    (line,) = err.taken.decode(encoding).splitlines()
    assert line.startswith("gan: ")


def test_letters_get_stand_ins_that_can_be_read(gan):
    _, out, _ = gan(["show", "digits-mlp"], "ascii")

    assert b"MLP GAN on scikit-learn's 8x8 digits" in out.taken


@pytest.mark.parametrize("command", PRINTING)
def test_a_full_disk_is_one_line_and_a_failure_where_the_output_was_asked_for(gan, command: str):
    status, _, err = gan(PRINTING[command], out=errno.ENOSPC)

    assert status == 1
    assert err.taken.decode() == "gan: standard output could not be written: No space left on device\n"


@pytest.mark.parametrize("command", PRINTING)
def test_a_reader_that_went_away_is_no_failure(gan, command: str):
    """``gan list | head -1`` ends as quietly as other tools do."""
    status, _, err = gan(PRINTING[command], out=errno.EPIPE)

    assert (status, err.taken) == (0, b"")


@pytest.mark.parametrize(("arguments", "status"), [(["list"], 1), (MISTAKE, 2)])
def test_where_nothing_can_be_said_the_status_says_it(gan, arguments: list[str], status: int):
    assert gan(arguments, out=errno.ENOSPC, err=errno.ENOSPC)[0] == status


def test_an_error_under_debug_can_be_said_in_any_encoding(gan, monkeypatch):
    monkeypatch.setenv("GAN_DEBUG", "1")
    status, _, err = gan(MISTAKE, "ascii")

    assert status == 2
    assert b"Traceback" in err.taken


class _Run:
    """What is printed of a run."""

    def __init__(self, folder: Path) -> None:
        self.path, self.backend, self.experiment = folder / "läufe−1", "torch", SimpleNamespace(name="digits-mlp")
        done = SimpleNamespace(step=5, seconds=1.0, step_seconds=0.1, gflops=None)
        self.directory = SimpleNamespace(done=lambda: done)

    def metrics(self) -> list[dict[str, float]]:
        return [{"step": 5, "σ/loss": 0.5}]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_end_of_a_training_is_said_in_any_encoding(tmp_path, monkeypatch, encoding: str):
    """Also where nobody knows how many operations a step takes."""
    end = Raw()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(end), encoding))
    with printing.protected_output():
        results.print_run(_Run(tmp_path))

    assert "digits-mlp on torch: 5 steps in 1.0 s, 100.00 ms a step" in end.taken.decode(encoding)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EPIPE, errno.EIO])
def test_a_table_of_scores_that_cannot_be_printed_is_no_failure(monkeypatch, number: int):
    """``evaluation.json`` holds it."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(Raw(number)), "ascii"))
    with printing.protected_output() as output:
        output.answers = False
        print_table([{"metric": "frechet", "value": "0.1 ± 0.2"}])
        sys.stdout.flush()
        assert output.status(0) == 0


def test_json_that_cannot_be_printed_is_a_failure(monkeypatch):
    """Whoever asks for JSON reads it from standard output."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(Raw(errno.ENOSPC)), "ascii"))
    with printing.protected_output() as output:
        output.answers = False
        answers.print_json({"a": 1})
        sys.stdout.flush()
        assert output.status(0) == 1


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_closed_stream_takes_text_without_complaint(monkeypatch, name: str):
    """Python has None for a descriptor that was closed before it began."""
    monkeypatch.setattr(sys, name, None)
    with printing.protected_output():
        print("to one −")
        say("to the other −")
        sys.stdout.flush()


def test_a_line_of_the_library_survives_a_closed_stream(monkeypatch):
    closed = io.StringIO()
    closed.close()
    for stream in (None, closed, io.TextIOWrapper(io.BufferedWriter(Raw(errno.ENOSPC)), "ascii", write_through=True)):
        monkeypatch.setattr(sys, "stderr", stream)
        say("nobody hears σ")


def test_a_bar_survives_a_terminal_of_another_encoding(monkeypatch):
    """Rich draws in letters that the encoding lacks; the training goes on."""
    from gan_core.presets import preset
    from gan_core.runs.progress_bar import ProgressBar

    end = Raw()
    stream = io.TextIOWrapper(io.BufferedWriter(end), "ascii")
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(Stream, "isatty", lambda _: True)
    bar = ProgressBar(preset("digits-mlp"), "ziffern − torch …")
    bar.lines.start()
    bar(ScalarsLogged(step=5, images=5, seconds=0.1, scalars={"σ/loss": 1.0}))
    bar.close()

    assert b"ziffern - torch" in end.taken


def test_a_file_name_of_bytes_that_are_no_text_prints_as_those_bytes():
    end = Raw()
    stream = io.TextIOWrapper(io.BufferedWriter(Tolerant(end)), "utf-8", HANDLER)
    print("runs/\udcff", file=stream, end="")
    stream.flush()

    assert end.taken == b"runs/\xff"


def test_every_letter_of_the_library_has_a_stand_in():
    letters = set("".join(path.read_text(encoding="utf-8") for path in (ROOT / "gan_core").rglob("*.py")))
    lacking = {letter for letter in letters if not letter.isascii() and stand_in(letter) == "?"}

    assert lacking == set()


def test_the_library_prints_through_one_module():
    """A bare ``print(…, file=sys.stderr)`` or a console of Rich's own would end what it speaks of."""
    found = []
    for path in sorted((ROOT / "gan_core").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "Console"):
                found.append(path.parent.name if path.parent.name == "cli" else path.name)

    assert set(found) <= {"cli", "printing.py", "__main__.py"}


def test_names_are_whole_and_nothing_is_cut_at_80_columns(monkeypatch):
    """In a narrow terminal optional columns go first, then sentences run on below themselves."""
    end = Raw()
    stream = io.TextIOWrapper(io.BufferedWriter(end), "utf-8")
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    listing._list_presets(json=False)
    stream.flush()
    lines = end.taken.decode().splitlines()

    from gan_core.presets import PRESETS

    assert all(len(line) <= 80 for line in lines if "─" not in line and not line.startswith("backend"))
    assert {line.split()[0] for line in lines if line.strip()} >= set(PRESETS)
    assert "…" not in end.taken.decode()


# The whole, with real processes

SITUATIONS = {
    **{f"in {encoding}": ("", {"PYTHONIOENCODING": encoding}) for encoding in ("ascii", "cp437", "cp1251", "gbk")},
    "in utf-16": ("", {"PYTHONIOENCODING": "utf-16"}),
    "in the C locale": ("", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    "full output": ("> /dev/full", {}),
    "full errors": ("2> /dev/full", {}),
    "both full": ("> /dev/full 2>&1", {}),
    "closed output": (">&-", {}),
    "closed errors": ("2>&-", {}),
    "all closed": ("<&- >&- 2>&-", {}),
    "no reader": ("| true", {}),
    "no reader of either": ("2>&1 | true", {}),
}
LOST = {"full output", "both full", "closed output", "all closed"}
TRAIN = "train digits-mlp --backend {backend} --steps 5 --out run"
COMMANDS = {
    "list": "list",
    "show": "show mnist-mlp",
    "show as a file": "show digits-mlp --format toml",
    "doctor": "doctor",
    "train": TRAIN,
    "evaluate": "evaluate {run} --samples 50 --metrics fid --no-figures",
    "evaluate as JSON": "evaluate {run} --samples 50 --metrics fid --no-figures --json",
    "compare": "compare digits-mlp --backends {backends} --steps 3 --dtype float64 --out compared",
}
ANSWERS = {"list", "show", "show as a file", "doctor", "evaluate as JSON"}


def expected_status(command: str, situation: str) -> int:
    return int(command in ANSWERS and situation in LOST)


def shell(command: str, redirection: str, environment: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[bytes]:
    line = f'"{sys.executable}" -m gan_core {command} {redirection}; exit ${{PIPESTATUS[0]}}'
    env = {key: value for key, value in os.environ.items() if not key.startswith("GAN_")}
    return subprocess.run(["bash", "-c", line], cwd=cwd, env=env | environment, capture_output=True, check=False)


def some_backends() -> list[str]:
    installed = sorted((name for name, there in available().items() if there), reverse=True)
    if not installed or os.name != "posix" or not Path("/dev/full").exists():
        pytest.skip("needs a framework, a POSIX shell and /dev/full")
    return installed


def assert_whole(run: Path) -> None:
    """The run ended, and none of its files holds a word that was printed."""
    assert json.loads((run / "done.json").read_text(encoding="utf-8"))["step"] == 5
    assert [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()] == [1, 5]
    assert (run / "experiment.toml").read_text(encoding="utf-8").startswith('name = "digits-mlp"')


def test_a_training_with_all_streams_closed_is_whole(tmp_path):
    """Its files are opened as numbers above 2: none of them gets what is meant for standard output or error."""
    done = shell(TRAIN.format(backend=some_backends()[0]), "<&- >&- 2>&-", {}, tmp_path)

    assert done.returncode == 0
    assert_whole(tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_no_output_ends_a_command(tmp_path, command: str, situation: str):
    backends = some_backends()
    if command == "compare" and len(backends) < 2:
        pytest.skip("needs two frameworks")
    if command.startswith("evaluate"):
        assert shell(TRAIN.format(backend=backends[0]), "", {}, tmp_path).returncode == 0
    redirection, environment = SITUATIONS[situation]
    words = COMMANDS[command].format(backend=backends[0], backends=",".join(backends[:2]), run=tmp_path / "run")

    done = shell(words, redirection, environment, tmp_path)

    assert done.returncode == expected_status(command, situation), done.stderr
    for stream in (done.stdout, done.stderr):
        assert b"Traceback" not in stream.replace(b"\0", b"")
        assert b"Exception ignored" not in stream.replace(b"\0", b"")
    if command == "train":
        assert_whole(tmp_path / "run")


def test_the_status_of_the_shell_is_that_of_the_output(tmp_path):
    """OUTPUT is of a whole process: what one command lost is forgotten before the next."""
    with printing.protected_output() as first:
        first.answers = False
    with printing.protected_output() as second:
        assert second is OUTPUT
        assert second.answers
