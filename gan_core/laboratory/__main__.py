"""One trial in a process of its own: ``python -m gan_core.laboratory REQUEST`` prints its step and losses now and then.

REQUEST is what `runner` writes, as JSON; a step is a line of JSON on standard output.
"""

import json
from pathlib import Path
from typing import Any

from gan_core.cells.children import stop_with_parent
from gan_core.child_processes import answer_request
from gan_core.experiments.files import read_experiment
from gan_core.laboratory.protocols import Judging
from gan_core.laboratory.trial import Trial, run_trial
from gan_core.printing import silent


def _main(request: dict[str, Any]) -> None:
    stop_with_parent()
    run_trial(
        Trial(**request["trial"]),
        read_experiment(Path(request["experiment"]), tell=silent),  # its parent has said what runs
        Judging(**request["judging"]),
        Path(request["folder"]),
        announce=lambda step, line: print(json.dumps({"step": step, "line": line}), flush=True),
        device=request["device"],
    )


if __name__ == "__main__":
    answer_request("gan_core.laboratory", _main, "gan modes")
