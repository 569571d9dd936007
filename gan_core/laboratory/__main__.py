"""One cell in a process of its own: ``python -m gan_core.laboratory REQUEST`` tells its step on standard output.

REQUEST is what `runner` writes, as JSON; a step is a JSON line.
"""

import json
from pathlib import Path
from typing import Any

from gan_core.child_processes import answer_request
from gan_core.experiments.files import read_experiment
from gan_core.laboratory.cell import Cell, run_cell


def _main(request: dict[str, Any]) -> None:
    run_cell(
        Cell(**request["cell"]),
        read_experiment(Path(request["experiment"]), tell=str),  # its parent has said what runs
        request["radius"],
        Path(request["folder"]),
        tell=lambda step: print(json.dumps({"step": step}), flush=True),
    )


if __name__ == "__main__":
    answer_request("gan_core.laboratory", _main, "gan modes")
