"""One cell of a sweep in a process of its own: ``python -m gan_core.sweeps REQUEST`` prints its losses now and then.

REQUEST is what `runner` writes, as JSON; a line of losses is a line of JSON on standard output.
"""

import json
from pathlib import Path
from typing import Any

from gan_core.cells.children import stop_with_parent
from gan_core.child_processes import answer_request
from gan_core.experiments.files import read_experiment
from gan_core.printing import silent
from gan_core.runs.callbacks import Callback
from gan_core.sweeps.cell import Scoring, run_cell
from gan_core.training.events import Event, ScalarsLogged
from gan_core.training.machine import Machine


def _main(request: dict[str, Any]) -> None:
    stop_with_parent()
    experiment = read_experiment(Path(request["experiment"]), tell=silent)  # its parent has said what runs
    machine = Machine.of(request["backend"], request["device"], request["data_dir"])
    run_cell(Path(request["folder"]), experiment, machine, Scoring(**request["scoring"]), [_telling()])


def _telling() -> Callback:
    """A callback that prints each logged line of losses."""

    def tell(event: Event) -> None:
        if isinstance(event, ScalarsLogged):
            print(json.dumps({"step": event.step, "scalars": dict(event.scalars)}), flush=True)

    return tell


if __name__ == "__main__":
    answer_request("gan_core.sweeps", _main, "gan sweep")
