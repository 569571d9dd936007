"""The processes of a comparison: one a backend, or as many as share each batch."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from gan_core.child_processes import ended_child, error_of
from gan_core.contract.launched import Launched
from gan_core.contract.launches import launcher
from gan_core.errors import UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import write_with_modules
from gan_core.live_lines import counted
from gan_core.lockstep import traces as lockstep
from gan_core.lockstep.traces import Trace
from gan_core.training.machine import Machine

NOTE = "gan: note: "  # what a line begins with that tells of the data


def check_workers(experiment: Experiment, workers: int, device: str) -> None:
    """Raise `UsageError` for workers that cannot be, or whose numbers would not be those of one process."""
    if workers < 1:
        raise UsageError(f"workers={workers}: expected 1 or more processes")
    Launched(backend="", rank=0, count=workers, local_rank=0).device(device)
    if workers > 1 and not experiment.training.synchronised_batch_norm:
        raise UsageError(
            "training.synchronised_batch_norm is false, and the numbers of several workers are then not those of one: "
            "compare with it true"
        )


def traced(
    experiment: Experiment, machine: Machine, request: Mapping[str, Any], workers: int
) -> tuple[Trace, bytes, list[str]]:
    """Run an experiment in processes of its own; return its trace, its sheet as PNG, and the notes on its data."""
    place = {"backend": machine.backend, "device": machine.device, "data_dir": str(machine.data_dir or "")}
    write, name = partial(write_with_modules, experiment), machine.backend

    def starter(folder: Path) -> list[str]:
        return list(launcher(name, workers, folder / "logs"))

    with (
        counted(f"{experiment.name} on {name}", experiment.training.steps, "steps") as show,
        ended_child(
            "gan_core.lockstep",
            write,
            {**place, **request},
            heard=lambda line: show(int(line)) if line.strip().isdecimal() else None,
            backend=name,
            starter=starter if workers > 1 else None,
        ) as ended,
    ):
        if ended.status != 0:
            raise error_of(name, ended.status, ended.complaint)
        sheet = ended.folder / "sheet.png"
        notes = [line for line in ended.complaint.splitlines() if line.startswith(NOTE)]
        return lockstep.read(ended.folder), sheet.read_bytes() if sheet.is_file() else b"", notes
