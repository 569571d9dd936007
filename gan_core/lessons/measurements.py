"""What a lesson measures: frameworks in lockstep, the chaos floor, naive ports; kept in ``measured.json``.

All runs are in float64 from the same weights and random numbers. Curves are relative differences by step; None where a
number is not finite.
"""

import base64
import hashlib
import json
import math
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.errors import GanError, UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import to_toml
from gan_core.files.whole_files import written_whole
from gan_core.lessons.children import record_series, recorded
from gan_core.lessons.differences import Row
from gan_core.lessons.ports import Port, port_of
from gan_core.lessons.small_runs import SmallRun, watched_steps
from gan_core.lockstep.array_scales import difference
from gan_core.lockstep.traces import NUDGES, scalar_differences
from gan_core.printing import Tell
from gan_core.training.machine import Machine

FILE = "measured.json"
FORMAT = 1
PARTED = 1e-3  # relative: what a plot of two losses shows as two lines
NUDGED = "nudged-"  # begins the name of a run for the chaos floor
Curve = list[float | None]


class Measurements:
    """The measurements of a lesson, made as they are needed and written after each, so that nothing is measured twice.

    plain: what the file holds. Raises `UsageError` where the folder holds those of another experiment.
    """

    def __init__(self, folder: Path, experiment: Experiment, machines: Mapping[str, Machine], tell: Tell) -> None:
        self.path, self.experiment, self.machines, self.tell = folder / FILE, experiment, machines, tell
        self.plain = read_measurements(self.path) or {
            "format": FORMAT,
            "name": experiment.name,
            "sha256": fingerprint(experiment),
            "machine": f"{platform.system()} {platform.machine()}",
            "steps": experiment.training.steps,
            "watched": watched_steps(experiment.training.steps),
            "backends": {},
            "floor": None,
            "ports": {},
            "pictures": {},
            "real": "",
        }
        if self.plain["sha256"] != fingerprint(experiment):
            raise UsageError(
                f"{folder} holds what was measured of {self.plain['name']} with other settings "
                f"({self.plain['steps']} steps); name another folder with out=DIR, or remove it"
            )
        self.failures: dict[str, str] = {}
        self._reference: SmallRun | None = None

    @property
    def reference(self) -> str:
        """The framework that the others, and naive ports, are compared with: the first that has been measured."""
        return next(iter(self.plain["backends"]), "")

    def measure(self, rows: Sequence[Row]) -> None:
        """Measure what is missing. rows: whose naive ports are measured.

        A framework that fails is left out, and told why. Raises `GanError` where all do.
        """
        errors: list[GanError] = []
        if self.reference and not self.plain["backends"].keys() >= self.machines.keys():
            self._machine()  # what is new is compared with the reference
        for name in self.machines:
            try:
                self._measure_backend(name)
            except GanError as error:
                errors.append(error)
                self.failures[name] = str(error)
                self.tell(f"{name} is left out: {error}")
        if not self.plain["backends"]:
            raise errors[0]
        self._measure_on_reference(rows)

    def _measure_backend(self, name: str) -> None:
        if name in self.plain["backends"]:
            return
        self.tell(f"{self.experiment.name} on {name}: {self.plain['steps']} steps in float64")
        if not self.plain["backends"]:
            run = self._reference = recorded(self.experiment, self.machines[name])
            self.plain["real"] = self._picture(run.real)
        else:
            run = recorded(self.experiment, self.machines[name])
        self.plain["backends"][name] = {
            "scalars": {scalar: _curve(values) for scalar, values in run.trace.scalars.items()},
            "step_milliseconds": run.trace.step_milliseconds,
            "first_step_seconds": run.trace.first_step_seconds,
            "peak_bytes": run.peak_bytes,
            "environment": dict(run.trace.environment),
            "sheets": {str(step): self._picture(png) for step, png in run.sheets.items()},
            **({} if name == self.reference else self._against_reference(run)),
        }
        self._write()

    def _measure_on_reference(self, rows: Sequence[Row]) -> None:
        """Measure the chaos floor and the naive ports that are missing, one after the other in one process."""
        known = {name for name, port in self.plain["ports"].items() if "failed" not in port}
        made = {row.name: port_of(row, self.experiment) for row in rows if row.name not in known}
        ports = {name: port for name, port in made.items() if port is not None}
        nudges = {} if self.plain["floor"] else {f"{NUDGED}{number}": number for number in range(NUDGES)}
        runs: dict[str, tuple[Experiment, int | None]] = {
            **{name: (self.experiment, number) for name, number in nudges.items()},
            **{name: (port.experiment, None) for name, port in ports.items()},
        }
        if not runs:
            return
        machine, right, curves = self._machine(), self._right(), []

        def begun(name: str) -> None:
            told = "one weight moved by one unit in its last place"
            self.tell(f"{self.reference}, {told if name in nudges else ports[name].row.text('en', 'title')}")

        def ended(name: str, run: SmallRun | str) -> None:
            if name in ports:
                self.plain["ports"][name] = self._of_port(ports[name], run)
            elif isinstance(run, SmallRun):
                curves.append(np.maximum.accumulate(scalar_differences(right.trace, run.trace)))
                if len(curves) == NUDGES:
                    self.plain["floor"] = _curve(np.max(curves, axis=0))
            else:
                raise GanError(run)
            self._write()

        record_series(runs, machine, begun, ended)

    def _of_port(self, port: Port, run: SmallRun | str) -> dict[str, Any]:
        """What is kept of a naive port's run, or why it failed."""
        if isinstance(run, str):
            return {"failed": run}
        compared = self._against_reference(run)
        return {
            "changes": {key: _in_short(value) for key, value in port.changes.items()},
            **compared,
            "losses_part_at": parting_step(compared["losses"], range(1, self.plain["steps"] + 1)),
            "samples_part_at": parting_step(compared["samples"], self.plain["watched"]),
            "sheet": self._picture(run.sheets[self.plain["steps"]]),
        }

    def _against_reference(self, run: SmallRun) -> dict[str, Curve]:
        """How far a run is from the reference: in its losses by step, and in its samples at the watched steps."""
        right = self._right()
        samples = [difference(one, other) for one, other in zip(right.samples, run.samples, strict=True)]
        return {"losses": _curve(scalar_differences(right.trace, run.trace)), "samples": _curve(np.array(samples))}

    def _right(self) -> SmallRun:
        """The reference's run, again where another call measured it: the file does not hold all its samples."""
        if self._reference is None:
            self.tell(f"{self.experiment.name} on {self.reference} again, to compare with")
            self._reference = recorded(self.experiment, self._machine())
        return self._reference

    def _machine(self) -> Machine:
        """Where the reference runs."""
        if self.reference not in self.machines:
            raise UsageError(
                f"{self.path} compares with {self.reference}, which is not among the frameworks now; add it to "
                "backends=, or name another folder with out=DIR"
            )
        return self.machines[self.reference]

    def _picture(self, png: bytes) -> str:
        """Keep a picture; return its name. Equal pictures are kept once."""
        name = hashlib.sha256(png).hexdigest()[:16]
        self.plain["pictures"][name] = base64.b64encode(png).decode("ascii")
        return name

    def _write(self) -> None:
        with written_whole(self.path) as unfinished:
            unfinished.write_text(json.dumps(self.plain) + "\n", encoding="utf-8")


def read_measurements(path: Path) -> dict[str, Any] | None:
    """Return what a file holds, or None where there is none. Raises `UsageError` for one of another kind."""
    if not path.exists():
        return None
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        plain = None
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise UsageError(
            f"{path} is no file of measurements that this version knows; remove it, or name another out=DIR"
        )
    return plain


def fingerprint(experiment: Experiment) -> str:
    """Return the SHA-256 of all that an experiment says."""
    return hashlib.sha256(to_toml(experiment).encode()).hexdigest()


def parting_step(curve: Sequence[float | None], steps: Sequence[int]) -> int | None:
    """Return the first step at which a curve is above `PARTED` (or no number), or None where it never is."""
    for step, value in zip(steps, curve, strict=True):
        if value is None or value > PARTED:
            return step
    return None


def _in_short(value: Any) -> Any:
    """A change's value as it is shown: of a list of layers, that one was put behind them; of an optimizer, its word."""
    if isinstance(value, list) and isinstance(value[-1], dict):
        return f"… + {value[-1]['type']}"
    return value["type"] if isinstance(value, dict) else value


def _curve(values: np.ndarray) -> Curve:
    return [float(value) if math.isfinite(value) else None for value in values.tolist()]
