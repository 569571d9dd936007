"""A cell as plain data that travels, and what comes back of it."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import write_with_modules


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One training, as a command for a process of its own.

    name: its own among the cells of a study. module: what ``python -m`` runs, which ends in `answer_request`. backend:
    the framework it runs. request: plain data for the module, to which ``folder`` and ``experiment`` are added. files:
    name → content, written beside each other for the process: the experiment and the user's modules. folder: where its
    results go. own_folder: whether no other cell writes there; then what an interrupted cell left there is needed to go
    on.
    """

    name: str
    module: str
    backend: str
    request: Mapping[str, Any]
    files: Mapping[str, bytes]
    folder: Path
    own_folder: bool

    def write_files(self, folder: Path) -> None:
        """Write the files for the process to a folder."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a cell.

    status, complaint: as in `gan_core.child_processes.Ended`. files: the folder of results, packed, where the cell ran
    on a machine that does not see the folder itself; else None.
    """

    status: int
    complaint: str = ""
    files: bytes | None = field(default=None, repr=False)


def files_of(experiment: Experiment) -> dict[str, bytes]:
    """Return ``experiment.toml`` and the user's modules that it imports, by name."""
    with tempfile.TemporaryDirectory(prefix="gan-cell-") as name:
        write_with_modules(experiment, Path(name))
        return {path.name: path.read_bytes() for path in Path(name).iterdir()}
