"""Cells whose process needs no framework: it writes what it was told into its folder, or waits until it is stopped."""

import os
from pathlib import Path

import pytest

from gan_core.cells.cell import Cell

MODULE = "some_cell"
CHILD = """
import os, signal, sys, time
from pathlib import Path
from gan_core.cells.children import stop_with_parent
from gan_core.child_processes import answer_request
from gan_core.errors import TrainingError

def work(request):
    stop_with_parent()
    folder = Path(request["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    before = folder / "answer"
    text = (before.read_text() if before.exists() else "") + Path(request["experiment"]).read_text()
    before.write_text(text + os.environ["OMP_NUM_THREADS"])
    print("working", flush=True)
    time.sleep(0.1)  # one that nobody holds is asked to stop by now
    if request["fails"]:
        raise TrainingError("the loss is nan")
    if request["waits"]:
        def stopped(number, frame):
            (folder / "stopped").write_text("in order")
            sys.exit(143)
        signal.signal(signal.SIGTERM, stopped)
        (folder / "pid").write_text(str(os.getpid()))
        time.sleep(60)

answer_request("some_cell", work, "gan")
"""


def write_module(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the module of the cells where their processes find it."""
    (folder / f"{MODULE}.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{Path(__file__).parent.parent}")


def small_cell(folder: Path, *, waits: bool = False, fails: bool = False) -> Cell:
    """Return a cell that is named after its folder."""
    return Cell(
        name=folder.name,
        module=MODULE,
        backend="none",
        request={"waits": waits, "fails": fails},
        files={"experiment.toml": b"name = 1\n"},
        folder=folder,
        own_folder=True,
    )


def gone(pid: int) -> bool:
    """Return whether a process has ended, and been waited for or adopted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
