"""Processes that record one experiment after another, each for one framework: starting a framework takes longest."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_core.errors import GanError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import write_with_modules
from gan_core.lockstep import traces
from gan_core.printing import child_environment
from gan_core.training.machine import Machine

ANSWER = "answer: "
LOOP = f"""
import json, sys
from gan_core.lockstep.__main__ import _main

for line in sys.stdin:
    try:
        _main(json.loads(line))
        answer = ""
    except Exception as error:
        answer = f"{{type(error).__name__}}: {{error}}"
    print("{ANSWER}" + json.dumps(answer), flush=True)
"""


class RecordingProcesses:
    """What `gan_core.lockstep.children.traced` does, in processes that stay: one a framework, begun when first used."""

    def __init__(self) -> None:
        self.begun: dict[str, subprocess.Popen[str]] = {}

    def traced(
        self, experiment: Experiment, machine: Machine, request: Mapping[str, Any], workers: int
    ) -> tuple[traces.Trace, bytes, list[str]]:
        """Record an experiment; see there. Raises `GanError` where its framework fails."""
        assert workers == 1
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_with_modules(experiment, folder)
            told = {"backend": machine.backend, "device": machine.device, "data_dir": str(machine.data_dir or "")}
            self._ask(machine.backend, {**told, **request, "experiment": str(folder / "experiment.toml")})
            return traces.read(folder), (folder / "sheet.png").read_bytes(), []

    def _ask(self, backend: str, request: Mapping[str, Any]) -> None:
        if backend not in self.begun:
            self.begun[backend] = subprocess.Popen(
                [sys.executable, "-c", LOOP],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=child_environment(),
            )
        child = self.begun[backend]
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(request) + "\n")
        child.stdin.flush()
        answer = next((line for line in child.stdout if line.startswith(ANSWER)), None)
        if answer is None:
            raise GanError(f"{backend} ended with status {child.wait()}")
        if complaint := json.loads(answer.removeprefix(ANSWER)):
            raise GanError(f"{backend} failed: {complaint}")

    def close(self) -> None:
        """End the processes."""
        for child in self.begun.values():
            assert child.stdin is not None
            child.stdin.close()
            child.wait()
