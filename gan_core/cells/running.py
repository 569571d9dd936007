"""One cell, run: in a process of its own on this machine, with its results here or sent back."""

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gan_core.cells.cell import Cell, Outcome
from gan_core.cells.local_pool import HERE
from gan_core.cells.packing import packed, unpack
from gan_core.child_processes import MARK, ended_child
from gan_core.errors import GanError


def run_here(cell: Cell, environment: Mapping[str, str]) -> Outcome:
    """Run a cell in a process of its own, whose results go straight into its folder.

    environment: variables of the process in place of this one's.
    """
    pool = HERE.get()

    def heard(line: str) -> None:
        if pool is not None:
            pool.heard(cell.name, line)

    request = {**cell.request, "folder": str(cell.folder)}
    try:
        with ended_child(
            cell.module,
            cell.write_files,
            request,
            heard=heard,
            environment=environment,
            held=pool.children.add if pool is not None else _alone,
            backend=cell.backend,
        ) as ended:
            return Outcome(status=ended.status, complaint=ended.complaint)
    except GanError as error:
        return Outcome(status=error.exit_status, complaint=f"{MARK}{error}")


def _alone(process: subprocess.Popen[str]) -> None:
    """Hold a process that no pool ends: it still has a pipe, which ends with us."""


def run_anywhere(cell: Cell, environment: Mapping[str, str], mark: Path, before: bytes) -> Outcome:
    """Run a cell on a machine that may or may not see the folder of its results.

    mark: a file in the folder of the study, and its name in it; a machine that sees it sees the study's folder itself.
    before: what is in the cell's folder so far, packed, for a machine that does not.
    """
    if is_marked(mark):
        return run_here(cell, environment)
    with tempfile.TemporaryDirectory(prefix="gan-cell-") as name:
        folder = Path(name) / cell.folder.name
        folder.mkdir()
        unpack(before, folder, whole=False)
        outcome = run_here(replace(cell, folder=folder), environment)
        return replace(outcome, files=packed(folder))


def is_marked(mark: Path) -> bool:
    """Return whether this machine sees the mark of a study's folder, and not some other file of that path."""
    try:
        return mark.read_text(encoding="utf-8") == mark.name
    except (OSError, ValueError):
        return False
