"""`gan export`, `card`, `pack`, `unpack` and `runs` as a user meets them: answers, and one line for every mistake."""

import io
import json
from pathlib import Path

import pytest

from gan_core.cli.entry import main
from shared_runs import released, with_checkpoint, with_evaluation, with_sheet


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a run, in which commands are given."""
    (tmp_path / "runs").mkdir()
    with_evaluation(with_sheet(released(tmp_path / "runs" / "a"), 4), frechet=5.25)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def gan(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """The command line in this process: (words) → status, output, errors."""

    def given(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["gan", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return given


def test_a_run_travels_as_one_file(gan, here: Path) -> None:
    status, out, _ = gan("pack", "runs/a", "a.zip")
    assert (status, out.split(":")[0]) == (0, "a.zip")

    status, out, _ = gan("unpack", "a.zip")

    assert (status, out.split(",")[0]) == (0, "a: digits-mlp at step 4")
    assert (here / "a" / "experiment.toml").is_file()


def test_a_card_is_written_beside_the_run(gan, here: Path) -> None:
    assert gan("card", "runs/a", "--license", "mit")[:2] == (0, "runs/a/README.md\n")


def test_runs_are_listed_for_people_and_for_programs(gan, here: Path) -> None:
    with_checkpoint(released(here / "runs" / "broken"), 9)
    (here / "runs" / "broken" / "environment.json").write_text("{")

    status, out, _ = gan("runs")
    _, plain, _ = gan("runs", "--json")

    assert status == 0
    assert "frechet 5.25" in out
    assert "damaged: runs/broken/environment.json is damaged" in out
    assert [(one["path"], one["state"]) for one in json.loads(plain)] == [
        ("runs/a", "stopped"),
        ("runs/broken", "damaged"),
    ]


def test_a_list_is_read_at_80_columns(gan, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released(here / "runs" / "mnist-mlp-paddle-seed0-0001")
    monkeypatch.setattr("gan_core.cli.answers.PIPE_WIDTH", 80)

    _, out, _ = gan("runs")

    assert max(map(len, out.splitlines())) <= 80
    assert "mnist-mlp-paddle-seed0-0001" in out
    assert " backend " in out  # nothing is cut


def test_pruning_asks_and_does_what_was_answered(gan, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = with_checkpoint(here / "runs" / "a", 2) / "checkpoints" / "step-0000002"

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    status, out, _ = gan("runs", "--prune")
    assert (status, old.is_dir()) == (0, True)
    assert "runs/a/checkpoints/step-0000002: checkpoint of step 2, 0.0 MB" in out

    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    status, out, _ = gan("runs", "--prune")
    assert (status, old.is_dir()) == (0, False)
    assert "freed" in out


def test_pruning_with_nobody_to_ask_needs_a_word(gan, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = with_checkpoint(here / "runs" / "a", 2) / "checkpoints" / "step-0000002"
    monkeypatch.setattr("sys.stdin", io.StringIO())

    status, _, err = gan("runs", "--prune")
    assert (status, err) == (2, "gan: nobody to ask here: remove them with --yes\n")
    assert old.is_dir()

    assert gan("runs", "--prune", "--yes")[0] == 0
    assert not old.exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("card", "runs"), "gan: runs is no run directory: it has no experiment.toml"),
        (
            ("card", "runs/a", "--license", "a b"),
            "gan: --license a b: expected an identifier, as apache-2.0",
        ),
        (("pack", "runs/gone", "a.zip"), "gan: runs/gone is no run directory: it has no experiment.toml"),
        (("pack", "runs/a", "a.tar"), "gan: a.tar: expected a file that ends in .zip"),
        (("unpack", "gone.zip"), "gan: gone.zip: no such file"),
        (("unpack", "text.zip", "--out", "b"), "gan: text.zip is no ZIP file, or a damaged one"),
        (("unpack", "text.zip", "--out", "runs/a"), "gan: runs/a exists already; name another folder with --out DIR"),
        (("runs", "gone"), "gan: gone: no such folder; name the folder that your runs lie in"),
        (("export", "runs/a", "--onnx", "g.bin"), "gan: g.bin: expected a file that ends in .onnx"),
        (("export", "runs/a", "--onnx", "g.onnx", "--network", "g"), "gan: --network g: runs/a has none of that name"),
    ],
)
def test_a_mistake_is_one_line(gan, here: Path, words: tuple[str, ...], line: str) -> None:
    (here / "text.zip").write_text("no zip")

    status, _, err = gan(*words)

    assert status == 2
    assert err.startswith(line)
    assert err.count("\n") == 1
