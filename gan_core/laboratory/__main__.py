"""One cell in a process of its own: ``python -m gan_core.laboratory REQUEST`` tells its step on standard output.

REQUEST is what `runner` writes, as JSON; a step is a JSON line.
"""

import json
import sys
from pathlib import Path
from typing import Any

from gan_core.child_processes import ended_in_a_line
from gan_core.experiment_files import read_experiment
from gan_core.laboratory.cell import Cell, run_cell


def _main(request: dict[str, Any]) -> None:
    run_cell(
        Cell(**request["cell"]),
        read_experiment(Path(request["experiment"])),
        request["radius"],
        Path(request["folder"]),
        tell=lambda step: print(json.dumps({"step": step}), flush=True),
    )


if __name__ == "__main__":
    with ended_in_a_line():
        _main(json.loads(sys.argv[1]))
