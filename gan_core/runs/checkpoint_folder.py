"""A folder of checkpoints: the newest ones of a run, or its best. Only steps put checkpoints in order, never clocks."""

import os
from collections.abc import Callable
from pathlib import Path

from gan_core.errors import DamagedError
from gan_core.experiments.experiment import Experiment
from gan_core.files.disk_errors import write_error
from gan_core.files.regular_files import check_kind
from gan_core.files.whole_files import DAMAGED, sweep
from gan_core.runs import checkpoints
from gan_core.training.state import State

MOST_READS = 1000  # of checkpoints, by a reader beside a training that removes them
SURE_READS = 20  # of a folder that seems empty: a listing may miss both the old name and the new one
OnDamage = Callable[[Path, DamagedError], object]  # takes a damaged checkpoint's folder, and what is wrong with it


class CheckpointFolder:
    """The checkpoints in one folder, ``step-0000500`` and so on.

    path: the folder itself, which may not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def paths(self) -> list[Path]:
        """Return the folder of each checkpoint, oldest first; [] where nothing has been written yet.

        Raises `ForeignFileError` for a name that stands for a link.
        """
        check_kind(self.path, "a folder")
        steps = {path: checkpoints.step_of(path) for path in self.path.glob("step-*")}
        known = {path: step for path, step in steps.items() if step is not None}
        for path in known:
            check_kind(path, "a folder")
        return sorted(known, key=lambda path: known[path])

    def steps(self) -> list[int]:
        """Return the steps of the checkpoints, in order. Raises as `paths` does."""
        return [checkpoints.step_of(path) or 0 for path in self.paths()]

    def after(self, step: int) -> list[Path]:
        """Return the folders of the checkpoints of later steps than this one, in order. Raises as `paths` does."""
        return [path for path in self.paths() if (checkpoints.step_of(path) or 0) > step]

    def write(self, state: State) -> Path:
        """Write a checkpoint, and return its folder.

        Raises `OSError` where the disk will not have it, and `TrainingError` for a state that is not finite.
        """
        check_kind(self.path, "a folder")
        return checkpoints.write(self.path, state)

    def prune(self, keep: int, up_to: int) -> None:
        """Remove the oldest checkpoints beyond `keep` of those up to a step. Raises `OSError`."""
        for path in [path for path in self.paths() if (checkpoints.step_of(path) or 0) <= up_to][:-keep]:
            _remove(path)

    def keep_only(self, wanted: Callable[[int], bool]) -> None:
        """Remove the checkpoints of all steps but the wanted ones. Raises `WriteError`."""
        try:
            for path in self.paths():
                if not wanted(checkpoints.step_of(path) or 0):
                    _remove(path)
        except OSError as error:
            raise write_error(f"{self.path}: an old checkpoint", error) from None

    def newest(
        self, experiment: Experiment, on_damage: OnDamage, had_one: Callable[[], str | None] = lambda: None
    ) -> State | None:
        """Return the newest state that is whole, or None where there never was a checkpoint.

        on_damage: called for each checkpoint that is passed over, once a whole one was read. had_one: returns the sign
        that there once was a checkpoint where there is none now, or None; a checkpoint that was set aside is such a
        sign itself. A checkpoint that a training removes while it is read is passed over in silence, since there is a
        newer one. Raises `DamagedError` if all are damaged, or gone.
        """
        passed: dict[Path, DamagedError] = {}
        tried: set[tuple[str, int] | None] = {None}
        for attempt in range(MOST_READS):
            path = next((path for path in reversed(self.paths()) if _identity(path) not in tried), None)
            if path is None:
                if passed or attempt >= SURE_READS + len(tried):
                    break
                continue
            tried.add(identity := _identity(path))
            try:
                state = checkpoints.read(path, experiment)
            except DamagedError as error:
                if identity is not None and _identity(path) == identity:
                    passed[path] = error
                continue
            for damaged, damage in passed.items():
                on_damage(damaged, damage)
            return state
        reason = str(next(iter(passed.values()))) if passed else self._set_aside() or had_one()
        if reason is None:
            return None
        raise DamagedError(
            f"{self.path.parent} has no whole checkpoint ({reason}): put a copy of one back into {self.path}"
        )

    def sweep(self) -> None:
        """Remove what a killed process left half-written."""
        check_kind(self.path, "a folder")
        sweep(self.path)

    def _set_aside(self) -> str | None:
        aside = sorted(path.name for path in self.path.glob(f"{DAMAGED}*"))
        return f"{aside[0]} was set aside" if aside else None


def _remove(path: Path) -> None:
    """Remove a checkpoint, unless somebody keeps something of their own in its folder."""
    if checkpoints.is_ours(path):
        checkpoints.remove(path)


def _identity(path: Path) -> tuple[str, int] | None:
    """What tells a checkpoint from another of the same name, written after it; None if it is gone."""
    try:
        return path.name, os.lstat(path).st_ino
    except OSError:
        return None
