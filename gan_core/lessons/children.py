"""What a lesson has done in other processes, one framework each: programs written, small runs recorded."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from gan_core.child_processes import ended_child, error_of
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import write_with_modules
from gan_core.lessons.small_runs import SmallRun, read_run
from gan_core.programs.program import Program
from gan_core.recording.program_parts import Line, Section
from gan_core.training.machine import Machine

MODULE = "gan_core.lessons"
PROGRAM, PROGRAMS, FAILED = "program.json", "programs.json", "failed.txt"


def recorded(experiment: Experiment, machine: Machine) -> SmallRun:
    """Run an experiment with all its sheets, in a process of its own; return what it leaves. Raises `GanError`."""
    place = {"backend": machine.backend, "device": machine.device, "data_dir": str(machine.data_dir or "")}
    with ended_child(
        MODULE, partial(write_with_modules, experiment), {"work": "run", **place}, backend=machine.backend
    ) as ended:
        if ended.status != 0:
            raise error_of(machine.backend, ended.status, ended.complaint)
        return read_run(ended.folder)


def record_series(
    runs: Mapping[str, tuple[Experiment, int | None]],
    machine: Machine,
    begun: Callable[[str], object],
    ended: Callable[[str, SmallRun | str], object],
) -> None:
    """Run several experiments one after the other in one process, which starts the framework once.

    runs: name → the experiment, and which first weight is nudged. begun: is told the name of each. ended: is told the
    name, and what the run left, or why it failed. Raises `GanError` where the process itself fails.
    """
    places: list[Path] = []

    def write(folder: Path) -> None:
        places.append(folder)
        for name, (experiment, _) in runs.items():
            (folder / name).mkdir()
            write_with_modules(experiment, folder / name)

    def heard(line: str) -> None:
        try:
            told = json.loads(line)
            state, name = told["state"], told["run"]
        except (ValueError, TypeError, KeyError):  # a framework's own words
            return
        folder = places[0] / name
        if state == "begun":
            begun(name)
        elif (folder / FAILED).is_file():
            ended(name, (folder / FAILED).read_text(encoding="utf-8"))
        else:
            ended(name, read_run(folder))

    place = {"backend": machine.backend, "device": machine.device, "data_dir": str(machine.data_dir or "")}
    request = {"work": "series", **place, "runs": {name: nudge for name, (_, nudge) in runs.items()}}
    with ended_child(MODULE, write, request, heard=heard, backend=machine.backend) as child:
        if child.status != 0:
            raise error_of(machine.backend, child.status, child.complaint)


def written(experiment: Experiment, backend: str, preset: str, changes: Mapping[str, Any]) -> Program:
    """Return an experiment's program, short, in a framework's words. Raises `GanError` where there is none.

    preset, changes: what made the experiment, so that the program says what the preset says of itself; "" for none.
    """
    request = {"work": "program", "backend": backend, "preset": preset, "changes": dict(changes)}
    with ended_child(MODULE, partial(write_with_modules, experiment), request, backend=backend) as ended:
        if ended.status != 0:
            raise error_of(backend, ended.status, ended.complaint)
        return _program(json.loads((ended.folder / PROGRAM).read_text(encoding="utf-8")))


def all_written(presets: Sequence[str], backend: str) -> dict[str, Program | str]:
    """Return the programs of presets by name, or why one cannot be written. Raises `GanError` for the framework's."""
    request = {"work": "programs", "backend": backend, "presets": list(presets)}
    with ended_child(MODULE, _nothing, request, backend=backend) as ended:
        if ended.status != 0:
            raise error_of(backend, ended.status, ended.complaint)
        plain = json.loads((ended.folder / PROGRAMS).read_text(encoding="utf-8"))
    return {name: one if isinstance(one, str) else _program(one) for name, one in plain.items()}


def _nothing(folder: Path) -> None:
    """No experiment's file is needed."""


def _program(plain: Mapping[str, Any]) -> Program:
    return Program(
        framework=plain["framework"],
        sections=tuple(
            Section(topic=topic, lines=tuple(Line(text=text, key=key) for text, key in lines))
            for topic, lines in plain["sections"]
        ),
    )
