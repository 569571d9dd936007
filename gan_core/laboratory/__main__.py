"""One trial in a process of its own: ``python -m gan_core.laboratory REQUEST`` prints its step now and then.

REQUEST is what `runner` writes, as JSON; a step is a line of JSON on standard output.
"""

import json
from pathlib import Path
from typing import Any

from gan_core.child_processes import answer_request
from gan_core.experiments.files import read_experiment
from gan_core.laboratory.trial import Trial, run_trial
from gan_core.printing import silent


def _main(request: dict[str, Any]) -> None:
    run_trial(
        Trial(**request["trial"]),
        read_experiment(Path(request["experiment"]), tell=silent),  # its parent has said what runs
        request["radius"],
        Path(request["folder"]),
        announce=lambda step: print(json.dumps({"step": step}), flush=True),
    )


if __name__ == "__main__":
    answer_request("gan_core.laboratory", _main, "gan modes")
