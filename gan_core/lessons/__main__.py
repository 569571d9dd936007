"""One framework's part of a lesson, in a process of its own: ``python -m gan_core.lessons REQUEST``.

REQUEST is what `gan_core.lessons.children` writes, as JSON; what comes of it goes into the folder of the experiment's
file.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_core.child_processes import answer_request
from gan_core.errors import GanError, one_line
from gan_core.experiments.files import read_experiment
from gan_core.lessons import naive_adam  # noqa: F401  (a naive port's file names its optimizer)
from gan_core.lessons.children import FAILED, PROGRAM, PROGRAMS
from gan_core.lessons.small_runs import record_run
from gan_core.printing import silent
from gan_core.programs.program import Program
from gan_core.programs.writing import write_program
from gan_core.training.machine import Machine


def _main(request: Mapping[str, Any]) -> None:
    path = Path(request["experiment"])
    if request["work"] == "programs":
        _write_programs(request["backend"], request["presets"], path.parent)
        return
    if request["work"] == "series":
        _run_series(request, path.parent)
        return
    experiment = read_experiment(path, tell=silent)  # its parent has said what runs
    if request["work"] == "program":
        source = request["preset"] or experiment
        program = write_program(source, request["backend"], changes=request["changes"], style="tutorial")
        (path.parent / PROGRAM).write_text(json.dumps(_plain(program)), encoding="utf-8")
        return
    record_run(experiment, _machine(request), path.parent, nudge=None, sheets=True)


def _machine(request: Mapping[str, Any]) -> Machine:
    return Machine.of(request["backend"], request["device"], request["data_dir"])


def _run_series(request: Mapping[str, Any], folder: Path) -> None:
    """Run experiments one after the other, each in its folder, and tell its parent when one begins and ends."""
    for name, nudge in request["runs"].items():
        place = folder / name
        print(json.dumps({"state": "begun", "run": name}), flush=True)
        try:
            experiment = read_experiment(place / "experiment.toml", tell=silent)
            record_run(experiment, _machine(request), place, nudge=nudge, sheets=False)
        except GanError as error:
            (place / FAILED).write_text(str(error), encoding="utf-8")
        print(json.dumps({"state": "ended", "run": name}), flush=True)


def _write_programs(backend: str, presets: list[str], folder: Path) -> None:
    """Write the programs of many presets, or why one cannot be written."""
    written: dict[str, Any] = {}
    for name in presets:
        try:
            written[name] = _plain(write_program(name, backend, style="tutorial"))
        except Exception as error:  # noqa: BLE001  (one that cannot be written must not cost the others their pages)
            written[name] = str(error) if isinstance(error, GanError) else f"{type(error).__name__}: {one_line(error)}"
    (folder / PROGRAMS).write_text(json.dumps(written), encoding="utf-8")


def _plain(program: Program) -> dict[str, Any]:
    sections = [[one.topic, [[line.text, line.key] for line in one.lines]] for one in program.sections]
    return {"framework": program.framework, "sections": sections}


if __name__ == "__main__":
    answer_request("gan_core.lessons", _main, "gan lesson")
