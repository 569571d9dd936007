"""Launches: several processes that one launcher started, each of which trains a share of every batch.

A backend that can share a training says so in a file ``launching.py`` of its package, which imports no framework and
defines two functions: ``launched()`` → (rank, count, local rank) of the processes that its launcher started, or None;
and ``launcher(python, count, logs)`` → the command that starts `count` processes of an interpreter on this machine, to
which ``-m MODULE`` and arguments are added. logs: a folder for what the launcher writes.
"""

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

from gan_core.child_processes import interpreter_of
from gan_core.contract.launched import Launched
from gan_core.contract.loading import installed_backends
from gan_core.errors import BackendError, UsageError

LAUNCHING = "launching.py"


def launched() -> Launched | None:
    """Return what this process is among those of a launcher that started more than one, or None.

    Raises `BackendError` for a launcher's variables that say nothing sensible.
    """
    for name, launching in _launchings().items():
        try:
            found = launching.launched()
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise BackendError(
                f"the variables of a launcher of {name} are not whole ({type(error).__name__}: {error}); "
                "start workers by the launcher, or with workers=N"
            ) from None
        if found is not None and found[1] > 1:
            rank, count, local_rank = found
            return Launched(backend=name, rank=rank, count=count, local_rank=local_rank)
    return None


def launched_for(backend: str) -> Launched | None:
    """Return `launched`, if a process of that backend can join it; raises `BackendError` where it cannot."""
    found = launched()
    if found is not None and found.backend != backend:
        raise BackendError(
            f"this is process {found.rank} of {found.count} of a launcher of {found.backend}, which backend "
            f"'{backend}' cannot join; start it with workers={found.count}, or by its own launcher"
        )
    return found


def refuse_launcher(what: str) -> None:
    """Raise `UsageError` where a launcher started several processes for what one has to do."""
    if (found := launched()) is not None:
        raise UsageError(
            f"{what} is the work of one process, and this is one of {found.count} of a launcher: start it by itself"
        )


def launcher(backend: str, count: int, logs: Path) -> Sequence[str]:
    """Return the command that starts `count` processes of a backend; raises `BackendError` where it has none."""
    launching = _launching(backend)
    if launching is None:
        raise BackendError(f"workers={count}: backend '{backend}' has no engine for several processes; leave it out")
    command: Sequence[str] = launching.launcher(interpreter_of(backend), count, logs)
    return command


@cache  # a process's backends stay what they are, and to look for them takes longer than all that reads this
def _launchings() -> dict[str, ModuleType]:
    """The files of all backends that have one, by name."""
    found = {name: _launching(name) for name in installed_backends()}
    return {name: module for name, module in found.items() if module is not None}


def _launching(backend: str) -> ModuleType | None:
    """A backend's file, run by its path: the package would import the framework."""
    point = installed_backends().get(backend)
    spec = importlib.util.find_spec(point.module) if point else None
    if spec is None or spec.origin is None or not (file := Path(spec.origin).with_name(LAUNCHING)).is_file():
        return None
    found = importlib.util.spec_from_file_location(f"{point.module}.launching", file) if point else None
    if found is None or found.loader is None:
        return None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
