"""Room on the disk: what can be removed from finished and stopped runs without losing what they can do.

That is checkpoints older than the newest, those that were set aside, what a killed process left half-written, and runs
that ended before their first checkpoint. The best checkpoint stays, and every one of a run whose experiment keeps all.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from gan_core.errors import GanError
from gan_core.files.disk_errors import write_error
from gan_core.files.regular_files import FILES, FOLDERS, kind_of
from gan_core.files.whole_files import DAMAGED, LATER, REMOVED, UNFINISHED
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.runs.lock import locked
from gan_core.sharing.run_list import RunSummary, find_runs, folder_size, summary_of

PLACES = ("", "samples", "evaluation", "best", "checkpoints", "best/checkpoints")  # where half-written things may lie

OWN_FILES = re.compile(r"samples/(step-\d+|real|comparison)\.png|imports/[\w.]+")


@dataclass(frozen=True, kw_only=True)
class Removal:
    """Something that can go. run: the run that it belongs to, or is. what: in words. size: its bytes."""

    run: Path
    path: Path
    what: str
    size: int


def removals(folder: str | Path = "runs") -> tuple[list[Removal], list[str]]:
    """Return what can be removed from the runs in a folder, and notes on runs that are left alone.

    A run that a process trains, or that is damaged, is left alone. Raises `UsageError` as `find_runs` does.
    """
    found: list[Removal] = []
    notes: list[str] = []
    for run in find_runs(folder):
        if run.state == "running":
            notes.append(f"{run.path} is in use: left alone")
        elif run.state == "damaged":
            notes.append(f"{run.path} is damaged: left alone")
        else:
            try:
                found += _of_run(run)
            except GanError as error:
                notes.append(f"{run.path} is left alone: {error}")
    return found, notes


def remove(wanted: Sequence[Removal]) -> int:
    """Remove what was listed, as far as it can still go, and return the bytes that were freed.

    Each run is locked meanwhile and looked at again. Raises `WriteError` where the disk will not have it, and
    `UsageError` where a process has begun to train.
    """
    freed = 0
    for run, group in groupby(wanted, key=lambda one: one.run):
        listed = {one.path: one.size for one in group}
        if kind_of(run) != "a folder":
            continue
        with locked(run):
            for one in _of_run(summary_of(run, held=False)):
                if one.path in listed:
                    _remove(one.path)
                    freed += listed[one.path]
    return freed


def _of_run(run: RunSummary) -> Iterator[Removal]:
    if run.state == "no checkpoint" and _is_all_ours(run.path):
        yield Removal(run=run.path, path=run.path, what="a run that has no checkpoint", size=run.size)
    if run.state not in ("finished", "stopped"):
        return
    directory = RunDirectory.open(run.path)
    newest = directory.checkpoints.paths()[-1]
    old = [] if run.keeps_all else directory.checkpoints.paths()[:-1]
    aside = [path for mark in (DAMAGED, LATER) for path in sorted(directory.checkpoints.path.glob(f"{mark}step-*"))]
    half = [
        path
        for place in PLACES
        for mark in (UNFINISHED, REMOVED)
        for path in sorted((run.path / place).glob(f"{mark}*"))
        if kind_of(path) in ("a file", "a folder")
    ]
    if old or aside:
        checkpoints.read(newest)  # nothing that is older goes unless this one is whole
    for path in old:
        if checkpoints.is_ours(path):
            yield _removal(run.path, path, f"checkpoint of step {checkpoints.step_of(path):,}")
    for path in aside:
        if checkpoints.is_ours(path):
            yield _removal(run.path, path, "checkpoint that was set aside")
    for path in half:
        yield _removal(run.path, path, "half-written, of a process that died")


def _removal(run: Path, path: Path, what: str) -> Removal:
    return Removal(run=run, path=path, what=what, size=folder_size(path))


def _is_all_ours(run: Path) -> bool:
    """Whether a run's folder holds nothing but what a training leaves before its first checkpoint."""
    for path in run.rglob("*"):  # follows no link
        name = path.relative_to(run).as_posix()
        if any(part.startswith((UNFINISHED, REMOVED)) for part in name.split("/")):
            continue
        known = name in FOLDERS if kind_of(path) == "a folder" else name in FILES or OWN_FILES.fullmatch(name)
        if not known or kind_of(path) not in ("a file", "a folder"):
            return False
    return True


def _remove(path: Path) -> None:
    """Remove a file or a folder, which loses its name first, so that none is ever seen half-removed."""
    try:
        doomed = Path(tempfile.mkdtemp(prefix=REMOVED, dir=path.parent))
        os.replace(path, doomed / path.name)
        shutil.rmtree(doomed)  # follows no link
    except OSError as error:
        raise write_error(path, error) from None
