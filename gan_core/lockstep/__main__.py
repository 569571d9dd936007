"""One backend's part of a comparison, in a process of its own: ``python -m gan_core.lockstep REQUEST``.

REQUEST is what `compare` writes, as JSON; the trace goes into the folder of the experiment's file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_core.child_processes import answer_request
from gan_core.experiments.files import read_experiment
from gan_core.lockstep.traces import record
from gan_core.printing import silent
from gan_core.training.machine import Machine


def _main(request: Mapping[str, Any]) -> None:
    experiment = Path(request["experiment"])
    machine = Machine.of_worker(request["backend"], request["device"], request["data_dir"])
    record(
        read_experiment(experiment, tell=silent),  # its parent has said what runs
        machine,
        experiment.parent,
        within=request["within"],
        nudge=request["nudge"],
        sheet=request["sheet"],
    )


if __name__ == "__main__":
    answer_request("gan_core.lockstep", _main, "gan compare")
