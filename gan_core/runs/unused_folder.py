"""Whether a folder is free for a new run: nothing is in it, or what a process left that died before its run began."""

from pathlib import Path

from gan_core.errors import UsageError
from gan_core.files.regular_files import check_tree, kind_of
from gan_core.files.whole_files import UNFINISHED
from gan_core.runs.checkpoint_folder import CheckpointFolder
from gan_core.runs.checkpoints import step_name
from gan_core.runs.lock import FILE as LOCK_FILE

# of a run that died before it began; one that takes its state from elsewhere has a checkpoint of step 0 by then
BEGINNINGS = {"samples", "checkpoints", "environment.json", LOCK_FILE, step_name(0)}


def check_unused(path: Path) -> None:
    """Raise `UsageError`, with what to do, if a directory holds a run or anything else."""
    if not path.is_dir():
        raise UsageError(f"{path} exists already and is no directory; name another with out=DIR")
    check_tree(path)
    if (path / "experiment.toml").is_file():
        step = max(CheckpointFolder(path / "checkpoints").steps(), default=0)
        if kind_of(path / "done.json") == "a file":
            raise UsageError(
                f"{path} exists already: a finished run of {step} steps; name another directory with out=DIR, or go on "
                f"with  gan resume {path} --steps STEPS"
            )
        raise UsageError(f"{path} holds an interrupted run at step {step}: go on with  gan resume {path}")
    if not mere_beginnings(path):
        raise UsageError(f"{path} exists already; name another directory with out=DIR, or remove it")


def mere_beginnings(path: Path) -> bool:
    """Whether a directory holds nothing, or nothing but what a run makes before it writes its experiment."""
    entries = [*path.iterdir(), *(path / "samples").glob("*"), *(path / "checkpoints").glob("*")]
    return all(one.name in BEGINNINGS or one.name.startswith(UNFINISHED) for one in entries)
