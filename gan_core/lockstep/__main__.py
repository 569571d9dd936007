"""One backend's part of a comparison, in a process of its own: ``python -m gan_core.lockstep REQUEST``.

REQUEST is what `compare` writes, as JSON.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_core.child_processes import answer_request
from gan_core.experiments.files import read_experiment
from gan_core.lockstep.traces import record


def _main(request: Mapping[str, Any]) -> None:
    experiment = read_experiment(Path(request["experiment"]), tell=str)  # its parent has said what runs
    record(experiment, request["backend"], Path(request["folder"]), request["options"])


if __name__ == "__main__":
    answer_request("gan_core.lockstep", _main, "gan compare")
